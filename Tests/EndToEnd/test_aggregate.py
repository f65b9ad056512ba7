"""The route `/mcp`: upstreams of both eras and of stdio side by side, under `<upstream>__<name>`."""
import contextlib
import json
import sys

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import PromptReference, ResourceTemplateReference

from conftest import HERE, LEGACY, META, MODERN, SEED, erp, free_port, gateway, grant, program
from test_relay import BOOKS, INDEX, SECRET, access
from test_sdk_clients import MODES

SHELVES = ["docs", "old", "shelf"]  # modern HTTP, session-era HTTP, stdio
PAYMENT = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": 10, "currency": "EUR"}


def shelf_grants(name):
    return [grant("lend", upstream=name), grant("link", upstream=name), access(upstream=name, prompt="summarise"),
            access(upstream=name, prompt="quote"),
            access(upstream=name, resource_prefix="library://catalogue/public/")]


GRANTS = [g for name in SHELVES for g in shelf_grants(name)] + [
    SEED, grant("list_invoices"), grant("works", upstream="peer"), grant("confirm", upstream="asking"),
    grant("anything", upstream="dead"), grant("lend", role="operations", upstream="secret"),
    grant("link", role="operations", upstream="secret"),
]


class Route:
    """`/mcp` as one agent sees it."""

    def __init__(self, running, token):
        self.running, self.token = running, token

    def sdk(self, mode, work):
        async def main():
            async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {self.token}"}, timeout=30) as http:
                transport = streamable_http_client(f"{self.running.url}/mcp", http_client=http)
                async with Client(transport, mode=mode) as client:
                    return await work(client)

        return anyio.run(main)

    def rpc(self, method, params=None, era=MODERN, path="/mcp", token=None, session=None, headers=None, id=1):
        params = dict(params or {})
        head = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                "Authorization": f"Bearer {token or self.token}", "MCP-Protocol-Version": era}
        if era == MODERN:
            params.setdefault("_meta", META)
            name = params.get("uri") if method == "resources/read" else params.get("name")
            head.update({"Mcp-Method": method, **({"Mcp-Name": name} if name else {})})
        if session:
            head["Mcp-Session-Id"] = session
        head.update(headers or {})
        body = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
        return self.running.request("POST", path, json.dumps(body), {k: v for k, v in head.items() if v is not None})

    def call(self, tool, arguments=None, **more):
        return self.rpc("tools/call", {"name": tool, "arguments": arguments or {}}, **more)

    def session(self, path="/mcp", token=None):
        opened = self.rpc(
            "initialize", {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}},
            LEGACY, path, token, headers={"MCP-Protocol-Version": None})
        assert opened.status == 200, opened.body
        return opened.headers["mcp-session-id"]

    def records(self, type):
        return [r for r in self.running.records() if r["type"] == type]


def mint(running, *route, agent="finance-bot", **more):
    return running.cli("token", "issue", "--agent", agent, "--ttl", "15m", *route, **more).stdout.strip()


@pytest.fixture(scope="module")
def route(tmp_path_factory):
    folder = tmp_path_factory.mktemp("aggregate")
    linking, journal = str(HERE / "upstreams/linking_server.py"), str(folder / "journal")
    ports = {name: free_port() for name in ("docs", "old", "secret", "peer", "asking", "dead")}
    with contextlib.ExitStack() as stack:
        for name in ("docs", "old", "secret"):
            stack.enter_context(program(sys.executable, linking, journal, ports[name], port=ports[name]))
        for name in ("peer", "asking"):
            server = HERE / f"upstreams/{'http_peer' if name == 'peer' else 'asking_server'}.py"
            stack.enter_context(program(sys.executable, server, ports[name], folder / f"{name}.journal", port=ports[name]))
        urls = {name: f"http://127.0.0.1:{port}/mcp" for name, port in ports.items()}
        upstreams = [{"name": name, "url": url, "era": LEGACY if name == "old" else MODERN} for name, url in urls.items()]
        upstreams += [{"name": "shelf", "command": [sys.executable, linking, journal]}, erp(folder)]
        running = stack.enter_context(gateway(folder, {"upstreams": upstreams}, GRANTS))
        yield Route(running, mint(running, "--route", "/mcp"))


# MARK: What is there

@pytest.mark.parametrize("mode", MODES)
def test_lists_join_what_is_granted_of_every_upstream(route, mode):
    async def work(client):
        return (await client.list_tools(), await client.list_resources(), await client.list_resource_templates(),
                await client.list_prompts())

    tools, resources, templates, prompts = route.sdk(mode, work)
    assert [t.name for t in tools.tools] == [
        "asking__confirm", "docs__lend", "docs__link", "erp__list_invoices", "erp__issue_payment", "old__lend",
        "old__link", "peer__works", "shelf__lend", "shelf__link"]
    assert [str(r.uri) for r in resources.resources] == [f"{shelf}__{INDEX}" for shelf in SHELVES]
    assert {(r.name, r.title) for r in resources.resources} == {("index", "Index")}
    assert [t.uri_template for t in templates.resource_templates] == [f"{shelf}__{BOOKS}" for shelf in SHELVES]
    assert [p.name for p in prompts.prompts] == [f"{s}__{p}" for s in SHELVES for p in ("summarise", "quote")]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shelf", SHELVES)
def test_everything_that_is_listed_can_be_used(route, mode, shelf):
    async def work(client):
        lent = await client.call_tool(f"{shelf}__lend", {"book": "Emma"})
        index = await client.read_resource(f"{shelf}__{INDEX}")
        book = await client.read_resource(f"{shelf}__library://catalogue/public/books/Emma")
        prompt = await client.get_prompt(f"{shelf}__summarise", {"title": "Emma"})
        reference = PromptReference(type="ref/prompt", name=f"{shelf}__summarise")
        template = ResourceTemplateReference(type="ref/resource", uri=f"{shelf}__{BOOKS}")
        titles = await client.complete(reference, {"name": "title", "value": "M"})
        more = await client.complete(template, {"name": "title", "value": "Em"})
        links = await client.call_tool(f"{shelf}__link", {})
        quote = await client.get_prompt(f"{shelf}__quote")
        back = await client.read_resource(str(links.content[0].uri))
        return lent, index, book, prompt, titles, more, links, quote, back

    lent, index, book, prompt, titles, more, links, quote, back = route.sdk(mode, work)
    assert lent.content[0].text == "lent Emma"
    assert (str(index.contents[0].uri), index.contents[0].text) == (f"{shelf}__{INDEX}", "the index")
    assert str(book.contents[0].uri) == f"{shelf}__library://catalogue/public/books/Emma"
    assert prompt.messages[0].content.text == "Summarise Emma, dry."
    assert titles.completion.values == ["Moby-Dick", "Middlemarch"] and more.completion.values == ["Emma"]
    link, embedded, text = links.content
    assert str(link.uri) == str(embedded.resource.uri) == f"{shelf}__{INDEX}" and link.name == "index"
    assert embedded.resource.text == f"see {INDEX}" and text.text == INDEX
    assert str(quote.messages[0].content.resource.uri) == f"{shelf}__{INDEX}"
    assert back.contents[0].text == "the index"


def test_an_upstream_sees_its_own_names_and_nothing_of_the_route(route):
    assert route.call("peer__works", {"a": 1}).json["result"]["content"][0]["text"] == "done"
    lines = (route.running.folder / "peer.journal").read_text().splitlines()
    sent = [entry for entry in map(json.loads, lines) if (entry["body"] or {}).get("method") == "tools/call"][-1]
    assert sent["body"]["params"]["name"] == "works" and ["mcp-name", "works"] in sent["headers"]
    assert "peer__" not in json.dumps(sent)


@pytest.mark.parametrize("header", ["works", "peer__", None, "asking__works"])
def test_item_30_the_name_header_repeats_the_name_of_the_route(route, header):
    answer = route.call("peer__works", headers={"Mcp-Name": header})
    assert (answer.status, answer.json["error"]["code"]) == (400, -32020)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_the_route_presents_itself_as_one_server(route, mode):
    async def work(client):
        return client.server_capabilities, client.server_info, client.instructions

    capabilities, info, instructions = route.sdk(mode, work)
    stated = capabilities.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert {"tools", "prompts", "resources", "completions"} <= set(stated)
    assert info.name == "martlet"
    assert instructions == "\n\n".join(f"# {shelf}\n\n> Ask for one book at a time." for shelf in SHELVES)


# MARK: What is not there

NOT_THERE = ["secret__lend", "nosuch__lend", "docs__nothing", "dead__lend", "lend", "__lend", "docs_lend", "docs__",
             "docs__docs__lend", "Docs__lend"]


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize("method,form,text", [
    ("tools/call", lambda n: {"name": n, "arguments": {}}, "Unknown tool: "),
    ("prompts/get", lambda n: {"name": n}, "Unknown prompt: "),
    ("resources/read", lambda n: {"uri": n.replace("lend", SECRET)}, "Resource not found"),
])
def test_what_is_not_granted_is_answered_like_what_does_not_exist(route, era, method, form, text):
    session = route.session() if era == LEGACY else None
    journal = route.running.folder / "journal"
    before = journal.read_bytes() if journal.exists() else b""
    bodies = set()
    for name in NOT_THERE:
        params = form(name)
        answer = route.rpc(method, params, era, session=session)
        asked = params.get("name") or params["uri"]
        assert answer.status == (400 if era == MODERN else 200)
        assert answer.json["error"]["message"] == text + ("" if method == "resources/read" else asked)
        bodies.add(answer.body.replace(asked.encode(), b"?"))
    assert len(bodies) == 1, bodies
    assert (journal.read_bytes() if journal.exists() else b"") == before
    assert route.records("call.denied")[-1]["observed"]["route"] == "/mcp"


def test_another_role_sees_other_upstreams(route):
    token = mint(route.running, "--route", "/mcp", agent="ops-bot")
    listed = route.rpc("tools/list", token=token).json["result"]
    assert [tool["name"] for tool in listed["tools"]] == ["secret__lend", "secret__link"] and "_meta" not in listed
    nothing = route.rpc("tools/list", token=mint(route.running, "--route", "/mcp", agent="research-bot"))
    assert nothing.json["result"]["tools"] == [] and "_meta" not in nothing.json["result"]


def test_what_this_route_does_not_serve_is_an_unknown_method(route):
    answer = route.rpc("no/such", {})
    assert (answer.status, answer.json["error"]["code"]) == (404, -32601)


# MARK: Degraded

@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_a_dead_upstream_leaves_the_others_usable_and_is_named(route, era):
    session = route.session() if era == LEGACY else None
    listed = route.rpc("tools/list", era=era, session=session).json["result"]
    assert listed["_meta"] == {"martlet.dev/degraded": [{"upstream": "dead", "reason": "unreachable"}]}
    assert len(listed["tools"]) == 10 and not any(t["name"].startswith("dead") for t in listed["tools"])
    record = route.records("list.filtered")[-1]
    assert record["observed"]["degraded"] == {"dead": "unreachable"} and record["observed"]["route"] == "/mcp"
    assert "upstream" not in record["observed"] and record["derived"]["shown"] == 10
    failed = route.call("dead__anything", era=era, session=session).json["result"]
    assert failed["isError"] and failed["_meta"]["martlet.dev/outcome"]["outcome"] == "upstream_unreachable"
    works = route.call("docs__lend", {"book": "Emma"}, era=era, session=session).json["result"]
    assert works["content"][0]["text"] == "lent Emma"


def test_without_one_live_upstream_there_is_no_list(tmp_path):
    upstreams = [{"name": name, "url": f"http://127.0.0.1:{free_port()}/mcp"} for name in ("a", "b")]
    with gateway(tmp_path, {"upstreams": upstreams}, [grant("x", upstream=u) for u in ("a", "b")]) as running:
        route = Route(running, mint(running, "--route", "/mcp"))
        all_dead = route.rpc("tools/list")
        one = route.rpc("tools/list", path="/mcp/a", token=mint(running, "--upstream", "a"))
        assert (all_dead.status, all_dead.body) == (one.status, one.body) == (503, one.body)
        reasons = [r["derived"]["reason"] for r in route.records("call.denied")[-2:]]
        assert reasons == ["upstream_unreachable"] * 2


# MARK: Tokens, sessions, tickets, states

def test_a_token_is_good_for_one_route(route):
    own, all_of_them = mint(route.running, "--upstream", "docs"), route.token
    for path, token, metadata in [("/mcp", own, "/mcp"), ("/mcp/docs", all_of_them, "/mcp/docs")]:
        answer = route.rpc("tools/list", path=path, token=token)
        assert answer.status == 401, answer.body
        where = f'resource_metadata="{route.running.url}/.well-known/oauth-protected-resource{metadata}"'
        assert where in answer.headers["www-authenticate"]
        assert route.rpc("tools/list", path=path, token="nonsense").status == 401
    assert route.rpc("tools/list", path="/mcp/docs", token=own).status == 200
    same = mint(route.running, "--route", "/mcp/docs")
    assert route.rpc("tools/list", path="/mcp/docs", token=same).status == 200
    assert route.rpc("tools/list", token=same).status == 401
    assert route.rpc("tools/list", path="/mcp/", token=route.token).status == 404


def test_a_company_token_is_good_for_the_route_it_names(route):
    issuer, url = route.running.issuer, route.running.url
    assert route.rpc("tools/list", token=issuer.token(f"{url}/mcp")).status == 200
    for audience in [f"{url}/mcp/docs", f"{url}/mcp/", url]:
        assert route.rpc("tools/list", token=issuer.token(audience)).status == 401
    assert route.rpc("tools/list", path="/mcp/docs", token=issuer.token(f"{url}/mcp")).status == 401


@pytest.mark.parametrize("words", [["--route", "/mcp/nosuch"], ["--route", "/healthz"], [], ["--route", "mcp"]])
def test_a_token_names_a_route_that_exists(route, words):
    refused = route.running.cli("token", "issue", "--agent", "finance-bot", *words, check=False)
    assert refused.returncode != 0 and "--route /mcp" in refused.stderr
    both = route.running.cli("token", "issue", "--agent", "finance-bot", "--route", "/mcp", "--upstream", "docs",
                             check=False)
    assert both.returncode != 0 and "--route" in both.stderr


def test_the_routes_metadata_stand_at_both_places(route):
    for path in ("", "/mcp"):
        found = route.running.request("GET", "/.well-known/oauth-protected-resource" + path)
        assert found.status == 200 and found.json["resource"] == f"{route.running.url}/mcp"
    assert route.running.request("GET", "/.well-known/oauth-protected-resource/mcp/nosuch").status == 404
    assert route.running.request("GET", "/.well-known/oauth-protected-resource/mcp/").status == 404


def test_a_session_belongs_to_its_route(route):
    own = mint(route.running, "--upstream", "docs")
    here, there = route.session(), route.session("/mcp/docs", own)
    opened = route.records("session.opened")[-2:]
    assert [(r["observed"].get("route"), r["observed"].get("upstream")) for r in opened] == [("/mcp", None), (None, "docs")]
    assert route.rpc("ping", era=LEGACY, session=here).json["result"] == {}
    unknown = route.rpc("ping", era=LEGACY, session="0" * 64)
    for answer in (route.rpc("ping", era=LEGACY, session=there),
                   route.rpc("ping", era=LEGACY, session=here, path="/mcp/docs", token=own)):
        assert (answer.status, answer.body) == (404, unknown.body)
    assert route.rpc("logging/setLevel", {"level": "warning"}, LEGACY, session=here).json["result"] == {}
    ended = route.running.request("DELETE", "/mcp", None, {"Authorization": f"Bearer {route.token}",
                                                           "Mcp-Session-Id": here})
    assert ended.status == 200 and route.records("session.closed")[-1]["observed"]["route"] == "/mcp"
    assert route.rpc("ping", era=LEGACY, session=here).status == 404


@pytest.mark.parametrize("mode", MODES)
def test_a_payment_waits_for_approval_and_then_runs_once(route, mode):
    arguments = {**PAYMENT, "amount": 20 + MODES.index(mode)}

    async def pay(client):
        return await client.call_tool("erp__issue_payment", arguments)

    first = route.sdk(mode, pay)
    envelope = first.meta["martlet.dev/authorization"]
    assert first.is_error and envelope["decision"] == "approval_required"
    shown = json.loads(route.running.cli("approvals", "show", envelope["ticket"], "--json").stdout)
    assert (shown["upstream"], shown["tool"]) == ("erp", "issue_payment")
    route.running.cli("approvals", "approve", envelope["ticket"], "--token-file", route.running.approver())
    second = route.sdk(mode, pay)
    assert not second.is_error, second
    receipt = second.meta["martlet.dev/receipt"]["call"]
    intent = [r for r in route.records("call.intent") if r["call"] == receipt][0]
    assert (intent["observed"]["upstream"], intent["observed"]["tool"]) == ("erp", "issue_payment")
    assert intent["observed"]["route"] == "/mcp" and intent["derived"]["approval"]["id"] == envelope["ticket"]
    third = route.sdk(mode, pay)
    assert third.meta["martlet.dev/authorization"]["ticket"] != envelope["ticket"]


def test_a_ticket_is_for_the_call_by_whichever_route(route):
    """The approver has seen upstream, tool, arguments and caller: the same on both routes, so it is one ticket."""
    own, arguments = mint(route.running, "--upstream", "erp"), {**PAYMENT, "amount": 77}
    there = lambda: route.call("issue_payment", arguments, path="/mcp/erp", token=own)  # noqa: E731
    ticket = there().envelope["ticket"]
    assert route.call("erp__issue_payment", arguments).envelope["ticket"] == ticket
    route.running.cli("approvals", "approve", ticket, "--token-file", route.running.approver())
    assert not route.call("erp__issue_payment", arguments).json["result"]["isError"]
    assert there().envelope["ticket"] != ticket
    intents = [r for r in route.records("call.intent") if r["observed"].get("tool") == "issue_payment"]
    assert intents[-1]["observed"]["route"] == "/mcp"


def test_a_state_is_good_for_the_route_it_was_made_on(route):
    own = mint(route.running, "--upstream", "asking")
    capable = {**META, "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}}}
    answers = {"q": {"action": "accept", "content": {"ok": True}}}

    def confirm(aggregated, **more):
        name, path, token = ("asking__confirm", "/mcp", None) if aggregated else ("confirm", "/mcp/asking", own)
        return route.rpc("tools/call", {"name": name, "arguments": {}, "_meta": capable, **more}, path=path, token=token)

    for aggregated in (True, False):
        state = confirm(aggregated).json["result"]["requestState"]
        elsewhere = confirm(not aggregated, inputResponses=answers, requestState=state)
        assert elsewhere.json["error"]["data"] == {"reason": "invalid_request_state"}
        done = confirm(aggregated, inputResponses=answers, requestState=state).json["result"]
        assert done["resultType"] == "complete" and done["content"][0]["text"] == "went on"


def test_the_log_of_all_this_is_whole(route):
    assert route.running.cli("audit", "verify").returncode == 0
    assert "erp/issue_payment" in route.running.cli("audit", "timeline").stdout
