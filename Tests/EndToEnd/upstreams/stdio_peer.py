"""An MCP server over stdio whose tools are named after what goes wrong.

usage: stdio_peer.py JOURNAL [--legacy] [--stubborn] [--grandchild]
  --legacy      dies of `server/discover`, as some old servers do
  --stubborn    ignores SIGTERM and the end of its input
  --grandchild  starts a process of its own that outlives it unless its group is killed
"""
import json
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import Journal, reply, success  # noqa: E402

OUT = sys.stdout.buffer


def write(data):
    OUT.write(data if isinstance(data, bytes) else json.dumps(data).encode() + b"\n")
    OUT.flush()


class Fault:
    """One function per tool."""

    def works(message):
        write(success(message))

    def reports_an_error(message):
        answer = success(message, "no such invoice")
        answer["result"]["isError"] = True
        write(answer)

    def refuses(message):
        write({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32000, "message": "not today"}})

    def never_answers(message):
        pass

    def answers_late(message):
        """Answers the call before last when the next one comes: its caller has given up by then."""
        LATE.append(message)

    def dies(message):
        os._exit(3)

    def dies_by_signal(message):
        os.kill(os.getpid(), signal.SIGSEGV)

    def dies_in_its_line(message):
        write(json.dumps(success(message)).encode()[:20])
        os._exit(0)

    def closes_its_output(message):
        os.close(1)

    def answers_no_json(message):
        write(b"{not json\n")

    def answers_invalid_utf8(message):
        write(json.dumps(success(message, "X")).encode().replace(b"X", b"\xff\xfe") + b"\n")

    def answers_a_key_twice(message):
        write(json.dumps(success(message)).replace('"isError": false', '"isError": false, "isError": true').encode() + b"\n")

    def answers_with_another_id(message):
        write({**success(message), "id": message["id"] + 1000})

    def answers_twice(message):
        write(success(message))
        write(success(message, "again"))

    def prints_before_it_answers(message):
        write(b"loading model...\n\n[1, 2]\nWARNING: x\n")
        write(success(message))

    def is_too_large(message):
        write(success(message, "x" * 200_000))

    def never_ends_its_line(message):
        try:
            while True:
                OUT.write(b"{" + b" " * 65_536)
                OUT.flush()
        except OSError:
            os._exit(0)

    def asks_and_notifies(message):
        write({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        write({"jsonrpc": "2.0", "id": "q1", "method": "sampling/createMessage", "params": {"messages": []}})
        write(success(message))

    def floods_its_error_output(message):
        os.write(2, b"e" * 1_000_000)
        write(success(message))

    def tells_its_environment(message):
        write(success(message, json.dumps(dict(os.environ))))


TOOLS = [name for name in vars(Fault) if not name.startswith("_")]
LATE = []


def main(journal, is_legacy):
    for line in sys.stdin.buffer:
        message = json.loads(line)
        journal.note(received=message)
        if "method" not in message:
            continue
        if is_legacy and message["method"] == "server/discover":
            os._exit(1)
        if message["method"] == "tools/call":
            name = message["params"]["name"]
            if LATE and name != "answers_late":
                write(success(LATE.pop(), "late"))
            getattr(Fault, name)(message)
            continue
        result = reply(message, TOOLS)
        if result is not None:
            write({"jsonrpc": "2.0", "id": message["id"], "result": result})


if __name__ == "__main__":
    flags = sys.argv[2:]
    if "--stubborn" in flags:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = None
    if "--grandchild" in flags:
        child = subprocess.Popen(["sleep", "100000"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL).pid
    log = Journal(sys.argv[1])
    log.note(started=os.getpid(), grandchild=child)
    main(log, "--legacy" in flags)
    while "--stubborn" in flags:
        signal.pause()
