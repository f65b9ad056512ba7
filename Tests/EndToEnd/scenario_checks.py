"""What a scenario of the official suite looks at, for those that exist in both eras; `peer` speaks either."""
import concurrent.futures
import re

SCHEMA_TOOL = "json_schema_2020_12_tool"


def tools_list(peer):
    tools = peer.result("tools/list")["tools"]
    assert tools
    for tool in tools:
        assert tool["name"] and tool["description"] and tool["inputSchema"]
        assert re.fullmatch(r"[A-Za-z0-9_./-]{1,64}", tool["name"])
    assert "test_simple_text" in {tool["name"] for tool in tools}


def of_kind(result, kind):
    found = [part for part in result["content"] if part["type"] == kind]
    assert found, result
    return found[0]


def tools_call_simple_text(peer):
    assert of_kind(peer.result("tools/call", {"name": "test_simple_text"}), "text")["text"]


def tools_call_image(peer):
    image = of_kind(peer.call("test_image_content"), "image")
    assert image["data"] and image["mimeType"] == "image/png"


def tools_call_audio(peer):
    audio = of_kind(peer.call("test_audio_content"), "audio")
    assert audio["data"] and audio["mimeType"] == "audio/wav"


def tools_call_embedded_resource(peer):
    resource = of_kind(peer.call("test_embedded_resource"), "resource")["resource"]
    assert resource["uri"] and resource["mimeType"] and resource["text"]


def tools_call_mixed_content(peer):
    result = peer.call("test_multiple_content_types")
    assert [part["type"] for part in result["content"]] == ["text", "image", "resource"]


def tools_call_error(peer):
    result = peer.call("test_error_handling")
    assert result["isError"] is True and result["content"][0]["text"]


def tools_call_with_progress(peer):
    peer.call("test_tool_with_progress", _meta=with_token(peer, "progress-1"))
    seen = [n["params"] for n in peer.notifications if n["method"] == "notifications/progress"]
    mine = [p["progress"] for p in seen if p["progressToken"] == "progress-1"]
    assert len(mine) >= 3 and mine == sorted(mine), peer.notifications


def with_token(peer, token):
    return {**peer.meta(), "progressToken": token} if hasattr(peer, "meta") else {"progressToken": token}


def json_schema_2020_12(peer):
    schema = {t["name"]: t for t in peer.result("tools/list")["tools"]}[SCHEMA_TOOL]["inputSchema"]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$defs"]["address"]["$anchor"] == "addressDef"
    assert schema["properties"]["address"] == {"$ref": "#/$defs/address"}
    assert schema["additionalProperties"] is False
    assert schema["allOf"][0]["anyOf"] and schema["if"] and schema["then"] and schema["else"]


def resources_list(peer):
    resources = peer.result("resources/list")["resources"]
    assert "test://static-text" in {resource["uri"] for resource in resources}
    assert all(resource["uri"] and resource["name"] for resource in resources)


def read(peer, uri):
    contents = peer.result("resources/read", {"uri": uri})["contents"]
    assert contents[0]["uri"] == uri and contents[0]["mimeType"], contents
    return contents[0]


def resources_read_text(peer):
    assert read(peer, "test://static-text")["text"]


def resources_read_binary(peer):
    assert read(peer, "test://static-binary")["blob"]


def resources_templates_read(peer):
    templates = peer.result("resources/templates/list")["resourceTemplates"]
    assert "test://template/{id}/data" in {template["uriTemplate"] for template in templates}
    assert "123" in read(peer, "test://template/123/data")["text"]


def prompts_list(peer):
    prompts = peer.result("prompts/list")["prompts"]
    assert "test_simple_prompt" in {prompt["name"] for prompt in prompts}
    assert all(prompt["name"] and prompt["description"] for prompt in prompts)


def prompt(peer, name, **arguments):
    params = {"name": name, "arguments": arguments} if arguments else {"name": name}
    messages = peer.result("prompts/get", params)["messages"]
    assert messages and all(message["role"] and message["content"] for message in messages)
    return messages


def prompts_get_simple(peer):
    prompt(peer, "test_simple_prompt")


def prompts_get_with_args(peer):
    said = str(prompt(peer, "test_prompt_with_arguments", arg1="testValue1", arg2="testValue2"))
    assert "testValue1" in said and "testValue2" in said


def prompts_get_embedded_resource(peer):
    messages = prompt(peer, "test_prompt_with_embedded_resource", resourceUri="test://example-resource")
    embedded = [m["content"] for m in messages if m["content"]["type"] == "resource"]
    assert embedded[0]["resource"]["uri"] == "test://example-resource"


def prompts_get_with_image(peer):
    images = [m["content"] for m in prompt(peer, "test_prompt_with_image") if m["content"]["type"] == "image"]
    assert images[0]["data"] and images[0]["mimeType"]


def completion_complete(peer):
    result = peer.result("completion/complete", {
        "ref": {"type": "ref/prompt", "name": "test_prompt_with_arguments"}, "argument": {"name": "arg1", "value": "test"}})
    assert isinstance(result["completion"]["values"], list)


def server_sse_multiple_streams(peer):
    """Three requests at once, each with its own answer."""
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        sent = list(pool.map(lambda _: peer.post("tools/list"), range(3)))
        replies = list(pool.map(lambda exchange: exchange.reply(), sent))
    assert [exchange.status for exchange in sent] == [200] * 3
    assert len({reply["id"] for reply in replies}) == 3 and all("result" in reply for reply in replies)
