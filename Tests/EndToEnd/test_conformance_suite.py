"""`martlet conformance`: our gateway holds every line, and a proxy that checks nothing does not."""
import json
import subprocess
import sys

import pytest

from conftest import HERE, MARTLET, free_port, gateway, grant, program, secret
from scenarios import TOOLS, everything  # noqa: F401

# What nobody can miss who passes everything through.
CARELESS = {
    "host-foreign", "origin-foreign", "origin-null", "anonymous-modern", "anonymous-legacy", "anonymous-notification",
    "anonymous-verbs", "anonymous-garbage", "bad-token", "altered-token", "unsigned-token", "token-of-another-route", "token-in-query", "two-tokens", "challenge",
    "metadata-route", "metadata-root", "metadata-servers", "two-framings", "duplicate-method", "duplicate-by-escape",
    "duplicate-meta", "duplicate-deep", "look-alike-member", "invisible-tool", "session-is-no-token",
    "session-of-another", "state-of-another",
}


def suite(url, *options):
    return subprocess.run([str(MARTLET), "conformance", "--url", url, *map(str, options)], capture_output=True, text=True,
                          timeout=300)


def findings(done):
    return {line["id"]: (line["result"], line.get("detail")) for line in json.loads(done.stdout)["checks"]}


def with_result(found, result):
    return {name for name, (word, _) in found.items() if word == result}


@pytest.fixture(scope="module")
def guarded(everything, tmp_path_factory):  # noqa: F811
    """One caller sees every tool, the other all but one."""
    folder = tmp_path_factory.mktemp("suite")
    names = [tool["name"] for tool in TOOLS]
    grants = [grant(name, upstream="everything") for name in names]
    grants += [grant(name, "operations", upstream="everything") for name in names[1:]]
    with gateway(folder, {"upstreams": [{"name": "everything", "url": everything}]}, grants) as running:
        tokens = [folder / secret(folder, agent, running.mint(agent, "everything")) for agent in ("ops-bot", "finance-bot")]
        foreign = running.issuer.token(f"{running.url}/mcp/elsewhere", agent="ops-bot")
        yield running, f"{running.url}/mcp/everything", [*tokens, folder / secret(folder, "foreign", foreign)]


def test_our_gateway_holds_every_line(guarded):
    running, url, (token, other, foreign) = guarded
    done = suite(url, "--token-file", token, "--other-token-file", other,
                 "--foreign-token-file", foreign, "--json")
    found = findings(done)
    assert with_result(found, "broken") == set(), done.stdout
    assert with_result(found, "not exercised") == set()
    assert done.returncode == 0 and len(found) > 60
    assert not [r for r in running.records() if r["type"] == "call.intent" and "state" not in str(r)]


@pytest.fixture(scope="module")
def careless(everything, tmp_path_factory):  # noqa: F811
    folder, port = tmp_path_factory.mktemp("careless"), free_port()
    token = folder / secret(folder, "token", "anything.at.all-and-long-enough")
    with program(sys.executable, HERE / "upstreams/careless_proxy.py", port, everything.split(":")[2].split("/")[0],
                 port=port):
        yield suite(f"http://127.0.0.1:{port}/mcp", "--token-file", token, "--other-token-file", token, "--json",
                    "--foreign-token-file", token, "--hidden-tool", "test_simple_text")


def test_a_proxy_that_checks_nothing_is_found_out(careless):
    found = findings(careless)
    assert careless.returncode == 1
    assert with_result(found, "broken") >= CARELESS, CARELESS - with_result(found, "broken")
    assert found["baseline"][0] == "held" and all(found[name][1] for name in with_result(found, "broken"))


def test_a_gateway_that_refuses_everything_holds_nothing(guarded, tmp_path):
    token = tmp_path / secret(tmp_path, "token", "garbage")
    found = findings(suite(guarded[1], "--token-file", token, "--json"))
    assert found["baseline"][0] == "broken"
    refused = ("not exercised", "the token is not served")
    assert found["host-foreign"] == found["batch"] == found["two-framings"] == found["base64-name"] == refused


def test_each_line_can_break(careless, guarded, tmp_path):
    """No check that holds whatever happens: every one of them is broken by one of three bad peers."""
    port, token = free_port(), tmp_path / secret(tmp_path, "token", "a-token-of-nobody")
    with program(sys.executable, HERE / "upstreams/agreeable_peer.py", port, port=port):
        agreeable = findings(suite(f"http://127.0.0.1:{port}/mcp", "--token-file", token, "--other-token-file", token,
                                   "--json", "--foreign-token-file", token, "--hidden-tool", "secret"))
    broken = with_result(agreeable, "broken") | with_result(findings(careless), "broken")
    broken |= with_result(findings(suite(guarded[1], "--token-file", token, "--json")), "broken")
    assert set(agreeable) - broken == set()


def test_without_a_token_only_anonymous_requests_are_tried(guarded):
    _, url, _ = guarded
    done = suite(url, "--json")
    found = findings(done)
    assert done.returncode == 0 and found["baseline"] == ("not exercised", "no --token-file")
    assert {"anonymous-modern", "challenge", "metadata-route"} <= with_result(found, "held")
    assert with_result(found, "broken") == set()


def test_the_table_says_the_same_as_the_json(guarded):
    _, url, (token, *_) = guarded
    table, listed = suite(url, "--token-file", token), findings(suite(url, "--token-file", token, "--json"))
    words = {line[15:45].strip(): line[:15].strip() for line in table.stdout.splitlines() if line[:1].strip()}
    assert {name: words.get(name) for name in listed} == {name: word for name, (word, _) in listed.items()}
    assert table.stdout.strip().splitlines()[-1].endswith("not exercised")


@pytest.mark.parametrize("arguments", [
    ["--url", "https://127.0.0.1:1/mcp"], ["--url", "http://127.0.0.1:1/mcp"], ["--url", "nonsense"], [],
    ["--url", "{url}", "--token-file", "/nonexistent"],
], ids=["tls", "nothing there", "no url", "nothing", "no token file"])
def test_wrong_usage_is_exit_code_2(guarded, arguments):
    arguments = [argument.replace("{url}", guarded[1]) for argument in arguments]
    done = subprocess.run([str(MARTLET), "conformance", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stderr and not done.stdout
