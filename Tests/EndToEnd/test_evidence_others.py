"""Evidence bundles: what witnesses and timestamp authorities signed, receipts, and what a refused call was compared with."""
import base64
import contextlib
import hashlib
import json
import os
import shutil
import subprocess

import pytest

import cose
from conftest import ERP_GRANTS, erp, gateway, wait_until
from test_evidence import first, forge, records, told, unpacked
from test_forensics import PAYMENT, Incidents, incidents  # noqa: F401 (the fixture)
from test_key_rotation import rotate
from test_timestamps import Authority
from test_tlog import VERIFY, audit, work
from test_witness import vkey as witness_vkey
from test_witnessing import configure, until_witnessed, witnessed
from witnesses import Log, Witness, cosigned_at

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not on this machine")
pytestmark = needs_openssl


def verify(bundle, key, *more, code=0):
    done = subprocess.run([VERIFY, "bundle", bundle, "--key", key, "--json", *map(str, more)], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout) if done.stdout else done.stderr


def readme(bundle):
    return " ".join((bundle / "README.txt").read_text().split())


class Vouched:
    """A gateway with two witnesses and a timestamp authority, all of which have signed; then one more call without them."""

    def __init__(self, folder, stack):
        self.authority = stack.enter_context(Authority(folder / "tsa"))
        self.running, self.witnesses, processes = stack.enter_context(witnessed(folder))
        running = self.running
        running.config["audit"]["timestamps"] = {"url": f"http://127.0.0.1:{self.authority.port}/tsa", "every": "1s"}
        running.file.write_text(json.dumps(running.config))
        running.start()
        work(running, 4)
        covered = running.leaves()[-1]["index"] + 1
        until_witnessed(running, covered)
        wait_until(lambda: any(int(f.stem) >= covered for f in (audit(running) / "timestamps").glob("*.tsr")), what="a token")
        self.authority.spoil = "down"
        for process in processes:
            process.kill()
        work(running, 1)
        self.key = running.cli("audit", "vkey").stdout.strip()
        self.bundle = unpacked(running, folder / "out", "--since", "2020-01-01", "--agent", "research-bot")
        self.policy = folder / "mine.policy"
        self.policy.write_text("".join(f"witness {w.name.split('/')[1]} {witness_vkey(w)}\n" for w in self.witnesses)
                               + "group g all w1 w2\nquorum g\n")


@pytest.fixture(scope="module")
def vouched(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield Vouched(tmp_path_factory.mktemp("vouched"), stack)


def test_what_others_signed_is_in_it_and_good(vouched):
    bundle, indexes = vouched.bundle, records(vouched.bundle)
    report = verify(bundle, vouched.key)
    witnessed = report["witnessed"]
    assert witnessed["witnesses"] == ["w1", "w2"] and witnessed["policy"] == "bundle"
    assert 0 < witnessed["records"] < len(indexes), "the last call came after the witnesses"
    assert witnessed["records"] == sum(index < witnessed["size"] for index in indexes)
    assert 0 < report["timestamped_records"] < len(indexes) and report["timestamps"] > 0
    assert report["receipts"] == report["records"]
    text, _, lines = (bundle / "log/checkpoint.witnessed").read_text().partition("\n\n")
    assert (bundle / "log/checkpoint.witnessed").read_bytes() == (audit(vouched.running) / "checkpoint.witnessed").read_bytes()
    assert all(cosigned_at(witness_vkey(witness), text + "\n", lines) for witness in vouched.witnesses)
    words = readme(bundle)
    assert "Witnesses: w1, w2, enough for log/witness.policy" in words and "the others are later" in words
    assert f"cover {report['timestamped_records']} of the {report['records']} records here" in words


def test_each_record_has_its_first_token_and_openssl_accepts_it(vouched):
    tokens = sorted(int(f.stem) for f in (vouched.bundle / "timestamps").glob("*.tsr"))
    kept = sorted(int(f.stem) for f in (audit(vouched.running) / "timestamps").glob("*.tsr"))
    wanted = {min(s for s in kept if s > index) for index in records(vouched.bundle) if index < max(kept)}
    assert tokens == sorted(wanted)
    for number in tokens:
        folder = vouched.bundle / "timestamps"
        assert vouched.authority.accepts(folder / f"{number}.checkpoint", folder / f"{number}.tsr")


def test_the_policy_names_log_and_witnesses_and_no_address(vouched):
    lines = (vouched.bundle / "log/witness.policy").read_text().splitlines()
    assert lines[0] == f"log {vouched.key}" and lines[-2:] == ["group g all w1 w2", "quorum g"]
    assert lines[1:3] == [f"witness w{n + 1} {witness_vkey(w)}" for n, w in enumerate(vouched.witnesses)]


def test_a_witness_that_knows_nothing_of_ours_accepts_the_consistency_proof(vouched, tmp_path):
    """The file is a request to a witness: one that signed the smaller checkpoint signs the larger one with it."""
    witness = Witness(tmp_path / "w3", [vouched.key], name="witness.test/w3")
    with witness.serve():
        status, _, _ = witness.post("old 0\n\n" + (vouched.bundle / "log/checkpoint.witnessed").read_text())
        assert status == 200
        status, body, _ = witness.post((vouched.bundle / "log/consistency").read_text())
        assert status == 200, body


def test_the_checkers_own_policy_is_the_one_that_counts(vouched, tmp_path):
    assert verify(vouched.bundle, vouched.key, "--policy", vouched.policy)["witnessed"]["policy"] == "own"
    stranger = Witness(tmp_path / "w9", [vouched.key], name="witness.test/w9")
    other = tmp_path / "other.policy"
    with stranger.serve():
        other.write_text(f"witness w9 {witness_vkey(stranger)}\nquorum w9\n")
    fault = verify(vouched.bundle, vouched.key, "--policy", other, code=1)
    assert (fault["fault"], fault["file"]) == ("quorum", "log/checkpoint.witnessed")
    other.write_text("quorum none\n")
    assert verify(vouched.bundle, vouched.key, "--policy", other, code=1)["fault"] == "policy"
    other.write_text("nonsense\n")
    assert "line 1" in verify(vouched.bundle, vouched.key, "--policy", other, code=2)


def flip(data, place):
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def line(number, change):
    def changed(data):
        lines = data.decode().split("\n")
        lines[number] = change(lines[number])
        return "\n".join(lines).encode()
    return changed


def other_hash(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def imprint(data):
    """Another digest in a token: the one of other bytes."""
    at = data.index(bytes.fromhex("608648016503040201"), data.index(b"\x02\x01\x01"))
    while data[at + 9:at + 13] != bytes.fromhex("05000420"):
        at = data.index(bytes.fromhex("608648016503040201"), at + 1)
    return flip(data, at + 20)


def signature(name, place):
    """Another byte in the signature line of `name`."""
    def changed(data):
        lines = data.decode().split("\n")
        at = next(n for n, text in enumerate(lines) if text.startswith(f"— {name} "))
        start, blob = lines[at].rsplit(" ", 1)
        lines[at] = f"{start} {base64.b64encode(flip(base64.b64decode(blob), place)).decode()}"
        return "\n".join(lines).encode()
    return changed


CHANGES = {
    "the consistency proof": ("log/consistency", line(1, other_hash), "not_consistent"),
    "its old size": ("log/consistency", line(0, lambda text: f"old {int(text[4:]) - 1}"), "not_consistent"),
    "the log's signature of the witnessed checkpoint": ("log/checkpoint.witnessed", signature("martlet/e2e", -1), "checkpoint"),
    "the signature of a witness": ("log/checkpoint.witnessed", signature("witness.test/w2", -1), "cosignature"),
    "who a witness is": ("log/witness.policy", lambda data: data.replace(b"witness w2 witness.test/w2", b"witness w2 witness.test/x2"), "policy"),
    "a quorum of nobody": ("log/witness.policy", lambda data: data.replace(b"quorum g", b"quorum none"), "policy"),
    "a policy of another log": ("log/witness.policy", line(0, lambda _: f"log {Log('other.test/log').vkey}"), "policy"),
    "a token": ("timestamps/*.tsr", imprint, "timestamp"),
    "a token that is none": ("timestamps/*.tsr", lambda data: b"", "timestamp"),
    "what was timestamped": ("timestamps/*.checkpoint", line(2, other_hash), "not_consistent"),
    "its signature": ("timestamps/*.checkpoint", signature("martlet/e2e", -1), "timestamp"),
    "its consistency proof": ("timestamps/*.consistency", line(1, other_hash), "not_consistent"),
    "the signature of a receipt": ("proofs/*.cose", lambda data: flip(data, -1), "receipt"),
    "the path of a receipt": ("proofs/*.cose", lambda data: flip(data, -80), "receipt"),
    "the end of a receipt": ("proofs/*.cose", lambda data: data + b"\0", "receipt"),
}


def place(bundle, pattern):
    return sorted(bundle.glob(pattern))[0]


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_statement_is_found(vouched, tmp_path, what):
    pattern, change, fault = CHANGES[what]
    bundle = shutil.copytree(vouched.bundle, tmp_path / "b")
    file = place(bundle, pattern)
    before = file.read_bytes()
    file.write_bytes(change(before))
    assert file.read_bytes() != before
    found = verify(bundle, vouched.key, code=1)
    assert (found["fault"], found["file"]) == ("digest_differs", str(file.relative_to(bundle)))
    forge(bundle)
    assert verify(bundle, vouched.key, code=1)["fault"] == fault


@pytest.mark.parametrize("pattern, missed", [
    ("log/consistency", "log/consistency"), ("log/checkpoint.witnessed", "log/checkpoint.witnessed"),
    ("proofs/*.cose", "same"), ("timestamps/*.tsr", "same"), ("timestamps/*.checkpoint", "same"), ("timestamps/*.consistency", "same"),
])
def test_a_part_that_was_taken_away_is_found_although_the_manifest_fits(vouched, tmp_path, pattern, missed):
    bundle = shutil.copytree(vouched.bundle, tmp_path / "b")
    file = place(bundle, pattern)
    file.unlink()
    forge(bundle)
    found = verify(bundle, vouched.key, code=1)
    assert found["fault"] == "missing"
    assert found["file"] == (missed if missed != "same" else str(file.relative_to(bundle)))


def test_a_token_says_no_more_than_its_checkpoint_has(vouched, tmp_path):
    """Under a larger number it would cover later records."""
    bundle = shutil.copytree(vouched.bundle, tmp_path / "b")
    for file in sorted(bundle.glob("timestamps/*")):
        file.rename(file.with_stem("9999"))
    forge(bundle)
    found = verify(bundle, vouched.key, code=1)
    assert (found["fault"], found["file"]) == ("checkpoint", "timestamps/9999.checkpoint")


def test_a_receipt_of_another_record_is_found(vouched, tmp_path):
    bundle = shutil.copytree(vouched.bundle, tmp_path / "b")
    one, other = sorted(bundle.glob("proofs/*.cose"))[:2]
    shutil.copy(one, other)
    forge(bundle)
    assert verify(bundle, vouched.key, code=1)["fault"] == "receipt"


def test_without_its_witnesses_a_bundle_does_not_meet_the_checkers_policy(vouched, tmp_path):
    bundle = shutil.copytree(vouched.bundle, tmp_path / "b")
    for name in ("checkpoint.witnessed", "consistency", "witness.policy"):
        (bundle / "log" / name).unlink()
    forge(bundle)
    assert "witnessed" not in verify(bundle, vouched.key)
    found = verify(bundle, vouched.key, "--policy", vouched.policy, code=1)
    assert (found["fault"], found["file"]) == ("missing", "log/checkpoint.witnessed")


def test_without_a_policy_it_is_said_that_nobody_says_who_signed(vouched, tmp_path):
    bundle = shutil.copytree(vouched.bundle, tmp_path / "b")
    (bundle / "log/witness.policy").unlink()
    forge(bundle)
    assert verify(bundle, vouched.key)["witnessed"]["policy"] == "none"
    done = subprocess.run([VERIFY, "bundle", bundle, "--key", vouched.key], capture_output=True, text=True)
    assert done.returncode == 0 and "no policy says who" in done.stdout


def test_the_receipts_are_good_by_the_text_of_their_specification(vouched):
    for index in records(vouched.bundle):
        leaf = hashlib.sha256(b"\0" + (vouched.bundle / f"records/{index}.json").read_bytes()).digest()
        receipt = (vouched.bundle / f"proofs/{index}.cose").read_bytes()
        origin, found, of = cose.checked(receipt, leaf, vouched.key)
        assert (origin, found) == ("martlet/e2e", index)
        assert of == int((vouched.bundle / "log/checkpoint").read_text().splitlines()[1])


# MARK: verify.sh

def script(bundle, *arguments, without=()):
    """Runs the script with nothing on its path but what it needs, our verifier, and what is not in `without`."""
    tools = bundle.parent / f"tools-{'-'.join(without)}"
    tools.mkdir(exist_ok=True)
    names = ["sh", "sha256sum", "dirname", "cat", "sed", "grep", "basename", "mktemp", "readlink", "ls", "od", "tr", "base64",
             "tail", "rm", "openssl"]
    for name in names:
        if name not in without and not (tools / name).exists():
            (tools / name).symlink_to(shutil.which(name))
    if "martlet-verify" not in without and not (tools / "martlet-verify").exists():
        (tools / "martlet-verify").symlink_to(VERIFY.resolve())
    done = subprocess.run([tools / "sh", bundle / "verify.sh", *map(str, arguments)], capture_output=True, text=True,
                          env={**os.environ, "PATH": str(tools)}, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_the_script_has_openssl_check_the_tokens(vouched, tmp_path):
    bundle = shutil.copytree(vouched.bundle, tmp_path / "b")
    count = len(list(bundle.glob("timestamps/*.tsr")))
    code, said = script(bundle, vouched.key, vouched.authority.folder / "ca.pem")
    assert code == 0 and said.count(".tsr: good, Time stamp:") == count, said
    assert "aics-tlog: not installed" in said and "scitt-cose: not installed" in said
    with contextlib.ExitStack() as stack:
        stranger = stack.enter_context(Authority(tmp_path / "other"))
        code, said = script(bundle, vouched.key, stranger.folder / "ca.pem")
        assert code == 1 and said.count(".tsr: BAD") == count, said
    code, said = script(bundle, vouched.key)
    assert code == 0 and "timestamps: NOT checked" in said
    code, said = script(bundle, vouched.key, vouched.authority.folder / "ca.pem", without=("openssl",))
    assert code == 0 and "openssl: not installed: timestamps NOT checked" in said and "good, Time" not in said
    code, said = script(bundle, vouched.key, tmp_path / "nothing.pem")
    assert code == 2 and "no such file" in said
    code, said = script(bundle, vouched.key, without=("martlet-verify",))
    assert code == 1 and "no tool has checked the proofs" in said
    # A signature of the authority that is spoilt is for openssl to find: the verifier says that it does not look at it.
    token = place(bundle, "timestamps/*.tsr")
    token.write_bytes(flip(token.read_bytes(), -1))
    forge(bundle)
    code, said = script(bundle, vouched.key, vouched.authority.folder / "ca.pem")
    assert code == 1 and f"{token.name}: BAD" in said and "if openssl ts accepts them" in said, said


# MARK: bundles of logs that nobody else vouches for

def test_a_log_without_witnesses_and_timestamps_says_so(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        running.call(running.mint(), "list_vendors")
        bundle = unpacked(running, tmp_path / "out", "--since", "2020-01-01")
        words, report = readme(bundle), verify(bundle, running.cli("audit", "vkey").stdout.strip())
    assert "Witnesses: none. The gateway has no witnesses configured" in words
    assert "Timestamps: none. The log has no RFC 3161 timestamp" in words
    assert "No approval of another call is here." in words
    assert "witnessed" not in report and report["timestamps"] == 0 and report["receipts"] == report["records"]
    assert sorted(f.name for f in (bundle / "log").iterdir()) == ["checkpoint", "log.vkey"]
    assert not (bundle / "timestamps").exists()
    code, said = script(bundle, running.cli("audit", "vkey").stdout.strip())
    assert code == 0 and "timestamps: there are none in this bundle" in said


def test_witnesses_that_have_not_signed_and_a_policy_that_was_changed(tmp_path):
    with witnessed(tmp_path) as (running, witnesses, processes):
        for process in processes:
            process.kill()
        running.start()
        work(running, 1)
        key = running.cli("audit", "vkey").stdout.strip()
        bundle = unpacked(running, tmp_path / "out", "--since", "2020-01-01")
        assert "Witnesses: none yet." in readme(bundle) and (bundle / "log/witness.policy").exists()
        assert "witnessed" not in verify(bundle, key)
        running.stop()
        with witnesses[0].serve():
            configure(running, [("w1", witness_vkey(witnesses[0]), witnesses[0].url)], "quorum w1")
            running.start()
            work(running, 1)
            until_witnessed(running, 1)
            running.stop()
            # Another policy than the one that was met: it would accuse the log, and stays out.
            configure(running, [("w2", witness_vkey(witnesses[1]), witnesses[1].url)], "quorum w2")
        bundle = unpacked(running, tmp_path / "later", "--since", "2020-01-01", name="LATER")
        assert "not those of today's configuration" in readme(bundle) and not (bundle / "log/witness.policy").exists()
        assert verify(bundle, key)["witnessed"]["policy"] == "none"
        (running.folder / "witnesses.policy").write_text("nonsense\n")
        done = unpacked(running, tmp_path / "never", "--since", "2020-01-01", name="NEVER", code=2)
        assert "neither log, witness" in done.stderr


def test_a_witnessed_checkpoint_that_the_log_does_not_continue_is_no_evidence(vouched, tmp_path):
    """A log that was rewritten cannot make a bundle that speaks of its witnesses."""
    other = tmp_path / "state"
    shutil.copytree(vouched.running.folder / "state", other, ignore=shutil.ignore_patterns("*.sock"))
    config = {**vouched.running.config, "state": str(other)}
    file = tmp_path / "martlet.json"
    file.write_text(json.dumps(config))
    shutil.copy(vouched.running.folder / "witnesses.policy", tmp_path)
    note = (other / "audit/checkpoint.witnessed").read_text()
    first_hash = note.split("\n")[2]
    (other / "audit/checkpoint.witnessed").write_text(note.replace(first_hash, other_hash(first_hash)))
    done = subprocess.run([os.environ["MARTLET_BIN"], "audit", "export", "--case", "X", "--reason", "r", "--since", "2020-01-01",
                           "--out", tmp_path / "x.zip", "--config", file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "checkpoint.witnessed" in done.stderr and not (tmp_path / "x.zip").exists(), done


def test_a_token_that_is_not_about_its_checkpoint_is_left_out_and_counted(vouched, tmp_path):
    folder = audit(vouched.running) / "timestamps"
    spoilt = sorted(folder.glob("*.tsr"), key=lambda f: int(f.stem))[0]
    before = spoilt.read_bytes()
    spoilt.write_bytes(imprint(before))
    try:
        bundle = unpacked(vouched.running, tmp_path, "--since", "2020-01-01", name="SPOILT")
    finally:
        spoilt.write_bytes(before)
    assert "1 token(s) of the log were left out" in readme(bundle)
    assert not (bundle / "timestamps" / spoilt.name).exists()
    assert verify(bundle, vouched.key)["timestamps"] > 0


def test_after_a_replaced_key_the_receipts_are_of_the_new_one(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        before = running.cli("audit", "vkey").stdout.strip()
        running.call(running.mint(), "list_vendors")
        after = rotate(running)
        bundle = unpacked(running, tmp_path / "out", "--since", "2020-01-01")
        for key in (before, after):
            report = verify(bundle, key)
            assert report["receipts"] == report["records"] > 0


# MARK: what a refused call is compared with

def story(bundle, call):
    return next(part for part in told(bundle) if part.get("call") == call)


def test_the_bundle_alone_answers_what_was_approved_and_what_was_tried(incidents, tmp_path):
    running, call = incidents.running, incidents.calls["changed after approval"]
    bundle = unpacked(running, tmp_path, "--call", call, "--disclose")
    part = story(bundle, call)
    assert part["changes"] == [{"path": "/amount", "approved": "250", "tried": "999"}]
    assert "/amount: approved 250, tried 999" in (bundle / "timeline.html").read_text()
    # The difference rests on records that are here, with their proofs and their disclosures.
    basis = part["facts"]["compared"]["basis"]
    approved, tried = (int(word) for word in basis.split() if word.isdigit())
    leaves = records(bundle)
    assert leaves[approved]["type"] == "approval.requested" and leaves[tried]["call"] == call
    amounts = [json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))[2]
               for index in (approved, tried) for text in json.loads((bundle / f"disclosures/{index}.json").read_bytes())]
    assert "250" in json.dumps(amounts) and "999" in json.dumps(amounts)
    granted = [leaf for leaf in leaves.values() if leaf["type"] == "approval.granted"]
    # And that it was granted; the recovery of an approval may say so once more.
    assert {leaf["derived"]["approval"] for leaf in granted} == {leaves[approved]["derived"]["approval"]}
    assert "Of 1 other call(s) the approval is here" in readme(bundle)
    verify(bundle, running.cli("audit", "vkey").stdout.strip())
    # Whose values left is on record.
    reads = [r for r in running.records() if r["type"] == "audit.read" and r["asserted"]["command"] == "export"]
    assert approved in reads[-1]["asserted"]["opened"]


def test_the_other_approval_stays_out_when_only_what_was_chosen_may_leave(incidents, tmp_path):
    call = incidents.calls["changed after approval"]
    bundle = unpacked(incidents.running, tmp_path, "--call", call, "--disclose", "--chosen-only")
    part = story(bundle, call)
    assert "changes" not in part and "compared" not in part["facts"]
    assert "approval.granted" not in {leaf["type"] for leaf in records(bundle).values()}
    assert "No approval of another call is here." in readme(bundle)


def test_without_disclosure_the_difference_stays_sealed(incidents, tmp_path):
    call = incidents.calls["changed after approval"]
    bundle = unpacked(incidents.running, tmp_path, "--call", call)
    part = story(bundle, call)
    assert "changes" not in part and "its values stay sealed" in part["facts"]["compared"]["text"]
    everything = b"".join(f.read_bytes() for f in bundle.rglob("*") if f.is_file())
    assert b"V-100" not in everything and not (bundle / "disclosures").exists()
