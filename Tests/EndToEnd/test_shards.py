"""Logs that end and begin: closed by an operator or the calendar, cut short at any call, kept, held, given up."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from conftest import ERP_GRANTS, MARTLET, erp, gateway, preloaded, wait_until
from test_approvals import Desk
from test_erasure import holds_bytes, run, vault
from test_system_faults import need_strace
from test_tlog import work
from test_witnessing import refused

DAY = 86_400


def closed(running, number=1):
    return running.folder / f"state/shards/{number:04}"


def types(running):
    return [record["type"] for record in running.records()]


def shards(running, code=0):
    return json.loads(run(running, "shards", "--json", code=code).stdout)


def close(running, why="end of the year"):
    run(running, "shards", "--close", "--reason", why)


def turned(running):
    """Closes the log and starts with the next one."""
    close(running)
    running.stop()
    running.start()
    return shards(running)


def offline(running, folder, *more):
    return subprocess.run(
        [MARTLET.with_name("martlet-verify"), "log", folder, *more], capture_output=True, text=True, timeout=120)


@pytest.fixture
def running(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        yield running


def test_a_log_is_closed_at_the_start_after_the_order_and_the_next_one_goes_on_from_it(running):
    work(running, 3)
    old = (running.folder / "state/audit/checkpoint.vkey").read_text().strip()
    secret = (running.folder / "state/keys/checkpoint.key").read_bytes().strip()
    row = turned(running)
    (one,) = row["closed"]
    assert row["good"] and row["shard"] == 2 and row["origin"] == one["origin"] + "/2", row
    assert one["vkey"] == old and one["size"] == int((closed(running) / "checkpoint").read_text().splitlines()[1])
    ours = types(running)
    assert ours[:2] == ["log.opened", "shard.opened"], ours
    opened = running.records(type="shard.opened")[0]
    assert opened["observed"]["origin"] == one["origin"] and opened["observed"]["size"] == one["size"]
    assert opened["derived"] == {"shard": 2, "carried": 0}
    # The key of the closed log is nowhere any more; that of the next one stood in its last record.
    assert not holds_bytes(running.folder / "state", secret)
    last = json.loads(run(running, "records", "--type", "shard.closed", "--shard", "1").stdout.splitlines()[-1])
    assert last["index"] == one["size"] - 1
    assert last["asserted"] == {"uid": os.getuid(), "reason": "end of the year"}
    new = (running.folder / "state/audit/checkpoint.vkey").read_text().strip()
    assert last["derived"]["next_vkey"] == new and last["derived"]["due"] == "operator"
    work(running, 2)
    running.stop()
    for folder, key in ((closed(running), old), (running.folder / "state/audit", new)):
        checked = offline(running, folder, "--key", key)
        assert checked.returncode == 0, checked.stderr
    assert offline(running, closed(running), "--key", new).returncode == 1
    # Who holds the first key is led to the next one, and back.
    told = json.loads(offline(running, closed(running), "--key", old, "--json").stdout)
    assert told["next_vkey"] == new and told["next"] == row["origin"]
    both = offline(running, running.folder / "state/audit", "--key", new, "--previous", closed(running), "--json")
    assert both.returncode == 0 and json.loads(both.stdout)["previous_checked"], both.stderr
    alone = offline(running, closed(running), "--key", old, "--previous", closed(running))
    assert alone.returncode == 1 and "no record says that the log goes on" in alone.stderr
    assert running.cli("audit", "verify").returncode == 0
    # The order was for that log: the next start closes nothing.
    running.start()
    assert shards(running)["shard"] == 2
    # A log that goes on from another one is no new state directory: lost keys are not made anew.
    turned(running)
    running.stop()
    for name in ("keys/payload.key", "vault/keys.sqlite"):
        lost = running.folder / "state" / name
        lost.rename(running.folder / "aside")
        assert f"{lost.name} is missing although" in refused(running)
        (running.folder / "aside").rename(lost)


def test_who_follows_the_log_sees_its_last_records_and_goes_on_with_the_next_one(running):
    def told():
        return json.loads(process.stdout.readline())

    def expected(*more):
        lines = run(running, "records", *more).stdout.splitlines()
        return [(record["index"], record["type"]) for record in map(json.loads, lines)]
    process = subprocess.Popen(
        [str(MARTLET), "audit", "tail", "--follow", "--json", "--limit", "0", "--config", str(running.file)],
        cwd=running.folder, stdout=subprocess.PIPE, text=True)
    try:
        first = told()
        assert first["type"] == "audit.read", "its own reading"
        begin = first["index"]
        for number in (1, 2):
            work(running, 2)
            turned(running)
            seen = []
            while (0, "log.opened") not in seen or len(seen) - seen.index((0, "log.opened")) < 2:
                record = told()
                seen.append((record["index"], record["type"]))
            old = [one for one in expected("--shard", str(number)) if one[0] > begin]
            assert seen[:len(old)] == old and old[-1][1] == "shard.closed"
            assert seen[len(old):] == expected()[:len(seen) - len(old)]
            begin = seen[-1][0]
    finally:
        process.kill()
        process.communicate()


def test_a_log_whose_key_was_replaced_is_closed_like_any_other(running):
    first = (running.folder / "state/audit/checkpoint.vkey").read_text().strip()
    work(running, 1)
    second = run(running, "rotate-key").stdout.strip()
    running.stop()
    running.start()
    work(running, 1)
    turned(running)
    third = (running.folder / "state/audit/checkpoint.vkey").read_text().strip()
    assert len({first, second, third}) == 3
    run(running, "rotate-key")
    assert turned(running)["good"]
    running.stop()
    for key in (first, second):
        told = offline(running, closed(running, 1), "--key", key, "--json")
        assert told.returncode == 0 and json.loads(told.stdout)["next_vkey"] == third, told.stderr
    both = offline(running, closed(running, 2), "--key", third, "--previous", closed(running, 1))
    assert both.returncode == 0, both.stderr
    # A key that was laid down for the log that ended is none of the next one.
    assert sorted(path.name for path in (running.folder / "state/keys").glob("checkpoint*")) == ["checkpoint.key"]


def test_what_counts_is_carried_over_and_open_approvals_end(running):
    for name in ("zoe", "yann"):
        token = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub=name)
        assert running.call(token, "list_invoices", {"status": "open"}).status == 200
    run(running, "erase", "--subject", "zoe", "--case", "T-1", "--reason", "asked for")
    run(running, "hold", "place", "--subject", "yann", "--case", "C-7")
    desk = Desk(running)
    waiting, granted = desk.ask(), desk.ask(amount="200.00")
    desk.approve(granted)
    turned(running)
    assert types(running)[:3] == ["log.opened", "shard.carried", "shard.opened"]
    items = running.records(type="shard.carried")[0]["derived"]["items"]
    assert [item["kind"] for item in items] == ["hold", "erasure"]
    ended = run(running, "records", "--type", "approval.expired", "--shard", "1").stdout.splitlines()
    assert {json.loads(line)["derived"]["approval"] for line in ended} == {waiting, granted}
    assert desk.rule("approve", waiting).returncode == 1
    assert desk.pay(amount="200.00").envelope["decision"] == "approval_required" and desk.ledger == []
    # The hold is on, the erased key stays explained, in both logs.
    refusal = run(running, "erase", "--subject", "yann", "--case", "T-2", "--reason", "asked for", code=1)
    assert "on hold by" in refusal.stderr, refusal.stderr
    assert "C-7" in run(running, "hold", "list").stdout
    assert run(running, "verify").returncode == 0 and run(running, "verify", "--shard", "1").returncode == 0
    run(running, "hold", "release", "--subject", "yann", "--case", "C-7")
    run(running, "erase", "--subject", "yann", "--case", "T-2", "--reason", "asked for")
    # Erased in the second log what the first one sealed: that is no damage of the first.
    assert run(running, "verify", "--shard", "1").returncode == 0
    # An older vault that comes back is cleared at the start, also of what an earlier log says is erased.
    turned(running)
    assert [item["kind"] for item in running.records(type="shard.carried")[0]["derived"]["items"]] == ["erasure"] * 2
    assert shards(running)["good"]


@pytest.mark.parametrize("call", ["rename", "fsync", "unlink", "pwrite64"])
def test_a_start_that_is_killed_while_it_closes_the_log_is_finished_by_the_next(tmp_path, call):
    need_strace(tmp_path)
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        work(running, 2)
        close(running)
        running.stop()
        origin = tmp_path / "origin"
        shutil.copytree(tmp_path / "state", origin, ignore=shutil.ignore_patterns("*.sock"))
        number, kills = 0, 0
        while True:
            number += 1 if call in ("rename", "unlink") else 4
            shutil.rmtree(tmp_path / "state")
            shutil.copytree(origin, tmp_path / "state")
            if not killed(running, call, number):
                break
            kills += 1
            running.start()
            row = shards(running)
            assert row["good"] and row["shard"] == 2 and len(row["closed"]) == 1, (call, number, row)
            assert types(running).count("shard.opened") == 1
            work(running, 1)
            running.stop()
            assert running.cli("audit", "verify").returncode == 0
        assert kills > (0 if call == "unlink" else 3), kills
        running.start()


def killed(running, call, number):
    """Whether a start is killed in its n-th call of that name; one that comes through is stopped."""
    mark = running.log.stat().st_size
    with open(running.log, "ab") as out:
        process = subprocess.Popen(
            ["strace", "-f", "-o", "/dev/null", f"-etrace={call}", f"-einject={call}:signal=KILL:when={number}",
             str(MARTLET), "serve", "--config", str(running.file)], stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            cwd=running.folder, start_new_session=True)
    wait_until(lambda: process.poll() is not None or b"martlet ready" in running.log.read_bytes()[mark:], 60, "start or end")
    if process.poll() is not None:
        return True
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)
    return False


def test_a_closed_log_that_is_gone_changed_or_another_one_is_named(running):
    work(running, 2)
    turned(running)
    work(running, 1)
    turned(running)
    aside = running.folder / "aside"
    closed(running, 1).rename(aside)
    assert shards(running)["good"], "the oldest may be kept elsewhere"
    aside.rename(closed(running, 1))
    closed(running, 2).rename(aside)
    said = run(running, "shards", code=1).stderr
    assert "0001 is not in its place" in said, said
    oldest = closed(running, 1).rename(running.folder / "oldest")
    said = run(running, "shards", "--json", code=1)
    assert "shard 2" in said.stderr and "no record gives it up" in said.stderr, said.stderr
    said = run(running, "verify", code=1).stderr
    assert "shard_begins_with_the_one_before: shard 2" in said and "is gone" in said, said
    shutil.copytree(oldest, closed(running, 2))
    assert "not signed by the key that this log says it had" in run(running, "verify", code=1).stderr
    shutil.rmtree(closed(running, 2))
    aside.rename(closed(running, 2))
    key = (running.folder / "state/audit/checkpoint.vkey").read_text().strip()
    running.stop()
    assert offline(running, running.folder / "state/audit", "--key", key, "--previous", closed(running, 2)).returncode == 0
    another = offline(running, running.folder / "state/audit", "--key", key, "--previous", oldest)
    assert another.returncode == 1 and "not signed by this key" in another.stderr, another.stderr
    segment, = (closed(running, 2) / "segments").glob("00000000.seg")
    data = bytearray(segment.read_bytes())
    data[5000] ^= 1
    segment.write_bytes(data)
    assert "damaged" in run(running, "shards", code=1).stderr


def test_an_old_state_directory_does_not_close_the_log_a_second_time(running):
    work(running, 1)
    close(running)
    running.stop()
    old = running.folder / "old"
    shutil.copytree(running.folder / "state", old, ignore=shutil.ignore_patterns("*.sock", "head"))
    running.start()
    work(running, 1)
    running.stop()
    head = running.folder / "state/head"
    shutil.copytree(head, old / "head")
    shutil.rmtree(running.folder / "state")
    old.rename(running.folder / "state")
    said = refused(running)
    assert "an older copy was put back" in said, said


def test_without_the_log_before_the_next_one_does_not_begin(tmp_path):
    need_strace(tmp_path)
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        work(running, 1)
        close(running)
        running.stop()
        # Up to the renaming of the log, and not a step further.
        number = 0
        while not closed(running).exists():
            number += 1
            assert killed(running, "rename", number) or closed(running).exists()
        shutil.rmtree(closed(running))
        # By then the next log may have begun already, or not.
        said = refused(running)
        assert any(why in said for why in ("is gone", "an older copy", "no record says yet what it was")), said


def test_a_folder_of_closed_logs_that_is_elsewhere_keeps_the_log_open(running):
    elsewhere = running.folder / "elsewhere"
    elsewhere.mkdir()
    (running.folder / "state/shards").symlink_to(elsewhere)
    close(running)
    running.stop()
    running.start()
    assert "it goes on" in running.log.read_text() and "shard.closed" not in types(running)
    (running.folder / "state/shards").unlink()
    running.stop()
    running.start()
    assert shards(running)["shard"] == 2


def test_an_order_that_cannot_be_read_closes_nothing_and_can_be_taken_back(running):
    close(running)
    order = running.folder / "state/shard.order"
    assert order.exists()
    run(running, "shards", "--cancel")
    assert not order.exists()
    order.write_text("{")
    running.stop()
    running.start()
    assert "--cancel" in running.log.read_text() and shards(running)["shard"] == 1


def test_who_was_revoked_stays_revoked_in_the_records_of_the_next_log(running):
    def could():
        return run(running, "who-could", "--tool", "list_vendors").stdout
    assert "research-bot" in could().split("not:")[0]
    assert running.cli("revoke", "--subject", "research-bot", "--reason", "left").returncode == 0
    turned(running)
    assert "not: research-bot was revoked" in could()
    turned(running)
    assert "not: research-bot was revoked" in could()
    assert len(running.records(type="shard.carried")) == 1


# MARK: Retention


@pytest.fixture
def at(tmp_path, monkeypatch):
    """Puts the clock of every process that is started from now on so many days forward, or back."""
    library = preloaded(tmp_path, "shifted")

    def put(days):
        monkeypatch.setenv("LD_PRELOAD", str(library))
        monkeypatch.setenv("CLOCK_SHIFT", str(int(days * DAY)))
    return put


def restart(running):
    running.stop()
    running.start()


@pytest.fixture
def kept(tmp_path, at):
    """A log of sixty days ago that was closed then, with a call of two people; only one of them has called since."""
    config = {"upstreams": [erp(tmp_path)], "audit": {"retention": {"keep": "30d"}}}
    at(-60)
    with gateway(tmp_path, config, ERP_GRANTS) as running:
        for name in ("zoe", "yann"):
            call(running, name)
        turned(running)
        call(running, "yann")
        restart(running)
        assert closed(running).exists(), "its time is not over"
        yield running


def call(running, name):
    running.idp = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub=name, **lifetime())
    answer = running.call(running.idp, "list_invoices", {"status": "open"})
    assert answer.status == 200, answer.body


def lifetime():
    now = int(time.time()) + int(os.environ.get("CLOCK_SHIFT", "0"))
    return {"iat": now - 5, "nbf": now - 5, "exp": now + 600}


def test_a_closed_log_is_given_up_when_its_time_is_over_with_what_only_it_needs(kept, at):
    before = vault(kept)
    names = {subject: (name, wrapped) for name, (subject, wrapped) in before.items()}
    at(-35)
    restart(kept)
    assert closed(kept).exists() and not kept.records(type="retention.applied"), "its time is not over"
    at(-20)
    restart(kept)
    assert not closed(kept).exists() and shards(kept)["removed"] == [1]
    (record,) = kept.records(type="retention.applied")
    assert record["observed"]["shard"] == 1 and record["derived"]["keep_days"] == 30
    assert record["derived"]["keys"] >= 1 and record["derived"]["people"] == 1
    left = vault(kept)
    # Whom the log that is kept names still has a name and a key, nobody else.
    assert names["yann"][0] in left and names["zoe"][0] not in left
    assert not holds_bytes(kept.folder / "state", b"zoe") and not holds_bytes(kept.folder / "state", names["zoe"][1])
    assert run(kept, "verify").returncode == 0 and shards(kept)["good"]
    call(kept, "zoe")
    restart(kept)
    assert len(kept.records(type="retention.applied")) == 1


def test_a_hold_keeps_a_closed_log(kept, at):
    run(kept, "hold", "place", "--subject", "zoe", "--case", "C-7")
    at(-35)
    restart(kept)
    at(-20)
    restart(kept)
    assert closed(kept).exists() and "a legal hold is on" in kept.log.read_text()
    run(kept, "hold", "release", "--subject", "zoe", "--case", "C-7")
    restart(kept)
    assert not closed(kept).exists()


def test_a_clock_that_is_far_ahead_gives_nothing_up_for_a_day(kept, at):
    at(0)
    for _ in range(3):  # a supervisor that starts it again and again settles nothing
        restart(kept)
        assert closed(kept).exists() and "a start a day later decides" in kept.log.read_text()
    at(2)
    restart(kept)
    assert closed(kept).exists(), "no record is a day old"
    restart(kept)
    assert not closed(kept).exists()


def test_a_clock_that_leaps_behind_days_of_records_gives_nothing_up(kept, at):
    at(-58)
    restart(kept)
    at(0)
    restart(kept)
    assert closed(kept).exists() and "more than 30 days away from the clock" in kept.log.read_text()


def test_what_another_closed_log_still_needs_stays(kept, at):
    at(-59)
    turned(kept)
    at(-40)
    restart(kept)
    at(-29.5)
    restart(kept)
    assert not closed(kept, 1).exists() and closed(kept, 2).exists()
    left = {subject for subject, _ in vault(kept).values()}
    assert "yann" in left and "zoe" not in left, "the second log names yann, the one that grows does not"
    assert run(kept, "verify", "--shard", "2").returncode == 0


def test_approvals_of_the_time_of_a_log_go_with_it_and_later_ones_stay(tmp_path, at):
    at(-60)
    config = {"upstreams": [erp(tmp_path)], "audit": {"retention": {"keep": "30d"}}}
    with gateway(tmp_path, config, ERP_GRANTS) as running:
        desk = Desk(running)
        old = desk.ask()
        assert desk.rule("deny", old).returncode == 0
        turned(running)
        at(-35)
        restart(running)
        desk = Desk(running)
        new = desk.ask(amount="200.00")
        assert desk.rule("deny", new).returncode == 0 and desk.show(old)["state"] == "denied"
        at(-20)
        restart(running)
        assert not closed(running).exists() and desk.show(new)["state"] == "denied"
        assert running.cli("approvals", "show", old, check=False).returncode == 1


def test_a_log_that_lies_elsewhere_is_not_closed(running):
    close(running)
    running.stop()
    elsewhere = running.folder / "elsewhere"
    (running.folder / "state/audit").rename(elsewhere)
    (running.folder / "state/audit").symlink_to(elsewhere)
    running.start()
    assert "it is a link" in running.log.read_text() and "shard.closed" not in types(running)


def test_a_start_that_closes_a_log_gives_none_up(kept, at):
    at(-35)
    restart(kept)
    at(-20)
    close(kept)
    restart(kept)
    assert closed(kept, 1).exists() and closed(kept, 2).exists()
    restart(kept)
    assert closed(kept, 1).exists() and "is not a day old" in kept.log.read_text()
    at(-18)
    restart(kept)
    restart(kept)
    assert not closed(kept, 1).exists() and closed(kept, 2).exists() and shards(kept)["good"]


def test_a_clock_that_is_far_ahead_while_the_calendar_closes_gives_nothing_up(kept, at):
    kept.config["audit"]["retention"]["shard"] = "month"
    kept.file.write_text(json.dumps(kept.config))
    at(0)
    for _ in range(3):
        restart(kept)
        assert closed(kept, 1).exists() and closed(kept, 2).exists()
    assert "is not a day old" in kept.log.read_text()


def test_another_log_in_the_place_of_a_closed_one_is_not_given_up(kept, at, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    with gateway(other, {"upstreams": [erp(other)]}, ERP_GRANTS) as stranger:
        work(stranger, 1)
        turned(stranger)
        stranger.stop()
        shutil.rmtree(closed(kept))
        shutil.copytree(closed(stranger), closed(kept))
        head = hashlib.sha256(shards(stranger)["closed"][0]["origin"].encode()).hexdigest() + ".head"
        shutil.copy(other / "state/head" / head, kept.folder / "state/head" / head)
    for days in (-35, -20):
        at(days)
        restart(kept)
    assert closed(kept).exists() and "is not the log that the next one goes on from" in kept.log.read_text()


def test_a_closed_log_behind_a_link_stays(kept, at):
    archive = kept.folder / "archive"
    closed(kept).rename(archive)
    closed(kept).symlink_to(archive)
    at(-35)
    restart(kept)
    at(-20)
    restart(kept)
    assert closed(kept).is_symlink() and archive.exists() and "it is a link" in kept.log.read_text()


def test_a_closed_log_that_was_put_back_is_under_the_hold_like_any_other(kept, at):
    aside = kept.folder / "aside"
    shutil.copytree(closed(kept), aside)
    at(-35)
    restart(kept)
    at(-20)
    restart(kept)
    assert not closed(kept).exists()
    run(kept, "hold", "place", "--all", "--case", "C-9")
    aside.rename(closed(kept))
    restart(kept)
    assert closed(kept).exists() and "a legal hold is on" in kept.log.read_text()
    run(kept, "hold", "release", "--all", "--case", "C-9")
    restart(kept)
    assert not closed(kept).exists() and len(kept.records(type="retention.applied")) == 1


def test_a_sink_that_has_not_carried_a_closed_log_keeps_it(kept, at):
    (kept.folder / "sink").mkdir()
    (kept.folder / "sink").chmod(0o500)
    kept.config["audit"]["sinks"] = [{"name": "siem", "kind": "file", "path": str(kept.folder / "sink/absent/out.jsonl")}]
    kept.file.write_text(json.dumps(kept.config))
    at(-35)
    restart(kept)
    at(-20)
    restart(kept)
    assert closed(kept).exists() and "sink siem has not carried all of it" in kept.log.read_text()
    (kept.folder / "sink").chmod(0o700)
    (kept.folder / "sink/absent").mkdir()
    out = kept.folder / "sink/absent/out.jsonl"
    wait_until(lambda: out.exists() and b"shard.opened" in out.read_bytes(), 90, "the sink has both logs")
    # Until its cursor is kept it says that it is too far behind, with exit code 1.
    wait_until(lambda: kept.cli("audit", "sinks", check=False).returncode == 0, 60, "and says so")
    restart(kept)
    assert not closed(kept).exists()


def test_a_closed_log_that_was_changed_is_evidence_and_stays(kept, at):
    segment, = (closed(kept) / "segments").glob("00000000.seg")
    data = bytearray(segment.read_bytes())
    data[5000] ^= 1
    segment.write_bytes(data)
    at(-35)
    restart(kept)
    at(-20)
    restart(kept)
    assert closed(kept).exists() and "nothing is removed" in kept.log.read_text()


def test_the_calendar_closes_the_log(tmp_path, at):
    config = {"upstreams": [erp(tmp_path)], "audit": {"retention": {"shard": "month"}}}
    at(-40)
    with gateway(tmp_path, config, ERP_GRANTS) as running:
        restart(running)
        assert shards(running)["shard"] == 1
        at(0)
        restart(running)
        row = shards(running)
        assert row["shard"] == 2 and row["good"]
        last = json.loads(run(running, "records", "--type", "shard.closed", "--shard", "1").stdout.splitlines()[-1])
        assert last["derived"]["due"] == "calendar" and "asserted" not in last


def test_an_erasure_of_one_quarter_stays_one_over_the_border(tmp_path, at):
    at(-100)
    config = {"upstreams": [erp(tmp_path)], "grants": {"default_lifetime": "200d"}}
    with gateway(tmp_path, config, ERP_GRANTS) as running:
        call(running, "zoe")  # of an earlier quarter: her name and that key stay
        at(0)
        restart(running)
        desk = Desk(running)
        token = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub="zoe")
        old = desk.pay(token=token).envelope["ticket"]
        now = time.gmtime()
        run(running, "erase", "--subject", "zoe", "--case", "T", "--reason", "asked", "--quarter",
            f"{now.tm_year}-Q{(now.tm_mon + 2) // 3}")
        again = desk.pay(token=token, amount="300.00").envelope["ticket"]
        turned(running)
        restart(running)
        assert "zoe" not in json.dumps(desk.show(old))
        assert "zoe" in json.dumps(desk.show(again)), "what was asked for after the erasure"
        open_ = desk.pay(token=token, amount="400.00").envelope["ticket"]
        restart(running)
        assert desk.show(open_)["state"] == "pending"
