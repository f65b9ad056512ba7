"""What an upstream says while a call runs: it reaches its caller, in order, nobody else, and within bounds."""
import contextlib
import json
import socket
import sys

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from conftest import HERE, LEGACY, META, MODERN, free_port, gateway, grant, program, wait_until

MODES = ["legacy", "2026-07-28"]
TOOLS = [grant(name, upstream="stream") for name in ("steps", "waits", "floods")]
SERVER = HERE / "upstreams/stream_server.py"


@contextlib.contextmanager
def streaming(folder, over, era="auto"):
    """A gateway in front of the talkative server; yields it with a reader of the server's journal."""
    journal = folder / "journal"
    journal.touch()

    def events():
        return [json.loads(line) for line in journal.read_text().splitlines()]

    if over == "stdio":
        upstream = {"name": "stream", "command": [sys.executable, str(SERVER), str(journal)], "era": era}
        with gateway(folder, {"upstreams": [upstream]}, TOOLS) as running:
            yield running, events
    else:
        port = free_port()
        with program(sys.executable, SERVER, journal, port, port=port):
            upstream = {"name": "stream", "url": f"http://127.0.0.1:{port}/mcp", "era": era}
            with gateway(folder, {"upstreams": [upstream]}, TOOLS) as running:
                yield running, events


@pytest.fixture(scope="module", params=["stdio", "http-2026-07-28", "http-2025-11-25"])
def stream(request, tmp_path_factory):
    over, _, era = request.param.partition("-")
    with streaming(tmp_path_factory.mktemp(over), over, era or "auto") as (running, events):
        yield running, events, request.param


def talk(running, token, mode, work, **options):
    async def main():
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http:
            transport = streamable_http_client(f"{running.url}/mcp/stream", http_client=http)
            async with Client(transport, mode=mode, **options) as client:
                return await work(client)

    return anyio.run(main)


@pytest.mark.parametrize("mode", MODES)
def test_progress_reaches_the_sdk_client_in_order(stream, mode):
    running, _, _ = stream
    seen = []

    async def work(client):
        async def heard(progress, total, message):
            seen.append((progress, total, message))

        return await client.call_tool("steps", {"count": 40}, progress_callback=heard)

    result = talk(running, running.mint("finance-bot", "stream"), mode, work)
    assert result.content[0].text == "40 steps"
    assert seen == [(step, 40, f"step {step}") for step in range(1, 41)]


@pytest.mark.parametrize("mode", MODES)
def test_log_lines_reach_the_sdk_client_over_http_only(stream, mode):
    running, _, kind = stream
    lines = []

    async def heard(params):
        lines.append((params.level, params.data))

    async def work(client):
        return await client.call_tool("steps", {"count": 3, "log": True})

    result = talk(running, running.mint("finance-bot", "stream"), mode, work, logging_callback=heard, log_level="info")
    assert not result.is_error
    assert lines == ([] if kind == "stdio" else [("warning", f"line {step}") for step in (1, 2, 3)])


@pytest.mark.parametrize("level,heard", [(None, 2), ("warning", 2), ("error", 0)])
def test_a_session_hears_log_lines_from_its_level_on(stream, level, heard):
    running, _, kind = stream
    token = running.mint("finance-bot", "stream")
    session = running.session(token, "stream")
    legacy = {"upstream": "stream", "era": LEGACY, "session": session}
    if level:
        assert running.rpc(token, "logging/setLevel", {"level": level}, **legacy).status == 200
    answer = running.rpc(token, "tools/call", {"name": "steps", "arguments": {"count": 2, "log": True}}, **legacy)
    expected = 0 if kind == "stdio" else heard
    assert answer.body.count(b"notifications/message") == expected
    assert answer.json["result"]["content"][0]["text"] == "2 steps"


def test_a_call_that_asks_for_nothing_is_answered_whole(stream):
    running, _, _ = stream
    answer = running.call(running.mint("finance-bot", "stream"), "steps", {"count": 3, "log": True}, upstream="stream")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["result"]["content"][0]["text"] == "3 steps"


def test_a_caller_that_takes_no_events_gets_none(stream):
    running, _, _ = stream
    meta = {**META, "progressToken": "p"}
    answer = running.rpc(
        running.mint("finance-bot", "stream"), "tools/call",
        {"name": "steps", "arguments": {"count": 3}, "_meta": meta}, upstream="stream",
        headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"


def test_two_callers_hear_only_their_own(stream):
    running, _, _ = stream
    tokens = {name: running.mint("finance-bot", "stream") for name in ("alice", "bob")}
    heard = {name: [] for name in tokens}

    async def one(name, count):
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {tokens[name]}"}, timeout=60) as http:
            transport = streamable_http_client(f"{running.url}/mcp/stream", http_client=http)
            async with Client(transport, mode=MODERN) as client:
                async def note(progress, total, message):
                    heard[name].append((progress, total))

                for _ in range(5):
                    await client.call_tool("steps", {"count": count}, progress_callback=note)

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(one, "alice", 30)
            group.start_soon(one, "bob", 31)

    anyio.run(main)
    assert heard["alice"] == [(step, 30) for step in range(1, 31)] * 5
    assert heard["bob"] == [(step, 31) for step in range(1, 32)] * 5


def request_bytes(running, token, tool, arguments, era=MODERN, session=None, id=1):
    meta = {"progressToken": "p", **(META if era == MODERN else {})}
    body = json.dumps({"jsonrpc": "2.0", "id": id, "method": "tools/call",
                       "params": {"name": tool, "arguments": arguments, "_meta": meta}})
    head = [f"POST /mcp/stream HTTP/1.1", f"Host: 127.0.0.1:{running.port}", f"Authorization: Bearer {token}",
            "Content-Type: application/json", "Accept: application/json, text/event-stream",
            f"MCP-Protocol-Version: {era}", f"Content-Length: {len(body)}"]
    head += ["Mcp-Method: tools/call", f"Mcp-Name: {tool}"] if era == MODERN else [f"Mcp-Session-Id: {session}"]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def open_call(running, request):
    """A raw connection whose call has begun to speak."""
    connection = socket.create_connection(("127.0.0.1", running.port), 30)
    connection.sendall(request)
    data = b""
    while b"notifications/progress" not in data:
        more = connection.recv(65536)
        assert more, data
        data += more
    return connection, data


def outcomes(running, session=None):
    return [record for record in running.records() if record["type"] == "call.outcome"]


def last_outcome(running, count):
    found = wait_until(lambda: (lambda all: all if len(all) > count else None)(outcomes(running)), 30, "an outcome")
    return found[-1]


def cancelled(events):
    return sum(event["event"] == "cancelled" for event in events())


def test_closing_the_connection_cancels_a_modern_call(stream):
    running, events, _ = stream
    token = running.mint("finance-bot", "stream")
    before, known = cancelled(events), len(outcomes(running))
    connection, _ = open_call(running, request_bytes(running, token, "waits", {}))
    connection.close()
    outcome = last_outcome(running, known)
    assert outcome["observed"]["outcome"] == "cancelled" and outcome["derived"]["may_have_run"] is True
    wait_until(lambda: cancelled(events) > before, 20, "the upstream is told")


def test_a_legacy_caller_cancels_by_its_own_request_id_and_nobody_elses(stream):
    running, events, _ = stream
    token = running.mint("finance-bot", "stream")
    mine, other = running.session(token, "stream"), running.session(token, "stream")
    before, known = cancelled(events), len(outcomes(running))
    connection, _ = open_call(running, request_bytes(running, token, "waits", {}, LEGACY, mine, id=77))

    def cancel(session, id):
        return running.rpc(token, "notifications/cancelled", {"requestId": id}, upstream="stream", era=LEGACY,
                           session=session, id=None).status

    assert cancel(other, 77) == 202 and cancel(mine, 78) == 202 and cancel(mine, "77") == 202
    assert cancelled(events) == before and len(outcomes(running)) == known
    assert cancel(mine, 77) == 202
    outcome = last_outcome(running, known)
    assert outcome["observed"]["outcome"] == "cancelled" and outcome["derived"]["may_have_run"] is True
    wait_until(lambda: cancelled(events) > before, 20, "the upstream is told")
    connection.close()


def test_a_legacy_caller_that_disconnects_cancels_nothing(stream):
    running, events, _ = stream
    token = running.mint("finance-bot", "stream")
    session = running.session(token, "stream")
    before, known = cancelled(events), len(outcomes(running))
    connection, _ = open_call(running, request_bytes(running, token, "waits", {}, LEGACY, session, id=5))
    connection.close()
    # Another whole call fits in between: nothing was cancelled by then.
    assert running.call(token, "steps", {"count": 1}, upstream="stream").status == 200
    assert cancelled(events) == before
    assert running.rpc(token, "notifications/cancelled", {"requestId": 5}, upstream="stream", era=LEGACY,
                       session=session, id=None).status == 202
    assert [o["observed"]["outcome"] for o in outcomes(running)][known:].count("ok") == 1
    wait_until(lambda: cancelled(events) > before, 20, "the upstream is told")


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) * 1024


def test_a_slow_reader_does_not_grow_memory(stream):
    """50 MiB of progress for a reader that takes none of it."""
    running, events, kind = stream
    token = running.mint("finance-bot", "stream")
    known = len(outcomes(running))
    before = resident(running.process)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.connect(("127.0.0.1", running.port))
    connection.sendall(request_bytes(running, token, "floods", {"mebibytes": 50}))

    def steps():
        return max((event["step"] for event in events() if event["event"] == "sent"), default=0)

    if kind == "stdio":
        wait_until(lambda: steps() == 800, 60, "all of it was sent")
    else:
        # The upstream is held back: what it could send stands still.
        wait_until(lambda: steps() > 0 and stands_still(steps), 60, "the upstream stands still")
        assert steps() < 800
    grown = resident(running.process) - before
    assert grown < 24 << 20, f"{grown >> 20} MiB"
    connection.close()
    outcome = last_outcome(running, known)
    assert outcome["observed"]["outcome"] in ("cancelled", "ok")


def stands_still(value, seen={}):
    now = value()
    count = seen["count"] + 1 if seen.get("value") == now else 0
    seen.update(value=now, count=count)
    return count > 100
