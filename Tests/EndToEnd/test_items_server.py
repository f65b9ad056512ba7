"""The numbered items of the gateway's checklist, towards agents (1 to 29): each item by its number, through the wire."""
import base64
import concurrent.futures
import contextlib
import json
import re

import pytest

from conftest import LEGACY, META, MODERN, grant, wait_until
from items import (CAPABILITIES, INVALID, MISMATCH, MISSING_CAPABILITY, NOT_FOUND, PARSE, REFUSED, UNSUPPORTED, access,
                   error_of, grants_of, messages, meta, outcome_of, raw_call, routing, sent, site)
from upstreams.observer import Observer, tool
from wire import PREFIX, Endpoint, Modern

REGION = {"type": "object", "properties": {
    "region": {"type": "string", "x-mcp-header": "Region"}, "count": {"type": "integer", "x-mcp-header": "Count"},
    "dry": {"type": "boolean", "x-mcp-header": "Dry"}, "free": {"type": "string"}}}
FORM = {"method": "elicitation/create", "params": {
    "mode": "form", "message": "Sure?", "requestedSchema": {"type": "object", "properties": {"ok": {"type": "boolean"}}}}}
TOOLS = [tool("plain"), tool("mirrored", REGION), tool("talks"), tool("asks"), tool("asks_nothing"), tool("odd_type"),
         tool("slow"), tool("insists"), tool("speaks_as_gateway"), tool("fails"), tool("waits"), tool("rests"),
         tool("bounded"),
         tool("hidden")]
GRANTED = [t["name"] for t in TOOLS if t["name"] not in ("hidden", "bounded")]
CACHEABLE = [("server/discover", {}), ("tools/list", {}), ("prompts/list", {}), ("resources/list", {}),
             ("resources/templates/list", {}), ("resources/read", {"uri": "doc:a"})]


# MARK: What the observed server does

def talks(request):
    """Everything a server may and may not say on the stream of a call."""
    request.stream()
    request.progress(1)
    request.progress(2, token="somebody-else")
    request.notify("notifications/tools/list_changed")
    request.notify("notifications/message", level="debug", data="a detail")
    request.notify("notifications/message", level="error", data="a failure")
    request.event({"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage",
                   "params": {"messages": [], "maxTokens": 1}})
    request.progress(3)
    request.last(request.done("talked"))


def talks_for_ever(request):
    """Progress whenever nothing else happens: only a hard maximum ends this."""
    request.stream()
    request.connection.settimeout(0.05)
    step = 0
    while True:
        step += 1
        try:
            request.progress(step)
            if not request.connection.recv(1):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    request.observer.left.put(request)
    request.close_connection = True


def waits(request):
    """Says one thing and then nothing until the other side goes."""
    request.stream()
    request.progress(1)
    request.wait_for_the_caller_to_leave()


def asks(request):
    if "inputResponses" in request.params:
        return request.done("went on")
    return {"resultType": "input_required", "inputRequests": {"q": FORM}, "requestState": "theirs"}


def speaks_as_gateway(request):
    return request.done(_meta={"martlet.dev/receipt": {"call": "forged"}, PREFIX + "subscriptionId": "x", "their/own": 1})


def paged(member, items):
    """A list on two pages, each of which claims to be for everybody."""
    def work(request):
        first = "cursor" not in request.params
        half = items[:len(items) // 2] if first else items[len(items) // 2:]
        return {member: half, "ttlMs": 3_600_000, "cacheScope": "public", **({"nextCursor": "2"} if first else {})}
    return work


PUBLIC = {"ttlMs": 3_600_000, "cacheScope": "public"}
ANSWERS = {
    "talks": talks, "asks": asks, "asks_nothing": lambda r: {"resultType": "input_required"},
    "odd_type": lambda r: {**r.done(), "resultType": "pending"}, "slow": talks_for_ever,
    "speaks_as_gateway": speaks_as_gateway, "waits": waits, "rests": waits,
    "plain": lambda r: r.done(json.dumps(r.arguments)),
    "fails": lambda r: r.error(-32000, "x" * 100_000 + "\u0000\u001b[31m"),
    "insists": lambda r: r.error(MISSING_CAPABILITY, "needs", {"requiredCapabilities": {"sampling": {}}}, status=400),
    "tools/list": paged("tools", TOOLS),
    "prompts/list": paged("prompts", [{"name": "greet", "description": "greets"},
                                      {"name": "secret", "description": "x"}]),
    "prompts/get": lambda r: {"messages": [{"role": "user", "content": {"type": "text", "text": "hello"}}]},
    "resources/list": paged("resources", [{"uri": "doc:a", "name": "a"}, {"uri": "doc:b", "name": "b"}]),
    "resources/templates/list": paged("resourceTemplates", [{"uriTemplate": "doc:{x}", "name": "x"},
                                                            {"uriTemplate": "other:{x}", "name": "y"}]),
    "resources/read": lambda r: {"contents": [{"uri": r.params["uri"], "text": "text"}], **PUBLIC},
    "completion/complete": lambda r: {"completion": {"values": ["one"], "hasMore": False}},
}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("items")
    with Observer(tools=TOOLS, on=ANSWERS, eras=(MODERN,)) as observer:
        old = observer.at("/mcp/old", tools=TOOLS, on={**ANSWERS, "tools/list": lambda r: {"tools": TOOLS}},
                          eras=(LEGACY,))
        bare = observer.at("/mcp/bare", tools=[tool("plain")], features={"tools": {}}, on={"plain": lambda r: r.done()})
        names = [tool("a" * 128), tool("a" * 129), tool("bad name"), tool("é"), tool(""), tool("z"), tool("m"), tool("b"),
                 tool("twice"), tool("twice")]
        odd = observer.at("/mcp/odd", tools=names)
        listed = {"tools": {"listChanged": True}, "prompts": {"listChanged": True}, "resources": {"subscribe": True}}
        pushing = observer.at("/mcp/pushes", tools=[tool("plain")], features=listed, on={"subscriptions/listen": pushes})
        slow = observer.at("/mcp/tasks", tools=[tool("later")], on={"later": later, "tasks/get": polled},
                           features={"tools": {}, "extensions": {"io.modelcontextprotocol/tasks": {}}})
        upstreams = [
            {"name": "new", "url": observer.url, "era": MODERN}, {"name": "old", "url": old, "era": LEGACY},
            {"name": "bare", "url": bare, "era": MODERN}, {"name": "odd", "url": odd, "era": MODERN},
            {"name": "pushes", "url": pushing, "era": MODERN}, {"name": "tasks", "url": slow, "era": MODERN},
            {"name": "fresh", "url": observer.url, "era": MODERN},
            {"name": "quick", "url": observer.url, "era": MODERN, "timeout": "1s"},
        ]
        grants = [g for name in ("new", "old", "quick", "fresh") for g in grants_of(name, GRANTED)]
        grants += [g for name in ("new", "old") for g in (
            access(name, prompt="greet"), access(name, resource="doc:a"), access(name, resource="doc:{x}"))]
        grants += grants_of("odd", ["a" * 128, "z", "m", "b", "twice"]) + grants_of("bare", ["plain"])
        grants += grants_of("pushes", ["plain"]) + [access("pushes", resource="doc:a")] + grants_of("tasks", ["later"])
        grants += [grant("plain", "research_reader", "new"), grant("bounded", upstream="new", closed=True, constraints=[
            {"argument": "/page", "number": {"minimum": 1, "maximum": 3}}])]
        more = {"limits": {"request_bytes": "64KiB", "response_bytes": "256KiB"},
                "listen": {"allowed_origins": ["https://console.test"]}}
        with site(folder, observer, upstreams, grants, **more) as running:
            # Schemas are known from a list; whoever calls before any list is a test of its own (item 12, "fresh").
            running.modern("tools/list")
            connection, _ = raw_call(running, "rests", 5)
            with concurrent.futures.ThreadPoolExecutor(1) as pool, connection:
                running.silence = pool.submit(read_to_a_comment, connection)
                yield running


def read_to_a_comment(connection):
    data = b""
    while b"\n:" not in data:
        more = connection.recv(65536)
        assert more, data
        data += more
    return data


def rpc_body(method="tools/call", params=None, **more):
    return {"jsonrpc": "2.0", "id": 7, "method": method,
            "params": {"_meta": META, **({"name": "plain", "arguments": {}} if params is None else params)}, **more}


SUBSCRIBED = []


def pushes(request):
    """A subscription that stays open until its caller goes; `push` speaks on it."""
    request.stream()
    honoured = {k: v for k, v in request.params["notifications"].items()
                if k in ("toolsListChanged", "promptsListChanged", "resourceSubscriptions")}
    request.notify("notifications/subscriptions/acknowledged", notifications=honoured,
                   _meta={PREFIX + "subscriptionId": request.id})
    SUBSCRIBED.append(request)
    request.wait_for_the_caller_to_leave()
    SUBSCRIBED.remove(request)


TASK = {"status": "working", "createdAt": "2026-08-01T00:00:00Z", "lastUpdatedAt": "2026-08-01T00:00:00Z",
        "ttlMs": 60_000,
        "pollIntervalMs": 10}


def later(request):
    """A tool that becomes a task for whom can be told of one."""
    if "io.modelcontextprotocol/tasks" not in request.meta[PREFIX + "clientCapabilities"].get("extensions", {}):
        return request.done("at once")
    return {"resultType": "task", "taskId": f"theirs-{request.id}", **TASK}


def polled(request):
    if not request.params["taskId"].startswith("theirs-"):
        return request.error(INVALID, "Unknown task", status=400)
    return {"taskId": request.params["taskId"], **TASK, "status": "completed", "result": request.done("at last")}


# MARK: Transport and parsing

def test_item_01_each_upstream_has_one_path_that_takes_posts(here):
    """One path for each upstream; it serves POST, and tells what it serves when asked by another verb."""
    for upstream in ("new", "bare"):
        assert here.modern("server/discover", upstream=upstream).status == 200
    for verb in ("GET", "PUT", "PATCH", "OPTIONS"):
        answer = here.exactly([("MCP-Protocol-Version", MODERN)], None, verb)
        assert answer.status == 405 and "POST" in answer.headers["allow"], verb
    assert here.exactly([("MCP-Protocol-Version", MODERN)], None, "DELETE").status in (400, 405)


def test_item_01_all_upstreams_together_are_one_more_path(here):
    """`/mcp` has tokens of its own: those of a route do not open it, nor the other way round; nothing lies in between."""
    own = here.running.issuer.token(f"{here.running.url}/mcp")

    def ask(path, token):
        fields = [("Authorization", f"Bearer {token}"), ("Content-Type", "application/json"),
                  *routing("tools/list", None)]
        return sent(here.running.port, fields, json.dumps(rpc_body("tools/list", {})).encode(), path=path)

    assert ask("/mcp", here.token()).status == 401 == ask("/mcp/new", own).status
    assert {"new__plain", "old__plain"} <= {t["name"] for t in ask("/mcp", own).json["result"]["tools"]}
    for path in ("/mcp/", "/mcp/new/", "/mcp/new/tools", "/mcp/NEW", "/mcp//new", "/MCP"):
        for token in (here.token(), own):
            assert ask(path, token).status in (401, 404), path


PATHS = [("POST", "/mcp/new"), ("GET", "/mcp/new"), ("DELETE", "/mcp/new"), ("GET", "/healthz"),
         ("GET", "/.well-known/oauth-protected-resource/mcp/new"), ("POST", "/mcp/nosuch")]


@pytest.mark.parametrize("verb,path", PATHS)
def test_item_02_origin_and_host_are_checked_on_every_request(here, verb, path):
    """An Origin that is not on the list is 403, a Host that is not ours 421, before the token is looked at."""
    port, own = here.running.port, f"127.0.0.1:{here.running.port}"
    bearer = ("Authorization", f"Bearer {here.token()}")
    for origin in ("https://evil.test", "null", "https://console.test.evil.test", "http://console.test",
                   "https://console.test, https://evil.test"):
        for fields in ([("Origin", origin)], [("Origin", origin), bearer]):
            refused = sent(port, fields, verb=verb, path=path)
            assert refused.status == 403 and "id" not in refused.json, origin
    for host in ("evil.test", f"evil.test:{port}", f"127.0.0.1.evil.test:{port}", "127.0.0.1:1"):
        assert sent(port, [("Host", host), bearer], verb=verb, path=path).status == 421, host
    assert sent(port, [("Origin", "https://console.test")], verb=verb, path=path).status not in (403, 421)
    assert sent(port, [("Host", own)], verb=verb, path=path).status not in (403, 421)


def test_item_03_local_means_loopback_and_nobody_is_anonymous(here):
    """The listener is bound to 127.0.0.1 alone, and whoever comes from there still needs a token."""
    port = here.running.port
    for file, local in (("/proc/net/tcp", f"0100007F:{port:04X}"), ("/proc/net/tcp6", None)):
        with open(file) as table:
            rows = [line.split() for line in table.readlines()[1:]]
        listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
        assert listening == ([local] if local else [])
    for method in ("server/discover", "tools/list", "ping", "initialize"):
        answer = here.running.rpc(None, method, upstream="new")
        assert answer.status == 401 and not answer.json.get("result")


ONE = json.dumps(rpc_body())
BODIES = [
    ("nothing", "", PARSE), ("no JSON", "{", PARSE), ("two values", ONE + ONE, PARSE), ("a batch", f"[{ONE}]", REFUSED),
    ("an empty batch", "[]", REFUSED), ("a string", '"x"', REFUSED), ("null", "null", REFUSED),
    ("NaN", ONE.replace("7", "NaN", 1), PARSE),
    ("Infinity", ONE.replace('"arguments": {}', '"arguments": {"a": Infinity}'), PARSE),
    ("an overflow", ONE.replace('"arguments": {}', '"arguments": {"a": 1e999999}'), INVALID),
    ("a long number", ONE.replace('"arguments": {}', '"arguments": {"a": %s}' % ("9" * 2000)), REFUSED),
    ("a key twice", ONE.replace('"id": 7', '"id": 7, "id": 8'), REFUSED),
    ("a key twice in arguments", ONE.replace('"arguments": {}', '"arguments": {"a": 1, "\\u0061": 2}'), REFUSED),
    ("too deep", ONE.replace('"arguments": {}', '"arguments": %s1%s' % ('{"a":' * 300, "}" * 300)), REFUSED),
    ("a response", '{"jsonrpc": "2.0", "id": 1, "result": {}}', REFUSED),
]


@pytest.mark.parametrize("name,body,code", BODIES, ids=[b[0] for b in BODIES])
def test_item_04_what_two_readers_could_understand_differently_is_refused(here, name, body, code):
    """A body is one request or notification in strict JSON; anything ambiguous is 400 and reaches nobody."""
    mark = here.observer.mark()
    assert error_of(here.exactly(routing(), body.encode())) == (400, code)
    assert not here.observer.since(mark)


def test_item_04_invalid_utf8_is_refused(here):
    """The body is UTF-8: overlong forms, lone surrogates and broken sequences are not."""
    for raw in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe2\x82"):
        answer = here.exactly(routing(), ONE.encode().replace(b'"arguments": {}', b'"arguments": {"a": "' + raw + b'"}'))
        assert answer.status == 400, raw


def test_item_04_what_goes_on_is_written_anew_and_loses_nothing(here):
    """The upstream gets the tree that was decided on, in our bytes: numbers keep their digits, the caller's form is gone.
    A number that no double holds exactly has no digest that binds it: it is refused."""
    mark = here.observer.mark()
    odd = ONE.replace('"arguments": {}', '"arguments" :\t{ "n":1.50,"big":9007199254740991, "s" : "\\u0041\\/\\u00e9" }')
    odd = odd.replace('"id": 7', '"extra": "SMUGGLED", "id":   7')
    assert here.exactly(routing(), odd.encode()).status == 200
    raw = here.observer.calls(mark)[-1].raw
    assert b'"n":1.50' in raw and b'"big":9007199254740991' in raw and '"s":"A/é"'.encode() in raw
    assert error_of(here.call("plain", {"big": 9007199254740993})) == (400, INVALID)
    assert b"SMUGGLED" not in raw and b"\t" not in raw and b": " not in raw


def test_item_05_a_notification_is_accepted_without_a_body_or_refused(here):
    """A notification is answered 202 and nothing else; one that is none of ours gets an HTTP error."""
    session = here.session("new")
    for method in ("notifications/initialized", "notifications/cancelled", "notifications/roots/list_changed"):
        answer = here.legacy(method, {"requestId": 1}, "new", session=session, id=None)
        assert (answer.status, answer.body) == (202, b""), method
    assert 400 <= here.legacy("notifications/nonsense", {}, "new", id=None).status < 500
    assert here.legacy("tools/list", {}, "new", id=None).status == 400, "a request without an id is no notification"
    assert here.legacy("notifications/initialized", {}, "new").status == 400, "a notification has no id"
    assert here.modern("notifications/cancelled", {"requestId": 1}, id=None).status == 202


@pytest.mark.parametrize("accept,kind", [
    ("application/json", "application/json"), ("text/event-stream", "text/event-stream"), (None, None),
    ("application/json;q=0.5, text/event-stream", None), ("*/*", None)])
def test_item_05_answers_come_as_json_or_as_events(here, accept, kind):
    """Whoever takes only one of the two forms gets that form; a stream asks proxies not to buffer it."""
    for tool_name in ("plain", "talks"):
        params = {"name": tool_name, "arguments": {}, "_meta": {**META, "progressToken": "p"}}
        answer = here.modern("tools/call", params, headers={"Accept": accept})
        stated = answer.headers["content-type"]
        assert answer.status == 200 and stated in ("application/json", "text/event-stream")
        assert kind in (None, stated)
        if stated == "text/event-stream":
            assert answer.headers["x-accel-buffering"] == "no"
        assert "result" in messages(answer)[-1]


def test_item_06_a_modern_stream_carries_notices_of_its_own_request_and_then_the_response(here):
    """No request of the server, no notice of another call, no list change: only what belongs here, the response last."""
    answer = here.modern("tools/call", {"name": "talks", "arguments": {}, "_meta": {**META, "progressToken": "mine"}},
                         id="six")
    told = messages(answer)
    assert [m.get("method") for m in told] == ["notifications/progress"] * 2 + [None]
    assert [m["params"]["progress"] for m in told[:-1]] == [1,
                                                            3] and {m["params"]["progressToken"]
                                                                    for m in told[:-1]} == {"mine"}
    assert told[-1]["id"] == "six" and told[-1]["result"]["content"][0]["text"] == "talked"


def test_item_06_closing_the_stream_gives_the_call_up(here):
    """The upstream's connection closes too, and the outcome says that the call may have run."""
    known = len(here.records("call.outcome"))
    connection, _ = raw_call(here, "waits", 66)
    connection.close()
    here.observer.wait_until_gone("waits")
    outcome = wait_until(lambda: here.records("call.outcome")[known:], what="the outcome")[-1]
    assert outcome["observed"]["outcome"] == "cancelled" and outcome["derived"]["may_have_run"] is True


@pytest.mark.parametrize("id", [None, 1.5, [], {}, True, "x" * 5000, 10 ** 30])
def test_item_07_request_ids_are_short_strings_or_integers(here, id):
    """Null and every other type is refused, and the error then names no id of its own making."""
    answer = here.exactly(routing(), rpc_body() | {"id": id})
    assert error_of(answer) == (400, REFUSED) and answer.json.get("id") is None


@pytest.mark.parametrize("id", [0, -1, 2 ** 53 + 1, "", "1", "é≈", 1])
def test_item_07_request_ids_are_echoed_as_they_came(here, id):
    """In results and in errors, with their type."""
    for params, key in (({"name": "plain", "arguments": {}}, "result"), ({"name": "nosuch", "arguments": {}}, "error")):
        answer = here.modern("tools/call", params, id=id)
        assert key in answer.json and answer.json["id"] == id and type(answer.json["id"]) is type(id)


def test_item_07_request_ids_belong_to_one_client_and_one_direction(here):
    """Many clients may use one id at the same time; towards the upstream every request has its own."""
    mark, count = here.observer.mark(), 12

    def one(number):
        return here.modern("tools/call", {"name": "plain", "arguments": {"n": number}}, agent=f"bot-{number % 3}", id=1)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(one, range(count)))
    assert [json.loads(a.text) for a in answers] == [{"n": number} for number in range(count)]
    assert len({r.id for r in here.observer.calls(mark)}) == count


def test_item_08_sizes_are_bounded_at_the_door_and_upstream(here):
    """A body or header above its limit is refused before it is read to the end; so is an answer of the upstream."""
    def with_argument(size):
        return here.exactly(routing(), rpc_body(params={"name": "plain", "arguments": {"a": "x" * size}}))

    assert with_argument(60_000).status == 200 and with_argument(70_000).status == 413
    assert here.exactly(routing() + [("X-Large", "y" * 20_000)], rpc_body()).status == 431
    here.observer.behaviours["/mcp"].on["fails"], before = (
        lambda r: (r.stream(), r.event({"jsonrpc": "2.0", "id": r.id, "result": r.done("z" * 300_000)}))[0],
        here.observer.behaviours["/mcp"].on["fails"])
    assert outcome_of(here.call("fails")) == "too_large"
    here.observer.behaviours["/mcp"].on["fails"] = before


def test_item_08_progress_does_not_put_off_the_deadline(here):
    """A call that reports progress without end is over when its time is."""
    answer = here.modern("tools/call", {"name": "slow", "arguments": {}, "_meta": {**META, "progressToken": "p"}},
                         "quick")
    told = messages(answer)
    assert told[-1]["result"]["_meta"]["martlet.dev/outcome"]["outcome"] == "timeout" and len(told) > 1
    here.observer.wait_until_gone("slow")


# MARK: Era and headers

REMOVED = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "tasks/list",
           "tasks/result", "roots/list", "sampling/createMessage", "elicitation/create", "rpc.discover", "Tools/List",
           "no/such"]


@pytest.mark.parametrize("method", REMOVED)
def test_item_09_methods_of_the_session_era_do_not_exist_at_the_modern_version(here, method):
    """404 with -32601, although the same route serves some of them to sessions."""
    assert error_of(here.modern(method, {"level": "info", "uri": "doc:a"}, headers={"Mcp-Name": None})) == (404, NOT_FOUND)


def test_item_09_a_request_is_modern_as_soon_as_anything_in_it_says_so(here):
    """The body or the header decides, and an older half never lowers the rules; `initialize` opens a session."""
    bare = rpc_body("tools/list", {"_meta": {}})
    del bare["params"]["_meta"]
    assert error_of(here.exactly(routing("tools/list", None), bare)) == (400, INVALID), "header modern, body without _meta"
    for version in (LEGACY, None):
        assert error_of(here.exactly([("MCP-Protocol-Version", version)], rpc_body())) == (400, MISMATCH)
    opening = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}}
    assert here.exactly([], opening).headers["mcp-session-id"]
    assert error_of(here.exactly([("MCP-Protocol-Version", LEGACY)], bare)) == (400, REFUSED), "no session"
    assert here.legacy("ping", upstream="new").json["result"] == {}


@pytest.mark.parametrize("change", [
    {"_meta": ...}, {"_meta": []}, {"_meta": None}, {"protocolVersion": ...}, {"clientCapabilities": ...},
    {"clientCapabilities": None}, {"clientCapabilities": []}, {"protocolVersion": 20260728}], ids=str)
def test_item_10_the_envelope_is_required(here, change):
    """Protocol version and capabilities must stand in `_meta`, of the right kind."""
    envelope = {**META, **{PREFIX + key: value for key, value in change.items()}}
    envelope = {key: value for key, value in envelope.items() if value is not ...}
    params = {"_meta": change.get("_meta", envelope)}
    answer = here.exactly(routing("tools/list", None), {"jsonrpc": "2.0", "id": 7, "method": "tools/list",
                                                        "params": {k: v for k, v in params.items() if v is not ...}})
    assert answer.status == 400 and answer.json["error"]["code"] in (INVALID, MISMATCH) and answer.json["id"] == 7
    if change != {"protocolVersion": 20260728}:
        assert answer.json["error"]["code"] == INVALID


def test_item_10_client_info_is_optional_and_never_evidence(here):
    """Without it a request is served; a lie in it changes nothing that is verified."""
    without = {key: value for key, value in META.items() if not key.endswith("clientInfo")}
    assert here.modern("tools/list", {"_meta": without}).status == 200
    lie = meta(clientInfo={"name": "ops-bot", "version": "admin"})
    receipt = here.modern("tools/call", {"name": "plain", "arguments": {}, "_meta": lie}).json["result"]["_meta"]
    record = here.records("call.intent", call=receipt["martlet.dev/receipt"]["call"])[0]
    assert record["verified"]["agent"] == "idp-bot" and "ops-bot" not in json.dumps(record["verified"])
    assert here.call("hidden").json["error"]["code"] == INVALID


B64 = "=?base64?" + base64.b64encode(b"plain").decode() + "?="
OTHER = "=?base64?" + base64.b64encode(b"hidden").decode() + "?="
WRONG_HEADERS = [
    ("no version", {"MCP-Protocol-Version": None}), ("another version", {"MCP-Protocol-Version": "2026-07-27"}),
    ("an older version", {"MCP-Protocol-Version": LEGACY}), ("no method", {"Mcp-Method": None}),
    ("another method", {"Mcp-Method": "tools/list"}), ("the method in capitals", {"Mcp-Method": "Tools/Call"}),
    ("no name", {"Mcp-Name": None}), ("another name", {"Mcp-Name": "hidden"}),
    ("the name in capitals", {"Mcp-Name": "Plain"}),
    ("an empty name", {"Mcp-Name": ""}), ("an encoded other name", {"Mcp-Name": OTHER}),
    ("encoding in capitals", {"Mcp-Name": B64.replace("base64", "BASE64")}),
    ("no padding", {"Mcp-Name": B64.replace("=?=", "?=")}),
    ("bits left over", {"Mcp-Name": "=?base64?cGxhaW5=?="}), ("the URL alphabet", {"Mcp-Name": "=?base64?cGxh-W4=?="}),
    ("blanks inside", {"Mcp-Name": "=?base64?cGxh aW4=?="}), ("not base64", {"Mcp-Name": "=?base64?%%%?="}),
    ("encoded twice", {"Mcp-Name": "=?base64?" + base64.b64encode(B64.encode()).decode() + "?="}),
    ("encoded method", {"Mcp-Method": "=?base64?" + base64.b64encode(b"tools/call").decode() + "?="}),
    ("a quoted name", {"Mcp-Name": '"plain"'}), ("a list of names", {"Mcp-Name": "plain, plain"}),
]


@pytest.mark.parametrize("name,change", WRONG_HEADERS, ids=[w[0] for w in WRONG_HEADERS])
def test_item_11_routing_headers_must_repeat_the_body(here, name, change):
    """Missing, different, malformed or not canonically encoded: 400 with -32020 and no call."""
    mark = here.observer.mark()
    fields = [(key, change.get(key, value)) for key, value in routing()]
    answer = here.exactly(fields, rpc_body())
    assert error_of(answer) == (400, MISMATCH) and answer.json["id"] == 7
    assert not here.observer.calls(mark)


@pytest.mark.parametrize("which", ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"])
def test_item_11_a_routing_header_sent_twice_is_refused(here, which):
    """Also when both copies agree: two readers could take different ones."""
    own = dict(routing())[which]
    for second in (own, "other"):
        for fields in (routing() + [(which.lower(), second)], [(which, second)] + routing()):
            assert error_of(here.exactly(fields, rpc_body())) == (400, MISMATCH)


@pytest.mark.parametrize("fields", [
    [("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", "plain")],
    [("MCP-PROTOCOL-VERSION", MODERN), ("MCP-METHOD", "tools/call"), ("MCP-NAME", "plain")],
    [("MCP-Protocol-Version", f"  {MODERN} "), ("Mcp-Method", " tools/call\t"), ("Mcp-Name", "\tplain  ")],
    [("MCP-Protocol-Version", MODERN), ("Mcp-Method", "tools/call"), ("Mcp-Name", B64)],
], ids=["lower case", "upper case", "white space around", "base64"])
def test_item_11_names_of_headers_have_no_case_and_their_values_no_blanks_around(here, fields):
    """What only looks different is the same."""
    assert here.exactly(fields, rpc_body()).status == 200


@pytest.mark.parametrize("method,params,name", [
    ("resources/read", {"uri": "doc:a"}, "doc:a"), ("prompts/get", {"name": "greet"}, "greet"),
    ("tasks/get", {"taskId": "t-1"}, "t-1")])
def test_item_11_the_name_header_repeats_uri_prompt_or_task(here, method, params, name):
    """Each method has its own parameter; the header of another is a mismatch (before the method is refused)."""
    body = rpc_body(method, params)
    assert error_of(here.exactly(routing(method, "wrong"), body)) == (400, MISMATCH)
    assert error_of(here.exactly(routing(method, None), body)) == (400, MISMATCH)
    assert here.exactly(routing(method, name), body).status != 400 or method == "tasks/get"


PARAMETERS = [
    # arguments, fields, accepted
    ({"region": "us"}, {"Region": "us"}, True), ({"region": "us"}, {"region": "us"}, True),
    ({"region": "us"}, {"REGION": " us "}, True),
    ({"region": "us"}, {"Region": "US"}, False), ({"region": "us"}, {"Region": "eu"}, False),
    ({"region": "us"}, {}, False),
    ({}, {}, True), ({}, {"Region": "us"}, False), ({"region": None}, {}, True),
    ({"region": None}, {"Region": "null"}, False),
    ({"region": None}, {"Region": ""}, False), ({"region": ""}, {"Region": ""}, True),
    ({"region": "é"}, {"Region": "=?base64?w6k=?="}, True), ({"region": "é"}, {"Region": "=?base64?w6k?="}, False),
    ({"region": "é"}, {"Region": "=?base64?ZQ==?="}, False), ({"region": "us"}, {"Region": "=?base64?dXM=?="}, True),
    ({"count": 42}, {"Count": "42"}, True), ({"count": 42}, {"Count": "42.0"}, True),
    ({"count": 42}, {"Count": "43"}, False),
    ({"count": 42}, {"Count": "4.2e1"}, False), ({"count": 42}, {"Count": "42x"}, False),
    ({"count": -7}, {"Count": "-7"}, True),
    ({"count": -7}, {"Count": "7"}, False), ({"dry": True}, {"Dry": "true"}, True),
    ({"dry": True}, {"Dry": "True"}, False),
    ({"dry": False}, {"Dry": "true"}, False), ({"dry": False}, {}, False),
    ({"free": "x"}, {}, True), ({"free": "x"}, {"Free": "other"}, True), ({}, {"Unheard-Of": "x"}, True),
]


@pytest.mark.parametrize("arguments,fields,accepted", PARAMETERS, ids=str)
def test_item_12_parameter_headers_are_held_against_the_arguments(here, arguments, fields, accepted):
    """Recognised ones must agree (integers by value) and be there exactly when the argument is. Others are no business
    of ours: they refuse nothing. They are not sent on either: the gateway ends the request and makes one of its own."""
    mark = here.observer.mark()
    body = rpc_body(params={"name": "mirrored", "arguments": arguments})
    answer = here.exactly(routing(name="mirrored") + [(f"Mcp-Param-{k}", v) for k, v in fields.items()], body)
    if not accepted:
        assert error_of(answer) == (400, MISMATCH) and not here.observer.calls(mark)
        return
    assert answer.status == 200, answer.body
    own = {f"mcp-param-{k}" for k, v in arguments.items() if v is not None and k != "free"}
    assert set(here.observer.calls(mark)[-1].fields_like("mcp-param-")) == own


def test_item_12_a_parameter_header_sent_twice_is_refused(here):
    """As every routing header."""
    fields = routing(name="mirrored") + [("Mcp-Param-Region", "us"), ("mcp-param-region", "us")]
    assert error_of(here.exactly(fields, rpc_body(params={"name": "mirrored", "arguments": {"region": "us"}}))) == (400, MISMATCH)


def test_item_12_parameter_headers_hold_before_anybody_has_listed_the_tools(here):
    """The very first call of a route is held to the tool's schema too, and carries its headers upstream."""
    mark = here.observer.mark()
    call = {"name": "mirrored", "arguments": {"region": "us"}}
    lying = here.modern("tools/call", call, "fresh", headers={"Mcp-Param-Region": "eu"})
    assert error_of(lying) == (400, MISMATCH), "a header that lies"
    assert here.modern("tools/call", call, "fresh", headers={"Mcp-Param-Region": "us"}).status == 200
    assert [r.field("mcp-param-region") for r in here.observer.calls(mark)] == ["us"]


@pytest.mark.parametrize("version", ["2027-01-01", "v999", "2024-11-05", LEGACY, "2026-7-28", "2026-07-28x", "draft"])
def test_item_13_an_unsupported_version_is_told_what_is_supported(here, version):
    """-32022 with the list and the version that was asked for; a mismatch is told before it."""
    body = rpc_body("tools/list", {"_meta": meta(protocolVersion=version)})
    answer = here.exactly(routing("tools/list", None, version), body)
    assert error_of(answer) == (400, UNSUPPORTED)
    assert answer.json["error"]["data"] == {"supported": [MODERN], "requested": version}
    assert error_of(here.exactly(routing("tools/list", None), body)) == (400, MISMATCH)


@pytest.mark.parametrize("proposed,answered", [
    (LEGACY, LEGACY), ("2025-06-18", "2025-06-18"), ("2025-03-26", "2025-03-26"), ("2024-11-05", LEGACY),
    ("2099-01-01", LEGACY), (MODERN, LEGACY)])
def test_item_13_initialize_settles_on_a_version_of_the_session_era(here, proposed, answered):
    """A version we speak is answered as it was proposed, any other with our newest."""
    opening = {"protocolVersion": proposed, "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    answer = here.legacy("initialize", opening, "new", headers={"MCP-Protocol-Version": None, "Mcp-Session-Id": None})
    assert answer.json["result"]["protocolVersion"] == answered


@pytest.mark.parametrize("lie", [{"Mcp-Method": "tools/list"}, {"Mcp-Name": "hidden"}, {"Mcp-Name": "=?base64?%?="}])
def test_item_14_routing_headers_of_older_requests_may_not_lie_either(here, lie):
    """Somebody in front may route by them although this version does not demand their validation: they must be true."""
    call = {"name": "plain", "arguments": {}}
    assert error_of(here.legacy("tools/call", call, "new", headers=lie)) == (400, MISMATCH)
    true = {"Mcp-Method": "tools/call", "Mcp-Name": "plain"}
    assert here.legacy("tools/call", call, "new", headers=true).status == 200


# MARK: Results we originate

def every_result(here, upstream):
    yield from ((method, here.modern(method, params, upstream)) for method, params in CACHEABLE)
    for name in ("plain", "fails") if upstream == "new" else ("plain",):
        yield "tools/call", here.call(name, upstream=upstream)
    yield "prompts/get", here.modern("prompts/get", {"name": "greet"}, upstream)
    yield "completion/complete", here.modern("completion/complete", {
        "ref": {"type": "ref/prompt", "name": "greet"}, "argument": {"name": "x", "value": ""}}, upstream,
        headers={"Mcp-Name": None})


@pytest.mark.parametrize("upstream", ["new", "old"])
def test_item_15_every_modern_result_has_its_type_and_what_is_cacheable_is_private(here, upstream):
    """`resultType` everywhere; the six cacheable results are private and short-lived whatever the upstream says."""
    for method, answer in every_result(here, upstream):
        if "error" in answer.json:
            assert method == "tools/call"
            continue
        result = answer.json["result"]
        assert result["resultType"] == "complete", method
        if method in dict(CACHEABLE):
            assert result["cacheScope"] == "private" and isinstance(result["ttlMs"], int), method
            assert 0 <= result["ttlMs"] <= 1000, "no longer than a revocation may take"


@pytest.mark.parametrize("upstream", ["new", "old"])
def test_item_15_results_for_sessions_have_none_of_it(here, upstream):
    """Neither type nor caching, also when the upstream says them."""
    for method, params in [*CACHEABLE[1:], ("tools/call", {"name": "plain", "arguments": {}})]:
        result = here.legacy(method, params, upstream).json["result"]
        assert not {"resultType", "ttlMs", "cacheScope"} & set(result), method


def test_item_15_a_list_is_one_page_so_all_of_it_has_one_scope(here):
    """The pages of the upstream are put together; a cursor is none of ours."""
    tools = here.modern("tools/list").json["result"]
    assert len(tools["tools"]) == len(GRANTED) + 1 and "nextCursor" not in tools
    assert error_of(here.modern("tools/list", {"cursor": "2"})) == (400, INVALID)


def test_item_16_the_order_of_tools_is_the_upstreams_and_names_are_plain_and_unique(here):
    """Two lists are the same bytes; a name out of form or given twice is not offered at all."""
    one, two = (here.modern("tools/list", upstream="odd", id=1).body for _ in range(2))
    assert one == two
    assert [t["name"] for t in json.loads(one)["result"]["tools"]] == ["a" * 128, "z", "m", "b"]


ANSWERED = {"q": {"action": "accept", "content": {"ok": True}}}


def asking(here, tool_name="asks", declared=CAPABILITIES, agent="idp-bot", arguments=None, **more):
    return here.modern("tools/call", {"name": tool_name, "arguments": arguments or {},
                                      "_meta": meta(clientCapabilities=declared), **more},
                       agent=agent)


def test_item_17_only_what_the_agent_declared_is_asked(here):
    """Declared: the question and a state of ours. Not declared: -32021 and which capability is missing."""
    asked = asking(here).json["result"]
    assert asked["resultType"] == "input_required" and asked["inputRequests"] == {"q": FORM} and asked["requestState"]
    for declared in ({}, {"sampling": {}}, {"elicitation": {"url": {}}}):
        answer = asking(here, declared=declared)
        assert error_of(answer) == (400, MISSING_CAPABILITY)
        assert answer.json["error"]["data"] == {"requiredCapabilities": {"elicitation": {"form": {}}}}


def test_item_17_a_question_that_asks_nothing_is_no_answer(here):
    """At least one of requests and state must be there."""
    assert outcome_of(asking(here, "asks_nothing")) == "garbage"


def test_item_17_a_state_is_sealed_bound_and_used_once(here):
    """Nothing of the upstream's state is seen, any change and any other use is refused before the upstream hears of it."""
    state = asking(here, arguments={"a": 1}).json["result"]["requestState"]
    assert "theirs" not in state
    mark = here.observer.mark()
    later = {"inputResponses": ANSWERED, "requestState": state}
    for refused in (asking(here, arguments={"a": 2}, **later), asking(here, "plain", arguments={"a": 1}, **later),
                    asking(here, agent="another-bot", arguments={"a": 1}, **later),
                    asking(here, arguments={"a": 1}, **{**later, "requestState": state[:-2] + "AA"}),
                    asking(here, arguments={"a": 1}, **{**later, "requestState": "theirs"})):
        assert error_of(refused) == (400, INVALID) and refused.json["error"]["data"]["reason"] == "invalid_request_state"
    assert not here.observer.calls(mark)
    assert asking(here, arguments={"a": 1}, **later).text == "went on"
    assert error_of(asking(here, arguments={"a": 1}, **later)) == (400, INVALID), "a second time"
    assert [r.params["requestState"] for r in here.observer.calls(mark)] == ["theirs"]


def test_item_18_discover_names_what_works_here_and_nothing_else(here):
    """Capabilities are those of the upstream; a feature it does not name is an unknown method."""
    full = here.modern("server/discover").json["result"]
    assert full["supportedVersions"] == [MODERN] and {"tools", "prompts", "resources",
                                                      "completions"} <= set(full["capabilities"])
    assert full["_meta"][PREFIX + "serverInfo"]["name"]
    bare = here.modern("server/discover", upstream="bare").json["result"]
    assert set(bare["capabilities"]) == {"tools"}
    for method, params in (("prompts/list", {}), ("resources/list", {}), ("prompts/get", {"name": "greet"}),
                           ("resources/read", {"uri": "doc:a"}), ("resources/templates/list", {})):
        assert error_of(here.modern(method, params, "bare")) == (404, NOT_FOUND), method


def listening(here, id, agent="idp-bot", **kinds):
    """An open subscription and what it says, message by message."""
    peer = Modern(Endpoint(f"{here.running.url}/mcp/pushes", here.token("pushes", agent)))
    stream = peer.post("subscriptions/listen", {"notifications": kinds}, id=id)
    return stream, stream.messages()


def push(here, method, **params):
    """The upstream says it to every subscription that is open there."""
    wait_until(lambda: SUBSCRIBED, what="the gateway listens upstream")
    for request in list(SUBSCRIBED):
        with contextlib.suppress(OSError):  # One that is being replaced may be closed already.
            request.notify(method, _meta={PREFIX + "subscriptionId": request.id}, **params)


@pytest.mark.parametrize("id", ["listen-1", 7])
def test_item_19_a_subscription_is_acknowledged_first_and_hears_what_it_asked_for(here, id):
    """The acknowledgement comes first and names what will be sent; every message carries the id of the subscription."""
    stream, told = listening(here, id, toolsListChanged=True)
    first = next(told)
    assert first["method"] == "notifications/subscriptions/acknowledged"
    assert first["params"]["notifications"] == {"toolsListChanged": True}
    push(here, "notifications/prompts/list_changed")
    push(here, "notifications/tools/list_changed")
    second = next(told)
    assert second["method"] == "notifications/tools/list_changed", "nothing that was not asked for"
    assert [m["params"]["_meta"][PREFIX + "subscriptionId"] for m in (first, second)] == [id, id]
    stream.close()


def test_item_19_a_resource_is_watched_only_by_whom_it_is_granted_to(here):
    """A resource without a grant is not acknowledged, and its updates are not sent."""
    stream, told = listening(here, "r", resourceSubscriptions=["doc:a", "doc:b"])
    assert next(told)["params"]["notifications"] == {"resourceSubscriptions": ["doc:a"]}
    push(here, "notifications/resources/updated", uri="doc:b")
    push(here, "notifications/resources/updated", uri="doc:a")
    assert next(told)["params"]["uri"] == "doc:a"
    stream.close()


def test_item_20_log_lines_come_only_to_whom_asked_for_them(here):
    """No level, no lines; with a level, those at or above it; never anything of the caller's credential."""
    for level, heard in ((None, []), ("debug", ["debug", "error"]), ("error", ["error"]), ("emergency", [])):
        params = {"name": "talks", "arguments": {}, "_meta": meta(**({"logLevel": level} if level else {}))}
        answer = here.modern("tools/call", params)
        lines = [m["params"]["level"] for m in messages(answer) if m.get("method") == "notifications/message"]
        assert lines == heard, level
        assert here.token().encode() not in answer.body


def test_item_21_arguments_access_rate_and_results_are_checked(here):
    """What a grant limits is held on the strictly read arguments; what a server says is cut to what it may say."""
    for arguments, reason in (({"page": 2}, None), ({"page": 4}, "number"), ({"page": "2"}, "number"), ({}, "argument"),
                              ({"page": 2, "more": 1}, "argument_unknown")):
        answer = here.call("bounded", arguments)
        if reason is None:
            assert not answer.json["result"]["isError"]
        else:
            assert answer.envelope["decision"] == "deny" and answer.json["result"]["isError"], arguments
    assert here.call("hidden").json["error"]["message"] == "Unknown tool: hidden"
    stated = here.call("speaks_as_gateway").json["result"]["_meta"]
    assert stated["their/own"] == 1 and stated["martlet.dev/receipt"]["call"] != "forged" and PREFIX + "subscriptionId" not in stated
    failed = here.call("fails").json["error"]
    assert len(failed["message"]) < 5000 and not re.search(r"[\x00-\x1f]", failed["message"])


# MARK: Authorization

def test_item_22_each_route_publishes_its_resource_metadata(here):
    """Under the well-known path of the route, as the challenge says; scopes minimal, no offline access, tokens in headers only."""
    for upstream in ("new", "old"):
        challenge = here.running.rpc(None, "tools/list", upstream=upstream).headers["www-authenticate"]
        url = re.search(r'resource_metadata="([^"]+)"', challenge)[1]
        assert url == f"{here.running.url}/.well-known/oauth-protected-resource/mcp/{upstream}"
        answer = here.running.request("GET", url.removeprefix(here.running.url))
        found = answer.json
        assert answer.status == 200 and found["resource"] == f"{here.running.url}/mcp/{upstream}"
        assert found["authorization_servers"] == ["https://issuer.test"]
        assert found["bearer_methods_supported"] == ["header"] and "offline_access" not in found.get("scopes_supported", [])
    assert here.running.request("GET", "/.well-known/oauth-protected-resource/mcp/nosuch").status == 404
    root = here.running.request("GET", "/.well-known/oauth-protected-resource")
    assert root.status == 200 and root.json["resource"] == f"{here.running.url}/mcp", "the route with all upstreams"


def test_item_22_the_root_document_is_that_of_the_route_with_all_upstreams(demo):
    """The well-known root says the same as the path of `/mcp`."""
    root, own = (demo.request("GET", f"/.well-known/oauth-protected-resource{path}") for path in ("", "/mcp"))
    assert root.status == 200 and root.body == own.body


BAD_CREDENTIALS = ["none", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer x.y.z", "bearer\tx", "Token abc",
                   "expired", "foreign key"]
SEMANTICS = [b"", b"garbage", b"[]", json.dumps(rpc_body("no/such", {})).encode(), ONE.encode(), b'{"id": 1, "id": 2}',
             b"x" * 1000]


@pytest.mark.parametrize("credential", BAD_CREDENTIALS)
def test_item_23_without_a_valid_token_nothing_is_learnt(here, credential):
    """401 with a challenge, before the body means anything: the same bytes for every method, tool and kind of garbage."""
    issuer, audience = here.running.issuer, f"{here.running.url}/mcp/new"
    header = {"none": None,
              "expired": f"Bearer {issuer.token(audience, exp=1_000_000_000, iat=999_999_000, nbf=999_999_000)}",
              "foreign key": f"Bearer {here.token()[:-8]}AAAAAAAA"}.get(credential, credential)
    answers = set()
    for body in SEMANTICS:
        for routed in (routing(), routing("no/such", None), []):
            answer = sent(here.running.port, routed + ([("Authorization", header)] if header else []), body)
            assert answer.status == 401, (credential, body)
            answers.add((answer.body, answer.headers["www-authenticate"]))
    (body, challenge), = answers
    assert "id" not in json.loads(body) and challenge.startswith("Bearer ")


def test_item_24_only_tokens_made_for_this_resource_are_accepted(here):
    """Exactly this route's audience, in the header, on every verb; a session replaces no token."""
    issuer, url = here.running.issuer, here.running.url
    session = here.session("new")
    wrong = [f"{url}/mcp/old", url, f"{url}/mcp", f"{url}/mcp/new/", f"{url}/MCP/new", f"{url}/mcp/new?x",
             f"{url}/mcp/new#x",
             "https://issuer.test", f"http://localhost:{here.running.port}/mcp/new", "*", [f"{url}/mcp/old"], None]
    for audience in wrong:
        for verb in ("POST", "GET", "DELETE"):
            fields = [("Authorization", f"Bearer {issuer.token(audience)}"), ("Mcp-Session-Id", session), *routing()]
            assert sent(here.running.port, fields, ONE.encode() if verb == "POST" else b"",
                        verb).status == 401, (audience, verb)
    for verb in ("POST", "GET", "DELETE"):
        for path in ("/mcp/new", f"/mcp/new?access_token={here.token()}"):
            assert sent(here.running.port, [("Mcp-Session-Id", session)], verb=verb, path=path).status == 401
    assert here.legacy("ping", upstream="new", session=session).status == 200, "none of it ended the session"
    assert here.modern("tools/list").status == 200


def test_item_25_denials_are_results_and_what_may_not_be_seen_does_not_exist(here):
    """A denial is a result the model can read. An invisible tool and one that does not exist are the same bytes. There
    are no scopes of OAuth to grow into yet, so no 403 asks for any; a caller without a role gets a plain 403."""
    denied = here.call("bounded", {"page": 9})
    assert denied.status == 200 and denied.json["result"]["isError"] is True
    assert denied.envelope["decision"] == "deny" and denied.envelope["reason"] and denied.envelope["call"]
    assert "Not executed" in denied.text
    invisible, absent = (here.modern("tools/call", {"name": name, "arguments": {}}, id=1)
                         for name in ("hidden", "hiddex"))
    assert error_of(invisible) == (400, INVALID) and invisible.body.replace(b"hidden", b"hiddex") == absent.body
    token = here.running.issuer.token(f"{here.running.url}/mcp/new", agent="nobody", agent_role=None)
    answer = sent(here.running.port, [("Authorization", f"Bearer {token}"), *routing()], ONE.encode())
    assert answer.status == 403 and "id" not in answer.json


def test_item_26_what_is_bound_to_a_key_is_refused_until_possession_can_be_proved(here):
    """DPoP is not there yet. Today: the scheme is unknown, a token with `cnf` is worth nothing as a bearer, and the
    metadata promises nothing."""
    audience = f"{here.running.url}/mcp/new"
    for bound in ({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
                  {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}, {}):
        token = here.running.issuer.token(audience, cnf=bound)
        assert here.exactly([("Authorization", f"Bearer {token}"), *routing()], rpc_body()).status == 401, bound
        assert here.exactly([("Authorization", f"DPoP {token}"), ("DPoP", "x.y.z"), *routing()], rpc_body()).status == 401
    assert here.exactly([("Authorization", f"DPoP {here.token()}"), *routing()], rpc_body()).status == 401
    found = here.running.request("GET", "/.well-known/oauth-protected-resource/mcp/new").json
    assert not [key for key in found if key.startswith("dpop")]


ENDPOINTS = ["/authorize", "/token", "/register", "/oauth/authorize", "/oauth/token", "/oauth2/token", "/callback",
             "/consent",
             "/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/mcp/new",
             "/.well-known/openid-configuration", "/mcp/new/.well-known/openid-configuration", "/mcp/new/authorize"]


@pytest.mark.parametrize("path", ENDPOINTS)
def test_item_27_the_gateway_is_no_authorization_server(here, path):
    """There is no proxy of one either, hence no deputy to confuse: no endpoint of OAuth exists."""
    for verb in ("GET", "POST"):
        answer = here.running.request(verb, path, None, {})
        assert answer.status in (401, 404) and "location" not in answer.headers and "set-cookie" not in answer.headers


def test_item_28_session_ids_are_random_visible_and_their_owners_own(here):
    """256 bits of visible ASCII; ended, foreign, of another route and never given are one answer."""
    token, thief = here.token("new"), here.token("new", "thief-bot")
    ids = {here.running.session(token, "new") for _ in range(16)}
    assert len(ids) == 16 and all(re.fullmatch(r"[\x21-\x7e]{43,}", id) for id in ids)
    assert all(len(set(a) & set(b)) > 0 and a[:16] != b[:16] for a in ids for b in ids if a != b)
    kept, ended = list(ids)[:2]
    assert here.exactly([("Mcp-Session-Id", ended)], None, "DELETE").status == 200

    def ping(token, session, upstream="new"):
        return here.running.rpc(token, "ping", upstream=upstream, era=LEGACY, session=session, id=1)

    refused = [ping(token, ended), ping(thief, kept), ping(token, "f" * 64), ping(token, kept.upper()),
               ping(here.token("old"), kept, "old")]
    assert {(a.status, a.body) for a in refused} == {(404, refused[0].body)}
    stolen = sent(here.running.port, [("Authorization", f"Bearer {thief}"), ("Mcp-Session-Id", kept)], verb="DELETE")
    assert stolen.status == 404 and ping(token, kept).status == 200


EXTENDED = {"extensions": {"io.modelcontextprotocol/tasks": {}}}


def task_call(here, declared, method="tools/call", agent="idp-bot", **params):
    params = params or {"name": "later", "arguments": {}}
    return here.modern(method, {"_meta": meta(clientCapabilities=declared), **params}, "tasks", agent)


def test_item_29_a_task_is_its_creators_alone(here):
    """Its id cannot be guessed, its creator gets the result, and to everybody else it is an id that never was."""
    made = task_call(here, EXTENDED).json["result"]
    assert made["resultType"] == "task" and len(made["taskId"]) >= 22
    done = task_call(here, EXTENDED, "tasks/get", taskId=made["taskId"]).json["result"]
    assert done["status"] == "completed" and done["result"]["content"][0]["text"] == "at last"
    for method, more in (("tasks/get", {}), ("tasks/cancel", {}), ("tasks/update", {"inputResponses": {}})):
        foreign = task_call(here, EXTENDED, method, "thief-bot", taskId=made["taskId"], **more)
        unknown = task_call(here, EXTENDED, method, "thief-bot", taskId="x" * len(made["taskId"]), **more)
        assert error_of(foreign) == error_of(unknown) == (400, INVALID), method
        assert foreign.json["error"] == unknown.json["error"]


def test_item_29_tasks_are_for_clients_that_declared_them(here):
    """Asking for one without the declaration is -32021."""
    answer = task_call(here, {}, "tasks/get", taskId="x")
    assert error_of(answer) == (400, MISSING_CAPABILITY)
    assert answer.json["error"]["data"]["requiredCapabilities"] == EXTENDED


def test_item_29_no_task_comes_to_a_client_that_did_not_declare_it(here):
    """The upstream is told so, and answers at once."""
    assert task_call(here, {}).text == "at once"


def test_item_05_a_silent_stream_is_kept_alive(here):
    """A comment line comes while the upstream says nothing; the call was opened when the first test of this file began."""
    said = here.silence.result(30)
    assert b"data:" not in said, "nothing but comments"
