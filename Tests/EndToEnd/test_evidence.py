"""Evidence bundles: what an outsider finds in one, with the bundle and a key that was kept, and nothing of ours running."""
import base64
import hashlib
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import zipfile

import pytest

from conftest import ERP_GRANTS, MARTLET, erp, gateway, grant
from test_forensics import STORIES, STRENGTHS, Incidents, incidents  # noqa: F401 (the fixture)
from test_key_rotation import rotate
from test_tlog import VERIFY

QUESTIONS = ("who", "model", "arguments", "result", "approval")


def unpacked(running, folder, *arguments, name="CASE-17", code=0):
    """Exports and unpacks a bundle; gives its folder."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.zip"
    done = running.cli("audit", "export", "--case", name, "--reason", "a test", "--out", path, *arguments, check=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    if code:
        return done
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder / name


def verify(bundle, key, code=0):
    done = subprocess.run([VERIFY, "bundle", bundle, "--key", key, "--json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def told(bundle):
    return [json.loads(line) for line in (bundle / "timeline.jsonl").read_text().splitlines()]


def records(bundle):
    return {int(f.stem): json.loads(f.read_bytes()) for f in (bundle / "records").iterdir()}


@pytest.fixture(scope="module")
def whole(incidents, tmp_path_factory):
    """Everything that happened, disclosed; and the key of the log, kept before."""
    running = incidents.running
    running.key = running.cli("audit", "vkey").stdout.strip()
    return unpacked(running, tmp_path_factory.mktemp("whole"), "--since", "2020-01-01", "--disclose")


@pytest.mark.parametrize("name", STORIES)
def test_the_five_questions_of_an_incident_from_the_bundle_alone(incidents, whole, name):
    call = next(part for part in told(whole) if part.get("call") == incidents.calls[name])
    page = (whole / "timeline.html").read_text()
    section = page[page.index(f"call {call['call']}"):].split("<h2>")[0]
    for question, words in zip(QUESTIONS, STORIES[name]):
        answer = call["facts"][question]
        row = html.unescape(re.search(f"<tr><th>{question}</th>(.*?)</tr>", section, re.S).group(1))
        if words is None:
            assert answer["strength"] == "not stated", (question, answer)
            assert "not known" in row or "refused before that question" in row
            continue
        unknown = question == "result" and name == "in doubt"
        assert answer["strength"] == ("not stated" if unknown else STRENGTHS[question]), (question, answer)
        assert unknown or STRENGTHS[question] in row, row
        for word in words:
            assert word in answer["text"] and word in row, (question, answer, row)
    # What was told rests on records that are here, each with its proof.
    for record in call["records"]:
        leaf = (whole / f"records/{record['index']}.json").read_bytes()
        assert json.loads(leaf) == record["leaf"]
        assert (whole / f"proofs/{record['index']}.tlog-proof").exists()


def test_the_bundle_is_good_for_our_verifier_and_its_script(incidents, whole):
    key = incidents.running.key
    report = verify(whole, key)
    assert report["good"] and report["records"] == len(records(whole)) and report["disclosed"] > 10
    path = f"{VERIFY.parent}:{os.environ['PATH']}"
    done = subprocess.run(["sh", whole / "verify.sh", key], capture_output=True, text=True, env={**os.environ, "PATH": path})
    assert done.returncode == 0 and "digests: good" in done.stdout and "good: " in done.stdout, (done.stdout, done.stderr)
    other = key[:-4] + ("AAA=" if not key.endswith("AAA=") else "BBB=")
    done = subprocess.run(["sh", whole / "verify.sh", other], capture_output=True, text=True, env={**os.environ, "PATH": path})
    assert done.returncode != 0 and "NOT yours" in done.stdout
    assert subprocess.run(["sh", whole / "verify.sh"], capture_output=True).returncode == 2


def test_what_is_disclosed_is_what_the_record_commits_to(whole):
    leaves = records(whole)
    disclosed = list((whole / "disclosures").iterdir())
    assert disclosed
    for file in disclosed:
        for disclosure in json.loads(file.read_bytes()):
            digest = hashlib.sha256(disclosure.encode("ascii")).digest()
            assert base64.urlsafe_b64encode(digest).decode().rstrip("=") in leaves[int(file.stem)]["_sd"]


def opened(bundle):
    """Who the pseudonyms of a bundle stand for, worked out with nothing of ours."""
    names = {}
    for disclosure in json.loads((bundle / "identities.json").read_bytes()):
        salt, name, value = json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
        assert len(base64.urlsafe_b64decode(salt + "==")) == 16 and name == "sub_id" and value["format"] in ("iss_sub", "opaque")
        digest = hashlib.sha256(disclosure.encode("ascii")).digest()
        names["psn-" + base64.urlsafe_b64encode(digest).decode().rstrip("=")] = value["sub" if value["format"] == "iss_sub" else "id"]
    return names


def test_people_are_named_by_disclosures_that_open_their_pseudonyms(incidents, whole, tmp_path):
    names = opened(whole)
    leaves = b"".join((whole / f"records/{index}.json").read_bytes() for index in records(whole))
    assert {"olivia", "zoe"} <= set(names.values()) and all(name.encode() in leaves for name in names)
    assert b"olivia" not in leaves and b"zoe" not in leaves
    assert verify(whole, incidents.running.key)["identities"] == len(names)
    # Of one call only who is in it: its approver, and not who else may approve.
    one = unpacked(incidents.running, tmp_path, "--call", incidents.calls["paid"])
    assert "olivia" in opened(one).values() and "zoe" not in opened(one).values()
    statement = next(part for part in told(one) if part["records"][0]["leaf"]["type"] == "grants.in_force")
    assert set(statement["records"][0]["names"].values()) <= set(opened(one).values())


def test_without_names_no_name_leaves(incidents, whole, tmp_path):
    bundle = unpacked(incidents.running, tmp_path, "--call", incidents.calls["paid"], "--disclose", "--pseudonyms")
    everything = b"".join(f.read_bytes() for f in bundle.rglob("*") if f.is_file())
    assert not (bundle / "identities.json").exists() and b"olivia" not in everything and b"psn-" in everything
    verify(bundle, incidents.running.key)


def test_a_name_that_opens_no_pseudonym_is_refused(incidents, whole, tmp_path):
    bundle = tmp_path / "forged"
    shutil.copytree(whole, bundle)
    path = bundle / "identities.json"
    listed = json.loads(path.read_bytes())
    members = [base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in listed]
    # Owners of grants have no issuer, and another form.
    place = next(place for place, member in enumerate(members) if b'"sub":"' in member)
    member = members[place].replace(b'"sub":"', b'"sub":"x', 1)
    listed[place] = base64.urlsafe_b64encode(member).decode().rstrip("=")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(json.dumps(listed).encode())
    manifest = bundle / "MANIFEST.sha256"
    manifest.write_text(manifest.read_text().replace(before, hashlib.sha256(path.read_bytes()).hexdigest()))
    fault = verify(bundle, incidents.running.key, code=1)
    assert (fault["file"], fault["fault"]) == ("identities.json", "not_committed")


def test_what_was_granted_at_the_time_is_in_it(whole):
    assert any(record["type"] == "grants.in_force" for record in records(whole).values())


def test_without_disclose_no_argument_and_no_result_leaves(incidents, tmp_path):
    running = incidents.running
    bundle = unpacked(running, tmp_path, "--call", incidents.calls["paid"])
    assert not (bundle / "disclosures").exists()
    everything = b"".join(f.read_bytes() for f in bundle.rglob("*") if f.is_file())
    assert b"V-100" not in everything and b"PAY-" not in everything
    call = next(part for part in told(bundle) if part.get("call") == incidents.calls["paid"])
    assert "sealed" in call["facts"]["arguments"]["text"] and call["facts"]["who"]["strength"] == "verified"
    assert "values of 0 are disclosed" in " ".join((bundle / "README.txt").read_text().split())
    verify(bundle, running.key if hasattr(running, "key") else running.cli("audit", "vkey").stdout.strip())


def test_a_bundle_with_the_record_of_a_search_for_somebody_is_good(incidents, tmp_path):
    """That record names the person inside of a text."""
    running = incidents.running
    unpacked(running, tmp_path, "--since", "2020-01-01", "--agent", "idp-bot", name="ONE")
    bundle = unpacked(running, tmp_path, "--type", "audit.read", name="TWO")
    assert any("agent=psn-" in record["asserted"]["filter"] for record in records(bundle).values())
    assert "idp-bot" in opened(bundle).values()
    assert verify(bundle, running.cli("audit", "vkey").stdout.strip())["identities"] == len(opened(bundle))


def test_the_export_is_on_record_with_its_case(incidents, whole):
    reads = [r for r in incidents.running.records() if r["type"] == "audit.read"]
    export = next(r for r in reads if r["asserted"]["command"] == "export" and "since=" in r["asserted"]["filter"])
    assert export["asserted"]["filter"].startswith("case=CASE-17 ") and export["asserted"]["opened"]


DAMAGE = {
    "a record": ("records", lambda b: b.replace(b'"type"', b'"tipe"', 1), "digest_differs"),
    "a proof": ("proofs", lambda b: b[:-8] + b"AAAAAAA\n", "digest_differs"),
    "a disclosure": ("disclosures", lambda b: b.replace(b'["Wy', b'["Wz', 1), "digest_differs"),
    "the page": ("timeline.html", lambda b: b + b" ", "digest_differs"),
    "the checkpoint": ("log/checkpoint", lambda b: b + b" ", "digest_differs"),
}


def first(bundle, place):
    path = bundle / place
    return sorted(f for f in path.iterdir() if f.suffix != ".cose")[0] if path.is_dir() else path


def forge(bundle):
    """What somebody does who knows how a bundle is made: the manifest fits again."""
    lines = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(bundle)}\n"
             for f in sorted(bundle.rglob("*")) if f.is_file() and f.name != "MANIFEST.sha256"]
    (bundle / "MANIFEST.sha256").write_text("".join(lines))


@pytest.mark.parametrize("what", DAMAGE)
def test_a_changed_file_is_named(incidents, whole, tmp_path, what):
    place, change, fault = DAMAGE[what]
    bundle = shutil.copytree(whole, tmp_path / "b")
    file = first(bundle, place)
    file.write_bytes(change(file.read_bytes()))
    told = verify(bundle, incidents.running.key, code=1)
    assert told["fault"] == fault and told["file"] == str(file.relative_to(bundle))


@pytest.mark.parametrize("what, fault", [
    ("a record", "proof"), ("a proof", "proof"), ("a disclosure", "not_committed"), ("the checkpoint", "checkpoint")])
def test_a_changed_file_is_named_although_the_manifest_fits(incidents, whole, tmp_path, what, fault):
    place, change, _ = DAMAGE[what]
    bundle = shutil.copytree(whole, tmp_path / "b")
    file = first(bundle, place)
    if what == "a record":
        change = lambda b: b.replace(b'"env":"', b'"env":"x', 1)
    file.write_bytes(change(file.read_bytes()))
    forge(bundle)
    assert verify(bundle, incidents.running.key, code=1)["fault"] == fault


@pytest.mark.parametrize("change, fault", [
    (lambda b: first(b, "records").unlink(), "missing"),
    (lambda b: (b / "note.txt").write_text("trust me"), "unlisted"),
    (lambda b: (b / "MANIFEST.sha256").write_text("nonsense\n"), "malformed"),
    (lambda b: (b / "MANIFEST.sha256").unlink(), "missing"),
])
def test_a_file_too_few_or_too_many_is_named(incidents, whole, tmp_path, change, fault):
    bundle = shutil.copytree(whole, tmp_path / "b")
    change(bundle)
    assert verify(bundle, incidents.running.key, code=1)["fault"] == fault


@pytest.mark.parametrize("change, fault", [
    (lambda b: first(b, "records").unlink(), "missing"),
    (lambda b: first(b, "proofs").unlink(), "missing"),
    (lambda b: shutil.rmtree(b / "records") or shutil.rmtree(b / "proofs") or shutil.rmtree(b / "disclosures"), "no_records"),
    (lambda b: shutil.copy(sorted((b / "proofs").glob("*.tlog-proof"))[1], first(b, "proofs")), "proof"),
])
def test_a_forged_manifest_does_not_hide_what_is_missing(incidents, whole, tmp_path, change, fault):
    bundle = shutil.copytree(whole, tmp_path / "b")
    change(bundle)
    forge(bundle)
    assert verify(bundle, incidents.running.key, code=1)["fault"] == fault


def test_another_key_accepts_nothing(whole, tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as other:
        assert verify(whole, other.cli("audit", "vkey").stdout.strip(), code=1)["fault"] == "checkpoint"


@pytest.mark.parametrize("arguments, words", [
    (["--case", "../x", "--reason", "r", "--agent", "a"], "--case takes"),
    (["--case", ".x", "--reason", "r", "--agent", "a"], "--case takes"),
    (["--case", "x", "--reason", "", "--agent", "a"], "--reason takes"),
    (["--case", "x", "--reason", "r"], "choose calls"),
    (["--case", "x", "--reason", "r", "--since", "yesterday"], "--since yesterday"),
])
def test_what_cannot_be_exported(incidents, arguments, words):
    done = incidents.running.cli("audit", "export", *arguments, check=False)
    assert done.returncode == 2 and words in done.stderr, (done.returncode, done.stderr)


def test_nothing_found_and_an_existing_file(incidents, tmp_path):
    done = unpacked(incidents.running, tmp_path, "--agent", "nobody", code=1)
    assert "nothing among" in done.stderr and not (tmp_path / "CASE-17.zip").exists()
    (tmp_path / "CASE-17.zip").write_text("older evidence")
    done = unpacked(incidents.running, tmp_path, "--since", "2020-01-01", code=2)
    assert "is there already" in done.stderr and (tmp_path / "CASE-17.zip").read_text() == "older evidence"


def test_words_of_strangers_are_text_on_the_page(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        running.call(running.mint(), "issue_payment", {"vendor_id": "<script>alert(1)</script>\u202e", "amount": 1,
                                                       "currency": "EUR", "invoice_id": "' onload='x"})
        bundle = unpacked(running, tmp_path / "out", "--since", "2020-01-01", "--disclose")
        page = (bundle / "timeline.html").read_text()
        assert "<script" not in page and "&lt;script&gt;" in page and "\u202e" not in page
        assert "default-src 'none'" in page


def test_the_key_from_before_a_replacement_checks_a_bundle_from_after_it(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        first = running.cli("audit", "vkey").stdout.strip()
        running.call(running.mint(), "list_vendors")
        second = rotate(running)
        running.stop()
        assert running.cli("audit", "rotate-key", "--retire", check=False).returncode in (0, 1)
        running.start()
        running.call(running.mint(), "list_vendors")
        bundle = unpacked(running, tmp_path / "out", "--since", "2020-01-01")
        assert verify(bundle, first)["good"] and verify(bundle, second)["good"]
        (bundle / "rotations/0.tlog-proof").unlink()
        forge(bundle)
        assert verify(bundle, second)["good"]
