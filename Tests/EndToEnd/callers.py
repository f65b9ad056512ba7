"""MCP callers over raw HTTP for tests with many of them at once: every byte that comes back is held against its owner."""
import asyncio
import json
import re

from conftest import LEGACY, MODERN
from wire import PREFIX

MARK = re.compile(rb"mark-\w+-\w+")
CAPABILITIES = {"elicitation": {"form": {}}, "extensions": {"io.modelcontextprotocol/tasks": {}}}


class Reply:
    """What comes back to one request, message by message; `raw` is all of it."""

    def __init__(self, caller, reader, writer):
        self.caller, self.reader, self.writer = caller, reader, writer
        self.raw, self.is_over, self.messages = b"", False, []

    async def head(self):
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        self.session = next((line.split(": ", 1)[1] for line in lines if line.lower().startswith("mcp-session-id")), None)
        return self

    async def next(self):
        """The next message; None at the end."""
        while not self.is_over:
            data = await self.piece()
            self.raw += data
            self.caller.check(data)
            text = b"".join(line[5:] for line in data.split(b"\n") if line.startswith(b"data:")) \
                if "event-stream" in self.fields.get("content-type", "") else data
            if text.strip():
                self.messages.append(json.loads(text))
                return self.messages[-1]
        return None

    async def piece(self):
        if self.fields.get("transfer-encoding") == "chunked":
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            data = await self.reader.readexactly(size + 2)
            self.end() if size == 0 else None
            return data[:-2]
        data = await self.reader.readexactly(int(self.fields.get("content-length", 0)))
        self.end()
        return data

    def end(self):
        self.is_over = True
        if self.fields.get("connection") == "close":
            return self.writer.close()
        self.caller.idle.append((self.reader, self.writer))

    async def rest(self):
        """Reads to the end; the response."""
        while await self.next() is not None:
            pass
        return self.messages[-1] if self.messages else None

    def hang_up(self):
        self.is_over = True
        self.writer.close()

    @property
    def told(self):
        return [m["params"] for m in self.messages if m.get("method") == "notifications/progress"]


class Caller:
    """One principal: what it sends, and its mark. Everything with the mark of another one ends the test."""

    def __init__(self, port, mark, tokens):
        self.port, self.mark, self.tokens = port, mark, tokens
        self.idle, self.sessions, self.sent, self.given_up = [], {}, set(), set()

    def check(self, data):
        foreign = {found for found in MARK.findall(data)} - {self.mark.encode()}
        assert not foreign, f"{self.mark} was told {foreign}: {data!r}"

    async def connection(self):
        while self.idle:
            reader, writer = self.idle.pop()
            if not writer.is_closing() and not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)

    async def send(self, route, verb, message, fields):
        reader, writer = await self.connection()
        body = json.dumps(message).encode() if message else b""
        head = {"Host": f"127.0.0.1:{self.port}", "Authorization": f"Bearer {self.tokens[route]}",
                "Content-Length": len(body),
                "Content-Type": "application/json", "Accept": "application/json, text/event-stream", **fields}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value is not None)
        writer.write(f"{verb} /mcp/{route} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        return await Reply(self, reader, writer).head()

    async def modern(self, route, method, params, id=1, **meta):
        name = params.get("name", params.get("taskId"))
        params = {**params, "_meta": {
            PREFIX + "protocolVersion": MODERN, PREFIX + "clientCapabilities": CAPABILITIES, **meta}}
        return await self.send(route, "POST", {"jsonrpc": "2.0", "id": id, "method": method, "params": params}, {
            "MCP-Protocol-Version": MODERN, "Mcp-Method": method, "Mcp-Name": name})

    async def legacy(self, route, method, params, id=1, session=None, verb="POST", **meta):
        params = {**params, "_meta": meta} if meta else params
        message = {"jsonrpc": "2.0", "method": method, "params": params, **({"id": id} if id is not None else {})}
        return await self.send(route, verb, message if verb == "POST" else None, {
            "MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": session or await self.session(route)})

    async def session(self, route):
        if route not in self.sessions:
            self.sessions[route] = await self.opened(route)
        return self.sessions[route]

    async def opened(self, route):
        opening = {"protocolVersion": LEGACY, "capabilities": CAPABILITIES, "clientInfo": {"name": "x", "version": "1"}}
        reply = await self.send(route, "POST", {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": opening}, {})
        await reply.rest()
        assert reply.status == 200 and reply.session, reply.raw
        return reply.session

    async def call(self, era, route, tool, id=1, arguments=None, more=None, **meta):
        """A call with the caller's mark, under way."""
        params = {"name": tool, "arguments": {"mark": self.mark, **(arguments or {})}, **(more or {})}
        if "nonce" in params["arguments"]:
            self.sent.add(params["arguments"]["nonce"])
        ask = self.modern if era == MODERN else self.legacy
        return await ask(route, "tools/call", params, id, **meta)

    async def answer(self, route, id, result, session=None):
        """Answers a request of the server."""
        reply = await self.send(route, "POST", {"jsonrpc": "2.0", "id": id, "result": result}, {
            "MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": session or await self.session(route)})
        await reply.rest()
        return reply
