"""Standing streams hold connections: their number is held below what the listener takes, for each caller and in all."""
import pytest

from conftest import LEGACY, MODERN, erp, gateway, grant
from wire import Endpoint, Modern, Session


@pytest.fixture
def small(tmp_path):
    config = {"upstreams": [erp(tmp_path)], "limits": {"connections": 48}}
    with gateway(tmp_path, config, [grant("list_invoices", role) for role in ("finance_executor", "operations")]) as running:
        yield running


def listen(endpoint, era):
    if era == MODERN:
        return Modern(endpoint).post("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
    session = Session(endpoint)
    head = {"Accept": "text/event-stream", "MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": session.id}
    return endpoint.send("GET", None, head, LEGACY)


@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_a_caller_has_a_sixteenth_of_the_connections_for_streams(small, era):
    mine = Endpoint(f"{small.url}/mcp/erp", small.mint("finance-bot"))
    others = Endpoint(f"{small.url}/mcp/erp", small.mint("ops-bot"))
    streams = [listen(mine, era) for _ in range(3)]
    assert [stream.status for stream in streams] == [200] * 3
    refused = listen(mine, era)
    assert refused.status in (429, 503), refused.status
    other = listen(others, era)
    assert other.status == 200, "nobody else pays for it"
    denied = [r for r in small.records() if r["type"] == "call.denied"]
    assert [r["derived"]["reason"] for r in denied] == ["too_many_streams"]
    for stream in [*streams, refused, other]:
        stream.close()
