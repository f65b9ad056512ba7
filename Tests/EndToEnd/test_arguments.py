"""Finding calls by what was in their arguments, without the arguments standing anywhere in clear."""
import json
import shutil
import sqlite3
import subprocess

import pytest

from conftest import BINDINGS, ERP_GRANTS, MARTLET, Gateway, erp, gateway, wait_until
from test_shards import turned

PAYMENT = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": 250, "currency": "EUR"}
SEARCHED = {"issue_payment": {**BINDINGS["issue_payment"], "search": ["/vendor_id", "/amount", "/memo"]},
            "list_invoices": {"search": ["/status"]}}


def run(running, *arguments, code=0):
    done = running.cli("audit", "search", *arguments, check=False)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    return done


def search(running, *arguments, code=0):
    return [json.loads(line) for line in run(running, "--json", *arguments, code=code).stdout.splitlines()]


def tokens(running):
    with sqlite3.connect(f"file:{running.folder}/state/index.sqlite?mode=ro", uri=True) as database:
        return [bytes(token) for token, in database.execute("SELECT DISTINCT token FROM argument_tokens ORDER BY 1")]


def holds_bytes(running, needle):
    return [path.name for path in sorted((running.folder / "state").rglob("*"))
            if path.is_file() and needle in path.read_bytes()]


def start(folder, tools=SEARCHED, **config):
    return gateway(folder, {"upstreams": [erp(folder, tools=tools)], **config}, ERP_GRANTS)


@pytest.fixture(scope="module")
def paid(tmp_path_factory):
    """Two payments to V-100, one of them refused, among others."""
    with start(tmp_path_factory.mktemp("paid")) as running:
        token, olivia = running.mint(), running.approver()
        human = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub="zoe")
        for number, vendor in enumerate(("V-200", "V-100", "V-200")):
            payment = {**PAYMENT, "vendor_id": vendor, "amount": 100 + number, "invoice_id": f"INV-100{number}"}
            ticket = running.call(token, "issue_payment", payment).envelope["ticket"]
            running.cli("approvals", "approve", ticket, "--token-file", olivia)
            answer = running.call(token, "issue_payment", payment)
            assert answer.status == 200 and "envelope" not in answer.json["result"], answer.json
        refused = running.call(token, "issue_payment", {**PAYMENT, "amount": 5000.5}).envelope
        running.refused = refused["call"]
        assert running.call(human, "list_invoices", {"status": "open"}).status == 200
        assert running.call(token, "list_invoices", {"status": "V-100"}).status == 200
        yield running


def kinds(rows):
    return sorted(row["type"] for row in rows)


def test_calls_are_found_by_a_declared_value_whatever_became_of_them(paid):
    rows = search(paid, "--argument", "/vendor_id=V-100")
    # Asked for approval, approved and sent; and the one that was refused at once.
    assert kinds(rows) == ["approval.requested", "call.denied", "call.denied", "call.intent"]
    assert paid.refused in [row["call"] for row in rows]
    assert all(row["tool"] == "issue_payment" for row in rows)
    assert len(search(paid, "--argument", "/vendor_id=V-200")) == 6
    # With other filters, with one another, and for numbers by what they are worth.
    assert kinds(search(paid, "--argument", "/vendor_id=V-100", "--type", "call.intent")) == ["call.intent"]
    both = search(paid, "--argument", "/vendor_id=V-100", "--argument", "/amount=101.0")
    assert kinds(both) == ["approval.requested", "call.denied", "call.intent"]
    assert [row["call"] for row in search(paid, "--argument", "/amount=50005e-1")] == [paid.refused]
    # The same text at another place is another value.
    assert [row["tool"] for row in search(paid, "--argument", "/status=V-100")] == ["list_invoices"]
    done = run(paid, "--argument", "/vendor_id=V-100", "--argument", "/amount=102", code=1)
    assert not done.stdout and "nothing in" in done.stderr and "could not be looked into" not in done.stderr
    # A page at a time.
    first = run(paid, "--json", "--argument", "/vendor_id=V-100", "--limit", "3")
    mark = first.stderr.split("--after ")[1].split()[0]
    assert len(first.stdout.splitlines()) == 3 and len(search(paid, "--argument", "/vendor_id=V-100", "--after", mark)) == 1


def test_what_was_opened_is_on_record_and_the_value_is_not(paid):
    rows = search(paid, "--argument", "/memo=a memo that nobody wrote", "--argument", "/vendor_id=V-100", code=1)
    rows = search(paid, "--argument", "/vendor_id=V-100", "--argument", "/amount=5000.5")
    none, found = [record for record in paid.records(type="audit.read")][-2:]
    assert none["asserted"]["filter"] == "argument=/memo argument=/vendor_id"
    assert found["asserted"]["filter"] == "argument=/vendor_id argument=/amount"
    assert found["asserted"]["opened"] == [row["index"] for row in rows] and len(rows) == 1
    text = json.dumps([none, found])
    assert "V-100" not in text and "5000.5" not in text and "memo that" not in text
    # Nowhere in the state directory is the value in clear, nor is a token anywhere but in the index.
    assert not holds_bytes(paid, b"V-100") or set(holds_bytes(paid, b"V-100")) <= {"state.sqlite", "state.sqlite-wal"}
    for token in tokens(paid):
        assert set(holds_bytes(paid, token)) <= {"index.sqlite", "index.sqlite-wal"}
        assert not holds_bytes(paid, token.hex().encode())


def test_the_value_may_come_from_standard_input(paid):
    command = [MARTLET, "audit", "search", "--json", "--argument", "/vendor_id=-", "--config", paid.file]
    done = subprocess.run(command, input="V-200\n", capture_output=True, text=True, timeout=60, cwd=paid.folder)
    told = search(paid, "--argument", "/vendor_id=V-200")
    assert done.returncode == 0 and [json.loads(line) for line in done.stdout.splitlines()] == told and told
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=60, cwd=paid.folder)
    assert done.returncode == 2 and "no value on standard input" in done.stderr and not done.stdout


def test_the_running_gateway_makes_the_index_by_itself(paid):
    before = len(tokens(paid))
    assert paid.call(paid.mint(), "list_invoices", {"status": f"fresh {before}"}).status == 200
    wait_until(lambda: len(tokens(paid)) == before + 1, what="a token of the newest call")


def test_a_place_that_nobody_declares_is_refused_with_what_to_do(paid):
    done = run(paid, "--argument", "/currency=EUR", code=2)
    assert "upstreams[].tools.<tool>.search" in done.stderr and "/currency" in done.stderr and not done.stdout
    for wrong in ("vendor_id=V-100", "/vendor_id", "/*=1", ""):
        assert "takes a place and a value" in run(paid, "--argument", wrong, code=2).stderr
    assert "four times" in run(paid, *["--argument", "/vendor_id=V-100"] * 5, code=2).stderr


def test_without_the_keys_there_is_no_answer(paid, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(paid.folder / "state", copy, ignore=shutil.ignore_patterns("*.sock"))
    file = tmp_path / "martlet.yaml"
    file.write_text(json.dumps({**paid.config, "state": str(copy)}))

    def asked(code):
        done = paid.cli("audit", "search", "--argument", "/vendor_id=V-100", "--config", file, config=False, check=False)
        assert done.returncode == code, (done.stdout, done.stderr)
        return done

    assert len(asked(0).stdout.splitlines()) == 4
    key = copy / "keys/payload.key"
    kept = key.read_bytes()
    key.unlink()
    assert "nothing was searched" in asked(2).stderr
    # Another key opens nothing: as if there were none, and the index stays as it is.
    key.touch(mode=0o600)
    key.write_bytes(kept[:-8] + bytes(reversed(kept[-8:-1])) + kept[-1:])
    assert "nothing was searched" in asked(2).stderr
    key.write_bytes(kept)
    (copy / "vault/keys.sqlite").rename(copy / "vault/away")
    assert "nothing was searched" in asked(2).stderr
    (copy / "vault/away").rename(copy / "vault/keys.sqlite")
    assert len(asked(0).stdout.splitlines()) == 4
    # Without an index.
    for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
        (copy / name).unlink(missing_ok=True)
    assert len(asked(0).stdout.splitlines()) == 4
    # Who has no keys brings the rest of the index up to date: nothing is lost for who has them.
    for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
        (copy / name).unlink(missing_ok=True)
    key.unlink()
    paid.cli("audit", "index", "--config", file, config=False)
    key.touch(mode=0o600)
    key.write_bytes(kept)
    assert len(asked(0).stdout.splitlines()) == 4


def test_a_stopped_gateway_and_other_declarations(tmp_path):
    with start(tmp_path) as running:
        token = running.mint()
        assert running.call(token, "list_invoices", {"status": "open"}).status == 200
        assert len(search(running, "--argument", "/status=open")) == 1
        # A configuration that the gateway does not run with yet must not take its index apart.
        declared = {**SEARCHED, "get_invoice": {"search": ["/invoice_id"]}}
        running.config["upstreams"][0]["tools"] = declared
        running.file.write_text(json.dumps(running.config))
        assert "restart it" in run(running, "--argument", "/status=open", code=2).stderr
        running.stop()
        assert len(search(running, "--argument", "/status=open")) == 1
        running.start()
        assert running.call(token, "get_invoice", {"invoice_id": "INV-1001"}).status == 200
        assert len(search(running, "--argument", "/invoice_id=INV-1001")) == 1
        # With the last declaration goes what was made for it.
        running.stop()
        assert tokens(running)
        running.config["upstreams"][0]["tools"] = BINDINGS
        running.file.write_text(json.dumps(running.config))
        kept = tokens(running)
        running.start()
        wait_until(lambda: not tokens(running), what="no tokens")
        wait_until(lambda: not any(holds_bytes(running, token) for token in kept), what="no token in any file")
        assert "no tool declares" in run(running, "--argument", "/status=open", code=2).stderr


def test_nothing_finds_what_was_erased(tmp_path):
    with start(tmp_path) as running:
        for name, status in (("zoe", "hers"), ("yann", "his"), ("zoe", "shared"), ("yann", "shared")):
            token = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub=name)
            assert running.call(token, "list_invoices", {"status": status}).status == 200
        assert len(search(running, "--argument", "/status=hers")) == 1
        assert len(search(running, "--argument", "/status=shared")) == 2
        wait_until(lambda: len(tokens(running)) == 3, what="three tokens")
        known = set(tokens(running))
        running.cli("audit", "erase", "--subject", "zoe", "--case", "T-17", "--reason", "GDPR Art. 17(1)(b)")
        wait_until(lambda: len(tokens(running)) == 2, what="two tokens")
        gone, = known - set(tokens(running))
        done = run(running, "--argument", "/status=hers", code=1)
        assert not done.stdout and "2 records" in done.stderr and "erased" in done.stderr
        wait_until(lambda: not holds_bytes(running, gone), what="the token is in no file")
        assert len(search(running, "--argument", "/status=shared")) == 1
        # Neither does an index that is made again.
        running.cli("audit", "index", "--rebuild")
        assert "2 records" in run(running, "--argument", "/status=hers", code=1).stderr
        assert not holds_bytes(running, gone)
        assert len(search(running, "--argument", "/status=shared")) == 1
        running.stop()
        assert not holds_bytes(running, gone)
        run(running, "--argument", "/status=hers", code=1)


def test_a_token_that_stands_at_another_record_finds_nothing(tmp_path):
    with start(tmp_path) as running:
        token = running.mint()
        for status in ("open", "paid"):
            assert running.call(token, "list_invoices", {"status": status}).status == 200
        (row,), (other,) = (search(running, "--argument", f"/status={status}") for status in ("open", "paid"))
        running.stop()
        # An index that is not what the log says is made again, with its tokens.
        with sqlite3.connect(running.folder / "state/index.sqlite") as database:
            database.execute("UPDATE records SET src = 'elsewhere' WHERE idx = ?", (row["index"],))
        database.close()
        done = run(running, "--json", "--argument", "/status=open")
        assert "built again" in done.stderr and json.loads(done.stdout) == row
        # As if both values had the same token.
        with sqlite3.connect(running.folder / "state/index.sqlite") as database:
            database.execute("INSERT INTO argument_tokens SELECT token, ?, key FROM argument_tokens WHERE idx = ?",
                             (other["index"], row["index"]))
        database.close()
        running.start()
        assert [found["index"] for found in search(running, "--argument", "/status=open")] == [row["index"]]
        last = running.records(type="audit.read")[-1]
        assert last["asserted"]["opened"] == [row["index"], other["index"]]


def test_a_closed_log_is_searched_and_keeps_no_tokens_that_an_erasure_could_not_reach(tmp_path):
    with start(tmp_path) as running:
        for name, status in (("zoe", "hers"), ("yann", "his")):
            token = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub=name)
            assert running.call(token, "list_invoices", {"status": status}).status == 200
        assert len(search(running, "--argument", "/status=hers")) == 1
        wait_until(lambda: len(tokens(running)) == 2, what="two tokens")
        known = tokens(running)
        turned(running)
        # The index begins again with the new log, and what it had goes out of its files.
        wait_until(lambda: not any(holds_bytes(running, token) for token in known), what="no token in any file")
        assert "--shard 1" in run(running, "--argument", "/status=hers", code=1).stderr
        for status in ("hers", "his"):
            assert kinds(search(running, "--shard", "1", "--argument", f"/status={status}")) == ["call.intent"]
        assert not any(holds_bytes(running, token) for token in known)
        read = running.records(type="audit.read")[-1]
        assert read["asserted"]["filter"] == "shard=1 argument=/status"
        running.cli("audit", "erase", "--subject", "zoe", "--case", "T-17", "--reason", "GDPR Art. 17(1)(b)")
        done = run(running, "--shard", "1", "--argument", "/status=hers", code=1)
        assert not done.stdout and "1 record that" in done.stderr
        assert len(search(running, "--shard", "1", "--argument", "/status=his")) == 1


def test_what_is_never_kept_cannot_be_declared(tmp_path):
    redact = {"audit": {"redact": [{"upstream": "erp", "arguments": ["/vendor_id"]}]}}
    running = Gateway(tmp_path, {"upstreams": [erp(tmp_path, tools=SEARCHED)], **redact}, ERP_GRANTS)
    done = running.cli("check", check=False)
    assert done.returncode == 2 and '"/vendor_id" in "search" of issue_payment cannot be found' in done.stderr
    running.start(ready=False)
    assert running.process.wait(30) == 2
    assert "cannot be found" in running.log.read_text()


def test_a_redaction_mark_is_no_value(tmp_path):
    with start(tmp_path) as running:
        token = running.mint()
        assert running.call(token, "list_invoices", {"status": "4111 1111 1111 1111"}).status == 200
        done = run(running, "--argument", "/status=[redacted:card_number]", code=2)
        assert "cannot be found" in done.stderr
        run(running, "--argument", "/status=4111 1111 1111 1111", code=1)
        assert not tokens(running)
