"""A long mixed load: memory, descriptors and child processes must not grow. Part of `make soak`, not of `make e2e`.

MARTLET_SOAK_SECONDS says how long (default 1800). The first third is for warming up: the medians of the last two are
compared.
"""
import collections
import contextlib
import os
import pathlib
import statistics
import sys
import threading

from conftest import HERE, LEGACY, MODERN, Answer, free_port, gateway, grant, program

SECONDS = int(os.environ.get("MARTLET_SOAK_SECONDS", "1800"))
SAMPLES = 180
CALLERS = 6
# Rounds of one caller are this far apart, so that half an hour fills a disk with two gigabytes of log and not twenty.
PAUSE = 0.1
STDIO = [sys.executable, str(HERE / "upstreams/stdio_peer.py"), "/dev/null"]
# What the median of the last third may have more than that of the second one. One of the two children dies at times.
MEMORY_SHARE, MEMORY_KIB, DESCRIPTORS, CHILDREN = 0.05, 4096, 6, 2


class Usage:
    """What one process holds, by the kernel's word."""

    def __init__(self, pid):
        self.proc = pathlib.Path(f"/proc/{pid}")
        self.memory, self.descriptors, self.children = [], [], []

    def sample(self):
        status = dict(line.split(":", 1) for line in (self.proc / "status").read_text().splitlines())
        self.memory.append(int(status["VmRSS"].split()[0]))
        self.descriptors.append(len(os.listdir(self.proc / "fd")))
        self.children.append(sum(len(file.read_text().split()) for file in self.proc.glob("task/*/children")))


class Caller(threading.Thread):
    """Goes through every kind of request, again and again, and counts the answers that are not as they should be."""

    def __init__(self, running, tokens, over):
        super().__init__(daemon=True)
        self.running, self.tokens, self.over = running, tokens, over
        self.rounds, self.wrong = 0, collections.Counter()

    def run(self):
        kinds = [getattr(self, name) for name in KINDS]
        while not self.over.wait(PAUSE):
            for kind in kinds:
                try:
                    is_right = kind()
                except Exception as error:  # a dead caller would look like a quiet gateway
                    is_right = False
                    self.wrong[f"{kind.__name__}: {error!r}"] += 1
                if not is_right:
                    self.wrong[kind.__name__] += 1
            self.rounds += 1

    def tool(self, upstream, tool="works", **more) -> Answer:
        return self.running.call(self.tokens[upstream], tool, upstream=upstream, **more)

    def kind_call(self):
        return self.tool("http").text == "done" and self.tool("stdio").text == "done"

    def kind_call_with_arguments(self):
        return self.tool("http", arguments={"lines": [{"amount": str(i), "note": "x" * 50} for i in range(50)]}).text == "done"

    def kind_events_of_the_upstream(self):
        return self.tool("http", "works_by_events").text == "done"

    def kind_events_to_the_caller(self):
        return self.tool("http", headers={"Accept": "text/event-stream"}).text == "done"

    def kind_tool_error(self):
        return self.tool("stdio", "reports_an_error").json["result"]["isError"] is True

    def kind_failing_upstream(self):
        return self.tool("http", "fails").json["result"]["isError"] is True

    def kind_lost_connection(self):
        return self.tool("http", "dies_in_its_body").json["result"]["isError"] is True

    def kind_dying_child(self):
        """Once in a while: its successor may have to wait, so that calls fail in the meantime."""
        tool = "dies" if self.rounds % 500 == 0 else "works"
        return self.tool("frail", tool).status == 200

    def kind_list(self):
        answers = [self.running.rpc(self.tokens[upstream], "tools/list", upstream=upstream) for upstream in ("http", "stdio")]
        return all(len(answer.json["result"]["tools"]) > 2 for answer in answers)

    def kind_session(self):
        session = self.running.session(self.tokens["http"], "http")
        called = self.tool("http", era=LEGACY, session=session).text == "done"
        closed = self.running.request("DELETE", "/mcp/http", None, {
            "Authorization": f"Bearer {self.tokens['http']}", "Mcp-Session-Id": session, "MCP-Protocol-Version": LEGACY})
        after = self.running.rpc(self.tokens["http"], "ping", upstream="http", era=LEGACY, session=session)
        return called and closed.status in (200, 204) and after.status == 404

    def kind_session_left_open(self):
        return bool(self.running.session(self.tokens["stdio"], "stdio"))

    def kind_denied_tool(self):
        return self.tool("http", "forbids").json["error"]["code"] == -32602

    def kind_denied_arguments(self):
        return "error" in self.running.rpc(self.tokens["http"], "tools/call", upstream="http", name="works", raw="{").json

    def kind_denied_token(self):
        return self.running.call("not-a-token", "works", upstream="http").status == 401

    def kind_denied_route(self):
        return self.running.rpc(self.tokens["http"], "tools/list", upstream="nosuch").status == 404


KINDS = [name for name in vars(Caller) if name.startswith("kind_")]


@contextlib.contextmanager
def busy_gateway(folder):
    port = free_port()
    upstreams = [{"name": "http", "url": f"http://127.0.0.1:{port}/mcp", "era": MODERN},
                 {"name": "stdio", "command": STDIO}, {"name": "frail", "command": STDIO}]
    tools = [("http", tool) for tool in ("works", "works_by_events", "fails", "dies_in_its_body")] \
        + [("stdio", tool) for tool in ("works", "reports_an_error", "refuses")] + [("frail", "works"), ("frail", "dies")]
    with program(sys.executable, HERE / "upstreams/http_peer.py", port, "/dev/null", port=port):
        with gateway(folder, {"upstreams": upstreams}, [grant(tool, upstream=name) for name, tool in tools]) as running:
            yield running


def thirds(samples):
    size = len(samples) // 3
    return statistics.median(samples[size:2 * size]), statistics.median(samples[2 * size:])


def test_nothing_grows(tmp_path):
    over = threading.Event()
    with busy_gateway(tmp_path) as running:
        ttl = f"{SECONDS // 60 + 10}m"
        tokens = {name: running.mint("finance-bot", name, ttl=ttl) for name in ("http", "stdio", "frail")}
        callers = [Caller(running, tokens, over) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        usage = Usage(running.process.pid)
        for _ in range(SAMPLES):
            over.wait(SECONDS / SAMPLES)
            usage.sample()
        over.set()
        for caller in callers:
            caller.join(60)
        assert running.process.poll() is None
        assert running.cli("audit", "verify").returncode == 0
    report(usage, callers)
    check(usage, callers)


def report(usage, callers):
    print(f"\n{sum(caller.rounds for caller in callers)} rounds of {len(KINDS)} kinds in {SECONDS} s")
    for name in ("memory", "descriptors", "children"):
        samples = getattr(usage, name)
        print(f"{name}: first {samples[0]}, medians of the last two thirds {thirds(samples)}, most {max(samples)}")


def check(usage, callers):
    assert all(caller.rounds > 0 for caller in callers)
    assert not sum((caller.wrong for caller in callers), collections.Counter())
    middle, last = thirds(usage.memory)
    assert last <= middle + max(middle * MEMORY_SHARE, MEMORY_KIB), "memory grows"
    middle, last = thirds(usage.descriptors)
    assert last <= middle + DESCRIPTORS, "descriptors grow"
    assert thirds(usage.children)[1] <= CHILDREN, "more children than upstreams"
