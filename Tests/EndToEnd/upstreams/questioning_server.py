"""A session-era MCP server over HTTP (port given) or stdio that asks in the middle of a call. What it asks is in the name.

usage: questioning_server.py JOURNAL [PORT]
Its ids are small numbers on purpose: they collide with those of every agent.
"""
import http.server
import itertools
import json
import os
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import Journal, reply, success  # noqa: E402

SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
FORM = ("elicitation/create", {"message": "Sure?", "requestedSchema": SCHEMA, "_meta": {"progressToken": 7}})
URL = ("elicitation/create", {"mode": "url", "url": "https://x.test/a", "message": "Open", "elicitationId": "e1"})
BAD_URL = ("elicitation/create", {"mode": "url", "url": "https://user@x.test/a", "message": "Open", "elicitationId": "e1"})
SAMPLE = ("sampling/createMessage", {"messages": [], "maxTokens": 1})
ROOTS = ("roots/list", {})
PAGES = {"elicitations": [{"mode": "url", "url": "https://x.test/a", "message": "Open", "elicitationId": "e1"}]}
ASKS = {"plain": [], "confirm": [FORM], "twice": [FORM, FORM], "endless": [FORM] * 99, "url": [URL], "bad_url": [BAD_URL],
        "sample": [SAMPLE], "roots": [ROOTS]}
TOOLS = [*ASKS, "pages"]


class Desk:
    """The questions that are open, by session and id, and whether pages were opened."""

    def __init__(self, journal):
        self.journal, self.changed, self.answers, self.ids = journal, threading.Condition(), {}, itertools.count(1)
        self.opened, self.cancelled = False, {}

    def ask(self, session, method, params, send):
        with self.changed:
            id = next(self.ids)
        self.journal.note(asked=method, id=id)
        send({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        with self.changed:
            before = self.cancelled.get(session)
            self.changed.wait_for(lambda: (session, id) in self.answers or self.cancelled.get(session) != before, 60)
            return self.answers.pop((session, id), None)

    def take(self, session, message):
        with self.changed:
            self.answers[session, message["id"]] = message.get("result", message.get("error"))
            self.changed.notify_all()

    def cancel(self, session):
        with self.changed:
            self.cancelled[session] = self.cancelled.get(session, 0) + 1
            self.changed.notify_all()

    def call(self, session, message, send):
        name = message["params"]["name"]
        if name == "pages" and not self.opened:
            self.opened = True
            return {"jsonrpc": "2.0", "id": message["id"],
                    "error": {"code": -32042, "message": "Open a page first", "data": PAGES}}
        said = []
        for method, params in ASKS.get(name, []):
            answer = self.ask(session, method, params, send)
            if answer is None:
                return success(message, "nobody answered")
            said.append(answer)
        return success(message, json.dumps(said))


class Questioning(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    desk: Desk

    def do_GET(self):
        self.send(405)

    def do_DELETE(self):
        self.send(200)

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        session = self.headers.get("Mcp-Session-Id") or os.urandom(8).hex()
        self.desk.journal.note(session=session, body=message)
        method = message.get("method")
        if method is None:
            self.desk.take(session, message)
            return self.send(202)
        if method == "notifications/cancelled":
            self.desk.cancel(session)
        if method == "tools/call" and ASKS.get(message["params"]["name"]):
            return self.stream(session, message)
        if method == "tools/call":
            return self.send(200, self.desk.call(session, message, None))
        result = reply(message, TOOLS)
        if result is None:
            return self.send(202)
        self.send(200, {"jsonrpc": "2.0", "id": message["id"], "result": result}, session)

    def stream(self, session, message):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            self.event(self.desk.call(session, message, self.event))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def event(self, message):
        data = f"event: message\ndata: {json.dumps(message)}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def send(self, status, value=None, session=None):
        body = json.dumps(value).encode() if value else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if session:
            self.send_header("Mcp-Session-Id", session)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve_stdio(desk):
    lock = threading.Lock()

    def send(message):
        with lock:
            sys.stdout.write(json.dumps(message) + "\n")
            sys.stdout.flush()

    for line in sys.stdin:
        message = json.loads(line)
        desk.journal.note(session="stdio", body=message)
        method = message.get("method")
        if method is None:
            desk.take("stdio", message)
        elif method == "tools/call":
            threading.Thread(target=lambda m=message: send(desk.call("stdio", m, send)), daemon=True).start()
        elif (result := reply(message, TOOLS)) is not None:
            send({"jsonrpc": "2.0", "id": message["id"], "result": result})


if __name__ == "__main__":
    DESK = Desk(Journal(sys.argv[1]))
    if len(sys.argv) > 2:
        Questioning.desk = DESK
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Questioning).serve_forever()
    else:
        serve_stdio(DESK)
