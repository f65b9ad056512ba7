"""The log of a gateway in the hands of tools we did not write. Run by `make interop`, not by `make e2e`.

MARTLET_TLOG_RECORDS says how many records the large log has at least (default 2000; `make soak`: 100000).
"""
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import threading
import zipfile

import pytest

import test_witnessing
import witnesses
from conftest import ERP_GRANTS, META, MODERN, erp, free_port, gateway, program
from test_tlog import audit, foreign, gover, size, verify, vkey, work  # noqa: F401
from test_witness import vkey as our_vkey

RECORDS = int(os.environ.get("MARTLET_TLOG_RECORDS", "2000"))
TOOLS = pathlib.Path(__file__).resolve().parents[3] / ".venv-interop/bin"
needs_tools = pytest.mark.skipif(not (TOOLS / "aics-tlog").exists(),
                                 reason="no aics-tlog and aics-witness: run Scripts/interop-venv (Python 3.12 or later)")


def tlog(*words):
    done = subprocess.run([TOOLS / "aics-tlog", *map(str, words)], capture_output=True, text=True, timeout=600)
    return done.returncode, json.loads(done.stdout or done.stderr.splitlines()[-1])


def call_many(running, calls):
    """Calls over eight connections that are kept."""
    token = running.mint("research-bot")
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                       "params": {"name": "list_vendors", "arguments": {}, "_meta": META}})
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
               "Authorization": f"Bearer {token}", "MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call",
               "Mcp-Name": "list_vendors"}
    bad = []

    def caller():
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
        for _ in range(calls // 8 + 1):
            connection.request("POST", "/mcp/erp", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                bad.append(answer.status)
                return

    threads = [threading.Thread(target=caller) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not bad


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        call_many(running, RECORDS // 4)
        shutil.copy(audit(running) / "checkpoint", folder / "half.checkpoint")
        call_many(running, RECORDS // 4)
        running.stop()
        assert size(running) >= RECORDS
        yield running


@needs_tools
def test_aics_tlog_accepts_the_log(large):
    code, facts = tlog("verify-checkpoint", "--log-key", vkey(large), "--tiles", audit(large))
    assert code == 0 and facts["ok"] and facts["tiles_ok"] and facts["size"] == size(large)
    for index in (0, 255, 256, size(large) // 2, size(large) - 1):
        code, facts = tlog("verify-inclusion", "--log-key", vkey(large), "--tiles", audit(large), "--index", index)
        assert code == 0 and facts["ok"], facts
    code, facts = tlog("verify-consistency", "--log-key", vkey(large), "--tiles", audit(large), "--old-checkpoint",
                       large.folder / "half.checkpoint")
    assert code == 0 and facts["ok"] and facts["new_size"] == size(large), facts


@needs_tools
def test_aics_tlog_accepts_the_proof_of_a_record_and_refuses_another_one(large, tmp_path):
    index = size(large) // 3
    facts = json.loads(large.cli("audit", "proof", "--index", index, "--json").stdout)
    head, _, note = facts["proof"].partition("\n\n")
    (tmp_path / "path").write_text("\n".join(head.split("\n")[2:]) + "\n")
    (tmp_path / "leaf").write_text(facts["leaf"])
    root = note.split("\n")[2]
    words = ["verify-inclusion", "--index", index, "--size", size(large), "--root", root, "--proof", tmp_path / "path"]
    code, answer = tlog(*words, "--leaf", tmp_path / "leaf")
    assert code == 0 and answer["ok"], answer
    (tmp_path / "leaf").write_text(facts["leaf"] + " ")
    code, answer = tlog(*words, "--leaf", tmp_path / "leaf")
    assert code != 0 and not answer.get("ok"), answer


@needs_tools
def test_an_evidence_bundle_is_checked_by_its_script_with_foreign_tools_alone(large, tmp_path):
    intent = next(record for record in large.records() if record["type"] == "call.intent")
    large.cli("audit", "export", "--case", "C-1", "--reason", "interop", "--call", intent["call"], "--out", tmp_path / "c.zip")
    with zipfile.ZipFile(tmp_path / "c.zip") as archive:
        archive.extractall(tmp_path)
    bundle = tmp_path / "C-1"
    run = lambda: subprocess.run(["sh", bundle / "verify.sh", vkey(large)], capture_output=True, text=True, timeout=120,
                                 env={**os.environ, "PATH": f"{TOOLS}:/usr/bin:/bin"})
    done = run()
    assert done.returncode == 0 and "aics-tlog: checkpoint and every record good" in done.stdout, done
    assert "martlet-verify: not installed" in done.stdout
    assert "scitt-cose: the receipt of every record good" in done.stdout, done
    one, other = sorted((bundle / "proofs").glob("*.cose"))[:2]
    kept = other.read_bytes()
    other.write_bytes(one.read_bytes())
    done = run()
    assert done.returncode != 0 and f"scitt-cose: record {other.stem}: BAD" in done.stdout, done
    other.write_bytes(kept)
    record = bundle / f"records/{intent['index']}.json"
    record.write_bytes(record.read_bytes() + b" ")
    done = run()
    assert done.returncode != 0 and f"aics-tlog: record {intent['index']}: BAD" in done.stdout, done
    assert f"scitt-cose: record {intent['index']}: BAD" in done.stdout, done


def test_the_tools_of_the_go_team_accept_the_large_log(large, gover):
    done = foreign(gover, large, step=max(1, RECORDS // 500))
    assert done.returncode == 0 and done.stdout.startswith(f"good: {size(large)} entries"), done


def test_so_does_our_offline_verifier(large):
    done = verify("log", audit(large), "--key", vkey(large), "--since", large.folder / "half.checkpoint")
    assert done.returncode == 0 and done.stdout.startswith(f"good: {size(large)} records"), done


# MARK: a witness of others

class Witness:
    """`aics-witness`, which keeps what it signed, and refuses what contradicts it."""

    def __init__(self, folder, origin, key):
        self.port = free_port()
        self.config = folder / "witness.json"
        folder.mkdir()
        self.tool("init", "--name", "witness.test/w1", "--listen", f"127.0.0.1:{self.port}")
        self.tool("add-log", "--origin", origin, "--vkey", key)
        status = json.loads(self.tool("status", "--json"))
        self.vkey = next(text for text in strings(status) if text.startswith("witness.test/w1+"))

    def tool(self, *words):
        done = subprocess.run([TOOLS / "aics-witness", *words, "--config", self.config], capture_output=True, text=True,
                              timeout=60, cwd=self.config.parent)
        assert done.returncode == 0, done
        return done.stdout

    def serve(self):
        return program(TOOLS / "aics-witness", "serve", "--config", self.config, port=self.port, cwd=self.config.parent)

    def ask(self, running, old):
        """The answer to the request of a log, and the checkpoint with the lines of the witness."""
        request = running.cli("audit", "witness-request", "--old", old).stdout
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/add-checkpoint", request.encode())
        answer = connection.getresponse()
        body = answer.read().decode()
        return answer.status, body, request.partition("\n\n")[2] + body


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


@needs_tools
def test_a_witness_signs_the_log_and_refuses_a_rolled_back_and_a_rewritten_one(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        call_many(running, 300)
        running.stop()
        witness = Witness(tmp_path / "witness", "martlet/e2e", vkey(running))
        with witness.serve():
            first = size(running)
            status, _, cosigned = witness.ask(running, 0)
            assert status == 200
            old = tmp_path / "old"
            shutil.copytree(audit(running), old)
            shutil.copytree(tmp_path / "state/head", tmp_path / "old-head")
            (tmp_path / "cosigned").write_text(cosigned)
            running.start()
            call_many(running, 40)
            running.stop()
            assert witness.ask(running, 0)[:2] == (409, f"{first}\n"), "it says which size it knows"
            status, _, cosigned = witness.ask(running, first)
            assert status == 200
            (tmp_path / "newer").write_text(cosigned)
            for file in ("cosigned", "newer"):
                done = verify("log", audit(running), "--key", vkey(running), "--since", tmp_path / file, "--witness",
                              witness.vkey)
                assert done.returncode == 0, done
            second = size(running)
            # Yesterday's copy, put back: the witness knows more, and the log cannot even ask.
            shutil.rmtree(audit(running))
            shutil.copytree(old, audit(running))
            assert witness.ask(running, first)[:2] == (409, f"{second}\n")
            refused = running.cli("audit", "witness-request", "--old", second, check=False)
            assert refused.returncode == 1 and "rolled back" in refused.stderr and not refused.stdout
            # The copy goes on by itself, under the same key, with another history; its head was put back too, else it would not.
            shutil.rmtree(tmp_path / "state/head")
            shutil.copytree(tmp_path / "old-head", tmp_path / "state/head")
            running.start()
            call_many(running, 80)
            running.stop()
            assert size(running) > second and witness.ask(running, second)[0] == 422
            done = verify("log", audit(running), "--key", vkey(running), "--since", tmp_path / "newer", "--witness",
                          witness.vkey)
            assert done.returncode == 1 and "rewritten" in done.stderr
        assert "martlet/e2e" in witness.tool("evidence"), "and it keeps the proof of it"


@needs_tools
def test_a_gateway_is_witnessed_by_ours_and_by_a_foreign_one(tmp_path):
    with test_witnessing.made(tmp_path) as running:
        foreign_one = Witness(tmp_path / "foreign", "martlet/e2e", vkey(running))
        ours = witnesses.Witness(tmp_path / "ours", [vkey(running)])
        with foreign_one.serve(), ours.serve():
            test_witnessing.configure(running, [
                ("foreign", foreign_one.vkey, f"http://127.0.0.1:{foreign_one.port}"), ("ours", our_vkey(ours), ours.url),
            ], "group g all foreign ours\nquorum g")
            shutil.copytree(running.folder / "state", tmp_path / "copy")
            running.start()
            work(running, 20)
            test_witnessing.until_witnessed(running, 40)
            running.stop()
            done = verify("log", audit(running), "--key", vkey(running), "--since", audit(running) / "checkpoint.witnessed",
                          "--witness", foreign_one.vkey, "--witness", our_vkey(ours))
            assert done.returncode == 0, done
            shutil.rmtree(running.folder / "state")
            shutil.copytree(tmp_path / "copy", running.folder / "state")
            test_witnessing.configure(running, [
                ("foreign", foreign_one.vkey, f"http://127.0.0.1:{foreign_one.port}")], "quorum foreign")
            assert "an older copy of it was put back" in test_witnessing.refused(running)


FEEDER = """
import json, sys
from aics_witness.feeder import FeederError, WitnessClient
url, vkey = sys.argv[1:]
client = WitnessClient(url, vkey)
for line in sys.stdin:
    step = json.loads(line)
    path = [bytes.fromhex(h) for h in step["path"]]
    try:
        print(json.dumps({"line": client.submit(step["note"].encode(), (step["old"], path))}, default=str), flush=True)
    except FeederError as error:
        print(json.dumps({"error": type(error).__name__, "status": getattr(error, "status", None)}), flush=True)
"""


@needs_tools
def test_a_foreign_client_is_served_by_our_witness(tmp_path):
    log, forked = witnesses.Log("log.test/a"), witnesses.Log("log.test/a", salt=b"x")
    witness = witnesses.Witness(tmp_path / "w1", [log.vkey])
    with witness.serve():
        steps = [(log, 0, 5), (log, 5, 40), (forked, 40, 40), (log, 3, 7), (witnesses.Log("log.test/b"), 0, 5)]
        lines = "".join(json.dumps({
            "note": of.note(new), "old": old,
            "path": [h.hex() for h in witnesses.consistency(old, of.leaves[:new])] if old else [],
        }) + "\n" for of, old, new in steps)
        done = subprocess.run([TOOLS / "python", "-c", FEEDER, witness.url, our_vkey(witness)], input=lines, text=True,
                              capture_output=True, timeout=120)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(steps), done
        for answer, size in zip(answers, (5, 40)):
            assert "line" in answer, (answer, size)
        assert [answer.get("error") for answer in answers[2:]] == ["WitnessRejected", "WitnessAhead", "WitnessRejected"], done


# MARK: COSE receipts

@needs_tools
def test_scitt_cose_accepts_the_receipt_of_a_record_and_refuses_another_one(large, tmp_path):
    (tmp_path / "log.pem").write_text(large.cli("audit", "vkey", "--pem").stdout)
    for index in (0, 255, 256, size(large) // 2, size(large) - 1):
        leaf, receipt = tmp_path / "leaf.json", tmp_path / "receipt.cose"
        large.cli("audit", "proof", "--index", index, "--leaf", leaf, "--cose", receipt)

        def check(entry, file=receipt):
            done = subprocess.run([TOOLS / "scitt-cose", "--receipt", file, "--receipt-log-pubkey", tmp_path / "log.pem",
                                   "--leaf-entry-hex", entry.hex(), "--json"], capture_output=True, text=True, timeout=60)
            return done.returncode, done.stdout + done.stderr

        code, said = check(leaf.read_bytes())
        assert code == 0, said
        code, said = check(leaf.read_bytes() + b" ")
        assert code != 0, said
        # Header, path and signature. The size beside the path only says how to walk it: no receipt of RFC 9942 signs it.
        length = len(receipt.read_bytes())
        for place in [*range(4, 40, 7), *range(length - 64, length, 13)]:
            spoilt = bytearray(receipt.read_bytes())
            spoilt[place] ^= 1
            (tmp_path / "spoilt.cose").write_bytes(spoilt)
            assert check(leaf.read_bytes(), tmp_path / "spoilt.cose")[0] != 0, place
