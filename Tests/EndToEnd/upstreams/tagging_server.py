"""An MCP server whose every word carries the mark of the caller it is meant for, and who sometimes says it to another.

usage: tagging_server.py JOURNAL ERA [PORT]      over HTTP with a port, else over stdio

The mark is an argument of each call. A call may wait for its gate, which a second call opens. Everything that ran is in
the journal: mark, nonce, session, and how it ended. It is a careless server: while it speaks to one caller it also sends
progress of another call, under that call's own token and with that caller's mark.
"""
import asyncio
import itertools
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import LEGACY, MODERN, Journal, reply  # noqa: E402

NAMES = ["speak", "open", "ask", "later", "finance_only", "operations_only"]
FORM = {"type": "object", "properties": {"mark": {"type": "string"}}}
TASK = {"createdAt": "2026-08-01T00:00:00Z", "lastUpdatedAt": "2026-08-01T00:00:00Z", "ttlMs": 60_000,
        "pollIntervalMs": 10}


class Refusal(Exception):
    """A JSON-RPC error."""


class Gone(Exception):
    """The caller gave the request up."""


class Work:
    """One request under way: who asked, and the ways to speak to it. The two transports fill in the rest."""

    def __init__(self, server, message, session):
        self.server, self.message, self.session = server, message, session
        self.params = message.get("params") or {}
        self.arguments = self.params.get("arguments") or {}
        self.mark, self.nonce = self.arguments.get("mark"), self.arguments.get("nonce")
        self.token = (self.params.get("_meta") or {}).get("progressToken")
        self.gone = asyncio.Event()

    def emit(self, message):
        raise NotImplementedError

    def notify(self, method, **params):
        self.emit({"jsonrpc": "2.0", "method": method, "params": params})

    def progress(self, step):
        if self.token is not None:
            self.notify("notifications/progress", progressToken=self.token, progress=step, message=self.mark)

    async def wait_for(self, event):
        """Until the event happens; `Gone` when the caller goes first."""
        waits = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(self.gone.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not event.is_set():
            raise Gone


class Server:
    def __init__(self, journal, era):
        self.journal, self.era = journal, era
        self.gates, self.speaking, self.tasks, self.sessions = {}, {}, {}, set()
        self.under_way = {}  # By session and id: what can be given up.
        self.questions, self.ids = {}, itertools.count(1)

    async def answer(self, work):
        """The result of one request; raises `Refusal`."""
        method = work.message["method"]
        if method == "tools/call":
            self.journal.note(mark=work.mark, nonce=work.nonce, tool=work.params["name"], session=work.session)
            try:
                result = await getattr(self, work.params["name"])(work)
            except Gone:
                self.journal.note(mark=work.mark, nonce=work.nonce, ended="cancelled")
                raise
            self.journal.note(mark=work.mark, nonce=work.nonce, ended="done")
        elif method == "tasks/get":
            mark = self.tasks.get(work.params["taskId"])
            if mark is None:
                raise Refusal(-32602, "Unknown task")
            result = {"taskId": work.params["taskId"], "status": "completed", "result": self.text(mark), **TASK}
        elif method == "server/discover" and self.era == LEGACY:
            raise Refusal(-32601, "Method not found")
        else:
            result = reply(work.message, NAMES)
            if "capabilities" in result:
                result["capabilities"] = {"tools": {}, "logging": {}, "extensions": {"io.modelcontextprotocol/tasks": {}}}
        return {"resultType": "complete", **result} if self.era == MODERN else result

    @staticmethod
    def text(text):
        return {"content": [{"type": "text", "text": text}], "isError": False}

    # MARK: Tools

    async def speak(self, work):
        """Progress and log lines, all with the caller's mark; behind its gate the rest of them."""
        work.progress(1)
        work.notify("notifications/message", level="error", data=work.mark)
        self.say_the_wrong_thing(work)
        if work.arguments.get("gated"):
            self.speaking[work.nonce] = work
            gate = self.gates.setdefault(work.nonce, asyncio.Event())
            try:
                await work.wait_for(gate)
            finally:
                del self.speaking[work.nonce], self.gates[work.nonce]
        work.progress(2)
        return self.text(work.mark)

    def say_the_wrong_thing(self, work):
        """Progress of another call, on the stream of this one."""
        for other in list(self.speaking.values())[:2]:
            work.notify("notifications/progress", progressToken=other.token, progress=1.5, message=other.mark)
        work.notify("notifications/tools/list_changed")

    async def open(self, work):
        gate = self.gates.get(work.arguments["gate"])
        if gate:
            gate.set()
        return self.text(f"{work.mark} {'opened' if gate else 'no such gate'}")

    async def ask(self, work):
        """Asks for the caller's mark: in a round of its own, or (sessions) with a request on the stream."""
        question = {"mode": "form", "message": work.mark, "requestedSchema": FORM}
        if self.era == LEGACY:
            return self.text(f"{work.mark} answered {await self.question(work, question)}")
        if "inputResponses" not in work.params:
            return {"resultType": "input_required", "requestState": work.mark,
                    "inputRequests": {"q": {"method": "elicitation/create", "params": question}}}
        given = work.params["inputResponses"]["q"].get("content", {}).get("mark")
        return self.text(f"{work.params.get('requestState')} answered {given}")

    async def question(self, work, params):
        """The mark in the answer; `refused` when the caller cannot be asked."""
        id, event = next(self.ids), asyncio.Event()
        self.questions[id] = event
        work.emit({"jsonrpc": "2.0", "id": id, "method": "elicitation/create", "params": params})
        await work.wait_for(event)
        return event.answer.get("result", {}).get("content", {}).get("mark", "refused")

    def answered(self, message):
        event = self.questions.pop(message["id"], None)
        if event:
            event.answer = message
            event.set()

    async def later(self, work):
        capabilities = (work.params.get("_meta") or {}).get("io.modelcontextprotocol/clientCapabilities", {})
        if "io.modelcontextprotocol/tasks" not in capabilities.get("extensions", {}):
            return self.text(work.mark)
        task = os.urandom(16).hex()
        self.tasks[task] = work.mark
        return {"resultType": "task", "taskId": task, "status": "working", **TASK}

    async def finance_only(self, work):
        return self.text(work.mark)

    operations_only = finance_only


# MARK: HTTP

class Exchange(Work):
    """One POST; the stream begins with the first word."""

    def __init__(self, server, message, session, writer):
        super().__init__(server, message, session)
        self.writer, self.is_streaming = writer, False

    def emit(self, message):
        if not self.is_streaming:
            self.is_streaming = True
            self.writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        data = b"data: %s\n\n" % json.dumps(message).encode()
        self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self, message, status=200, session=None):
        if self.is_streaming:
            self.emit(message)
            return self.writer.write(b"0\r\n\r\n")
        body = json.dumps(message).encode() if message else b""
        more = f"Mcp-Session-Id: {session}\r\n" if session else ""
        self.writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {len(body)}\r\n\r\n"
                          .encode() + body)


async def connection(server, reader, writer):
    ahead = b""
    try:
        while True:
            head = ahead + await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            exchange = Exchange(server, json.loads(body or b"{}"), fields.get("mcp-session-id"), writer)
            ahead = await serve(server, exchange, lines[0].split(" ")[0], reader)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, Gone):
        pass
    finally:
        writer.close()


async def serve(server, exchange, verb, reader):
    """Answers one request; gives back what was read of the next one."""
    message = exchange.message
    is_session_bound = server.era == LEGACY and message.get("method") not in ("initialize", "server/discover")
    if is_session_bound and exchange.session not in server.sessions:
        exchange.end({"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": -32600, "message": "no session"}}, 404)
    elif verb != "POST":
        server.sessions.discard(exchange.session)
        exchange.end(None, 200 if verb == "DELETE" else 405)
    elif "method" not in message or "id" not in message:
        if "method" not in message:
            server.answered(message)
        elif message["method"] == "notifications/cancelled":
            cancel(server, message, exchange.session)
        exchange.end(None, 202)
    else:
        return await respond(server, exchange, reader)
    return b""


async def respond(server, exchange, reader):
    watch = asyncio.ensure_future(reader.read(1))
    watch.add_done_callback(lambda done: done.cancelled() or done.exception() or done.result() or exchange.gone.set())
    id = exchange.message["id"]
    server.under_way[exchange.session, id] = exchange
    try:
        session = os.urandom(16).hex() if exchange.message["method"] == "initialize" else None
        server.sessions.add(session)
        exchange.end({"jsonrpc": "2.0", "id": id, "result": await server.answer(exchange)}, session=session)
    except Refusal as refusal:
        code, text = refusal.args
        exchange.end({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": text}}, 400)
    finally:
        del server.under_way[exchange.session, id]
        watch.cancel()
        ahead, = await asyncio.gather(watch, return_exceptions=True)
    return ahead if isinstance(ahead, bytes) else b""


def cancel(server, message, session):
    work = server.under_way.get((session, message["params"]["requestId"]))
    if work:
        work.gone.set()


# MARK: stdio

class Line(Work):
    def emit(self, message):
        sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
        sys.stdout.buffer.flush()


async def stdio(server):
    reader = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()
    while line := await reader.readline():
        message = json.loads(line)
        if "method" not in message:
            server.answered(message)
        elif message["method"] == "notifications/cancelled":
            cancel(server, message, None)
        elif "id" in message:
            task = asyncio.ensure_future(one(server, message))
            running.add(task)
            task.add_done_callback(running.discard)


async def one(server, message):
    work = Line(server, message, None)
    server.under_way[None, message["id"]] = work
    try:
        work.emit({"jsonrpc": "2.0", "id": message["id"], "result": await server.answer(work)})
    except Refusal as refusal:
        code, text = refusal.args
        work.emit({"jsonrpc": "2.0", "id": message["id"], "error": {"code": code, "message": text}})
    except Gone:
        pass
    finally:
        del server.under_way[None, message["id"]]


async def main():
    server = Server(Journal(sys.argv[1]), sys.argv[2])
    if len(sys.argv) == 3:
        return await stdio(server)
    listener = await asyncio.start_server(
        lambda reader, writer: connection(server, reader, writer), "127.0.0.1", int(sys.argv[3]), limit=1 << 20,
        backlog=256)
    await listener.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
