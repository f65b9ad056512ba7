"""A server that agrees to everything, whatever was sent: what the intermediary suite must find wanting line by line.

usage: agreeable_peer.py PORT
"""
import itertools
import json
import socketserver
import sys

NUMBERS = itertools.count()
ASKING, MIRRORED = "test_input_required_result_request_state", "test_x_mcp_header"
SCHEMA = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}


def tools():
    names = [ASKING, MIRRORED, f"tool-{next(NUMBERS)}"]
    return [{"name": name, "inputSchema": SCHEMA} for name in names]


def result(message):
    params = message.get("params") or {}
    if params.get("name") == ASKING and "requestState" not in params:
        return {"resultType": "input_required", "requestState": "plain", "inputRequests": {}}
    if params.get("name"):
        return {"content": [{"type": "text", "text": f"ran {params['name']}"}]}
    return {"tools": tools(), "cacheScope": "public", "serverInfo": {}, "protocolVersion": "2025-11-25"}


class Agreeable(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        fields = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
        lengths = [value for name, _, value in fields if name.lower().strip() == b"content-length"]
        length = int(lengths[0]) if lengths else 0
        self.answer(self.read(self.rfile.read(length) if length < 1 << 20 else b""), head)

    def read(self, body):
        try:
            message = json.loads(body.decode("utf-8", "replace"))
            return message if isinstance(message, dict) else {}
        except ValueError:
            return {}

    def answer(self, message, head):
        answer = {"jsonrpc": "2.0", "id": 1, "result": result(message)}
        if b"=?base64?bWFydGxldC1ub2JvZHk=?=" in head:  # It compares before it decodes.
            answer = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32020, "message": "no"}}
        body = json.dumps(answer).encode()
        echo = message["id"].encode() if isinstance(message.get("id"), str) else b"none"
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: abcdef\r\nX-Request: "
                         + echo.replace(b"\r\n\r\n", b"") + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Agreeable).serve_forever()
