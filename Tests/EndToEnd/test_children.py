"""Children of stdio upstreams: what they may take, and that none of them outlives the gateway, however it ends."""
import contextlib
import json
import os
import select
import signal
import sys

import pytest

from conftest import HERE, MODERN, Gateway, erp, gateway, grant, wait_until

sys.path.insert(0, str(HERE / "upstreams"))
import hungry_server  # noqa: E402

LIMITS = {"descriptors": 64, "memory": "128MiB"}


def hungry(folder, **more):
    return {"name": "hungry", "command": [sys.executable, str(HERE / "upstreams/hungry_server.py"), str(folder / "journal")],
            "era": MODERN, "limits": LIMITS, **more}


@contextlib.contextmanager
def running_child(folder, **more):
    grants = [grant(name, upstream="hungry") for name in hungry_server.TOOLS] + [grant("list_vendors")]
    with gateway(folder, {"upstreams": [hungry(folder, **more), erp(folder)]}, grants) as running:
        yield running


def ask(running, tool):
    answer = running.call(running.mint("finance-bot", "hungry"), tool, upstream="hungry")
    assert answer.status == 200 and answer.json["result"].get("isError") is False, answer.body
    return answer.text if tool == "works" else json.loads(answer.text)


@contextlib.contextmanager
def watched(pids):
    """Handles of processes that run now; a handle is ready as soon as its process has ended."""
    handles = {name: os.pidfd_open(pid) for name, pid in pids.items()}
    try:
        yield handles
    finally:
        for name, handle in handles.items():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)


def survivors(handles, seconds=20):
    """Who has not ended by the deadline. Ends as soon as everybody has."""
    left = dict(handles)

    def all_gone():
        for name, handle in list(left.items()):
            if select.select([handle], [], [], 0)[0]:
                del left[name]
        return not left

    with contextlib.suppress(AssertionError):
        wait_until(all_gone, seconds)
    return sorted(left)


def starts(folder):
    return [json.loads(line)["started"] for line in (folder / "journal").read_text().splitlines()]


def outcomes(running, tool):
    intents = [r["index"] for r in running.records() if r["type"] == "call.intent" and r["observed"].get("tool") == tool]
    return [r["observed"]["outcome"] for r in running.records() if r["type"] == "call.outcome" and r["prev"] in intents]


# MARK: nobody is left

def test_nobody_outlives_a_gateway_that_is_killed(tmp_path):
    """Child, grandchild, one of another session and one without parents: all deaf to SIGTERM and to their input."""
    with running_child(tmp_path) as running:
        with watched(ask(running, "founds_a_family")) as family:
            running.kill()
            assert survivors(family) == []


def test_nobody_outlives_a_gateway_that_stops(tmp_path):
    with running_child(tmp_path) as running:
        with watched(ask(running, "founds_a_family")) as family:
            running.stop()
            assert running.process.returncode == 0
            assert survivors(family) == []


def test_nobody_outlives_a_child_that_is_killed(tmp_path):
    with running_child(tmp_path) as running:
        pids = ask(running, "founds_a_family")
        with watched(pids) as family:
            os.kill(pids["child"], signal.SIGKILL)
            assert survivors(family) == []
        assert ask(running, "works") == "done" and len(starts(tmp_path)) == 2


def test_a_child_whose_supervisor_is_killed_is_replaced(tmp_path):
    with running_child(tmp_path) as running:
        pids = ask(running, "founds_a_family")
        with watched(pids) as family:
            os.kill(pids["supervisor"], signal.SIGKILL)
            # Who has left the group is beyond what the gateway itself can find.
            assert set(survivors({n: family[n] for n in ("supervisor", "child", "grandchild")})) == set()
        assert ask(running, "works") == "done"


def test_a_child_outlives_neither_gateway_nor_supervisor_killed_at_once(tmp_path):
    with running_child(tmp_path) as running:
        pids = ask(running, "founds_a_family")
        with watched(pids) as family:
            # Stopped first, so that neither can act on the end of the other.
            for pid in (running.process.pid, pids["supervisor"]):
                os.kill(pid, signal.SIGSTOP)
            for pid in (running.process.pid, pids["supervisor"]):
                os.kill(pid, signal.SIGKILL)
            assert survivors({n: family[n] for n in ("supervisor", "child")}) == []


# MARK: what a child may take

def test_a_child_that_takes_too_many_descriptors_fails_alone(tmp_path):
    with running_child(tmp_path) as running:
        told = ask(running, "takes_descriptors")
        assert told["errno"] == 24 and 40 < told["taken"] < LIMITS["descriptors"]
        assert running.call(running.mint(), "list_vendors").json["result"]["isError"] is False
        assert outcomes(running, "takes_descriptors") == ["ok"]


def test_a_child_that_takes_too_much_memory_fails_alone(tmp_path):
    with running_child(tmp_path) as running:
        assert ask(running, "takes_memory") == {"error": "MemoryError"}
        assert running.call(running.mint(), "list_vendors").json["result"]["isError"] is False


def test_a_child_that_dies_of_its_limit_is_recorded_and_started_again(tmp_path):
    with running_child(tmp_path) as running:
        for _ in range(2):
            answer = running.call(running.mint("finance-bot", "hungry"), "dies_of_memory", upstream="hungry")
            assert answer.json["result"]["_meta"]["martlet.dev/outcome"]["outcome"] == "broken_off", answer.body
            assert running.call(running.mint(), "list_vendors").json["result"]["isError"] is False
        assert ask(running, "works") == "done"
        assert outcomes(running, "dies_of_memory") == ["broken_off", "broken_off"] and len(starts(tmp_path)) == 3
        assert running.log.read_text().count("how=exit code 1 upstream=hungry") == 2


def test_without_a_word_in_the_configuration_a_child_is_limited_too(tmp_path):
    with running_child(tmp_path, limits={}) as running:
        limits = ask(running, "tells_what_it_has")["limits"]
        assert limits == {"NOFILE": [1024, 1024], "DATA": [2 << 30, 2 << 30], "CORE": [0, 0]}
        told = running.cli("check").stdout
        assert "limits.descriptors 1024" in told and "limits.memory 2GiB" in told


def test_no_descriptor_of_the_gateway_is_inherited(tmp_path):
    with running_child(tmp_path) as running:
        told = ask(running, "tells_what_it_has")
        assert told["own"] == {**dict.fromkeys("012", "pipe"), "3": str(tmp_path / "journal")}
        kinds = told["supervisor"]
        assert {n: kinds[n] for n in "012"} == dict.fromkeys("012", "/dev/null") and kinds["3"] == "pipe"
        assert set(kinds.values()) <= {"/dev/null", "pipe", "anon_inode"} and list(kinds.values()).count("pipe") == 1
        assert told["blocked"] == [] and told["command"][0].endswith("hungry_server.py")


@pytest.mark.parametrize("limits,message", [
    ({"descriptors": 15}, "16 to 1048576"), ({"memory": "63MiB"}, "64MiB to 1024GiB"), ({"memory": 5}, "64MiB"),
    ({"cpu": 1}, "unknown key"), ([], "not a mapping")], ids=["descriptors", "memory", "bytes", "unknown", "list"])
def test_limits_that_mean_nothing_fail_the_start(tmp_path, limits, message):
    running = Gateway(tmp_path, {"upstreams": [hungry(tmp_path, limits=limits)]}, [])
    done = running.cli("check", check=False)
    assert done.returncode == 2 and message in done.stderr + done.stdout
