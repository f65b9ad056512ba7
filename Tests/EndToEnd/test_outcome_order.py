"""Reads that may answer before their outcome is durable: what the records say, and that nothing else is answered first."""
import json

import pytest

from conftest import BINDINGS, ERP_GRANTS, LEGACY, MODERN, erp, gateway

READS = {**BINDINGS, "list_vendors": {"class": "read"}, "failing_export": {"class": "write"}}


@pytest.fixture(scope="module")
def relaxed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("relaxed")
    config = {"upstreams": [erp(folder, tools=READS)], "audit": {"outcome_of_reads": "next_batch"}}
    with gateway(folder, config, ERP_GRANTS) as running:
        yield running


def last_call(running, call):
    records = [json.loads(line) for line in running.cli("audit", "records", "--json").stdout.splitlines()]
    return [record for record in records if record.get("call") == call]


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize("tool, first", [
    ("list_vendors", "call.intent"), ("failing_export", "call.outcome"), ("list_invoices", "call.outcome")])
def test_the_receipt_names_what_was_durable_when_the_answer_left(relaxed, era, tool, first):
    token = relaxed.mint("finance-bot")
    session = relaxed.session(token) if era == LEGACY else None
    answer = relaxed.call(token, tool, era=era, session=session)
    told = answer.json["result"]["_meta"]["martlet.dev/receipt"]
    intent, outcome = last_call(relaxed, told["call"])
    assert (intent["type"], outcome["type"]) == ("call.intent", "call.outcome")
    assert (told["index"] == told["intent"]) == (first == "call.intent")
    assert intent["derived"].get("outcome_order") == ("next_batch" if first == "call.intent" else None)


def test_what_answered_first_is_on_record_after_the_stop(tmp_path):
    config = {"upstreams": [erp(tmp_path, tools=READS)], "audit": {"outcome_of_reads": "next_batch"}}
    with gateway(tmp_path, config, ERP_GRANTS) as running:
        token = running.mint("finance-bot")
        calls = [running.call(token, "list_vendors").json["result"]["_meta"]["martlet.dev/receipt"]["call"] for _ in range(20)]
    verified = running.cli("audit", "verify", check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    for call in calls:
        assert [record["type"] for record in last_call(running, call)] == ["call.intent", "call.outcome"]
