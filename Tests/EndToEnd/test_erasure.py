"""Erasing what somebody's calls said: the keys go, the log stays and says why."""
import json
import os
import sqlite3

import pytest

from conftest import ERP_GRANTS, erp, gateway


def vault(running):
    """The wrapped keys as they stand in the file, by name."""
    with sqlite3.connect(f"file:{running.folder}/state/vault/keys.sqlite?mode=ro", uri=True) as database:
        return {name: (subject, bytes(wrapped)) for name, subject, wrapped in database.execute(
            "SELECT id, name, wrapped FROM data_keys JOIN subjects USING (pseudonym)")}


def holds_bytes(folder, needle):
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and needle in path.read_bytes()]


def run(running, *arguments, code=0):
    done = running.cli("audit", *arguments, check=False)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    return done


@pytest.fixture()
def two(tmp_path):
    """A gateway at which two people and an agent of its own have called."""
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        for name in ("zoe", "yann"):
            token = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub=name)
            answer = running.call(token, "list_invoices", {"status": "open"})
            assert answer.status == 200, answer
        assert running.call(running.mint(), "list_vendors").status == 200
        yield running


def erase(running, *more, subject="zoe", code=0):
    return run(running, "erase", "--subject", subject, "--case", "T-17", "--reason", "GDPR Art. 17(1)(b)", *more, code=code)


def records(running, kind):
    return running.records(type=kind)


def intents_of(running, user):
    return [record for record in records(running, "call.intent") if record["verified"].get("user") == user]


def test_erasing_destroys_the_key_and_says_so_everywhere(two):
    before = vault(two)
    assert sorted(subject for subject, _ in before.values()) == ["finance-bot", "yann", "zoe"]
    (name, wrapped), = [(name, wrapped) for name, (subject, wrapped) in before.items() if subject == "zoe"]
    assert holds_bytes(two.folder / "state", wrapped)
    # A person's name stands in the vault, and in no record.
    assert [path.name for path in holds_bytes(two.folder / "state", b"zoe")] == ["keys.sqlite"]
    (intent,) = intents_of(two, "zoe")
    (row,) = [json.loads(line) for line in run(two, "records", "--type", "call.intent").stdout.splitlines()
              if line.startswith(f'{{"index":{intent["index"]},')]
    pseudonym = row["verified"]["user"]
    # An agent that the configuration does not list could be a person, too.
    assert row["names"] == {pseudonym: "zoe", row["verified"]["agent"]: "idp-bot"}
    answer = json.loads(erase(two, "--json").stdout)
    assert answer["keys"] == [name] and answer["executed"] == answer["requested"] + 1
    # Gone from every file, while the gateway runs and after it has ended.
    assert not holds_bytes(two.folder / "state", wrapped)
    assert name not in vault(two)
    assert not holds_bytes(two.folder / "state", b"zoe")
    executed, = records(two, "erasure.executed")
    assert executed["derived"]["keys"] == [name] and executed["asserted"]["reason"] == "GDPR Art. 17(1)(b)"
    assert executed["asserted"]["case"] == "T-17" and executed["verified"]["uid"] == os.getuid()
    assert "zoe" not in json.dumps(executed)
    why = f"key destroyed by erasure {answer['erasure']} at record {answer['executed']}"
    assert answer["subject"] == pseudonym == executed["derived"]["subject"].split()[0]
    shown = run(two, "show", str(intent["index"])).stdout
    assert why in shown and f"on behalf of {pseudonym} (erased)" in shown
    # The name finds nothing any more, and asking for it does not write it; the pseudonym still does.
    run(two, "search", "--user", "zoe", "--type", "call.intent", code=1)
    assert not holds_bytes(two.folder / "state", b"zoe")
    found = run(two, "search", "--user", pseudonym, "--type", "call.intent").stdout
    assert f"sealed, {why}" in found and f"{pseudonym} (erased)" in found
    line, = run(two, "search", "--user", pseudonym, "--type", "call.intent", "--json").stdout.splitlines()
    assert json.loads(line)["sealed_key"] == why
    assert why in run(two, "timeline", "--user", pseudonym).stdout
    assert '"status":"open"' in run(two, "timeline", "--user", "yann").stdout
    verified = json.loads(run(two, "verify", "--json").stdout)
    assert verified["good"] and verified["keys_erased"] == 1 and verified["keys"] == 2
    two.stop()
    assert not holds_bytes(two.folder / "state", wrapped)
    # Another start finds nothing to finish, and zoe begins anew.
    two.start()
    token = two.issuer.token(f"{two.url}/mcp/erp", agent="idp-bot", sub="zoe")
    assert two.call(token, "list_invoices", {"status": "open"}).status == 200
    assert len(records(two, "erasure.executed")) == 1
    again, = intents_of(two, "zoe")
    assert again["index"] > intent["index"]
    assert run(two, "verify")


def test_what_somebody_asked_approval_for_is_erased_too(two):
    token = two.issuer.token(f"{two.url}/mcp/erp", agent="idp-bot", sub="zoe")
    payment = {"vendor_id": "V-100", "amount": 173.25, "currency": "EUR", "invoice_id": "INV-1001"}
    waiting = two.call(token, "issue_payment", payment).envelope
    assert waiting["reason"] == "approval_required"
    assert holds_bytes(two.folder / "state", b"173.25")
    answer = json.loads(erase(two, "--json").stdout)
    assert answer["approvals"] == 1
    # The file, and its write-ahead log, while the gateway runs.
    assert not holds_bytes(two.folder / "state", b"173.25") and not holds_bytes(two.folder / "state", b"zoe")
    expired, = records(two, "approval.expired")
    assert expired["derived"]["approval"] == waiting["ticket"]
    executed, = records(two, "erasure.executed")
    assert executed["derived"]["approvals"] == 1 and expired["index"] < executed["derived"]["requested"]
    listed = json.loads(two.cli("approvals", "list", "--json").stdout)
    assert "173.25" not in json.dumps(listed)
    run(two, "verify")


def test_a_key_that_is_gone_without_a_record_is_a_fault(two):
    two.stop()
    path = two.folder / "state/vault/keys.sqlite"
    kept = path.read_bytes()
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM data_keys WHERE pseudonym = (SELECT pseudonym FROM subjects WHERE name = 'zoe')")
    database.close()
    done = run(two, "verify", code=1)
    assert "missing, unexplained" in done.stderr
    intent, = intents_of(two, "zoe")
    assert "missing, unexplained" in run(two, "show", str(intent["index"])).stdout
    assert "missing, unexplained" in run(two, "search", "--user", "zoe").stdout
    path.unlink()
    assert "the vault is not at hand" in run(two, "verify", code=1).stderr
    assert "good" in run(two, "verify", "--log-only").stdout
    path.write_bytes(kept)
    os.chmod(path, 0o600)
    run(two, "verify")


def test_a_hold_stops_an_erasure_until_it_is_released(two):
    run(two, "hold", "place", "--subject", "zoe", "--case", "C-7")
    run(two, "hold", "place", "--all", "--case", "C-8")
    two.stop()
    two.start()
    assert [hold["case"] for hold in json.loads(run(two, "hold", "list", "--json").stdout)["holds"]] != []
    before = vault(two)
    done = erase(two, code=1)
    assert "on hold by" in done.stderr and "C-7" in done.stderr and "C-8" in done.stderr
    assert vault(two) == before
    refused, = records(two, "erasure.refused")
    assert len(refused["derived"]["holds"]) == 2
    run(two, "hold", "release", "--all", "--case", "C-8")
    assert "on hold by" in erase(two, code=1).stderr
    run(two, "hold", "release", "--subject", "zoe", "--case", "C-7")
    run(two, "hold", "release", "--subject", "zoe", "--case", "C-7", code=1)
    erase(two)
    assert len(vault(two)) == len(before) - 1
    assert [record["type"] for record in records(two, "hold.released")] == ["hold.released"] * 2
    run(two, "verify")


def test_what_cannot_be_erased_says_why(two):
    assert "No values of that name" in erase(two, subject="nobody-here", code=1).stderr
    assert "no key of that subject and quarter" in erase(two, "--quarter", "1999-Q1", code=1).stderr
    assert "2026-Q4" in erase(two, "--quarter", "99-Q1", code=1).stderr
    run(two, "hold", "place", "--case", "C-7", code=2)
    two.stop()
    assert erase(two, code=2)


def test_an_older_vault_does_not_bring_a_key_back(two):
    path = two.folder / "state/vault/keys.sqlite"
    kept = path.read_bytes()
    name = json.loads(erase(two, "--json").stdout)["keys"][0]
    two.stop()
    path.write_bytes(kept)
    assert "is there again" in run(two, "verify", code=1).stderr
    two.start()
    assert name not in vault(two) and "destroyed again" in two.log.read_text()
    run(two, "verify")


def test_a_vault_that_is_gone_is_never_replaced_silently(two):
    two.kill()
    path = two.folder / "state/vault/keys.sqlite"
    path.rename(path.with_suffix(".kept"))
    with pytest.raises(Exception):
        two.start()
    assert not path.exists()
    path.with_suffix(".kept").rename(path)
    two.start()
    run(two, "verify")


def test_timeline_and_records_are_readings_too(two):
    run(two, "timeline", "--user", "zoe", "--agent", "idp-bot", "--case", "T-98")
    run(two, "records", "--type", "call.intent", "--case", "T-98")
    rows = [json.loads(line) for line in run(two, "search", "--type", "audit.read", "--json").stdout.splitlines()]
    leaves = [json.loads(run(two, "show", str(row["index"]), "--json").stdout)["records"][0] for row in rows]
    timeline, listed = [leaf["leaf"]["asserted"] for leaf in leaves if leaf["leaf"]["asserted"].get("case") == "T-98"]
    assert timeline["command"] == "timeline" and timeline["found"] == 1 and len(timeline["opened"]) == 2
    # Who was looked for is no name in the record, and can be read by whoever has the vault.
    assert "zoe" not in json.dumps(timeline) and "user=psn-" in timeline["filter"]
    assert listed["command"] == "records" and listed["filter"] == "type=call.intent" and listed["found"] == 3
    shown, = [run(two, "show", str(leaf["index"])).stdout for leaf in leaves if leaf["leaf"]["asserted"] == timeline]
    assert "user=zoe" in shown
    # Without a gateway nobody may append: it is said, and the log stays as it was found.
    two.stop()
    before = {path: path.read_bytes() for path in (two.folder / "state/audit").rglob("*") if path.is_file()}
    for command in ("timeline", "records"):
        assert "not on record" in run(two, command).stderr
    assert before == {path: path.read_bytes() for path in (two.folder / "state/audit").rglob("*") if path.is_file()}


def test_the_case_of_a_reading_is_recorded(two):
    intent, = intents_of(two, "zoe")
    run(two, "show", str(intent["index"]), "--case", "T-99")
    read = records(two, "audit.read")[-1]
    assert read["asserted"]["case"] == "T-99" and intent["index"] in read["asserted"]["opened"]
