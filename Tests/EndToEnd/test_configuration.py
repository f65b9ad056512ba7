"""Configurations that must not start: exit code 2, and one line for each fault with file, line and what to do."""
import contextlib
import json
import os
import signal
import subprocess

import pytest

from conftest import MARTLET, free_port, secret, wait_until

YAML = f"""\
version: 1
environment: e2e
posture: pilot
state: state
listen:
  address: 127.0.0.1
  port: PORT
authentication:
  built_in: {{default_ttl: 15m, maximum_ttl: 12h}}
agents:
  - {{id: finance-bot, role: finance_executor, issuer: built_in}}
  - {{id: ops-bot, role: operations, issuer: built_in}}
upstreams:
  - name: erp
    command: [{MARTLET}, demo, erp]
    environment_variables: {{ERP_LEDGER: {{file: ledger.path}}}}
    tools:
      issue_payment:
        bindings: {{amount: /amount, currency: /currency, vendor: /vendor_id}}
grants:
  default_lifetime: 90d
  files: [grants.json]
  lists:
    vendor_whitelist: {{binding: vendor, values: [V-100, V-200]}}
approvals:
  approvers: [{{id: olivia, roles: [finance_approver], issuer: built_in}}]
audit: {{segment_size: 4MiB}}
"""
GRANTS = """\
[
  {"agent_role": "finance_executor", "tool": "issue_payment",
   "scope": ["vendor_whitelist", "max_amount_1000_eur"], "requires_approval": true},
  {"agent_role": "operations", "upstream": "erp", "tool": "update_vendor",
   "scope": [], "requires_approval": false,
   "expires": "2099-01-01", "owner": "treasury"}
]
"""
CONFIG, FILE = "martlet.yaml", "grants.json"
SECOND = """\
  - name: crm
    command: [/bin/cat]
    tools: {issue_payment: {bindings: {amount: /amount, currency: /currency, vendor: /vendor}}}
"""


class Case:
    """One fault: what is changed, where it must be reported, and words of the problem and of the fix."""

    def __init__(self, name, old, new, at, problem, fix, file=None, also=0):
        self.name, self.old, self.new, self.at, self.problem, self.fix = name, old, new, at, problem, fix
        self.file = file or (FILE if old in GRANTS and old not in YAML else CONFIG)
        # Lines beyond the one described.
        self.also = also


CASES = [
    # Keys
    Case("unknown key", "posture: pilot", "posture: pilot\nupstrem: []", "upstrem", 'unknown key "upstrem"', "upstreams"),
    Case("unknown key below", "  port: PORT", "  port: PORT\n  prot: 1", "prot:", 'unknown key "prot"', "port"),
    Case("key in another case", "posture: pilot", "Posture: pilot", "Posture", 'unknown key "Posture"', "posture", also=1),
    Case("duplicate key", "state: state", "state: state\nstate: other", "state: state", 'duplicate key "state"', "keep one"),
    Case("duplicate key below", "  port: PORT", "  port: PORT\n  port: 1", "port:", 'duplicate key "port"', "keep one"),
    Case("key of a later release", "posture: pilot", "posture: pilot\nalerts: []", "alerts", "not part of this release",
         "remove"),
    Case("no version", "version: 1\n", "", "environment", 'without "version"', "add version: 1"),
    Case("another version", "version: 1", "version: 2", "version: 2", "unknown version", "version: 1"),
    Case("no environment", "environment: e2e\n", "", "version", 'without "environment"', "add environment"),
    Case("no state", "state: state\n", "", "version", 'without "state"', "add state"),
    Case("not YAML", "listen:", "listen: [", "port:", "not valid YAML", "correct"),
    Case("an anchor", "posture: pilot", "posture: &p pilot", "&p", "anchor", "again"),
    Case("two documents", "posture: pilot", "posture: pilot\n---\nversion: 1", "---", "", ""),
    Case("a text where a list belongs", "files: [grants.json]", "files: grants.json", "files:", "is not a list", "- "),
    Case("a number out of range", "port: PORT", "port: 70000", "70000", "no whole number", "write"),
    Case("a duration nobody understands", "default_lifetime: 90d", "default_lifetime: ninety", "ninety", "no duration",
         "write"),
    # Files
    Case("missing grants file", "files: [grants.json]", "files: [absent.json]", "absent.json", "does not exist", "create"),
    Case("missing secret file", "file: ledger.path", "file: absent.path", "absent.path", "does not exist", "create"),
    Case("secret others can read", "file: ledger.path", "file: open.path", "open.path", "readable by others", "chmod 600"),
    Case("secret inline", "{file: ledger.path}", "{value: hunter2}", "hunter2", "secret inline", "file:"),
    Case("secret variable that is not set", "{file: ledger.path}", "{env: MARTLET_E2E_ABSENT}", "MARTLET_E2E_ABSENT",
         "is not set", "set it"),
    Case("a program that is not there", f"command: [{MARTLET}, demo, erp]", "command: [./absent, demo]", "./absent",
         "cannot be started", "path"),
    Case("a grants file that is no JSON", "[\n  {", "[\n  {,", "{,", "not valid JSON", "", file=FILE),
    # Listener
    Case("plain HTTP beyond loopback", "address: 127.0.0.1", "address: 0.0.0.0", "0.0.0.0", "plain HTTP beyond loopback",
         "tls"),
    Case("plain HTTP beyond loopback, version 6", "address: 127.0.0.1", 'address: "::"', '"::"', "plain HTTP beyond loopback",
         "tls"),
    Case("plain HTTP upstream beyond loopback",
         f"command: [{MARTLET}, demo, erp]\n    environment_variables: {{ERP_LEDGER: {{file: ledger.path}}}}",
         "url: http://erp.example/mcp", "erp.example", "plain HTTP beyond loopback", "https"),
    Case("wildcard host", "  port: PORT", '  port: PORT\n  allowed_hosts: ["*"]', "allowed_hosts", "no host", "without wildcards"),
    Case("wildcard origin", "  port: PORT", '  port: PORT\n  allowed_origins: ["*"]', "allowed_origins", "no origin", "https"),
    Case("TLS files that are not there", "  port: PORT", "  port: PORT\n  tls: {certificate: c.pem, key: k.pem}", "c.pem",
         "does not exist", "create", also=1),
    # Authentication and agents
    Case("nobody could call", "authentication:\n  built_in: {default_ttl: 15m, maximum_ttl: 12h}\n", "", "version",
         'without "authentication"', "built_in", also=None),
    Case("no algorithms", "  built_in: {default_ttl", "  issuers: [{issuer: https://i.test, jwks_file: jwks.json}]\n"
         "  built_in: {default_ttl", "i.test", 'without "algorithms"', "ES256"),
    Case("algorithm none", "  built_in: {default_ttl", "  issuers: [{issuer: https://i.test, jwks_file: jwks.json, "
         "algorithms: [none]}]\n  built_in: {default_ttl", "i.test", '"none" is not accepted', "ES256"),
    Case("algorithm HS256", "  built_in: {default_ttl", "  issuers: [{issuer: https://i.test, jwks_file: jwks.json, "
         "algorithms: [ES256, HS256]}]\n  built_in: {default_ttl", "i.test", '"HS256" is not accepted', "ES256"),
    Case("key sets over plain HTTP", "  built_in: {default_ttl", "  issuers: [{issuer: https://i.test, "
         "jwks_url: http://i.test/jwks, algorithms: [ES256]}]\n  built_in: {default_ttl", "i.test",
         "plain HTTP beyond loopback", "https"),
    Case("agent of an unknown issuer", "role: operations, issuer: built_in", "role: operations, issuer: https://x.test",
         "x.test", "unknown issuer", "built_in"),
    Case("two agents with one name", "id: ops-bot", "id: finance-bot", "role: operations", '"finance-bot" twice', "own id"),
    Case("two agents with one credential", "role: operations, issuer: built_in",
         "role: operations, issuer: built_in, subject: finance-bot", "subject: finance-bot", "have one credential",
         "own for each"),
    Case("a wildcard role", "role: operations", 'role: "*"', 'role: "*"', "wildcard", "exactly one"),
    Case("an agent that approves", "id: olivia", "id: ops-bot", "finance_approver", "is an agent and an approver", "person"),
    Case("an approver twice", "issuer: built_in}]\naudit", "issuer: built_in}, {id: olivia, issuer: built_in}]\naudit",
         "olivia", '"olivia" twice', "keep one"),
    # Upstreams
    Case("no upstream", YAML[YAML.index("upstreams:"):YAML.index("grants:")], "upstreams: []\n", "upstreams", "no upstream",
         "at least one"),
    Case("an upstream twice", "grants:\n  default", SECOND.replace("crm", "erp") + "grants:\n  default", "name: erp\n    command: [/bin/cat",
         '"erp" twice', "own name"),
    Case("two upstreams with one credential", "grants:\n  default",
         "  - {name: crm, command: [/bin/cat], environment_variables: {X: {file: ledger.path}}}\ngrants:\n  default",
         "name: crm", "have one credential", "its own"),
    Case("command and url", f"command: [{MARTLET}, demo, erp]",
         f"command: [{MARTLET}, demo, erp]\n    url: http://127.0.0.1:1/mcp", "name: erp", 'both "command" and "url"',
         "either"),
    Case("an empty command", f"command: [{MARTLET}, demo, erp]", "command: []", "command: []", "empty command", "program"),
    Case("a credential that would steer the request",
         f"command: [{MARTLET}, demo, erp]\n    environment_variables: {{ERP_LEDGER: {{file: ledger.path}}}}",
         "url: http://127.0.0.1:1/mcp\n    credential: {header: Mcp-Session-Id, file: ledger.path}", "Mcp-Session-Id",
         "no header for a credential", "Authorization"),
    Case("an upstream named like a path", "name: erp", "name: ../erp", "../erp", "is no name", "letters"),
    Case("a timeout of nothing", "name: erp", "name: erp\n    timeout: 0s", "timeout", "no duration", "write"),
    # Grants
    Case("an expired grant", '"2099-01-01"', '"2020-01-01"', '"2020-01-01"', "grant ended 2020-01-01", "renew"),
    Case("a full grant without an end", '"expires": "2099-01-01", ', "", "operations", "without an end", "expires"),
    Case("a wildcard tool", '"update_vendor"', '"*"', '"*"', 'wildcard "*"', "exactly one"),
    Case("a wildcard in a tool", '"update_vendor"', '"update_*"', '"update_*"', "wildcard", "exactly one"),
    Case("a wildcard role in a grant", '"agent_role": "operations"', '"agent_role": "*"', '"*"', "wildcard", "exactly one"),
    Case("a wildcard upstream", '"upstream": "erp"', '"upstream": "*"', '"*"', "wildcard", "exactly one"),
    Case("a wildcard in a list", "values: [V-100, V-200]", 'values: ["V-*"]', "V-*", "wildcard", "each value"),
    Case("an unknown role", '"agent_role": "operations"', '"agent_role": "operation"', '"operation"',
         'unknown role "operation"', "operations"),
    Case("an unknown upstream", '"upstream": "erp"', '"upstream": "epr"', '"epr"', 'unknown upstream "epr"', "erp"),
    Case("an unknown scope", "vendor_whitelist\",", "vendor_whitelst\",", "vendor_whitelst", 'unknown scope "vendor_whitelst"',
         "vendor_whitelist"),
    Case("a limit of another form", "max_amount_1000_eur", "max_amount_1,000_eur", "1,000", "unknown scope",
         "max_amount_1000_eur"),
    Case("a limit without a binding", "{amount: /amount, currency: /currency, vendor: /vendor_id}",
         "{currency: /currency, vendor: /vendor_id}", "max_amount_1000_eur", 'without a binding "amount"', "amount: /", file=FILE),
    Case("a limit without a currency", "{amount: /amount, currency: /currency, vendor: /vendor_id}",
         "{amount: /amount, vendor: /vendor_id}", "max_amount_1000_eur", 'without a binding "currency"', "currency: /",
         file=FILE),
    Case("a list without a binding", "{amount: /amount, currency: /currency, vendor: /vendor_id}",
         "{amount: /amount, currency: /currency}", "vendor_whitelist", 'without a binding "vendor"', "vendor: /", file=FILE),
    Case("a tool of two upstreams", "grants:\n  default", SECOND + "grants:\n  default", '"tool": "issue_payment"',
         "of two upstreams", "upstream", file=FILE),
    Case("two currencies", '"max_amount_1000_eur"', '"max_amount_1000_eur", "max_amount_1000_usd"', '"scope": ["vendor',
         "permit nothing", "one grant for each"),
    Case("approval without approvers", "approvals:\n  approvers: [{id: olivia, roles: [finance_approver], issuer: built_in}]\n",
         "", '"requires_approval": true', "nobody may approve", "approvers", file=FILE),
    Case("an unknown key in a grant", '"owner": "treasury"', '"owner": "treasury", "maximum": 5', '"maximum"',
         'unknown', ""),
    Case("a key twice in a grant", '"owner": "treasury"', '"owner": "treasury", "owner": "x"', '"owner"', "", ""),
    Case("a grant that does not say whether it needs approval", '"requires_approval": false,', "", "operations",
         'without "requires_approval"', "on purpose"),
    Case("a grant that does not say its scope", '"scope": [], ', "", "operations", 'without "scope"', "on purpose"),
    Case("the same grant twice", '"owner": "treasury"}\n]', '"owner": "treasury"},\n  {"agent_role": "operations", '
         '"upstream": "erp", "tool": "update_vendor", "scope": [], "requires_approval": false, "expires": "2099-01-01"}\n]',
         '"tool": "update_vendor", "scope"', "same grant", "remove one"),
    Case("a condition of a later release", '"owner": "treasury"', '"owner": "treasury", "budgets": []', '"budgets"',
         "not enforced by this release", "remove"),
    # Posture
    Case("a posture of a later release", "posture: pilot", "posture: hardened", "hardened", "needs what this release does not have",
         "pilot"),
    Case("the strictest posture", "posture: pilot", "posture: governed", "governed", "needs what this release does not have",
         "pilot"),
    Case("an unknown posture", "posture: pilot", "posture: production", "production", 'unknown posture "production"', ""),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / CONFIG).write_text(YAML.replace("PORT", str(free_port())))
    (tmp_path / FILE).write_text(GRANTS)
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    secret(tmp_path, "ledger.path", str(tmp_path / "ledger"))
    (tmp_path / "open.path").write_text("x")
    (tmp_path / "open.path").chmod(0o644)
    return tmp_path


def martlet(folder, *arguments, config=CONFIG):
    return subprocess.run([str(MARTLET), *arguments, "--config", config], capture_output=True, text=True, cwd=folder,
                          timeout=60, stdin=subprocess.DEVNULL)


def line_of(text, words):
    assert words in text, words
    return text[: text.index(words)].count("\n") + 1


def refused(folder):
    """The lines that both `check` and `serve` print; neither starts or makes anything."""
    before = sorted(p.name for p in folder.iterdir())
    checked, served = martlet(folder, "check"), martlet(folder, "serve")
    for done in (checked, served):
        assert done.returncode == 2, done
        assert done.stdout == ""
    assert checked.stderr == served.stderr
    assert sorted(p.name for p in folder.iterdir()) == before, "nothing was made"
    return checked.stderr.splitlines()


def test_the_configuration_all_others_differ_from_is_good(folder):
    done = martlet(folder, "check")
    assert done.returncode == 0 and "good" in done.stdout and done.stderr == ""
    assert json.loads(martlet(folder, "check", "--json").stdout)["grants"] == 2


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_fault(folder, case):
    edited = FILE if case.old in GRANTS and case.old not in YAML else CONFIG
    text = (folder / edited).read_text()
    old = case.old.replace("PORT", text.split("port: ")[1].split("\n")[0]) if edited == CONFIG else case.old
    new = case.new.replace("PORT", text.split("port: ")[1].split("\n")[0]) if edited == CONFIG else case.new
    assert text.count(old) == 1, "the edit is unambiguous"
    (folder / edited).write_text(text.replace(old, new))
    lines = refused(folder)
    place = f"{case.file}:{line_of((folder / case.file).read_text(), case.at)}: "
    own = [line for line in lines if line.startswith(place)]
    assert own, (place, lines)
    problem, _, fix = own[0].removeprefix(place).partition("; ")
    assert case.problem in own[0] and problem and fix and case.fix in fix, own[0]
    if case.also is not None:
        assert len(lines) == 1 + case.also, lines


def test_every_fault_is_told_at_once(folder):
    text = (folder / CONFIG).read_text()
    (folder / CONFIG).write_text(text.replace("posture: pilot", "posture: pilot\nnope: 1").replace("role: operations", 'role: "*"'))
    (folder / FILE).write_text(GRANTS.replace("update_vendor", "*"))
    lines = refused(folder)
    assert [line.split(":")[0] for line in lines] == [CONFIG, CONFIG, FILE]


def test_a_secret_is_never_printed(folder):
    (folder / "ledger.path").write_text("hunter2-secret")
    (folder / "ledger.path").chmod(0o644)
    text = (folder / CONFIG).read_text()
    (folder / CONFIG).write_text(text.replace("{file: ledger.path}", "{value: hunter2-secret}"))
    assert "hunter2" not in "".join(refused(folder))


@pytest.mark.parametrize("command", [["check"], ["serve"], ["audit", "verify"], ["grants", "list"], ["approvals", "list"],
                                     ["token", "issue", "--agent", "x"]], ids=" ".join)
def test_a_configuration_that_is_not_there(folder, command):
    done = martlet(folder, *command, config="absent.yaml")
    assert done.returncode == 2 and done.stderr.startswith("absent.yaml:1: ") and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"version", b"\x00", b"- a\n- b\n"], ids=repr)
def test_a_file_that_is_no_configuration(folder, content):
    (folder / CONFIG).write_bytes(content)
    lines = refused(folder)
    assert lines and all(line.startswith(f"{CONFIG}:") and "; " in line for line in lines)


def test_a_name_in_the_file_cannot_draw_on_the_terminal(folder):
    text = (folder / CONFIG).read_text()
    (folder / CONFIG).write_text(text.replace("posture: pilot", 'posture: pilot\n"up\\e[2J\\nmartlet.yaml:1: good": 1'))
    line, = refused(folder)
    assert "\x1b" not in line and "unknown key" in line


def test_no_environment_variable_weakens_a_check(folder):
    text = (folder / CONFIG).read_text()
    (folder / CONFIG).write_text(text.replace("address: 127.0.0.1", "address: 0.0.0.0"))
    loose = {"MARTLET_INSECURE": "1", "MARTLET_POSTURE": "pilot", "MARTLET_LISTEN": "127.0.0.1", "YAML_ENCODING": "x"}
    done = subprocess.run([str(MARTLET), "check", "--config", CONFIG], capture_output=True, text=True, cwd=folder,
                          timeout=60, env={**os.environ, **loose})
    assert done.returncode == 2


def test_a_grant_of_the_seeds_form_ends(folder):
    """Its end is the day it was first seen and the default lifetime; `grants list` shows it."""
    log = open(folder / "log", "ab")
    process = subprocess.Popen([str(MARTLET), "serve", "--config", CONFIG], cwd=folder, stdout=log, stderr=log,
                               stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: b"martlet ready" in (folder / "log").read_bytes(), 60, "ready")
        listed = {g["tool"]: g for g in json.loads(martlet(folder, "grants", "list", "--json").stdout)["grants"]}
        assert listed["issue_payment"]["days_left"] in (89, 90) and listed["issue_payment"]["upstream"] == "erp"
        assert listed["issue_payment"]["source"] == "grants.json:2" and listed["issue_payment"]["requires_approval"]
        assert "until " in martlet(folder, "grants", "list").stdout
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.mark.parametrize("arguments", [["serv"], ["audit", "verify", "--nope"], ["token", "issue"],
                                       ["approvals", "approve"], ["revoke", "--reason", "x"]], ids=" ".join)
def test_wrong_usage(folder, arguments):
    done = subprocess.run([str(MARTLET), *arguments], capture_output=True, text=True, cwd=folder, timeout=60)
    assert done.returncode == 2 and done.stderr.strip()
