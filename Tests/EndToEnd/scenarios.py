"""How the scenario tests find their targets: the conforming upstream itself, and the gateway in front of it.

The first proves that the test is right, the others that the gateway loses nothing: an upstream of the same era over HTTP
and over stdio, and one that speaks the other era, which the gateway has to translate.
"""
import contextlib
import subprocess
import sys

import pytest

from conftest import HERE, LEGACY, MARTLET, MODERN, free_port, program
from wire import Endpoint

sys.path.insert(0, str(HERE / "upstreams"))
from everything_content import TOOLS  # noqa: E402, F401

EVERYTHING = HERE / "upstreams/everything.py"
GATEWAYS = ("gateway", "stdio", "crossed")


# The reference server's bus of changes tells `subscriptions/listen` alone: in a session there is nothing to wait for.
UNTOLD = "the reference server tells no session of changes"


def scenario(name, not_yet=None, **differently):
    """Marks a test of the official scenario `name`. `not_yet` says why the gateway cannot pass it: once it can, the
    test turns red and the word goes. A keyword (`stdio`, `crossed`) says otherwise for that target; None: it can."""
    reasons = {**dict.fromkeys(GATEWAYS, not_yet), **differently}
    targets = [pytest.param("direct", id="direct")]
    for way in GATEWAYS:
        marks = [pytest.mark.xfail(strict=True, reason=reasons[way], run=reasons[way] != UNTOLD)] if reasons[way] else []
        targets.append(pytest.param(way, id=way, marks=marks))

    def decorate(test):
        test.scenario = name
        return pytest.mark.parametrize("target", targets, indirect=True)(test)

    return decorate


@contextlib.contextmanager
def served(token, upstream, *options, port=0, ended=subprocess.Popen.terminate):
    """`martlet conformance serve`; gives the route it prints, and the folder of its files. `ended` ends it."""
    log = token.with_suffix(".log")
    with open(log, "w") as errors:
        process = subprocess.Popen(
            [MARTLET, "conformance", "serve", "--listen", f"127.0.0.1:{port}", "--token-file", token, *options, *upstream],
            stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        url = process.stdout.readline().strip()
        assert url, log.read_text()
        yield url, log.read_text().split(" are in ")[1].split("\n")[0]
    finally:
        ended(process)
        process.wait(20)
        process.stdout.close()


@pytest.fixture(scope="module")
def everything():
    port = free_port()
    with program(sys.executable, EVERYTHING, port, port=port):
        yield f"http://127.0.0.1:{port}/mcp"


@pytest.fixture(scope="module")
def routes(request, everything, tmp_path_factory):
    """Starts the gateway of each kind when the first test asks for it."""
    own = request.module.ERA
    upstreams = {
        "gateway": (own, ["--upstream", everything]),
        "stdio": (own, ["--command", sys.executable, str(EVERYTHING)]),
        "crossed": (MODERN if own == LEGACY else LEGACY, ["--upstream", everything]),
    }
    started = {}
    with contextlib.ExitStack() as stack:
        def route(way):
            if way not in started:
                era, upstream = upstreams[way]
                token = tmp_path_factory.mktemp(way) / "client.token"
                url, _ = stack.enter_context(served(token, upstream, "--era", era, port=free_port()))
                started[way] = url, token.read_text()
            return started[way]

        yield route


@pytest.fixture
def target(request, everything, routes):
    return Endpoint(everything) if request.param == "direct" else Endpoint(*routes(request.param))
