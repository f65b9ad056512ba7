"""What operators say of calls in doubt and of alerts: on record, believed as far as it goes, and refused where it makes no sense."""
import contextlib
import http.client
import json
import signal
import socket
import threading

import pytest

from conftest import ERP_GRANTS, erp, gateway, wait_until
from test_tlog import work


def doubtful(running):
    """A call that was under way when the gateway was killed."""
    token = running.mint("finance-bot")

    def slow():
        with contextlib.suppress(OSError):
            running.call(token, "slow_report", {"seconds": 20})
    thread = threading.Thread(target=slow, daemon=True)
    thread.start()
    wait_until(lambda: running.records(type="call.intent"), what="the intent")
    running.kill()
    thread.join(20)
    running.start()
    return running.records(type="call.in_doubt")[0]


@pytest.fixture
def running(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)], "audit": {"heartbeat": "1s"}}, ERP_GRANTS) as running:
        yield running


def say(running, *words, code=0):
    done = running.cli("audit", *words, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def published(running, index):
    checkpoint = running.folder / "state/audit/checkpoint"
    wait_until(lambda: int(checkpoint.read_text().splitlines()[1]) > index, 20, "the checkpoint covers it")


def result(running, call):
    told = json.loads(say(running, "show", "--json", call).splitlines()[0])
    return told["facts"]["result"], [record["leaf"]["type"] for record in told["records"]]


def test_how_a_call_in_doubt_ended_is_on_record_as_somebodys_word(running):
    doubt = doubtful(running)
    call = doubt["call"]
    published(running, doubt["index"])
    assert result(running, call)[0]["strength"] == "not stated"
    say(running, "resolve", call, "--did-not-run", "--reason", "not in the ledger", "--case", "C-1")
    told, types = result(running, call)
    assert told["strength"] == "asserted" and "that it did not run: not in the ledger" in told["text"]
    assert types == ["call.intent", "call.in_doubt", "call.resolved"]
    say(running, "resolve", call, "--ran", "--reason", "PAY-17 came a minute later")
    told, _ = result(running, call)
    assert "that it ran: PAY-17" in told["text"], "the newest word counts"
    first, second = running.records(type="call.resolved")
    assert first["asserted"] == {"case": "C-1", "reason": "not in the ledger", "ran": False}
    assert second["asserted"]["ran"] is True and second["derived"] == {"record": doubt["index"]}
    assert second["verified"]["uid"] >= 0 and second["call"] == call
    timeline = say(running, "timeline")
    assert "in doubt; uid" in timeline and timeline.count(call) >= 1
    assert running.cli("audit", "verify").returncode == 0


def test_what_is_not_in_doubt_is_not_resolved(running):
    work(running, 1)
    intent = running.records(type="call.intent")[0]
    published(running, intent["index"] + 1)
    assert "is not in doubt" in say(running, "resolve", intent["call"], "--ran", "--reason", "x", code=1)
    say(running, "resolve", intent["call"], "--reason", "x", code=2)
    say(running, "resolve", "no-call", "--ran", "--reason", "x", code=2)
    # Past the command: the gateway looks for itself.
    for body, status in [
            ({"word": "resolved", "record": intent["index"], "call": intent["call"], "ran": True, "reason": "x"}, 409),
            ({"word": "resolved", "record": intent["index"], "call": intent["call"], "reason": "x"}, 400),
            ({"word": "closed", "record": intent["index"], "reason": "x"}, 409),
            ({"word": "closed", "record": 10 ** 9, "reason": "x"}, 404),
            ({"word": "closed", "record": -1, "reason": "x"}, 400), ({"word": "closed", "reason": "x"}, 400),
            ({"word": "closed", "record": 0, "reason": ""}, 400), ({"word": "forgotten", "record": 0, "reason": "x"}, 400)]:
        assert admin(running, body) == status, body
    assert not running.records(type="call.resolved") + running.records(type="alert.closed")


def admin(running, body):
    connection = http.client.HTTPConnection("localhost", timeout=20)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(running.folder / "state/admin.sock"))
    connection.request("POST", "/words", json.dumps(body), {"Content-Type": "application/json"})
    return connection.getresponse().status


def test_an_alert_is_acknowledged_and_closed_on_record(running):
    """The gateway stood still: its own records say so, and the running gateway finds it."""
    say(running, "alert", "list")
    wait_until(lambda: running.records(type="log.heartbeat"), 30, "a heartbeat")
    running.process.send_signal(signal.SIGSTOP)
    stopped = running.records(type="log.heartbeat")[-1]["observed"]["mono_ns"]
    wait_until(lambda: float(open("/proc/uptime").read().split()[0]) * 1e9 > stopped + 9.5e9, 60, "the pause")
    running.process.send_signal(signal.SIGCONT)
    alert = wait_until(lambda: next(iter(running.records(type="alert.raised")), None), 30, "the alert")
    assert alert["derived"]["rule"] == "heartbeats_without_a_pause"
    index = alert["index"]
    published(running, index)
    assert f"#{index}" in say(running, "alert", "list", code=1)
    say(running, "alert", "acknowledge", index, "--reason", "SEC-41")
    assert "acknowledged" in say(running, "alert", "list", code=1)
    say(running, "alert", "close", index, "--reason", "SEC-41: the VM was paused")
    assert str(index) not in say(running, "alert", "list").replace("SEC-41", "")
    assert "closed" in say(running, "alert", "list", "--all")
    assert "is a log.opened" in say(running, "alert", "close", "0", "--reason", "x", code=1)
    assert [record["type"] for record in running.records()
            if record["type"].startswith("alert.")] == ["alert.raised", "alert.acked", "alert.closed"]
    running.stop()
    assert "cannot reach the gateway" in say(running, "alert", "close", index, "--reason", "x", code=2)
