"""An upstream that asks back: its question is relayed to who can be asked, and the answer is a round of its own."""
import json
import sys

import pytest

from conftest import ALWAYS, HERE, LEGACY, META, MODERN, free_port, gateway, grant, program, wait_until

sys.path.insert(0, str(HERE / "upstreams"))
from asking_server import STATE, TOOLS  # noqa: E402

CAPABILITIES = {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {"listChanged": True},
                "experimental": {"secret": "agent's own"}}
ANSWER = {"q": {"action": "accept", "content": {"ok": True}}}


class Desk:
    def __init__(self, running, journal):
        self.running, self.journal = running, journal
        self.token = running.mint("finance-bot", "asking")
        self.other = running.mint("ops-bot", "asking")

    def call(self, name, arguments=None, capabilities=CAPABILITIES, token=None, method="tools/call", **more):
        params = {"name": name, "arguments": arguments or {}} if method != "resources/read" else {"uri": name}
        meta = {**META, "io.modelcontextprotocol/clientCapabilities": capabilities}
        return self.running.rpc(token or self.token, method, {**params, **more, "_meta": meta}, upstream="asking",
                                name=name)

    def sent(self):
        return [json.loads(line)["body"] for line in self.journal.read_text().splitlines()] if self.journal.exists() else []

    def records(self, call):
        return [r for r in self.running.records() if r.get("call") == call]


GRANTS = [grant(name, upstream="asking", role=role) for name in [*TOOLS, "task"]
          for role in ("finance_executor", "operations")] + [
    {"agent_role": "finance_executor", "upstream": "asking", "expires": ALWAYS, "prompt": "confirm"},
    {"agent_role": "finance_executor", "upstream": "asking", "expires": ALWAYS, "resource": "ask:confirm"}]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("asking"), free_port()
    journal = folder / "journal"
    with program(sys.executable, HERE / "upstreams/asking_server.py", port, journal, port=port):
        upstream = {"name": "asking", "url": f"http://127.0.0.1:{port}/mcp", "era": MODERN}
        with gateway(folder, {"upstreams": [upstream]}, GRANTS) as running:
            yield Desk(running, journal)


def is_refused_as_stale(answer):
    error = answer.json["error"]
    return (answer.status, error["code"], error["message"], error["data"]) == (
        400, -32602, "Invalid or expired requestState", {"reason": "invalid_request_state"})


@pytest.mark.parametrize("method,name", [("tools/call", "confirm"), ("prompts/get", "confirm"),
                                         ("resources/read", "ask:confirm")])
def test_item_17_a_question_is_relayed_and_its_answer_goes_on(desk, method, name):
    asked = desk.call(name, {"amount": 1.50}, method=method).json["result"]
    assert asked["resultType"] == "input_required" and asked["inputRequests"]["q"]["params"]["message"] == "Sure?"
    assert asked["requestState"].startswith("v1.") and STATE not in asked["requestState"]
    before = len(desk.sent())
    done = desk.call(name, {"amount": 1.50}, method=method, inputResponses=ANSWER, requestState=asked["requestState"])
    assert done.json["result"]["resultType"] == "complete"
    first, second = desk.sent()[before - 1], desk.sent()[-1]
    assert second["params"]["requestState"] == STATE and second["params"]["inputResponses"] == ANSWER
    assert second["id"] != first["id"] and len(desk.sent()) == before + 1
    receipts = [r["_meta"]["martlet.dev/receipt"]["call"] for r in (asked, done.json["result"])]
    assert receipts[0] == receipts[1]
    told = [(r["type"], r.get("round"), r["observed"].get("outcome")) for r in desk.records(receipts[0])]
    assert told == [("call.intent", 0, None), ("call.outcome", None, "input_required"),
                    ("call.intent", 1, None), ("call.outcome", None, "ok")]
    shown = desk.running.cli("audit", "timeline", "--call", receipts[0], "--json").stdout
    assert '"inputResponses":{"q":{"action":"accept"' in shown


def test_item_41_the_relayable_part_of_what_the_agent_declares_is_declared(desk):
    desk.call("confirm")
    declared = desk.sent()[-1]["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"]
    assert declared == {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}
    desk.call("confirm", capabilities={"elicitation": {}})
    assert desk.sent()[-1]["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] == {"elicitation": {"form": {}}}


@pytest.mark.parametrize("name,declared,missing", [
    ("confirm", {}, {"elicitation": {"form": {}}}), ("confirm", {"elicitation": {"url": {}}}, {"elicitation": {"form": {}}}),
    ("url", {"elicitation": {}}, {"elicitation": {"url": {}}}), ("sample", {"elicitation": {}}, {"sampling": {}}),
    ("roots", {"sampling": {}}, {"roots": {}}),
])
def test_item_17_only_what_the_agent_declared_is_asked(desk, name, declared, missing):
    answer = desk.call(name, capabilities=declared)
    error = answer.json["error"]
    assert (answer.status, error["code"], error["data"]) == (400, -32021, {"requiredCapabilities": missing})


@pytest.mark.parametrize("change", ["text", "arguments", "caller", "tool", "method", "cut", "prefix"])
def test_item_17_a_state_holds_for_its_caller_and_its_call_alone(desk, change):
    asked = desk.call("confirm", {"a": 1}).json["result"]["requestState"]
    before = len(desk.sent())
    flipped = asked[:-5] + ("A" if asked[-5] != "A" else "B") + asked[-4:]
    retry = {"inputResponses": ANSWER, "requestState": asked}
    answer = {
        "text": lambda: desk.call("confirm", {"a": 1}, inputResponses=ANSWER, requestState=flipped),
        "arguments": lambda: desk.call("confirm", {"a": 2}, **retry),
        "caller": lambda: desk.call("confirm", {"a": 1}, token=desk.other, **retry),
        "tool": lambda: desk.call("without_state", {"a": 1}, **retry),
        "method": lambda: desk.call("confirm", {"a": 1}, method="prompts/get", **retry),
        "cut": lambda: desk.call("confirm", {"a": 1}, inputResponses=ANSWER, requestState=asked[:-1]),
        "prefix": lambda: desk.call("confirm", {"a": 1}, inputResponses=ANSWER, requestState=STATE),
    }[change]()
    assert is_refused_as_stale(answer), answer.body
    assert len(desk.sent()) == before
    assert desk.running.records()[-1]["derived"]["reason"] == "invalid_request_state"
    # The state itself is still good for whom it was made.
    assert desk.call("confirm", {"a": 1}, **retry).json["result"]["resultType"] == "complete"


def test_item_17_a_state_is_used_once(desk):
    asked = desk.call("only_state").json["result"]
    assert "inputRequests" not in asked
    assert desk.call("only_state", requestState=asked["requestState"]).json["result"]["resultType"] == "complete"
    before = len(desk.sent())
    assert is_refused_as_stale(desk.call("only_state", requestState=asked["requestState"]))
    assert len(desk.sent()) == before
    assert desk.running.cli("audit", "verify").returncode == 0


def test_a_question_without_a_state_is_bound_all_the_same(desk):
    asked = desk.call("without_state").json["result"]
    desk.call("without_state", inputResponses=ANSWER, requestState=asked["requestState"])
    assert "requestState" not in desk.sent()[-1]["params"] and desk.sent()[-1]["params"]["inputResponses"] == ANSWER


def test_rounds_are_bounded(desk):
    state, rounds = desk.call("endless").json["result"]["requestState"], 1
    while True:
        result = desk.call("endless", requestState=state).json["result"]
        if result["resultType"] != "input_required":
            break
        state, rounds = result["requestState"], rounds + 1
    assert rounds == 10 and result["isError"] and "garbage" in result["content"][0]["text"]


@pytest.mark.parametrize("name,detail", [("odd", "result_with_bad_member"), ("empty", "result_with_bad_member"),
                                         ("task", "task_not_declared")])
def test_item_35_a_result_of_another_kind_is_invalid(desk, name, detail):
    result = desk.call(name).json["result"]
    assert result["isError"] and result["resultType"] == "complete"
    outcome = desk.records(result["_meta"]["martlet.dev/outcome"]["call"])[-1]["observed"]
    assert (outcome["outcome"], outcome["detail"]) == ("garbage", detail)


def test_a_session_cannot_be_asked(desk):
    session = desk.running.session(desk.token, "asking")
    rpc = lambda **params: desk.running.rpc(  # noqa: E731
        desk.token, "tools/call", {"name": "confirm", "arguments": {}, **params}, upstream="asking", era=LEGACY,
        session=session)
    answer = rpc().json["result"]
    assert answer["isError"]
    assert desk.sent()[-1]["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] == {}
    assert rpc(requestState="v1.x").json["error"]["data"] == {"reason": "invalid_request_state"}


def test_each_round_is_approved_by_itself_with_its_answers_in_view(tmp_path):
    port, journal = free_port(), tmp_path / "journal"
    with program(sys.executable, HERE / "upstreams/asking_server.py", port, journal, port=port):
        upstream = {"name": "asking", "url": f"http://127.0.0.1:{port}/mcp", "era": MODERN}
        asks = [grant("confirm", upstream="asking", requires_approval=True)]
        with gateway(tmp_path, {"upstreams": [upstream]}, asks) as running:
            desk, approver = Desk(running, journal), running.approver()
            first = desk.call("confirm", {"a": 1})
            running.cli("approvals", "approve", first.envelope["ticket"], "--token-file", approver)
            asked = desk.call("confirm", {"a": 1}).json["result"]
            retry = {"inputResponses": ANSWER, "requestState": asked["requestState"]}
            second = desk.call("confirm", {"a": 1}, **retry)
            assert second.envelope["ticket"] != first.envelope["ticket"] and len(desk.sent()) == 1
            shown = running.cli("approvals", "show", second.envelope["ticket"], "--json").stdout
            assert "inputResponses" in shown and "accept" in shown
            running.cli("approvals", "approve", second.envelope["ticket"], "--token-file", approver)
            other = {"inputResponses": {"q": {"action": "decline"}}, "requestState": asked["requestState"]}
            assert desk.call("confirm", {"a": 1}, **other).envelope["decision"] == "approval_required"
            done = desk.call("confirm", {"a": 1}, **retry)
            assert not done.json["result"]["isError"], done.body
            assert len(desk.sent()) == 2
            assert running.cli("audit", "verify").returncode == 0
