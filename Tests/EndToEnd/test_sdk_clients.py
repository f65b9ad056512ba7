"""The official Python SDK as client, in both eras, through the gateway to each kind of upstream."""
import sys

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from conftest import ALWAYS, ERP_GRANTS, HERE, erp, free_port, gateway, grant, program, secret

MODES = ["legacy", "auto", "2026-07-28"]


def talk(running, token, upstream, mode, work):
    async def main():
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
            transport = streamable_http_client(f"{running.url}/mcp/{upstream}", http_client=http)
            async with Client(transport, mode=mode) as client:
                return await work(client)

    return anyio.run(main)


@pytest.mark.parametrize("mode", MODES)
def test_erp_over_stdio(demo, mode):
    async def work(client):
        tools = [tool.name for tool in (await client.list_tools()).tools]
        invoices = await client.call_tool("list_invoices", {})
        return tools, invoices

    tools, invoices = talk(demo, demo.mint("research-bot"), "erp", mode, work)
    assert sorted(tools) == ["list_invoices", "list_vendors"]
    assert not invoices.is_error and invoices.content


@pytest.mark.parametrize("mode", MODES)
def test_payment_waits_for_approval_and_then_runs_once(demo, mode):
    token, approver = demo.mint("finance-bot"), demo.approver("olivia")
    arguments = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": 10 + MODES.index(mode), "currency": "EUR"}

    async def pay(client):
        return await client.call_tool("issue_payment", arguments)

    first = talk(demo, token, "erp", mode, pay)
    assert first.is_error and first.meta["martlet.dev/authorization"]["decision"] == "approval_required"
    ticket = first.meta["martlet.dev/authorization"]["ticket"]
    demo.cli("approvals", "approve", ticket, "--token-file", approver)
    second = talk(demo, token, "erp", mode, pay)
    assert not second.is_error, second
    assert "martlet.dev/receipt" in second.meta
    third = talk(demo, token, "erp", mode, pay)
    assert third.is_error and third.meta["martlet.dev/authorization"]["ticket"] != ticket


SDK_GRANTS = [grant("list_invoices", upstream="sdk"), grant("headers", upstream="sdk")]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("era", ["2026-07-28", "2025-11-25", "auto"])
@pytest.mark.parametrize("answers", ["json", "events"])
def test_sdk_server_over_http(tmp_path, mode, era, answers):
    port = free_port()
    arguments = [port] + (["json"] if answers == "json" else [])
    with program(sys.executable, HERE / "upstreams/sdk_server.py", *arguments, port=port):
        upstream = {"name": "sdk", "url": f"http://127.0.0.1:{port}/mcp", "era": era,
                    "credential": {"header": "Authorization", "prefix": "Bearer ",
                                   "file": secret(tmp_path, "up.token", "upstream-secret")}}
        with gateway(tmp_path, {"upstreams": [upstream]}, SDK_GRANTS) as running:
            token = running.mint("finance-bot", "sdk")

            async def work(client):
                tools = [tool.name for tool in (await client.list_tools()).tools]
                return tools, await client.call_tool("headers", {})

            tools, seen = talk(running, token, "sdk", mode, work)
            assert sorted(tools) == ["headers", "list_invoices"]
            received = seen.structured_content.get("result", seen.structured_content)
            assert received["authorization"] == "Bearer upstream-secret"
            assert token not in str(received)
            assert not {"cookie", "x-forwarded-for", "dpop", "forwarded"} & set(received)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("era", ["auto", "2025-11-25"])
def test_sdk_server_over_stdio(tmp_path, mode, era):
    upstream = {"name": "sdk", "command": [sys.executable, str(HERE / "upstreams/sdk_server.py")], "era": era}
    with gateway(tmp_path, {"upstreams": [upstream]}, SDK_GRANTS) as running:
        async def work(client):
            return [t.name for t in (await client.list_tools()).tools], await client.call_tool("list_invoices", {})

        tools, result = talk(running, running.mint("finance-bot", "sdk"), "sdk", mode, work)
        assert sorted(tools) == ["headers", "list_invoices"] and not result.is_error


@pytest.mark.parametrize("mode", MODES)
def test_third_party_server(tmp_path, mode):
    """mcp-server-time from PyPI: nobody here wrote it."""
    upstream = {"name": "time", "command": [sys.executable, "-m", "mcp_server_time", "--local-timezone", "Etc/UTC"]}
    grants = [grant("get_current_time", upstream="time", constraints=[
        {"argument": "/timezone", "one_of": ["Europe/Berlin"]}])]
    with gateway(tmp_path, {"upstreams": [upstream]}, grants) as running:
        async def work(client):
            tools = [tool.name for tool in (await client.list_tools()).tools]
            good = await client.call_tool("get_current_time", {"timezone": "Europe/Berlin"})
            bad = await client.call_tool("get_current_time", {"timezone": "America/New_York"})
            return tools, good, bad

        tools, good, bad = talk(running, running.mint("finance-bot", "time"), "time", mode, work)
        assert tools == ["get_current_time"]
        assert not good.is_error and "Berlin" in good.content[0].text
        assert bad.is_error and bad.meta["martlet.dev/authorization"]["reason"] == "value_not_listed"
