"""An MCP server over HTTP inside the test's own process: it answers as the test says and shows what reached it.

    with Observer(tools=[tool("add")], on={"add": lambda request: request.done("3")}) as upstream:
        … upstream.url … upstream.seen …

`on` is asked by tool name, then by method; what it returns is the result, None means that it has answered by itself.
Each path below `/mcp` is a server of its own: `upstream.at("/mcp/b", on={…})`.
"""
import copy
import http.server
import json
import os
import queue
import socket
import threading

MODERN, LEGACY = "2026-07-28", "2025-11-25"
PREFIX = "io.modelcontextprotocol/"
FEATURES = {"tools": {}, "prompts": {}, "resources": {}, "completions": {}, "logging": {}}
CACHED = {"server/discover", "tools/list", "prompts/list", "resources/list", "resources/templates/list",
          "resources/read"}


def tool(name, schema=None, **more):
    return {"name": name, "description": name, "inputSchema": schema or {"type": "object"}, **more}


class Behaviour:
    """What one path serves. `eras` are those it understands; a legacy server has sessions unless told otherwise."""

    def __init__(self, tools=(), on=None, eras=(MODERN, LEGACY), features=FEATURES, discover_error=None,
                 has_sessions=True):
        self.tools, self.on, self.eras, self.features = list(tools), dict(on or {}), eras, features
        # Status and body of the answer to what the server is too old for.
        self.too_old = discover_error or (400, {"code": -32600, "message": "Bad Request: Missing session ID"})
        self.has_sessions, self.sessions = has_sessions, set()


class Request(http.server.BaseHTTPRequestHandler):
    """One request that has arrived: what it says, and ways to answer it."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.message = json.loads(self.raw)
        self.arrived()

    def do_GET(self):
        self.raw, self.message = b"", {}
        self.arrived()

    do_DELETE = do_GET

    def arrived(self):
        self.observer = self.server.observer
        self.fields = [(name.lower(), value) for name, value in self.headers.items()]
        self.method = self.message.get("method")
        self.params = self.message.get("params") or {}
        self.id = self.message.get("id")
        self.meta = self.params.get("_meta") or {}
        self.name = self.params.get("name")
        self.arguments = self.params.get("arguments") or {}
        self.session = self.field("mcp-session-id")
        self.is_modern = self.field("mcp-protocol-version") == MODERN
        self.observer.note(copy.copy(self))  # The handler serves the next request of its connection too.
        self.server_here = self.observer.behaviours.get(self.path)
        if self.server_here is None:
            return self.send(404, b"")
        self.answer(self.server_here)

    def field(self, name):
        return next((value for key, value in self.fields if key == name), None)

    def fields_like(self, prefix):
        return {key: value for key, value in self.fields if key.startswith(prefix)}

    # MARK: Answering

    def answer(self, here):
        work = here.on.get(self.command) or here.on.get(self.name if self.method == "tools/call" else None) \
            or here.on.get(self.method)
        if not work and self.refused_by_era(here):
            return
        if work:
            result = work(self)
            return None if result is None else self.result(result)
        if self.id is None:
            return self.send(202, b"")
        result = self.usual(here)
        more = {}
        if self.method == "initialize" and here.has_sessions:
            session = os.urandom(16).hex()
            here.sessions.add(session)
            more["Mcp-Session-Id"] = session
        self.result(result, **more)

    def refused_by_era(self, here):
        if self.command != "POST":
            known = self.session in here.sessions
            here.sessions.discard(self.session) if self.command == "DELETE" else None
            self.send((200 if known else 404) if self.command == "DELETE" else 405, b"")
            return True
        if self.is_modern and MODERN not in here.eras:
            status, error = here.too_old
            if isinstance(error, bytes):
                self.send(status, error, **{"Content-Type": "text/html"})
            else:
                self.json({"jsonrpc": "2.0", "id": self.id, "error": error} if error else None, status)
            return True
        if self.method == "initialize" and LEGACY not in here.eras:
            self.error(-32602, "params._meta is missing", status=400)
            return True
        if not self.is_modern and self.method != "initialize" and here.has_sessions and self.session not in here.sessions:
            self.error(-32600, "Session not found", status=404)
            return True
        return False

    def usual(self, here):
        if self.method == "server/discover":
            return {"supportedVersions": [MODERN], "capabilities": here.features, "instructions": "Ask politely.",
                    "_meta": {PREFIX + "serverInfo": {"name": "observer", "version": "1"}}}
        if self.method == "initialize":
            return {"protocolVersion": LEGACY, "capabilities": here.features,
                    "serverInfo": {"name": "observer", "version": "1"}}
        if self.method == "tools/list":
            return {"tools": here.tools}
        if self.method == "tools/call":
            return self.done()
        return {}

    @staticmethod
    def done(text="done", **more):
        return {"content": [{"type": "text", "text": text}], "isError": False, **more}

    def result(self, result, status=200, **headers):
        """In the manner of the era: what a modern result must say is added unless it is there."""
        if self.is_modern and "resultType" not in result:
            cached = {"ttlMs": 0, "cacheScope": "private"} if self.method in CACHED else {}
            result = {"resultType": "complete", **cached, **result}
        self.json({"jsonrpc": "2.0", "id": self.id, "result": {k: v for k, v in result.items() if v is not ...}},
                  status, **headers)

    def error(self, code, message="no", data=None, status=200):
        more = {"data": data} if data is not None else {}
        self.json({"jsonrpc": "2.0", "id": self.id, "error": {"code": code, "message": message, **more}}, status)

    def json(self, value, status=200, **headers):
        self.send(status, b"" if value is None else json.dumps(value).encode(),
                  **{"Content-Type": "application/json", **headers})

    def send(self, status, body, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    # MARK: Streams

    def stream(self, **headers):
        self.send_response(200)
        for name, value in {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def event(self, message, id=None, retry=None):
        text = "" if message is None else json.dumps(message)
        lines = [f"id: {id}"] * (id is not None) + [f"retry: {retry}"] * (retry is not None) + [f"data: {text}", "", ""]
        data = "\n".join(lines).encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def notify(self, method, **params):
        self.event({"jsonrpc": "2.0", "method": method, "params": params})

    def progress(self, value, token=None, **more):
        self.notify("notifications/progress", progressToken=self.meta.get("progressToken") if token is None else token,
                    progress=value, **more)

    def last(self, result):
        """The response as the last event of the stream."""
        more = {"resultType": "complete"} if self.is_modern and "resultType" not in result else {}
        self.event({"jsonrpc": "2.0", "id": self.id, "result": {**more, **result}})
        self.end_stream()

    def end_stream(self):
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def wait_for_the_caller_to_leave(self):
        """Blocks until the other side closes the connection; then `left` is noted."""
        try:
            while self.rfile.read(1):
                pass
        except OSError:
            pass
        self.observer.left.put(self)
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128

    def handle_error(self, request, client_address):
        pass  # A caller that hangs up is part of many tests.


class Observer:
    def __init__(self, **behaviour):
        self.behaviours = {"/mcp": Behaviour(**behaviour)}
        self.seen, self.left, self.arrivals = [], queue.Queue(), queue.Queue()
        self.lock, self.known = threading.Lock(), set()
        self.server = Server(("127.0.0.1", 0), Request)
        self.server.observer = self
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/mcp"

    def at(self, path, **behaviour):
        self.behaviours[path] = Behaviour(**behaviour)
        return f"http://127.0.0.1:{self.port}{path}"

    def note(self, request):
        with self.lock:
            self.seen.append(request)
        self.arrivals.put(request)

    def wait_until_gone(self, name):
        """Until the caller of this tool has closed its connection."""
        while self.left.get(timeout=20).name != name:
            pass

    def first_time(self, what):
        """Whether this is asked for the first time."""
        with self.lock:
            is_new = what not in self.known
            self.known.add(what)
            return is_new

    def mark(self):
        """Where `since` begins to look."""
        with self.lock:
            return len(self.seen)

    def since(self, mark, method=None, path=None):
        with self.lock:
            return [r for r in self.seen[mark:] if (method is None or r.method == method) and path in (None, r.path)]

    def calls(self, mark=0, path=None):
        return self.since(mark, "tools/call", path)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Canary:
    """A port that nobody may connect to."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(16)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def was_visited(self):
        """A connection is in the accept queue as soon as the other side believes it open."""
        self.socket.setblocking(False)
        try:
            self.socket.accept()[0].close()
            return True
        except BlockingIOError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
