"""What an investigator finds out with the command line alone: twenty incidents, five questions each."""
import contextlib
import datetime
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import threading

import pytest

from conftest import ERP_GRANTS, MARTLET, META, Gateway, erp, free_port, gateway, grant, wait_until

PAYMENT = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": 250, "currency": "EUR"}
MODEL = {**META, "io.modelcontextprotocol/aiInvocation": {"model": {"name": "example-model-5"}}}

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def search(running, *arguments, code=0):
    done = running.cli("audit", "search", "--json", *arguments, check=False)
    assert done.returncode == code, (arguments, done.stdout[-500:], done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def receipt(answer):
    return answer.json["result"]["_meta"]["martlet.dev/receipt"]["call"]


# MARK: the index

@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A gateway that goes on running, with some calls behind it."""
    folder = tmp_path_factory.mktemp("busy")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        running.finance = running.mint()
        human = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub="zoe")
        running.listed = receipt(running.rpc(
            human, "tools/call", {"name": "list_invoices", "arguments": {"status": "open"}, "_meta": {**MODEL, "traceparent": TRACE}},
            name="list_invoices"))
        running.failed = receipt(running.call(running.finance, "failing_export"))
        running.above = running.call(running.finance, "issue_payment", {**PAYMENT, "amount": 1001}).envelope["call"]
        yield running


def scan(running):
    """Every record by the reader that knows no index."""
    return running.records()


def test_search_finds_at_once_what_was_acknowledged_and_beside_the_running_gateway(busy):
    for number in range(5):
        call = receipt(busy.call(busy.finance, "get_invoice", {"id": f"INV-100{number}"}))
        rows = search(busy, "--call", call)
        assert [row["type"] for row in rows] == ["call.intent", "call.outcome"]


@pytest.mark.parametrize("filters, types", [
    (["--agent", "idp-bot"], {"call.intent", "call.outcome"}),
    (["--user", "zoe"], {"call.intent", "call.outcome"}),
    (["--subject", "zoe"], {"call.intent", "call.outcome"}),
    (["--model", "example-model-5"], {"call.intent", "call.outcome"}),
    (["--model-source", "asserted"], {"call.intent", "call.outcome"}),
    (["--trace", TRACE.split("-")[1]], {"call.intent", "call.outcome"}),
    (["--trace", TRACE], {"call.intent", "call.outcome"}),
    (["--status", "TOOL_err"], {"call.outcome"}),
    (["--status", "amount_above_limit"], {"call.denied"}),
    (["--tool", "failing_export"], {"call.intent", "call.outcome"}),
    (["--decision", "deny"], {"call.denied"}),
    (["--upstream", "erp", "--type", "call.denied"], {"call.denied"}),
    (["--type", "cred.issued"], {"cred.issued"}),
])
def test_every_filter(busy, filters, types):
    assert {row["type"] for row in search(busy, *filters)} == types


def test_filters_agree_with_the_records(busy):
    records = {r["index"]: r for r in scan(busy)}
    denied = next(r for r in records.values() if r["type"] == "call.denied")
    credential = denied["verified"]["cred"]
    for option, value in (("--credential", credential["digest"]), ("--credential", credential["jti"])):
        found = {row["index"] for row in search(busy, option, value)}
        own = lambda r: credential["digest"] in (r.get("verified", {}).get("cred", {}).get("digest"),
                                                 r.get("derived", {}).get("digest"))
        assert found == {i for i, r in records.items() if own(r) or own(records.get(r.get("prev"), {}))}
    failed = next(r for r in records.values() if r.get("call") == busy.failed)
    assert {row["call"] for row in search(busy, "--grant", failed["derived"]["grant"])} == {busy.failed}
    assert {row["index"] for row in search(busy, "--policy", failed["derived"]["policy"])} \
        >= {i for i, r in records.items() if r["type"] == "call.intent"}
    moment = denied["t"]
    assert all(row["t"] >= moment for row in search(busy, "--since", moment))
    assert all(row["t"] < moment for row in search(busy, "--until", moment))


def test_pages(tmp_path):
    with stopped(tmp_path, calls=12) as quiet:
        everything = [row["index"] for row in search(quiet, "--limit", "10000")]
        assert everything == list(range(len(everything)))
        pages = []
        while len(pages) < len(everything):
            page = [row["index"] for row in search(quiet, "--limit", "3", *(["--after", str(pages[-1])] if pages else []))]
            assert len(page) <= 3
            pages += page
        assert pages == everything and search(quiet, "--after", str(pages[-1]), code=1) == []
        newest = [row["index"] for row in search(quiet, "--newest", "--limit", "2")]
        assert newest == everything[-1:-3:-1]
        before = [r["index"] for r in search(quiet, "--newest", "--limit", "2", "--before", newest[-1])]
        assert before == everything[-3:-5:-1]


@pytest.mark.parametrize("arguments", [
    ["--since", "yesterday"], ["--decision", "maybe"], ["--call", "x y"], ["--nope"], ["--type", "call.maybe"],
    ["--model-source", "guessed"], ["--limit", "0"], ["--after", "-1"],
])
def test_a_filter_nobody_understands(busy, arguments):
    done = busy.cli("audit", "search", *arguments, check=False)
    assert done.returncode not in (0, 1) and done.stderr.strip() and not done.stdout


def test_nothing_found_is_no_success(busy):
    done = busy.cli("audit", "search", "--agent", "nobody", check=False)
    assert done.returncode == 1 and not done.stdout and "nothing in" in done.stderr


@contextlib.contextmanager
def stopped(folder, calls=40):
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        token = running.mint()
        for _ in range(calls):
            assert running.call(token, "list_vendors").status == 200
        running.stop()
        yield running


def test_the_index_can_be_lost_damaged_and_lied_in(tmp_path):
    with stopped(tmp_path) as running:
        path = tmp_path / "state/index.sqlite"
        truth = search(running, "--limit", "10000")
        assert [row["index"] for row in truth] == [record["index"] for record in scan(running)]
        whole = path.read_bytes()
        for damage in (b"", b"noise" * 2000, whole[:5000], whole[:4096] + b"\xa5" * 8192 + whole[12288:]):
            path.write_bytes(damage)
            assert search(running, "--limit", "10000") == truth, damage[:10]
        path.unlink()
        assert search(running, "--limit", "10000") == truth
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("UPDATE records SET agent = 'somebody-else', tool = 'harmless' WHERE idx = 5")
            database.commit()
        assert search(running, "--limit", "10000") == truth, "a row that its leaf contradicts is never shown"
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("DELETE FROM records WHERE idx = 5")
            database.commit()
        running.cli("audit", "index", "--rebuild")
        assert search(running, "--limit", "10000") == truth
        running.start()  # the gateway takes what lies there
        running.stop()


def test_kill_9_while_indexing(tmp_path):
    with stopped(tmp_path, calls=60) as running:
        path = tmp_path / "state/index.sqlite"
        truth = search(running, "--limit", "10000")
        chance = random.Random(5)
        for _ in range(12):
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"{path}{suffix}")
            process = subprocess.Popen([str(MARTLET), "audit", "index", "--config", str(running.file)], cwd=tmp_path,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(chance.random() * 0.2)  # the moment of the kill, not a wait for anything
            process.kill()
            process.wait()
            assert search(running, "--limit", "10000") == truth


def test_kill_9_of_the_gateway(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        for _ in range(3):
            token = running.mint()
            calls = [receipt(running.call(token, "list_vendors")) for _ in range(10)]
            running.kill()
            found = {row["call"] for row in search(running, "--type", "call.intent", "--limit", "10000")}
            assert set(calls) <= found
            running.start()
        truth = [record["index"] for record in scan(running)]
        assert [row["index"] for row in search(running, "--limit", "10000")][:len(truth)] == truth


def test_an_index_that_cannot_be_written_stops_no_call_and_is_said(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        running.stop()
        path = tmp_path / "state/index.sqlite"
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{path}{suffix}")
        path.mkdir()
        running.start()
        token = running.mint()
        call = receipt(running.call(token, "list_vendors"))
        wait_until(lambda: "the index of the audit log does not follow it" in running.log.read_text(), what="alert")
        assert running.request("GET", "/readyz").status == 200
        path.rmdir()
        wait_until(lambda: "the index of the audit log follows again" in running.log.read_text(), what="end of it")
        assert len(search(running, "--call", call)) == 2


# MARK: readings

def reads(running):
    return [record for record in running.records() if record["type"] == "audit.read"]


def test_every_search_and_every_opened_payload_is_itself_a_record(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        call = receipt(running.call(running.mint(), "get_invoice", {"id": "INV-1001"}))
        intent, outcome = search(running, "--call", call)
        reading, = reads(running)
        assert reading["verified"]["uid"] == os.getuid() and reading["verified"]["pid"] > 0
        assert reading["asserted"] == {"command": "search", "filter": f"call={call}", "found": 2, "opened": []}
        running.cli("audit", "show", call)
        running.cli("audit", "show", outcome["index"])
        running.cli("audit", "show", 0)
        running.cli("audit", "tail", "--limit", "1")
        told = [record["asserted"] for record in reads(running)][1:]
        assert [t["command"] for t in told] == ["show", "show", "show", "tail"]
        assert [t["opened"] for t in told] == [[intent["index"], outcome["index"]]] * 2 + [[], []]
        rows = search(running, "--type", "audit.read", "--source", f"uid:{os.getuid()}")
        assert len(rows) == 5
        assert running.cli("audit", "verify").returncode == 0


def test_a_reading_of_a_stopped_gateway_says_that_it_is_not_on_record(tmp_path):
    with stopped(tmp_path, calls=1) as running:
        before = len(scan(running))
        for arguments in (["search"], ["show", "0"], ["tail"]):
            done = running.cli("audit", *arguments)
            assert "this reading is not on record: the gateway does not run" in done.stderr and done.stdout
        assert len(scan(running)) == before


def test_nothing_is_shown_that_cannot_be_recorded(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        receipt(running.call(running.mint(), "list_vendors"))
        running.stop()
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
            path = tmp_path / "state/admin.sock"
            path.unlink(missing_ok=True)
            listener.bind(str(path))
            listener.listen()

            def answer():
                for _ in range(3):
                    connection, _ = listener.accept()
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 503 no\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
                    connection.close()
            thread = threading.Thread(target=answer)
            thread.start()
            for arguments in (["search"], ["show", "0"], ["tail"]):
                done = running.cli("audit", *arguments, check=False)
                assert done.returncode == 1 and not done.stdout and "nothing is shown" in done.stderr, arguments
            thread.join(20)


def test_tail_follows(busy):
    process = subprocess.Popen(
        [str(MARTLET), "audit", "tail", "--follow", "--json", "--limit", "0", "--type", "call.intent", "--config",
         str(busy.file)], cwd=busy.folder, stdout=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: any(r["asserted"]["command"] == "tail --follow" for r in reads(busy)), what="the reading")
        calls = [receipt(busy.call(busy.finance, "list_vendors")) for _ in range(5)]
        assert [json.loads(process.stdout.readline())["call"] for _ in calls] == calls
    finally:
        process.kill()
        process.communicate()


# MARK: show

def show(running, name, code=0):
    done = running.cli("audit", "show", "--json", name, check=False)
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def facts(running, call):
    report = show(running, call)[0]
    return report["facts"], report


def test_show_tells_each_fact_with_its_strength(busy):
    told, report = facts(busy, busy.listed)
    assert "idp-bot" in told["who"]["text"] and "on behalf of zoe" in told["who"]["text"]
    strengths = {name: fact["strength"] for name, fact in told.items()}
    assert strengths == {"who": "verified", "credential": "verified", "model": "asserted", "tool": "observed",
                         "arguments": "observed", "decision": "derived", "result": "observed", "approval": "verified"}
    assert told["model"]["text"] == "example-model-5" and json.loads(told["arguments"]["text"]) == {"status": "open"}
    assert [record["leaf"]["type"] for record in report["records"]] == ["call.intent", "call.outcome"]
    assert report["records"][0]["opened"]["args"] == {"status": "open"}
    text = busy.cli("audit", "show", report["records"][1]["index"]).stdout
    for word in ("who", "[asserted: ", "[derived: policies sha256:", "records     #"):
        assert word in text, text


def test_show_of_what_is_not_there(busy):
    for name in ("99999999", "01a20851-913d-74a6-8f3b-2841cf9ed592"):
        done = busy.cli("audit", "show", name, check=False)
        assert done.returncode == 1 and "not known" in done.stderr and not done.stdout
    assert busy.cli("audit", "show", "x y", check=False).returncode == 2


def test_approved_and_tried_arguments_are_compared(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        finance, olivia = running.mint(), running.approver()
        asked = running.call(finance, "issue_payment", PAYMENT).envelope
        running.cli("approvals", "approve", asked["ticket"], "--token-file", olivia)
        changed = running.call(finance, "issue_payment", {**PAYMENT, "amount": 900, "vendor_id": "V-200"}).envelope
        assert changed["decision"] == "approval_required"
        told, report = facts(running, changed["call"])
        assert told["compared"]["strength"] == "derived" and "differ in 2 places" in told["compared"]["text"]
        assert asked["ticket"] in told["compared"]["text"]
        assert report["changes"] == [{"path": "/vendor_id", "approved": '"V-100"', "tried": '"V-200"'},
                                     {"path": "/amount", "approved": "250", "tried": "900"}] or \
            {change["path"] for change in report["changes"]} == {"/vendor_id", "/amount"}
        paid = receipt(running.call(finance, "issue_payment", PAYMENT))
        told, report = facts(running, paid)
        assert "the same arguments" in told["compared"]["text"] and "changes" in report and not report["changes"]
        assert "olivia" in told["approval"]["text"] and asked["ticket"] in told["approval"]["text"]
        text = running.cli("audit", "show", changed["call"]).stdout
        assert '/amount: approved 250, tried 900' in text


# MARK: twenty incidents

class Incidents:
    """Twenty things that went wrong, or looked so; `calls` has each by its name."""

    def __init__(self, running):
        self.running, self.calls, self.facts = running, {}, {}
        self.finance, self.research, self.olivia = running.mint(), running.mint("research-bot"), running.approver()
        self.audience = f"{running.url}/mcp/erp"
        self.denials()
        self.models()
        self.approvals()
        self.doors()
        self.doubt()

    def pay(self, token=None, **over):
        return self.running.call(token or self.finance, "issue_payment", {**PAYMENT, **over})

    def denials(self):
        call = lambda answer: answer.envelope["call"]
        self.calls["wrong vendor"] = call(self.pay(vendor_id="V-999"))
        self.calls["over limit"] = call(self.pay(amount=1000.01))
        self.calls["wrong currency"] = call(self.pay(currency="USD"))
        self.calls["amount as text"] = call(self.pay(amount="250"))
        self.calls["amount missing"] = call(self.running.call(
            self.finance, "issue_payment", {k: v for k, v in PAYMENT.items() if k != "amount"}))
        self.calls["another role's tool"] = self.denied(lambda: self.pay(self.research))
        self.calls["tool not offered"] = self.denied(lambda: self.running.call(self.finance, "drop_tables", {"all": True}))
        ended = lambda: self.running.call(self.finance, "get_vendor", {"id": "V-100"})
        self.calls["expired grant"] = wait_until(lambda: self.denied(ended, "grant_expired"), what="the end of the grant")

    def denied(self, attempt, reason=None):
        """The call of the denial that an attempt left; the caller is not told, so the log is asked."""
        before = len(self.running.records())
        attempt()
        denials = [r for r in self.running.records()[before:] if r["type"] == "call.denied"]
        return next((r["call"] for r in denials if reason in (None, r["derived"]["reason"])), None)

    def models(self):
        human = self.running.issuer.token(self.audience, agent="idp-bot", sub="zoe")
        body = {"name": "list_invoices", "arguments": {"status": "open"}}
        self.calls["model asserted"] = receipt(
            self.running.rpc(human, "tools/call", {**body, "_meta": MODEL}, name="list_invoices"))
        self.calls["model unknown"] = receipt(self.running.rpc(human, "tools/call", body, name="list_invoices"))
        self.calls["tool error"] = receipt(self.running.call(self.finance, "failing_export"))
        self.calls["upstream down"] = self.running.call(
            self.running.mint(upstream="crm"), "list_customers", upstream="crm").json["result"]["_meta"][
                "martlet.dev/receipt"]["call"]

    def rule(self, verdict, ticket, token=None):
        return self.running.cli("approvals", verdict, ticket, "--token-file", token or self.olivia, check=False)

    def approvals(self):
        asked = self.pay().envelope
        self.calls["approval asked"] = asked["call"]
        assert self.rule("approve", asked["ticket"]).returncode == 0
        self.calls["changed after approval"] = self.pay(amount=999).envelope["call"]
        self.calls["paid"] = receipt(self.pay())
        self.calls["second use"] = self.pay().envelope["call"]
        refused = self.pay(invoice_id="INV-1002").envelope
        self.calls["approver said no"] = refused["call"]
        assert self.rule("deny", refused["ticket"]).returncode == 0
        olivia = self.running.issuer.token(self.audience, agent="idp-bot", sub="olivia")
        own = self.pay(olivia).envelope
        self.calls["self-approval"] = own["call"]
        done = self.rule("approve", own["ticket"])
        assert done.returncode == 1 and "self" in done.stderr.lower(), done.stderr

    def doors(self):
        self.stolen = self.running.issuer.token(self.audience, agent="thief-bot", jti="stolen-1")
        self.calls["stolen token"] = receipt(self.running.call(self.stolen, "list_vendors"))
        self.running.cli("revoke", "--token-id", "stolen-1", "--reason", "seen in a ticket")
        assert self.running.call(self.stolen, "list_vendors").status == 401
        nobody = self.running.issuer.token(self.audience, agent="unknown-bot", agent_role=None)
        assert self.running.call(nobody, "list_vendors").status in (401, 403)
        assert self.running.call(None, "list_vendors").status == 401

    def doubt(self):
        thread = threading.Thread(target=self.slow, daemon=True)
        thread.start()
        intent = wait_until(lambda: next((
            r for r in self.running.records() if r["type"] == "call.intent" and r["observed"]["tool"] == "slow_report"),
            None), what="the intent")
        self.running.kill()
        thread.join(20)
        # A gateway does not start with a grant that has ended.
        (self.running.folder / "grants.json").write_text(json.dumps(ERP_GRANTS))
        self.running.start()
        self.calls["in doubt"] = intent["call"]

    def slow(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.running.call(self.finance, "slow_report", {"seconds": 20})


@pytest.fixture(scope="module")
def incidents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("incidents")
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=20)
    grants = ERP_GRANTS + [grant("list_customers", upstream="crm"), grant("get_vendor", expires=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))]
    people = [{"id": name, "roles": ["finance_approver"], "issuer": "built_in"} for name in ("olivia", "oscar")]
    down = {"name": "crm", "url": f"http://127.0.0.1:{free_port()}/mcp", "era": "2026-07-28"}
    config = {"upstreams": [erp(folder, timeout="60s"), down], "approvals": {"approvers": people}}
    with gateway(folder, config, grants) as running:
        yield Incidents(running)


ON_ITS_OWN = ["finance-bot", "finance_executor", "on its own"]
NOTHING = "nothing was sent"
# Of each incident: who, model, arguments, result and approval, in words that must be there; None: that it is not known.
STORIES = {
    "wrong vendor": (ON_ITS_OWN, None, ['"V-999"'], [NOTHING, "value_not_listed"], None),
    "over limit": (ON_ITS_OWN, None, ["1000.01"], [NOTHING, "amount_above_limit"], None),
    "wrong currency": (ON_ITS_OWN, None, ['"USD"'], [NOTHING, "currency_not_allowed"], None),
    "amount as text": (ON_ITS_OWN, None, ['"amount":"250"'], [NOTHING, "wrong_type"], None),
    "amount missing": (ON_ITS_OWN, None, ['"INV-1001"'], [NOTHING, "missing"], None),
    "upstream down": (ON_ITS_OWN, None, ["{}"], ["unreachable"], ["not required"]),
    "another role's tool": (["research-bot"], None, ['"V-100"'], [NOTHING, "no_grant"], None),
    "tool not offered": (ON_ITS_OWN, None, ['"all":true'], [NOTHING, "no_grant"], None),
    "expired grant": (ON_ITS_OWN, None, ['"V-100"'], [NOTHING, "grant_expired"], None),
    "model asserted": (["idp-bot", "on behalf of zoe"], ["example-model-5"], ['"open"'], ["ok after"], ["not required"]),
    "model unknown": (["idp-bot", "on behalf of zoe"], None, ['"open"'], ["ok after"], ["not required"]),
    "tool error": (ON_ITS_OWN, None, ["{}"], ["tool_error", "archive"], ["not required"]),
    "approval asked": (ON_ITS_OWN, None, ["250"], [NOTHING, "approval_required"], ["required", "granted", "olivia"]),
    "changed after approval": (ON_ITS_OWN, None, ["999"], [NOTHING], ["required", "no decision is recorded"]),
    "paid": (ON_ITS_OWN, None, ["250"], ["ok after", "PAY-"], ["required", "granted by olivia", "used by this call"]),
    "second use": (ON_ITS_OWN, None, ["250"], [NOTHING], ["required", "no decision is recorded"]),
    "approver said no": (ON_ITS_OWN, None, ["INV-1002"], [NOTHING], ["denied by olivia"]),
    "self-approval": (["idp-bot", "on behalf of olivia"], None, ["250"], [NOTHING], ["no decision is recorded"]),
    "stolen token": (["thief-bot"], None, ["{}"], ["ok after"], ["not required"]),
    "in doubt": (ON_ITS_OWN, None, ["20"], ["unknown, the call may have run"], ["not required"]),
}
STRENGTHS = {"who": "verified", "model": "asserted", "arguments": "observed", "result": "observed",
             "approval": "verified"}


@pytest.mark.parametrize("name", STORIES)
def test_the_five_questions_of_an_incident(incidents, name):
    told, report = facts(incidents.running, incidents.calls[name])
    for question, words in zip(("who", "model", "arguments", "result", "approval"), STORIES[name]):
        answer = told[question]
        if words is None:
            assert answer["strength"] == "not stated", (question, answer)
            assert "not known" in answer["text"] or "refused before that question" in answer["text"], (question, answer)
            continue
        for word in words:
            assert word in answer["text"], (question, answer)
        unknown = question == "result" and name == "in doubt"
        assert answer["strength"] == ("not stated" if unknown else STRENGTHS[question]), (question, answer)
    text = incidents.running.cli("audit", "show", incidents.calls[name]).stdout
    assert all(line in text for line in ("who  ", "model  ", "arguments  ", "result  ", "approval  "))


def test_the_changed_arguments_are_named(incidents):
    told, report = facts(incidents.running, incidents.calls["changed after approval"])
    assert report["changes"] == [{"path": "/amount", "approved": "250", "tried": "999"}]
    told, _ = facts(incidents.running, incidents.calls["paid"])
    assert "the same arguments" in told["compared"]["text"] and told["compared"]["strength"] == "derived"


def test_the_tried_self_approval_is_on_record(incidents):
    rows = search(incidents.running, "--type", "auth.failed", "--status", "approval_")
    assert any("self" in row["status"] for row in rows)
    assert "olivia" in {row["src"] for row in rows}


def test_an_unknown_agent_and_nobody_leave_what_is_known_of_them(incidents):
    reasons = {row["status"]: row for row in search(incidents.running, "--type", "auth.failed")}
    assert len(reasons) >= 4, reasons
    for row in reasons.values():
        assert "agent" not in row and "credential" not in row
        text = incidents.running.cli("audit", "show", row["index"]).stdout
        assert "[observed]" in text and "src" in text


def blast(running, *arguments, code=0):
    done = running.cli("audit", "blast-radius", "--json", *arguments, check=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout) if done.stdout else done.stderr


def test_the_blast_radius_of_a_stolen_token(incidents):
    told = blast(incidents.running, "--credential", "stolen-1")
    assert told["agents"] == ["thief-bot"] and len(told["revoked"]) == 1
    assert told["targets"]["erp/list_vendors"]["permitted"] == 1
    assert (told["permitted_after_revocation"], told["refused_after_revocation"]) == (0, 0)
    assert sum(told["refused_logins_without_credential"].values()) >= 3, "that it was tried again is not known"
    text = incidents.running.cli("audit", "blast-radius", "--credential", "stolen-1").stdout
    assert "revoked" in text and "not known   whether it was used in" in text
    credential, _ = facts(incidents.running, incidents.calls["stolen token"])
    assert "stolen-1" in credential["credential"]["text"] and "revoked after this call" in credential["credential"]["text"]


def test_the_blast_radius_of_an_agent_and_of_a_grant(incidents):
    told = blast(incidents.running, "--agent", "finance-bot")
    payment = told["targets"]["erp/issue_payment"]
    assert payment["permitted"] == payment["may_have_run"] == 1 and payment["amounts"] == "250 EUR"
    assert payment["refused"]["amount_above_limit"] == 1 and payment["refused"]["approval_required"] == 4
    assert told["targets"]["erp/slow_report"]["in_doubt"] == 1
    seed = search(incidents.running, "--tool", "issue_payment", "--type", "call.intent")[0]["grant"]
    of_grant = blast(incidents.running, "--grant", seed)
    assert set(of_grant["targets"]) == {"erp/issue_payment"} and of_grant["targets"]["erp/issue_payment"]["permitted"] == 1
    assert set(of_grant["agents"]) >= {"finance-bot"}
    assert "nothing is on record" in blast(incidents.running, "--agent", "nobody", code=1)
    opened = [r for r in reads(incidents.running) if r["asserted"]["command"] == "blast-radius"]
    assert any(r["asserted"]["opened"] for r in opened), "the arguments that amounts were read from are opened payloads"
    assert incidents.running.cli("audit", "blast-radius", check=False).returncode not in (0, 1)


def who_could(running, *arguments, code=0):
    done = running.cli("audit", "who-could", "--json", *arguments, check=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout) if done.stdout else done.stderr


def test_who_could_have_paid(incidents):
    running = incidents.running
    told = who_could(running, "--tool", "issue_payment")
    assert {c["agent"] for c in told["could"]} == {
        "finance-bot", "anybody whose token of https://issuer.test has agent_role finance_executor"}
    assert all(c["approvers"] == ["olivia", "oscar"] and "max_amount_1000_eur" in c["scope"] for c in told["could"])
    assert who_could(running, "--tool", "issue_payment", "--upstream", "crm", code=1)["could"] == []
    intent = search(running, "--tool", "issue_payment", "--type", "call.intent")[0]
    at = who_could(running, "--tool", "issue_payment", "--at", str(intent["index"]))
    assert at["could"] == told["could"] and at["at"] == intent["t"] and at["records"] < told["records"]
    assert who_could(running, "--tool", "issue_payment", "--at", intent["t"])["records"] == at["records"]
    text = running.cli("audit", "who-could", "--tool", "issue_payment").stdout
    assert "after approval by one of olivia, oscar" in text and "[derived: grants of record" in text


def test_who_could_before_and_after_the_end_of_a_grant(incidents):
    running = incidents.running
    denied = search(running, "--status", "grant_expired")[0]
    now = who_could(running, "--tool", "get_vendor", "--at", str(denied["index"]), code=1)
    assert now["could"] == [] and "had ended at" in now["not"][0]
    first = search(running, "--status", "value_not_listed")[0]
    assert who_could(running, "--tool", "get_vendor", "--at", str(first["index"]))["could"]


def test_who_could_says_what_it_does_not_know(incidents):
    running = incidents.running
    for at in ("0", "2001-01-01"):
        told = who_could(running, "--tool", "issue_payment", "--at", at, code=1)
        assert "not known: the log states no grants" in told
    assert "not known" in who_could(running, "--tool", "issue_payment", "--at", "99999999", code=1)
    assert running.cli("audit", "who-could", "--tool", "x", "--at", "noon", check=False).returncode == 2


def test_a_revoked_agent_could_not(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        before = who_could(running, "--tool", "update_vendor")
        assert "ops-bot" in {c["agent"] for c in before["could"]}
        running.cli("revoke", "--subject", "ops-bot", "--reason", "key found in a ticket")
        after = who_could(running, "--tool", "update_vendor")
        assert "ops-bot" not in {c["agent"] for c in after["could"]} and "ops-bot was revoked at" in after["not"][0]
        revoked = search(running, "--type", "cred.revoked")[0]
        earlier = who_could(running, "--tool", "update_vendor", "--at", str(revoked["index"] - 1))
        assert "ops-bot" in {c["agent"] for c in earlier["could"]}


# MARK: what is said when the answer is not known

def test_who_is_not_known(incidents):
    row = search(incidents.running, "--type", "auth.failed", "--status", "missing")[0]
    text = incidents.running.cli("audit", "show", row["index"]).stdout
    assert "who  not known: nobody proved who they are  [not stated]" in text
    assert "agent" not in text and "missing" in text


def test_the_model_is_not_known(incidents):
    told, _ = facts(incidents.running, incidents.calls["model unknown"])
    assert told["model"] == {"text": "not known: neither the token nor the client named a model",
                             "strength": "not stated"}


def test_arguments_and_result_are_not_known_without_the_key(tmp_path):
    with stopped(tmp_path, calls=1) as running:
        call = search(running, "--type", "call.intent")[0]["call"]
        (tmp_path / "state/keys/payload.key").unlink()
        told, _ = facts(running, call)
        assert told["arguments"]["text"].startswith("sealed under dk-") and "not at hand" in told["arguments"]["text"]
        assert "content sealed under dk-" in told["result"]["text"]


def test_the_result_is_not_known(incidents):
    told, _ = facts(incidents.running, incidents.calls["in doubt"])
    assert told["result"]["strength"] == "not stated" and "may have run" in told["result"]["text"]


def test_whether_it_was_approved_is_not_known(incidents):
    told, _ = facts(incidents.running, incidents.calls["over limit"])
    assert told["approval"] == {"text": "the call was refused before that question", "strength": "not stated"}
