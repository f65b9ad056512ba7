"""The server scenarios of the official conformance suite for 2026-07-28: the 37 that are scored, and those we add."""
import base64

import pytest

import scenario_checks as checks
from conftest import MODERN
from scenarios import UNTOLD, everything, routes, scenario, target  # noqa: F401
from wire import PREFIX, SCHEMAS, Modern, validator

ERA = MODERN
ANYBODY = "over stdio a log line does not say which call it is about: it is for nobody"
NAMELESS = "a question of the session era has no name of its own"
ONE_BY_ONE = "a session-era upstream asks one question at a time"
STATELESS = "an upstream of the session era has no place for answers it did not ask for"
NOT_FOUND, INVALID, MISMATCH, MISSING_CAPABILITY, UNSUPPORTED = -32601, -32602, -32020, -32021, -32022


@pytest.fixture
def peer(target):
    return Modern(target)


@pytest.mark.skipif(not SCHEMAS.exists(), reason=f"no schemas in {SCHEMAS}: messages are not validated")
def test_every_message_is_validated_against_the_schema_of_the_revision():
    assert validator(MODERN, "CallToolResult") is not None and validator(MODERN, "InputRequiredResult") is not None


# server-stateless, by its groups of checks.

def without(meta, *keys):
    return {k: v for k, v in meta.items() if k.removeprefix(PREFIX) not in keys}


@scenario("server-stateless")
@pytest.mark.parametrize("missing", ["_meta", "protocolVersion", "clientCapabilities"])
def test_server_stateless_requires_meta(peer, missing):
    params = {} if missing == "_meta" else {"_meta": without(peer.meta(), missing)}
    status, reply = peer.exchange("server/discover", params, id=101, is_valid=None)
    assert (status, reply["error"]["code"], reply["id"]) == (400, INVALID, 101)


@scenario("server-stateless")
def test_server_stateless_does_not_require_client_info(peer):
    peer.result("server/discover", {"_meta": without(peer.meta(), "clientInfo")})


@scenario("server-stateless")
def test_server_stateless_discover(peer):
    found = peer.result("server/discover")
    assert MODERN in found["supportedVersions"] and isinstance(found["capabilities"], dict)
    info = found["_meta"][PREFIX + "serverInfo"]
    assert info["name"] and info["version"]
    assert isinstance(peer.result("tools/list")["tools"], list) and "tools" in found["capabilities"]


@scenario("server-stateless")
@pytest.mark.parametrize("method,capability", [("prompts/list", "prompts"), ("resources/list", "resources")])
def test_server_stateless_capabilities_are_what_is_served(peer, method, capability):
    _, reply = peer.exchange(method)
    is_served = reply.get("error", {}).get("code") != NOT_FOUND
    assert is_served == (capability in peer.result("server/discover")["capabilities"])


@scenario("server-stateless")
def test_server_stateless_unsupported_version(peer):
    meta = {**peer.meta(), PREFIX + "protocolVersion": "v999.0.0"}
    status, reply = peer.exchange("server/discover", {"_meta": meta}, headers={"MCP-Protocol-Version": "v999.0.0"}, id=301)
    assert (status, reply["error"]["code"], reply["id"]) == (400, UNSUPPORTED, 301)
    data = reply["error"]["data"]
    supported = peer.result("server/discover")["supportedVersions"]
    assert data["supported"] and set(data["supported"]) <= set(supported) and data["requested"] == "v999.0.0"


@scenario("server-stateless")
def test_server_stateless_header_mismatch(peer):
    meta = {**peer.meta(), PREFIX + "protocolVersion": "v999.0.0"}
    status, reply = peer.exchange("server/discover", {"_meta": meta}, id=302)
    assert (status, reply["error"]["code"], reply["id"]) == (400, MISMATCH, 302)


@scenario("server-stateless")
def test_server_stateless_missing_capability(target):
    peer = Modern(target, capabilities={})
    status, reply = peer.exchange("tools/call", {"name": "test_missing_capability", "arguments": {}}, id=401)
    assert (status, reply["error"]["code"], reply["id"]) == (400, MISSING_CAPABILITY, 401)
    assert isinstance(reply["error"]["data"]["requiredCapabilities"]["sampling"], dict)


@scenario("server-stateless")
@pytest.mark.parametrize("method", ["initialize", "ping", "logging/setLevel", "resources/subscribe",
                                    "resources/unsubscribe", "unknown/method"])
def test_server_stateless_removed_methods(peer, method):
    status, reply = peer.exchange(method, id=500, is_valid=False)
    assert (status, reply["error"]["code"], reply["id"]) == (404, NOT_FOUND, 500)


@scenario("server-stateless")
def test_server_stateless_no_requests_on_the_stream(target):
    peer = Modern(target, capabilities={"elicitation": {}})
    result = peer.call("test_streaming_elicitation")  # A request of the server on the way fails in `reply`.
    assert result["resultType"] == "input_required"


@scenario("server-stateless")
def test_server_stateless_no_log_without_level(peer):
    peer.call("test_logging_tool")
    assert not [n for n in peer.notifications if n["method"] == "notifications/message"]


@scenario("server-stateless", stdio="a log line of a shared child names no call: docs/adr/0010-streams.md")
def test_server_stateless_log_with_level(peer):
    peer.call("test_logging_tool", _meta=peer.meta(**{PREFIX + "logLevel": "info"}))
    assert len([n for n in peer.notifications if n["method"] == "notifications/message"]) >= 3


@scenario("server-stateless")
def test_server_stateless_listens_to_what_it_advertises(peer):
    """Whoever names a list change or a watched resource serves `subscriptions/listen`; whoever names none need not."""
    stated = peer.result("server/discover")["capabilities"]
    advertised = [name for name, feature in stated.items() if feature.get("listChanged") or feature.get("subscribe")]
    stream = peer.post("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, id=1723000000000)
    first = next(stream.messages())
    stream.close()
    if advertised:
        assert first["method"] == "notifications/subscriptions/acknowledged"
        assert first["params"]["_meta"][PREFIX + "subscriptionId"] == 1723000000000
    else:
        assert first["error"]["code"] == NOT_FOUND


def listen(peer, **kinds):
    """An open stream, past its acknowledgement."""
    stream = peer.post("subscriptions/listen", {"notifications": kinds}, id="listen-1")
    messages = stream.messages()
    first = next(messages)
    assert first.get("method") == "notifications/subscriptions/acknowledged", first
    assert first["params"]["notifications"] == kinds
    assert first["params"]["_meta"][PREFIX + "subscriptionId"] == "listen-1"
    return stream, messages


@scenario("server-stateless", crossed=UNTOLD)
@pytest.mark.parametrize("kind,tool,method", [
    ("toolsListChanged", "test_trigger_tool_change", "notifications/tools/list_changed"),
    ("promptsListChanged", "test_trigger_prompt_change", "notifications/prompts/list_changed")])
def test_server_stateless_subscription(peer, kind, tool, method):
    stream, messages = listen(peer, **{kind: True})
    peer.call(tool)
    change = next(messages)
    assert change["method"] == method and change["params"]["_meta"][PREFIX + "subscriptionId"] == "listen-1"
    stream.close()


@scenario("server-stateless", crossed=UNTOLD)
def test_server_stateless_subscription_filter(peer):
    stream, messages = listen(peer, promptsListChanged=True)
    peer.call("test_trigger_tool_change")
    peer.call("test_trigger_prompt_change")
    assert next(messages)["method"] == "notifications/prompts/list_changed"
    stream.close()


# The scenarios that both eras have.

@scenario("completion-complete")
def test_completion_complete(peer):
    checks.completion_complete(peer)


@scenario("tools-list")
def test_tools_list(peer):
    checks.tools_list(peer)


@scenario("tools-call-simple-text")
def test_tools_call_simple_text(peer):
    checks.tools_call_simple_text(peer)


@scenario("tools-call-image")
def test_tools_call_image(peer):
    checks.tools_call_image(peer)


@scenario("tools-call-audio")
def test_tools_call_audio(peer):
    checks.tools_call_audio(peer)


@scenario("tools-call-embedded-resource")
def test_tools_call_embedded_resource(peer):
    checks.tools_call_embedded_resource(peer)


@scenario("tools-call-mixed-content")
def test_tools_call_mixed_content(peer):
    checks.tools_call_mixed_content(peer)


@scenario("tools-call-error")
def test_tools_call_error(peer):
    checks.tools_call_error(peer)


@scenario("tools-call-with-progress")
def test_tools_call_with_progress(peer):
    checks.tools_call_with_progress(peer)


@scenario("server-sse-multiple-streams")
def test_server_sse_multiple_streams(peer):
    checks.server_sse_multiple_streams(peer)


@scenario("resources-list")
def test_resources_list(peer):
    checks.resources_list(peer)


@scenario("resources-read-text")
def test_resources_read_text(peer):
    checks.resources_read_text(peer)


@scenario("resources-read-binary")
def test_resources_read_binary(peer):
    checks.resources_read_binary(peer)


@scenario("resources-templates-read")
def test_resources_templates_read(peer):
    checks.resources_templates_read(peer)


@scenario("sep-2164-resource-not-found")
def test_sep_2164_resource_not_found(peer):
    uri = "test://nonexistent-resource-for-conformance-testing"
    _, error = peer.error("resources/read", {"uri": uri})
    assert error["code"] == INVALID and error["data"]["uri"] == uri


@scenario("prompts-list")
def test_prompts_list(peer):
    checks.prompts_list(peer)


@scenario("prompts-get-simple")
def test_prompts_get_simple(peer):
    checks.prompts_get_simple(peer)


@scenario("prompts-get-with-args")
def test_prompts_get_with_args(peer):
    checks.prompts_get_with_args(peer)


@scenario("prompts-get-embedded-resource")
def test_prompts_get_embedded_resource(peer):
    checks.prompts_get_embedded_resource(peer)


@scenario("prompts-get-with-image")
def test_prompts_get_with_image(peer):
    checks.prompts_get_with_image(peer)


@scenario("dns-rebinding-protection")
def test_dns_rebinding_protection(peer):
    foreign = peer.post("server/discover", headers={"Host": "evil.example.com", "Origin": "http://evil.example.com"})
    assert 400 <= foreign.status < 500
    host = peer.endpoint.url.netloc
    peer.result("server/discover", headers={"Host": host, "Origin": f"http://{host}"})


CACHEABLE = [("server/discover", None), ("tools/list", None), ("prompts/list", None), ("resources/list", None),
             ("resources/templates/list", None), ("resources/read", "test://static-text")]


@scenario("caching")
@pytest.mark.parametrize("method,uri", CACHEABLE)
def test_caching(peer, method, uri):
    result = peer.result(method, {"uri": uri} if uri else None)
    assert isinstance(result["ttlMs"], int) and result["ttlMs"] >= 0 and result["cacheScope"] in ("public", "private")


# input-required-result-…

def accepted(**content):
    return {"action": "accept", "content": content}


SAMPLED = {"role": "assistant", "content": {"type": "text", "text": "The capital of France is Paris."},
           "model": "test-model", "stopReason": "endTurn"}
ROOTS = {"roots": [{"uri": "file:///test/root", "name": "Test Root"}]}


def asked(result, *methods):
    """The one round of questions: their keys, by method."""
    assert result["resultType"] == "input_required", result
    by_method = {request["method"]: key for key, request in result["inputRequests"].items()}
    assert set(by_method) == set(methods), result
    return by_method


def again(peer, tool, result, responses):
    state = {"requestState": result["requestState"]} if "requestState" in result else {}
    return peer.call(tool, inputResponses=responses, **state)


@scenario("input-required-result-basic-elicitation", crossed=NAMELESS)
def test_input_required_result_basic_elicitation(peer):
    tool = "test_input_required_result_elicitation"
    first = peer.call(tool)
    assert asked(first, "elicitation/create") == {"elicitation/create": "user_name"}
    last = again(peer, tool, first, {"user_name": accepted(name="Alice")})
    assert last["resultType"] == "complete" and "Alice" in last["content"][0]["text"]


@scenario("input-required-result-basic-sampling")
def test_input_required_result_basic_sampling(peer):
    tool = "test_input_required_result_sampling"
    first = peer.call(tool)
    key = asked(first, "sampling/createMessage")["sampling/createMessage"]
    assert again(peer, tool, first, {key: SAMPLED})["resultType"] == "complete"


@scenario("input-required-result-basic-list-roots")
def test_input_required_result_basic_list_roots(peer):
    tool = "test_input_required_result_list_roots"
    first = peer.call(tool)
    key = asked(first, "roots/list")["roots/list"]
    assert again(peer, tool, first, {key: ROOTS})["resultType"] == "complete"


@scenario("input-required-result-request-state")
def test_input_required_result_request_state(peer):
    tool = "test_input_required_result_request_state"
    first = peer.call(tool)
    assert isinstance(first["requestState"], str) and first["requestState"]
    last = again(peer, tool, first, {next(iter(first["inputRequests"])): accepted(ok=True)})
    assert last["resultType"] == "complete" and "state-ok" in last["content"][0]["text"]


@scenario("input-required-result-multiple-input-requests", crossed=ONE_BY_ONE)
def test_input_required_result_multiple_input_requests(peer):
    tool = "test_input_required_result_multiple_inputs"
    first = peer.call(tool)
    keys = asked(first, "elicitation/create", "sampling/createMessage", "roots/list")
    assert first["requestState"]
    answers = {"elicitation/create": accepted(name="Alice"), "sampling/createMessage": SAMPLED, "roots/list": ROOTS}
    last = again(peer, tool, first, {key: answers[method] for method, key in keys.items()})
    assert last["resultType"] == "complete"


@scenario("input-required-result-multi-round")
def test_input_required_result_multi_round(peer):
    tool = "test_input_required_result_multi_round"
    first = peer.call(tool)
    second = again(peer, tool, first, {next(iter(first["inputRequests"])): accepted(name="Alice")})
    assert second["resultType"] == "input_required" and second["requestState"] != first["requestState"]
    third = again(peer, tool, second, {next(iter(second["inputRequests"])): accepted(color="blue")})
    assert third["resultType"] == "complete"


@scenario("input-required-result-missing-input-response", crossed=STATELESS)
def test_input_required_result_missing_input_response(peer):
    result = peer.call("test_input_required_result_elicitation", inputResponses={"wrong_key": accepted(data="wrong")})
    assert result["resultType"] == "input_required"


@scenario("input-required-result-non-tool-request", crossed=STATELESS)
def test_input_required_result_non_tool_request(peer):
    params = {"name": "test_input_required_result_prompt"}
    first = peer.result("prompts/get", params)
    key = asked(first, "elicitation/create")["elicitation/create"]
    last = peer.result("prompts/get", {**params, "inputResponses": {key: accepted(context="test context")}})
    assert last["resultType"] == "complete" and last["messages"]


@scenario("input-required-result-result-type")
def test_input_required_result_result_type(peer):
    assert peer.call("test_input_required_result_elicitation")["resultType"] == "input_required"


@scenario("input-required-result-unsupported-methods")
@pytest.mark.parametrize("method", ["tools/list", "prompts/list"])
def test_input_required_result_unsupported_methods(peer, method):
    _, reply = peer.exchange(method)
    assert reply.get("result", {}).get("resultType") != "input_required"


@scenario("input-required-result-tampered-state")
def test_input_required_result_tampered_state(peer):
    tool = "test_input_required_result_tampered_state"
    first = peer.call(tool)
    params = {"name": tool, "arguments": {}, "requestState": first["requestState"] + "-TAMPERED",
              "inputResponses": {next(iter(first["inputRequests"])): accepted(ok=True)}}
    _, error = peer.error("tools/call", params)
    assert error["code"] == INVALID


@scenario("input-required-result-capability-check")
def test_input_required_result_capability_check(target):
    peer = Modern(target, capabilities={"sampling": {}})
    asked(peer.call("test_input_required_result_capabilities"), "sampling/createMessage")


@scenario("input-required-result-ignore-extra-params", crossed=STATELESS)
def test_input_required_result_ignore_extra_params(peer):
    responses = {"user_name": accepted(name="Alice"), "unknown_extra_key": accepted(foo="bar")}
    result = peer.call("test_input_required_result_elicitation", inputResponses=responses)
    assert result["resultType"] == "complete" and not result.get("isError")


@scenario("input-required-result-validate-input")
@pytest.mark.parametrize("responses", [{"user_name": 12345}, None], ids=["number", "null"])
def test_input_required_result_validate_input(peer, responses):
    params = {"name": "test_input_required_result_elicitation", "arguments": {}, "inputResponses": responses}
    _, reply = peer.exchange("tools/call", params, is_valid=False)
    assert "error" in reply or reply["result"]["resultType"] == "input_required" or reply["result"].get("isError")


# Not scored by the official suite; a gateway must pass them all the same.

SIMPLE = {"name": "test_simple_text", "arguments": {}}


@scenario("http-header-validation")
@pytest.mark.parametrize("method,params,headers", [
    ("tools/list", {}, {"Mcp-Method": "prompts/list"}),
    ("tools/list", {}, {"Mcp-Method": None}),
    ("tools/list", {}, {"Mcp-Method": "TOOLS/LIST"}),
    ("tools/call", SIMPLE, {"Mcp-Name": "wrong_tool_name"}),
    ("tools/call", SIMPLE, {"Mcp-Name": None}),
], ids=["other method", "no method", "case of method", "other name", "no name"])
def test_http_header_validation_refuses(peer, method, params, headers):
    status, error = peer.error(method, params, headers=headers)
    assert (status, error["code"]) == (400, MISMATCH)


@scenario("http-header-validation")
@pytest.mark.parametrize("method,params,headers", [
    ("tools/list", {}, {"Mcp-Method": None, "mcp-method": "tools/list"}),
    ("tools/list", {}, {"Mcp-Method": None, "MCP-METHOD": "tools/list"}),
    ("tools/call", SIMPLE, {"Mcp-Name": "  test_simple_text  "}),
], ids=["lower case", "upper case", "white space"])
def test_http_header_validation_accepts(peer, method, params, headers):
    peer.result(method, params, headers=headers)


HELLO = base64.b64encode(b"Hello").decode()


def mirrored(value, header, **more):
    return {"name": "test_x_mcp_header", "arguments": {"region": value, **more}}, {"headers": {"Mcp-Param-Region": header}}


@scenario("http-custom-header-server-validation")
@pytest.mark.parametrize("value,header", [
    ("Hello", f"=?base64?{HELLO}?="), (HELLO, HELLO), (f"=?base64?{HELLO}", f"=?base64?{HELLO}"), ("us-west1", "us-west1"),
], ids=["base64", "no prefix", "no suffix", "plain"])
def test_http_custom_header_server_validation_accepts(peer, value, header):
    params, more = mirrored(value, header)
    result = peer.result("tools/call", params, **more)
    assert not result.get("isError") and value in result["content"][0]["text"]


@scenario("http-custom-header-server-validation")
@pytest.mark.parametrize("value,header", [
    ("Hello", "=?base64?SGVsbG8?="), ("Hello", "=?base64?SGVs!!!bG8=?="), ("test-value", None), ("Hello", "Goodbye"),
], ids=["padding", "alphabet", "missing", "different"])
def test_http_custom_header_server_validation_refuses(peer, value, header):
    params, more = mirrored(value, header)
    status, error = peer.error("tools/call", params, **more)
    assert (status, error["code"]) == (400, MISMATCH)


@scenario("json-schema-2020-12")
def test_json_schema_2020_12(peer):
    checks.json_schema_2020_12(peer)
