"""How the scenario tests find their target: the conforming upstream itself, and the gateway in front of it.

The first proves that the test is right, the second that the gateway loses nothing.
"""
import contextlib
import subprocess
import sys

import pytest

from conftest import HERE, MARTLET, free_port, program
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


@contextlib.contextmanager
def served(token, upstream, port=0):
    """`martlet conformance serve`; gives the route it prints, and the folder of its files."""
    log = token.with_suffix(".log")
    with open(log, "w") as errors:
        process = subprocess.Popen(
            [MARTLET, "conformance", "serve", "--listen", f"127.0.0.1:{port}", "--token-file", token, *upstream],
            stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        url = process.stdout.readline().strip()
        assert url, log.read_text()
        yield url, log.read_text().split(" are in ")[1].split("\n")[0]
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


@pytest.fixture(scope="module")
def guarded(everything, tmp_path_factory):
    token = tmp_path_factory.mktemp("scenarios") / "client.token"
    with served(token, ["--upstream", everything], free_port()) as (url, _):
        yield url, token.read_text()


@pytest.fixture
def target(request, everything):
    if request.param == "direct":
        return Endpoint(everything)
    return Endpoint(*request.getfixturevalue("guarded"))
