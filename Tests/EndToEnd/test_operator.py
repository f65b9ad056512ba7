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
