"""`martlet conformance serve`: a gateway on loopback before one upstream, as any other but for its grants."""
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

from conftest import HERE, MARTLET, ROOT, free_port, program
from scenarios import TOOLS, everything, served  # noqa: F401
from wire import Endpoint, Modern, Session

EVERYTHING = HERE / "upstreams/everything.py"


@pytest.mark.parametrize("way", ["http", "stdio"])
def test_everything_the_upstream_offers_is_granted(way, everything, tmp_path):  # noqa: F811
    upstream = ["--upstream", everything] if way == "http" else ["--command", sys.executable, str(EVERYTHING)]
    token = tmp_path / "client.token"
    with served(token, upstream) as (url, _):
        assert url.startswith("http://127.0.0.1:") and url.endswith("/mcp/upstream")
        assert token.stat().st_mode & 0o777 == 0o600
        for peer in (Modern(Endpoint(url, token.read_text())), Session(Endpoint(url, token.read_text()))):
            listed = {tool["name"] for tool in peer.result("tools/list")["tools"]}
            assert listed == {tool["name"] for tool in TOOLS}
            assert peer.call("test_simple_text")["content"][0]["type"] == "text"


def test_nobody_else_is_served_and_every_call_is_on_record(everything, tmp_path):  # noqa: F811
    token = tmp_path / "client.token"
    with served(token, ["--upstream", everything]) as (url, folder):
        assert Modern(Endpoint(url)).post("tools/list").status == 401
        Modern(Endpoint(url, token.read_text())).call("test_simple_text")
        config = f"{folder}/martlet.yaml"
        seen = subprocess.run([MARTLET, "audit", "timeline", "--config", config], capture_output=True, text=True, timeout=60)
        assert "test_simple_text" in seen.stdout and "conformance-client" in seen.stdout
        verified = subprocess.run([MARTLET, "audit", "verify", "--config", config], capture_output=True, text=True, timeout=60)
        assert verified.returncode == 0, verified.stdout


def end(process, number):
    process.send_signal(number)
    process.wait(20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_its_folder_is_gone_at_the_end(number, everything, tmp_path):  # noqa: F811
    with served(tmp_path / "client.token", ["--upstream", everything], ended=lambda p: end(p, number)) as (_, folder):
        assert pathlib.Path(folder, "martlet.yaml").exists()
    assert not pathlib.Path(folder).exists()


def test_its_folder_can_be_kept_and_is_then_nobody_elses_business(everything, tmp_path):  # noqa: F811
    upstream = ["--upstream", everything]
    with served(tmp_path / "a.token", ["--keep-files", *upstream]) as (_, folder):
        pass
    try:
        with served(tmp_path / "b.token", upstream):
            command = [MARTLET, "audit", "verify", "--config", f"{folder}/martlet.yaml"]
            assert subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    finally:
        shutil.rmtree(folder)


def test_the_next_run_removes_what_a_killed_one_left_and_nothing_else(everything, tmp_path):  # noqa: F811
    upstream = ["--upstream", everything]
    with served(tmp_path / "a.token", upstream) as (url, living):
        with served(tmp_path / "b.token", upstream, ended=lambda p: end(p, signal.SIGKILL)) as (_, dead):
            pass
        assert pathlib.Path(dead).exists()
        with served(tmp_path / "c.token", upstream):
            assert not pathlib.Path(dead).exists() and pathlib.Path(living, "martlet.yaml").exists()
        peer = Modern(Endpoint(url, (tmp_path / "a.token").read_text()))
        assert peer.call("test_simple_text")["content"][0]["type"] == "text"


@pytest.mark.parametrize("arguments", [
    ["--upstream", "http://127.0.0.1:9/mcp", "--listen", "0.0.0.0:0"],
    ["--upstream", "http://127.0.0.1:9/mcp", "--listen", "192.0.2.1:8441"],
    ["--upstream", "http://127.0.0.1:9/mcp", "--listen", "[::]:8441"],
    ["--upstream", "http://127.0.0.1:9/mcp", "--listen", "localhost.example:8441"],
    [],
    ["--upstream", "http://127.0.0.1:9/mcp", "--command", "true"],
    ["--upstream", "http://127.0.0.1:9/mcp"],
    ["--command", "/nonexistent"],
], ids=["any address", "another address", "any v6 address", "a name", "no upstream", "two", "nothing there", "no program"])
def test_what_is_refused(arguments, tmp_path):
    done = subprocess.run([MARTLET, "conformance", "serve", "--token-file", tmp_path / "t", *arguments],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stderr and not done.stdout
    assert not (tmp_path / "t").exists()


def test_the_shim_adds_the_token_and_nothing_else(everything, tmp_path):  # noqa: F811
    token, port = tmp_path / "client.token", free_port()
    with served(token, ["--upstream", everything]) as (url, _):
        with program(sys.executable, ROOT / "Scripts/conformance-shim", url, token, port, port=port):
            peer = Modern(Endpoint(f"http://127.0.0.1:{port}/mcp/upstream"))
            assert peer.call("test_simple_text")["content"]
            assert peer.post("server/discover", headers={"Host": "evil.example"}).status == 421
            assert Session(peer.endpoint).result("ping") == {}
