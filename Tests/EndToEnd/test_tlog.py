"""The log directory of a gateway, checked with tools that know nothing of us, and with our own offline verifier."""
import base64
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from conftest import ERP_GRANTS, HERE, MARTLET, erp, gateway, wait_until

GOVER = HERE.parent / "Interop/gover"
APT = "apt-get install -y golang-go golang-golang-x-mod-dev"
X_MOD = pathlib.Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")


@pytest.fixture(scope="session")
def gover(tmp_path_factory):
    """A verifier made of the Go team's own code."""
    if not shutil.which("go") or not X_MOD.exists():
        pytest.skip(f"Go's x/mod/sumdb is not on this machine; install it with: {APT}")
    folder = tmp_path_factory.mktemp("gover")
    environment = {**os.environ, "GOPATH": "/usr/share/gocode", "GO111MODULE": "off", "GOCACHE": str(folder / "cache"),
                   "GOFLAGS": ""}
    subprocess.run(["go", "build", "-o", folder / "gover", "."], cwd=GOVER, env=environment, check=True, timeout=300)
    return folder / "gover"


def audit(running):
    return running.folder / "state/audit"


def vkey(running):
    return (audit(running) / "checkpoint.vkey").read_text().strip()


def size(running):
    return int((audit(running) / "checkpoint").read_text().splitlines()[1])


def foreign(gover, running, step=1):
    return subprocess.run([gover, audit(running), vkey(running), str(step)], capture_output=True, text=True, timeout=120)


def work(running, calls):
    token = running.mint("research-bot")
    for _ in range(calls):
        assert running.call(token, "list_vendors").status == 200


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Three runs, the second one killed, with more than one full tile; at rest."""
    folder = tmp_path_factory.mktemp("tlog")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        work(running, 70)
        running.stop()
        running.start()
        work(running, 80)
        running.kill()
        running.start()
        work(running, 30)
        running.stop()
        yield running


def test_the_tools_of_the_go_team_accept_the_directory_as_it_lies(log, gover):
    done = foreign(gover, log)
    assert done.returncode == 0 and done.stdout.startswith(f"good: {size(log)} entries"), done
    assert size(log) > 256 and size(log) == len(log.records())


def test_and_refuse_it_when_one_byte_is_another(log, gover, tmp_path):
    spoilt = tmp_path / "audit"
    for name in ("tile/entries/000", "tile/0/000", "checkpoint"):
        shutil.rmtree(spoilt, ignore_errors=True)
        shutil.copytree(audit(log), spoilt)
        data = bytearray((spoilt / name).read_bytes())
        data[40] ^= 1
        (spoilt / name).write_bytes(data)
        done = subprocess.run([gover, spoilt, vkey(log)], capture_output=True, text=True, timeout=120)
        assert done.returncode == 1 and done.stderr, name


def test_only_what_belongs_to_the_log_lies_there(log):
    tiles = sorted(str(path.relative_to(audit(log))) for path in (audit(log) / "tile").rglob("*") if path.is_file())
    rest = size(log) - 256
    assert set(tiles) >= {"tile/0/000", f"tile/0/001.p/{rest}", "tile/1/000.p/1", "tile/entries/000",
                          f"tile/entries/001.p/{rest}"}
    assert not [name for name in tiles if name.startswith(("tile/0/000.p", "tile/entries/000.p")) or "tmp" in name]


def test_a_running_gateway_can_be_checked_too(tmp_path, gover):
    """The checkpoint follows within a second or so, and whatever moment is seen, it fits the tiles."""
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        for _ in range(4):
            before = size(running)
            work(running, 20)
            wait_until(lambda: size(running) >= before + 40, what="the checkpoint covers the calls")
            copy = tmp_path / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            copy.mkdir()
            shutil.copy(audit(running) / "checkpoint", copy)
            shutil.copytree(audit(running) / "tile", copy / "tile")
            done = subprocess.run([gover, copy, vkey(running)], capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done


@pytest.mark.parametrize("round", range(3))
def test_after_kill_9_the_checkpoint_still_fits_its_tiles(tmp_path, gover, round):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        for calls in (3 + round, 17, 5):
            work(running, calls)
            running.kill()
            assert foreign(gover, running).returncode == 0
            running.start()
        running.stop()
        assert foreign(gover, running).returncode == 0 and size(running) == len(running.records())


def test_tiles_that_are_gone_are_made_anew_by_the_next_run(tmp_path, gover):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        work(running, 5)
        running.stop()
        shutil.rmtree(audit(running) / "tile")
        assert foreign(gover, running).returncode == 1
        running.start()
        running.stop()
        assert foreign(gover, running).returncode == 0


def test_tiles_that_cannot_be_written_stop_no_call(tmp_path, gover):
    """Said in the gateway's log, and made good when it is possible again."""
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        running.stop()
        shutil.move(audit(running) / "tile", tmp_path / "aside")
        (audit(running) / "tile").write_text("in the way")
        running.start()
        work(running, 5)
        wait_until(lambda: b"tiles and checkpoint of the audit log stay behind" in running.log.read_bytes(), what="alert")
        work(running, 5)
        (audit(running) / "tile").unlink()
        wait_until(lambda: b"are up to date again" in running.log.read_bytes(), what="the end of the alert")
        running.stop()
        assert foreign(gover, running).returncode == 0 and size(running) == len(running.records())


# MARK: the log's key, and proofs of single records

def test_vkey_prints_the_key_that_verifies_the_log(log, gover):
    done = log.cli("audit", "vkey")
    assert done.stdout == vkey(log) + "\n"
    facts = json.loads(log.cli("audit", "vkey", "--json").stdout)
    assert facts == {"origin": "martlet/e2e", "vkey": vkey(log), "checkpoint": size(log)}


def test_vkey_says_when_there_is_no_log_or_another_key(log, tmp_path):
    (tmp_path / "martlet.yaml").write_text(log.file.read_text())
    absent = log.cli("audit", "vkey", "--config", tmp_path / "martlet.yaml", config=False, check=False)
    assert absent.returncode == 2 and "No such file" in absent.stderr and not absent.stdout
    shutil.copytree(audit(log), tmp_path / "state/audit")
    with open(tmp_path / "state/audit/checkpoint.vkey", "w") as key:
        key.write(vkey_of_another_log() + "\n")
    other = log.cli("audit", "vkey", "--config", tmp_path / "martlet.yaml", config=False, check=False)
    assert other.returncode == 1 and "signature" in other.stderr and not other.stdout


def vkey_of_another_log():
    key = b"\x01" + ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    digest = hashlib.sha256(b"martlet/e2e\n" + key).digest()[:4]
    return f"martlet/e2e+{digest.hex()}+{base64.b64encode(key).decode()}"


def test_a_proof_holds_by_the_text_of_the_specification(log):
    """Recomputed here from C2SP tlog-proof and RFC 6962, with nothing of ours."""
    signed = (audit(log) / "checkpoint").read_text()
    for index in (0, 1, 200, 255, 256, size(log) - 1):
        facts = json.loads(log.cli("audit", "proof", "--index", index, "--json").stdout)
        text = facts["proof"]
        assert text == log.cli("audit", "proof", "--index", index).stdout
        head, _, note = text.partition("\n\n")
        lines = head.split("\n")
        assert lines[0] == "c2sp.org/tlog-proof@v1" and lines[1] == f"index {index}" and note == signed
        leaf = hashlib.sha256(b"\0" + facts["leaf"].encode()).digest()
        assert leaf.hex() == facts["leaf_hash"]
        root = base64.b64encode(climb(leaf, index, size(log), [base64.b64decode(line) for line in lines[2:]])).decode()
        assert root == note.split("\n")[2]
        record = next(r for r in log.records() if r["index"] == index)
        assert json.loads(facts["leaf"]) == {k: v for k, v in record.items() if k != "index"}


def climb(node, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    last = size - 1
    for sibling in path:
        if index & 1 or index == last:
            node = hashlib.sha256(b"\1" + sibling + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    assert last == 0
    return node


def test_a_proof_of_a_record_that_is_not_there_yet(log, tmp_path):
    done = log.cli("audit", "proof", "--index", size(log), check=False)
    assert done.returncode == 1 and "does not cover" in done.stderr and not done.stdout
    assert log.cli("audit", "proof", "--index", "-1", check=False).returncode == 2
    assert log.cli("audit", "proof", check=False).returncode == 2
    leaf = tmp_path / "leaf.json"
    log.cli("audit", "proof", "--index", 7, "--leaf", leaf)
    assert json.loads(log.cli("audit", "proof", "--index", 7, "--json").stdout)["leaf"].encode() == leaf.read_bytes()


def test_a_proof_from_spoilt_tiles_is_not_printed(log, tmp_path):
    (tmp_path / "martlet.yaml").write_text(log.file.read_text())
    for name, index in (("tile/entries/000", 0), ("tile/0/000", 1), ("tile/1/000.p/1", 256)):
        shutil.rmtree(tmp_path / "state", ignore_errors=True)
        shutil.copytree(audit(log), tmp_path / "state/audit")
        data = bytearray((tmp_path / "state/audit" / name).read_bytes())
        data[20] ^= 1
        (tmp_path / "state/audit" / name).write_bytes(data)
        done = log.cli("audit", "proof", "--index", index, "--config", tmp_path / "martlet.yaml", config=False, check=False)
        assert done.returncode == 1 and "tiles" in done.stderr and not done.stdout, name


# MARK: the offline verifier

VERIFY = MARTLET.parent / "martlet-verify"


def verify(*words):
    return subprocess.run([VERIFY, *map(str, words)], capture_output=True, text=True, timeout=120)


def test_the_offline_verifier_finds_the_log_good(log):
    done = verify("log", audit(log), "--key", vkey(log))
    assert done.returncode == 0 and done.stdout.startswith(f"good: {size(log)} records of martlet/e2e"), done
    facts = json.loads(verify("log", audit(log), "--key", vkey(log), "--json").stdout)
    assert facts["good"] is True and facts["size"] == size(log)
    assert facts["root"] == (audit(log) / "checkpoint").read_text().splitlines()[2]
    assert (facts["tiles_behind_checkpoint"], facts["other_files"]) == (0, 0)


def test_and_names_the_file_and_the_record_of_any_change(log, tmp_path):
    chance = random.Random(7)
    names = [str(path.relative_to(audit(log))) for path in (audit(log) / "tile").rglob("*") if path.is_file()]
    for name in names + ["checkpoint"]:
        data = (audit(log) / name).read_bytes()
        for place in [0, len(data) - 1, chance.randrange(len(data)), chance.randrange(len(data))]:
            copy = tmp_path / "audit"
            shutil.rmtree(copy, ignore_errors=True)
            copy.mkdir()
            shutil.copy(audit(log) / "checkpoint", copy)
            shutil.copytree(audit(log) / "tile", copy / "tile")
            spoilt = bytearray(data)
            spoilt[place] ^= 1 << chance.randrange(8)
            (copy / name).write_bytes(spoilt)
            done = verify("log", copy, "--key", vkey(log), "--json")
            facts = json.loads(done.stdout)
            assert done.returncode == 1 and facts["good"] is False and facts["file"] == name, (name, place, done)
            if name.startswith("tile/0/"):
                assert facts["index"] == (256 if "/001" in name else 0) + place // 32


def test_it_knows_a_log_that_was_put_back_and_one_that_was_rewritten(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        work(running, 3)
        running.stop()
        old, head = tmp_path / "old", tmp_path / "state/head"
        shutil.copytree(audit(running), old)
        shutil.copytree(head, tmp_path / "old-head")

        def put_back():
            # With its head, as in a snapshot of all of the state: else the start is refused.
            for place, copy in ((audit(running), old), (head, tmp_path / "old-head")):
                shutil.rmtree(place)
                shutil.copytree(copy, place)

        running.start()
        work(running, 3)
        running.stop()
        done = verify("log", audit(running), "--key", vkey(running), "--since", old / "checkpoint")
        assert done.returncode == 0 and "continues the first" in done.stdout
        back = verify("log", old, "--key", vkey(running), "--since", audit(running) / "checkpoint")
        assert back.returncode == 1 and "rolled back" in back.stderr
        # Another history under the same key: the gateway of the old copy went on by itself.
        put_back()
        newer = tmp_path / "newer.checkpoint"
        running.start()
        work(running, 4)
        running.stop()
        shutil.copy(audit(running) / "checkpoint", newer)
        put_back()
        running.start()
        work(running, 9)
        running.stop()
        forked = verify("log", audit(running), "--key", vkey(running), "--since", newer)
        assert forked.returncode == 1 and "rewritten" in forked.stderr


def test_a_proof_is_accepted_with_its_leaf_and_with_no_other(log, tmp_path):
    proof, leaf = tmp_path / "8.tlog-proof", tmp_path / "8.json"
    proof.write_text(log.cli("audit", "proof", "--index", 8, "--leaf", leaf).stdout)
    done = verify("proof", proof, "--leaf", leaf, "--key", vkey(log))
    assert done.returncode == 0 and done.stdout == f"good: it is record 8 of the {size(log)} of martlet/e2e\n"
    assert json.loads(verify("proof", proof, "--leaf", leaf, "--key", vkey(log), "--json").stdout)["index"] == 8
    assert verify("proof", proof, "--leaf", leaf, "--key", vkey_of_another_log()).returncode == 1
    leaf.write_bytes(leaf.read_bytes() + b"\n")
    done = verify("proof", proof, "--leaf", leaf, "--key", vkey(log))
    assert done.returncode == 1 and "does not lead from this record" in done.stderr and not done.stdout
    for place in range(0, len(proof.read_bytes()), 7):
        spoilt = bytearray(proof.read_bytes())
        spoilt[place] ^= 1
        (tmp_path / "spoilt").write_bytes(spoilt)
        log.cli("audit", "proof", "--index", 8, "--leaf", leaf)
        assert verify("proof", tmp_path / "spoilt", "--leaf", leaf, "--key", vkey(log)).returncode == 1, place


def test_the_offline_verifier_reads_logs_of_others(tmp_path):
    """The test log of transparency-dev/tessera, where it is on this machine."""
    data = HERE.parents[1].parent / "shared/data/tlog"
    if not (data / "tessera-log").is_dir():
        pytest.skip("../shared/data/tlog/tessera-log is not on this machine")
    key = (data / "tessera-log.vkey").read_text()
    for older in range(16):
        done = verify("log", data / "tessera-log", "--key", key, "--no-records", "--since",
                      data / f"tessera-log/checkpoint.{older}")
        assert done.returncode == 0 and done.stdout.startswith("good: 15 records of example.com/log/testdata"), done
    done = verify("log", data / "tessera-log", "--key", key)
    assert done.returncode == 1 and "record 0" in done.stderr


@pytest.mark.parametrize("words", [[], ["log"], ["log", "state"], ["log", "state", "--key", "nonsense"],
                                   ["proof", "absent", "--leaf", "absent", "--key", "KEY"], ["nonsense"]])
def test_wrong_usage_of_the_verifier_is_exit_code_2(log, words, tmp_path):
    done = verify(*[vkey(log) if word == "KEY" else word for word in words])
    assert done.returncode == (2 if words else 0) and (done.stderr or not words)


def test_the_verifier_says_what_it_cannot_find_or_read(log, tmp_path):
    done = verify("log", tmp_path / "absent", "--key", vkey(log))
    assert done.returncode == 2 and "absent: there is no such directory" in done.stderr
    done = verify("log", tmp_path, "--key", vkey(log))
    assert done.returncode == 1 and "checkpoint" in done.stderr and "not there" in done.stderr
    (tmp_path / "checkpoint").mkdir()
    assert verify("log", tmp_path, "--key", vkey(log)).returncode == 2


def test_every_command_of_the_verifier_has_help_with_an_example():
    for words in ([], ["log"], ["proof"]):
        done = verify(*words, "--help")
        assert done.returncode == 0 and "Example" in done.stdout and "martlet-verify" in done.stdout


def test_the_verifier_links_nothing_of_the_gateway():
    """What an auditor must trust: JSON, hashing, the command line. No network, no database."""
    linked = subprocess.run(["ldd", VERIFY], capture_output=True, text=True).stdout
    assert "sqlite" not in linked and "libz" not in linked
    names = subprocess.run(["strings", "-a", VERIFY], capture_output=True, text=True).stdout if shutil.which("strings") else ""
    assert "NIOPosix" not in names and "MartletStorage" not in names
