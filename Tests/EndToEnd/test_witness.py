"""`martlet witness`, asked by a log that was written from the specification."""
import os
import signal
import subprocess
import time

import pytest

from conftest import MARTLET, free_port, wait_until
from witnesses import Log, Witness, cosigned_at, together


@pytest.fixture
def log():
    return Log("log.test/a")


@pytest.fixture
def witness(tmp_path, log):
    witness = Witness(tmp_path / "w1", [log.vkey])
    with witness.serve():
        yield witness


def vkey(witness):
    return subprocess.run([MARTLET, "witness", "vkey", "--state", witness.state], capture_output=True, text=True,
                          check=True, timeout=60).stdout.strip()


def test_a_log_that_grows_is_signed_each_time(witness, log):
    now = time.time()
    for old, size in ((0, 5), (5, 5), (5, 6), (6, 40)):
        status, lines, _ = witness.post(log.request(old, size))
        assert status == 200 and lines.endswith("\n")
        assert abs(cosigned_at(vkey(witness), log.text(size), lines) - now) < 120


def test_another_size_than_it_signed_is_a_conflict_that_names_it(witness, log):
    assert witness.post(log.request(3, 5))[:2] == (409, "0\n")
    assert witness.post(log.request(0, 5))[0] == 200
    for old, size in ((0, 7), (4, 7), (0, 5), (3, 4)):
        assert witness.post(log.request(old, size)) == (409, "5\n", "text/x.tlog.size")


def test_a_rewritten_log_is_refused(witness, log):
    other = Log("log.test/a", salt=b"other")
    assert witness.post(log.request(0, 5))[0] == 200
    assert witness.post(other.request(5, 9))[0] == 422
    assert witness.post(other.request(5, 5))[:2] == (409, "5\n"), "another root at the same size"
    path = [os.urandom(32) for _ in range(3)]
    assert witness.post(log.request(5, 9, path=path))[0] == 422
    assert witness.post(log.request(5, 9, path=[]))[0] == 422
    assert witness.post(log.request(5, 9))[0] == 200, "the true one is still signed"


def test_unknown_logs_and_keys_and_what_is_no_request(witness, log):
    assert witness.post(Log("log.test/b").request(0, 5))[0] == 404
    assert witness.post(Log("log.test/a", seed=b"\x09" * 32).request(0, 5))[0] == 403
    for body in ("", "old 0\n", "old 0\n\n", "old -1\n\n" + log.note(5), "old 0\nxx\n\n" + log.note(5),
                 log.note(5), "old 6\n\n" + log.note(5), "old 00\n\n" + log.note(5),
                 "old 0\n" + "A" * 43 + "=\n" * 64 + "\n" + log.note(5)):
        assert witness.post(body)[0] == 400, body[:30]
    assert witness.post(log.request(0, 5), path="/other")[0] == 404
    assert witness.post(log.request(0, 5), method="PUT")[0] == 405
    assert witness.post("x" * 100_000)[0] == 413
    assert witness.post(log.request(0, 5))[0] == 200


def test_what_it_signed_survives_kill_9(tmp_path, log):
    witness = Witness(tmp_path / "w1", [log.vkey])
    size = 0
    for step in range(4):
        with witness.serve() as process:
            assert witness.post(log.request(0, 1))[0] == (200 if step == 0 else 409)
            size = max(size, 1)
            assert witness.post(log.request(size, size + 3))[0] == 200
            size += 3
            process.send_signal(signal.SIGKILL)
    with witness.serve():
        assert witness.post(log.request(0, 1))[:2] == (409, f"{size}\n")


def test_of_requests_at_once_one_wins(witness, log):
    assert witness.post(log.request(0, 5))[0] == 200
    answers = together(lambda n: witness.post(log.request(5, 10 + n))[:2], 12)
    assert sorted(status for status, _ in answers) == [200] + [409] * 11
    size = 10 + [status for status, _ in answers].index(200)
    assert witness.post(log.request(0, 1))[:2] == (409, f"{size}\n")


def test_one_process_for_one_state(witness):
    second = subprocess.run([*map(str, witness.command[:-1]), f"127.0.0.1:{free_port()}"], capture_output=True, text=True,
                            timeout=60)
    assert second.returncode == 2 and "another process" in second.stderr


@pytest.mark.parametrize("words, said", [
    (["--listen", "0.0.0.0:0"], "only loopback"), (["--listen", "nonsense"], "ADDRESS:PORT"),
    (["--name", "with space"], "name of the log"), (["--certificate", "x.pem"], "belong together"),
])
def test_bad_usage_is_exit_code_2(tmp_path, log, words, said):
    witness = Witness(tmp_path / "w1", [log.vkey])
    done = subprocess.run([*map(str, witness.command), *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and said in done.stderr, done


@pytest.mark.parametrize("policy, said", [
    ("quorum none\n", "no log"), ("log nonsense\nquorum none\n", "line 1"), ("", "no quorum"), (None, "cannot be read"),
])
def test_a_policy_that_cannot_be_used_is_exit_code_2(tmp_path, log, policy, said):
    witness = Witness(tmp_path / "w1", [log.vkey])
    witness.policy.unlink() if policy is None else witness.policy.write_text(policy)
    done = subprocess.run([*map(str, witness.command)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and said in done.stderr, done


def test_a_key_that_others_can_read_or_of_another_name_is_refused(tmp_path, log):
    witness = Witness(tmp_path / "w1", [log.vkey])
    with witness.serve():
        assert (witness.state / "witness.key").stat().st_mode & 0o777 == 0o600
    witness.name = "witness.test/other"
    done = subprocess.run([*map(str, witness.command)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "witness.test/w1" in done.stderr
    witness.name = "witness.test/w1"
    (witness.state / "witness.key").chmod(0o640)
    done = subprocess.run([*map(str, witness.command)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "chmod 600" in done.stderr


def test_a_state_that_is_spoilt_signs_nothing(tmp_path, log):
    """Better no signature than one that forgets what was signed."""
    witness = Witness(tmp_path / "w1", [log.vkey])
    with witness.serve():
        assert witness.post(log.request(0, 5))[0] == 200
        kept, = (witness.state / "logs").iterdir()
        kept.write_bytes(kept.read_bytes()[:-3])
        assert witness.post(log.request(5, 9))[0] == 500
        assert witness.post(log.request(0, 9))[0] == 500


def test_it_says_why_it_did_not_sign(tmp_path, log):
    witness = Witness(tmp_path / "w1", [log.vkey])
    with open(tmp_path / "said", "wb") as said:
        process = subprocess.Popen([*map(str, witness.command)], stderr=said, stdout=said)
        try:
            wait_until(lambda: b"witness ready" in (tmp_path / "said").read_bytes(), what="the witness")
            witness.post(log.request(0, 5))
            witness.post(Log("log.test/a", salt=b"x").request(5, 9))
            wait_until(lambda: b"was rewritten" in (tmp_path / "said").read_bytes(), what="why")
        finally:
            process.terminate()
            assert process.wait(20) == 0
