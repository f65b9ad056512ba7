"""Hostile argument texts: either nothing reaches the upstream, or what reaches it means the same to every reader.

The upstream keeps the bytes it receives. They are read by Python, by Node and, sent through once more, by us.
"""
import dataclasses
import http.server
import json
import sys
import threading

import pytest

from conftest import HERE, META, gateway, grant

sys.path.insert(0, str(HERE / "differential"))
sys.path.insert(0, str(HERE / "upstreams"))
import peer  # noqa: E402
from cases import CASES, KEPT, REFUSED  # noqa: E402
from reading import meaning, meanings_by_node, node, tree  # noqa: E402

# -32602 only for a number that no double is: JSON, but no arguments.
REFUSALS = {-32700, -32600, -32602}
PREFIX = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":'
SUFFIX = b',"_meta":' + json.dumps(META).encode() + b"}}"
FORWARDED = b'"arguments":'


class Recorder(http.server.BaseHTTPRequestHandler):
    """Answers every call and keeps what it was sent, byte for byte."""
    protocol_version = "HTTP/1.1"
    received: list

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if b'"tools/call"' in body[:200]:
            self.received.append(body)
        message = json.loads(body)
        result = peer.reply(message, ["echo"])
        answer = peer.success(message) if message["method"] == "tools/call" else {
            "jsonrpc": "2.0", "id": message.get("id"), "result": result}
        self.send_response(200 if "id" in message else 202)
        data = json.dumps(answer).encode() if "id" in message else b""
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@dataclasses.dataclass
class Trip:
    """What became of one text: the answer to it, what arrived for it, and what arrived when that was sent again."""
    text: bytes
    status: int
    answer: dict
    arrived: list
    again: list

    @property
    def code(self):
        return self.answer.get("error", {}).get("code")

    @property
    def arguments(self):
        return between(self.arrived[0])


def between(body):
    """The bytes of `arguments` in a message of the gateway, which writes `_meta` behind them."""
    start = body.index(FORWARDED) + len(FORWARDED)
    return body[start:body.rindex(b',"_meta":')]


@pytest.fixture(scope="module")
def trips(tmp_path_factory):
    """All texts, sent one after the other through one gateway."""
    folder = tmp_path_factory.mktemp("differential")
    Recorder.received = received = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream = {"name": "peer", "url": f"http://127.0.0.1:{server.server_port}/mcp"}
    with gateway(folder, {"upstreams": [upstream]}, [grant("echo", upstream="peer")]) as running:
        token = running.mint("finance-bot", "peer")

        def send(text):
            before = len(received)
            answer = running.rpc(token, "tools/call", raw=PREFIX + text + SUFFIX, name="echo", upstream="peer")
            return answer, received[before:]

        yield {name: trip(send, text) for name, text, _ in CASES}
    server.shutdown()


def trip(send, text):
    answer, arrived = send(text)
    again = send(between(arrived[0]))[1] if arrived else []
    return Trip(text, answer.status, answer.json, arrived, again)


def named(fate):
    names = [name for name, _, wanted in CASES if wanted == fate]
    return pytest.mark.parametrize("name", names, ids=[name.encode("unicode_escape").decode() for name in names])


@named(REFUSED)
def test_refused(trips, name):
    seen = trips[name]
    assert not seen.arrived, seen.arrived
    assert seen.status == 400 and seen.code in REFUSALS, (seen.status, seen.answer)
    if seen.code == -32602:
        assert "number is not exact" in seen.answer["error"]["message"]


@named(KEPT)
def test_kept(trips, name):
    seen = trips[name]
    assert seen.status == 200 and seen.answer["result"]["isError"] is False, (seen.status, seen.answer)
    assert len(seen.arrived) == 1 and len(seen.again) == 1
    tree(seen.arrived[0])
    sent, forwarded = tree(seen.text), tree(seen.arguments)
    # Order of members, text of numbers and kinds of values, then what they mean.
    assert repr(forwarded) == repr(sent)
    assert meaning(forwarded) == meaning(sent)
    assert between(seen.again[0]) == seen.arguments, "we read what we wrote otherwise"


def test_node_reads_what_was_forwarded_as_python_reads_what_was_sent(trips):
    if node() is None:
        pytest.skip("node is not installed: Node's reading was NOT compared (Debian: apt-get install nodejs)")
    kept = [seen for seen in trips.values() if seen.arrived]
    assert len(kept) == sum(fate == KEPT for _, _, fate in CASES)
    by_python = [meaning(tree(seen.text)) for seen in kept]
    sent, forwarded = (meanings_by_node([getattr(seen, which) for seen in kept]) for which in ("text", "arguments"))
    for seen, *readings in zip(kept, by_python, sent, forwarded, strict=True):
        assert readings[0] == readings[1] == readings[2], seen.text
