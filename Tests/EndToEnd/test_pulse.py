"""What the log says of itself: heartbeats, and that it is kept with difficulty."""
import datetime
import json
import signal
import time

import pytest

from conftest import ERP_GRANTS, erp, gateway, preloaded, wait_until
from test_audit_log import fill, small_disk, verify
from test_tlog import work


def beats(running):
    return running.records(type="log.heartbeat")


def running_with(folder, **audit):
    return gateway(folder, {"upstreams": [erp(folder)], "audit": audit}, ERP_GRANTS)


def test_the_log_says_that_the_gateway_is_there(tmp_path):
    with running_with(tmp_path, heartbeat="1s") as running:
        opened = running.records(type="log.opened")[0]["observed"]
        assert opened["every_s"] == 1 and opened["mono_ns"] > 0
        wait_until(lambda: len(beats(running)) >= 2, 30, "two heartbeats without any call")
        work(running, 3)
        known = len(beats(running))
        wait_until(lambda: len(beats(running)) > known, 30, "another one behind the calls")
        running.stop()
        before = opened["mono_ns"]
        for record in beats(running):
            facts = record["observed"]
            assert facts["boot"] == opened["boot"] and facts["mono_ns"] - before > 0 and facts["every_s"] == 1
            assert 0 < facts["size"] <= record["index"] and facts["root"].startswith("sha256:")
            before = facts["mono_ns"]
        assert verify(running).returncode == 0, "each states the tree that it stands in"


def test_a_gateway_that_stood_still_is_found(tmp_path):
    with running_with(tmp_path, heartbeat="1s") as running:
        wait_until(lambda: beats(running), 30, "a heartbeat")
        running.process.send_signal(signal.SIGSTOP)
        stopped = beats(running)[-1]["observed"]["mono_ns"]
        # The finding needs a pause of more than three intervals and five seconds, on the machine's own clock.
        wait_until(lambda: float(open("/proc/uptime").read().split()[0]) * 1e9 > stopped + 9.5e9, 60, "the pause")
        running.process.send_signal(signal.SIGCONT)
        known = len(beats(running))
        wait_until(lambda: len(beats(running)) > known, 30, "the heart beats again")
        done = verify(running)
        assert done.returncode == 1 and "heartbeats_without_a_pause" in done.stderr, done


@pytest.fixture
def shift(tmp_path, monkeypatch):
    """Moves the clock of the gateway while it runs, by so many seconds from the true one."""
    file = tmp_path / "shift"
    monkeypatch.setenv("LD_PRELOAD", str(preloaded(tmp_path, "shifted")))
    monkeypatch.setenv("CLOCK_SHIFT_FILE", str(file))

    def put(seconds):
        new = file.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(file)
    put(0)
    return put


def test_a_clock_that_is_moved_is_on_record_and_the_log_stays_good(tmp_path, shift):
    with running_with(tmp_path, heartbeat="1s") as running:
        wait_until(lambda: beats(running), 30, "a heartbeat")
        for seconds, steps in ((7200, 1), (-3600, 2)):
            shift(seconds)
            wait_until(lambda: len(running.records(type="clock.step")) == steps, 30, "the step")
            work(running, 1)
        forward, back = running.records(type="clock.step")
        assert forward["derived"]["direction"] == "forward" and back["derived"]["direction"] == "back"
        assert abs(forward["derived"]["step_us"] - 7200e6) < 5e6 and abs(back["derived"]["step_us"] + 10800e6) < 5e6
        assert verify(running).returncode == 0, "the order of records is that of their numbers, not of a clock"


def test_summer_time_is_nothing_to_the_log(tmp_path, shift, monkeypatch):
    """In New York the clock of the wall goes back by an hour at 06:00 UTC of this day."""
    monkeypatch.setenv("TZ", "America/New_York")
    turn = datetime.datetime(2026, 11, 1, 6, tzinfo=datetime.timezone.utc).timestamp()
    shift(int(turn - 4 - time.time()))
    with running_with(tmp_path, heartbeat="1s") as running:
        wait_until(lambda: running.records()[-1]["t"] > "2026-11-01T06:00:02", 60, "two o'clock comes twice")
        work(running, 1)
        times = [record["t"] for record in running.records()]
        assert times == sorted(times) and times[0].startswith("2026-11-01T05:59") and all(t.endswith("Z") for t in times)
        assert not running.records(type="clock.step")
        assert verify(running).returncode == 0


def test_a_log_without_room_says_so_and_says_when_it_is_over(tmp_path):
    with small_disk(tmp_path) as disk:
        config = {"upstreams": [erp(tmp_path)], "state": "disk/state",
                  "audit": {"segment_size": "1MiB", "spare_segments": 1}}
        with gateway(tmp_path, config, ERP_GRANTS) as running:
            token = running.mint("research-bot", ttl="2h")
            assert running.call(token, "list_vendors").status == 200
            ballast = fill(disk)
            pad = {"status": "x" * 20_000}
            wait_until(lambda: running.call(token, "list_invoices", pad).status == 503, 120, "the log is full")
            wait_until(lambda: running.records(type="log.degraded"), 60, "its record")
            wait_until(lambda: any(r["derived"]["refuses_calls"] for r in running.records(type="log.degraded")), 60,
                       "that calls are refused")
            reasons = {reason for r in running.records(type="log.degraded") for reason in r["observed"]["reasons"]}
            assert {"no_spare_segment", "reserve_reached"} <= reasons
            ballast.unlink()
            wait_until(lambda: running.records(type="log.recovered"), 60, "that it is over")
            over, = running.records(type="log.recovered")
            assert over["derived"]["lasted_s"] >= 1 and not over["derived"]["refuses_calls"]
            assert running.call(token, "list_vendors").status == 200


def test_the_interval_is_thirty_seconds_unless_said_otherwise(tmp_path):
    with running_with(tmp_path, heartbeat="30s") as running:
        assert "audit.heartbeat: 30s" in running.cli("check").stdout
        config = json.loads(running.file.read_text())
        del config["audit"]["heartbeat"]
        running.file.write_text(json.dumps(config))
        assert "audit.heartbeat: 30s" in running.cli("check").stdout
