"""The gateway is killed again and again under load, at moments nobody chose; afterwards log and world must agree.

MARTLET_KILLS sets how often (default 300), MARTLET_SEED which moments; the seed of each run is printed. After two hundred
kills a new log is begun: a start reads the whole log, and ten thousand kills would wait for the first ones.
"""
import collections
import contextlib
import http.client
import json
import os
import random
import sys
import threading
import time

import pytest

from conftest import HERE, META, MODERN, Gateway, grant, wait_until

KILLS = int(os.environ.get("MARTLET_KILLS", "300"))
KILLS_OF_ONE_LOG = 200
SEED = int(os.environ.get("MARTLET_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
CALLERS = 6
# A life ends after fewer answers than this, and one in ten ends while the gateway starts. A start reads the whole log, so
# that longer lives would be paid for by every later one.
LONGEST_LIFE = 30


class Caller(threading.Thread):
    """Calls as fast as it is answered, each time with an entry nobody used before, and remembers every answer."""

    def __init__(self, name, running, token, may_call, over):
        super().__init__(daemon=True)
        self.label, self.running, self.token, self.may_call, self.over = name, running, token, may_call, over
        self.sent = 0
        self.acknowledged = {}
        self.refused = []
        self.connection = None

    def run(self):
        while not self.over.is_set():
            if not self.may_call.wait(1):
                continue
            entry = f"{self.label}-{self.sent}"
            self.sent += 1
            try:
                self.remember(entry, self.call(entry))
            except (OSError, http.client.HTTPException, ValueError):
                # No answer, or half of one: nothing was promised.
                self.connection = None

    def call(self, entry):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=60)
        body = {"jsonrpc": "2.0", "id": self.sent, "method": "tools/call",
                "params": {"name": "book", "arguments": {"entry": entry}, "_meta": META}}
        self.connection.request("POST", "/mcp/ledger", json.dumps(body), {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call",
            "Mcp-Name": "book"})
        return json.loads(self.connection.getresponse().read())

    def remember(self, entry, answer):
        receipt = answer.get("result", {}).get("_meta", {}).get("martlet.dev/receipt")
        if receipt:
            self.acknowledged[entry] = receipt
        else:
            self.refused.append((entry, answer))


def pause(chance, longest):
    """Lets a random moment pass. Nothing is waited for: where it ends is the point of the test."""
    threading.Event().wait(chance.uniform(0, longest))


def live_and_die(running, chance, callers, may_call, last_start):
    """One life of the gateway; returns how long its start took, or None when it was not waited for."""
    if chance.random() < 0.1:
        running.start(ready=False)
        pause(chance, 1.1 * last_start)  # while it recovers what the last life left
        running.kill()
        return None
    began = time.monotonic()
    running.start()
    took = time.monotonic() - began
    goal = sum(len(c.acknowledged) for c in callers) + chance.randrange(LONGEST_LIFE)
    may_call.set()
    wait_until(lambda: sum(len(c.acknowledged) for c in callers) >= goal, 60, "callers are answered")
    pause(chance, 0.01)
    running.kill()
    may_call.clear()
    return took


@pytest.mark.parametrize("first", range(0, KILLS, KILLS_OF_ONE_LOG))
def test_no_effect_without_intent_and_no_promise_without_record(tmp_path, first):
    kills, seed = min(KILLS - first, KILLS_OF_ONE_LOG), SEED + first
    print(f"\nMARTLET_SEED={seed} MARTLET_KILLS={kills}")
    chance = random.Random(seed)
    ledger = tmp_path / "ledger"
    upstream = {"name": "ledger", "era": MODERN,
                "command": [sys.executable, str(HERE / "upstreams/ledger_server.py"), str(ledger)]}
    running = Gateway(tmp_path, {"upstreams": [upstream], "audit": {"segment_size": "1MiB", "spare_segments": 1}},
                      [grant("book", upstream="ledger")])
    now = int(time.time())
    token = running.issuer.token(f"{running.url}/mcp/ledger", iat=now, exp=now + 6 * 3600)
    may_call, over = threading.Event(), threading.Event()
    callers = [Caller(f"c{n}", running, token, may_call, over) for n in range(CALLERS)]
    for caller in callers:
        caller.start()
    starts, last_start = [], 0.2
    try:
        for kill in range(kills):
            starts.append(live_and_die(running, chance, callers, may_call, last_start))
            last_start = starts[-1] or last_start
            if kill % 25 == 24:
                assert running.cli("audit", "verify", check=False).returncode == 0
    finally:
        over.set()
        for caller in callers:
            caller.join(90)
        with contextlib.suppress(OSError, AttributeError):
            running.process.kill()
    known = [s for s in starts if s is not None]
    print(f"starts: {len(known)} ready, first {known[0]:.2f} s, last {known[-1]:.2f} s, slowest {max(known):.2f} s")
    running.start()
    try:
        assert running.cli("audit", "verify").returncode == 0
        check(running, ledger, callers, kills)
    finally:
        running.stop()


def check(running, ledger, callers, kills):
    lines = ledger.read_text().split("\n")
    assert lines.pop() == "", "the ledger's last entry is whole: only the gateway was killed"
    effects = collections.Counter(lines)
    records = running.records()
    assert [r["index"] for r in records] == list(range(len(records)))
    intents = {r["index"]: r for r in records if r["type"] == "call.intent"}
    endings = collections.defaultdict(list)
    for record in records:
        if record["type"] in ("call.outcome", "call.in_doubt"):
            endings[record["prev"]].append(record)
    entry_of = entries(running)
    kinds = collections.Counter(r["type"] for r in records)
    acknowledged = {entry: receipt for caller in callers for entry, receipt in caller.acknowledged.items()}
    refused = [refusal for caller in callers for refusal in caller.refused]
    print(f"{len(effects)} effects, {len(acknowledged)} acknowledged, {len(refused)} refused, records {dict(kinds)}")

    assert set(entry_of) == {r["call"] for r in intents.values()}
    assert len(set(entry_of.values())) == len(entry_of), "one intent for each entry"
    by_entry = {entry: call for call, entry in entry_of.items()}
    twice = [entry for entry, times in effects.items() if times != 1]
    assert not twice, "an effect happened twice"
    assert not set(effects) - set(by_entry), "an effect without an intent"

    assert set(endings) <= set(intents), "an ending without its intent"
    for index, intent in intents.items():
        ending, = endings[index]
        assert ending["call"] == intent["call"] and ending["index"] > index
        if ending["type"] == "call.outcome" and ending["derived"]["may_have_run"] is False:
            assert entry_of[intent["call"]] not in effects, "said not to have run, and it did"
        if ending["type"] == "call.outcome" and ending["observed"]["outcome"] == "ok":
            assert entry_of[intent["call"]] in effects, "said to have run, and it did not"

    for entry, receipt in acknowledged.items():
        assert intents[receipt["intent"]]["call"] == receipt["call"] == by_entry[entry], "an acknowledged call is lost"
        ending, = endings[receipt["intent"]]
        assert ending["type"] == "call.outcome" and ending["observed"]["outcome"] == "ok"
        assert entry in effects

    assert kinds["call.in_doubt"] > 0 or kills < 20, "the kills met calls under way"
    for entry, answer in refused:
        said = answer.get("result", {}).get("_meta", {}).get("martlet.dev/outcome")
        assert said or "error" in answer, answer


def entries(running):
    """The entry each call was about, opened from the sealed payload of its intent."""
    found = {}
    for line in running.cli("audit", "timeline", "--json", "--tool", "book").stdout.splitlines():
        item = json.loads(line)
        if item["kind"] != "call":
            continue
        opening, = [r for r in item["records"] if r["leaf"]["type"] == "call.intent"]
        found[item["call"]] = opening["opened"]["args"]["entry"]
    return found
