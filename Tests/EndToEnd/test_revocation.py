"""A revocation ends what its caller has under way, and what a caller does later happens under its newest credential."""
import concurrent.futures

import pytest

from conftest import LEGACY, MODERN, erp, gateway, grant, wait_until
from test_questions import FORM_ANSWER, answer, begin, questioning


def told(running, call=None):
    """The records, or those of one call; a reader of a live log may meet half a record."""
    def read():
        try:
            return [r for r in running.records() if call is None or r.get("call") == call] or None
        except AssertionError as error:
            if "bytesAfterEnd" not in str(error):
                raise

    return wait_until(read, 20, "a reading of the log")


@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_a_running_call_of_a_revoked_caller_is_given_up(tmp_path, era):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path, timeout="300s")]}, [grant("slow_report")]) as running:
        token = running.mint()
        session = running.session(token) if era == LEGACY else None
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answer = pool.submit(running.call, token, "slow_report", {"seconds": 250}, era=era, session=session)
            wait_until(lambda: [r for r in told(running) if r["type"] == "call.intent"], what="the intent")
            running.cli("revoke", "--subject", "finance-bot", "--reason", "stolen")
            result = answer.result(30).json["result"]
        assert result["isError"] and result["_meta"]["martlet.dev/outcome"]["outcome"] == "cancelled"
        assert [r["observed"]["outcome"] for r in told(running) if r["type"] == "call.outcome"] == ["cancelled"]
        assert running.call(token, "slow_report", {"seconds": 0}, era=era, session=session).status == 401
        assert running.cli("audit", "verify").returncode == 0


def test_a_question_to_a_revoked_caller_is_over(tmp_path):
    with questioning(tmp_path) as desk:
        session = desk.session({"elicitation": {}})
        messages, question = begin(session, "confirm")
        desk.running.cli("revoke", "--subject", "finance-bot", "--reason", "stolen")
        last = next(messages)["result"]
        outcome = last["_meta"]["martlet.dev/outcome"]
        assert last["isError"] and outcome["outcome"] == "question_caller_revoked"
        assert told(desk.running, outcome["call"])[-1]["derived"]["reason"] == "question_caller_revoked"
        wait_until(lambda: desk.cancelled() == 1, what="the upstream is told")
        assert answer(session, question)[0] == 401 and desk.answers() == []


def test_a_call_that_waits_for_a_revoked_caller_is_given_up(tmp_path):
    with questioning(tmp_path) as desk:
        asked = desk.modern("confirm", {"elicitation": {}}).json["result"]
        call = asked["_meta"]["martlet.dev/receipt"]["call"]
        desk.running.cli("revoke", "--subject", "finance-bot", "--reason", "stolen")
        wait_until(lambda: desk.cancelled() == 1, what="the upstream is told")
        denied = wait_until(lambda: [r for r in told(desk.running, call) if r["type"] == "call.denied"], what="the denial")
        assert denied[0]["derived"]["reason"] == "question_caller_revoked"


def test_an_answer_is_recorded_under_the_credential_it_came_with(tmp_path):
    with questioning(tmp_path) as desk:
        session = desk.session({"elicitation": {}})
        messages, question = begin(session, "confirm")
        session.endpoint = desk.endpoint(desk.running.mint("finance-bot", "q"))
        assert answer(session, question, FORM_ANSWER)[0] == 202
        call = next(messages)["result"]["_meta"]["martlet.dev/receipt"]["call"]
        first, second = [r["verified"] for r in told(desk.running, call) if r["type"] == "call.intent"]
        assert first["agent"] == second["agent"] == "finance-bot" and first["cred"] != second["cred"]


def test_a_round_begins_only_while_its_caller_may_act(tmp_path):
    """The first token is revoked while its question is open; the answer of another one goes on, under its own name."""
    with questioning(tmp_path) as desk:
        session = desk.session({"elicitation": {}})
        messages, _ = begin(session, "confirm")
        session_of_another = desk.session({"elicitation": {}}, token=desk.other)
        others, question = begin(session_of_another, "confirm")
        desk.running.cli("revoke", "--subject", "finance-bot", "--reason", "stolen")
        assert next(messages)["result"]["isError"]
        assert answer(session_of_another, question)[0] == 202, "nobody else pays for it"
        assert not next(others)["result"].get("isError")
