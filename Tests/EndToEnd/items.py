"""What the tests of the numbered items share: one gateway in front of an observed server, and requests sent exactly as said."""
import contextlib
import http.client
import itertools
import json
import socket

from conftest import ALWAYS, LEGACY, META, MODERN, Answer, gateway, grant
from wire import PREFIX

ACCEPT = "application/json, text/event-stream"
CAPABILITIES = {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}
NOT_FOUND, INVALID, REFUSED, PARSE = -32601, -32602, -32600, -32700
MISMATCH, MISSING_CAPABILITY, UNSUPPORTED = -32020, -32021, -32022
IDS = itertools.count(1000)


def access(upstream, role="finance_executor", **names):
    return {"agent_role": role, "upstream": upstream, "expires": ALWAYS, "owner": "items", **names}


def meta(**more):
    return {**META, **{PREFIX + key: value for key, value in more.items()}}


def sent(port, fields, body=b"", verb="POST", path="/mcp/new"):
    """One request with these header fields in this order, as often and in the spelling given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(verb, path, skip_host=any(name.lower() == "host" for name, _ in fields),
                          skip_accept_encoding=True)
    for name, value in fields:
        connection.putheader(name, value)
    if body or verb == "POST":
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body if body else None)
    response = connection.getresponse()
    answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    connection.close()
    return answer


class Site:
    """A running gateway and one observed server behind all of its routes."""

    def __init__(self, running, observer, folder):
        self.running, self.observer, self.folder = running, observer, folder
        self.tokens, self.sessions = {}, {}

    def token(self, upstream="new", agent="idp-bot", **claims):
        key = (upstream, agent, tuple(sorted(claims.items())))
        if key not in self.tokens:
            self.tokens[key] = self.running.issuer.token(f"{self.running.url}/mcp/{upstream}", agent=agent, **claims)
        return self.tokens[key]

    def session(self, upstream="old", agent="idp-bot"):
        if (upstream, agent) not in self.sessions:
            self.sessions[upstream, agent] = self.running.session(self.token(upstream, agent), upstream)
        return self.sessions[upstream, agent]

    def modern(self, method, params=None, upstream="new", agent="idp-bot", **more):
        """Well formed unless `headers` or `params` say otherwise."""
        params = params or {}
        name = params.get("uri") if method == "resources/read" else params.get("taskId", params.get("name"))
        more.setdefault("id", next(IDS))
        return self.running.rpc(self.token(upstream, agent), method, {"_meta": META, **params}, upstream=upstream,
                                name=name if isinstance(name, str) else None, **more)

    def legacy(self, method, params=None, upstream="old", agent="idp-bot", session=None, **more):
        more.setdefault("id", next(IDS))
        return self.running.rpc(self.token(upstream, agent), method, params or {}, upstream=upstream, era=LEGACY,
                                session=session or self.session(upstream, agent), **more)

    def call(self, tool, arguments=None, upstream="new", agent="idp-bot", **more):
        return self.modern("tools/call", {"name": tool, "arguments": arguments or {}, **more}, upstream, agent)

    def exactly(self, fields, body, verb="POST", upstream="new"):
        head = [("Authorization", f"Bearer {self.token(upstream)}"), ("Content-Type", "application/json"),
                ("Accept", ACCEPT)]
        given = {name.lower() for name, _ in fields}
        head = [field for field in head if field[0].lower() not in given]
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        return sent(self.running.port, head + [f for f in fields if f[1] is not None], data, verb, f"/mcp/{upstream}")

    def records(self, type=None, **fields):
        return [r for r in self.running.records() if type in (None, r["type"])
                and all(r.get(key) == value for key, value in fields.items())]


@contextlib.contextmanager
def site(folder, observer, upstreams, grants, **config):
    with gateway(folder, {"upstreams": upstreams, **config}, grants) as running:
        yield Site(running, observer, folder)


def grants_of(upstream, tools, roles=("finance_executor",)):
    return [grant(name, role, upstream) for name in tools for role in roles]


def error_of(answer):
    return answer.status, answer.json["error"]["code"]


def outcome_of(answer):
    """Of a call that failed upstream: the word in the answer."""
    return answer.json["result"]["_meta"]["martlet.dev/outcome"]["outcome"]


def messages(answer):
    """Every message of a stream, or the one of a plain answer."""
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        return [json.loads(answer.body)]
    return [json.loads(line[5:]) for line in answer.body.split(b"\n") if line.startswith(b"data:") and line[5:].strip()]


def routing(method="tools/call", name="plain", version=MODERN):
    return [("MCP-Protocol-Version", version), ("Mcp-Method", method)] + ([("Mcp-Name", name)] if name else [])


def raw_call(here, tool_name, id, upstream="new"):
    """A call on a socket of its own, read until it has begun to speak."""
    body = json.dumps({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {
        "name": tool_name, "arguments": {}, "_meta": {**META, "progressToken": "p"}}})
    head = [f"POST /mcp/{upstream} HTTP/1.1", f"Host: 127.0.0.1:{here.running.port}",
            f"Authorization: Bearer {here.token(upstream)}", "Content-Type: application/json",
            "Accept: application/json, text/event-stream", f"Content-Length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in routing(name=tool_name)]
    connection = socket.create_connection(("127.0.0.1", here.running.port), 30)
    connection.sendall(("\r\n".join(head) + "\r\n\r\n" + body).encode())
    data = b""
    while b"notifications/progress" not in data:
        more = connection.recv(65536)
        assert more, data
        data += more
    return connection, data
