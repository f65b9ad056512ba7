"""A stdio MCP server of the modern era with one tool, `book`: each call's entry is on disk before it is answered.

usage: ledger_server.py LEDGER
"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import reply, success  # noqa: E402


def main(path):
    ledger = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for line in sys.stdin.buffer:
        if not line.endswith(b"\n"):
            return  # The gateway died while it wrote: half a message is no message.
        message = json.loads(line)
        if message.get("method") == "tools/call":
            os.write(ledger, (message["params"]["arguments"]["entry"] + "\n").encode())
            os.fsync(ledger)
            answer = success(message)
        else:
            result = reply(message, ["book"])
            if result is None:
                continue
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        try:
            sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
