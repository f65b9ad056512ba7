"""An MCP server over stdio that meets the first question in its own way, and notes all that happens to it.

usage: probed_child.py JOURNAL WAY
  modern            answers `server/discover`
  -32601 …          answers it with this JSON-RPC error, and serves sessions
  unsupported       a modern server of another modern version: -32022
  silent, noise     says nothing, or no JSON, and serves sessions
  stubborn          modern; ignores SIGTERM, and the end of its input
  asking            modern; asks back during a call, which no modern server may
"""
import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import Journal, reply, success  # noqa: E402

TOOLS = ["works", "echo", "complains", "dies", "waits", "asks"]


def write(message):
    sys.stdout.buffer.write((message if isinstance(message, bytes) else json.dumps(message).encode()) + b"\n")
    sys.stdout.buffer.flush()


def meet(message, way):
    """Whether the first question was dealt with here."""
    if way in ("modern", "stubborn", "asking"):
        return False
    if way == "noise":
        write(b"starting up: please wait")
    elif way == "unsupported":
        data = {"supported": ["2027-01-01"], "requested": "2026-07-28"}
        write({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32022, "message": "no", "data": data}})
    elif way != "silent":
        write({"jsonrpc": "2.0", "id": message["id"], "error": {"code": int(way), "message": "no"}})
    return True


def call(message, journal):
    name = message["params"]["name"]
    if name == "dies":
        os._exit(7)
    if name == "waits":
        return
    if name == "complains":
        os.write(2, b"ERROR: this is only a log line\n")
    if name == "asks":
        write({"jsonrpc": "2.0", "id": "q", "method": "elicitation/create", "params": {"message": "?"}})
    write(success(message, json.dumps(message["params"].get("arguments"))))


def main(journal, way):
    for line in sys.stdin.buffer:
        journal.note(line=line.decode())
        message = json.loads(line)
        method = message.get("method")
        if method == "server/discover" and meet(message, way):
            continue
        if method == "tools/call":
            call(message, journal)
        elif "id" in message and method:
            result = reply(message, TOOLS)
            write({"jsonrpc": "2.0", "id": message["id"], "result": result})
    journal.note(event="input ended")


if __name__ == "__main__":
    log, how = Journal(sys.argv[1]), sys.argv[2]
    log.note(event="started", pid=os.getpid())

    def told_to_end(*_):
        log.note(event="SIGTERM")
        if how != "stubborn":
            os._exit(0)

    signal.signal(signal.SIGTERM, told_to_end)
    main(log, how)
    while how == "stubborn":
        signal.pause()
