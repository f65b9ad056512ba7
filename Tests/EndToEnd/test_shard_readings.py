"""Closed logs beside the one that grows: sinks carry both, and every reading command reads each."""
import json
import shutil
import sqlite3

import pytest

from conftest import BINDINGS, ERP_GRANTS, Gateway, erp, gateway, wait_until
from test_erasure import run
from test_evidence import unpacked
from test_shards import close, turned
from test_tlog import verify

PAYMENT = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": 250, "currency": "EUR"}


def person(running, name):
    token = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub=name)
    answer = running.call(token, "list_invoices", {"status": "open"})
    assert answer.status == 200, answer
    return answer.json["result"]["_meta"]["martlet.dev/receipt"]["call"]


def lines(path):
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]] if path.exists() else []


def alone(running):
    """The closed log as it would lie in a state directory of its own, where no gateway runs."""
    state, copy = running.folder / "state", running.folder / "alone"
    shutil.copytree(state, copy, ignore=shutil.ignore_patterns("*.sock", "index.sqlite*", "audit"))
    (copy / "shards/0001").rename(copy / "audit")
    (copy / "audit/head.path").write_text("../head\n")
    file = running.folder / "alone.yaml"
    file.write_text(json.dumps({**running.config, "state": str(copy)}))
    return file


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A gateway in its second log, with somebody in the first one and somebody else in the second."""
    folder = tmp_path_factory.mktemp("shards")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        running.zoe = person(running, "zoe")
        running.paid = intent(running, "zoe")
        running.call(running.mint(), "issue_payment", PAYMENT)
        turned(running)
        running.yann = person(running, "yann")
        yield running


def intent(running, user):
    return next(r["index"] for r in running.records(type="call.intent") if r["verified"].get("user") == user)


def test_every_reading_command_says_of_a_closed_log_what_it_says_of_it_alone(two):
    file = alone(two)
    for command in [
            ("verify", "--json"), ("timeline", "--json"), ("records",), ("search", "--json"), ("search", "--user", "zoe"),
            ("show", two.zoe), ("show", "0", "--json"), ("blast-radius", "--agent", "finance-bot"),
            ("who-could", "--tool", "issue_payment", "--at", "9"), ("proof", "--index", "3"), ("vkey",), ("index", "--json"),
            ("disclose", str(two.paid), "--only", "args")]:
        done = run(two, *command, "--shard", "1")
        expected = two.cli("audit", *command, "--config", file, config=False)
        assert done.stdout == expected.stdout and done.stdout, command
        assert "not on record" not in done.stderr
    # Their indexes are two, and what the one has is not in the other.
    assert (two.folder / "state/shards/0001.index.sqlite").exists()
    run(two, "search", "--call", two.yann)
    run(two, "search", "--call", two.yann, "--shard", "1", code=1)
    assert "the end of shard 1, " in run(two, "who-could", "--tool", "list_invoices", "--shard", "1").stdout


def test_reading_a_closed_log_is_on_record_in_the_one_that_grows(two):
    before = (two.folder / "state/shards/0001/checkpoint").read_bytes()
    run(two, "search", "--type", "call.denied", "--shard", "1")
    run(two, "records", "--shard", "1", "--case", "C-7")
    searched, read = two.records(type="audit.read")[-2:]
    assert searched["asserted"]["filter"].startswith("shard=1 "), searched
    assert read["asserted"]["filter"].startswith("shard=1"), read
    assert (two.folder / "state/shards/0001/checkpoint").read_bytes() == before


def test_a_bundle_of_a_closed_log_is_under_its_own_checkpoint(two):
    done = run(two, "export", "--case", "S-1", "--reason", "a test", "--since", "2020-01-01", "--shard", "1", "--json")
    made = json.loads(done.stdout)
    verified = json.loads(run(two, "verify", "--shard", "1", "--json").stdout)
    assert made["checkpoint"] == verified["size"] and made["records"] > 0


def test_a_bundle_of_a_closed_log_has_no_cose_receipts_and_says_why(two, tmp_path):
    bundle = unpacked(two, tmp_path, "--since", "2020-01-01", "--shard", "1", name="S-2")
    assert not list(bundle.glob("proofs/*.cose")) and "COSE receipts: none." in (bundle / "README.txt").read_text()
    done = verify("bundle", bundle, "--key", run(two, "vkey", "--shard", "1").stdout.strip())
    assert done.returncode == 0 and "0 COSE receipts" in done.stdout, done


def test_a_shard_that_is_not_there_is_refused_with_those_that_are(two):
    for command in [("verify",), ("search",), ("vkey",), ("show", "0")]:
        done = run(two, *command, "--shard", "7", code=2)
        assert "--shard 7: there is none; closed and kept: 1; the one that grows is 2" in done.stderr
    assert run(two, "vkey", "--shard", "2").stdout == run(two, "vkey").stdout != run(two, "vkey", "--shard", "1").stdout


def test_who_finds_nothing_is_told_of_closed_logs_that_may_have_it(two):
    told = "the records of shard 1, from "
    assert told in run(two, "search", "--call", two.zoe, code=1).stderr
    assert told in run(two, "timeline", "--call", two.zoe).stderr
    assert told in run(two, "show", two.zoe, code=1).stderr
    assert told in run(two, "search", "--since", "2020-01-01").stderr
    assert told in run(two, "blast-radius", "--agent", "finance-bot", code=1).stderr
    # Half of an answer looks like a whole one.
    assert told in run(two, "search", "--call", two.yann).stderr
    assert told not in run(two, "search", "--since", "2099-01-01", code=1).stderr
    assert told not in run(two, "search", "--until", "2020-01-01", code=1).stderr
    assert told not in run(two, "search", "--call", two.yann, "--shard", "1", code=1).stderr


def test_a_key_that_was_destroyed_later_is_explained_by_the_later_log(tmp_path):
    running = Gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS)
    running.start()
    try:
        zoe = person(running, "zoe")
        index = intent(running, "zoe")
        turned(running)
        erased = json.loads(run(running, "erase", "--subject", "zoe", "--case", "T-17", "--reason", "GDPR", "--json").stdout)
        why = f"key destroyed by erasure {erased['erasure']} at record {erased['executed']} of shard 2"
        for command in [("show", zoe), ("timeline", "--call", zoe), ("search", "--call", zoe)]:
            assert why in run(running, *command, "--shard", "1").stdout
        assert "(erased)" in run(running, "search", "--call", zoe, "--shard", "1").stdout
        assert why in run(running, "disclose", str(index), "--shard", "1", code=1).stderr
        verified = json.loads(run(running, "verify", "--shard", "1", "--json").stdout)
        assert verified["good"] and verified["keys_erased"] == 1
        # With the log that explains it gone, it is a fault.
        running.stop()
        shutil.rmtree(tmp_path / "state/audit")
        assert "is missing, unexplained" in run(running, "verify", "--shard", "1", code=1).stderr
    finally:
        running.stop()


def test_arguments_of_a_closed_log_are_found_and_leave_no_tokens_on_disk(tmp_path):
    """A later erasure would not reach them there."""
    searched = {**BINDINGS, "list_invoices": {"search": ["/status"]}}
    with gateway(tmp_path, {"upstreams": [erp(tmp_path, tools=searched)]}, ERP_GRANTS) as running:
        zoe = person(running, "zoe")
        turned(running)
        asked = ("search", "--argument", "/status=open", "--shard", "1")
        assert zoe in run(running, *asked).stdout
        with sqlite3.connect(f"file:{tmp_path}/state/shards/0001.index.sqlite?mode=ro", uri=True) as database:
            assert database.execute("SELECT count(*) FROM argument_tokens").fetchone() == (0,)
        run(running, "erase", "--subject", "zoe", "--case", "T-17", "--reason", "GDPR")
        done = run(running, *asked, code=1)
        assert "could not be looked into" in done.stderr


def test_a_sink_carries_what_a_closed_log_still_has_and_goes_on_behind_it(tmp_path):
    """The first log is closed while the sink cannot take anything; a second sink comes only after that."""
    late, early = tmp_path / "late.jsonl", tmp_path / "early.jsonl"
    early.mkdir()
    sink = {"name": "early", "kind": "file", "path": str(early), "batch": {"records": 7}}
    running = Gateway(tmp_path, {"upstreams": [erp(tmp_path)], "audit": {"sinks": [sink]}}, ERP_GRANTS)
    running.start()
    person(running, "zoe")
    close(running)
    running.stop()
    early.rmdir()
    running.config["audit"]["sinks"] = [sink, {**sink, "name": "late", "path": str(late)}]
    running.file.write_text(json.dumps(running.config))
    running.start()
    try:
        person(running, "yann")
        first = [json.loads(line)["id"] for line in run(running, "records", "--shard", "1").stdout.splitlines()]
        second = [record["id"] for record in running.leaves()]
        for path in (early, late):
            wait_until(lambda: len(lines(path)) >= len(first) + len(second), 30, "all records")
            rows = lines(path)
            ids = [row["record"]["id"] for row in rows]
            assert ids[:len(first) + len(second)] == first + second, "no gap, nothing twice"
            assert [row["index"] for row in rows[:len(first)]] == list(range(len(first)))
            assert [row["index"] for row in rows[len(first):]] == list(range(len(rows) - len(first)))
            origins = [row["origin"] for row in rows]
            assert len(set(origins[:len(first)])) == len(set(origins[len(first):])) == 1
            assert origins[0] != origins[-1]
        def settled():
            # A sink keeps its cursor once a second: until then it says that it is behind.
            states = running.cli("audit", "sinks", "--json", check=False).stdout.splitlines()
            return all(row["good"] and row["shard"] == 2 and row["origin"] == origins[-1] for row in map(json.loads, states))
        wait_until(settled, 30, "both sinks stand in the second log")
        running.stop()
        # The shard is taken away while a sink still stands in it: it says which one, and skips nothing.
        cursor = tmp_path / "state/sinks/early.json"
        cursor.write_text(json.dumps({**json.loads(cursor.read_text()), "origin": origins[0], "next": 0}))
        shutil.rmtree(tmp_path / "state/shards/0001")
        running.start(ready=False)
        assert running.process.wait(30) == 2
        said = running.log.read_text().splitlines()[-1]
        assert said.startswith("sink early: it stands in shard 1 ") and "the oldest here is shard 2" in said
    finally:
        running.stop()
