"""A conforming MCP server of both eras that offers everything the official conformance suite asks for.

usage: everything.py [PORT]      streamable HTTP on 127.0.0.1, path /mcp; without a port, stdio
The official SDK does the protocol; this file has only the tools, prompts and resources.
"""
import pathlib
import re
import sys
import warnings

import anyio
from mcp import MCPError
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, PromptsListChanged, ToolsListChanged

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from everything_content import (  # noqa: E402
    CONTENTS, DEFAULTS, ENUMS, FIXED, IMAGE, PROMPTS, RESOURCES, ROOTS, TEMPLATES, TOOLS, embedded, form, said,
    sampling, text)

warnings.simplefilter("ignore")  # Sampling and logging are deprecated, and still tested.
BUS = InMemorySubscriptionBus()
INVALID, MISSING_CAPABILITY = -32602, -32021


def done(*parts):
    return {"content": [text(part) if isinstance(part, str) else part for part in parts]}


def ask(requests, state=None):
    """An input-required result (SEP-2322); its state leaves sealed and comes back verified."""
    result = {"resultType": "input_required", "inputRequests": requests}
    return {**result, "requestState": state} if state else result


def answers(params):
    """The client's input responses by key, as plain objects."""
    given = params.input_responses or {}
    return {key: value.model_dump(mode="json", by_alias=True, exclude_none=True) for key, value in given.items()}


async def ask_now(ctx, request):
    """What a session-era server does instead: a request of its own on the stream of this call."""
    from mcp.shared.message import ServerMessageMetadata
    from mcp_types import (
        CreateMessageRequest, CreateMessageResult, ElicitRequest, ElicitResult, ListRootsRequest, ListRootsResult)

    types = {"elicitation/create": (ElicitRequest, ElicitResult), "roots/list": (ListRootsRequest, ListRootsResult),
             "sampling/createMessage": (CreateMessageRequest, CreateMessageResult)}
    asked, answered = types[request["method"]]
    answer = await ctx.session.send_request(
        asked.model_validate(request), answered, metadata=ServerMessageMetadata(related_request_id=ctx.request_id))
    return answer.model_dump(mode="json", by_alias=True, exclude_none=True)


class Tool:
    """One function per tool that does more than answer; named as the tool without its `test_`."""

    async def tool_with_logging(ctx, params):
        for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            await ctx.session.send_log_message("info", line, related_request_id=ctx.request_id)
            await anyio.sleep(0.01)
        return done("logged")

    logging_tool = tool_with_logging

    async def error_handling(ctx, params):
        return {**done("This tool intentionally returns an error for testing"), "isError": True}

    async def tool_with_progress(ctx, params):
        for progress in (0, 50, 100):
            await ctx.session.report_progress(progress, 100)
            await anyio.sleep(0.01)
        return done("progressed")

    async def sampling(ctx, params):
        request = sampling(params.arguments["prompt"])
        return await answered(ctx, params, {"answer": request}, lambda a: f"LLM response: {a['answer']['content']['text']}")

    async def elicitation(ctx, params):
        return await elicited(ctx, params, form(params.arguments["message"], username="string", email="string"))

    async def elicitation_sep1034_defaults(ctx, params):
        return await elicited(ctx, params, with_schema("Please review", DEFAULTS))

    async def elicitation_sep1330_enums(ctx, params):
        return await elicited(ctx, params, with_schema("Please choose", ENUMS))

    async def missing_capability(ctx, params):
        if ctx.session.client_capabilities is None or ctx.session.client_capabilities.sampling is None:
            raise MCPError(MISSING_CAPABILITY, "Sampling is required", {"requiredCapabilities": {"sampling": {}}})
        return done("sampling is declared")

    async def streaming_elicitation(ctx, params):
        await ctx.session.report_progress(1, 2)
        return await answered(ctx, params, {"answer": form("Go on?", ok="boolean")}, lambda a: "went on")

    async def trigger_tool_change(ctx, params):
        await BUS.publish(ToolsListChanged())
        return done("tools changed")

    async def trigger_prompt_change(ctx, params):
        await BUS.publish(PromptsListChanged())
        return done("prompts changed")

    async def input_required_result_elicitation(ctx, params):
        return await answered(ctx, params, {"user_name": form("What is your name?", name="string")},
                        lambda a: f"Hello, {a['user_name']['content']['name']}!")

    async def input_required_result_sampling(ctx, params):
        return await answered(ctx, params, {"capital_question": sampling("What is the capital of France?")},
                        lambda a: a["capital_question"]["content"]["text"])

    async def input_required_result_list_roots(ctx, params):
        return await answered(ctx, params, {"client_roots": ROOTS},
                        lambda a: "roots: " + ", ".join(r["uri"] for r in a["client_roots"]["roots"]))

    async def input_required_result_request_state(ctx, params):
        return await answered(ctx, params, {"confirm": form("Please confirm", ok="boolean")}, lambda a: "state-ok", state="confirm")

    input_required_result_tampered_state = input_required_result_request_state

    async def input_required_result_multiple_inputs(ctx, params):
        requests = {"user_name": form("What is your name?", name="string"),
                    "greeting": sampling("Generate a greeting", 50), "client_roots": ROOTS}
        return await answered(ctx, params, requests, lambda a: "all answered", state="three")

    async def input_required_result_multi_round(ctx, params):
        if ctx.session.can_send_request:
            await ask_now(ctx, form("Step 1: What is your name?", name="string"))
            await ask_now(ctx, form("Step 2: What is your favorite color?", color="string"))
            return done("finished")
        given = answers(params)
        if params.request_state == "round-1" and "step1" in given:
            return ask({"step2": form("Step 2: What is your favorite color?", color="string")}, "round-2")
        if params.request_state == "round-2" and "step2" in given:
            return done("finished")
        return ask({"step1": form("Step 1: What is your name?", name="string")}, "round-1")

    async def input_required_result_capabilities(ctx, params):
        declared = ctx.session.client_capabilities
        requests = {}
        if declared and declared.sampling is not None:
            requests["capital_question"] = sampling("What is the capital of France?")
        if declared and declared.elicitation is not None:
            requests["user_name"] = form("What is your name?", name="string")
        if not requests:
            raise MCPError(MISSING_CAPABILITY, "An input capability is required", {"requiredCapabilities": {"sampling": {}}})
        if ctx.session.can_send_request:
            return await answered(ctx, params, requests, lambda a: "answered")
        return ask(requests)

    async def x_mcp_header(ctx, params):
        return done(f"region {params.arguments['region']}")


def with_schema(message, requested):
    return {"method": "elicitation/create", "params": {"mode": "form", "message": message, "requestedSchema": requested}}


async def answered(ctx, params, requests, then, state=None):
    """Asks until every request has its answer (and its state, when there is one), then completes.

    In the session era it asks them one after the other while the call waits."""
    if ctx.session.can_send_request:
        return done(then({key: await ask_now(ctx, request) for key, request in requests.items()}))
    given = answers(params)
    if not requests.keys() <= given.keys() or (state and params.request_state != state):
        return ask(requests, state)
    return done(then(given))


async def elicited(ctx, params, request):
    def told(answer):
        return f"Elicitation completed: action={answer['action']}, content={answer.get('content')}"

    return await answered(ctx, params, {"answer": request}, lambda a: told(a["answer"]))


async def call_tool(ctx, params):
    if params.name in FIXED:
        return done(*FIXED[params.name])
    if params.name == "json_schema_2020_12_tool":
        return done("validated by its schema")
    work = getattr(Tool, params.name.removeprefix("test_"), None)
    if work is None or not any(tool["name"] == params.name for tool in TOOLS):
        raise MCPError(INVALID, f"Unknown tool: {params.name}")
    return await work(ctx, params)


async def get_prompt(ctx, params):
    given = params.arguments or {}
    if params.name == "test_simple_prompt":
        return {"messages": said(text("This is a simple prompt for testing."))}
    if params.name == "test_prompt_with_arguments":
        return {"messages": said(text(f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'"))}
    if params.name == "test_prompt_with_embedded_resource":
        return {"messages": said(embedded(given["resourceUri"], "text/plain", "Embedded resource content for testing."),
                                 text("Please process the embedded resource above."))}
    if params.name == "test_prompt_with_image":
        return {"messages": said(IMAGE, text("Please analyze the image above."))}
    if params.name == "test_input_required_result_prompt":
        context = answers(params).get("user_context")
        if context is None:
            return ask({"user_context": form("What context should the prompt use?", context="string")})
        return {"messages": said(text(f"Context: {context['content']['context']}"))}
    raise MCPError(INVALID, f"Unknown prompt: {params.name}")


async def read_resource(ctx, params):
    template = re.fullmatch(r"test://template/([^/]+)/data", params.uri)
    if template:
        given = template[1]
        content = {"mimeType": "application/json",
                   "text": f'{{"id":"{given}","templateTest":true,"data":"Data for ID: {given}"}}'}
    elif params.uri in CONTENTS:
        content = CONTENTS[params.uri]
    else:
        raise MCPError(INVALID, "Resource not found", {"uri": params.uri})
    return {"contents": [{"uri": params.uri, **content}]}


async def complete(ctx, params):
    values = [word for word in ("paris", "park", "party", "test1", "test2") if word.startswith(params.argument.value)]
    return {"completion": {"values": values, "total": len(values), "hasMore": False}}


def always(result):
    async def handler(ctx, params):
        return result

    return handler


def typed(work, is_cached=False):
    """The same handler, whose results carry what every result of the modern era must."""
    async def handler(ctx, params):
        result = await work(ctx, params)
        cached = {"ttlMs": 0, "cacheScope": "private"} if is_cached and "resultType" not in result else {}
        return {"resultType": "complete", **cached, **result} if ctx.protocol_version >= "2026" else result

    return handler


SERVER = Server(
    "everything", version="1.0.0",
    on_list_tools=typed(always({"tools": TOOLS}), True), on_call_tool=typed(call_tool),
    on_list_resources=typed(always({"resources": RESOURCES}), True), on_read_resource=typed(read_resource, True),
    on_list_resource_templates=typed(always({"resourceTemplates": TEMPLATES}), True),
    on_subscribe_resource=always({}), on_unsubscribe_resource=always({}),
    on_list_prompts=typed(always({"prompts": PROMPTS}), True), on_get_prompt=typed(get_prompt),
    on_completion=typed(complete), on_set_logging_level=always({}), on_subscriptions_listen=ListenHandler(BUS))
SERVER.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience="everything"))


async def serve_stdio():
    async with stdio_server() as (reader, writer):
        await SERVER.run(reader, writer, SERVER.create_initialization_options(NotificationOptions()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import uvicorn

        uvicorn.run(SERVER.streamable_http_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="error",
                    access_log=False, timeout_graceful_shutdown=1)
    else:
        anyio.run(serve_stdio)
