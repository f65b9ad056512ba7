"""Starts the real binary against real upstreams. No fakes, no sleeps: every wait is on a condition with a deadline."""
import contextlib
import http.client
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import sys
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
MARTLET = pathlib.Path(os.environ.get("MARTLET_BIN", ROOT / ".build/debug/martlet")).resolve()
MODERN, LEGACY = "2026-07-28", "2025-11-25"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "e2e", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
ISSUER = "https://issuer.test"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, seconds=20, what="condition"):
    """Polls a condition up to a deadline; the deadline only ever makes a broken test fail."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        select.select([], [], [], 0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


class Issuer:
    """A company's identity provider: ES256, EdDSA and RS256 keys, and any token one can imagine."""

    def __init__(self, folder: pathlib.Path, name=ISSUER):
        self.name = name
        self.keys = {
            "ES256": ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate(),
            "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        }
        keys = []
        for alg, key in self.keys.items():
            make = {"ES256": jwt.algorithms.ECAlgorithm, "EdDSA": jwt.algorithms.OKPAlgorithm}.get(
                alg, jwt.algorithms.RSAAlgorithm)
            jwk = json.loads(make.to_jwk(key.public_key()))
            keys.append({**jwk, "kid": alg.lower(), "alg": alg, "use": "sig"})
        self.file = folder / "jwks.json"
        self.file.write_text(json.dumps({"keys": keys}))

    def token(self, audience, agent="idp-bot", alg="ES256", key=None, headers=None, **over):
        now = int(time.time())
        claims = {
            "iss": self.name, "aud": audience, "sub": agent, "client_id": agent, "iat": now, "nbf": now - 5,
            "exp": now + 600, "jti": os.urandom(8).hex(), "agent_role": "finance_executor",
        }
        claims.update(over)
        claims = {k: v for k, v in claims.items() if v is not None}
        head = {"kid": alg.lower(), "typ": "at+jwt", **(headers or {})}
        return jwt.encode(claims, key or self.keys[alg], algorithm=alg, headers=head)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        text = self.body
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            text = [line[5:] for line in text.split(b"\n") if line.startswith(b"data:")][-1]
        return json.loads(text)

    @property
    def envelope(self):
        return self.json["result"]["_meta"]["martlet.dev/authorization"]

    @property
    def text(self):
        return self.json["result"]["content"][0]["text"]


class Gateway:
    arguments = []  # further ones of `serve`

    def __init__(self, folder: pathlib.Path, config: dict, grants: list, port=None):
        self.folder, self.port = folder, port or free_port()
        self.issuer = Issuer(folder)
        self.config = base_config(self.port)
        merge(self.config, config)
        (folder / "grants.json").write_text(json.dumps(grants, indent=1))
        self.file = folder / "martlet.yaml"
        self.file.write_text(json.dumps(self.config, indent=1))  # JSON is YAML
        self.process = None
        self.log = folder / "gateway.log"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, ready=True):
        out = open(self.log, "ab")
        mark = out.tell()
        self.process = subprocess.Popen(
            [str(MARTLET), "serve", "--config", str(self.file), *self.arguments], stdout=out, stderr=out,
            stdin=subprocess.DEVNULL, cwd=self.folder, start_new_session=True)
        if ready:
            wait_until(lambda: self.ready(mark), 60, f"gateway ready: {self.log.read_text()[-2000:]}")
        return self

    def ready(self, mark):
        if self.process.poll() is not None:
            raise AssertionError(f"gateway ended with {self.process.returncode}: {self.log.read_text()[-3000:]}")
        return b"martlet ready" in self.log.read_bytes()[mark:]

    def stop(self, by=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(by)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
                raise AssertionError(f"the gateway did not stop on {by.name}")

    def kill(self):
        self.process.kill()
        self.process.wait(20)

    def cli(self, *args, check=True, config=True):
        command = [str(MARTLET), *map(str, args)] + (["--config", str(self.file)] if config else [])
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=self.folder)
        if check and done.returncode != 0:
            raise AssertionError(f"{command} -> {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def mint(self, agent="finance-bot", upstream="erp", ttl="15m"):
        return self.cli("token", "issue", "--agent", agent, "--upstream", upstream, "--ttl", ttl).stdout.strip()

    def approver(self, name="olivia"):
        file = self.folder / f"{name}.token"
        file.touch(mode=0o600)
        file.write_text(self.cli("token", "issue", "--approver", name).stdout.strip())
        return file

    def request(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, data)

    def rpc(self, token, method, params=None, upstream="erp", era=MODERN, name=None, session=None, id=1, raw=None,
            headers=None, timeout=60):
        params = dict(params or {})
        head = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if token:
            head["Authorization"] = f"Bearer {token}"
        head["MCP-Protocol-Version"] = era
        if era == MODERN:
            params.setdefault("_meta", META)
            head["Mcp-Method"] = method
            if name or method == "tools/call":
                head["Mcp-Name"] = name or params.get("name", "")
        if session:
            head["Mcp-Session-Id"] = session
        head.update(headers or {})
        head = {k: v for k, v in head.items() if v is not None}
        body = {"jsonrpc": "2.0", "method": method, "params": params}
        if id is not None:
            body["id"] = id
        return self.request("POST", f"/mcp/{upstream}", raw if raw is not None else json.dumps(body), head, timeout)

    def call(self, token, tool, arguments=None, **more):
        return self.rpc(token, "tools/call", {"name": tool, "arguments": arguments or {}}, **more)

    def session(self, token, upstream="erp"):
        answer = self.rpc(token, "initialize", {
            "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"},
        }, upstream=upstream, era=LEGACY, headers={"MCP-Protocol-Version": None})
        assert answer.status == 200, answer.body
        return answer.headers["mcp-session-id"]

    def records(self, **filters):
        """All records of the log, by the product's own reader, with the names of people; it must verify first."""
        return [with_names(record) for record in self.leaves(**filters)]

    def leaves(self, **filters):
        """All records as they stand in the log; `names` beside them says who the pseudonyms are.

        Read beside the gateway, from the files alone: a reading that it knows of would be a record itself.
        """
        try:
            config = json.loads(self.file.read_text())
        except ValueError:
            config = dict(self.config)
        state = self.folder / config["state"]
        if not hasattr(self, "beside"):
            self.beside = tempfile.TemporaryDirectory(prefix="beside-")
        for name in ("audit", "vault", "keys"):
            link = pathlib.Path(self.beside.name) / name
            link.unlink(missing_ok=True)
            link.symlink_to(state / name)
        file = self.folder / "beside.yaml"
        file.write_text(json.dumps({**config, "state": self.beside.name}))
        arguments = ["--config", str(file)]
        for key, value in filters.items():
            arguments += [f"--{key}", str(value)]
        done = self.cli("audit", "records", "--json", *arguments, config=False)
        return [json.loads(line) for line in done.stdout.splitlines() if line]


def with_names(record):
    """The record with the names that the vault gives for its pseudonyms in their places."""
    names = record.pop("names", {})

    def put(value):
        if isinstance(value, dict):
            return {key: put(member) for key, member in value.items()}
        if isinstance(value, list):
            return [put(element) for element in value]
        return names.get(value, value) if isinstance(value, str) else value

    return put(record) if names else record


def base_config(port):
    return {
        "version": 1, "environment": "e2e", "posture": "pilot", "state": "state",
        "listen": {"address": "127.0.0.1", "port": port},
        "authentication": {
            "built_in": {"default_ttl": "15m", "maximum_ttl": "12h"},
            "issuers": [{"issuer": ISSUER, "jwks_file": "jwks.json", "algorithms": ["ES256", "EdDSA", "RS256"],
                         "role_claim": "agent_role"}],
        },
        "agents": [
            {"id": "research-bot", "role": "research_reader", "issuer": "built_in"},
            {"id": "finance-bot", "role": "finance_executor", "issuer": "built_in"},
            {"id": "ops-bot", "role": "operations", "issuer": "built_in"},
        ],
        "upstreams": [],
        "grants": {"default_lifetime": "90d", "files": ["grants.json"],
                   "lists": {"vendor_whitelist": {"binding": "vendor", "values": ["V-100", "V-200"]}}},
        "approvals": {"ttl": "15m", "approvers": [{"id": "olivia", "roles": ["finance_approver"], "issuer": "built_in"}]},
        # No heartbeat comes between the records of a test that does not wait for one.
        "audit": {"segment_size": "4MiB", "spare_segments": 2, "heartbeat": "1h"},
    }


def merge(target, more):
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value)
        else:
            target[key] = value


BINDINGS = {"issue_payment": {"bindings": {"amount": "/amount", "currency": "/currency", "vendor": "/vendor_id"}}}
SEED = {"agent_role": "finance_executor", "tool": "issue_payment",
        "scope": ["vendor_whitelist", "max_amount_1000_eur"], "requires_approval": True}
ALWAYS = "2099-01-01T00:00:00Z"


def grant(tool, role="finance_executor", upstream="erp", **more):
    return {"agent_role": role, "upstream": upstream, "tool": tool, "scope": [], "requires_approval": False,
            "expires": ALWAYS, "owner": "treasury", **more}


def preloaded(folder, name):
    """A library of `preload/`, compiled; to be named by LD_PRELOAD."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("there is no C compiler: apt-get install -y gcc")
    library = folder / f"{name}.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, HERE / f"preload/{name}.c"], check=True, timeout=60)
    return library


def erp(folder, **more):
    return {"name": "erp", "command": [str(MARTLET), "demo", "erp"],
            "environment_variables": {"ERP_LEDGER": {"file": secret(folder, "ledger.path", str(folder / "ledger"))}},
            "tools": BINDINGS, **more}


def secret(folder, name, text):
    file = folder / name
    file.touch(mode=0o600)
    file.write_text(text)
    return name


ERP_GRANTS = [SEED] + [grant(t) for t in ("list_invoices", "get_invoice", "list_vendors", "failing_export", "slow_report")] \
    + [grant("list_invoices", "research_reader"), grant("list_vendors", "research_reader"),
       grant("update_vendor", "operations")]


@contextlib.contextmanager
def gateway(folder, config, grants):
    running = Gateway(folder, config, grants)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A gateway in front of the demo ERP, shared by one file's tests."""
    folder = tmp_path_factory.mktemp("erp")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        yield running


@contextlib.contextmanager
def program(*command, port=None, env=None, cwd=None):
    """A peer process, ended with its group."""
    process = subprocess.Popen(
        list(map(str, command)), stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, cwd=cwd,
        start_new_session=True)
    try:
        if port:
            wait_until(lambda: reachable(port), 30, f"port {port} of {command}")
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def reachable(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False
