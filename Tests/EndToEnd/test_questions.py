"""An upstream asks during a call, in every pairing of the eras; answers that come by themselves."""
import contextlib
import json
import sys

import pytest

from conftest import HERE, LEGACY, META, MODERN, free_port, gateway, grant, program

sys.path.insert(0, str(HERE / "upstreams"))
from asking_server import TOOLS  # noqa: E402

ANSWER = {"q": {"action": "accept", "content": {"ok": True}}}
DECLINED = {"q": {"action": "decline"}}
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


def modern(running, token, name, capabilities, upstream="asking", **more):
    meta = {**META, CAPABILITIES: capabilities}
    params = {"name": name, "arguments": {}, **more, "_meta": meta}
    return running.rpc(token, "tools/call", params, upstream=upstream, name=name)


@contextlib.contextmanager
def asking(folder, **rules):
    """A gateway in front of the modern server that asks; `rules` go into every grant."""
    port, journal = free_port(), folder / "journal"
    journal.touch()
    with program(sys.executable, HERE / "upstreams/asking_server.py", port, journal, port=port):
        upstream = {"name": "asking", "url": f"http://127.0.0.1:{port}/mcp", "era": MODERN}
        grants = [grant(name, upstream="asking", **rules) for name in TOOLS]
        with gateway(folder, {"upstreams": [upstream]}, grants) as running:
            yield running, lambda: [json.loads(line)["body"] for line in journal.read_text().splitlines()]


# Answers by themselves.

def test_answers_without_a_state_are_a_new_call_with_them_on_record(tmp_path):
    with asking(tmp_path) as (running, sent):
        token = running.mint("finance-bot", "asking")
        asked = modern(running, token, "confirm", {"elicitation": {}}).json["result"]
        done = modern(running, token, "confirm", {"elicitation": {}}, inputResponses=ANSWER).json["result"]
        assert done["resultType"] == "complete" and "requestState" not in sent()[-1]["params"]
        assert sent()[-1]["params"]["inputResponses"] == ANSWER
        call = done["_meta"]["martlet.dev/receipt"]["call"]
        assert call != asked["_meta"]["martlet.dev/receipt"]["call"]
        assert [(r["type"], r.get("round")) for r in running.records() if r.get("call") == call] == [
            ("call.intent", 0), ("call.outcome", None)]
        shown = running.cli("audit", "timeline", "--call", call, "--json").stdout
        assert '"inputResponses":{"q":{"action":"accept"' in shown
        assert running.cli("audit", "verify").returncode == 0


def test_an_approval_is_bound_to_the_answers(tmp_path):
    with asking(tmp_path, requires_approval=True) as (running, sent):
        token, approver = running.mint("finance-bot", "asking"), running.approver()
        plain = modern(running, token, "confirm", {}).envelope["ticket"]
        ticket = modern(running, token, "confirm", {}, inputResponses=ANSWER).envelope["ticket"]
        other = modern(running, token, "confirm", {}, inputResponses=DECLINED).envelope["ticket"]
        assert len({plain, ticket, other}) == 3 and sent() == []
        running.cli("approvals", "approve", ticket, "--token-file", approver)
        assert modern(running, token, "confirm", {}, inputResponses=DECLINED).envelope["ticket"] == other
        assert not modern(running, token, "confirm", {}, inputResponses=ANSWER).json["result"]["isError"]
        assert [body["params"]["inputResponses"] for body in sent()] == [ANSWER]


@pytest.mark.parametrize("over", ["http", "stdio"])
def test_a_session_era_upstream_cannot_take_answers_nobody_asked_for(tmp_path, over):
    journal, port = tmp_path / "journal", free_port()
    journal.touch()
    with contextlib.ExitStack() as stack:
        if over == "http":
            stack.enter_context(program(sys.executable, HERE / "upstreams/http_peer.py", port, journal, port=port))
            way = {"url": f"http://127.0.0.1:{port}/mcp"}
        else:
            way = {"command": [sys.executable, str(HERE / "upstreams/stdio_peer.py"), str(journal)]}
        upstream = {"name": "peer", "era": LEGACY, **way}
        running = stack.enter_context(gateway(tmp_path, {"upstreams": [upstream]}, [grant("works", upstream="peer")]))
        token = running.mint("finance-bot", "peer")
        result = modern(running, token, "works", {}, "peer", inputResponses=ANSWER).json["result"]
        outcome = result["_meta"]["martlet.dev/outcome"]
        assert result["isError"] and (outcome["outcome"], outcome["mayHaveRun"]) == ("not_carried", False)
        assert "tools/call" not in journal.read_text()
        record = [r for r in running.records() if r.get("call") == outcome["call"]][-1]
        assert record["observed"]["detail"] == "answers without a question"


# What the upstream says it needs.

@pytest.mark.parametrize("declared,missing", [
    ({}, {"elicitation": {"form": {}}, "sampling": {}}), ({"elicitation": {}}, {"sampling": {}}),
    ({"sampling": {}}, {"elicitation": {"form": {}}})])
def test_a_missing_capability_is_named_by_what_the_agent_did_not_declare(tmp_path, declared, missing):
    with asking(tmp_path) as (running, _):
        answer = modern(running, running.mint("finance-bot", "asking"), "needs", declared)
        error = answer.json["error"]
        assert (answer.status, error["code"], error["data"]) == (400, -32021, {"requiredCapabilities": missing})
        assert b"internal words" not in answer.body and b"secret" not in answer.body


def test_a_capability_that_was_declared_is_not_missing(tmp_path):
    with asking(tmp_path) as (running, _):
        token = running.mint("finance-bot", "asking")
        answer = modern(running, token, "needs", {"elicitation": {}, "sampling": {}})
        assert (answer.status, answer.json["error"]["code"]) == (200, -32603)


def test_a_session_is_told_of_a_missing_capability_in_words(tmp_path):
    with asking(tmp_path) as (running, _):
        token = running.mint("finance-bot", "asking")
        answer = running.call(token, "needs", upstream="asking", era=LEGACY, session=running.session(token, "asking"))
        result = answer.json["result"]
        assert result["isError"] and "elicitation.form, sampling" in result["content"][0]["text"]
