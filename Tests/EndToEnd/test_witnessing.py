"""A gateway whose checkpoints are signed by witnesses: real ones, ones that fail, and ones that remember more than it."""
import contextlib
import http.server
import json
import shutil
import threading

import pytest

from conftest import ERP_GRANTS, Gateway, erp, free_port, wait_until
from test_tlog import audit, size, verify, vkey, work
from test_witness import vkey as witness_vkey
from witnesses import Log, Witness, cosigned_at


def configure(running, witnesses, quorum, **more):
    """Writes the policy, and names it in the configuration; without witnesses none are asked."""
    lines = [f"witness {name} {key} {url}\n" for name, key, url in witnesses]
    (running.folder / "witnesses.policy").write_text("".join(lines) + quorum + "\n")
    settings = {"policy": "witnesses.policy", "every": "1s", "timeout": "2s", "lost_after": "10s", **more}
    running.config["audit"].pop("witnesses", None)
    if witnesses:
        running.config["audit"]["witnesses"] = settings
    running.file.write_text(json.dumps(running.config))


@contextlib.contextmanager
def made(folder):
    """A gateway whose log exists, at rest: its key can be given to witnesses."""
    running = Gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS)
    running.start()
    running.stop()
    try:
        yield running
    finally:
        running.stop()


@contextlib.contextmanager
def witnessed(folder, quorum="group g all w1 w2\nquorum g"):
    with made(folder) as running, contextlib.ExitStack() as stack:
        witnesses, processes = [], []
        for name in ("w1", "w2"):
            witness = Witness(folder / name, [vkey(running)], name=f"witness.test/{name}")
            processes.append(stack.enter_context(witness.serve()))
            witnesses.append(witness)
        configure(running, [(f"w{n + 1}", witness_vkey(w), w.url + "/") for n, w in enumerate(witnesses)], quorum)
        yield running, witnesses, processes


def witnessed_size(running):
    file = audit(running) / "checkpoint.witnessed"
    return int(file.read_text().splitlines()[1]) if file.exists() else -1


def until_witnessed(running, above):
    wait_until(lambda: witnessed_size(running) >= above, 40, f"a witnessed checkpoint of {above} records")


def refused(running):
    """Starts it, and gives what it says when it ends by itself."""
    mark = len(running.log.read_bytes())
    running.start(ready=False)
    assert running.process.wait(30) == 2
    return running.log.read_bytes()[mark:].decode()


def test_checkpoints_carry_the_signatures_of_the_witnesses(tmp_path):
    with witnessed(tmp_path) as (running, witnesses, _):
        running.start()
        work(running, 5)
        until_witnessed(running, 11)
        note = (audit(running) / "checkpoint.witnessed").read_text()
        text, _, lines = note.partition("\n\n")
        for witness in witnesses:
            assert cosigned_at(witness_vkey(witness), text + "\n", lines)
            done = verify("log", audit(running), "--key", vkey(running), "--since",
                          audit(running) / "checkpoint.witnessed", "--witness", witness_vkey(witness))
            assert done.returncode == 0, done
        # When nothing more happens, it is the published checkpoint itself.
        wait_until(lambda: (audit(running) / "checkpoint").read_text().count("\n— witness.test/") == 2, 40, "an idle log")
        records = [record for record in running.records() if record["type"].startswith("checkpoint.")]
        assert [record["type"] for record in records] == ["checkpoint.witnessed"], "written on change, not each time"
        assert records[0]["verified"]["witnesses"] == ["w1", "w2"]
        running.stop()
        running.start()
        assert size(running) >= witnessed_size(running)


def test_one_of_two_is_enough_when_the_policy_says_so(tmp_path):
    with witnessed(tmp_path, "group g any w1 w2\nquorum g") as (running, _, processes):
        processes[0].kill()
        running.start()
        until_witnessed(running, 1)
        wait_until(lambda: running.records(type="checkpoint.witnessed"), what="the record")
        assert running.records(type="checkpoint.witnessed")[-1]["verified"]["witnesses"] == ["w2"]


def test_a_quorum_that_is_lost_is_recorded_and_calls_go_on(tmp_path):
    with witnessed(tmp_path) as (running, witnesses, processes):
        running.start()
        until_witnessed(running, 1)
        processes[1].kill()
        work(running, 2)
        wait_until(lambda: running.records(type="checkpoint.witness_lost"), 60, "the record of the loss")
        lost, = running.records(type="checkpoint.witness_lost")
        assert lost["observed"]["missing"] == ["w2"] and len(lost["observed"]["reasons"]) == 1
        assert b"too few witnesses" in running.log.read_bytes()
        work(running, 2)
        before = size(running)
        with witnesses[1].serve():
            until_witnessed(running, before)
            wait_until(lambda: running.records(type="checkpoint.witnessed")[-1]["index"] > lost["index"], what="its end")


def test_a_copy_that_was_put_back_is_refused(tmp_path):
    with witnessed(tmp_path) as (running, witnesses, _):
        shutil.copytree(running.folder / "state", tmp_path / "copy")
        running.start()
        work(running, 5)
        until_witnessed(running, 11)
        running.stop()
        whole = tmp_path / "whole"
        shutil.move(running.folder / "state", whole)
        shutil.copytree(tmp_path / "copy", running.folder / "state")
        said = refused(running)
        assert "an older copy of it was put back" in said and "witness w" in said
        before = (audit(running) / "checkpoint").read_bytes()
        assert "an older copy" in refused(running) and (audit(running) / "checkpoint").read_bytes() == before, \
            "nothing was written"
        # It goes on by itself, unwitnessed, until it is longer: then it is another history.
        settings = running.config["audit"]["witnesses"]
        configure(running, [], "quorum none")
        running.start()
        work(running, 60)
        running.stop()
        witnesses_policy = [(f"w{n + 1}", witness_vkey(w), w.url) for n, w in enumerate(witnesses)]
        configure(running, witnesses_policy, "quorum w1")
        assert settings["policy"] == "witnesses.policy" and "the log was rewritten" in refused(running)
        shutil.rmtree(running.folder / "state")
        shutil.move(whole, running.folder / "state")
        running.start()
        work(running, 1)


class Scripted:
    """A witness that answers as it is told; `None` lets its caller wait."""

    def __init__(self, *answers):
        self.answers, self.asked, self.port = list(answers), [], free_port()
        scripted = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                scripted.asked.append((self.path, body))
                answer = scripted.answers.pop(0) if len(scripted.answers) > 1 else scripted.answers[0]
                if answer is None:
                    threading.Event().wait(20)
                    return
                status, text = answer
                self.send_response(status)
                self.send_header("content-length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/prefix/"



@pytest.fixture
def some_key(tmp_path):
    """The key of a witness that nobody runs."""
    witness = Witness(tmp_path / "nobody", [Log("log.test/a").vkey])
    with witness.serve():
        return witness_vkey(witness)


def test_a_witness_that_knows_more_while_it_runs_ends_it(tmp_path, some_key):
    with made(tmp_path) as running, Scripted((404, ""), (404, ""), (409, "1000000\n")) as witness:
        configure(running, [("w1", some_key, witness.url)], "quorum w1")
        running.start()
        work(running, 1)
        assert running.process.wait(40) == 1
        said = running.log.read_text()
        assert "signed 1000000 records" in said and "put back" in said
        assert witness.asked[0][0] == "/prefix/add-checkpoint" and witness.asked[0][1].startswith("old 0\n\n")
        assert "signed 1000000 records" in refused(running)


@pytest.mark.parametrize("answer", [None, (500, ""), (200, ""), (200, "— w.test/1 AAAA\n"), (409, "x"), (302, "")])
def test_a_witness_that_fails_stops_neither_start_nor_calls(tmp_path, some_key, answer):
    with made(tmp_path) as running, Scripted(answer) as witness:
        configure(running, [("w1", some_key, witness.url)], "quorum w1")
        running.start()
        work(running, 3)
        wait_until(lambda: len(witness.asked) >= 2, 30, "asked again")
        assert witnessed_size(running) == -1 and running.process.poll() is None


@pytest.mark.parametrize("policy, said", [
    ("quorum none\n", "asks for no witness"), ("quorum w1\n", "not defined"), ("witness w1 nonsense\nquorum w1\n", "policy:1"),
    ("witness w1 {key}\nquorum w1\n", "no https://"), ("witness w1 {key} http://198.51.100.1/\nquorum w1\n", "no https://"),
    (None, "does not exist"),
])
def test_check_says_what_is_wrong_with_a_policy(tmp_path, some_key, policy, said):
    with made(tmp_path) as running:
        configure(running, [("w1", some_key, "https://w.test/")], "quorum w1")
        file = running.folder / "witnesses.policy"
        file.unlink() if policy is None else file.write_text(policy.replace("{key}", some_key))
        done = running.cli("check", check=False)
        assert done.returncode == 2 and said in done.stderr, done.stderr
