"""Sinks lose nothing: whoever is killed, full or gone, the other side ends up with every record of the log."""
import datetime
import hashlib
import ipaddress
import json
import os
import random
import shutil
import subprocess
import sys

import jsonschema
import ocsf_json_schema
import ocsf_json_schema.embedded
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import (
    ERP_GRANTS, HERE, ROOT, Gateway, erp, free_port, gateway, program, reachable, secret, wait_until)

KILLS = int(os.environ.get("MARTLET_SINK_KILLS", "5"))

PAYMENT = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": 1001, "currency": "EUR"}


def sink(path, **more):
    return {"name": "archive", "kind": "file", "path": str(path), "alert_after": "5s", **more}


def config(folder, *sinks):
    return {"upstreams": [erp(folder)], "audit": {"sinks": list(sinks)}}


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def sinks(running, code=0):
    done = running.cli("audit", "sinks", "--json", check=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    return {row["sink"]: row for row in map(json.loads, done.stdout.splitlines())}


def check_complete(path, running, size=None):
    """Every record of the log is there, as it stands in the log, in order, and nothing else is."""
    records = running.leaves()
    seen = {}
    for row in lines(path):
        assert seen.setdefault(row["index"], row) == row, "a number twice, for two records"
    wanted = len(records) if size is None else size
    assert sorted(seen) == list(range(max(wanted, len(seen)))), "no gap"
    for index, row in seen.items():
        assert row["record"] == {k: v for k, v in records[index].items() if k not in ("index", "names")}
    return seen


def test_a_sink_gets_every_record_and_each_shows_what_it_is_a_proof_of(tmp_path):
    target = tmp_path / "audit.jsonl"
    with gateway(tmp_path, config(tmp_path, sink(target)), ERP_GRANTS) as running:
        token = running.mint()
        for _ in range(5):
            running.call(token, "list_invoices", {"status": "open"})
        running.call(token, "issue_payment", PAYMENT)
        size = len(running.records())
        wait_until(lambda: len(lines(target)) >= size, 30, "all records in the file")
        rows = check_complete(target, running, size)
        assert {row["origin"] for row in rows.values()} == {"martlet/e2e"}
        for line in target.read_bytes().splitlines():
            leaf = line.split(b'"record":', 1)[1][:-1]
            assert "sha256:" + hashlib.sha256(b"\0" + leaf).hexdigest() == json.loads(line)["leaf_hash"]
        row = sinks(running)["archive"]
        assert row["good"] and row["kind"] == "file" and row["origin"] == "martlet/e2e"
    assert "audit.sinks.archive: kind file" in running.cli("check").stdout


def test_people_are_named_only_where_that_is_configured(tmp_path):
    plain, named, ocsf = (tmp_path / name for name in ("plain.jsonl", "named.jsonl", "ocsf.jsonl"))
    wanted = config(tmp_path, sink(plain))
    wanted["audit"]["sinks"] += [{**sink(named), "name": "named", "identities": "names"},
                                 {**sink(ocsf), "name": "ocsf", "encoding": "ocsf", "identities": "names"}]
    with gateway(tmp_path, wanted, ERP_GRANTS) as running:
        token = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub="zoe")
        assert running.call(token, "list_invoices", {"status": "open"}).status == 200
        size = len(running.records())
        wait_until(lambda: all(len(lines_so_far(path)) >= size for path in (plain, named, ocsf)), 30, "all records")
    assert b"zoe" not in plain.read_bytes() and b"psn-" in plain.read_bytes()
    intent, = [row for row in lines(named) if row["record"]["type"] == "call.intent"]
    assert intent["names"][intent["record"]["verified"]["user"]] == "zoe"
    for line in named.read_bytes().splitlines():
        leaf = line.split(b'"record":', 1)[1][:-1]
        assert "sha256:" + hashlib.sha256(b"\0" + leaf).hexdigest() == json.loads(line)["leaf_hash"]
    assert b'"zoe"' in ocsf.read_bytes()


def test_a_new_sink_begins_with_record_0_and_a_rotated_file_is_followed(tmp_path):
    with gateway(tmp_path, config(tmp_path), ERP_GRANTS) as running:
        token = running.mint()
        for _ in range(20):
            running.call(token, "list_invoices", {"status": "open"})
    target = tmp_path / "audit.jsonl"
    running.config["audit"]["sinks"] = [sink(target, batch={"records": 7})]
    running.file.write_text(json.dumps(running.config))
    running.start()
    try:
        size = len(running.records())
        wait_until(lambda: len(lines(target)) >= size, 30, "back-fill")
        target.rename(tmp_path / "audit.1")
        running.call(running.mint(), "list_invoices", {"status": "open"})
        size = len(running.records())
        wait_until(lambda: lines(target) and lines(target)[-1]["index"] >= size - 1, 30, "the new file")
        first, second = lines(tmp_path / "audit.1"), lines(target)
        assert [row["index"] for row in first + second] == list(range(len(first) + len(second)))
    finally:
        running.stop()


def test_no_gap_however_often_the_gateway_is_killed(tmp_path):
    chance = random.Random(int(os.environ.get("MARTLET_SEED", "5")))
    target = tmp_path / "audit.jsonl"
    running = Gateway(tmp_path, config(tmp_path, sink(target, batch={"records": 3})), ERP_GRANTS)
    for _ in range(KILLS):
        running.start()
        token = running.mint()
        for _ in range(chance.randrange(1, 12)):
            running.call(token, "list_invoices", {"status": "open"})
        goal = len(lines_so_far(target)) + chance.randrange(0, 12)
        wait_until(lambda: len(lines_so_far(target)) >= goal or caught_up_so_far(target, running), 20, "some lines")
        running.kill()
    running.start()
    try:
        size = len(running.records())
        wait_until(lambda: len({r["index"] for r in lines_so_far(target)}) >= size, 30, "all records")
        check_complete(target, running, size)
    finally:
        running.stop()


def lines_so_far(path):
    """Whole lines only: a killed gateway may leave half of one until it is started again."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def caught_up_so_far(path, running):
    return len({r["index"] for r in lines_so_far(path)}) >= len(running.records())


def test_behind_a_dead_sink_calls_go_on_the_lag_is_recorded_and_nothing_is_lost(tmp_path):
    """A directory stands where the file should be."""
    target = tmp_path / "audit.jsonl"
    target.mkdir()
    with gateway(tmp_path, config(tmp_path, sink(target)), ERP_GRANTS) as running:
        token = running.mint()
        assert "result" in running.call(token, "list_invoices", {"status": "open"}).json
        wait_until(lambda: any(r["type"] == "sink.lag" for r in running.records()), 30, "the lag is on record")
        row = sinks(running, code=1)["archive"]
        assert not row["good"] and row["behind"] > 0 and row["behind_s"] >= 5 and "audit.jsonl" in row["failure"]
        assert "result" in running.call(token, "list_invoices", {"status": "open"}).json
        assert "a sink of the audit log is too far behind" in running.log.read_text()
        target.rmdir()
        wait_until(lambda: any(r["type"] == "sink.caught_up" for r in running.records()), 90, "caught up is on record")
        lags = [r for r in running.records() if r["type"] in ("sink.lag", "sink.caught_up")]
        assert [r["type"] for r in lags] == ["sink.lag", "sink.caught_up"]
        assert lags[0]["observed"]["sink"] == "archive" and "audit.jsonl" in lags[0]["observed"]["reason"]
        assert {lag["observed"]["origin"] for lag in lags} == {"martlet/e2e"}
        size = len(running.records())
        wait_until(lambda: len(lines(target)) >= size, 30, "all records")
        check_complete(target, running, size)


@pytest.mark.parametrize("way", ["cursor beyond the end", "other records"])
def test_a_log_put_back_from_an_older_copy_stops_the_start_and_is_named(tmp_path, way):
    target = tmp_path / "audit.jsonl"
    running = Gateway(tmp_path, config(tmp_path, sink(target)), ERP_GRANTS)
    running.start()
    running.stop()
    shutil.copytree(tmp_path / "state/audit", tmp_path / "backup")
    running.start()
    running.call(running.mint(), "list_invoices", {"status": "open"})
    size = len(running.records())
    wait_until(lambda: len(lines(target)) >= size, 30, "all records")
    running.stop()
    shutil.rmtree(tmp_path / "state/audit")
    shutil.copytree(tmp_path / "backup", tmp_path / "state/audit")
    cursor = tmp_path / "state/sinks/archive.json"
    if way == "other records":
        state = json.loads(cursor.read_text())
        cursor.write_text(json.dumps({**state, "next": 2}))
    # The head of the log is asked first; its operator lets the old copy count.
    running.cli("audit", "head", "--accept-rollback", "--reason", "a test of sinks")
    running.start(ready=False)
    assert running.process.wait(30) == 2
    said = running.log.read_text().splitlines()[-1]
    assert said.startswith("sink archive: ") and "sinks/archive.json" in said
    assert ("put back from an older copy" if way == "cursor beyond the end" else "it was rewritten") in said
    row = sinks(running, code=1)["archive"]
    assert not row["good"] and row["refused"]
    cursor.unlink()
    running.start()
    running.stop()


# MARK: encodings

OCSF = ocsf_json_schema.get_ocsf_schema("1.8.0")
SCHEMAS = ocsf_json_schema.embedded.OcsfJsonSchemaEmbedded(OCSF)
CLASSES = {c["uid"]: name for name, c in OCSF["classes"].items()}
VALIDATORS = {}


def validate_ocsf(event):
    """Against the schema of its class and of the profiles that it says it has."""
    key = (CLASSES[event["class_uid"]], tuple(event["metadata"]["profiles"]))
    if key not in VALIDATORS:
        VALIDATORS[key] = jsonschema.Draft202012Validator(SCHEMAS.get_class_schema(key[0], list(key[1])))
    errors = [(list(e.path), e.message[:200]) for e in VALIDATORS[key].iter_errors(event)]
    assert not errors, (event["metadata"]["event_code"], errors)
    activities = OCSF["classes"][key[0]]["attributes"]["activity_id"]["enum"]
    caption = activities[str(event["activity_id"])]["caption"]
    assert event["activity_id"] == 99 or event["activity_name"] == caption, (event["activity_name"], caption)
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]


def test_the_schema_would_notice():
    """The validator is a strict one: an unknown member, a wrong type and a missing member are errors."""
    events = SAMPLES.read_text().splitlines() if SAMPLES.exists() else []
    if not events:
        pytest.skip("make unit writes the samples")
    event = json.loads(events[0])
    for wrong in ({**event, "speed": 1}, {**event, "time": "now"}, {k: v for k, v in event.items() if k != "time"}):
        with pytest.raises(AssertionError):
            validate_ocsf(wrong)


SAMPLES = ROOT / ".build/samples/every-record.ocsf.jsonl"


@pytest.mark.skipif(not SAMPLES.exists(), reason="make unit writes the samples")
def test_one_sample_of_every_type_is_an_ocsf_event():
    seen = set()
    for line in SAMPLES.read_text().splitlines():
        event = json.loads(line)
        validate_ocsf(event)
        seen.add(event["metadata"]["event_code"])
    source = (ROOT / "Sources/MartletAudit/Record/RecordType.swift").read_text()
    declared = {line.split('"')[1] for line in source.splitlines() if line.strip().startswith("case ") and ' = "' in line}
    assert seen == declared


@pytest.mark.parametrize("encoding", ["ocsf", "cef"])
def test_the_log_of_a_gateway_in_the_words_of_others(tmp_path, encoding):
    target = tmp_path / "audit.out"
    with gateway(tmp_path, config(tmp_path, sink(target, encoding=encoding)), ERP_GRANTS) as running:
        token = running.mint()
        running.call(token, "list_invoices", {"status": "open"})
        running.call(token, "failing_export")
        running.call(token, "issue_payment", PAYMENT)
        running.call(token, "issue_payment", {**PAYMENT, "amount": 250})
        running.rpc(token, "tools/list")
        running.rpc("not a token", "tools/list")
        session = running.session(token)
        assert session
        records = running.records()
        wait_until(lambda: target.exists() and len(target.read_bytes().splitlines()) >= len(records), 30, "all records")
        rows = target.read_text().splitlines()
        assert running.cli("audit", "records", "--encoding", encoding).stdout.splitlines()[:len(rows)] == rows
        for index, (record, row) in enumerate(zip(records, rows)):
            if encoding == "ocsf":
                event = json.loads(row)
                validate_ocsf(event)
                assert event["metadata"]["sequence"] == index and event["metadata"]["log_name"] == "martlet/e2e"
                assert event["metadata"]["uid"] == record["id"]
                assert event["unmapped"]["martlet"]["record"]["nonce"] == record["nonce"]
            else:
                assert row.startswith(f"CEF:0|Martlet|martlet|1|{record['type']}|")
                assert f" externalId={record['id']} " in row and f" cn1={index} " in row
                assert " deviceExternalId=martlet/e2e " in row
        assert not any("V-100" in row or token in row for row in rows), "no sealed value, no credential"


def test_a_full_disk_leaves_no_half_line_and_no_gap(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(disk)], capture_output=True).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    target = disk / "audit.jsonl"
    try:
        with gateway(tmp_path, config(tmp_path, sink(target)), ERP_GRANTS) as running:
            token = running.mint()
            for _ in range(20):
                assert "result" in running.call(token, "list_invoices", {"status": "open"}).json
            row = wait_until(
                lambda: next((r for r in sinks_now(running) if "errno 28" in r.get("failure", "")), None), 30, "full")
            assert row["behind"] > 0 and not row["good"]
            assert "result" in running.call(token, "list_invoices", {"status": "open"}).json
            assert not target.exists() or target.read_bytes()[-1:] in (b"", b"\n"), "half a line was taken back"
            subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
            size = len(running.records())
            wait_until(lambda: len(lines(target)) >= size, 60, "all records")
            check_complete(target, running, size)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


# MARK: carriers

KINDS = {"splunk_hec": "/services/collector/event", "elastic_bulk": "/audit/_bulk", "otlp": "/v1/logs", "syslog": None}


def authority(folder):
    """An authority of its own, and a certificate of it for 127.0.0.1."""
    now = datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sinks")])

    def made(key, subject, issuer, signer, *extensions):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    (folder / "ca.pem").write_bytes(made(root, name, name, root, x509.BasicConstraints(True, 0)))
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    (folder / "server.pem").write_bytes(made(leaf, server, name, root, host))
    (folder / "server.key").write_bytes(leaf.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


class Receiver:
    """The other side in a process of its own, to be killed and started again on the same port."""

    def __init__(self, folder, kind):
        self.folder, self.kind, self.port, self.process = folder, kind, free_port(), None
        self.out, self.mode_file = folder / "received.jsonl", folder / "mode"
        self.out.touch()
        self.mode("ok")
        if kind == "syslog":
            authority(folder)

    def mode(self, how):
        (self.folder / "mode.new").write_text(how)
        (self.folder / "mode.new").rename(self.mode_file)

    def start(self):
        tls = ["server.pem", "server.key"] if self.kind == "syslog" else []
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "upstreams/sink_receiver.py"), str(self.port), str(self.out),
             str(self.mode_file), *tls], cwd=self.folder)
        wait_until(lambda: reachable(self.port), 30, "the receiver")
        return self

    def kill(self):
        self.process.kill()
        self.process.wait(20)

    @property
    def rows(self):
        return [json.loads(line) for line in self.out.read_bytes().split(b"\n")[:-1] if line.endswith(b"}")]

    def sink(self, folder, **more):
        if self.kind == "syslog":
            where = {"url": f"tls://127.0.0.1:{self.port}", "certificate_authorities": "ca.pem"}
        else:
            where = {"url": f"http://127.0.0.1:{self.port}{KINDS[self.kind]}", "credential": {
                "header": "Authorization", "prefix": "Splunk ", "file": secret(folder, "hec.token", "hec-secret")}}
        return {"name": "siem", "kind": self.kind, "alert_after": "5s", "timeout": "2s", **where, **more}

    def has_all(self, running):
        """Every record, each under one id only; some may have come twice."""
        records = running.records()
        ids = {}
        for row in self.rows:
            assert ids.setdefault(row["index"], row["id"]) == row["id"] and row["origin"] == "martlet/e2e"
        assert all(records[index]["id"] == id for index, id in ids.items() if index < len(records))
        return set(range(len(records))) <= set(ids)


@pytest.fixture(params=list(KINDS))
def receiver(request, tmp_path):
    made = Receiver(tmp_path, request.param).start()
    yield made
    made.kill()


def test_every_carrier_delivers_everything(tmp_path, receiver):
    with gateway(tmp_path, config(tmp_path, receiver.sink(tmp_path, batch={"records": 4})), ERP_GRANTS) as running:
        token = running.mint()
        for _ in range(6):
            running.call(token, "list_invoices", {"status": "open"})
        wait_until(lambda: receiver.has_all(running), 60, "all records")
        assert sinks(running)["siem"]["good"]
        for place in (running.log.read_text(), running.cli("check").stdout, (tmp_path / "state/sinks/siem.json").read_text()):
            assert "hec-secret" not in place


@pytest.mark.parametrize("how", ["503", "hang", "close", "items", "early", "unread"])
def test_what_is_not_acknowledged_is_given_again(tmp_path, receiver, how):
    if (how in ("503", "items")) == (receiver.kind == "syslog") and how in ("503", "items", "early", "unread"):
        pytest.skip("not a way of this carrier")
    if how in ("early", "unread") and receiver.kind != "syslog":
        pytest.skip("not a way of this carrier")
    receiver.mode(how)
    with gateway(tmp_path, config(tmp_path, receiver.sink(tmp_path)), ERP_GRANTS) as running:
        token = running.mint()
        assert "result" in running.call(token, "list_invoices", {"status": "open"}).json
        row = wait_until(
            lambda: next((r for r in sinks_now(running) if r.get("failure")), None), 30, "the failure is said")
        assert row["next"] == 0 and receiver.rows == []
        expected = {"503": "status 503", "hang": "in time", "close": "connection ended", "early": "connection ended",
                    "unread": "connection ended", "items": {
                        "splunk_hec": "code 6", "elastic_bulk": "mapper_parsing_exception", "otlp": "records refused"}}
        text = expected[how] if how != "items" else expected[how][receiver.kind]
        assert text in row["failure"], row
        receiver.mode("ok")
        wait_until(lambda: receiver.has_all(running), 60, "all records")


def sinks_now(running):
    return [json.loads(line) for line in running.cli("audit", "sinks", "--json", check=False).stdout.splitlines()]


def test_no_gap_however_often_gateway_and_receiver_are_killed(tmp_path, receiver):
    seed = int(os.environ.get("MARTLET_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
    print(f"\nMARTLET_SEED={seed}")
    chance = random.Random(seed)
    running = Gateway(tmp_path, config(tmp_path, receiver.sink(tmp_path, batch={"records": 3})), ERP_GRANTS)
    try:
        for _ in range(KILLS):
            running.start()
            token = running.mint()
            for _ in range(chance.randrange(1, 6)):
                running.call(token, "list_invoices", {"status": "open"})
            goal = len(receiver.rows) + chance.randrange(0, 5)
            wait_until(lambda: len(receiver.rows) >= goal or receiver.has_all(running), 30, "some records")
            for end in chance.sample([running.kill, receiver.kill], 2):
                end()
            receiver.start()
        running.start()
        wait_until(lambda: receiver.has_all(running), 60, "all records")
    finally:
        running.stop()


def test_a_receiver_with_another_certificate_gets_nothing(tmp_path):
    receiver = Receiver(tmp_path, "syslog").start()
    authority(tmp_path)  # another authority than the one that made the receiver's certificate
    try:
        with gateway(tmp_path, config(tmp_path, receiver.sink(tmp_path)), ERP_GRANTS) as running:
            row = wait_until(
                lambda: next((r for r in sinks_now(running) if r.get("failure")), None), 30, "the failure is said")
            assert "certificate" in row["failure"] and receiver.rows == []
    finally:
        receiver.kill()


@pytest.mark.skipif(not shutil.which("rsyslogd"), reason="Scripts/prerequisites rsyslog rsyslog-openssl")
def test_rsyslog_of_debian_takes_every_record(tmp_path):
    authority(tmp_path)
    port, target = free_port(), tmp_path / "received.log"
    (tmp_path / "rsyslog.conf").write_text(f'''
global(workDirectory="{tmp_path}" defaultNetstreamDriver="ossl" maxMessageSize="512k"
  defaultNetstreamDriverCAFile="{tmp_path}/ca.pem" defaultNetstreamDriverCertFile="{tmp_path}/server.pem"
  defaultNetstreamDriverKeyFile="{tmp_path}/server.key")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imtcp" port="{port}")
template(name="whole" type="string" string="%app-name% %msgid% %msg%\\n")
action(type="omfile" file="{target}" template="whole")
''')
    server = ["rsyslogd", "-n", "-f", str(tmp_path / "rsyslog.conf"), "-i", str(tmp_path / "rsyslog.pid")]
    sink = {"name": "siem", "kind": "syslog", "url": f"tls://127.0.0.1:{port}", "certificate_authorities": "ca.pem"}
    with program(*server, port=port), gateway(tmp_path, config(tmp_path, sink), ERP_GRANTS) as running:
        token = running.mint()
        for _ in range(3):
            running.call(token, "list_invoices", {"status": "open"})
        size = len(running.records())
        wait_until(lambda: target.exists() and len(target.read_bytes().splitlines()) >= size, 60, "all records")
        for index, (line, record) in enumerate(zip(target.read_text().splitlines(), running.records())):
            app, kind, text = line.split(" ", 2)
            row = json.loads(text)
            assert (app, kind, row["index"], row["record"]["id"]) == ("martlet", record["type"], index, record["id"])
        assert sinks(running)["siem"]["good"]
