"""A modern MCP server over HTTP whose answers ask back. What is asked, and with which state, is in the name.

usage: asking_server.py PORT JOURNAL
"""
import http.server
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import MODERN, Journal, reply, success  # noqa: E402

FORM = {"method": "elicitation/create", "params": {
    "mode": "form", "message": "Sure?", "requestedSchema": {"type": "object", "properties": {"ok": {"type": "boolean"}}}}}
URL = {"method": "elicitation/create", "params": {"mode": "url", "url": "https://x.test/a", "message": "Open"}}
SAMPLE = {"method": "sampling/createMessage", "params": {"messages": [], "maxTokens": 1}}
ROOTS = {"method": "roots/list"}
ODD = {"method": "tools/call"}
# A state with everything that a careless reader would change.
STATE = 'upstream/é≈\u2028"\\{"a": 1}'
TOOLS = {
    "confirm": {"inputRequests": {"q": FORM}, "requestState": STATE}, "without_state": {"inputRequests": {"q": FORM}},
    "only_state": {"requestState": STATE}, "url": {"inputRequests": {"q": URL}, "requestState": STATE},
    "sample": {"inputRequests": {"q": SAMPLE}}, "roots": {"inputRequests": {"q": ROOTS}},
    "odd": {"inputRequests": {"q": ODD}}, "empty": {}, "endless": {"requestState": STATE}, "needs": None,
}
NEEDED = {"requiredCapabilities": {"sampling": {}, "elicitation": {"form": {}}, "secret": "of the upstream"}}


class Asking(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    journal: Journal

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        params = message.get("params") or {}
        if message.get("method") in ("tools/call", "prompts/get", "resources/read"):
            self.journal.note(body=message)
            return self.answer(message, params)
        self.send({"jsonrpc": "2.0", "id": message["id"], "result": reply(message, [*TOOLS, "task"])})

    def answer(self, message, params):
        name = params.get("name", "confirm")
        is_later = "inputResponses" in params or "requestState" in params
        if name == "needs":
            error = {"code": -32021, "message": "internal words", "data": NEEDED}
            return self.send({"jsonrpc": "2.0", "id": message["id"], "error": error})
        if name == "task":
            return self.send({"jsonrpc": "2.0", "id": message["id"], "result": {"resultType": "task", "taskId": "t"}})
        if is_later and name != "endless":
            answer = success(message, "went on")
            answer["result"].update(messages=[], contents=[])
            return self.send(answer)
        asked = {"resultType": "input_required", **TOOLS[name]}
        self.send({"jsonrpc": "2.0", "id": message["id"], "result": asked})

    def send(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Asking.journal = Journal(sys.argv[2])
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Asking).serve_forever()
