"""An MCP server by hand, of either era, that tells what changed; a test says when, and what goes wrong.

usage: changing_server.py JOURNAL CONTROL_PORT ERA [PORT]     without PORT, stdio
The control port takes one JSON object a line and answers one: {"do": "change", "method": …, "uri": …}, {"do": "break"},
{"do": "forget"} (sessions), {"do": "question", "method": …}, {"do": "streams"}, {"do": "absent"}.
"""
import http.server
import json
import os
import pathlib
import queue
import socketserver
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import LEGACY, MODERN, Journal  # noqa: E402

PREFIX = "io.modelcontextprotocol/"
RESOURCES = ["shelf://public/a", "shelf://public/b", "shelf://secret/c"]
CAPABILITIES = {"tools": {"listChanged": True}, "prompts": {"listChanged": True},
                "resources": {"listChanged": True, "subscribe": True}}
LISTS = {"toolsListChanged": "notifications/tools/list_changed", "promptsListChanged": "notifications/prompts/list_changed",
         "resourcesListChanged": "notifications/resources/list_changed"}
LOCK = threading.RLock()
STATE = {"shuffled": 0, "absent": False, "event": 0, "sessions": {}, "streams": [], "deaf": False}


class Stream:
    """An open stream: a `subscriptions/listen`, the GET of a session, or a child's output."""

    def __init__(self, write, id=None, filter=None, session=None):
        self.write, self.id, self.filter, self.session = write, id, filter, session

    def wants(self, method, uri):
        if self.filter is None:
            return uri is None or uri in STATE["sessions"].get(self.session, ())
        if uri is not None:
            return uri in self.filter.get("resourceSubscriptions", [])
        return any(self.filter.get(name) for name, notification in LISTS.items() if notification == method)

    def tell(self, method, uri=None):
        params = {"uri": uri} if uri else {}
        if self.id is not None:
            params["_meta"] = {PREFIX + "subscriptionId": self.id}
        message = {"jsonrpc": "2.0", "method": method}
        self.write({**message, "params": params} if params else message)


def change(method, uri=None, everywhere=False):
    with LOCK:
        told = [stream for stream in STATE["streams"] if everywhere or stream.wants(method, uri)]
        for stream in told:
            stream.tell(method, uri)
        return len(told)


def result(message, session=None):
    """The result of everything but a stream."""
    method, params = message["method"], message.get("params") or {}
    modern = {"resultType": "complete"} if PREFIX + "protocolVersion" in (params.get("_meta") or {}) else {}
    cached = {**modern, "ttlMs": 0, "cacheScope": "private"} if modern else {}
    if method == "server/discover":
        return {**cached, "supportedVersions": [MODERN], "capabilities": CAPABILITIES,
                "_meta": {PREFIX + "serverInfo": {"name": "changing", "version": "1"}}}
    if method == "initialize":
        return {"protocolVersion": LEGACY, "capabilities": CAPABILITIES, "serverInfo": {"name": "changing", "version": "1"}}
    if method == "tools/list":
        return {**cached, "tools": [{"name": name, "description": f"{name} {STATE['shuffled']}", "inputSchema": {"type": "object"}}
                                    for name in ("works", "shuffles")]}
    if method == "tools/call":
        return {**modern, "content": [{"type": "text", "text": "done"}], "isError": False}
    if method == "resources/list":
        return {**cached, "resources": [{"uri": uri, "name": uri} for uri in RESOURCES]}
    if method == "resources/subscribe" and not modern:
        with LOCK:
            STATE["sessions"].setdefault(session, set()).add(params["uri"])
    if method == "resources/unsubscribe" and not modern:
        with LOCK:
            STATE["sessions"].setdefault(session, set()).discard(params["uri"])
    return modern


class HTTP(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        session = self.headers.get("Mcp-Session-Id")
        JOURNAL.note(http="GET", session=session, last=self.headers.get("Last-Event-ID"))
        if ERA == MODERN or STATE["absent"]:
            return self.answer(405)
        if session not in STATE["sessions"]:
            return self.answer(404)
        self.stream(lambda write: Stream(write, session=session), first=b"retry: 20\ndata:\n\n")

    def do_DELETE(self):
        self.answer(200)

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        session = self.headers.get("Mcp-Session-Id")
        JOURNAL.note(message=message, session=session)
        method, legacy = message.get("method"), {"initialize", "ping", "resources/subscribe", "resources/unsubscribe"}
        if "id" not in message or method is None:
            return self.answer(202)
        if ERA == MODERN and method in legacy or ERA == LEGACY and method in {"server/discover", "subscriptions/listen"} \
                or method == "subscriptions/listen" and STATE["absent"]:
            error = {"code": -32601, "message": "Method not found"}
            return self.answer(404 if ERA == MODERN else 200, {"jsonrpc": "2.0", "id": message["id"], "error": error})
        if ERA == LEGACY and method != "initialize" and session not in STATE["sessions"]:
            return self.answer(404, {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32600, "message": "no session"}})
        if method == "subscriptions/listen":
            return self.listen(message)
        if method == "tools/call" and message["params"]["name"] == "shuffles":
            return self.shuffle(message, session)
        headers = {}
        if method == "initialize":
            headers["Mcp-Session-Id"] = os.urandom(8).hex()
            STATE["sessions"][headers["Mcp-Session-Id"]] = set()
        self.answer(200, {"jsonrpc": "2.0", "id": message["id"], "result": result(message, session)}, headers)

    def shuffle(self, message, session):
        """Changes the tools, and says so on the stream of this very call, to nobody else."""
        STATE["shuffled"] += 1
        said = [{"jsonrpc": "2.0", "method": LISTS["toolsListChanged"]},
                {"jsonrpc": "2.0", "id": message["id"], "result": result(message, session)}]
        data = "".join(f"data: {json.dumps(part)}\n\n" for part in said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def listen(self, message):
        meta = {PREFIX + "subscriptionId": message["id"]}
        filter = message["params"]["notifications"]
        ack = {"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
               "params": {"_meta": meta, "notifications": filter}}
        self.stream(lambda write: Stream(write, message["id"], filter),
                    first=b"data: " + json.dumps(ack).encode() + b"\n\n",
                    last={"jsonrpc": "2.0", "id": message["id"], "result": {"resultType": "complete", "_meta": meta}})

    def stream(self, make, first, last=None):
        lines = queue.Queue()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        stream = make(lines.put)
        with LOCK:
            STATE["streams"].append(stream)
        JOURNAL.note(opened=stream.filter, session=stream.session)
        try:
            self.chunk(first)
            threading.Thread(target=self.watch, args=[lines], daemon=True).start()
            while (line := lines.get()) not in ("break", "gone"):
                if line == "end":
                    self.chunk(b"data: " + json.dumps(last).encode() + b"\n\n")
                    self.wfile.write(b"0\r\n\r\n")
                    break
                STATE["event"] += 1
                id = b"id: %d\n" % STATE["event"] if ERA == LEGACY else b""
                self.chunk(id + b"data: " + json.dumps(line).encode() + b"\n\n")
        except OSError:
            pass
        with LOCK:
            STATE["streams"].remove(stream)
        JOURNAL.note(closed=stream.filter, session=stream.session)
        self.close_connection = True

    def watch(self, lines):
        """A stream whose reader has gone ends."""
        try:
            while self.connection.recv(1):
                pass
        except OSError:
            pass
        lines.put("gone")

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def answer(self, status, body=None, headers=None):
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Control(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            asked = json.loads(line)
            answer = getattr(self, asked.pop("do"))(**asked)
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    def change(self, method, uri=None, everywhere=False):
        return change(method, uri, everywhere)

    def streams(self):
        with LOCK:
            return len(STATE["streams"])

    def subscriptions(self):
        with LOCK:
            return sorted(uri for uris in STATE["sessions"].values() for uri in uris)

    def end(self, how="break"):
        """`break` cuts the connections, `end` ends the streams in order."""
        with LOCK:
            for stream in STATE["streams"]:
                stream.write(how)
            return len(STATE["streams"])

    def forget(self):
        with LOCK:
            STATE["sessions"].clear()
        return self.end()

    def question(self, method):
        with LOCK:
            for stream in STATE["streams"]:
                stream.write({"jsonrpc": "2.0", "id": "q-" + method, "method": method, "params": {}})
        return True

    def absent(self, value=True):
        STATE["absent"] = value
        return True

    def die(self):
        os._exit(3)


def serve_stdio():
    def write(message):
        if message in ("break", "end"):
            return
        with LOCK:
            sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
            sys.stdout.buffer.flush()

    if ERA == LEGACY:
        STATE["streams"].append(Stream(write, session="child"))
    for line in sys.stdin.buffer:
        message = json.loads(line)
        JOURNAL.note(message=message)
        method = message.get("method")
        if method == "notifications/cancelled":
            with LOCK:
                STATE["streams"] = [s for s in STATE["streams"] if s.id != message["params"]["requestId"]]
        if "id" not in message or method is None:
            continue
        unknown = {"server/discover", "subscriptions/listen"} if ERA == LEGACY else {
            "initialize", "ping", "resources/subscribe", "resources/unsubscribe"}
        if method in unknown:
            write({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "Method not found"}})
        elif method == "subscriptions/listen":
            stream = Stream(write, message["id"], message["params"]["notifications"])
            with LOCK:
                write({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": {
                    "_meta": {PREFIX + "subscriptionId": stream.id}, "notifications": stream.filter}})
                STATE["streams"].append(stream)
        else:
            write({"jsonrpc": "2.0", "id": message["id"], "result": result(message, "child")})


if __name__ == "__main__":
    JOURNAL, ERA = Journal(sys.argv[1]), sys.argv[3]
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    socketserver.ThreadingTCPServer.daemon_threads = True
    control = socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[2])), Control)
    threading.Thread(target=control.serve_forever, daemon=True).start()
    if len(sys.argv) > 4:
        http.server.ThreadingHTTPServer.request_queue_size = 128
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[4])), HTTP).serve_forever()
    else:
        serve_stdio()
