"""A modern MCP server over stdio whose tools take more than they may, and start processes that want to stay.

usage: hungry_server.py JOURNAL
"""
import json
import os
import pathlib
import resource
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import Journal, reply, success  # noqa: E402

KEPT = []


def stay():
    """A process that hears nothing: no SIGTERM, no end of its input, no end of its session."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        signal.pause()


def fork_one(*, leave_session):
    """The number of a child that stays, and that told us so: only then does it ignore what it is to ignore."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        if leave_session:
            os.setsid()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        os.write(writing, b"x")
        stay()
    os.read(reading, 1)
    os.close(reading)
    os.close(writing)
    return child


def orphan():
    """The number of a process of another session, whose parent is gone."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(fork_one(leave_session=True)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    number = int(os.read(reading, 32))
    os.close(reading)
    os.close(writing)
    return number


def held(pid):
    """What each descriptor of a process is, but the one that lists them."""
    found = {}
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[number] = os.readlink(f"/proc/{pid}/fd/{number}").split(":")[0]
        except FileNotFoundError:
            pass
    return found


class Tool:
    def works():
        return "done"

    def founds_a_family():
        """From now on nothing of this family ends by being asked to."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        return {"supervisor": os.getppid(), "child": os.getpid(), "grandchild": fork_one(leave_session=False),
                "emigrant": fork_one(leave_session=True), "orphan": orphan()}

    def takes_descriptors():
        try:
            while True:
                KEPT.append(os.open("/dev/null", os.O_RDONLY))
        except OSError as error:
            taken = len(KEPT)
            while KEPT:
                os.close(KEPT.pop())
            return {"taken": taken, "errno": error.errno}

    def takes_memory():
        try:
            KEPT.append(bytearray(512 << 20))
        except MemoryError:
            return {"error": "MemoryError"}
        return {"error": None}

    def dies_of_memory():
        KEPT.append(bytearray(512 << 20))

    def tells_what_it_has():
        limits = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in ("NOFILE", "DATA", "CORE")}
        return {"limits": limits, "own": held(os.getpid()),
                "supervisor": held(os.getppid()),
                "command": sys.argv, "blocked": list(signal.pthread_sigmask(signal.SIG_BLOCK, []))}


TOOLS = [name for name in vars(Tool) if not name.startswith("_")]


def main():
    journal = Journal(sys.argv[1])
    journal.note(started=os.getpid())
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if message["method"] == "tools/call":
            value = getattr(Tool, message["params"]["name"])()
            answer = success(message, value if isinstance(value, str) else json.dumps(value))
        else:
            answer = {"jsonrpc": "2.0", "id": message.get("id"), "result": reply(message, TOOLS)}
        if "id" in message:
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    if signal.getsignal(signal.SIGTERM) == signal.SIG_IGN:
        stay()


if __name__ == "__main__":
    main()
