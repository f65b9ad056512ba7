"""The numbered items of the gateway's checklist, towards upstreams (30 to 41): each item by its number, through the wire."""
import base64
import concurrent.futures
import json
import os
import re
import sys

import pytest

import test_items_server
from conftest import HERE, LEGACY, META, MODERN, grant, secret, wait_until
from items import (CAPABILITIES, INVALID, MISMATCH, MISSING_CAPABILITY, UNSUPPORTED, access, error_of, grants_of, meta,
                   messages, outcome_of, raw_call, routing, sent, site)
from upstreams.observer import Canary, Observer, tool
from wire import PREFIX

ROUTES = {}  # By name: how `route` configured it.


def header(name, kind="string", **more):
    return {"type": "object", "properties": {"v": {"type": kind, "x-mcp-header": name}, **more}}


INVALID_SCHEMAS = {
    "empty": header(""), "blank": header("My Region"), "colon": header("Region:1"), "not_ascii": header("Région"),
    "control": header("Region\t1"), "line_feed": header("Region\r\nX-Evil: 1"), "no_text": header(7),
    "object": header("Data", "object"), "array": header("Data", "array"), "null": header("Data", "null"),
    "number": header("Data", "number"), "twice": header("Region", w={"type": "string", "x-mcp-header": "Region"}),
    "twice_but_for_case": header("Region", w={"type": "string", "x-mcp-header": "rEGION"}),
    "in_items": {"type": "object", "properties": {"a": {"type": "array",
                                                        "items": {"type": "string", "x-mcp-header": "A"}}}},
    "in_any_of": {"type": "object", "anyOf": [{"properties": {"a": {"type": "string", "x-mcp-header": "A"}}}]},
    "at_the_root": {"type": "object", "x-mcp-header": "Root"},
    "behind_a_reference": {"type": "object", "$defs": {"d": {"type": "string", "x-mcp-header": "D"}},
                           "properties": {"a": {"$ref": "#/$defs/d"}}},
}
NESTED = {"type": "object", "properties": {"where": {"type": "object", "properties": {
    "region": {"type": "string", "x-mcp-header": "Region"}}}, "n": {"type": "integer", "x-mcp-header": "N"},
    "dry": {"type": "boolean", "x-mcp-header": "Dry"}, "free": {"type": "string"}}}
DEEP = {"type": "object"}
for _ in range(20):
    DEEP = {"type": "object", "properties": {"a": DEEP}}
FORM = {"method": "elicitation/create", "params": {"message": "Sure?",
                                                   "requestedSchema": {"type": "object", "properties": {}}}}
STATE = 'theirs/\u00e9\u2248\u2028"\\{"a": 1}'


def asks(request):
    """Asks once, with or without a state; `asks_on` for ever."""
    if "inputResponses" in request.params and request.name != "asks_on":
        return request.done("went on")
    state = {} if request.name == "asks_stateless" else {"requestState": STATE}
    return {"resultType": "input_required", "inputRequests": {"q": FORM}, **state}


def tells_headers(request):
    return request.done(json.dumps(request.fields))


def drips(request):
    """Progress as fast as the caller reads, until it goes."""
    request.stream()
    request.connection.settimeout(0.05)
    step = 0
    while True:
        step += 1
        try:
            request.progress(step)
            if not request.connection.recv(1):
                return request.observer.left.put(request)
        except TimeoutError:
            continue
        except OSError:
            return request.observer.left.put(request)


TOOLS = [tool("plain"), tool("nested", NESTED), tool("deep", DEEP), tool("asks"), tool("asks_stateless"), tool("asks_on"),
         tool("untyped"), tool("odd"), tool("drips"), tool("redirects"), tool("challenged"), tool("icons"), tool("waits"),
         *(tool(f"bad_{name}", schema) for name, schema in INVALID_SCHEMAS.items())]
NAMES = [t["name"] for t in TOOLS]


def route(observer, name, path=None, era="auto", tools=("plain",), extra=None, **behaviour):
    """One more server of the observer, and the gateway's route to it."""
    path = path or f"/mcp/{name}"
    url = observer.at(path, **{"tools": [tool(t) for t in tools], **behaviour})
    ROUTES[name] = {"name": name, "url": url, "era": era, **(extra or {})}
    return grants_of(name, tools)


OLD_ANSWERS = {
    # How servers of the session era meet a modern request.
    "empty-400": (400, None), "text-400": (400, b"Bad Request"),
    "session-400": (400, {"code": -32600, "message": "Missing session ID"}),
    "version-400": (400, {"code": -32000, "message": "Unsupported protocol version"}),
    "params-400": (400, {"code": -32602, "message": "x"}),
    "unknown-200": (200, {"code": -32601, "message": "Method not found"}), "own-200": (200, {"code": -1, "message": "x"}),
    "server-200": (200, {"code": -32002, "message": "Server not initialized"}),
    "html-404": (404, b"<html>not found</html>"), "unknown-404": (404, {"code": -32601, "message": "x"}),
    "html-405": (405, b"no"),
    "html-406": (406, b"no"), "html-415": (415, b"no"), "html-200": (200, b"<html>hello</html>"),
    "html-500": (500, b"oops"),
}
MODERN_ERRORS = {"mismatch": MISMATCH, "capability": MISSING_CAPABILITY}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("items-client")
    canary = Canary()
    TOOLS.append(tool("refers", {"type": "object", "properties": {"p": {"$ref": f"{canary.url}/schema.json"}}},
                      outputSchema={"$ref": f"{canary.url}/out.json"}, icons=[{"src": f"{canary.url}/icon.png"}],
                      annotations={"readOnlyHint": True, "destructiveHint": False}, description=f"See {canary.url}/help"))
    answers = {
        "tools/list": lambda r: {"tools": TOOLS}, "asks": asks, "asks_stateless": asks, "asks_on": asks, "drips": drips,
        "plain": tells_headers, "untyped": lambda r: r.json({"jsonrpc": "2.0", "id": r.id, "result": r.done("untyped")}),
        "odd": lambda r: {**r.done(), "resultType": r.arguments["type"]},
        "redirects": lambda r: r.send(r.arguments["status"], b"", Location=r.arguments["to"]),
        "challenged": lambda r: r.send(r.arguments["status"], b"", **{
            "WWW-Authenticate": f'Bearer error="insufficient_scope", scope="all", resource_metadata="{canary.url}/prm"'}),
        "icons": lambda r: {"content": [{"type": "resource_link", "uri": f"{canary.url}/linked", "name": "x",
                                         "icons": [{"src": f"{canary.url}/icon"}]}]},
        "waits": lambda r: (r.stream(), r.progress(1), r.wait_for_the_caller_to_leave())[2],
        "resources/read": lambda r: {"contents": [{"uri": r.params["uri"], "text": os.urandom(4).hex()}],
                                     "ttlMs": 3_600_000,
                                     "cacheScope": "public"},
        "prompts/get": lambda r: {"messages": []}, "completion/complete": lambda r: {"completion": {"values": []}},
        "prompts/list": lambda r: {"prompts": [{"name": "greet"}]},
        "resources/list": lambda r: {"resources": [{"uri": "doc:%C3%A9", "name": "a"}]},
        "resources/templates/list": lambda r: {"resourceTemplates": []},
    }
    with Observer(on=answers, eras=(MODERN,)) as observer, canary:
        observer.canary = canary
        own = {name: {"credential": {"header": "X-Api-Key", "file": secret(folder, f"{name}.key", f"own-key-of-{name}")}}
               for name in ("new", "old")}
        ROUTES["new"] = {"name": "new", "url": observer.url, "era": MODERN, **own["new"]}
        ROUTES["quick"] = {"name": "quick", "url": observer.url, "era": MODERN, "timeout": "1s"}
        grants = grants_of("new", [*NAMES, "refers"]) + grants_of("quick", ["drips"])
        grants += [access(n, prompt="greet") for n in ("new", "old")] + [access(n, resource="doc:%C3%A9") for n in ("new", "old")]
        grants += [grant("plain", "research_reader", "new")]
        for name, answer in OLD_ANSWERS.items():
            grants += route(observer, name, eras=(LEGACY,), discover_error=answer)
        for name, code in MODERN_ERRORS.items():
            grants += route(observer, name, eras=(MODERN,),
                            on={"server/discover": lambda r, code=code: r.error(code, status=400)})
        grants += route(observer, "both-eras") + route(observer, "pinned-new", era=MODERN, eras=(LEGACY,))
        grants += route(observer, "pinned-old", era=LEGACY, eras=(MODERN,))
        grants += route(observer, "refuses-our-version", eras=(MODERN,), on={"server/discover": refused_once})
        grants += route(observer, "old", era=LEGACY, eras=(LEGACY,), extra=own["old"],
                        tools=("plain", "resumes", "lost", "waits"), on={
            **{k: v for k, v in answers.items() if k not in ("tools/list",)}, **LEGACY_ANSWERS})
        grants += route(observer, "per-session", era=LEGACY, eras=(LEGACY,), on={"tools/list": lists_of_session},
                        tools=[f"tool_{n}" for n in range(4)])
        with site(folder, observer, list(ROUTES.values()), grants) as running:
            running.modern("tools/list")
            yield running


def refused_once(request):
    """A modern server that first says that it speaks another version, and names ours."""
    if request.observer.first_time(request.path):
        return request.error(UNSUPPORTED, data={"supported": [MODERN], "requested": MODERN}, status=400)
    return request.usual(request.server_here)


def resumes(request):
    """The stream ends after an event with an id; GET brings the rest, of which there are two parts."""
    request.stream()
    request.event(None, id="e-1", retry=20)
    request.end_stream()
    request.observer.pending = request.id


def rest(request):
    """What is asked for with GET: first progress and another break, then the answer."""
    request.stream()
    if request.field("last-event-id") == "e-1":
        request.event(None, id="e-2", retry=20)
        return request.end_stream()
    done = request.done("resumed after " + request.field("last-event-id"))
    request.event({"jsonrpc": "2.0", "id": request.observer.pending, "result": done}, id="e-3")
    request.end_stream()


def lost(request):
    """Its session is lost once."""
    if request.observer.first_time("lost"):
        request.server_here.sessions.discard(request.session)
        return request.error(-32600, "Session not found", status=404)
    return request.done(request.session)


def lists_of_session(request):
    """A list of its own for every session."""
    order = request.observer.order.setdefault(request.session, len(request.observer.order))
    return {"tools": [tool(f"tool_{order}")]}


LEGACY_ANSWERS = {"resumes": resumes, "GET": rest, "lost": lost}


def call(here, upstream, name="plain", arguments=None, **more):
    return here.call(name, arguments, upstream, **more)


# MARK: 30 to 32

METHODS = [("tools/list", {}, None), ("tools/call", {"name": "plain", "arguments": {}}, "plain"),
           ("prompts/list", {}, None),
           ("prompts/get", {"name": "greet"}, "greet"), ("resources/list", {}, None),
           ("resources/templates/list", {}, None),
           ("resources/read", {"uri": "doc:%C3%A9"}, "doc:%C3%A9"),
           ("completion/complete", {"ref": {"type": "ref/prompt", "name": "greet"},
                                    "argument": {"name": "x", "value": ""}}, None)]


@pytest.mark.parametrize("method,params,name", METHODS, ids=[m[0] for m in METHODS])
@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_item_30_every_request_carries_the_headers_of_the_modern_era(here, era, method, params, name):
    """Accept both forms, version, method and name in headers and `_meta`, all from the body that was decided on."""
    mark = here.observer.mark()
    own = {"headers": {"Mcp-Name": name, "Accept": "application/json"}} if era == MODERN else {}
    ask = here.modern if era == MODERN else here.legacy
    assert ask(method, params, "new", **own).status == 200
    request = here.observer.since(mark, method)[-1]
    fields = dict(request.fields)
    assert {t.strip() for t in fields["accept"].split(",")} == {"application/json", "text/event-stream"}
    assert fields["content-type"] == "application/json" and fields["mcp-protocol-version"] == MODERN
    assert fields["mcp-method"] == method and fields.get("mcp-name") == name and "mcp-session-id" not in fields
    assert len(fields) == len(request.fields), "no field twice"
    assert request.meta[PREFIX + "protocolVersion"] == MODERN and request.meta[PREFIX + "clientCapabilities"] == {}
    assert request.meta[PREFIX + "clientInfo"]["name"] == "martlet"


MIRRORED = [
    ({"where": {"region": "us-west1"}}, {"region": "us-west1"}), ({"where": {}}, {}), ({"where": {"region": None}}, {}),
    ({"where": 1}, {}),
    ({"n": 42, "dry": False}, {"n": "42", "dry": "false"}), ({"n": -7, "dry": True}, {"n": "-7", "dry": "true"}),
    ({"n": 0}, {"n": "0"}),
    ({"where": {"region": "Hello, 世界"}}, {"region": "=?base64?SGVsbG8sIOS4lueVjA==?="}),
    ({"where": {"region": " padded "}}, {"region": "=?base64?IHBhZGRlZCA=?="}),
    ({"where": {"region": "line1\nline2"}}, {"region": "=?base64?bGluZTEKbGluZTI=?="}),
    ({"where": {"region": "a\r\nX-Evil: 1"}},
     {"region": "=?base64?" + base64.b64encode(b"a\r\nX-Evil: 1").decode() + "?="}),
    ({"where": {"region": "=?base64?literal?="}}, {"region": "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="}),
    ({"where": {"region": "in side"}, "free": "x"}, {"region": "in side"}), ({"where": {"region": ""}}, {"region": ""}),
]


@pytest.mark.parametrize("arguments,fields", MIRRORED, ids=str)
def test_item_30_arguments_are_mirrored_as_the_schema_of_the_upstream_says(here, arguments, fields):
    """For an agent that need not send such headers as well as for one that must; unsafe text goes as base64."""
    for ask, more in ((here.legacy, {}), (here.modern, {"headers": {f"Mcp-Param-{k}": v for k, v in fields.items()}})):
        mark = here.observer.mark()
        answer = ask("tools/call", {"name": "nested", "arguments": arguments}, "new", **more)
        assert answer.status == 200, answer.body
        request = here.observer.calls(mark)[-1]
        assert request.fields_like("mcp-param-") == {f"mcp-param-{k}": v for k, v in fields.items()}
        assert "x-evil" not in dict(request.fields) and request.arguments == arguments


def test_item_30_a_name_with_its_prefix_taken_off_is_rewritten_in_the_header_too(here):
    """What an agent calls `new__plain` is `plain` upstream, in the body and in `Mcp-Name`; headers of arguments follow."""
    own = here.running.issuer.token(f"{here.running.url}/mcp")
    fields = [("Authorization", f"Bearer {own}"), ("Content-Type", "application/json"), ("Accept", "application/json"),
              *routing(name="new__nested"), ("Mcp-Param-N", "7")]
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "_meta": META, "name": "new__nested", "arguments": {"n": 7}}}
    mark = here.observer.mark()
    assert sent(here.running.port, fields, json.dumps(body).encode(), path="/mcp").status == 200
    request = here.observer.calls(mark)[-1]
    assert (request.path, request.name, request.field("mcp-name")) == ("/mcp", "nested", "nested")
    assert request.fields_like("mcp-param-") == {"mcp-param-n": "7"}


def test_item_30_a_tool_with_an_invalid_annotation_is_not_offered(here):
    """And only that one: the others of the same list stay."""
    shown = {t["name"] for t in here.modern("tools/list").json["result"]["tools"]}
    assert not {name for name in shown if name.startswith("bad_")} and {"plain", "nested"} <= shown


def test_item_30_a_tool_that_is_left_out_is_named_in_the_log(here):
    """The operator can find out which tool was dropped, and why: once, however often the list is asked for."""
    for _ in range(2):
        here.modern("tools/list")
    lines = [line for line in here.running.log.read_text().splitlines() if "bad_twice" in line]
    named = [line for line in lines if "bad_twice_but_for_case" not in line]
    assert len(lines) == 2 and len(named) == 1
    assert "tool is not offered" in named[0] and "upstream=new" in named[0] and "invalid x-mcp-header" in named[0]


@pytest.mark.parametrize("name", OLD_ANSWERS)
def test_item_31_any_answer_that_is_not_modern_leads_to_a_session(here, name):
    """Modern first, then `initialize`, whatever the old server says; asked once, and remembered."""
    path = f"/mcp/{name}"
    for _ in range(2):
        assert not call(here, name).json["result"]["isError"]
    methods = [r.method for r in here.observer.since(0, path=path) if r.method != "tools/list"]
    assert methods[:2] == ["server/discover", "initialize"] and methods.count("server/discover") == 1
    assert methods[-2:] == ["tools/call"] * 2


@pytest.mark.parametrize("name", MODERN_ERRORS)
def test_item_31_an_error_of_the_modern_era_stays_modern(here, name):
    """Nobody falls back to sessions after it."""
    assert not call(here, name).json["result"]["isError"]
    assert "initialize" not in [r.method for r in here.observer.since(0, path=f"/mcp/{name}")]


def test_item_31_a_server_that_names_our_version_is_asked_in_it(here):
    """-32022 whose list has our version: the request is repeated in it, not turned into a session."""
    assert not call(here, "refuses-our-version").json["result"]["isError"]
    assert "initialize" not in [r.method for r in here.observer.since(0, path="/mcp/refuses-our-version")]


def test_item_31_a_server_of_both_eras_is_spoken_to_in_the_modern_one(here):
    """Discovered once, and no session is opened."""
    for _ in range(2):
        call(here, "both-eras")
    methods = [r.method for r in here.observer.since(0, path="/mcp/both-eras")]
    assert methods.count("server/discover") == 1 and "initialize" not in methods


@pytest.mark.parametrize("name,first", [("pinned-new", "tools/list"), ("pinned-old", "initialize")])
def test_item_31_a_pinned_era_is_not_left(here, name, first):
    """The first word is of the pinned era; whatever is asked then to find out what became of the server, the call itself
    is never sent in the other era: an upstream that changes is a failure, not a downgrade."""
    answer = call(here, name).json
    assert "error" in answer or answer["result"]["isError"]
    asked = here.observer.since(0, path=f"/mcp/{name}")
    assert asked[0].method == first and not [r for r in asked if r.method == "tools/call"]


CHILDREN = {"modern": MODERN, "-32601": LEGACY, "-32602": LEGACY, "-32000": LEGACY, "1": LEGACY, "noise": LEGACY,
            "silent": LEGACY}


@pytest.fixture(scope="module")
def children(tmp_path_factory):
    """One gateway whose upstreams are children that meet the first question differently."""
    folder = tmp_path_factory.mktemp("items-stdio")

    def child(name, way, **more):
        return {"name": name, "command": [sys.executable, str(HERE / "upstreams/probed_child.py"), str(folder / name),
                                          way], **more}

    ways = {f"way{n}": way for n, way in enumerate([*CHILDREN, "unsupported", "asking"])}
    upstreams = [child(name, way) for name, way in ways.items()] + [child("child", "modern", timeout="2s")]
    tools = ["works", "echo", "complains", "dies", "waits", "asks"]
    grants = [g for u in upstreams for g in grants_of(u["name"], tools)]
    with site(folder, None, upstreams, grants) as running:
        running.named = {way: name for name, way in ways.items()}
        yield running


def lines(site, name):
    file = site.folder / name
    noted = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [json.loads(entry["line"]) for entry in noted if "line" in entry]


def test_item_31_a_child_is_asked_modern_first_and_in_sessions_after_any_other_answer(children):
    """One code is as good as another, silence and noise too; its era is kept for the life of the process."""
    with concurrent.futures.ThreadPoolExecutor(len(CHILDREN)) as pool:
        answers = dict(zip(CHILDREN, pool.map(lambda way: call(children, children.named[way], "works"), CHILDREN)))
    for way, era in CHILDREN.items():
        assert not answers[way].json["result"]["isError"], (way, answers[way].body)
        call(children, children.named[way], "works")
        methods = [line["method"] for line in lines(children, children.named[way]) if "method" in line]
        methods = [method for method in methods if method not in ("ping", "tools/list")]
        opening = ["server/discover"] if era == MODERN else ["server/discover", "initialize", "notifications/initialized"]
        if way == "silent":
            methods = [method for method in methods if method != "notifications/cancelled"]
        assert methods == opening + ["tools/call"] * 2, way


def test_item_31_a_child_of_another_modern_version_is_not_opened_a_session(children):
    """-32022 is a modern answer: no fallback to `initialize`, and without a version in common no call."""
    assert call(children, children.named["unsupported"], "works").json["result"]["isError"]
    assert "initialize" not in [line.get("method") for line in lines(children, children.named["unsupported"])]


@pytest.mark.parametrize("status", [401, 403])
def test_item_32_which_authorization_server_to_ask_is_configuration(here, status):
    """The upstream's challenge changes nothing: no metadata of it is fetched, no token asked for, the call fails."""
    assert outcome_of(call(here, "new", "challenged", {"status": status})) == "upstream_unauthorized"
    assert not here.observer.canary.was_visited()


# MARK: 33 to 37

STRANGE = {"Cookie": "MARK", "DPoP": "MARK", "Proxy-Authorization": "Basic MARK", "X-Forwarded-For": "MARK",
           "X-Forwarded-Host": "MARK",
           "Forwarded": "for=MARK", "Via": "MARK", "X-Api-Key": "MARK", "Mcp-Param-Secret": "MARK",
           "Last-Event-ID": "MARK",
           "Baggage": "MARK", "User-Agent": "MARK", "X-Real-IP": "MARK", "Authorization-Info": "MARK"}
ALLOWED = {"host", "content-length", "content-type", "accept", "user-agent", "connection", "mcp-protocol-version",
           "mcp-method",
           "mcp-name", "mcp-session-id", "x-api-key"}


@pytest.mark.parametrize("upstream", ["new", "old"])
@pytest.mark.parametrize("method,params,name", METHODS, ids=[m[0] for m in METHODS])
def test_item_33_only_the_gateways_own_credential_and_fields_go_upstream(here, upstream, method, params, name):
    """Whatever the agent sends in header fields stays here; the upstream's key goes to the upstream alone."""
    mark = here.observer.mark()
    answer = here.modern(method, params, upstream, headers={**STRANGE, "Mcp-Name": name})
    assert answer.status == 200, answer.body
    requests = here.observer.since(mark)
    assert requests and not [r for r in requests if "MARK" in str(r.fields) or here.token(upstream) in str(r.fields)]
    for request in requests:
        assert {key for key, _ in request.fields} <= ALLOWED and request.field("x-api-key") == f"own-key-of-{upstream}"
        assert request.field("authorization") is None and b"MARK" not in request.raw


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["same", "other"])
def test_item_33_a_redirect_is_not_followed(here, status, to):
    """Neither to another origin nor to the same: the key stays, the call is not sent twice."""
    mark, observer = here.observer.mark(), here.observer
    target = f"http://127.0.0.1:{observer.port}/elsewhere" if to == "same" else f"{observer.canary.url}/elsewhere"
    assert outcome_of(call(here, "new", "redirects", {"status": status, "to": target})) == "garbage"
    assert [r.path for r in observer.since(mark)] == ["/mcp"] and not observer.canary.was_visited()


def test_item_34_no_address_that_an_upstream_names_is_visited(here):
    """Links, icons, schemas, texts and challenges may name any address: nobody goes there."""
    assert here.modern("tools/list").status == 200
    shown = call(here, "new", "icons").json["result"]["content"][0]
    assert shown["uri"].startswith(here.observer.canary.url)
    call(here, "new", "refers", {"p": 1})
    call(here, "new", "challenged", {"status": 401})
    assert not here.observer.canary.was_visited()


@pytest.mark.parametrize("kind", ["pending", "Complete", "", "task", 1, None, ["complete"]], ids=repr)
def test_item_35_a_result_of_unknown_type_is_invalid(here, kind):
    """It is not shown to the agent as a result; nor is one whose type is no text."""
    answer = here.legacy("tools/call", {"name": "odd", "arguments": {"type": kind}}, "new")
    assert outcome_of(answer) == "garbage"


def test_item_35_a_result_without_a_type_is_complete(here):
    """As servers of older drafts give it; the agent gets the type added."""
    result = call(here, "new", "untyped").json["result"]
    assert result["resultType"] == "complete" and result["content"][0]["text"] == "untyped"


def answered(here, name, state, arguments=None):
    return here.modern("tools/call", {
        "name": name, "arguments": arguments or {}, "_meta": meta(clientCapabilities=CAPABILITIES), "requestState": state,
        "inputResponses": {"q": {"action": "accept", "content": {}}}})


def ask(here, name, arguments=None):
    return here.modern("tools/call", {"name": name, "arguments": arguments or {},
                                      "_meta": meta(clientCapabilities=CAPABILITIES)})


def test_item_35_the_upstreams_state_comes_back_byte_for_byte_with_a_new_id(here):
    """Only in the next round of the same request, and only if there was one."""
    for name, expected in (("asks", STATE), ("asks_stateless", None)):
        mark = here.observer.mark()
        state = ask(here, name).json["result"]["requestState"]
        call(here, "new", "plain")
        assert answered(here, name, state).text == "went on"
        first, between, second = here.observer.calls(mark)
        assert second.params.get("requestState") == expected and ("requestState" in second.params) == (expected is not None)
        assert not {"requestState", "inputResponses"} & set(between.params) and len({first.id, between.id, second.id}) == 3


def test_item_35_rounds_are_bounded(here):
    """A server that never has enough is given up after ten."""
    result, rounds = ask(here, "asks_on").json["result"], 1
    while result["resultType"] == "input_required" and rounds < 20:
        result, rounds = answered(here, "asks_on", result["requestState"]).json["result"], rounds + 1
    assert rounds == 11 and result["isError"]


def test_item_36_what_an_upstream_calls_public_is_kept_for_nobody(here):
    """Nothing is cached across callers: every read goes upstream, and every caller's list is its own."""
    mark = here.observer.mark()
    texts = [here.modern("resources/read", {"uri": "doc:%C3%A9"}, headers={"Mcp-Name": METHODS[6][2]},
                         agent=agent).json["result"]
             ["contents"][0]["text"] for agent in ("idp-bot", "idp-bot", "another-bot")]
    assert len(set(texts)) == 3 == len(here.observer.since(mark, "resources/read"))
    reader = here.running.mint("research-bot", "new")
    few = here.running.rpc(reader, "tools/list", upstream="new").json["result"]["tools"]
    many = here.modern("tools/list").json["result"]["tools"]
    assert [t["name"] for t in few] == ["plain"] and len(many) > 5


def test_item_36_what_one_session_is_shown_is_not_shown_to_another(here):
    """A session-era upstream may show each caller something else; nobody sees the list of another."""
    here.observer.order = {}
    for _ in range(2):
        shown = {agent: [t["name"] for t in here.modern("tools/list", {}, "per-session", agent).json["result"]["tools"]]
                 for agent in ("one-bot", "two-bot", "three-bot")}
        assert shown == {"one-bot": ["tool_0"], "two-bot": ["tool_1"], "three-bot": ["tool_2"]}


def test_item_37_references_to_the_network_are_passed_on_and_never_followed(here):
    """A `$ref` to an address is part of the schema, byte for byte; nobody connects to it. Depth is bounded."""
    shown = {t["name"]: t for t in here.modern("tools/list").json["result"]["tools"]}
    assert shown["refers"]["inputSchema"]["properties"]["p"] == {"$ref": f"{here.observer.canary.url}/schema.json"}
    assert shown["refers"]["outputSchema"] and shown["deep"]["inputSchema"] == DEEP
    assert call(here, "new", "refers", {"p": {"any": "thing"}}).status == 200
    assert not here.observer.canary.was_visited()


def test_item_37_a_list_deeper_than_any_reader_takes_is_refused_and_the_gateway_lives(here):
    """A schema without end costs the upstream its list, not the gateway its life."""
    endless = '{"type": "object", "properties": {"a": ' * 5000 + "{}" + "}}" * 5000
    before = here.observer.behaviours["/mcp/both-eras"].on.get("tools/list")
    here.observer.behaviours["/mcp/both-eras"].on["tools/list"] = lambda r: r.send(200, (
        '{"jsonrpc": "2.0", "id": %d, "result": {"resultType": "complete", "tools": [{"name": "plain", "inputSchema": %s}]}}'
        % (r.id, endless)).encode(), **{"Content-Type": "application/json"})
    answer = here.modern("tools/list", {}, "both-eras")
    assert answer.status == 503 and "error" in answer.json
    here.observer.behaviours["/mcp/both-eras"].on.pop("tools/list") if before is None else None
    assert call(here, "both-eras").status == 200


def test_item_37_annotations_of_a_tool_open_no_door(here):
    """A tool that calls itself harmless still needs its grant."""
    token = here.running.mint("research-bot", "new")
    shown = here.running.rpc(token, "tools/list", upstream="new").json["result"]["tools"]
    assert "refers" not in {t["name"] for t in shown}
    assert error_of(here.running.call(token, "refers", upstream="new")) == (400, INVALID)


# MARK: 38, stdio

def events(site, name):
    return [json.loads(line) for line in (site.folder / name).read_text().splitlines()]


def test_item_38_every_message_is_one_line_and_nothing_else_is_written(children):
    """Line breaks in arguments are escaped; each line is one message of ours."""
    for text in ("a\nb", "a\r\nb", "\u2028\u2029\u0085", "\\n", "{\"a\":\n1}", "x" * 100_000):
        assert json.loads(call(children, "child", "echo", {"t": text}).text) == {"t": text}
    for line in lines(children, "child"):
        assert line["jsonrpc"] == "2.0" and ("method" in line)


def test_item_38_what_a_child_says_on_its_error_output_is_no_error(children):
    """The call is fine, and so is the next."""
    for name in ("complains", "works"):
        assert not call(children, "child", name).json["result"]["isError"]


def test_item_38_what_a_child_says_on_its_error_output_is_in_the_log(children):
    """The operator finds the line there, before the end of the child that said it."""
    call(children, "child", "complains")
    call(children, "child", "dies")
    log = wait_until(lambda: (lambda text: text if "upstream=child" in text and "ended" in text else None)(
        children.running.log.read_text()), what="the end of the child is in the log")
    assert "this is only a log line" in log


def test_item_38_a_child_that_dies_is_started_again(children):
    """The call under way is lost and says so; the next one has a new child."""
    assert outcome_of(call(children, "child", "dies")) == "broken_off"
    assert not call(children, "child", "works").json["result"]["isError"]
    assert len([e for e in events(children, "child") if e.get("event") == "started"]) >= 2


def test_item_38_a_call_is_given_up_by_a_notification(children):
    """Over stdio there is no stream to close: `notifications/cancelled` names the request."""
    assert outcome_of(call(children, "child", "waits")) == "timeout"
    told = wait_until(lambda: [line for line in lines(children, "child")
                               if line.get("method") == "notifications/cancelled"],
                      what="the child is told")
    waiting = [line for line in lines(children, "child") if line.get("method") == "tools/call"
               and line["params"]["name"] == "waits"]
    assert told[-1]["params"]["requestId"] == waiting[-1]["id"]


def test_item_38_no_response_is_written_to_a_modern_child(children):
    """A modern server may not ask; whoever does gets no JSON-RPC response, since a client may write none."""
    name = children.named["asking"]
    assert not call(children, name, "asks").json["result"]["isError"]
    assert not call(children, name, "works").json["result"]["isError"]
    assert not [line for line in lines(children, name) if "method" not in line]


def test_item_38_commands_come_from_the_operator_alone(children):
    """What an agent says never starts a process: no method and no argument names a command."""
    before = len([e for e in events(children, "child") if e.get("event") == "started"])
    for params in ({"name": "works", "arguments": {"command": ["touch", "x"]}, "command": ["touch", "x"]},
                   {"name": "works", "arguments": {}, "_meta": {**META, "command": ["touch", "x"]}}):
        assert children.modern("tools/call", params, "child").status == 200
    for method in ("server/start", "upstreams/add", "shell/exec"):
        assert children.modern(method, {"command": ["touch", "x"]}, "child").status == 404
    assert len([e for e in events(children, "child") if e.get("event") == "started"]) == before


@pytest.mark.parametrize("way,expected", [("modern", ["input ended"]), ("stubborn", ["input ended", "SIGTERM"])])
def test_item_38_a_child_is_ended_step_by_step(tmp_path, way, expected):
    """Its input is closed first; only who stays is sent SIGTERM, and only who stays then is killed."""
    upstream = {"name": "child", "command": [sys.executable, str(HERE / "upstreams/probed_child.py"),
                                             str(tmp_path / "child"), way]}
    with site(tmp_path, None, [upstream], grants_of("child", ["works"])) as running:
        assert not call(running, "child", "works").json["result"]["isError"]
        pid = next(e["pid"] for e in events(running, "child") if e.get("event") == "started")
        running.running.stop()
        assert [e["event"] for e in events(running, "child") if "event" in e] == ["started", *expected]
        assert not os.path.exists(f"/proc/{pid}")


# MARK: 39 to 41

def test_item_39_a_broken_stream_is_taken_up_where_it_ended(here):
    """With GET and the last event id, as often as there is something new; the call itself is sent once."""
    mark = here.observer.mark()
    assert call(here, "old", "resumes").text == "resumed after e-2"
    after = here.observer.since(mark, path="/mcp/old")
    assert [r.field("last-event-id") for r in after if r.command == "GET"] == ["e-1", "e-2"]
    assert len([r for r in after if r.method == "tools/call"]) == 1
    assert all(r.session and r.field("accept") for r in after if r.command == "GET")


def test_item_39_a_lost_session_is_opened_anew_once_and_the_call_sent_again(here):
    """404 says that nothing ran; the new session is used from then on."""
    mark = here.observer.mark()
    session = call(here, "old", "lost").text
    after = here.observer.since(mark, path="/mcp/old")
    assert [r.method for r in after if r.method in ("initialize", "tools/call")][-3:] == ["tools/call", "initialize", "tools/call"]
    assert call(here, "old", "lost").text == session


def test_item_39_a_legacy_upstream_is_told_that_a_call_is_given_up(here):
    """Closing means nothing to it: it gets `notifications/cancelled` with the number of the request, in the session."""
    mark = here.observer.mark()
    connection, _ = raw_call(here, "waits", 39, "old")
    connection.close()
    told = wait_until(lambda: here.observer.since(mark, "notifications/cancelled"), what="the upstream is told")[0]
    waiting = here.observer.calls(mark)[-1]
    assert told.params["requestId"] == waiting.id and told.session == waiting.session


def test_item_39_sessions_are_ended_when_the_gateway_stops(tmp_path):
    """One DELETE for each session that is open, none of them shared by two callers."""
    with Observer(tools=[tool("plain")], eras=(LEGACY,)) as observer:
        upstream = {"name": "old", "url": observer.url, "era": LEGACY}
        with site(tmp_path, observer, [upstream], grants_of("old", ["plain"])) as running:
            for agent in ("one-bot", "two-bot", "one-bot"):
                assert not call(running, "old", agent=agent).json["result"]["isError"]
            used = {r.session for r in observer.calls()}
            assert len(used) == 2
            running.running.stop()
            assert {r.session for r in observer.since(0) if r.command == "DELETE"} == used


def test_item_40_every_request_has_a_deadline_that_nothing_extends(here):
    """Progress without end does not: the upstream's connection is closed when the time is over."""
    answer = here.modern("tools/call", {"name": "drips", "arguments": {}, "_meta": {**META, "progressToken": "p"}},
                         "quick")
    assert messages(answer)[-1]["result"]["_meta"]["martlet.dev/outcome"]["outcome"] == "timeout"
    here.observer.wait_until_gone("drips")


DECLARED = [
    ({}, {}), ({"elicitation": {}}, {"elicitation": {"form": {}}}),
    ({"elicitation": {"url": {}}}, {"elicitation": {"url": {}}}),
    ({"elicitation": {"form": {"x": 1}, "url": {}, "own": {}}}, {"elicitation": {"form": {}, "url": {}}}),
    ({"sampling": {"tools": {}, "own": 1}, "roots": {"listChanged": True}}, {"sampling": {"tools": {}}, "roots": {}}),
    ({"experimental": {"own": {}}, "extensions": {"own.test/x": {}}, "elicitation": None, "roots": True}, {}),
]


@pytest.mark.parametrize("declared,expected", DECLARED, ids=str)
def test_item_41_exactly_what_can_be_relayed_is_declared_upstream(here, declared, expected):
    """Of this request and no other: never more than the agent can be asked, never less, and in our own words."""
    params = {"name": "plain", "arguments": {}, "_meta": meta(clientCapabilities=declared)}
    mark = here.observer.mark()
    assert here.modern("tools/call", params).status == 200
    here.legacy("tools/call", {"name": "plain", "arguments": {}}, "new")
    stated = [r.meta[PREFIX + "clientCapabilities"] for r in here.observer.calls(mark)]
    assert stated == [expected, {}]


def test_every_item_has_its_test():
    """All 41, by the number in the name."""
    named = [re.match(r"test_item_(\d\d)_", name) for name in [*globals(), *vars(test_items_server)]]
    assert {int(match[1]) for match in named if match} == set(range(1, 42))
