"""An upstream's era is found out once and pinned: when it shows the other one its calls are refused, and that is an alert."""
import contextlib
import json
import sys

import pytest

from conftest import HERE, LEGACY, MODERN, Gateway, free_port, grant, program, wait_until

OTHER = {MODERN: LEGACY, LEGACY: MODERN}
WORD = {MODERN: "modern", LEGACY: "legacy"}
GRANTS = [grant("works", upstream="coat"), grant("dies", upstream="coat")]


class Coat:
    """A gateway in front of an upstream whose era a file decides."""

    def __init__(self, folder, transport, era, configured="auto"):
        self.folder, self.file, self.journal = folder, folder / "era", folder / "journal"
        self.turn(era)
        self.server = [sys.executable, str(HERE / "upstreams/turncoat.py"), str(self.file), str(self.journal)]
        self.port = free_port() if transport == "http" else None
        place = {"url": f"http://127.0.0.1:{self.port}/mcp"} if self.port else {"command": self.server}
        self.upstream = {"name": "coat", "timeout": "10s", "era": configured, **place}
        self.gateway = Gateway(folder, {"upstreams": [self.upstream]}, GRANTS)

    def turn(self, era):
        self.file.write_text(WORD.get(era, era))

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as stack:
            if self.port:
                stack.enter_context(program(*self.server, self.port, port=self.port))
            self.gateway.start()
            self.token = self.gateway.mint("finance-bot", "coat")
            try:
                yield self
            finally:
                self.gateway.stop()

    def restart(self, configured=None):
        self.gateway.stop()
        if configured:
            self.upstream["era"] = configured
            self.gateway.file.write_text(json.dumps(self.gateway.config, indent=1))
        self.gateway.start()
        self.token = self.gateway.mint("finance-bot", "coat")

    def call(self, tool="works"):
        answer = self.gateway.call(self.token, tool, upstream="coat").json
        if "error" in answer:
            return "error"
        result = answer["result"]
        return result["_meta"]["martlet.dev/outcome"]["outcome"] if result["isError"] else "ok"

    def calls(self):
        return sum(json.loads(line)["method"] == "tools/call" for line in self.journal.read_text().splitlines())

    def alerts(self, count):
        """The alerts of the log, once there are `count`: they are written beside the path."""
        def found():
            alerts = [r for r in self.gateway.records() if r["type"] == "upstream.era_changed"]
            return alerts if len(alerts) >= count else None

        seen = wait_until(found, 20, "alert")
        assert len(seen) == count, seen
        return [(r["observed"]["upstream"], r["observed"]["pinned"], r["observed"]["seen"]) for r in seen]

    def no_alert(self):
        return not any(r["type"] == "upstream.era_changed" for r in self.gateway.records())


@pytest.fixture(params=[("auto", MODERN), ("auto", LEGACY), ("fixed", MODERN), ("fixed", LEGACY)],
                ids=lambda p: "-".join(p))
def pinned(request, tmp_path):
    way, era = request.param
    with Coat(tmp_path, "http", era, "auto" if way == "auto" else era).running() as coat:
        coat.era = era
        assert coat.call() == "ok"
        yield coat


def test_item_31_a_change_refuses_every_call_and_is_one_alert(pinned):
    pinned.turn(OTHER[pinned.era])
    assert pinned.call() == "upstream_era_changed"
    before = pinned.calls()
    assert [pinned.call() for _ in range(3)] == ["upstream_era_changed"] * 3
    listed = pinned.gateway.rpc(pinned.token, "tools/list", upstream="coat")
    assert listed.status == 503 and pinned.calls() == before
    assert pinned.alerts(1) == [("coat", pinned.era, OTHER[pinned.era])]
    assert f"set `era: {OTHER[pinned.era]}` for this upstream and restart" in pinned.gateway.log.read_text()
    told = pinned.gateway.call(pinned.token, "works", upstream="coat")
    assert "fails until the operator has acted" in told.text and "can be repeated" not in told.text
    outcomes = [r["observed"]["outcome"] for r in pinned.gateway.records() if r["type"] == "call.outcome"]
    assert outcomes == ["ok"] + ["upstream_era_changed"] * 5
    pinned.turn(pinned.era)
    wait_until(lambda: pinned.call() == "ok", 30, "the pinned era is spoken again")
    assert len(pinned.alerts(1)) == 1
    pinned.turn(OTHER[pinned.era])
    wait_until(lambda: pinned.call() == "upstream_era_changed", 30, "the second change is noticed")
    assert len(pinned.alerts(2)) == 2
    assert pinned.gateway.cli("audit", "verify").returncode == 0


@pytest.mark.parametrize("state", ["both", "broken"])
def test_a_broken_server_and_one_of_both_eras_are_no_change(pinned, state):
    pinned.turn(state)
    outcomes = {pinned.call() for _ in range(3)}
    assert outcomes == ({"ok"} if state == "both" else {"garbage"} if pinned.era == MODERN else outcomes)
    assert "upstream_era_changed" not in outcomes
    pinned.turn(pinned.era)
    assert pinned.call() == "ok" and pinned.no_alert()


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_a_pin_outlives_the_gateway_and_ends_with_the_configuration(tmp_path, transport, era):
    with Coat(tmp_path, transport, era).running() as coat:
        assert coat.call() == "ok"
        coat.restart()
        assert coat.call() == "ok" and coat.no_alert()
        coat.gateway.stop()
        coat.turn(OTHER[era])
        coat.restart()
        before = coat.calls()
        assert coat.call() == "upstream_era_changed"
        assert coat.calls() - before <= (1 if transport == "http" else 0)
        assert coat.alerts(1) == [("coat", era, OTHER[era])]
        coat.restart(configured=OTHER[era])
        assert coat.call() == "ok"
        coat.restart(configured="auto")
        assert coat.call() == "ok" and len(coat.alerts(1)) == 1


@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_a_child_that_comes_back_with_another_era_gets_no_call(tmp_path, era):
    with Coat(tmp_path, "stdio", era).running() as coat:
        assert coat.call() == "ok"
        coat.turn(OTHER[era])
        assert coat.call("dies") == "broken_off"
        before = coat.calls()
        assert wait_until(lambda: coat.call(), 20) == "upstream_era_changed"
        assert coat.call() == "upstream_era_changed" and coat.calls() == before
        assert coat.alerts(1) == [("coat", era, OTHER[era])]
        coat.turn(era)
        wait_until(lambda: coat.call() == "ok", 60, "a child of the pinned era is called")
        assert len(coat.alerts(1)) == 1


def test_another_address_is_another_upstream(tmp_path):
    with Coat(tmp_path, "http", MODERN).running() as coat:
        assert coat.call() == "ok"
        coat.turn(LEGACY)
        coat.upstream["url"] += "/other"
        coat.restart(configured="auto")
        assert coat.call() == "ok" and coat.no_alert()
