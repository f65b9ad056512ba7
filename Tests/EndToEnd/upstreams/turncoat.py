"""An MCP server that speaks the era a file names: `modern`, `legacy`, `both`, or `broken` when it speaks none.

usage: turncoat.py ERA_FILE JOURNAL [PORT]    (over stdio the file is read once, at the start)
"""
import http.server
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import MODERN, Journal, reply, success  # noqa: E402

TOOLS = ["works", "dies"]


def error(message, code, text):
    return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": code, "message": text}}


def is_modern(message):
    return "io.modelcontextprotocol/protocolVersion" in ((message.get("params") or {}).get("_meta") or {})


def answer(message):
    if message["method"] == "tools/call":
        return success(message)
    return {"jsonrpc": "2.0", "id": message["id"], "result": reply(message, TOOLS)}


class Turncoat(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    journal, file, sessions = None, None, set()

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        era = self.file.read_text().strip()
        self.journal.note(era=era, method=message.get("method"))
        if era == "broken":
            return self.send(500, b"<html>out of order</html>", kind="text/html")
        if "id" not in message:
            return self.send(202, b"")
        if is_modern(message) and era != "legacy":
            return self.send(200, answer(message))
        if era == "modern":
            if message["method"] == "initialize":
                return self.send(404, error(message, -32601, "Method not found"))
            unknown = error(message, -32022, "Unsupported protocol version")
            unknown["error"]["data"] = {"supported": [MODERN], "requested": self.headers["MCP-Protocol-Version"]}
            return self.send(400, unknown)
        if message["method"] == "initialize":
            session = os.urandom(8).hex()
            self.sessions.add(session)
            return self.send(200, answer(message), {"Mcp-Session-Id": session})
        if not self.headers["Mcp-Session-Id"]:
            return self.send(400, error(message, -32600, "Bad Request: Missing session ID"))
        if self.headers["Mcp-Session-Id"] not in self.sessions:
            return self.send(404, error(message, -32600, "Session not found"))
        return self.send(200, answer(message))

    def do_DELETE(self):
        self.sessions.discard(self.headers["Mcp-Session-Id"])
        self.send(200, b"")

    def send(self, status, value, headers=None, kind="application/json"):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def speak(era, journal):
    for line in sys.stdin.buffer:
        message = json.loads(line)
        journal.note(era=era, method=message.get("method"))
        if "id" not in message:
            continue
        if message["method"] == "tools/call" and message["params"]["name"] == "dies":
            os._exit(3)
        known = is_modern(message) if era == "modern" else message["method"] != "server/discover"
        out = answer(message) if known or era == "both" else error(message, -32601, "Method not found")
        sys.stdout.buffer.write(json.dumps(out).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    Turncoat.file, Turncoat.journal = pathlib.Path(sys.argv[1]), Journal(sys.argv[2])
    if len(sys.argv) > 3:
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[3])), Turncoat).serve_forever()
    speak(Turncoat.file.read_text().strip(), Turncoat.journal)
