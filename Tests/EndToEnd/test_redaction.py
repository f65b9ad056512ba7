"""No secret that passes through is kept, in any file and in nothing that can be opened."""
import json
import sys

import pytest

from conftest import BINDINGS, ERP_GRANTS, HERE, gateway

CARD = "4111 1111 1111 1111"
TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
IBAN = "DE89370400440532013000"
PAYMENT = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": 250, "currency": "EUR"}
REDACT = {"audit": {"redact": [{"upstream": "erp", "tool": "issue_payment", "arguments": ["/bank/*/iban"]}]}}


def told(running, kind):
    """Leaf and opened values of the records of one type, in order."""
    lines = running.cli("audit", "records", "--type", kind).stdout.splitlines()
    for index in [json.loads(line)["index"] for line in lines]:
        for line in running.cli("audit", "show", str(index), "--json").stdout.splitlines():
            for record in json.loads(line)["records"]:
                if record["index"] == index:
                    yield record["leaf"], record.get("opened")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("redacted")
    echo = {"name": "erp", "command": [sys.executable, str(HERE / "upstreams/echoing_server.py")], "tools": BINDINGS}
    with gateway(folder, {"upstreams": [echo], **REDACT}, ERP_GRANTS) as running:
        token, olivia = running.mint(), running.approver()
        answer = running.call(token, "get_invoice", {"invoice_id": TOKEN})
        assert TOKEN in answer.text, "the caller gets what the upstream said"
        payment = {**PAYMENT, "memo": f"card {CARD}", "bank": [{"iban": IBAN}]}
        ticket = running.call(token, "issue_payment", payment).envelope["ticket"]
        shown = running.cli("approvals", "show", ticket, "--json").stdout
        comment = "seen, Bearer abcdef0123456789xyz"
        running.cli("approvals", "approve", ticket, "--token-file", olivia, "--comment", comment)
        paid = running.call(token, "issue_payment", payment)
        assert paid.status == 200 and paid.json["result"].get("isError") is not True, paid
        yield running, shown


def test_no_byte_of_a_secret_is_in_any_file(kept):
    running, _ = kept
    for _ in range(2):
        for path in sorted((running.folder / "state").rglob("*")):
            if path.is_file():
                data = path.read_bytes()
                for secret in (CARD, TOKEN, IBAN, "abcdef0123456789xyz"):
                    assert secret.encode() not in data, (secret, path)
        running.stop()
    running.start()


def test_nothing_that_can_be_opened_has_it(kept):
    running, _ = kept
    for kind in ("call.intent", "call.outcome", "call.denied", "approval.requested", "approval.granted"):
        records = list(told(running, kind))
        assert records and all(opened for _, opened in records), kind
        text = json.dumps(records)
        for secret in (CARD, TOKEN, IBAN, "abcdef0123456789xyz"):
            assert secret not in text, (kind, secret)


def test_the_record_says_what_was_taken_out_and_why(kept):
    running, _ = kept
    looked, paid = told(running, "call.intent")
    assert looked[0]["derived"]["redactions"] == [{"path": "/args/invoice_id", "rule": "github_token"}]
    assert paid[0]["derived"]["redactions"] == [
        {"path": "/args/memo", "rule": "card_number"}, {"path": "/args/bank/0/iban", "rule": "configured"}]
    assert paid[1]["args"]["memo"] == "card [redacted:card_number]"
    assert paid[1]["args"]["amount"] == 250
    outcome = next(iter(told(running, "call.outcome")))
    assert {mark["rule"] for mark in outcome[0]["derived"]["redactions"]} == {"github_token"}
    granted, = told(running, "approval.granted")
    assert granted[1]["comment"] == "seen, Bearer [redacted:authorization]"


def test_an_approver_sees_the_marks(kept):
    _, shown = kept
    assert "[redacted:card_number]" in shown and "[redacted:configured]" in shown
    assert CARD not in shown and IBAN not in shown
