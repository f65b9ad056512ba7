"""Resources, prompts and completion through the gateway: what is granted is relayed, what is not is never sent."""
import contextlib
import json
import sys

import pytest
from mcp import MCPError
from mcp.types import PromptReference, ResourceTemplateReference

from conftest import ALWAYS, HERE, LEGACY, MODERN, free_port, gateway, grant, program
from test_sdk_clients import MODES, talk

BOOKS = "library://catalogue/public/books/{title}"
INDEX, SECRET = "library://catalogue/public/index", "library://catalogue/secret/index"


def access(role="finance_executor", upstream="library", **names):
    return {"agent_role": role, "upstream": upstream, "expires": ALWAYS, "owner": "library", **names}


GRANTS = [
    grant("lend", upstream="library"), access(prompt="summarise"),
    access(resource_prefix="library://catalogue/public/"), access(resource="library://readers/ada"),
]


class Library:
    def __init__(self, running, journal):
        self.running, self.journal = running, journal
        self.token = running.mint("finance-bot", "library")

    def sdk(self, mode, work):
        return talk(self.running, self.token, "library", mode, work)

    def rpc(self, method, params, era, **more):
        session = more.pop("session", None) or (self.session if era == LEGACY else None)
        name = params.get("uri") or params.get("name")
        return self.running.rpc(self.token, method, params, upstream="library", era=era,
                                name=name if era == MODERN else None, session=session, **more)

    @property
    def session(self):
        if not hasattr(self, "_session"):
            self._session = self.running.session(self.token, "library")
        return self._session

    def seen(self, what):
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["what"] == what]

    def leaves(self, method, type=None):
        return [leaf for leaf in self.running.records() if leaf.get("observed", {}).get("method") == method
                and (type is None or leaf["type"] == type)]


@contextlib.contextmanager
def library(folder, transport="http", era="auto", grants=GRANTS):
    journal = folder / "journal"
    command = [sys.executable, str(HERE / "upstreams/library_server.py"), str(journal)]
    if transport == "stdio":
        upstream = {"name": "library", "command": command, "era": era}
        with gateway(folder, {"upstreams": [upstream]}, grants) as running:
            yield Library(running, journal)
        return
    port = free_port()
    with program(*command, port, port=port):
        upstream = {"name": "library", "url": f"http://127.0.0.1:{port}/mcp", "era": era}
        with gateway(folder, {"upstreams": [upstream]}, grants) as running:
            yield Library(running, journal)


@pytest.fixture(scope="module", params=[("http", MODERN), ("http", LEGACY), ("stdio", "auto"), ("stdio", LEGACY)],
                ids=lambda p: "-".join(p))
def shelf(request, tmp_path_factory):
    with library(tmp_path_factory.mktemp("library"), *request.param) as running:
        yield running


@pytest.mark.parametrize("mode", MODES)
def test_lists_show_what_is_granted_and_nothing_else(shelf, mode):
    async def work(client):
        return (await client.list_resources(), await client.list_resource_templates(), await client.list_prompts(),
                await client.list_tools())

    resources, templates, prompts, tools = shelf.sdk(mode, work)
    assert [str(r.uri) for r in resources.resources] == [INDEX]
    assert resources.resources[0].title == "Index" and resources.resources[0].meta == {"shelf": 1}
    assert [t.uri_template for t in templates.resource_templates] == [BOOKS]
    assert [p.name for p in prompts.prompts] == ["summarise"]
    assert prompts.prompts[0].title == "Summary of a book" and len(prompts.prompts[0].arguments) == 2
    assert [t.name for t in tools.tools] == ["lend"]


@pytest.mark.parametrize("mode", MODES)
def test_granted_accesses_are_relayed_with_their_arguments(shelf, mode):
    async def work(client):
        index = await client.read_resource(INDEX)
        book = await client.read_resource("library://catalogue/public/books/Emma")
        ada = await client.read_resource("library://readers/ada")
        prompt = await client.get_prompt("summarise", {"title": "Emma", "tone": mode})
        values = await client.complete(
            PromptReference(type="ref/prompt", name="summarise"), {"name": "title", "value": "M"},
            context_arguments={"tone": "dry"})
        more = await client.complete(
            ResourceTemplateReference(type="ref/resource", uri=BOOKS), {"name": "title", "value": "Em"})
        return index, book, ada, prompt, values, more

    index, book, ada, prompt, values, more = shelf.sdk(mode, work)
    assert index.contents[0].text == "the index" and book.contents[0].text == "the book Emma"
    assert index.meta["martlet.dev/receipt"]["call"]
    assert ada.contents[0].text == "what ada reads"
    assert prompt.messages[0].content.text == f"Summarise Emma, {mode}."
    assert values.completion.values == ["Moby-Dick", "Middlemarch"]
    assert more.completion.values == ["Emma"]
    assert {"tone": "dry"} in [entry["known"] for entry in shelf.seen("completion")]


REFUSED = [
    ("resources/read", {"uri": SECRET}), ("resources/read", {"uri": "library://readers/bob"}),
    ("resources/read", {"uri": "library://catalogue/public/../secret/index"}),
    ("resources/read", {"uri": "library://catalogue/public/%2e%2e/secret/index"}),
    ("resources/read", {"uri": "library://catalogue/public/..%2Fsecret/index"}),
    ("resources/read", {"uri": "library://catalogue/public/books/%2525"}),
    ("resources/read", {"uri": "LIBRARY://catalogue/public/index"}),
    ("resources/read", {"uri": "no uri at all"}),
    ("prompts/get", {"name": "gossip", "arguments": {}}), ("prompts/get", {"name": "Summarise", "arguments": {}}),
    ("completion/complete", {"ref": {"type": "ref/prompt", "name": "gossip"}, "argument": {"name": "x", "value": ""}}),
    ("completion/complete", {"ref": {"type": "ref/resource", "uri": "library://readers/{name}"},
                             "argument": {"name": "name", "value": ""}}),
]


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize("method,params", REFUSED, ids=lambda v: v if isinstance(v, str) else None)
def test_without_a_grant_it_is_not_there_and_nothing_is_sent(shelf, method, params, era):
    before = shelf.journal.read_bytes() if shelf.journal.exists() else b""
    answer = shelf.rpc(method, params, era)
    error = answer.json["error"]
    if "uri" in params or "uri" in params.get("ref", {}):
        uri = params.get("uri") or params["ref"]["uri"]
        assert (error["code"], error["data"]) == (-32602 if era == MODERN else -32002, {"uri": uri})
        assert error["message"] == "Resource not found"
    else:
        name = params.get("name") or params["ref"]["name"]
        assert (error["code"], error["message"]) == (-32602, f"Unknown prompt: {name}")
    assert answer.status == (400 if era == MODERN else 200)
    assert (shelf.journal.read_bytes() if shelf.journal.exists() else b"") == before
    denied = shelf.leaves(method, "call.denied")[-1]
    assert denied["derived"]["reason"] in ("no_grant", "resource_not_found", "unknown_prompt")
    assert denied["verified"]["agent"] == "finance-bot"


@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_what_is_missing_upstream_is_answered_like_what_may_not_be_seen(shelf, era):
    missing = shelf.rpc("resources/read", {"uri": "library://catalogue/public/missing"}, era)
    invisible = shelf.rpc("resources/read", {"uri": "library://catalogue/secret/missing"}, era)
    assert missing.status == invisible.status
    assert missing.body.replace(b"public", b"secret") == invisible.body
    assert shelf.leaves("resources/read", "call.intent")[-1]["observed"]["resource"].endswith("public/missing")


def test_an_access_is_recorded_before_and_after(shelf):
    shelf.rpc("resources/read", {"uri": INDEX}, MODERN)
    intent = shelf.leaves("resources/read", "call.intent")[-1]
    assert intent["observed"]["resource"] == INDEX and "tool" not in intent["observed"]
    assert intent["derived"]["decision"] == "permit" and intent["derived"]["approval"] is None
    records = [leaf for leaf in shelf.running.records() if leaf.get("call") == intent["call"]]
    assert [leaf["type"] for leaf in records] == ["call.intent", "call.outcome"]
    assert records[1]["observed"]["outcome"] == "ok"
    text = shelf.running.cli("audit", "timeline", "--call", intent["call"]).stdout
    assert f"library/resource {INDEX}" in text


def test_lists_are_recorded_by_what_was_shown(shelf):
    shelf.rpc("resources/list", {}, MODERN)
    listed = shelf.leaves("resources/list", "list.filtered")[-1]
    assert (listed["derived"]["shown"], listed["derived"]["hidden"]) == (1, 1)


def test_item_15_every_cacheable_result_is_private_and_complete(shelf):
    for method, params in [("resources/list", {}), ("resources/templates/list", {}), ("prompts/list", {}),
                           ("resources/read", {"uri": INDEX})]:
        modern = shelf.rpc(method, params, MODERN).json["result"]
        assert modern["resultType"] == "complete" and modern["cacheScope"] == "private" and modern["ttlMs"] >= 0
        legacy = shelf.rpc(method, params, LEGACY).json["result"]
        assert not {"resultType", "ttlMs", "cacheScope"} & set(legacy)


def test_item_11_the_name_header_must_repeat_the_uri(shelf):
    answer = shelf.rpc("resources/read", {"uri": INDEX}, MODERN, headers={"Mcp-Name": SECRET})
    assert (answer.status, answer.json["error"]["code"]) == (400, -32020)
    missing = shelf.rpc("prompts/get", {"name": "summarise"}, MODERN, headers={"Mcp-Name": None})
    assert (missing.status, missing.json["error"]["code"]) == (400, -32020)


@pytest.mark.parametrize("method", ["resources/subscribe", "resources/unsubscribe", "logging/setLevel"])
def test_item_9_methods_of_sessions_are_unknown_to_modern_requests(shelf, method):
    answer = shelf.rpc(method, {"uri": INDEX, "level": "info"}, MODERN, headers={"Mcp-Name": None})
    assert (answer.status, answer.json["error"]["code"]) == (404, -32601)


@pytest.mark.parametrize("method", ["tasks/list", "tasks/result"])
def test_what_is_not_relayed_is_an_unknown_method(shelf, method):
    answer = shelf.rpc(method, {}, MODERN)
    assert (answer.status, answer.json["error"]["code"]) == (404, -32601)


def test_log_levels_are_those_of_the_protocol(shelf):
    assert shelf.rpc("logging/setLevel", {"level": "warning"}, LEGACY).json["result"] == {}
    assert shelf.rpc("logging/setLevel", {"level": "loud"}, LEGACY).json["error"]["code"] == -32602


@pytest.mark.parametrize("mode", MODES)
def test_item_18_capabilities_are_those_of_the_upstream_that_work_here(shelf, mode):
    async def work(client):
        return client.server_capabilities, client.server_info, client.instructions

    capabilities, info, instructions = shelf.sdk(mode, work)
    if mode == MODERN:
        return  # A client that pins the version asks nothing before its first request.
    stated = capabilities.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert {"tools", "prompts", "resources", "completions"} <= set(stated)
    assert stated["resources"]["listChanged"] is True and stated["tools"] == stated["prompts"] == {"listChanged": True}
    assert info.name == "library" and instructions == "Ask for one book at a time."


@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_item_18_an_upstream_that_does_not_answer_has_tools_only(tmp_path, era):
    upstream = {"name": "gone", "url": f"http://127.0.0.1:{free_port()}/mcp"}
    with gateway(tmp_path, {"upstreams": [upstream]}, [grant("x", upstream="gone")]) as running:
        token = running.mint("finance-bot", "gone")
        if era == MODERN:
            answer = running.rpc(token, "server/discover", {}, upstream="gone")
        else:
            answer = running.rpc(token, "initialize", {
                "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}},
                upstream="gone", era=LEGACY, headers={"MCP-Protocol-Version": None})
        assert answer.status == 200
        assert answer.json["result"]["capabilities"] == {"tools": {"listChanged": True}}


@pytest.mark.parametrize("method,params", [("prompts/get", {"name": "p"}), ("resources/read", {"uri": "x:y"})])
def test_item_18_what_is_not_advertised_is_an_unknown_method(demo, method, params):
    token = demo.mint("finance-bot")
    demo.session(token)
    answer = demo.rpc(token, method, params, name=next(iter(params.values())))
    assert (answer.status, answer.json["error"]["code"]) == (404, -32601)


@pytest.mark.parametrize("method", ["prompts/list", "resources/list", "resources/templates/list"])
@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_an_upstream_without_the_feature_has_no_such_method(demo, method, era):
    token = demo.mint("finance-bot")
    answer = demo.rpc(token, method, {}, era=era, session=demo.session(token) if era == LEGACY else None)
    assert answer.json["error"]["code"] == -32601
    assert answer.status == (404 if era == MODERN else 200)
