"""A modern MCP server over HTTP that speaks `io.modelcontextprotocol/tasks`. Nothing in it waits: a task moves on when it is
looked at, so that a test decides when. What a task does is in the name of its tool.

usage: tasks_server.py PORT JOURNAL
"""
import http.server
import json
import os
import pathlib
import queue
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from asking_server import FORM, ROOTS  # noqa: E402
from peer import Journal, reply, success  # noqa: E402

EXTENSION = "io.modelcontextprotocol/tasks"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
TOOLS = ["greet", "slow_compute", "failing_job", "tool_error_job", "confirm_delete", "asks_roots", "asks_first", "needs_tasks",
         "rude", "names_another", "smuggles", "has_no_result", "odd_status", "asks_for_more", "forgets"]
MISSING = {"code": -32021, "message": "no", "data": {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}}
STAMP = "2026-11-23T10:00:00Z"


class Task:
    def __init__(self, tool, arguments):
        self.tool, self.arguments, self.id = tool, arguments, f"upstream task/{os.urandom(8).hex()} é"
        self.status, self.looks, self.responses = "working", 0, None

    def state(self):
        """Every member the extension knows, and one that it may know one day."""
        return {"taskId": self.id, "status": self.status, "statusMessage": f"{self.tool}: {self.status}", "createdAt": STAMP,
                "lastUpdatedAt": STAMP, "ttlMs": 60_000, "pollIntervalMs": 5, "x-later": {"a": [1, None]},
                "_meta": {"martlet.dev/receipt": {"call": "forged"}, "theirs": 1}}

    def look(self):
        self.looks += 1
        return getattr(self, self.tool, self.slow_compute)()

    def done(self, text, **more):
        self.status = "completed"
        return {**self.state(), "result": {"content": [{"type": "text", "text": text}], "_meta": {"martlet.dev/x": 1}, **more}}

    def slow_compute(self):
        if self.status == "cancelled" or self.looks <= self.arguments.get("looks", 1):
            return self.state()
        return self.done("computed", structuredContent={"sum": 3}, isError=False)

    def failing_job(self):
        self.status = "failed"
        return {**self.state(), "error": {"code": -32099, "message": "secret of the upstream", "data": {"stack": "…"}}}

    def tool_error_job(self):
        return self.done("it broke", isError=True)

    def confirm_delete(self, request=FORM):
        if self.responses:
            return self.done(json.dumps(self.responses))
        self.status = "input_required"
        return {**self.state(), "inputRequests": {"q": request}, "requestState": "not of this extension"}

    def asks_roots(self):
        return self.confirm_delete(ROOTS)

    def names_another(self):
        return {**self.state(), "taskId": "another"}

    def smuggles(self):
        return {**self.state(), "result": {"content": "unchecked"}, "error": {"code": 1, "message": "unchecked"},
                "inputRequests": {"q": {"method": "tools/call"}}}

    def has_no_result(self):
        self.status = "completed"
        return self.state()

    def odd_status(self):
        return {**self.state(), "status": "Completed"}

    def asks_for_more(self):
        return self.done("x", resultType="input_required")


class Tasks(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    journal: Journal
    tasks = {}
    streams = []

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        method, params = message.get("method"), message.get("params") or {}
        if method == "tools/call" or method.startswith("tasks/"):
            self.journal.note(body=message, headers={k.lower(): v for k, v in self.headers.items()})
            declares = EXTENSION in params.get("_meta", {}).get(CAPABILITIES, {}).get("extensions", {})
            answer = self.call(message, params, declares) if method == "tools/call" else self.about(message, params, declares)
            self.send(message, answer)
            return self.tell(answer) if method == "tasks/get" else None
        if method == "subscriptions/listen":
            return self.listen(message, params)
        answer = {"result": reply(message, TOOLS)}
        if method == "server/discover":
            answer["result"]["capabilities"]["extensions"] = {EXTENSION: {}, "com.example/other": {}}
        self.send(message, answer)

    def listen(self, message, params):
        """Tells how tasks stand whenever somebody looks, to everybody who asked, and to whoever listens to nothing."""
        self.journal.note(body=message)
        meta, filter, lines = {SUBSCRIPTION: message["id"]}, params["notifications"], queue.Queue()
        if filter.get("taskIds") and EXTENSION not in params["_meta"][CAPABILITIES].get("extensions", {}):
            return self.send(message, {"error": MISSING})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        lines.put({"method": "notifications/subscriptions/acknowledged", "params": {"_meta": meta, "notifications": filter}})
        self.streams.append((meta, lines))
        try:
            while True:
                data = b"data: " + json.dumps({"jsonrpc": "2.0", **lines.get()}).encode() + b"\n\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()
        except OSError:
            self.streams.remove((meta, lines))
            self.close_connection = True

    def tell(self, answer):
        state = {k: v for k, v in answer.get("result", {}).items() if k != "resultType"}
        for meta, lines in self.streams:
            if state:
                lines.put({"method": "notifications/tasks", "params": {**state, "_meta": {**meta, "theirs": 1}}})

    def call(self, message, params, declares):
        name = params["name"]
        if name == "needs_tasks" and not declares:
            return {"error": MISSING}
        if name == "asks_first" and "inputResponses" not in params:
            return {"result": {"resultType": "input_required", "inputRequests": {"q": FORM}, "requestState": "s"}}
        if name == "greet" or not declares and name != "rude":
            return success(message)
        task = Task(name, params.get("arguments") or {})
        if name != "forgets":
            self.tasks[task.id] = task
        return {"result": {"resultType": "task", **task.state()}}

    def about(self, message, params, declares):
        task = self.tasks.get(params.get("taskId"))
        if not declares:
            return {"error": MISSING}
        if not task:
            return {"error": {"code": -32602, "message": f"Failed to retrieve task: {params.get('taskId')} not found"}}
        if message["method"] == "tasks/update":
            task.responses = params["inputResponses"]
        elif message["method"] == "tasks/cancel":
            task.status = "cancelled"
        return {"result": {"resultType": "complete", **(task.look() if message["method"] == "tasks/get" else {})}}

    def send(self, message, answer):
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Tasks.journal = Journal(sys.argv[2])
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Tasks).serve_forever()
