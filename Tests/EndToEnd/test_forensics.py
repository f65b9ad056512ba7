"""What an investigator finds out with the command line alone: twenty incidents, five questions each."""
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess

import pytest

from conftest import ERP_GRANTS, MARTLET, META, Gateway, erp, gateway, grant, wait_until

PAYMENT = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": 250, "currency": "EUR"}
MODEL = {**META, "io.modelcontextprotocol/aiInvocation": {"model": {"name": "example-model-5"}}}


def search(running, *arguments, code=0):
    done = running.cli("audit", "search", "--json", *arguments, check=False)
    assert done.returncode == code, (arguments, done.stdout[-500:], done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def receipt(answer):
    return answer.json["result"]["_meta"]["martlet.dev/receipt"]["call"]


# MARK: the index

@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A gateway that goes on running, with some calls behind it."""
    folder = tmp_path_factory.mktemp("busy")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        running.finance = running.mint()
        human = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub="zoe")
        running.listed = receipt(running.rpc(
            human, "tools/call", {"name": "list_invoices", "arguments": {"status": "open"}, "_meta": MODEL},
            name="list_invoices"))
        running.failed = receipt(running.call(running.finance, "failing_export"))
        running.above = running.call(running.finance, "issue_payment", {**PAYMENT, "amount": 1001}).envelope["call"]
        yield running


def scan(running):
    """Every record by the reader that knows no index."""
    return running.records()


def test_search_finds_at_once_what_was_acknowledged_and_beside_the_running_gateway(busy):
    for number in range(5):
        call = receipt(busy.call(busy.finance, "get_invoice", {"id": f"INV-100{number}"}))
        rows = search(busy, "--call", call)
        assert [row["type"] for row in rows] == ["call.intent", "call.outcome"]


@pytest.mark.parametrize("filters, types", [
    (["--agent", "idp-bot"], {"call.intent", "call.outcome"}),
    (["--user", "zoe"], {"call.intent", "call.outcome"}),
    (["--subject", "zoe"], {"call.intent", "call.outcome"}),
    (["--model", "example-model-5"], {"call.intent", "call.outcome"}),
    (["--model-source", "asserted"], {"call.intent", "call.outcome"}),
    (["--status", "TOOL_err"], {"call.outcome"}),
    (["--status", "amount_above_limit"], {"call.denied"}),
    (["--tool", "failing_export"], {"call.intent", "call.outcome"}),
    (["--decision", "deny"], {"call.denied"}),
    (["--upstream", "erp", "--type", "call.denied"], {"call.denied"}),
    (["--type", "cred.issued"], {"cred.issued"}),
])
def test_every_filter(busy, filters, types):
    assert {row["type"] for row in search(busy, *filters)} == types


def test_filters_agree_with_the_records(busy):
    records = {r["index"]: r for r in scan(busy)}
    denied = next(r for r in records.values() if r["type"] == "call.denied")
    credential = denied["verified"]["cred"]
    for option, value in (("--credential", credential["digest"]), ("--credential", credential["jti"])):
        found = {row["index"] for row in search(busy, option, value)}
        own = lambda r: credential["digest"] in (r.get("verified", {}).get("cred", {}).get("digest"),
                                                 r.get("derived", {}).get("digest"))
        assert found == {i for i, r in records.items() if own(r) or own(records.get(r.get("prev"), {}))}
    failed = next(r for r in records.values() if r.get("call") == busy.failed)
    assert {row["call"] for row in search(busy, "--grant", failed["derived"]["grant"])} == {busy.failed}
    assert {row["index"] for row in search(busy, "--policy", failed["derived"]["policy"])} \
        >= {i for i, r in records.items() if r["type"] == "call.intent"}
    moment = denied["t"]
    assert all(row["t"] >= moment for row in search(busy, "--since", moment))
    assert all(row["t"] < moment for row in search(busy, "--until", moment))


def test_pages(busy):
    everything = [row["index"] for row in search(busy, "--limit", "10000")]
    assert everything == sorted(everything) == list(range(len(everything)))
    pages, last = [], []
    while True:
        arguments = ["--limit", "3"] + (["--after", str(pages[-1])] if pages else [])
        page = [row["index"] for row in search(busy, *arguments, code=0 if len(pages) < len(everything) else 1)]
        if not page:
            break
        assert len(page) <= 3
        pages += page
    assert pages == everything
    newest = [row["index"] for row in search(busy, "--newest", "--limit", "2")]
    assert newest == everything[-1:-3:-1]
    assert [r["index"] for r in search(busy, "--newest", "--limit", "2", "--before", newest[-1])] == everything[-3:-5:-1]


@pytest.mark.parametrize("arguments", [
    ["--since", "yesterday"], ["--decision", "maybe"], ["--call", "x y"], ["--nope"], ["--type", "call.maybe"],
    ["--model-source", "guessed"], ["--limit", "0"], ["--after", "-1"],
])
def test_a_filter_nobody_understands(busy, arguments):
    done = busy.cli("audit", "search", *arguments, check=False)
    assert done.returncode not in (0, 1) and done.stderr.strip() and not done.stdout


def test_nothing_found_is_no_success(busy):
    done = busy.cli("audit", "search", "--agent", "nobody", check=False)
    assert done.returncode == 1 and not done.stdout and "nothing in" in done.stderr


@contextlib.contextmanager
def stopped(folder, calls=40):
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        token = running.mint()
        for _ in range(calls):
            assert running.call(token, "list_vendors").status == 200
        running.stop()
        yield running


def test_the_index_can_be_lost_damaged_and_lied_in(tmp_path):
    with stopped(tmp_path) as running:
        path = tmp_path / "state/index.sqlite"
        truth = search(running, "--limit", "10000")
        assert [row["index"] for row in truth] == [record["index"] for record in scan(running)]
        whole = path.read_bytes()
        for damage in (b"", b"noise" * 2000, whole[:5000], whole[:4096] + b"\xa5" * 8192 + whole[12288:]):
            path.write_bytes(damage)
            assert search(running, "--limit", "10000") == truth, damage[:10]
        path.unlink()
        assert search(running, "--limit", "10000") == truth
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("UPDATE records SET agent = 'somebody-else', tool = 'harmless' WHERE idx = 5")
            database.commit()
        assert search(running, "--limit", "10000") == truth, "a row that its leaf contradicts is never shown"
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("DELETE FROM records WHERE idx = 5")
            database.commit()
        running.cli("audit", "index", "--rebuild")
        assert search(running, "--limit", "10000") == truth
        running.start()  # the gateway takes what lies there
        running.stop()


def test_kill_9_while_indexing(tmp_path):
    with stopped(tmp_path, calls=60) as running:
        path = tmp_path / "state/index.sqlite"
        truth = search(running, "--limit", "10000")
        chance = random.Random(5)
        for _ in range(12):
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"{path}{suffix}")
            process = subprocess.Popen([str(MARTLET), "audit", "index", "--config", str(running.file)], cwd=tmp_path,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(chance.random() * 0.2)  # the moment of the kill, not a wait for anything
            process.kill()
            process.wait()
            assert search(running, "--limit", "10000") == truth


def test_kill_9_of_the_gateway(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        for _ in range(3):
            token = running.mint()
            calls = [receipt(running.call(token, "list_vendors")) for _ in range(10)]
            running.kill()
            found = {row["call"] for row in search(running, "--type", "call.intent", "--limit", "10000")}
            assert set(calls) <= found
            running.start()
        truth = [record["index"] for record in scan(running)]
        assert [row["index"] for row in search(running, "--limit", "10000")][:len(truth)] == truth


def test_an_index_that_cannot_be_written_stops_no_call_and_is_said(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        running.stop()
        path = tmp_path / "state/index.sqlite"
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{path}{suffix}")
        path.mkdir()
        running.start()
        token = running.mint()
        call = receipt(running.call(token, "list_vendors"))
        wait_until(lambda: "the index of the audit log does not follow it" in running.log.read_text(), what="alert")
        assert running.request("GET", "/readyz").status == 200
        path.rmdir()
        wait_until(lambda: "the index of the audit log follows again" in running.log.read_text(), what="end of it")
        assert len(search(running, "--call", call)) == 2
