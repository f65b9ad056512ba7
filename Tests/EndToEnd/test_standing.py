"""Standing streams: what an upstream tells while nobody calls reaches whoever asked for it, and nobody else."""
import contextlib
import json
import socket
import sys
import time

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from conftest import ALWAYS, HERE, LEGACY, MODERN, free_port, gateway, grant, program, wait_until
from wire import PREFIX, Endpoint, Modern, Session

A, B, SECRET = "shelf://public/a", "shelf://public/b", "shelf://secret/c"
TOOLS, PROMPTS, LISTED = (f"notifications/{kind}/list_changed" for kind in ("tools", "prompts", "resources"))
UPDATED = "notifications/resources/updated"
SERVER = HERE / "upstreams/changing_server.py"


def access(role="finance_executor", **names):
    return {"agent_role": role, "upstream": "shelf", "expires": ALWAYS, "owner": "shelf", **names}


GRANTS = [grant("works", upstream="shelf"), access(resource=A), access(resource=B),
          grant("works", "research_reader", upstream="shelf"), access("research_reader", resource=A)]


class Shelf:
    """A gateway in front of one changing server, and the server's control."""

    def __init__(self, running, journal, control, kind):
        self.running, self.journal, self.control, self.kind = running, journal, control, kind

    def do(self, what, **more):
        wait_until(lambda: reachable(self.control), 20, "the control port")
        with socket.create_connection(("127.0.0.1", self.control), 20) as connection:
            connection.sendall(json.dumps({"do": what, **more}).encode() + b"\n")
            return json.loads(connection.makefile().readline())

    def change(self, method, uri=None, **more):
        return self.do("change", method=method, uri=uri, **more)

    def seen(self):
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    def asked(self, method):
        return [entry for entry in self.seen() if (entry.get("message") or {}).get("method") == method]

    def endpoint(self, agent="finance-bot", token=None, ttl="15m"):
        return Endpoint(f"{self.running.url}/mcp/shelf", token or self.running.mint(agent, "shelf", ttl))

    def listener(self, era, *, resources=(), endpoint=None, agent="finance-bot", **kinds):
        endpoint = endpoint or self.endpoint(agent)
        return (Listening if era == MODERN else SessionListening)(endpoint, resources, **kinds)

    def records(self, type):
        return self.running.records(type=type)

    def closed(self, stream):
        """The records of the end of this stream, once there is one."""
        return wait_until(lambda: [r for r in self.records("stream.closed") if r["observed"]["stream"] == stream], 20,
                          "the end of the stream is on record")


def reachable(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False


class Listening:
    """A modern agent's `subscriptions/listen`, past its acknowledgement."""
    era = MODERN

    def __init__(self, endpoint, resources=(), id="listen-1", **kinds):
        self.peer = Modern(endpoint)
        filter = {**({"toolsListChanged": True} if not kinds and not resources else kinds),
                  **({"resourceSubscriptions": list(resources)} if resources else {})}
        self.stream = self.peer.post("subscriptions/listen", {"notifications": filter}, id=id)
        assert self.stream.status == 200, self.stream.response.read()
        self.messages = self.stream.messages()
        first = next(self.messages)
        assert first["method"] == "notifications/subscriptions/acknowledged", first
        self.id, self.accepted = id, first["params"]["notifications"]
        meta = first["params"]["_meta"]
        self.degraded = meta.pop("martlet.dev/degraded", [])
        assert meta == {PREFIX + "subscriptionId": id}

    def next(self):
        """The next notification, as method and URI."""
        message = next(self.messages)
        assert message["params"]["_meta"] == {PREFIX + "subscriptionId": self.id}, message
        return message["method"], message["params"].get("uri")

    def last(self):
        message = next(self.messages)
        assert message == {"jsonrpc": "2.0", "id": self.id, "result": {
            "resultType": "complete", "_meta": {PREFIX + "subscriptionId": self.id}}}
        assert next(self.messages, None) is None

    def close(self):
        self.stream.close()


class SessionListening:
    """A session-era agent's GET stream."""
    era = LEGACY

    def __init__(self, endpoint, resources=(), session=None, **kinds):
        self.session = session or Session(endpoint)
        self.stream = self.open()
        assert self.stream.status == 200, self.stream.response.read()
        self.messages = self.stream.messages()
        for uri in resources:
            self.subscribe(uri)

    def subscribe(self, uri, method="resources/subscribe"):
        """A call like every other: its empty result has the receipt."""
        result = self.session.result(method, {"uri": uri})
        assert list(result) == ["_meta"] and list(result["_meta"]) == ["martlet.dev/receipt"]

    def open(self, **headers):
        head = {"Accept": "text/event-stream", "MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": self.session.id}
        return self.session.endpoint.send("GET", None, {**head, **headers}, LEGACY)

    def next(self):
        message = next(self.messages)
        return message["method"], message.get("params", {}).get("uri")

    def last(self):
        assert next(self.messages, None) is None

    def close(self):
        self.stream.close()


@contextlib.contextmanager
def changing(folder, over, era, grants=GRANTS):
    journal, control = folder / "journal", free_port()
    journal.touch()
    command = [sys.executable, str(SERVER), str(journal), str(control), era]
    if over == "stdio":
        upstream = {"name": "shelf", "command": command, "era": era}
        with gateway(folder, {"upstreams": [upstream]}, grants) as running:
            yield Shelf(running, journal, control, (over, era))
        return
    port = free_port()
    with program(*command, port, port=port):
        upstream = {"name": "shelf", "url": f"http://127.0.0.1:{port}/mcp", "era": era}
        with gateway(folder, {"upstreams": [upstream]}, grants) as running:
            yield Shelf(running, journal, control, (over, era))


KINDS = [("http", MODERN), ("http", LEGACY), ("stdio", MODERN), ("stdio", LEGACY)]
ERAS = [MODERN, LEGACY]


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def shelf(request, tmp_path_factory):
    with changing(tmp_path_factory.mktemp("shelf"), *request.param) as running:
        yield running


@pytest.mark.parametrize("era", ERAS)
def test_a_changed_list_is_told(shelf, era):
    heard = shelf.listener(era, toolsListChanged=True)
    assert shelf.change(TOOLS) >= 1
    assert heard.next() == (TOOLS, None)
    heard.close()


@pytest.mark.parametrize("era", ERAS)
def test_an_update_reaches_whoever_subscribed_to_it(shelf, era):
    heard = shelf.listener(era, resources=[A])
    assert shelf.change(UPDATED, A) >= 1
    assert heard.next() == (UPDATED, A)
    heard.close()


def test_what_is_not_granted_is_left_out_and_on_record(shelf):
    heard = shelf.listener(MODERN, resources=[A, SECRET, "no uri"], toolsListChanged=True, promptsListChanged=False)
    assert heard.accepted == {"toolsListChanged": True, "resourceSubscriptions": [A]}
    opened = shelf.records("stream.opened")[-1]
    assert opened["verified"]["agent"] == "finance-bot" and opened["observed"]["method"] == "subscriptions/listen"
    assert opened["derived"] == {"role": "finance_executor", "lists": ["tools"], "resources": 1, "refused": 2}
    heard.close()
    closed, = shelf.closed(opened["observed"]["stream"])
    assert closed["observed"]["reason"] == "agent_left" and closed["observed"]["sent"] == 0


def test_only_what_was_asked_for_is_told(shelf):
    heard = shelf.listener(MODERN, promptsListChanged=True)
    other = shelf.listener(MODERN, agent="research-bot", toolsListChanged=True, resourcesListChanged=True)
    for method in (TOOLS, LISTED, PROMPTS):
        shelf.change(method, everywhere=True)
    assert heard.next() == (PROMPTS, None)
    assert other.next() == (TOOLS, None) and other.next() == (LISTED, None)
    heard.close()
    other.close()


@pytest.mark.parametrize("one", ERAS)
@pytest.mark.parametrize("two", ERAS)
def test_an_update_is_told_to_nobody_else(shelf, one, two):
    mine = shelf.listener(one, resources=[B], **({"promptsListChanged": True} if one == MODERN else {}))
    other = shelf.listener(two, agent="research-bot", resources=[A], **({"promptsListChanged": True} if two == MODERN else {}))
    assert shelf.change(UPDATED, B, everywhere=True) and shelf.change(UPDATED, SECRET, everywhere=True)
    assert mine.next() == (UPDATED, B)
    shelf.change(UPDATED, A, everywhere=True)
    assert other.next() == (UPDATED, A)
    shelf.change(PROMPTS)
    assert mine.next() == (PROMPTS, None) and other.next() == (PROMPTS, None)
    mine.close()
    other.close()


def test_nobody_subscribes_to_what_is_not_granted(shelf):
    session = Session(shelf.endpoint())
    sent = session.post("resources/subscribe", {"uri": SECRET})
    error = sent.reply()["error"]
    assert (error["code"], error["data"]) == (-32002, {"uri": SECRET})
    status, error = Modern(shelf.endpoint()).error("subscriptions/listen", {"notifications": {"resourceSubscriptions": [SECRET]}})
    assert (status, error["code"], error["data"]) == (400, -32602, {"uri": SECRET})
    denied = [r for r in shelf.records("call.denied") if r["observed"]["method"] == "subscriptions/listen"]
    assert denied[-1]["derived"]["reason"] == "no_grant" and denied[-1]["derived"]["stage"] == "grant"
    assert SECRET not in shelf.journal.read_text()


def wanted(shelf):
    """What the upstream is subscribed to, as it knows it."""
    over, era = shelf.kind
    if era == LEGACY:
        return set(shelf.do("subscriptions"))
    return set(shelf.asked("subscriptions/listen")[-1]["message"]["params"]["notifications"].get("resourceSubscriptions", []))


def test_a_subscription_is_counted_and_ends_with_its_last_subscriber(shelf):
    endpoint = shelf.endpoint()
    one = shelf.listener(LEGACY, endpoint=endpoint, resources=[A])
    two = shelf.listener(LEGACY, endpoint=endpoint, resources=[A])
    told = [shelf.change(UPDATED, A), one.next(), two.next()]
    assert told[1:] == [(UPDATED, A)] * 2
    one.subscribe(A, "resources/unsubscribe")
    shelf.change(UPDATED, A)
    shelf.change(TOOLS)
    assert two.next() == (UPDATED, A) and two.next() == (TOOLS, None) and one.next() == (TOOLS, None)
    assert A in wanted(shelf)
    two.subscribe(A, "resources/unsubscribe")
    wait_until(lambda: A not in wanted(shelf), 20, "the upstream is told")
    intents = [r for r in shelf.records("call.intent") if r["observed"]["method"] == "resources/unsubscribe"]
    outcomes = {r["call"] for r in shelf.records("call.outcome")}
    assert len(intents) >= 2 and {r["call"] for r in intents} <= outcomes
    one.close()
    two.close()


@pytest.mark.parametrize("era", ERAS)
def test_a_stream_that_the_agent_closes_ends_upstream(shelf, era):
    heard = shelf.listener(era, resources=[A])
    opened = shelf.records("stream.opened")[-1]
    heard.close()
    closed, = shelf.closed(opened["observed"]["stream"])
    assert closed["observed"]["reason"] == "agent_left" and closed["observed"]["opened"] < len(shelf.running.records())
    wait_until(lambda: A not in wanted(shelf) or shelf.kind == ("http", MODERN) and shelf.do("streams") == 0
               or shelf.kind == ("stdio", MODERN) and shelf.do("streams") == 0, 20, "nothing is wanted any more")
    if shelf.kind[0] == "http":
        wait_until(lambda: shelf.do("streams") == 0, 20, "no stream is open upstream")


@pytest.mark.parametrize("era", ERAS)
def test_a_revocation_cuts_the_stream(shelf, era):
    token = shelf.running.issuer.token(f"{shelf.running.url}/mcp/shelf", agent=f"leaver-{era}")
    heard = shelf.listener(era, endpoint=shelf.endpoint(token=token), toolsListChanged=True) if era == MODERN \
        else shelf.listener(era, endpoint=shelf.endpoint(token=token))
    stays = shelf.listener(era, agent="research-bot")
    stream = [r for r in shelf.records("stream.opened") if r["verified"]["agent"] == f"leaver-{era}"][-1]["observed"]["stream"]
    shelf.running.cli("revoke", "--subject", f"leaver-{era}", "--reason", "left")
    heard.last()
    closed, = shelf.closed(stream)
    assert closed["observed"]["reason"] == "revoked"
    shelf.change(TOOLS)
    assert stays.next() == (TOOLS, None)
    stays.close()


@pytest.mark.parametrize("era", ERAS)
def test_a_stream_ends_with_its_token(shelf, era):
    token = shelf.running.issuer.token(f"{shelf.running.url}/mcp/shelf", agent="brief-bot", exp=int(time.time()) + 3)
    heard = shelf.listener(era, endpoint=shelf.endpoint(token=token))
    stream = [r for r in shelf.records("stream.opened") if r["verified"]["agent"] == "brief-bot"][-1]["observed"]["stream"]
    heard.last()
    closed, = shelf.closed(stream)
    assert closed["observed"]["reason"] == "token_expired"


def test_the_end_of_a_session_ends_its_streams(shelf):
    heard = shelf.listener(LEGACY)
    again = SessionListening(heard.session.endpoint, session=heard.session)
    assert heard.session.end() == 200
    heard.last()
    again.last()
    ended = wait_until(lambda: [r for r in shelf.records("stream.closed") if r["observed"]["reason"] == "session_ended"][1:],
                       20, "both ends are on record")
    assert ended[-1]["observed"]["session"].startswith("sha256:")
    assert again.open().status == 404


def test_a_session_with_two_streams_is_told_once(shelf):
    heard = shelf.listener(LEGACY)
    again = SessionListening(heard.session.endpoint, session=heard.session)
    shelf.change(TOOLS)
    assert heard.next() == (TOOLS, None)
    heard.close()
    wait_until(lambda: shelf.records("stream.closed")[-1]["observed"]["reason"] == "agent_left", 20, "the first one ends")
    shelf.change(PROMPTS)
    assert again.next() == (PROMPTS, None)
    again.close()


def test_a_session_has_so_many_streams_and_no_more(shelf):
    heard = shelf.listener(LEGACY)
    more = [SessionListening(heard.session.endpoint, session=heard.session) for _ in range(3)]
    refused = heard.open()
    assert refused.status == 503
    assert shelf.records("call.denied")[-1]["derived"]["reason"] == "too_many_streams"
    for stream in [heard, *more]:
        stream.close()


def test_refusals_are_answered_and_on_record(shelf):
    session = Session(shelf.endpoint())
    stranger, before = shelf.endpoint("research-bot"), len(shelf.records("stream.opened"))
    head = {"Accept": "text/event-stream", "MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": session.id}

    def get(endpoint, **headers):
        sent = endpoint.send("GET", None, {**head, **{k.replace("_", "-"): v for k, v in headers.items()}}, LEGACY)
        sent.response.read()
        sent.close()
        reason = [r for r in shelf.running.records() if r["type"] in ("call.denied", "auth.failed")][-1]["derived"]["reason"]
        return sent.status, reason

    assert get(stranger) == (404, "unknown_session")
    assert get(session.endpoint, Mcp_Session_Id="0" * 64) == (404, "unknown_session")
    assert get(session.endpoint, Mcp_Session_Id=None) == (400, "missing_session")
    assert get(session.endpoint, Accept="application/json") == (406, "not_acceptable")
    assert get(session.endpoint, MCP_Protocol_Version=MODERN) == (405, "method_not_allowed")
    assert get(Endpoint(f"{shelf.running.url}/mcp/shelf"))[0] == 401
    peer = Modern(shelf.endpoint())
    assert peer.error("subscriptions/listen", {"notifications": {}}, headers={"Accept": "application/json"})[0] == 406
    for params in ({}, {"notifications": []}, {"notifications": {"toolsListChanged": 1}},
                   {"notifications": {"resourceSubscriptions": [f"shelf://public/{n}" for n in range(65)]}}):
        status, error = peer.error("subscriptions/listen", params, is_valid=False)
        assert (status, error["code"]) == (400, -32602)
    assert len(shelf.records("stream.opened")) == before


@pytest.mark.parametrize("era", ERAS)
def test_a_broken_upstream_is_heard_again_and_what_was_missed_is_told(shelf, era):
    heard = shelf.listener(era, resources=[A], **({"toolsListChanged": True} if era == MODERN else {}))
    if shelf.kind[0] == "stdio":
        with contextlib.suppress(ValueError):
            shelf.do("die")
    else:
        assert shelf.do("end", how="break") >= 1
    expected = {(TOOLS, None), (UPDATED, A)} if era == MODERN else {(m, None) for m in (TOOLS, PROMPTS, LISTED)} | {(UPDATED, A)}
    assert {heard.next() for _ in expected} == expected
    shelf.change(TOOLS)
    assert heard.next() == (TOOLS, None)
    heard.close()


def test_the_final_result_ends_a_stream_in_order(tmp_path):
    with changing(tmp_path, "http", MODERN) as shelf:
        modern, session = shelf.listener(MODERN), shelf.listener(LEGACY)
        shelf.running.stop()
        modern.last()
        session.last()
        ends = [r["observed"]["reason"] for r in shelf.records("stream.closed")]
        assert ends == ["shutdown", "shutdown"]
        verified = json.loads(shelf.running.cli("audit", "verify", "--json").stdout)
        assert verified["good"] and verified["open_streams"] == 0


def test_a_grant_that_ends_changes_the_list(tmp_path):
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 15))
    grants = [grant("works", upstream="shelf", expires=end), access("research_reader", resource=A)]
    with changing(tmp_path, "http", MODERN, grants) as shelf:
        modern, session = shelf.listener(MODERN), shelf.listener(LEGACY)
        other = shelf.listener(MODERN, agent="research-bot")
        assert modern.next() == (TOOLS, None) and session.next() == (TOOLS, None)
        assert Modern(shelf.endpoint()).result("tools/list")["tools"] == []
        shelf.change(TOOLS)
        assert other.next() == (TOOLS, None)
        for heard in (modern, session, other):
            heard.close()


def test_an_upstream_may_ask_for_a_sign_of_life_and_nothing_else(tmp_path):
    with changing(tmp_path, "http", LEGACY) as shelf:
        heard = shelf.listener(LEGACY)
        for method in ("ping", "sampling/createMessage"):
            shelf.do("question", method=method)
        answers = wait_until(lambda: (lambda a: a if len(a) == 2 else None)(
            {e["message"]["id"]: e["message"] for e in shelf.seen() if "id" in (e.get("message") or {})
             and str(e["message"]["id"]).startswith("q-")}), 20, "both answers")
        assert answers["q-ping"]["result"] == {} and answers["q-sampling/createMessage"]["error"]["code"] == -32601
        heard.close()


def test_an_upstream_without_standing_streams_is_none_the_less_listened_to_here(tmp_path):
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 12))
    for era in ERAS:
        folder = tmp_path / era
        folder.mkdir()
        with changing(folder, "http", era, [grant("works", upstream="shelf", expires=end), access(resource=A)]) as shelf:
            shelf.do("absent")
            heard = shelf.listener(era, resources=[])
            heard.close()


def test_a_session_that_the_upstream_has_forgotten_is_opened_and_subscribed_anew(tmp_path):
    with changing(tmp_path, "http", LEGACY) as shelf:
        heard = shelf.listener(LEGACY, resources=[A])
        shelf.change(UPDATED, A)
        assert heard.next() == (UPDATED, A)
        shelf.do("forget")
        told = {heard.next() for _ in range(4)}
        assert (TOOLS, None) in told and (UPDATED, A) in told
        wait_until(lambda: shelf.do("subscriptions") == [A], 20, "subscribed anew")
        shelf.change(UPDATED, A)
        assert heard.next() == (UPDATED, A)
        heard.close()


def test_what_a_call_is_told_of_changed_lists_reaches_the_standing_streams_of_its_caller(tmp_path):
    """Servers of the session era tell the calling session alone; calls of agents that can be asked have one of their own."""
    grants = [grant(tool, role, upstream="shelf") for tool in ("works", "shuffles")
              for role in ("finance_executor", "research_reader")]
    with changing(tmp_path, "http", LEGACY, grants) as shelf:
        endpoint = shelf.endpoint()
        modern, session = (shelf.listener(era, endpoint=endpoint) for era in (MODERN, LEGACY))
        other = shelf.listener(MODERN, agent="research-bot", toolsListChanged=True, promptsListChanged=True)
        callers = [Modern(endpoint), session.session, Session(endpoint, capabilities={})]
        for caller in callers:
            caller.call("works")
            listed = len(shelf.asked("tools/list"))
            caller.call("works")
            assert len(shelf.asked("tools/list")) == listed, "what is known is not asked for again"
            caller.call("shuffles")
            assert modern.next() == (TOOLS, None) and session.next() == (TOOLS, None)
            caller.call("works")
            assert len(shelf.asked("tools/list")) == listed + 1, "a call is held to the tools as they are now"
        assert len(shelf.records("tool.drift")) == 2 * len(callers)
        shelf.change(PROMPTS)
        assert other.next() == (PROMPTS, None), "what another caller's session was told is not ours"
        used = {entry["session"] for entry in shelf.asked("tools/call")}
        assert len(used) == 2, "calls that can be asked have a session of their own"
        for heard in (modern, session, other):
            heard.close()


def test_one_upstream_stream_serves_all_streams_of_a_caller(tmp_path):
    for era in ERAS:
        folder = tmp_path / era
        folder.mkdir()
        with changing(folder, "http", era) as shelf:
            endpoint = shelf.endpoint()
            heard = [shelf.listener(e, endpoint=endpoint, resources=[A]) for e in ERAS * 3]
            other = shelf.listener(MODERN, agent="research-bot", resources=[A])
            wait_until(lambda: shelf.do("streams") == 2, 20, "one stream for each caller")
            shelf.change(UPDATED, A)
            assert [h.next() for h in [*heard, other]] == [(UPDATED, A)] * 7
            for h in [*heard, other]:
                h.close()


def sdk(shelf, mode, work, **options):
    async def main():
        headers = {"Authorization": f"Bearer {shelf.running.mint('finance-bot', 'shelf')}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            transport = streamable_http_client(f"{shelf.running.url}/mcp/shelf", http_client=http)
            async with Client(transport, mode=mode, **options) as client:
                with anyio.fail_after(60):
                    await work(client)

    anyio.run(main)


def test_the_sdk_client_hears_a_stream(shelf):
    async def work(client):
        async with client.listen(tools_list_changed=True, resource_subscriptions=[A, SECRET]) as heard:
            assert set(heard.honored.resource_subscriptions) == {A} and heard.honored.prompts_list_changed is None
            events = aiter(heard)
            await anyio.to_thread.run_sync(lambda: shelf.change(TOOLS))
            assert type(await anext(events)).__name__ == "ToolsListChanged"
            await anyio.to_thread.run_sync(lambda: shelf.change(UPDATED, A))
            assert (await anext(events)).uri == A

    sdk(shelf, MODERN, work)


def test_the_sdk_client_hears_a_session(shelf):
    told = []
    happened = anyio.Event()

    async def heard(message):
        told.append(getattr(message, "method", None))
        happened.set()

    async def work(client):
        await client.subscribe_resource(A)
        # The client opens its stream by itself, some time after its first message.
        await anyio.to_thread.run_sync(lambda: wait_until(
            lambda: [r for r in shelf.records("stream.opened") if r["asserted"].get("client") is None
                     and r["observed"]["method"] == "GET"], 20, "the stream of the session"))
        await anyio.to_thread.run_sync(lambda: wait_until(lambda: shelf.change(UPDATED, A), 20, "somebody is told"))
        await happened.wait()
        assert UPDATED in told

    sdk(shelf, "legacy", work, message_handler=heard)
