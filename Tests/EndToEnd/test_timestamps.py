"""Checkpoints timestamped by `openssl ts` as the authority, and checked by `openssl ts -verify`."""
import http.server
import json
import shutil
import subprocess
import threading

import pytest

from conftest import ERP_GRANTS, erp, free_port, gateway, wait_until
from test_tlog import audit, verify, vkey, work

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not on this machine")

CONFIG = """
[tsa]
default_tsa = tsa1
[tsa1]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
[ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""


class Authority:
    """An RFC 3161 authority over HTTP; every answer is made by `openssl ts -reply`."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder, self.port, self.spoil, self.asked = folder, free_port(), None, []
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self.run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                 "-out", "ca.pem", "-subj", "/CN=test CA", "-days", "2")
        self.run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "tsa.key", "-out",
                 "tsa.csr", "-subj", "/CN=test TSA")
        self.run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                 "-out", "tsa.pem", "-extfile", "tsa.cnf", "-extensions", "ext")
        authority = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                authority.asked.append((self.headers["content-type"], body))
                answer = authority.reply(body)
                self.send_response(200 if answer else 500)
                self.send_header("content-type", "application/timestamp-reply")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)

    def run(self, *words):
        subprocess.run(["openssl", *map(str, words)], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def reply(self, query):
        if self.spoil == "down":
            return b""
        if self.spoil == "replay" and (self.folder / "reply.tsr").exists():
            return (self.folder / "reply.tsr").read_bytes()
        (self.folder / "query.tsq").write_bytes(query)
        self.run("ts", "-reply", "-config", "tsa.cnf", "-section", "tsa1", "-queryfile", "query.tsq", "-signer", "tsa.pem",
                 "-inkey", "tsa.key", "-out", "reply.tsr")
        return (self.folder / "reply.tsr").read_bytes()

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def accepts(self, data, token):
        done = subprocess.run(["openssl", "ts", "-verify", "-data", data, "-in", token, "-CAfile", self.folder / "ca.pem"],
                              capture_output=True, text=True, timeout=60)
        return done.returncode == 0 and "Verification: OK" in done.stdout + done.stderr


def stamped(authority, folder):
    config = {"upstreams": [erp(folder)],
              "audit": {"timestamps": {"url": f"http://127.0.0.1:{authority.port}/tsa", "every": "1s"}}}
    return gateway(folder, config, ERP_GRANTS)


def test_a_checkpoint_gets_a_time_that_openssl_accepts(tmp_path):
    with Authority(tmp_path / "tsa") as authority, stamped(authority, tmp_path) as running:
        work(running, 3)
        record = wait_until(lambda: running.records(type="checkpoint.timestamped"), what="the record of a timestamp")[0]
        token = audit(running) / record["observed"]["file"]
        data = token.with_suffix(".checkpoint")
        assert authority.accepts(data, token)
        lines = data.read_text().split("\n")
        assert lines[0] == "martlet/e2e" and int(lines[1]) == record["observed"]["size"]
        assert authority.asked[0][0] == "application/timestamp-query"
        done = verify("log", audit(running), "--key", vkey(running), "--since", data)
        assert done.returncode == 0, done
        spoilt = tmp_path / "spoilt"
        spoilt.write_bytes(data.read_bytes() + b" ")
        assert not authority.accepts(spoilt, token)


def test_an_authority_that_is_down_stops_nothing_and_is_said(tmp_path):
    with Authority(tmp_path / "tsa") as authority:
        authority.spoil = "down"
        with stamped(authority, tmp_path) as running:
            work(running, 3)
            wait_until(lambda: b"has no timestamp" in running.log.read_bytes(), what="the alert")
            assert b"status 500" in running.log.read_bytes()
            authority.spoil = None
            wait_until(lambda: running.records(type="checkpoint.timestamped"), what="a timestamp")
            wait_until(lambda: b"has a timestamp again" in running.log.read_bytes(), what="the end of the alert")


def test_an_old_token_is_not_taken_for_a_new_checkpoint(tmp_path):
    with Authority(tmp_path / "tsa") as authority, stamped(authority, tmp_path) as running:
        wait_until(lambda: running.records(type="checkpoint.timestamped"), what="a timestamp")
        authority.spoil = "replay"
        asked, known = len(authority.asked), len(running.records(type="checkpoint.timestamped"))
        work(running, 3)
        wait_until(lambda: len(authority.asked) >= asked + 3 and b"foreign" in running.log.read_bytes(), what="the refusal")
        assert len(running.records(type="checkpoint.timestamped")) <= known + 1


@pytest.mark.parametrize("settings, said", [
    ({"url": "http://198.51.100.1/tsa"}, "no https:// address"), ({"url": "nonsense"}, "no https:// address"), ({}, "url"),
    ({"url": "https://tsa.test", "every": "1s"}, "no duration from 1m"), ({"url": "https://tsa.test", "x": 1}, "unknown key"),
])
def test_check_says_what_is_wrong(tmp_path, settings, said):
    running = gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS)
    with running as running:
        running.config["audit"]["timestamps"] = settings
        running.file.write_text(json.dumps(running.config))
        done = running.cli("check", check=False)
        assert done.returncode == 2 and said in done.stderr, done.stderr
