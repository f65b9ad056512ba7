"""The server scenarios of the official conformance suite for 2025-11-25: the 30 that are scored, and those we add."""
import pytest

import scenario_checks as checks
from conftest import LEGACY
from scenarios import everything, routes, scenario, target  # noqa: F401
from wire import SCHEMAS, Session, validator

ERA = LEGACY
ANYBODY = "over stdio a log line does not say which call it is about: it is for nobody"


@pytest.fixture
def peer(target):
    session = Session(target)
    yield session
    session.end()


@pytest.mark.skipif(not SCHEMAS.exists(), reason=f"no schemas in {SCHEMAS}: messages are not validated")
def test_every_message_is_validated_against_the_schema_of_the_revision():
    assert validator(LEGACY, "CallToolResult") is not None and validator(LEGACY, "ServerNotification") is not None


@scenario("server-initialize")
def test_server_initialize(peer):
    assert peer.opened["protocolVersion"] == LEGACY
    assert peer.opened["serverInfo"]["name"] and peer.opened["serverInfo"]["version"]
    assert isinstance(peer.opened["capabilities"], dict)
    assert peer.id and all(0x21 <= ord(c) <= 0x7E for c in peer.id)


@scenario("ping")
def test_ping(peer):
    assert peer.result("ping") == {}


@scenario("logging-set-level")
def test_logging_set_level(peer):
    assert peer.result("logging/setLevel", {"level": "info"}) == {}


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


@scenario("tools-call-with-logging", stdio=ANYBODY)
def test_tools_call_with_logging(peer):
    peer.result("logging/setLevel", {"level": "debug"})
    peer.call("test_tool_with_logging")
    assert len([n for n in peer.notifications if n["method"] == "notifications/message"]) >= 3


@scenario("tools-call-error")
def test_tools_call_error(peer):
    checks.tools_call_error(peer)


@scenario("tools-call-with-progress")
def test_tools_call_with_progress(peer):
    checks.tools_call_with_progress(peer)


@scenario("tools-call-sampling")
def test_tools_call_sampling(peer):
    answer = {"role": "assistant", "content": {"type": "text", "text": "a test response"}, "model": "test-model",
              "stopReason": "endTurn"}
    result = peer.call("test_sampling", {"prompt": "Test prompt"}, {"sampling/createMessage": answer})
    assert [request["method"] for request in peer.asked] == ["sampling/createMessage"]
    assert "a test response" in result["content"][0]["text"]


def elicit(peer, tool, content, arguments=None):
    """Calls the tool, answers its question, and gives back the question's schema."""
    result = peer.call(tool, arguments, {"elicitation/create": {"action": "accept", "content": content}})
    assert [request["method"] for request in peer.asked] == ["elicitation/create"]
    assert result["content"] and not result.get("isError")
    return peer.asked[0]["params"]["requestedSchema"]["properties"]


@scenario("tools-call-elicitation")
def test_tools_call_elicitation(peer):
    asked = elicit(peer, "test_elicitation", {"username": "testuser", "email": "test@example.com"}, {"message": "Who?"})
    assert set(asked) == {"username", "email"} and peer.asked[0]["params"]["message"] == "Who?"


@scenario("elicitation-sep1034-defaults")
def test_elicitation_sep1034_defaults(peer):
    asked = elicit(peer, "test_elicitation_sep1034_defaults",
                   {"name": "Jane", "age": 25, "score": 88.0, "status": "inactive", "verified": False})
    assert {name: (field["type"], field["default"]) for name, field in asked.items()} == {
        "name": ("string", "John Doe"), "age": ("integer", 30), "score": ("number", 95.5), "status": ("string", "active"),
        "verified": ("boolean", True)}
    assert asked["status"]["default"] in asked["status"]["enum"]


@scenario("elicitation-sep1330-enums")
def test_elicitation_sep1330_enums(peer):
    asked = elicit(peer, "test_elicitation_sep1330_enums", {
        "untitledSingle": "option1", "titledSingle": "value1", "legacyEnum": "opt1",
        "untitledMulti": ["option1", "option2"], "titledMulti": ["value1", "value2"]})
    assert [asked[name]["type"] for name in ("untitledSingle", "titledSingle", "legacyEnum")] == ["string"] * 3
    assert [asked[name]["type"] for name in ("untitledMulti", "titledMulti")] == ["array"] * 2
    assert asked["untitledMulti"]["items"]["type"] == "string"
    assert asked["untitledSingle"]["enum"] and not {"oneOf", "enumNames"} & set(asked["untitledSingle"])
    assert all(o["const"] and o["title"] for o in asked["titledSingle"]["oneOf"]) and "enum" not in asked["titledSingle"]
    assert len(asked["legacyEnum"]["enum"]) == len(asked["legacyEnum"]["enumNames"])
    assert asked["untitledMulti"]["items"]["enum"] and "anyOf" not in asked["untitledMulti"]["items"]
    assert all(o["const"] and o["title"] for o in asked["titledMulti"]["items"]["anyOf"])
    assert "enum" not in asked["titledMulti"]["items"]


@scenario("server-sse-multiple-streams")
def test_server_sse_multiple_streams(peer):
    checks.server_sse_multiple_streams(peer)


@scenario("dns-rebinding-protection")
def test_dns_rebinding_protection(target):
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "scenarios", "version": "1"}}}
    head = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    foreign = target.send("POST", body, {**head, "Host": "evil.example.com", "Origin": "http://evil.example.com"}, LEGACY)
    assert 400 <= foreign.status < 500
    host = target.url.netloc
    local = target.send("POST", body, {**head, "Host": host, "Origin": f"http://{host}"}, LEGACY, "initialize")
    assert local.status == 200 and "result" in local.reply()


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


def empty(result):
    """Nothing but `_meta`: the gateway's receipt of the access."""
    return not result.keys() - {"_meta"}


@scenario("resources-subscribe")
def test_resources_subscribe(peer):
    assert empty(peer.result("resources/subscribe", {"uri": "test://watched-resource"}))


@scenario("resources-unsubscribe")
def test_resources_unsubscribe(peer):
    peer.result("resources/subscribe", {"uri": "test://watched-resource"})
    assert empty(peer.result("resources/unsubscribe", {"uri": "test://watched-resource"}))


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


@scenario("completion-complete")
def test_completion_complete(peer):
    checks.completion_complete(peer)


# Not scored by the official suite; a gateway must pass them all the same.

@scenario("server-session-lifecycle")
def test_server_session_lifecycle(target):
    session = Session(target)
    assert session.end() in (200, 204)
    after = session.post("tools/list")
    after.reply()
    assert after.status == 404


@scenario("json-schema-2020-12")
def test_json_schema_2020_12(peer):
    checks.json_schema_2020_12(peer)
