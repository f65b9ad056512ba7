"""What the log answers, what it notices, and what happens when it cannot be written: nothing."""
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from conftest import (ERP_GRANTS, HERE, MARTLET, META, MODERN, Gateway, erp, free_port, gateway, grant, wait_until)

PAYMENT = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": 250, "currency": "EUR"}
MODEL = {**META, "io.modelcontextprotocol/aiInvocation": {"model": {"name": "example-model-5"}}}


def verify(running, *more):
    return running.cli("audit", "verify", *more, check=False)


def timeline(running, **filters):
    arguments = [part for name, value in filters.items() for part in (f"--{name}", value)]
    done = running.cli("audit", "timeline", "--json", *arguments)
    return [json.loads(line) for line in done.stdout.splitlines()]


def calls(items):
    return [item for item in items if item["kind"] == "call"]


# MARK: what happened, told from the log alone

@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A day at the ERP: a listing, a failed export, a payment with approval, denials; stopped, so that it stands still."""
    folder = tmp_path_factory.mktemp("told")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        finance, research, olivia = running.mint("finance-bot"), running.mint("research-bot"), running.approver()
        human = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub="zoe")
        ids = {}
        listed = running.rpc(human, "tools/call", {"name": "list_invoices", "arguments": {"status": "open"}, "_meta": MODEL},
                             name="list_invoices")
        ids["listed"] = listed.json["result"]["_meta"]["martlet.dev/receipt"]["call"]
        ids["failed"] = running.call(finance, "failing_export").json["result"]["_meta"]["martlet.dev/receipt"]["call"]
        asked = running.call(finance, "issue_payment", PAYMENT).envelope
        ids["asked"] = asked["call"]
        running.cli("approvals", "approve", asked["ticket"], "--token-file", olivia, "--comment", "invoice checked")
        paid = running.call(finance, "issue_payment", PAYMENT)
        ids["paid"] = paid.json["result"]["_meta"]["martlet.dev/receipt"]["call"]
        ids["above"] = running.call(finance, "issue_payment", {**PAYMENT, "amount": 1001}).envelope["call"]
        running.call(research, "issue_payment", PAYMENT)
        running.request("POST", "/mcp/erp", "{}", {"Content-Type": "application/json"})
        running.stop()
        yield running, ids, asked["ticket"]


def answers(running, call):
    item, = calls(timeline(running, call=call))
    return item["answers"], item


def test_who_triggered_it(told):
    running, ids, _ = told
    who = answers(running, ids["paid"])[0]["who"]
    assert "finance-bot" in who["text"] and "finance_executor" in who["text"] and "on its own" in who["text"]
    assert who["strength"] == "verified" and "urn:martlet:e2e" in who["basis"]
    who = answers(running, ids["listed"])[0]["who"]
    assert "idp-bot" in who["text"] and "on behalf of zoe" in who["text"] and "https://issuer.test" in who["basis"]


def test_which_model_selected_the_tool_and_how_we_know(told):
    running, ids, _ = told
    model = answers(running, ids["listed"])[0]["model"]
    assert (model["text"], model["strength"]) == ("example-model-5", "asserted") and "aiInvocation" in model["basis"]
    model = answers(running, ids["paid"])[0]["model"]
    assert (model["text"], model["strength"]) == ("not stated", "not stated")


def test_which_arguments(told):
    running, ids, _ = told
    for call, arguments in (("paid", PAYMENT), ("listed", {"status": "open"}), ("above", {**PAYMENT, "amount": 1001})):
        answer = answers(running, ids[call])[0]["arguments"]
        assert json.loads(answer["text"]) == arguments and "match" in answer["basis"], call


def test_what_result(told):
    running, ids, _ = told
    paid = answers(running, ids["paid"])[0]["result"]
    assert paid["text"].startswith("ok after ") and "PAY-000001" in paid["text"]
    failed = answers(running, ids["failed"])[0]["result"]
    assert failed["text"].startswith("tool_error after ") and "archive" in failed["text"]
    above = answers(running, ids["above"])[0]["result"]
    assert "nothing was sent" in above["text"] and "amount_above_limit" in above["text"]


def test_whether_approval_was_required_and_captured(told):
    running, ids, ticket = told
    paid, item = answers(running, ids["paid"])
    assert "olivia" in paid["approval"]["text"] and ticket in paid["approval"]["text"]
    types = [r["leaf"]["type"] for r in item["records"]]
    assert types == ["approval.requested", "approval.granted", "call.intent", "call.outcome"]
    asked = answers(running, ids["asked"])[0]["approval"]
    assert ticket in asked["text"] or "olivia" in asked["text"]
    assert "not required" in answers(running, ids["listed"])[0]["approval"]["text"]


def test_the_same_for_a_person(told):
    running, ids, ticket = told
    text = running.cli("audit", "timeline", "--call", ids["paid"]).stdout
    for word in ("finance-bot", "issue_payment", "V-100", "250", "olivia", ticket, "PAY-000001", "not stated"):
        assert word in text, word


def test_filters(told):
    running, ids, _ = told
    of = lambda **filters: {item["call"] for item in calls(timeline(running, **filters))}
    everything = of()
    assert set(ids.values()) <= everything
    assert of(call=ids["paid"]) == {ids["paid"]}
    assert of(user="zoe") == {ids["listed"]} == of(agent="idp-bot")
    assert of(agent="finance-bot") == {ids[n] for n in ("failed", "asked", "paid", "above")}
    assert of(tool="failing_export") == {ids["failed"]}
    assert of(decision="permit") == {ids[n] for n in ("listed", "failed", "paid")}
    assert of(decision="approval_required") == {ids["asked"]}
    assert ids["above"] in of(decision="deny") and ids["paid"] not in of(decision="deny")
    assert of(agent="finance-bot", tool="issue_payment", decision="permit") == {ids["paid"]}
    assert of(agent="nobody") == of(user="finance-bot") == of(tool="issue_paymen") == set()
    moment = next(r["t"] for r in running.records() if r["type"] == "call.intent" and r["call"] == ids["paid"])
    assert ids["paid"] in of(since=moment) and ids["listed"] not in of(since=moment)
    assert ids["paid"] not in of(until=moment) and ids["listed"] in of(until=moment)
    assert of(since="2001-01-01") == everything and of(until="2001-01-01") == set()


@pytest.mark.parametrize("arguments", [["--since", "yesterday"], ["--decision", "maybe"], ["--call", "x y"], ["--nope"]])
def test_a_filter_nobody_understands(told, arguments):
    done = told[0].cli("audit", "timeline", *arguments, check=False)
    assert done.returncode != 0 and done.stderr.strip() and not done.stdout


def test_every_denial_is_a_record(told):
    running, ids, _ = told
    denied = {r["derived"]["reason"]: r for r in running.records() if r["type"] == "call.denied"}
    assert set(denied) == {"approval_required", "amount_above_limit", "no_grant"}
    above = denied["amount_above_limit"]
    assert (above["call"], above["verified"]["agent"], above["observed"]["tool"]) == (ids["above"], "finance-bot",
                                                                                    "issue_payment")
    assert denied["no_grant"]["verified"]["agent"] == "research-bot"
    assert [r["derived"]["reason"] for r in running.records() if r["type"] == "auth.failed"] == ["missing_token"]


def test_no_argument_and_no_secret_stands_in_the_clear(told):
    """Arguments and results are sealed; tokens are nowhere."""
    running, _, _ = told
    files = [f.read_bytes() for f in (running.folder / "state").rglob("*") if f.is_file()]
    olivia = (running.folder / "olivia.token").read_bytes()
    log = b"".join(f.read_bytes() for f in (running.folder / "state/audit").rglob("*") if f.is_file())
    for word in (b"V-100", b"INV-1001", b"PAY-000001", b"archive does not answer", b"invoice checked"):
        assert word not in log, word
    assert not [f for f in files if olivia in f or olivia.split(b".")[2] in f]
    assert b"eyJ" not in running.log.read_bytes() and b"V-100" not in running.log.read_bytes()


def test_nobody_else_can_read_the_state(told):
    for path in [told[0].folder / "state", *(told[0].folder / "state").rglob("*")]:
        assert path.stat().st_mode & 0o022 == 0, path
        assert path.stat().st_mode & 0o077 == 0 or not path.is_file() or path.name.endswith(".vkey"), (path, oct(
            path.stat().st_mode))
    assert (told[0].folder / "state").stat().st_mode & 0o077 == 0


# MARK: tampering

def copy_of(running, folder):
    """The same gateway's files somewhere else, to be spoilt."""
    for name in ("state", "grants.json", "jwks.json", "martlet.yaml", "ledger.path"):
        source = running.folder / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.sock"))
        elif source.exists():
            shutil.copy(source, folder / name)
    copy = Gateway.__new__(Gateway)
    copy.folder, copy.file, copy.port, copy.log = folder, folder / "martlet.yaml", running.port, folder / "gateway.log"
    copy.process = None
    return copy


def segments(running):
    return sorted((running.folder / "state/audit/segments").glob("*.seg"))


def refuses_to_start(running):
    done = subprocess.run([str(MARTLET), "serve", "--config", str(running.file)], capture_output=True, text=True,
                          timeout=60, cwd=running.folder, stdin=subprocess.DEVNULL)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 2 and "ready" not in done.stdout, done
    return lines


def test_an_untouched_log_is_good(told, tmp_path):
    copy = copy_of(told[0], tmp_path)
    done = verify(copy)
    assert done.returncode == 0 and done.stdout.startswith("good") and not done.stderr
    facts = json.loads(verify(copy, "--json").stdout)
    assert facts["good"] is True and facts["size"] == len(copy.records()) and facts["open_intents"] == 0


def test_any_flipped_byte_is_found(told, tmp_path):
    """Sixty places of the written part, from its first byte to its last, one at a time."""
    copy = copy_of(told[0], tmp_path)
    segment, = segments(copy)
    good = segment.read_bytes()
    written = len(good.rstrip(b"\0"))
    chance = random.Random(5)
    places = [0, 9, 16, 4095, 4096, 4097, written - 1] + [chance.randrange(4096, written) for _ in range(53)]
    for place in places:
        spoilt = bytearray(good)
        spoilt[place] ^= 1 << chance.randrange(8)
        segment.write_bytes(spoilt)
        done = verify(copy)
        assert done.returncode == 1 and done.stderr.strip() and "good" not in done.stdout, (place, written, done)
        assert copy.cli("audit", "timeline", check=False).returncode == 1, place
    segment.write_bytes(good)
    assert verify(copy).returncode == 0


def test_a_gateway_does_not_continue_a_damaged_log(told, tmp_path):
    copy = copy_of(told[0], tmp_path)
    segment, = segments(copy)
    spoilt = bytearray(segment.read_bytes())
    spoilt[5000] ^= 1
    segment.write_bytes(spoilt)
    line, = refuses_to_start(copy)
    assert "audit" in line and "damaged" in line
    assert segment.read_bytes() == spoilt, "evidence is not touched"


@pytest.mark.parametrize("change", ["cut", "emptied", "segment gone", "checkpoint gone", "checkpoint of another key",
                                    "key gone", "zeros inside"])
def test_a_log_that_somebody_changed(told, tmp_path, change):
    copy = copy_of(told[0], tmp_path)
    audit, (segment,) = copy.folder / "state/audit", segments(copy)
    data = segment.read_bytes()
    written = len(data.rstrip(b"\0"))
    if change == "cut":
        segment.write_bytes(data[: written - 2000] + bytes(len(data) - written + 2000))
    elif change == "emptied":
        segment.write_bytes(data[:4096] + bytes(len(data) - 4096))
    elif change == "segment gone":
        segment.unlink()
    elif change == "checkpoint gone":
        (audit / "checkpoint").unlink()
    elif change == "checkpoint of another key":
        text = (audit / "checkpoint").read_bytes()
        (audit / "checkpoint").write_bytes(text[:-8] + b"AAAA" + text[-4:])
    elif change == "key gone":
        (copy.folder / "state/keys/checkpoint.key").unlink()
        (audit / "checkpoint.vkey").unlink()
    elif change == "zeros inside":
        segment.write_bytes(data[:5000] + bytes(200) + data[5200:])
    done = verify(copy)
    assert done.returncode == 1 and done.stderr.strip(), done
    assert refuses_to_start(copy)


def test_half_a_batch_at_the_end_is_put_aside_and_recorded(told, tmp_path):
    """What power loss leaves: bytes behind the last whole batch, which nobody was promised anything about."""
    copy = copy_of(told[0], tmp_path)
    segment, = segments(copy)
    data, torn = segment.read_bytes(), b"\x40\0\0\0half a batch"
    written = len(data.rstrip(b"\0"))
    segment.write_bytes(data[:written] + torn + data[written + len(torn):])
    before = copy.records()
    assert verify(copy).returncode == 0
    copy.port = free_port()
    config = json.loads(copy.file.read_text())
    config["listen"]["port"] = copy.port
    copy.file.write_text(json.dumps(config))
    copy.start()
    copy.stop()
    after = copy.records()
    assert after[:len(before)] == before and verify(copy).returncode == 0
    recovered, = [r for r in after if r["type"] == "log.recovered_tail"]
    kept = pathlib.Path(recovered["observed"]["file"])
    assert torn in (kept if kept.is_absolute() else copy.folder / "state/audit" / kept).read_bytes()


def test_an_older_log_put_back_is_found(tmp_path):
    """Whoever can write the disk can put back yesterday's segments, but not yesterday's checkpoint on top of today's."""
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        token = running.mint("research-bot")
        running.call(token, "list_vendors")
        running.stop()
        old = {file: file.read_bytes() for file in segments(running)}
        running.start()
        running.call(running.mint("research-bot"), "list_vendors")
        running.stop()
        assert verify(running).returncode == 0
        for file, data in old.items():
            file.write_bytes(data)
        done = verify(running)
        assert done.returncode == 1 and "rolled back" in done.stderr
        line, = refuses_to_start(running)
        assert "rolled back" in line


def test_a_log_signed_by_another_key_is_not_believed(told, tmp_path):
    """A forger can write a whole new log beside a new key; whoever holds the old key notices."""
    running, _, _ = told
    known = (running.folder / "state/audit/checkpoint.vkey").read_text().strip()
    assert verify(running, "--key", known).returncode == 0
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as forger:
        forger.stop()
        assert verify(forger).returncode == 0
        assert verify(forger, "--key", known).returncode == 1


def test_without_its_key_a_sealed_value_is_not_shown_and_the_log_verifies_all_the_same(told, tmp_path):
    running, ids, _ = told
    copy = copy_of(running, tmp_path)
    key = copy.folder / "state/keys/payload.key"
    key.write_bytes(bytes(reversed(key.read_bytes())))
    assert verify(copy).returncode == 0
    done = copy.cli("audit", "timeline", "--json", "--call", ids["paid"], check=False)
    assert "V-100" not in done.stdout


# MARK: while it runs

def test_verify_while_calls_are_made(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)], "audit": {"segment_size": "1MiB"}}, ERP_GRANTS) as running:
        token, over = running.mint("research-bot"), threading.Event()

        def work():
            while not over.is_set():
                running.call(token, "list_vendors")

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            sizes = []
            for _ in range(10):
                done = verify(running, "--json")
                assert done.returncode == 0, done.stderr
                sizes.append(json.loads(done.stdout)["size"])
        finally:
            over.set()
            for thread in threads:
                thread.join(60)
        assert sizes == sorted(sizes) and sizes[-1] > sizes[0]


def test_a_log_goes_on_over_many_segments_and_starts(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)], "audit": {"segment_size": "1MiB", "spare_segments": 1}},
                 ERP_GRANTS) as running:
        token = running.mint("research-bot", ttl="2h")
        pad = {"status": "x" * 100_000}
        while len(segments(running)) < 4:
            for _ in range(8):
                running.call(token, "list_invoices", pad)
        running.stop()
        running.start()
        running.call(token, "list_vendors")
        assert verify(running).returncode == 0
        indexes = [r["index"] for r in running.records()]
        assert indexes == list(range(len(indexes)))


def test_a_second_gateway_on_the_same_state_is_refused(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        token = running.mint("research-bot")
        other = tmp_path / "other.yaml"
        config = json.loads(running.file.read_text())
        config["listen"]["port"] = free_port()
        other.write_text(json.dumps(config))
        for file in (other, running.file):
            done = subprocess.run([str(MARTLET), "serve", "--config", str(file)], capture_output=True, text=True,
                                  timeout=60, cwd=tmp_path, stdin=subprocess.DEVNULL)
            line, = done.stderr.strip().splitlines()
            assert done.returncode == 2 and "another process" in line and "ready" not in done.stdout
        assert running.call(token, "list_vendors").json["result"]["isError"] is False
        assert json.loads(running.cli("approvals", "list", "--json").stdout) == {"approvals": []}
        running.stop()
        assert verify(running).returncode == 0
        assert len([r for r in running.records() if r["type"] == "log.opened"]) == 1


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda by: by.name)
def test_each_run_opens_and_closes_the_log(tmp_path, by):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        running.stop(by)
        running.start()
        running.kill()
        running.start()
        running.stop()
        types = [r["type"] for r in running.records()]
        assert types.count("log.opened") == 3 and types.count("log.closed") == 2
        assert types[-1] == "log.closed" and types.count("config.changed") == 1
        config = json.loads(running.file.read_text())
        config["approvals"]["ttl"] = "20m"
        running.file.write_text(json.dumps(config))
        running.start()
        running.stop()
        assert [r["type"] for r in running.records()].count("config.changed") == 2


# MARK: when it cannot be written

@contextlib.contextmanager
def small_disk(folder, size="16m"):
    """A file system of its own for the state."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount the small file system this test fills")
    target = folder / "disk"
    target.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", str(target)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    try:
        yield target
    finally:
        subprocess.run(["umount", "-l", str(target)], check=True)


def fill(disk):
    """Leaves no byte free; returns the file to delete."""
    ballast = disk / "ballast"
    with open(ballast, "ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


def journal(folder):
    file = folder / "journal"
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [e for e in lines if e.get("received", {}).get("method") == "tools/call"]


def test_a_full_disk_stops_every_call_and_loses_none(tmp_path):
    upstream = {"name": "peer", "era": MODERN, "command": [
        sys.executable, str(HERE / "upstreams/stdio_peer.py"), str(tmp_path / "journal")]}
    with small_disk(tmp_path) as disk:
        config = {"upstreams": [upstream], "state": "disk/state", "audit": {"segment_size": "1MiB", "spare_segments": 1}}
        with gateway(tmp_path, config, [grant("works", upstream="peer")]) as running:
            token = running.mint("finance-bot", "peer", "2h")
            ok = running.call(token, "works", {"pad": "x"}, upstream="peer")
            assert ok.json["result"]["isError"] is False
            ballast = fill(disk)
            answers = []

            def refused():
                answers.append(running.call(token, "works", {"pad": "x" * 20_000}, upstream="peer"))
                return answers[-1].status != 200

            wait_until(refused, 120, "the log is full")
            last = answers.pop()
            assert last.status == 503 and "error" in last.json, last.body
            succeeded = 1 + len([a for a in answers if a.json["result"].get("isError") is False])
            assert succeeded == 1 + len(answers)
            assert len(journal(tmp_path)) == succeeded, "what was refused was not sent"
            for _ in range(3):
                again = running.call(token, "works", upstream="peer")
                assert again.status == 503 and "not sent" in again.json["error"]["message"], again.body
            assert len(journal(tmp_path)) == succeeded
            assert running.request("GET", "/healthz").status == 200
            assert running.request("GET", "/readyz").status == 503
            assert running.rpc(None, "tools/list", upstream="peer").status == 401, "no token is still no token"
            running.stop()
            ballast.unlink()
            running.start()
            token = running.mint("finance-bot", "peer")
            assert running.call(token, "works", upstream="peer").json["result"]["isError"] is False
            assert running.request("GET", "/readyz").status == 200
            assert verify(running).returncode == 0
            records = running.records()
            intents = [r for r in records if r["type"] == "call.intent"]
            closed = [r["prev"] for r in records if r["type"] in ("call.outcome", "call.in_doubt")]
            assert sorted(closed) == [r["index"] for r in intents]
            assert len(intents) == succeeded + 1
            unrecorded = [r for r in records if r["type"] in ("log.gap", "call.denied")]
            assert unrecorded, "the refusals are counted or recorded"


def test_a_full_disk_that_is_emptied_again_needs_no_restart(tmp_path):
    upstream = {"name": "peer", "era": MODERN, "command": [
        sys.executable, str(HERE / "upstreams/stdio_peer.py"), str(tmp_path / "journal")]}
    with small_disk(tmp_path) as disk:
        config = {"upstreams": [upstream], "state": "disk/state", "audit": {"segment_size": "1MiB", "spare_segments": 1}}
        with gateway(tmp_path, config, [grant("works", upstream="peer")]) as running:
            token = running.mint("finance-bot", "peer", "2h")
            # With its first call the caller has a key in the vault.
            assert running.call(token, "works", upstream="peer").status == 200
            ballast = fill(disk)
            wait_until(lambda: running.call(token, "works", {"pad": "x" * 20_000}, upstream="peer").status == 503, 120,
                       "the log is full")
            ballast.unlink()
            wait_until(lambda: "no room for another segment" in running.log.read_text(), 30, "the operator is told")
            wait_until(lambda: running.call(token, "works", upstream="peer").status == 200, 30, "calls work again")
            wait_until(lambda: "there is room for the audit log again" in running.log.read_text(), 30, "and of the end")
            assert running.log.read_text().count("no room for another segment") == 1
            assert running.request("GET", "/readyz").status == 200


def test_a_vault_without_room_refuses_new_callers_and_says_so(tmp_path):
    upstream = {"name": "peer", "era": MODERN, "command": [
        sys.executable, str(HERE / "upstreams/stdio_peer.py"), str(tmp_path / "journal")]}
    with small_disk(tmp_path) as disk:
        config = {"upstreams": [upstream], "state": "disk/state", "audit": {"segment_size": "1MiB", "spare_segments": 1}}
        with gateway(tmp_path, config, [grant("works", upstream="peer")]) as running:
            token = running.mint("finance-bot", "peer", "2h")
            ballast = fill(disk)
            assert running.call(token, "works", upstream="peer").status == 503
            assert journal(tmp_path) == [], "nothing was sent"
            wait_until(lambda: "the vault gives no new key" in running.log.read_text(), 30, "the operator is told")
            ballast.unlink()
            wait_until(lambda: running.call(token, "works", upstream="peer").status == 200, 30, "calls work again")
            wait_until(lambda: "the vault gives keys again" in running.log.read_text(), 30, "and of the end")


def test_a_log_directory_that_cannot_be_written_stops_the_start(tmp_path):
    with small_disk(tmp_path) as disk:
        running = Gateway(tmp_path, {"upstreams": [erp(tmp_path)], "state": "disk/state"}, ERP_GRANTS)
        running.start()
        running.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        line, = refuses_to_start(running)
        assert "disk/state" in line, line
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        running.start()
        running.stop()


def test_a_disk_too_small_for_one_segment_stops_the_start(tmp_path):
    with small_disk(tmp_path, "3m") as disk:
        running = Gateway(tmp_path, {"upstreams": [erp(tmp_path)], "state": "disk/state"}, ERP_GRANTS)
        line, = refuses_to_start(running)
        assert "audit" in line and str(pathlib.Path(disk).name) in line


@pytest.mark.parametrize("how", ["file in its place", "writable by others"])
def test_a_state_directory_that_is_not_ours_alone(tmp_path, how):
    running = Gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS)
    if how == "file in its place":
        (tmp_path / "state").write_text("")
    else:
        (tmp_path / "state").mkdir()
        (tmp_path / "state").chmod(0o777)
    line, = refuses_to_start(running)
    assert "state" in line


def test_a_stop_in_the_middle_of_the_start_harms_nothing(tmp_path):
    running = Gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS)
    running.start(ready=False)
    running.process.send_signal(signal.SIGTERM)
    running.process.wait(30)
    running.start()
    running.stop()
    assert verify(running).returncode == 0
