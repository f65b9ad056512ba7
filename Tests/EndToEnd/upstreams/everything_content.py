"""What the everything server offers: names and contents are those that the official conformance suite asks for.

Source: modelcontextprotocol/conformance, "Server Implementation Requirements" of each server scenario.
"""

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
TEXT = {"type": "text", "text": "This is a simple text response for testing."}
IMAGE = {"type": "image", "data": PNG, "mimeType": "image/png"}


def embedded(uri, kind, text):
    return {"type": "resource", "resource": {"uri": uri, "mimeType": kind, "text": text}}


# Tools that always answer the same.
FIXED = {
    "test_simple_text": [TEXT],
    "test_image_content": [IMAGE],
    "test_audio_content": [{"type": "audio", "data": WAV, "mimeType": "audio/wav"}],
    "test_embedded_resource": [embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
    "test_multiple_content_types": [
        {"type": "text", "text": "Multiple content types test:"}, IMAGE,
        embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}')],
}


def schema(required=(), **properties):
    return {"type": "object", "properties": {k: {"type": v} for k, v in properties.items()}, "required": list(required)}


def form(message, **properties):
    return {"method": "elicitation/create",
            "params": {"mode": "form", "message": message, "requestedSchema": schema(properties, **properties)}}


def sampling(text, tokens=100):
    return {"method": "sampling/createMessage",
            "params": {"messages": [{"role": "user", "content": {"type": "text", "text": text}}], "maxTokens": tokens}}


ROOTS = {"method": "roots/list", "params": {}}

# Elicitation schemas with a default for each primitive type (SEP-1034) and each kind of enumeration (SEP-1330).
DEFAULTS = {"type": "object", "required": [], "properties": {
    "name": {"type": "string", "description": "User name", "default": "John Doe"},
    "age": {"type": "integer", "description": "User age", "default": 30},
    "score": {"type": "number", "description": "User score", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}}
OPTIONS = ["option1", "option2", "option3"]
TITLED = [{"const": f"value{i}", "title": f"{word} Option"} for i, word in enumerate(("First", "Second", "Third"), 1)]
ENUMS = {"type": "object", "required": [], "properties": {
    "untitledSingle": {"type": "string", "enum": OPTIONS},
    "titledSingle": {"type": "string", "oneOf": TITLED},
    "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"],
                   "enumNames": ["Option One", "Option Two", "Option Three"]},
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": OPTIONS}},
    "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
}}

# Every family of keywords of JSON Schema 2020-12 that a relay could lose (SEP-1613, SEP-2106).
FULL_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", "type": "object",
                          "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
    "properties": {
        "name": {"type": "string"}, "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"}, "email": {"type": "string"}},
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
MIRRORED = {"type": "object", "required": ["region"],
            "properties": {"region": {"type": "string", "x-mcp-header": "Region"},
                           "limit": {"type": "integer", "x-mcp-header": "Limit"}}}

SCHEMAS = {
    "test_sampling": schema(["prompt"], prompt="string"),
    "test_elicitation": schema(["message"], message="string"),
    "json_schema_2020_12_tool": FULL_SCHEMA,
    "test_x_mcp_header": MIRRORED,
}
OTHER_TOOLS = [
    "test_tool_with_logging", "test_logging_tool", "test_error_handling", "test_tool_with_progress", "test_sampling",
    "test_elicitation", "test_elicitation_sep1034_defaults", "test_elicitation_sep1330_enums",
    "test_missing_capability", "test_streaming_elicitation", "test_trigger_tool_change", "test_trigger_prompt_change",
    "test_input_required_result_elicitation", "test_input_required_result_sampling",
    "test_input_required_result_list_roots", "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs", "test_input_required_result_multi_round",
    "test_input_required_result_tampered_state", "test_input_required_result_capabilities",
    "json_schema_2020_12_tool", "test_x_mcp_header",
]
TOOLS = [{"name": name, "description": f"Conformance tool {name}", "inputSchema": SCHEMAS.get(name, schema())}
         for name in [*FIXED, *OTHER_TOOLS]]

RESOURCES = [
    {"uri": "test://static-text", "name": "Static text", "description": "Always the same text", "mimeType": "text/plain"},
    {"uri": "test://static-binary", "name": "Static binary", "description": "One red pixel", "mimeType": "image/png"},
    {"uri": "test://watched-resource", "name": "Watched", "description": "Can be subscribed to", "mimeType": "text/plain"},
]
TEMPLATES = [{"uriTemplate": "test://template/{id}/data", "name": "Template", "description": "Substitutes its parameter",
              "mimeType": "application/json"}]
CONTENTS = {
    "test://static-text": {"mimeType": "text/plain", "text": "This is the content of the static text resource."},
    "test://static-binary": {"mimeType": "image/png", "blob": PNG},
    "test://watched-resource": {"mimeType": "text/plain", "text": "Watched resource content."},
}


def argument(name):
    return {"name": name, "description": name, "required": True}


PROMPTS = [
    {"name": "test_simple_prompt", "description": "No arguments"},
    {"name": "test_prompt_with_arguments", "description": "Two", "arguments": [argument("arg1"), argument("arg2")]},
    {"name": "test_prompt_with_embedded_resource", "description": "Embeds", "arguments": [argument("resourceUri")]},
    {"name": "test_prompt_with_image", "description": "Shows an image"},
    {"name": "test_input_required_result_prompt", "description": "Asks first"},
]


def said(*contents):
    return [{"role": "user", "content": content} for content in contents]


def text(value):
    return {"type": "text", "text": value}
