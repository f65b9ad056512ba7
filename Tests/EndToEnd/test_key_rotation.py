"""The key that signs the log is replaced: who holds the old one alone can still check everything."""
import base64
import json
import shutil
import stat

from conftest import ERP_GRANTS, Gateway, erp, gateway, wait_until
from test_tlog import audit, size, verify, vkey, work
from witnesses import Witness


def note(running):
    return (audit(running) / "checkpoint").read_text()


def rotate(running):
    """Stops it, asks for a new key, starts it, and waits until the new key signs."""
    running.stop()
    new = running.cli("audit", "rotate-key").stdout.strip()
    running.start()
    wait_until(lambda: vkey(running) == new and signed_by(running, new), what="the new key signs")
    return new


def signed_by(running, key):
    digest = bytes.fromhex(key.split("+")[1])
    lines = note(running).partition("\n\n")[2].splitlines()
    return any(base64.b64decode(line.split(" ")[2])[:4] == digest for line in lines)


def good(running, key):
    done = verify("log", audit(running), "--key", key, "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def test_the_old_key_vouches_for_the_new_one(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        first = vkey(running)
        work(running, 3)
        running.stop()
        since = tmp_path / "since"
        shutil.copy(audit(running) / "checkpoint", since)
        second = running.cli("audit", "rotate-key").stdout.strip()
        assert second != first and second.split("+")[0] == first.split("+")[0]
        assert json.loads(running.cli("audit", "rotate-key", "--json").stdout) == {"old": first, "new": second}, \
            "asked again, it is the same one"
        assert vkey(running) == first and good(running, first)["rotations"] == []
        running.start()
        wait_until(lambda: vkey(running) == second, what="the new key")
        record, = running.records(type="key.rotated")
        assert record["derived"] == {"old_vkey": first, "new_vkey": second}
        work(running, 3)
        wait_until(lambda: size(running) > record["index"] + 6, what="a checkpoint behind the calls")
        assert signed_by(running, first) and signed_by(running, second), "both sign for a while"
        assert good(running, second)["rotations"] == []
        assert good(running, first)["rotations"] == [{"index": record["index"], "vkey": second}]
        text = verify("log", audit(running), "--key", first, "--since", since).stdout
        assert f"key replaced by record {record['index']}" in text and "continues the first" in text
        told = running.cli("audit", "verify", "--key", first).stdout
        assert f"key replaced by record {record['index']}" in told
        assert json.loads(running.cli("audit", "verify", "--json", "--key", first).stdout)["rotations"] == [record["index"]]
        # The old key is given up; what it vouched for stays.
        assert "never again" in running.cli("audit", "rotate-key", "--retire").stdout
        assert running.cli("audit", "rotate-key", "--retire", check=False).returncode == 1
        running.stop()
        running.start()
        work(running, 1)
        wait_until(lambda: not signed_by(running, first), what="the new key alone")
        assert signed_by(running, second)
        third = rotate(running)
        running.cli("audit", "rotate-key", "--retire")
        running.stop()
        running.start()
        work(running, 1)
        running.stop()
        assert [len(good(running, key)["rotations"]) for key in (first, second, third)] == [2, 1, 0]
        for key in (first, second, third):
            assert running.cli("audit", "verify", "--key", key).stdout.startswith("good")
        keys = tmp_path / "state/keys"
        assert not list(audit(running).glob("*.key*")), "no secret key lies beside the log"
        assert stat.S_IMODE((keys / "checkpoint.key").stat().st_mode) == 0o600 and len(list(keys.glob("checkpoint*"))) == 1
        tampered(running, first, tmp_path)


def tampered(running, key, folder):
    """Each change of what ties the keys together is found, and named."""
    copy = folder / "copy"
    for name in ("rotations/0.tlog-proof", "rotations/1.tlog-proof"):
        data = (audit(running) / name).read_bytes()
        for place in range(0, len(data), 97):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(audit(running), copy)
            spoilt = bytearray(data)
            spoilt[place] ^= 1
            (copy / name).write_bytes(spoilt)
            done = verify("log", copy, "--key", key, "--json")
            assert done.returncode == 1 and json.loads(done.stdout)["file"] in (name, "checkpoint"), (name, place, done)
    shutil.rmtree(copy)
    shutil.copytree(audit(running), copy)
    (copy / "rotations/1.tlog-proof").unlink()
    done = verify("log", copy, "--key", key)
    assert done.returncode == 1 and "not signed by this key" in done.stderr
    # What the old key signed as proof must be a part of the log that is shown.
    other = folder / "other"
    with gateway_of(other) as stranger:
        shutil.copytree(audit(running) / "rotations", audit(stranger) / "rotations")
        assert verify("log", audit(stranger), "--key", key).returncode == 1


def gateway_of(folder):
    folder.mkdir()
    return gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS)


def test_a_kill_at_any_moment_of_it_loses_nothing(tmp_path):
    running = Gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS)
    running.start()
    try:
        first = vkey(running)
        new = first
        for seen in (b"martlet ready", b"rotations", b"key.next", None):
            running.stop() if running.process.poll() is None else None
            asked = running.cli("audit", "rotate-key").stdout.strip()
            running.start(ready=False)
            if seen == b"martlet ready":
                wait_until(lambda: running.ready(0), 60, "ready")
            elif seen == b"rotations":
                wait_until(lambda: list(audit(running).glob("rotations/*")), 60, "the proof")
            elif seen == b"key.next":
                wait_until(lambda: not (tmp_path / "state/keys/checkpoint.key.next").exists(), 60, "the new key in place")
            else:
                wait_until(lambda: vkey(running) == asked, 60, "the new key")
            running.kill()
            assert good(running, first)["good"]
            new = asked
        running.start()
        wait_until(lambda: vkey(running) == new and signed_by(running, new), what="the last key")
        work(running, 2)
        running.stop()
        assert good(running, first)["good"] and good(running, new)["rotations"] == []
        assert running.cli("audit", "verify", "--key", first).stdout.startswith("good")
    finally:
        running.stop()


def test_the_key_of_an_older_release_is_moved(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        running.stop()
        key = vkey(running)
        shutil.move(tmp_path / "state/keys/checkpoint.key", audit(running) / "checkpoint.key")
        running.start()
        work(running, 1)
        running.stop()
        assert vkey(running) == key and good(running, key)["good"]
        assert not (audit(running) / "checkpoint.key").exists() and (tmp_path / "state/keys/checkpoint.key").exists()


def test_a_witness_that_knows_the_old_key_only_goes_on_signing(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        witness = Witness(tmp_path / "w1", [vkey(running)])
        with witness.serve():
            request = running.cli("audit", "witness-request", "--old", 0).stdout
            known = int(request.partition("\n\n")[2].splitlines()[1])
            assert witness.post(request)[0] == 200
            rotate(running)
            wait_until(lambda: size(running) > known, what="a larger checkpoint")
            assert witness.post(running.cli("audit", "witness-request", "--old", known).stdout)[0] == 200
