"""What an operator meets: lost keys, alerts that must be seen, errors that name their fix."""
import contextlib
import datetime
import http.server
import ipaddress
import json
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import ERP_GRANTS, HERE, MARTLET, MODERN, Gateway, erp, free_port, gateway, grant, wait_until

sys.path.insert(0, str(HERE / "upstreams"))
from peer import reply, success  # noqa: E402


@contextlib.contextmanager
def stopped(folder, **config):
    """A gateway that has recorded a call, and is down."""
    with gateway(folder, {"upstreams": [erp(folder)], **config}, ERP_GRANTS) as running:
        assert running.call(running.mint(), "list_vendors").status == 200
        running.stop()
        yield running


def refused(running, *options):
    """What a start that is refused says."""
    done = subprocess.run([MARTLET, "serve", *options, "--config", running.file], capture_output=True, text=True,
                          timeout=120, cwd=running.folder)
    assert done.returncode == 2 and "martlet ready" not in done.stdout, done
    return done.stderr


# MARK: keys

def test_a_lost_payload_key_is_never_replaced_silently(tmp_path):
    with stopped(tmp_path) as running:
        key = tmp_path / "state/keys/payload.key"
        old = key.read_bytes()
        key.rename(tmp_path / "kept")
        for command in ("verify", "records", "timeline"):
            done = running.cli("audit", command)
            assert ("payload.key is missing" in done.stderr) == (command == "timeline")
            assert not key.exists()
        line = refused(running)
        assert "keys/payload.key is missing although the log has records; put it back, or" in line
        assert "--new-payload-key" in line and not key.exists()
        (tmp_path / "kept").rename(key)
        running.start()
        running.stop()
        assert key.read_bytes() == old


def test_another_payload_key_is_not_taken_for_the_one_before(tmp_path):
    with stopped(tmp_path) as running:
        key = tmp_path / "state/keys/payload.key"
        old = key.read_bytes()
        key.write_bytes((tmp_path / "state/keys/minter.key").read_bytes())
        line = refused(running)
        assert "the payload key is not one that keys in" in line and "--new-payload-key" in line, line
        running.arguments = ["--new-payload-key"]
        running.start()
        running.stop()
        # Said once, it counts: and the one before still opens what it sealed.
        running.arguments = []
        running.start()
        running.stop()
        key.write_bytes(old)
        running.start()


def key_command(folder, script):
    """A program in the place of the client of a key management service."""
    program = folder / "unwrap"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)
    return {"payload_key": {"command": [str(program), str(folder / "wrapped")], "timeout": "2s"}}


def test_the_payload_key_may_come_from_a_program_and_rest_nowhere(tmp_path):
    config = {"audit": key_command(tmp_path, 'echo "asked for $1" >&2; echo x >> asked; rev "$1"\n')}
    with stopped(tmp_path) as running:
        key = tmp_path / "state/keys/payload.key"
        assert "argument" in running.cli("audit", "timeline").stdout
        # What stands at rest is another text: the program alone can make the key of it.
        subprocess.run(["sh", "-c", f"rev {key} > {tmp_path}/wrapped"], check=True)
        running.config.update(config)
        running.file.write_text(json.dumps(running.config))
        line = refused(running)
        assert "payload.key is there although audit.payload_key names a command" in line
        key.rename(tmp_path / "offline")
        running.start()
        assert running.call(running.mint(), "list_invoices").status == 200
        running.stop()
        assert not key.exists() and (tmp_path / "asked").exists()
        shown = [json.loads(line) for line in running.cli("audit", "timeline", "--json").stdout.splitlines()]
        assert all("sealed under" not in json.dumps(item) for item in shown if item.get("call")), shown
        for broken, why in (("cat /dev/null\n", "wrote something else than the line of a key file"),
                            ("rev \"$1\"; exit 3\n", "ended with exit code 3"),
                            ("rev \"$1\"; rev \"$1\"\n", "wrote something else than the line of a key file"),
                            ("head -c 1000 /dev/zero\n", "wrote more than 256 bytes"),
                            ("rev \"$1\"; exec sleep 600\n", "did not end within 2 seconds")):
            key_command(tmp_path, broken)
            line = refused(running)
            assert why in line and "audit.payload_key" in line, line
            assert (tmp_path / "offline").read_text().strip() not in line
            # Who reads without it sees that the values stay sealed, and why.
            assert why in running.cli("audit", "timeline").stderr


def test_who_gives_a_payload_key_up_says_so(tmp_path):
    with stopped(tmp_path) as running:
        key = tmp_path / "state/keys/payload.key"
        key.unlink()
        running.arguments = ["--new-payload-key"]
        running.start()
        assert "payload key made anew" in running.log.read_text() and key.exists()
        running.arguments = []
        assert running.call(running.mint(), "list_vendors").status == 200
        told = [json.loads(line) for line in running.cli("audit", "timeline", "--json").stdout.splitlines()]
        assert len([item for item in told if item.get("call")]) == 2, told


@pytest.mark.parametrize("name, notice", [
    ("task", "task key made anew: running tasks cannot be reached"),
    ("minter", "minter key made anew: tokens issued until now are refused"),
])
def test_another_key_made_anew_is_warned_of(tmp_path, name, notice):
    with stopped(tmp_path) as running:
        assert "made anew" not in running.log.read_text()
        (tmp_path / f"state/keys/{name}.key").unlink()
        running.start()
        assert running.log.read_text().count(notice) == 1


# MARK: errors with their fix

def test_a_start_that_fails_says_what_to_do(tmp_path):
    with stopped(tmp_path) as running:
        for name in ("state.sqlite", "keys/minter.key", "keys/task.key", "keys/payload.key"):
            file = tmp_path / "state" / name
            file.chmod(0o644)
            assert f"mode 0644); run: chmod 600 {file}" in refused(running), name
            file.chmod(0o600)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", running.port))
            taken.listen()
            line = refused(running)
            assert f"127.0.0.1:{running.port} is taken" in line and "listen.port" in line
        running.start()
        done = running.cli("token", "issue", "--agent", "finance-bot", "--upstream", "erp", "--ttl", "13h", check=False)
        assert done.returncode == 1 and "at most 12h" in done.stderr and "maximum_ttl" in done.stderr


# MARK: the log

def test_a_type_that_no_record_has_is_refused(tmp_path):
    with stopped(tmp_path) as running:
        done = running.cli("audit", "records", "--type", "call.denyed", check=False)
        assert done.returncode == 2 and not done.stdout
        assert "call.denyed" in done.stderr and "call.denied, " in done.stderr
        assert [r["type"] for r in running.records(type="call.outcome")] == ["call.outcome"]
        assert running.records(type="call.denied") == []


# MARK: upstreams that are down

@contextlib.contextmanager
def lister(tools, together=None, tls=None):
    """An MCP server that lists its tools; with `together`, only once all of them are asked. `tls` is a server context."""
    class Lister(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if together and message["method"] == "tools/list":
                together.wait(60)
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": reply(message, tools)}
            body = json.dumps(success(message) if message["method"] == "tools/call" else answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lister)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}/mcp"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def short(tool):
    return {"agent_role": "finance_executor", "tool": tool, "scope": [], "requires_approval": False}


def test_upstreams_are_asked_side_by_side_what_they_offer(tmp_path):
    both = threading.Barrier(2)
    with lister(["left"], both) as left, lister(["right"], both) as right:
        upstreams = [{"name": name, "url": url, "era": MODERN, "timeout": "50s"} for name, url in (("l", left), ("r", right))]
        with gateway(tmp_path, {"upstreams": upstreams}, [short("left"), short("right")]) as running:
            granted = json.loads(running.cli("grants", "list", "--json").stdout)["grants"]
            assert sorted((g["upstream"], g["tool"]) for g in granted) == [("l", "left"), ("r", "right")]


def test_an_upstream_that_is_down_at_the_start_is_named_with_the_fix(tmp_path):
    with lister(["left"]) as left:
        upstreams = [{"name": "up", "url": left, "era": MODERN},
                     {"name": "down", "url": f"http://127.0.0.1:{free_port()}/mcp", "era": MODERN, "timeout": "5s"}]
        with gateway(tmp_path, {"upstreams": upstreams}, [short("left"), short("right")]) as running:
            log = running.log.read_text()
            assert "upstream down did not answer" in log and "name their tools under `tools`" in log
            assert "unanswered=down" in log and "no upstream offers the tool" not in log


# MARK: TLS with the company's own authority

def certified(folder):
    """The certificate of an authority of our own in `ca.pem`, and a server context with one that it issued."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def issue(name, key, issuer, signer, *extensions):
        builder = (x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=1)))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
    (folder / "ca.pem").write_bytes(issue(name, authority, name, authority, x509.BasicConstraints(True, None)))
    (folder / "server.pem").write_bytes(
        issue(x509.Name([]), server, name, authority,
              x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]))
        + server.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


@pytest.mark.parametrize("trusted", [True, False])
def test_an_upstream_with_a_certificate_of_the_companys_own_authority(tmp_path, trusted):
    with lister(["pay"], tls=certified(tmp_path)) as url:
        upstream = {"name": "erp", "url": url, "era": MODERN, **({"certificate_authorities": "ca.pem"} if trusted else {})}
        with gateway(tmp_path, {"upstreams": [upstream]}, [grant("pay")]) as running:
            result = running.call(running.mint(), "pay").json["result"]
            assert result["isError"] is not trusted
            if not trusted:
                assert result["_meta"]["martlet.dev/outcome"]["outcome"] == "upstream_unreachable"
            assert (f"certificate_authorities {tmp_path}/ca.pem" in running.cli("check").stdout) == trusted


# MARK: alerts that must be seen

def peer(folder, **more):
    return {"name": "peer", "era": MODERN, "command": [
        sys.executable, str(HERE / "upstreams/stdio_peer.py"), str(folder / "journal")], **more}


def restarts(running, count):
    """Lets the child die, until that many of its ends are on record."""
    token = running.mint("finance-bot", "peer")
    for wanted in range(1, count + 1):
        wait_until(lambda: "broken_off" in str(running.call(token, "dies", upstream="peer").json), 30, "the child dies")
        wait_until(lambda: len(running.records(type="upstream.restarted")) >= wanted, 30, "its end is on record")
    return running.records(type="upstream.restarted")


def test_the_end_of_a_child_is_a_record(tmp_path):
    with gateway(tmp_path, {"upstreams": [peer(tmp_path)]}, [grant("dies", upstream="peer")]) as running:
        first = restarts(running, 1)[0]
        assert first["observed"]["upstream"] == "peer" and first["observed"]["reason"] == "exit code 3", first
        assert "upstream.restarted" in running.cli("audit", "timeline").stdout
        running.stop()
        assert len(running.records(type="upstream.restarted")) == 1, "an orderly end is none"


def test_a_trouble_that_lasts_is_said_once(tmp_path):
    """Each end of a child comes on record in another round of what is done every second."""
    with gateway(tmp_path, {"upstreams": [peer(tmp_path)]}, [grant("dies", upstream="peer")]) as running:
        database = sqlite3.connect(tmp_path / "state/state.sqlite", isolation_level=None)
        whole = database.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'approvals' AND sql NOT NULL").fetchall()
        database.execute("DROP TABLE approvals")
        restarts(running, 3)
        assert running.log.read_text().count("approvals could not be settled") == 1
        for (statement,) in whole:
            database.execute(statement)
        database.close()
        wait_until(lambda: "approvals are settled again" in running.log.read_text(), 30, "the end is said")


def test_issuer_keys_that_cannot_be_had_are_a_warning_once(tmp_path):
    running = Gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS)
    good = running.issuer.file.read_text()
    running.issuer.file.write_text('{"keys": []}')
    running.arguments = ["--log-level", "debug"]
    running.start()
    try:
        wait_until(lambda: running.log.read_text().count("outcome=failed") >= 4, 60, "both were asked for twice")
        lines = [line for line in running.log.read_text().splitlines() if "issuer keys cannot be fetched" in line]
        assert len(lines) == 2 and all("warning" in line and "no key in the set" in line for line in lines), lines
        running.issuer.file.write_text(good)
        wait_until(lambda: running.log.read_text().count("issuer keys can be fetched again") == 2, 60, "the end is said")
    finally:
        running.stop()


def test_the_log_level_can_be_chosen(tmp_path):
    running = Gateway(tmp_path, {"upstreams": [peer(tmp_path)]}, [grant("dies", upstream="peer")])
    running.arguments = ["--log-level", "error"]
    running.start()
    restarts(running, 1)
    running.stop()
    assert "upstream process ended" not in running.log.read_text()
    assert "--log-level" in refused(running, "--log-level", "loud")


def test_a_child_can_be_kept_out_of_the_log(tmp_path):
    """How many lines are too many is a matter of time, and told without a clock in StdioUpstreamTests."""
    for stderr in ("drop", "log"):
        folder = tmp_path / stderr
        folder.mkdir()
        upstream = {"name": "talker", "era": MODERN, "stderr": stderr, "command": [
            sys.executable, "-c", "import sys; print('secret of a caller', sys.stdin.readline()[:1], file=sys.stderr)"]}
        with gateway(folder, {"upstreams": [upstream, peer(folder)]},
                     [grant("dies", upstream="peer"), grant("x", upstream="talker")]) as running:
            answer = running.call(running.mint("finance-bot", "talker"), "x", upstream="talker")
            assert answer.json["result"]["isError"] is True
            restarts(running, 1)
            if stderr == "log":
                wait_until(lambda: "secret of a caller {" in running.log.read_text(), 20, "it is logged")
            running.stop()
            assert ("secret of a caller" in running.log.read_text()) == (stderr == "log")
