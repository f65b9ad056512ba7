"""The client scenarios of the official conformance suite that concern a gateway: it is the client, our server looks on.

The official suite has no way to look at an intermediary. Each test is named by its scenario, holds what that scenario
checks, and is driven as its clients are: discovery and calls, by an agent of each era, through the gateway.
"""
import base64
import contextlib
import json
import time

import pytest

from conftest import LEGACY, MODERN
from items import access, grants_of, site
from upstreams.observer import Observer, tool
from wire import PREFIX, Endpoint, Modern, Session

UNSUPPORTED = -32022
AGENTS = pytest.mark.parametrize("era", [MODERN, LEGACY])


def client_scenario(name):
    """Marks the test of the official client scenario `name`."""
    def decorate(test):
        test.scenario = name
        return test
    return decorate


@contextlib.contextmanager
def driven(folder, agent_era, names=(), more=(), era=MODERN, **behaviour):
    """An observed upstream, and an agent of either era in front of the gateway that may use all of it."""
    with Observer(**behaviour) as upstream:
        route = {"name": "up", "url": upstream.url, "era": era}
        grants = grants_of("up", names or [t["name"] for t in behaviour.get("tools", [])]) + [access("up", **g) for g in more]
        with site(folder, upstream, [route], grants or [access("up", prompt="none")]) as running:
            endpoint = Endpoint(f"{running.running.url}/mcp/up", running.token("up"))
            yield upstream, Modern(endpoint) if agent_era == MODERN else Session(endpoint)


def listed(agent):
    return {t["name"]: t for t in agent.result("tools/list")["tools"]}


@client_scenario("initialize")
@AGENTS
def test_initialize(tmp_path, era):
    """The first word to a session-era server is a well formed `initialize`, the second that it was understood."""
    def plain(request):
        return request.json({"jsonrpc": "2.0", "id": request.id, "result": {
            "protocolVersion": request.params["protocolVersion"],
            "serverInfo": {"name": "test-server", "version": "1.0.0"},
            "capabilities": {}}})

    with driven(tmp_path, era, era=LEGACY, eras=(LEGACY,), has_sessions=False, on={"initialize": plain}) as (upstream, agent):
        agent.post("tools/list").reply()  # The server advertises nothing: what comes back is not of interest.
    first, second = upstream.seen[:2]
    assert first.method == "initialize" and second.method == "notifications/initialized"
    assert first.params["protocolVersion"] in ("2025-06-18", "2025-11-25")
    assert first.params["clientInfo"]["name"] and first.params["clientInfo"]["version"] and first.params["capabilities"] is not None
    assert first.field("mcp-session-id") is None and first.id is not None and second.id is None
    assert {r.field("mcp-protocol-version") for r in upstream.seen[1:]} == {first.params["protocolVersion"]}
    assert not [r for r in upstream.seen if r.session], "this server keeps no sessions"


NUMBERS = {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}


@client_scenario("tools_call")
@AGENTS
@pytest.mark.parametrize("upstream_era", [MODERN, LEGACY])
def test_tools_call(tmp_path, era, upstream_era):
    """Arguments arrive as the numbers they are, and the sum comes back."""
    def add(request):
        a, b = request.arguments["a"], request.arguments["b"]
        return request.done(f"The sum of {a} and {b} is {a + b}")

    serving = {"eras": (upstream_era,), "tools": [tool("add_numbers", NUMBERS)], "on": {"add_numbers": add}}
    with driven(tmp_path, era, era=upstream_era, **serving) as (upstream, agent):
        assert listed(agent)["add_numbers"]["inputSchema"] == NUMBERS
        result = agent.call("add_numbers", {"a": 5, "b": 3.5})
    assert result["content"][0]["text"] == "The sum of 5 and 3.5 is 8.5"
    assert upstream.calls()[0].arguments == {"a": 5, "b": 3.5}


@client_scenario("request-metadata")
@AGENTS
@pytest.mark.parametrize("pinned", [
    MODERN, "auto"])
def test_request_metadata(tmp_path, era, pinned):
    """Version, capabilities and client are stated on every single request, header and body agree, and the first
    request, which is rejected with the version to use, is followed by one in that version."""
    def rejecting(usual):
        def work(request):
            if request.observer.first_time("rejection"):
                return request.error(UNSUPPORTED, data={"supported": [MODERN],
                                                        "requested": request.field("mcp-protocol-version") or ""},
                                     status=400)
            return usual(request)
        return work

    methods = ("server/discover", "tools/list", "initialize", "notifications/initialized")
    on = {method: rejecting(lambda r: r.usual(r.server_here)) for method in methods}
    with driven(tmp_path, era, era=pinned, tools=[tool("plain")],
                on={**on, "plain": rejecting(lambda r: r.done())}) as (upstream, agent):
        for _ in range(2):
            agent.post("tools/list").reply()
        assert agent.call("plain")["content"]
    assert upstream.seen[0].method and len(upstream.seen) > 2
    for request in upstream.seen:
        assert request.field("mcp-protocol-version") == MODERN == request.meta[PREFIX + "protocolVersion"], request.method
        assert request.meta[PREFIX + "clientInfo"]["name"] and request.meta[PREFIX + "clientInfo"]["version"]
        stated = request.meta[PREFIX + "clientCapabilities"]
        assert all(isinstance(stated.get(kind, {}), dict) for kind in ("roots", "sampling", "elicitation"))
    if era == MODERN:
        assert upstream.calls()[-1].meta[PREFIX + "clientCapabilities"] == {"elicitation": {"form": {}}, "sampling": {}, "roots": {}}


RETRY = 500


@client_scenario("sse-retry")
@AGENTS
def test_sse_retry(tmp_path, era):
    """A stream that ends before its answer is taken up by GET, after the pause the server asked for and not earlier,
    with the last event id; the answer on the new stream ends the call although that stream stays open."""
    moments = {}

    def breaks_off(request):
        moments["call"] = request.id
        request.stream()
        request.event(None, id="event-1", retry=RETRY)
        moments["closed"] = time.monotonic()
        request.end_stream()

    def resumed(request):
        moments["again"] = time.monotonic()
        request.stream(**{"Mcp-Session-Id": request.session or ""})
        request.event(None, id="event-2", retry=RETRY)
        request.event({"jsonrpc": "2.0", "id": moments["call"], "result": request.done("Reconnected")}, id="event-3")
        request.wait_for_the_caller_to_leave()

    def old(request):
        more = {"Mcp-Session-Id": "session-1"}
        request.server_here.sessions.add("session-1")
        request.json({"jsonrpc": "2.0", "id": request.id, "result": {
            "protocolVersion": "2025-03-26", "capabilities": {"tools": {}},
            "serverInfo": {"name": "s", "version": "1"}}}, **more)

    serving = {"eras": (LEGACY,), "tools": [tool("test_reconnection")],
               "on": {"test_reconnection": breaks_off, "GET": resumed, "initialize": old}}
    with driven(tmp_path, era, era=LEGACY, **serving) as (upstream, agent):
        assert agent.call("test_reconnection")["content"][0]["text"] == "Reconnected"
    gets = [r for r in upstream.seen if r.command == "GET"]
    assert [r.field("last-event-id") for r in gets] == ["event-1"] and len(upstream.calls()) == 1
    assert gets[0].session == "session-1" and "text/event-stream" in gets[0].field("accept")
    assert gets[0].field("mcp-protocol-version") == "2025-03-26"
    assert moments["again"] - moments["closed"] >= RETRY / 1000 - 0.05


FORM = {"method": "elicitation/create", "params": {"message": "Please confirm to continue", "requestedSchema": {
    "type": "object", "properties": {"confirmed": {"type": "boolean", "description": "Confirm?"}}}}}


@client_scenario("sep-2322-client-request-state")
def test_sep_2322_client_request_state(tmp_path):
    """The state is echoed exactly and only where one was given, ids differ, other calls carry nothing of the round, and
    a result without a type is complete."""
    states = {}

    def asks(request):
        if "inputResponses" in request.params:
            return request.done("ok")
        states["sent"] = json.dumps({"nonce": "7f", "originalId": request.id})
        more = {"requestState": states["sent"]} if request.name == "test_mrtr_echo_state" else {}
        return {"resultType": "input_required", "inputRequests": {"confirm": FORM}, **more}

    def untyped(request):
        request.json({"jsonrpc": "2.0", "id": request.id,
                      "result": {"content": [{"type": "text", "text": "no-result-type"}]}})

    names = ["test_mrtr_echo_state", "test_mrtr_no_state", "test_mrtr_unrelated", "test_mrtr_no_result_type"]
    on = {names[0]: asks, names[1]: asks, names[3]: untyped}
    answer = {"confirm": {"action": "accept", "content": {"confirmed": True}}}
    with driven(tmp_path, MODERN, tools=[tool(n) for n in names], on=on) as (upstream, agent):
        listed(agent)
        for name in names[:2]:
            first = agent.call(name)
            assert first["resultType"] == "input_required" and first["inputRequests"] == {"confirm": FORM}
            agent.call("test_mrtr_unrelated")
            state = {"requestState": first["requestState"]} if "requestState" in first else {}
            assert agent.call(name, inputResponses=answer, **state)["resultType"] == "complete"
            asked, unrelated, retried = upstream.calls()[-3:]
            assert retried.params["inputResponses"] == answer and retried.id != asked.id
            assert not {"inputResponses", "requestState"} & set(unrelated.params)
            if name == "test_mrtr_echo_state":
                assert retried.params["requestState"] == states["sent"]
            else:
                assert "requestState" not in retried.params
        whole = agent.call("test_mrtr_no_result_type")
    assert whole["resultType"] == "complete" and len([r for r in upstream.calls() if r.name == names[3]]) == 1


RESOURCES = ["file:///path/to/file%20name.txt", "https://example.com/resource?id=123"]


@client_scenario("http-standard-headers")
@AGENTS
def test_http_standard_headers(tmp_path, era):
    """`Mcp-Method` repeats the method of every request, `Mcp-Name` the name or URI, byte for byte."""
    on = {"resources/list": lambda r: {"resources": [{"uri": u, "name": "n"} for u in RESOURCES]},
          "resources/read": lambda r: {"contents": []}, "prompts/list": lambda r: {"prompts": [{"name": "test_prompt"}]},
          "prompts/get": lambda r: {"messages": []}}
    more = [{"prompt": "test_prompt"}, *({"resource": uri} for uri in RESOURCES)]
    tools = [tool("test_headers"), tool("my-hyphenated-tool")]
    with driven(tmp_path, era, more=more, tools=tools, on=on) as (upstream, agent):
        assert set(listed(agent)) == {"test_headers", "my-hyphenated-tool"}
        agent.call("test_headers")
        agent.call("my-hyphenated-tool")
        assert [r["uri"] for r in agent.result("resources/list")["resources"]] == RESOURCES
        for uri in RESOURCES:
            agent.result("resources/read", {"uri": uri})
        assert agent.result("prompts/list")["prompts"][0]["name"] == "test_prompt"
        agent.result("prompts/get", {"name": "test_prompt"})
    named = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
    assert {r.method for r in upstream.seen} >= {"tools/list", "resources/list", "prompts/list", *named}
    for request in upstream.seen:
        assert request.field("mcp-method") == request.method
        expected = request.params[named[request.method]] if request.method in named else None
        assert request.field("mcp-name") == expected, request.method


CUSTOM = {  # argument: type, header, value, whether it must travel as base64
    "region": ("string", "Region", "us-west1", False), "priority": ("integer", "Priority", 42, False),
    "verbose": ("boolean", "Verbose", False, False), "debug": ("boolean", "Debug", True, False),
    "empty_val": ("string", "EmptyVal", "", False), "method_val": ("string", "Method", "test-method", False),
    "float_val": ("number", None, 3.14159, False), "non_ascii_val": ("string", "NonAscii", "Hello, 世界", True),
    "whitespace_val": ("string", "Whitespace", " padded ", True),
    "leading_space_val": ("string", "LeadingSpace", " us-west1", True),
    "trailing_space_val": ("string", "TrailingSpace", "us-west1 ", True),
    "internal_space_val": ("string", "InternalSpace", "us west 1", False),
    "control_char_val": ("string", "ControlChar", "line1\nline2", True),
    "crlf_val": ("string", "CrLf", "line1\r\nline2", True),
    "tab_val": ("string", "Tab", "\tindented", True), "query": ("string", None, "SELECT * FROM users", False),
}


def annotated(names=CUSTOM):
    properties = {name: {"type": CUSTOM[name][0], **({"x-mcp-header": CUSTOM[name][1]} if CUSTOM[name][1] else {})}
                  for name in names}
    return {"type": "object", "properties": properties, "required": ["region", "priority", "query"]}


def text_of(value):
    return json.dumps(value) if isinstance(value, bool) else str(value)


def encoded(text):
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


def mirrored(arguments):
    """The header fields a conforming agent sends with these arguments."""
    return {f"Mcp-Param-{CUSTOM[name][1]}": encoded(value) if CUSTOM[name][3] else text_of(value)
            for name, value in arguments.items() if CUSTOM[name][1] and value is not None}


def call_with(agent, era, name, arguments):
    fields = mirrored(arguments) if era == MODERN else {}
    sent = agent.post("tools/call", {"name": name, "arguments": arguments}, fields)
    reply = sent.reply()
    assert sent.status == 200 and "result" in reply, reply
    return reply["result"]


@client_scenario("http-custom-headers")
@AGENTS
def test_http_custom_headers(tmp_path, era):
    """Annotated arguments travel in header fields too, encoded where they must be; others, and null, do not."""
    tools = [tool("test_custom_headers", annotated()),
             tool("test_custom_headers_null", annotated(["region", "priority", "verbose", "query"]))]
    arguments = {name: value for name, (_, _, value, _) in CUSTOM.items()}
    empty = {"region": "us-east1", "priority": 1, "verbose": None, "query": "SELECT 1"}
    with driven(tmp_path, era, tools=tools) as (upstream, agent):
        assert listed(agent)["test_custom_headers"]["inputSchema"] == annotated()
        call_with(agent, era, "test_custom_headers", arguments)
        call_with(agent, era, "test_custom_headers_null", empty)
    full, null = upstream.calls()
    expected = {key.lower(): value for key, value in mirrored(arguments).items()}
    assert full.fields_like("mcp-param-") == expected and len(expected) == 14
    assert full.field("mcp-method") == "tools/call" and full.arguments == arguments
    assert null.fields_like("mcp-param-") == {"mcp-param-region": "us-east1", "mcp-param-priority": "1"}
    assert null.arguments == empty


def of(kind, header, **more):
    return {"type": "object", "properties": {"value": {"type": kind, "x-mcp-header": header, **more}},
            "required": ["value"]}


def two(first, second):
    return {"type": "object", "properties": {"field1": {"type": "string", "x-mcp-header": first},
                                             "field2": {"type": "string", "x-mcp-header": second}}}


INVALID_TOOLS = {
    "invalid_empty_header": of("string", ""), "invalid_object_header": of("object", "Data"),
    "invalid_array_header": of("array", "Items", items={"type": "string"}), "invalid_null_header": of("null", "Nil"),
    "invalid_duplicate_same_case": two("Region", "Region"), "invalid_duplicate_diff_case": two("MyField", "myfield"),
    "invalid_space_in_name": of("string", "My Region"), "invalid_colon_in_name": of("string", "Region:Primary"),
    "invalid_non_ascii_name": of("string", "Région"), "invalid_control_char_name": of("string", "Region\t1"),
}


@client_scenario("http-invalid-tool-headers")
@AGENTS
def test_http_invalid_tool_headers(tmp_path, era):
    """Tools with invalid annotations are excluded, one by one: the valid tool beside them stays and works."""
    tools = [tool("valid_tool", of("string", "Region")), *(tool(n, s) for n, s in INVALID_TOOLS.items())]
    with driven(tmp_path, era, tools=tools) as (upstream, agent):
        assert set(listed(agent)) == {"valid_tool"}
        sent = agent.post("tools/call", {"name": "valid_tool", "arguments": {"value": "us"}},
                          {"Mcp-Param-Region": "us"} if era == MODERN else None)
        assert "result" in sent.reply()
    assert [(r.name, r.field("mcp-param-region")) for r in upstream.calls()] == [("valid_tool", "us")]


@client_scenario("http-invalid-tool-headers")
@AGENTS
def test_http_invalid_tool_headers_are_not_called(tmp_path, era):
    """An agent that names such a tool all the same does not make the gateway call it."""
    tools = [tool("valid_tool"), *(tool(n, s) for n, s in INVALID_TOOLS.items())]
    with driven(tmp_path, era, tools=tools) as (upstream, agent):
        listed(agent)
        for name in INVALID_TOOLS:
            agent.post("tools/call", {"name": name, "arguments": {}}).reply()
    assert not upstream.calls()


@client_scenario("json-schema-ref-no-deref")
@AGENTS
@pytest.mark.parametrize("upstream_era", [MODERN, LEGACY])
def test_json_schema_ref_no_deref(tmp_path, era, upstream_era):
    """A `$ref` to an address of the server itself is listed as it is and never fetched; a call does not fetch it either."""
    with Observer(eras=(upstream_era,)) as upstream:
        canary = f"http://127.0.0.1:{upstream.port}/canary/profile-schema.json"
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
                  "$defs": {"userId": {"type": "string", "pattern": "^[a-z0-9-]+$"}},
                  "properties": {"id": {"$ref": "#/$defs/userId"}, "profile": {"$ref": canary}}, "required": ["id"]}
        upstream.behaviours["/mcp"].tools = [tool("lookup_user", schema)]
        route = {"name": "up", "url": upstream.url, "era": upstream_era}
        with site(tmp_path, upstream, [route], grants_of("up", ["lookup_user"])) as running:
            endpoint = Endpoint(f"{running.running.url}/mcp/up", running.token("up"))
            agent = Modern(endpoint) if era == MODERN else Session(endpoint)
            assert listed(agent)["lookup_user"]["inputSchema"] == schema
            assert agent.call("lookup_user", {"id": "ada", "profile": {"displayName": "Ada"}})["content"]
        assert upstream.since(0, "tools/list") and not upstream.since(0, path="/canary/profile-schema.json")


FOCAL = {
    "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", "type": "object",
                          "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
    "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"},
                   "contactMethod": {"type": "string", "enum": ["phone", "email"]}, "phone": {"type": "string"},
                   "email": {"type": "string"}},
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]}, "else": {"required": ["email"]}, "additionalProperties": False,
    # What the official schema does not have, and a reader may lose as well.
    "unevaluatedProperties": False, "$comment": "kept", "x-own": {"n": 1.5}, "minProperties": 1,
}


@client_scenario("json-schema-2020-12-preservation")
@AGENTS
@pytest.mark.parametrize("upstream_era", [MODERN, LEGACY])
def test_json_schema_2020_12_preservation(tmp_path, era, upstream_era):
    """No keyword is lost or changed on the way to the agent, nor on the way back as an argument."""
    tools = [tool("json_schema_2020_12_tool", FOCAL, outputSchema=FOCAL),
             tool("json_schema_echo", {"type": "object", "properties": {"schema": {"type": "object"}},
                                       "required": ["schema"]})]
    with driven(tmp_path, era, era=upstream_era, eras=(upstream_era,), tools=tools) as (upstream, agent):
        seen = listed(agent)["json_schema_2020_12_tool"]
        assert seen["inputSchema"] == FOCAL == seen["outputSchema"]
        agent.call("json_schema_echo", {"schema": seen["inputSchema"]})
    assert upstream.calls()[-1].arguments == {"schema": FOCAL}


MUST_PASS = {"initialize", "tools_call", "request-metadata", "sse-retry", "sep-2322-client-request-state",
             "http-standard-headers",
             "http-custom-headers", "http-invalid-tool-headers", "json-schema-ref-no-deref",
             "json-schema-2020-12-preservation"}


def test_every_client_scenario_that_concerns_a_gateway_has_its_test():
    """By name; those about the user interface and about authorization of a person are none of a gateway's."""
    assert {getattr(test, "scenario", None) for test in globals().values()} - {None} == MUST_PASS
