"""An upstream asks during a call, in every pairing of the eras; answers that come by themselves."""
import contextlib
import json
import sys

import anyio
import httpx2
import pytest
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client

from conftest import HERE, LEGACY, META, MODERN, free_port, gateway, grant, program, wait_until
from scenarios import EVERYTHING, everything  # noqa: F401
from wire import Endpoint, Session

sys.path.insert(0, str(HERE / "upstreams"))
from asking_server import STATE, TOOLS  # noqa: E402
from questioning_server import PAGES  # noqa: E402
from questioning_server import TOOLS as QUESTIONS  # noqa: E402

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


# Questions in the middle of a call: a session-era upstream written by hand, its ids small on purpose.

FORM_ANSWER = {"action": "accept", "content": {"ok": True, "n": 1.50, "many": ["a", "b"]}}
SAMPLED = {"role": "assistant", "content": {"type": "text", "text": "hm"}, "model": "m"}
GRANTS = [grant(name, upstream="q", role=role, **rules)
          for name in QUESTIONS for role, rules in (("finance_executor", {}), ("operations", {}))]


class Desk:
    """A gateway in front of the server that asks, and what reached that server."""

    def __init__(self, running, journal):
        self.running, self.file = running, journal
        self.token, self.other = running.mint("finance-bot", "q"), running.mint("ops-bot", "q")

    @property
    def journal(self):
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def bodies(self, method=None):
        bodies = [entry["body"] for entry in self.journal if "body" in entry]
        return [body for body in bodies if body.get("method") == method]

    def answers(self):
        """What came for the questions of the server, as (its id, result or error)."""
        return [(body["id"], body.get("result", body.get("error"))) for body in self.bodies(None)]

    def cancelled(self):
        return len(self.bodies("notifications/cancelled"))

    def endpoint(self, token=None):
        return Endpoint(f"{self.running.url}/mcp/q", token or self.token)

    def session(self, capabilities, token=None):
        return Session(self.endpoint(token), capabilities)

    def modern(self, name, capabilities, token=None, **more):
        meta = {**META, CAPABILITIES: capabilities}
        params = {"name": name, "arguments": {"a": 1}, **more, "_meta": meta}
        return self.running.rpc(token or self.token, "tools/call", params, upstream="q", name=name)

    def records(self, call):
        return [r for r in self.running.records() if r.get("call") == call]

    def told(self, call):
        return [(r["type"], r.get("round"), r.get("observed", {}).get("outcome") or r["derived"].get("reason"))
                for r in self.records(call)]

    def last_denial(self):
        return [r["derived"]["reason"] for r in self.running.records() if r["type"] == "call.denied"][-1]


@contextlib.contextmanager
def questioning(folder, over="http", grants=GRANTS, era=LEGACY):
    journal, port = folder / "journal", free_port()
    journal.touch()
    server = HERE / "upstreams/questioning_server.py"
    with contextlib.ExitStack() as stack:
        if over == "http":
            stack.enter_context(program(sys.executable, server, journal, port, port=port))
            way = {"url": f"http://127.0.0.1:{port}/mcp"}
        else:
            way = {"command": [sys.executable, str(server), str(journal)]}
        running = stack.enter_context(gateway(folder, {"upstreams": [{"name": "q", "era": era, **way}]}, grants))
        yield Desk(running, journal)


@pytest.fixture(scope="module", params=["http", "stdio"])
def desk(request, tmp_path_factory):
    with questioning(tmp_path_factory.mktemp(request.param), request.param) as desk:
        desk.over = request.param
        yield desk


def begin(session, tool):
    """Calls the tool; gives the messages of its stream and the first question."""
    sent = session.post("tools/call", {"name": tool, "arguments": {"a": 1}})
    messages = sent.messages()
    return messages, next(messages)


def answer(session, question, result=FORM_ANSWER, **instead):
    body = {"jsonrpc": "2.0", "id": question["id"], **(instead or {"result": result})}
    sent = session.endpoint.send("POST", body, session.head(), LEGACY)
    sent.body = sent.response.read()
    sent.close()
    return sent.status, json.loads(sent.body)["error"]["message"] if sent.body else None


def receipt(result):
    return result["_meta"]["martlet.dev/receipt"]["call"]


EVERYTHING_DECLARED = {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {"listChanged": True}}


@pytest.mark.parametrize("tool,method,given,kind", [
    ("confirm", "elicitation/create", FORM_ANSWER, "elicitation.form"),
    ("url", "elicitation/create", {"action": "accept"}, "elicitation.url"),
    ("sample", "sampling/createMessage", SAMPLED, "sampling"),
    ("roots", "roots/list", {"roots": [{"uri": "file:///a"}]}, "roots")])
def test_sessions_a_question_and_its_answer_are_relayed_and_recorded(desk, tool, method, given, kind):
    session = desk.session(EVERYTHING_DECLARED)
    result = session.call(tool, {"a": 1}, {method: given})
    assert json.loads(result["content"][0]["text"]) == [given]
    asked, = session.asked
    assert asked["method"] == method and "_meta" not in asked.get("params", {})
    asked_there = [entry for entry in desk.journal if "asked" in entry][-1]
    assert desk.answers()[-1] == (asked_there["id"], given)
    call = receipt(result)
    assert desk.told(call) == [("call.intent", 0, None), ("call.outcome", None, "input_required"),
                               ("call.intent", 1, None), ("call.outcome", None, "ok")]
    assert desk.records(call)[1]["observed"]["detail"] == kind
    shown = desk.running.cli("audit", "timeline", "--call", call, "--json").stdout
    assert f'"method":"{method}"' in shown and json.dumps(given, separators=(",", ":"))[1:-1] in shown
    assert desk.running.cli("audit", "verify").returncode == 0
    session.end()


def test_sessions_a_call_may_be_asked_more_than_once(desk):
    session = desk.session({"elicitation": {}})
    result = session.call("twice", {"a": 1}, {"elicitation/create": FORM_ANSWER})
    assert json.loads(result["content"][0]["text"]) == [FORM_ANSWER] * 2
    assert len({question["id"] for question in session.asked}) == 2
    assert [r[1] for r in desk.told(receipt(result)) if r[0] == "call.intent"] == [0, 1, 2]


def test_sessions_questions_end_after_ten_rounds(desk):
    session = desk.session({"elicitation": {}})
    before = desk.cancelled()
    result = session.call("endless", {"a": 1}, {"elicitation/create": FORM_ANSWER})
    assert result["isError"] and len(session.asked) == 10
    outcome = desk.records(result["_meta"]["martlet.dev/outcome"]["call"])[-1]["observed"]
    assert (outcome["outcome"], outcome["detail"]) == ("garbage", "too_many_rounds")
    wait_until(lambda: desk.cancelled() > before, what="the upstream is told")


def test_sessions_a_refusal_of_the_agent_is_an_answer(desk):
    session = desk.session({"elicitation": {}})
    messages, question = begin(session, "confirm")
    assert answer(session, question, error={"code": -32000, "message": "busy", "data": {"secret": 1}})[0] == 202
    assert "busy" in next(messages)["result"]["content"][0]["text"]
    assert desk.answers()[-1][1] == {"code": -32000, "message": "busy"}


@pytest.mark.parametrize("declared,tool", [({}, "confirm"), ({"elicitation": {"url": {}}}, "confirm"),
                                           ({"elicitation": {}}, "sample"), ({"sampling": {}}, "roots"),
                                           (EVERYTHING_DECLARED, "bad_url")])
def test_sessions_what_was_not_declared_or_is_no_page_is_refused_to_the_upstream(desk, declared, tool):
    session = desk.session(declared)
    result = session.call(tool)
    assert "-32601" in result["content"][0]["text"] and not session.asked


def test_sessions_exactly_the_relayable_part_is_declared(tmp_path):
    with questioning(tmp_path) as desk:
        for capabilities in ({}, {"elicitation": {}}, EVERYTHING_DECLARED, {"elicitation": {}}):
            session = desk.session({**capabilities, "experimental": {"x": {}}})
            session.call("plain")
        declared = [body["params"]["capabilities"] for body in desk.bodies("initialize")]
        assert declared.count({"elicitation": {"form": {}}}) == 1
        assert {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}} in declared
        assert all("experimental" not in said for said in declared)


def test_sessions_an_answer_counts_for_one_question_of_one_session_once(desk):
    mine, second, foreign = (desk.session({"elicitation": {}}, token) for token in (None, None, desk.other))
    messages, question = begin(mine, "confirm")
    before = len(desk.answers())
    unknown = (400, "No such question is open in this session")
    assert answer(second, question) == unknown and desk.last_denial() == "unknown_question"
    assert answer(foreign, question) == unknown
    foreign.id = mine.id
    assert answer(foreign, question)[0] == 404 and desk.last_denial() == "unknown_session"
    assert answer(mine, {"id": 999_999}) == unknown
    assert answer(mine, {"id": str(question["id"])}) == unknown
    assert answer(mine, question, {"action": "maybe"})[0] == 400 and desk.last_denial() == "malformed_answer"
    assert answer(mine, question, {"action": "accept", "content": {"deep": {}}})[0] == 400
    assert len(desk.answers()) == before
    assert answer(mine, question) == (202, None)
    assert answer(mine, question) == unknown
    assert not next(messages)["result"]["isError"] and len(desk.answers()) == before + 1


def test_sessions_two_callers_hear_only_their_own(tmp_path):
    with questioning(tmp_path) as desk:
        sessions = [desk.session({"elicitation": {}}, token) for token in (None, desk.other)]
        open_calls = [begin(session, "twice") for session in sessions]
        first, second = ({"action": "accept", "content": {"of": name}} for name in ("first", "second"))
        for round in (0, 1):
            # Each answers the other's question first.
            assert answer(sessions[0], open_calls[1][1])[0] == 400 and answer(sessions[1], open_calls[0][1])[0] == 400
            assert answer(sessions[1], open_calls[1][1], second)[0] == 202
            assert answer(sessions[0], open_calls[0][1], first)[0] == 202
            open_calls = [(messages, next(messages)) for messages, _ in open_calls]
        said = [json.loads(last["result"]["content"][0]["text"]) for _, last in open_calls]
        assert said == [[first] * 2, [second] * 2]


@pytest.mark.parametrize("how,reason", [("delete", "question_session_closed"), ("cancel", "question_cancelled")])
def test_sessions_a_call_is_given_up_while_its_question_is_open(desk, how, reason):
    session = desk.session({"elicitation": {}})
    before = desk.cancelled()
    messages, question = begin(session, "confirm")
    if how == "delete":
        assert session.end() == 200
    else:
        body = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}
        assert session.endpoint.send("POST", body, session.head(), LEGACY).status == 202
    last = next(messages)["result"]
    assert last["isError"] and last["_meta"]["martlet.dev/outcome"]["outcome"] == reason
    assert [r[0] for r in desk.told(last["_meta"]["martlet.dev/outcome"]["call"])] == [
        "call.intent", "call.outcome", "call.denied"]
    assert desk.last_denial() == reason
    wait_until(lambda: desk.cancelled() > before, what="the upstream is told")
    assert answer(session, question)[0] in (400, 404)
    assert desk.running.cli("audit", "verify").returncode == 0


def test_sessions_an_agent_that_lost_its_connection_may_still_answer(desk):
    session = desk.session({"elicitation": {}})
    sent = session.post("tools/call", {"name": "confirm", "arguments": {}})
    question = next(sent.messages())
    sent.close()
    known = len(desk.answers())
    assert answer(session, question)[0] == 202
    wait_until(lambda: len(desk.answers()) > known, what="the answer arrives")
    wait_until(lambda: desk.running.records()[-1]["type"] == "call.outcome", what="its outcome is recorded")


def test_sessions_each_answer_is_approved_by_itself(tmp_path):
    grants = [grant("confirm", upstream="q", requires_approval=True)]
    with questioning(tmp_path, grants=grants) as desk:
        approver, session = desk.running.approver(), desk.session({"elicitation": {}})

        def call(given=FORM_ANSWER):
            return session.call("confirm", {"a": 1}, {"elicitation/create": given})

        def approve(result):
            ticket = result["_meta"]["martlet.dev/authorization"]["ticket"]
            desk.running.cli("approvals", "approve", ticket, "--token-file", approver)
            return ticket

        tickets = [approve(call())]
        # Asked and answered: the answer waits for a yes of its own, and the upstream is told that nobody comes.
        waiting = call()
        assert waiting["_meta"]["martlet.dev/authorization"]["decision"] == "approval_required"
        assert desk.answers() == []
        wait_until(lambda: desk.cancelled() == 1, what="the upstream is told")
        shown = desk.running.cli("approvals", "show", waiting["_meta"]["martlet.dev/authorization"]["ticket"], "--json").stdout
        assert "inputResponses" in shown
        # Made again, the call needs a yes again; the same answer to the same question has its own already.
        tickets += [approve(waiting), approve(call())]
        other = call(DECLINED["q"])
        tickets += [other["_meta"]["martlet.dev/authorization"]["ticket"], approve(call())]
        result = call()
        assert json.loads(result["content"][0]["text"]) == [FORM_ANSWER] and len(set(tickets)) == 5
        assert desk.running.cli("audit", "verify").returncode == 0


def test_stdio_a_question_that_could_be_another_callers_is_asked_to_nobody(tmp_path):
    with questioning(tmp_path, "stdio") as desk:
        first, second = (desk.session({"elicitation": {}}, token) for token in (None, desk.other))
        messages, question = begin(first, "confirm")
        result = second.call("confirm")
        assert "-32601" in result["content"][0]["text"] and not second.asked
        assert answer(first, question)[0] == 202
        assert not next(messages)["result"]["isError"]
        # A call that was given up may still be at work: its question could reach the next caller.
        messages, question = begin(first, "confirm")
        first.end()
        assert next(messages)["result"]["isError"]
        assert "-32601" in second.call("confirm")["content"][0]["text"] and not second.asked


# A session-era agent and a modern upstream: what it asks in its result is asked on the stream.

def test_crossed_a_session_is_asked_what_a_modern_upstream_wants_to_know(tmp_path):
    with asking(tmp_path) as (running, sent):
        session = Session(Endpoint(f"{running.url}/mcp/asking", running.mint("finance-bot", "asking")), EVERYTHING_DECLARED)
        result = session.call("confirm", {"a": 1}, {"elicitation/create": ANSWER["q"]})
        assert result["content"][0]["text"] == "went on" and session.asked[0]["params"]["message"] == "Sure?"
        first, second = sent()
        assert second["params"]["inputResponses"] == ANSWER and second["params"]["requestState"] == STATE
        declared = first["params"]["_meta"][CAPABILITIES]
        assert declared == {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}
        told = [(r["type"], r.get("round")) for r in running.records() if r.get("call") == receipt(result)]
        assert told == [("call.intent", 0), ("call.outcome", None), ("call.intent", 1), ("call.outcome", None)]
        url = session.call("url", {}, {"elicitation/create": {"action": "accept"}})
        assert not url["isError"] and session.asked[-1]["params"]["elicitationId"]
        assert session.call("only_state")["content"][0]["text"] == "went on"
        endless = session.call("endless")
        assert endless["isError"] and "garbage" in endless["content"][0]["text"]
        assert running.cli("audit", "verify").returncode == 0


@pytest.mark.parametrize("reply,reason", [({"error": {"code": -1, "message": "no"}}, "question_refused")])
def test_crossed_a_modern_upstream_cannot_be_told_that_the_agent_failed(tmp_path, reply, reason):
    with asking(tmp_path) as (running, sent):
        session = Session(Endpoint(f"{running.url}/mcp/asking", running.mint("finance-bot", "asking")), EVERYTHING_DECLARED)
        messages, question = begin(session, "confirm")
        assert answer(session, question, **reply)[0] == 202
        last = next(messages)["result"]
        assert last["isError"] and last["_meta"]["martlet.dev/outcome"]["outcome"] == reason and len(sent()) == 1


@pytest.mark.parametrize("capabilities,headers", [({}, {}), (EVERYTHING_DECLARED, {"Accept": "application/json"})])
def test_crossed_a_session_that_cannot_be_asked_gets_an_error(tmp_path, capabilities, headers):
    with asking(tmp_path) as (running, sent):
        session = Session(Endpoint(f"{running.url}/mcp/asking", running.mint("finance-bot", "asking")), capabilities)
        result = session.post("tools/call", {"name": "confirm", "arguments": {}}, headers).reply()["result"]
        assert result["isError"] and sent()[-1]["params"]["_meta"][CAPABILITIES] == {}


# A modern agent and a session-era upstream: the call waits there while the agent holds the question.

RETRY = {"question1": FORM_ANSWER}


def test_parked_a_call_waits_for_its_agent(desk):
    before = len(desk.bodies("tools/call"))
    asked = desk.modern("confirm", {"elicitation": {}}).json["result"]
    assert asked["resultType"] == "input_required" and asked["requestState"].startswith("v1.")
    question, = asked["inputRequests"].values()
    assert question["method"] == "elicitation/create" and question["params"]["message"] == "Sure?"
    known = len(desk.answers())
    key, = asked["inputRequests"]
    retry = {"inputResponses": {key: FORM_ANSWER}, "requestState": asked["requestState"]}
    done = desk.modern("confirm", {"elicitation": {}}, **retry).json["result"]
    assert done["resultType"] == "complete" and json.loads(done["content"][0]["text"]) == [FORM_ANSWER]
    assert len(desk.bodies("tools/call")) == before + 1 and len(desk.answers()) == known + 1
    assert receipt(done) == receipt(asked)
    assert desk.told(receipt(done)) == [("call.intent", 0, None), ("call.outcome", None, "input_required"),
                                        ("call.intent", 1, None), ("call.outcome", None, "ok")]
    again = desk.modern("confirm", {"elicitation": {}}, **retry)
    assert again.status == 400 and again.json["error"]["data"] == {"reason": "invalid_request_state"}
    assert len(desk.answers()) == known + 1 and desk.running.cli("audit", "verify").returncode == 0


def test_parked_a_state_holds_for_its_caller_and_its_call_alone(desk):
    asked = desk.modern("confirm", {"elicitation": {}}).json["result"]
    retry = {"inputResponses": {next(iter(asked["inputRequests"])): FORM_ANSWER}, "requestState": asked["requestState"]}
    known = len(desk.answers())
    assert desk.modern("confirm", {"elicitation": {}}, token=desk.other, **retry).status == 400
    assert desk.modern("confirm", {"elicitation": {}}, arguments={"a": 2}, **retry).status == 400
    assert desk.modern("twice", {"elicitation": {}}, **retry).status == 400
    assert len(desk.answers()) == known
    assert desk.modern("confirm", {"elicitation": {}}, **retry).json["result"]["resultType"] == "complete"


def test_parked_without_the_answer_the_question_comes_back(desk):
    asked = desk.modern("twice", {"elicitation": {}}).json["result"]
    known, rounds = len(desk.answers()), [asked]
    for wrong in ({}, {"other": FORM_ANSWER}, {next(iter(asked["inputRequests"])): {"action": "maybe"}}):
        rounds.append(desk.modern("twice", {"elicitation": {}}, inputResponses=wrong,
                                  requestState=rounds[-1]["requestState"]).json["result"])
        assert rounds[-1]["inputRequests"] == asked["inputRequests"]
    assert len(desk.answers()) == known
    for _ in range(2):
        key, = rounds[-1]["inputRequests"]
        rounds.append(desk.modern("twice", {"elicitation": {}}, inputResponses={key: FORM_ANSWER},
                                  requestState=rounds[-1]["requestState"]).json["result"])
    assert json.loads(rounds[-1]["content"][0]["text"]) == [FORM_ANSWER] * 2


def test_parked_only_what_was_declared_is_asked(desk):
    result = desk.modern("sample", {"elicitation": {}}).json["result"]
    assert result["resultType"] == "complete" and "-32601" in result["content"][0]["text"]


def test_parked_a_caller_has_only_so_many(tmp_path):
    with questioning(tmp_path) as desk:
        asked = [desk.modern("confirm", {"elicitation": {}}).json["result"] for _ in range(9)]
        assert [result["resultType"] for result in asked] == ["input_required"] * 8 + ["complete"]
        outcome = desk.records(asked[-1]["_meta"]["martlet.dev/outcome"]["call"])[-1]["observed"]
        assert asked[-1]["isError"] and (outcome["outcome"], outcome["detail"]) == ("garbage", "too_many_questions")
        wait_until(lambda: desk.cancelled() == 1, what="the upstream is told")
        # Another caller finds room, and the first one again when one of its calls has gone on.
        assert desk.modern("confirm", {"elicitation": {}}, token=desk.other).json["result"]["resultType"] == "input_required"
        retry = {"inputResponses": {next(iter(asked[0]["inputRequests"])): FORM_ANSWER}, "requestState": asked[0]["requestState"]}
        assert desk.modern("confirm", {"elicitation": {}}, **retry).json["result"]["resultType"] == "complete"
        assert desk.modern("confirm", {"elicitation": {}}).json["result"]["resultType"] == "input_required"


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_parked_calls_do_not_outlive_the_gateway(tmp_path, end):
    with questioning(tmp_path) as desk:
        asked = desk.modern("confirm", {"elicitation": {}}).json["result"]
        getattr(desk.running, end)()
        desk.running.start()
        retry = {"inputResponses": {next(iter(asked["inputRequests"])): FORM_ANSWER}, "requestState": asked["requestState"]}
        refused = desk.modern("confirm", {"elicitation": {}}, **retry)
        assert refused.status == 400 and refused.json["error"]["data"] == {"reason": "invalid_request_state"}
        told = desk.told(receipt(asked))
        assert told[:2] == [("call.intent", 0, None), ("call.outcome", None, "input_required")]
        if end == "stop":
            assert told[2:] == [("call.denied", 1, "question_cancelled")] and desk.cancelled() == 1
        assert desk.records(receipt(asked))[1]["derived"]["may_have_run"] is True
        assert desk.answers() == [] and desk.running.cli("audit", "verify").returncode == 0


# Error -32042: pages must be opened first.

def test_pages_are_a_question_to_a_modern_agent_and_the_call_is_made_again(tmp_path):
    with questioning(tmp_path) as desk:
        asked = desk.modern("pages", {"elicitation": {"url": {}}}).json["result"]
        question, = asked["inputRequests"].values()
        assert question["params"]["url"] == "https://x.test/a" and question["params"]["mode"] == "url"
        key, state = next(iter(asked["inputRequests"])), asked["requestState"]
        declined = desk.modern("pages", {"elicitation": {"url": {}}}, inputResponses={key: {"action": "decline"}}, requestState=state)
        assert (declined.status, declined.json["error"]["code"]) == (400, -32602) and len(desk.bodies("tools/call")) == 1
        done = desk.modern("pages", {"elicitation": {"url": {}}}, inputResponses={key: {"action": "accept"}}, requestState=state)
        assert not done.json["result"]["isError"] and len(desk.bodies("tools/call")) == 2
        assert receipt(done.json["result"]) == receipt(asked)


def test_pages_are_asked_only_where_they_can_be_opened(tmp_path):
    with questioning(tmp_path) as desk:
        answer = desk.modern("pages", {"elicitation": {}})
        assert answer.status == 400 and answer.json["error"]["data"] == {"requiredCapabilities": {"elicitation": {"url": {}}}}


def test_pages_reach_a_session_as_the_error_they_are(tmp_path):
    with questioning(tmp_path) as desk:
        error = desk.session(EVERYTHING_DECLARED).post("tools/call", {"name": "pages", "arguments": {}}).reply()["error"]
        assert error["code"] == -32042 and error["data"] == PAGES


# The official SDK on both ends.

@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
@pytest.mark.parametrize("era", [LEGACY, MODERN])
@pytest.mark.parametrize("over", ["http", "stdio"])
def test_the_sdk_asks_the_sdk(everything, tmp_path, mode, era, over):  # noqa: F811
    way = {"url": everything} if over == "http" else {"command": [sys.executable, str(EVERYTHING)]}
    names = ["test_elicitation", "test_sampling"]
    with gateway(tmp_path, {"upstreams": [{"name": "sdk", "era": era, **way}]}, [grant(n, upstream="sdk") for n in names]) as running:
        token, heard = running.mint("finance-bot", "sdk"), []

        async def elicited(context, params):
            heard.append(params.message)
            return types.ElicitResult(action="accept", content={"username": "ann", "email": "ann@x.test"})

        async def sampled(context, params):
            heard.append(params.messages[0].content.text)
            return types.CreateMessageResult(
                role="assistant", content=types.TextContent(type="text", text="forty-two"), model="m")

        async def main():
            async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
                transport = streamable_http_client(f"{running.url}/mcp/sdk", http_client=http)
                async with Client(transport, mode=mode, elicitation_callback=elicited, sampling_callback=sampled) as client:
                    first = await client.call_tool("test_elicitation", {"message": "Who?"})
                    return first, await client.call_tool("test_sampling", {"prompt": "The answer?"})

        first, second = anyio.run(main)
        assert "ann@x.test" in first.content[0].text and "forty-two" in second.content[0].text
        assert heard == ["Who?", "The answer?"]
        rounds = [r["round"] for r in running.records() if r["type"] == "call.intent"]
        assert rounds == [0, 1, 0, 1] and running.cli("audit", "verify").returncode == 0
