"""MCP spoken by hand over HTTP, in both eras; every message that passes is checked against the revision's JSON schema.

It knows nothing of the SDKs: what a test sends is what arrives, also when it is wrong.
"""
import functools
import http.client
import itertools
import json
import pathlib
import urllib.parse

import jsonschema

MODERN, LEGACY = "2026-07-28", "2025-11-25"
PREFIX = "io.modelcontextprotocol/"
EVERYTHING = {"sampling": {}, "elicitation": {}, "roots": {"listChanged": True}}
ACCEPT = "application/json, text/event-stream"
SCHEMAS = pathlib.Path(__file__).resolve().parents[3] / "shared/data/mcp"
RESULTS = {
    "initialize": "InitializeResult", "server/discover": "DiscoverResult", "ping": "EmptyResult",
    "logging/setLevel": "EmptyResult", "resources/subscribe": "EmptyResult", "resources/unsubscribe": "EmptyResult",
    "tools/list": "ListToolsResult", "tools/call": "CallToolResult", "prompts/list": "ListPromptsResult",
    "prompts/get": "GetPromptResult", "resources/list": "ListResourcesResult", "resources/read": "ReadResourceResult",
    "resources/templates/list": "ListResourceTemplatesResult", "completion/complete": "CompleteResult",
    "subscriptions/listen": "SubscriptionsListenResult",
}


@functools.cache
def validator(version, name):
    definitions = json.loads((SCHEMAS / f"schema-{version}.json").read_text())["$defs"]
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions}) if name in definitions else None


def conforms(version, name, value):
    if (SCHEMAS / f"schema-{version}.json").exists() and validator(version, name):
        validator(version, name).validate(value)


def check_received(version, method, message):
    """A message of the server, as answer to `method` or on its stream."""
    if "error" in message:
        # JSON-RPC answers null for an id it could not read; the schemas of MCP leave the member out.
        known = {k: v for k, v in message.items() if (k, v) != ("id", None)}
        return conforms(version, "JSONRPCErrorResponse", known)
    if "result" in message:
        conforms(version, "JSONRPCResultResponse", message)
        asks = message["result"].get("resultType") == "input_required"
        return conforms(version, "InputRequiredResult" if asks else RESULTS.get(method, "Result"), message["result"])
    if "id" in message:
        conforms(version, "JSONRPCRequest", message)
        return conforms(version, "ServerRequest", message)
    conforms(version, "JSONRPCNotification", message)
    if message["method"] == "notifications/tasks":
        return None  # Of an extension, which has a schema of its own.
    conforms(version, "ServerNotification", message)


class Exchange:
    """One POST and what comes back, message by message as it arrives."""

    def __init__(self, connection, response, version, method):
        self.connection, self.response, self.version, self.method = connection, response, version, method
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.notifications = []
        self.body = None

    def messages(self):
        if not self.headers.get("content-type", "").startswith("text/event-stream"):
            self.body = self.response.read()
            if self.body:
                message = json.loads(self.body)
                check_received(self.version, self.method, message)
                yield message
            return self.close()
        data = b""
        while line := self.response.readline():
            if line.startswith(b"data:"):
                data += line[5:].strip()
            elif not line.strip() and data:
                message, data = json.loads(data), b""
                check_received(self.version, self.method, message)
                yield message
        self.close()

    def reply(self, answer=None):
        """Reads to the response; a request of the server goes to `answer`, a notification to `notifications`."""
        for message in self.messages():
            if "method" not in message:
                self.close()
                return message
            if "id" in message:
                assert answer is not None, f"a request of the server where none is allowed: {message}"
                answer(message)
            else:
                self.notifications.append(message)
        return None

    def close(self):
        self.response.close()
        self.connection.close()


class Endpoint:
    """Where to speak, and the token to speak with: the upstream itself, or a route of the gateway."""

    def __init__(self, url, token=None):
        self.url, self.token = urllib.parse.urlsplit(url), token
        self.ids = itertools.count(1)

    def send(self, verb, body, headers, version, method=None):
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=60)
        head = {**headers, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        data = json.dumps(body).encode() if body is not None else None
        connection.request(verb, self.url.path, data, {k: v for k, v in head.items() if v is not None})
        return Exchange(connection, connection.getresponse(), version, method)


class Modern:
    """2026-07-28: every request stands alone."""

    def __init__(self, endpoint, capabilities=None):
        self.endpoint, self.capabilities = endpoint, EVERYTHING if capabilities is None else capabilities
        self.notifications = []

    def meta(self, **more):
        return {PREFIX + "protocolVersion": MODERN, PREFIX + "clientInfo": {"name": "scenarios", "version": "1"},
                PREFIX + "clientCapabilities": self.capabilities, **more}

    def post(self, method, params=None, headers=None, id=None, is_valid=True):
        params = {"_meta": self.meta(), **(params or {})} if is_valid is not None else params
        body = {"jsonrpc": "2.0", "id": next(self.endpoint.ids) if id is None else id, "method": method, "params": params}
        if is_valid:
            conforms(MODERN, "ClientRequest", body)
        name = params.get("uri") if method == "resources/read" else params.get("name")
        head = {"Content-Type": "application/json", "Accept": ACCEPT, "MCP-Protocol-Version": MODERN,
                "Mcp-Method": method, "Mcp-Name": name if isinstance(name, str) else None}
        return self.endpoint.send("POST", body, {**head, **(headers or {})}, MODERN, method)

    def exchange(self, method, params=None, **more):
        """Status and response; what came before the response is in `notifications`."""
        sent = self.post(method, params, **more)
        reply = sent.reply()
        self.notifications = sent.notifications
        return sent.status, reply

    def result(self, method, params=None, **more):
        status, reply = self.exchange(method, params, **more)
        assert status == 200 and "result" in reply, (status, reply)
        return reply["result"]

    def error(self, method, params=None, **more):
        status, reply = self.exchange(method, params, **more)
        assert reply and "error" in reply, (status, reply)
        return status, reply["error"]

    def call(self, tool, arguments=None, **more):
        return self.result("tools/call", {"name": tool, "arguments": arguments or {}, **more})


class Session:
    """2025-11-25: a session, and a server that may ask in the middle of a call."""

    def __init__(self, endpoint, capabilities=None):
        self.endpoint, self.id, self.notifications, self.asked = endpoint, None, [], []
        opened = self.post("initialize", {
            "protocolVersion": LEGACY, "capabilities": EVERYTHING if capabilities is None else capabilities,
            "clientInfo": {"name": "scenarios", "version": "1"}}, {"MCP-Protocol-Version": None})
        reply = opened.reply()
        assert opened.status == 200 and "result" in reply, (opened.status, reply)
        self.opened, self.id = reply["result"], opened.headers.get("mcp-session-id")
        self.notify("notifications/initialized")

    def head(self):
        return {"Content-Type": "application/json", "Accept": ACCEPT, "MCP-Protocol-Version": LEGACY,
                "Mcp-Session-Id": self.id}

    def post(self, method, params=None, headers=None):
        body = {"jsonrpc": "2.0", "id": next(self.endpoint.ids), "method": method, "params": params or {}}
        conforms(LEGACY, "ClientRequest", body)
        return self.endpoint.send("POST", body, {**self.head(), **(headers or {})}, LEGACY, method)

    def notify(self, method):
        sent = self.endpoint.send("POST", {"jsonrpc": "2.0", "method": method}, self.head(), LEGACY)
        assert sent.status == 202, sent.status
        sent.close()

    def result(self, method, params=None, answers=None):
        """`answers` has the result for each method that the server may ask for."""
        def answer(message):
            self.asked.append(message)
            body = {"jsonrpc": "2.0", "id": message["id"], "result": answers[message["method"]]}
            sent = self.endpoint.send("POST", body, self.head(), LEGACY)
            assert sent.status == 202, (sent.status, sent.response.read())
            sent.close()

        sent = self.post(method, params)
        reply = sent.reply(answer if answers else None)
        self.notifications = sent.notifications
        assert sent.status == 200 and reply and "result" in reply, (sent.status, reply)
        return reply["result"]

    def call(self, tool, arguments=None, answers=None, **more):
        return self.result("tools/call", {"name": tool, "arguments": arguments or {}, **more}, answers)

    def end(self):
        sent = self.endpoint.send("DELETE", None, self.head(), LEGACY)
        sent.response.read()
        sent.close()
        return sent.status
