"""How the scenario tests find their target: the conforming upstream itself, and the gateway in front of it.

The first proves that the test is right, the second that the gateway loses nothing.
"""
import sys

import pytest

from conftest import HERE, free_port, gateway, grant, program
from wire import Endpoint

sys.path.insert(0, str(HERE / "upstreams"))
from everything_content import TOOLS  # noqa: E402


def scenario(name, not_yet=None):
    """Marks a test of the official scenario `name`. `not_yet` says why the gateway cannot pass it: once it can, the
    test turns red and the word goes."""
    marks = [pytest.mark.xfail(strict=True, reason=not_yet)] if not_yet else []
    targets = [pytest.param("direct", id="direct"), pytest.param("gateway", id="gateway", marks=marks)]

    def decorate(test):
        test.scenario = name
        return pytest.mark.parametrize("target", targets, indirect=True)(test)

    return decorate


@pytest.fixture(scope="module")
def everything():
    port = free_port()
    with program(sys.executable, HERE / "upstreams/everything.py", port, port=port):
        yield f"http://127.0.0.1:{port}/mcp"


@pytest.fixture(scope="module")
def guarded(everything, tmp_path_factory):
    upstream = {"name": "everything", "url": everything, "era": "auto"}
    grants = [grant(tool["name"], upstream="everything") for tool in TOOLS]
    port = free_port()
    listen = {"port": port, "public_url": f"http://127.0.0.1:{port}", "allowed_origins": [f"http://127.0.0.1:{port}"]}
    config = {"upstreams": [upstream], "listen": listen}
    with gateway(tmp_path_factory.mktemp("scenarios"), config, grants) as running:
        running.port = port
        yield running


@pytest.fixture
def target(request, everything):
    if request.param == "direct":
        return Endpoint(everything)
    running = request.getfixturevalue("guarded")
    return Endpoint(f"{running.url}/mcp/everything", running.mint("finance-bot", "everything"))
