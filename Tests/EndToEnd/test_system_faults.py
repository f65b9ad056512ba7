"""System calls that fail under the audit log, one at a time: at every write, synchronisation, opening and renaming.

strace makes the n-th call on one path fail or kills the process during it, in a short scripted life of the gateway. Then
the log must verify, for us and for outsiders, the next start must recover it, and nobody may have been told a lie.

MARTLET_SYSTEM_FAULTS sets how many faults are tried (default 16, `all` for every one), MARTLET_SEED which.
"""
import collections
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import threading
import time

import pytest

from conftest import HERE, MARTLET, MODERN, Gateway, grant, preloaded, wait_until

WANTED = os.environ.get("MARTLET_SYSTEM_FAULTS", "16")
SEED = int(os.environ.get("MARTLET_SEED", "0")) or 1
CALLS = ["pwrite64", "fdatasync", "fsync", "openat", "rename", "mkdir", "unlink"]
WAYS = ["error=EIO", "error=ENOSPC", "error=EINTR", "signal=KILL"]
# What cannot happen to a call is not tried.
NEVER = {"error=ENOSPC": {"unlink", "openat", "rename"}, "error=EINTR": {"unlink", "openat", "rename", "mkdir"}}
LINE = re.compile(r"^\d+ +(\w+)\((.*)")


def may_trace(folder):
    done = subprocess.run(["strace", "-o", str(folder / "probe"), "-e", "trace=openat", "true"], capture_output=True)
    return done.returncode == 0


def need_strace(folder):
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: Scripts/prerequisites strace")
    if not may_trace(folder):
        pytest.skip("this machine does not allow one process to trace another (ptrace)")


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """What is called on which path of the log and its head, and how often, in the two lives that are tried."""
    folder = tmp_path_factory.mktemp("traced")
    need_strace(folder)
    (folder / "first").mkdir()
    first = Life(folder / "first", [f"-etrace={','.join(CALLS)}", "-y"])
    first.run()
    first.check_end()
    crashed = Life(folder / "first", [])
    crashed.run(kills=True)
    tear(crashed.gateway)
    state = folder / "crashed"
    crashed.keep(state)
    (folder / "second").mkdir()
    second = Life(folder / "second", [f"-etrace={','.join(CALLS)}", "-y"], state)
    second.run()
    second.check_end()
    return {"start": first.points(), "recovery": second.points()}, state


class Life:
    """One gateway under strace: three calls, then it is asked to stop."""

    def __init__(self, folder, options, state=None):
        self.folder, self.trace = folder, folder / "trace"
        if state is not None:
            shutil.copytree(state, folder, dirs_exist_ok=True)
        self.ledger = folder / "ledger"
        upstream = {"name": "ledger", "era": MODERN,
                    "command": [sys.executable, str(HERE / "upstreams/ledger_server.py"), str(self.ledger)]}
        self.gateway = Gateway(
            folder, {"upstreams": [upstream], "audit": {"segment_size": "1MiB", "spare_segments": 1}},
            [grant("book", upstream="ledger")])
        self.audit = folder / "state/audit"
        # Where faults are made: in the log, and in what is kept of it apart.
        self.places = {"@": str(self.audit), "%": str(folder / "state/head")}
        # Stops at the calls that are looked at only; a signal is not delivered at such a stop.
        filters = [] if any("signal=" in option for option in options) else ["--seccomp-bpf"]
        self.strace = ["strace", "-f", *filters, "-o", str(self.trace),
                       *[self.whole(option) for option in options]] if options else []
        before = self.entries()
        self.name, self.acknowledged, self.unanswered = f"life{len(before)}", {}, []
        self.ended = None

    def whole(self, text):
        for short, path in self.places.items():
            text = text.replace(short, path)
        return text

    def entries(self):
        return self.ledger.read_text().split() if self.ledger.exists() else []

    def run(self, kills=False):
        self.mark = self.gateway.log.stat().st_size if self.gateway.log.exists() else 0
        with open(self.gateway.log, "ab") as out:
            self.gateway.process = subprocess.Popen(
                [*self.strace, str(MARTLET), "serve", "--config", str(self.gateway.file)], stdout=out, stderr=out,
                stdin=subprocess.DEVNULL, cwd=self.folder, start_new_session=True)
        process = self.gateway.process
        wait_until(lambda: process.poll() is not None or "martlet ready" in self.said(), 60, "a start or an end")
        if process.poll() is None:
            with contextlib.suppress(OSError, AssertionError):
                self.call()
        if process.poll() is None:
            self.end(9 if kills else 15)
        self.ended = process.wait(30)
        return self

    def said(self):
        return self.gateway.log.read_text()[self.mark:]

    def call(self):
        token = self.gateway.issuer.token(f"{self.gateway.url}/mcp/ledger")
        for number in range(3):
            entry = f"{self.name}-{number}"
            try:
                answer = self.gateway.call(token, "book", {"entry": entry}, upstream="ledger")
            except (OSError, ValueError):
                self.unanswered.append(entry)
                return
            receipt = answer.json.get("result", {}).get("_meta", {}).get("martlet.dev/receipt") if answer.body else None
            if receipt and answer.json["result"].get("isError") is False:
                self.acknowledged[entry] = receipt
            else:
                self.unanswered.append(entry)

    def end(self, signal):
        tracer = self.gateway.process.pid
        children = subprocess.run(["pgrep", "-P", str(tracer)], capture_output=True, text=True).stdout.split()
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(children[0]) if self.strace and children else tracer, signal)

    def keep(self, target):
        shutil.copytree(self.folder, target, ignore=shutil.ignore_patterns("*.sock", "trace", "gateway.log"))

    def points(self):
        """Each call on a path of the log, with its number among those of the same thread on that path."""
        counts = collections.Counter()
        for line in self.trace.read_text(errors="replace").splitlines():
            found = LINE.match(line)
            if not found:
                continue
            call, words = found.groups()
            for short, place in self.places.items():
                named = re.search(r"<(%s[^>]*)>" % re.escape(place), words.split(",")[0])
                paths = [named.group(1)] if named else re.findall(r'"(%s[^"]*)"' % re.escape(place), words)
                if paths:
                    counts[call, paths[0].replace(place, short)] += 1
        return [(call, path, number + 1) for (call, path), count in sorted(counts.items()) for number in range(count)]

    def check_end(self):
        """Whatever happened: who was told what is in the log, nothing ran without an intent, and all goes on."""
        if (self.audit / "checkpoint").exists():
            done = self.gateway.cli("audit", "verify", check=False)
            assert done.returncode == 0, done
            offline = subprocess.run([MARTLET.parent / "martlet-verify", "log", self.audit, "--key",
                                      (self.audit / "checkpoint.vkey").read_text().strip()], capture_output=True, text=True)
            assert offline.returncode == 0, offline
        again = Life.__new__(Life)
        again.__dict__.update(self.__dict__, strace=[], name=self.name + "-again", acknowledged={}, unanswered=[])
        again.run()
        assert again.ended == 0 and len(again.acknowledged) == 3, again.said()
        assert self.gateway.cli("audit", "verify").returncode == 0
        records = self.gateway.records()
        intents = {r["index"]: r for r in records if r["type"] == "call.intent"}
        ends = collections.Counter(r["prev"] for r in records if r["type"] in ("call.outcome", "call.in_doubt"))
        assert ends == collections.Counter(list(intents)), "each intent has one end"
        assert len(self.entries()) == len(set(self.entries())) <= len(intents), "an effect without intent, or twice"
        for entry, receipt in (*self.acknowledged.items(), *again.acknowledged.items()):
            assert intents[receipt["intent"]]["call"] == receipt["call"], "an acknowledged call is lost"
            assert entry in self.entries(), "acknowledged, and it did not run"


def tear(gateway):
    """Half a batch behind the last whole one, as after power loss."""
    segment = sorted((gateway.folder / "state/audit/segments").glob("*.seg"))[-1]
    data = segment.read_bytes()
    written = len(data.rstrip(b"\0"))
    segment.write_bytes(data[:written] + b"\x40\0\0\0half a batch" + data[written + 16:])


def faults(points):
    for life, places in points.items():
        for call, path, number in places:
            for way in WAYS:
                if call not in NEVER.get(way, ()):
                    yield life, call, path, number, way


def test_a_call_that_fails_loses_nothing_that_was_promised(traced, tmp_path):
    points, state = traced
    every = list(faults(points))
    chosen = every if WANTED == "all" else random.Random(SEED).sample(every, min(len(every), int(WANTED)))
    print(f"\nMARTLET_SEED={SEED} MARTLET_SYSTEM_FAULTS={WANTED}: {len(chosen)} of {len(every)}")
    ends, wrong = collections.Counter(), []
    for number, (life, call, path, when, way) in enumerate(chosen):
        folder = tmp_path / str(number)
        folder.mkdir()
        tried = Life(folder, [f"-etrace={call}", f"-P{path}", f"-einject={call}:{way}:when={when}"],
                     state if life == "recovery" else None)
        try:
            ends[outcome(tried.run(), way)] += 1
            tried.check_end()
        except AssertionError as error:
            wrong.append(f"{life} {call} {path} {when} {way}: {error}\n{tried.said()}")
        shutil.rmtree(folder)
    print(dict(ends))
    # Threads take turns: what one run does the third time, another does once. But most faults must meet their call.
    assert len(chosen) < 100 or ends["not met"] < len(chosen) / 3, "too few faults happened"
    assert not wrong, "\n\n".join(wrong)


def outcome(life, way):
    """How the life ended; an end that was not asked for must be said and seen by whoever started it."""
    trace = life.trace.read_text(errors="replace")
    if "INJECTED" not in trace and "killed by SIGKILL" not in trace:
        return "not met"
    if way == "signal=KILL":
        assert life.ended != 0
        return "killed"
    ready = "martlet ready" in life.said()
    if life.ended == 0:
        assert ready
        return "went on"
    assert life.ended in (1, 2), life.ended
    line = [line for line in life.said().splitlines() if "audit" in line and "errno" in line]
    assert line, f"the end is not explained: {life.said()}"
    return "ended" if ready else "did not start"


def test_a_log_whose_writes_are_cut_short_is_whole(tmp_path, monkeypatch):
    """As write(2) may: half of what was given is written, again and again, at every write to the log."""
    monkeypatch.setenv("LD_PRELOAD", str(preloaded(tmp_path, "short")))
    monkeypatch.setenv("SHORT_WRITES", str(tmp_path / "short"))
    (tmp_path / "life").mkdir()
    life = Life(tmp_path / "life", []).run()
    assert life.ended == 0 and len(life.acknowledged) == 3
    assert (tmp_path / "short").stat().st_size > 50, "writes were cut short"
    monkeypatch.delenv("LD_PRELOAD")
    life.check_end()


def test_a_disk_that_takes_a_second_for_each_write_slows_calls_and_loses_none(tmp_path):
    need_strace(tmp_path)
    life = Life(tmp_path, ["-etrace=fdatasync", "-P@/segments/00000000.seg", "-einject=fdatasync:delay_enter=1000000"])
    with open(life.gateway.log, "ab") as out:
        process = life.gateway.process = subprocess.Popen(
            [*life.strace, str(MARTLET), "serve", "--config", str(life.gateway.file)], stdout=out, stderr=out,
            stdin=subprocess.DEVNULL, cwd=tmp_path, start_new_session=True)
    wait_until(lambda: "martlet ready" in life.gateway.log.read_text(), 60, "a start")
    token, answers = life.gateway.issuer.token(f"{life.gateway.url}/mcp/ledger"), []

    def call(number):
        tool = "book" if number % 4 else "no_such_tool"
        answers.append((tool, life.gateway.call(token, tool, {"entry": f"slow-{number}"}, upstream="ledger")))

    began = time.monotonic()
    callers = [threading.Thread(target=call, args=(number,)) for number in range(48)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(90)
    assert time.monotonic() - began > 1.9, "intent and outcome each waited for the disk"
    booked = [answer for tool, answer in answers if tool == "book"]
    assert len(answers) == 48 and all(answer.json["result"]["isError"] is False for answer in booked)
    assert all("error" in answer.json for tool, answer in answers if tool != "book"), "what is not allowed is still denied"
    child, = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    status = pathlib.Path(f"/proc/{child}/status").read_text()
    assert int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) < 400 << 10, "KiB"
    life.end(15)
    assert process.wait(60) == 0
    assert life.gateway.cli("audit", "verify").returncode == 0
    ends = [r for r in life.gateway.records() if r["type"] == "call.outcome"]
    assert len(ends) == len(booked) == len(life.entries()) == 36
