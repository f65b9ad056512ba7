"""A payment needs a person: one approval, for one exact call, by somebody else, once."""
import contextlib
import json
import sqlite3
import threading

import pytest

from conftest import ALWAYS, ERP_GRANTS, LEGACY, META, SEED, erp, gateway, grant, wait_until

PAYMENT = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": "900.00", "currency": "EUR"}


@pytest.fixture
def desk(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        yield Desk(running)


class Desk:
    """A gateway in front of the ERP, an agent that pays, and a person who approves."""

    def __init__(self, running):
        self.running = running
        self.token = running.mint("finance-bot")
        self.olivia = running.approver("olivia")

    def pay(self, token=None, arguments=None, **changes):
        """Calls `issue_payment`; numbers are written exactly as given, `None` leaves an argument out."""
        given = {**PAYMENT, **changes} if arguments is None else arguments
        parts = [f"{json.dumps(k)}:{v if k == 'amount' else json.dumps(v)}" for k, v in given.items() if v is not None]
        raw = ('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"issue_payment","arguments":{'
               + ",".join(parts) + '},"_meta":' + json.dumps(META) + "}}")
        answer = self.running.rpc(token or self.token, "tools/call", raw=raw, name="issue_payment")
        assert answer.status == 200, answer.body
        return answer

    def ask(self, **changes):
        """Pays without an approval and returns the ticket."""
        envelope = self.pay(**changes).envelope
        assert envelope["decision"] == "approval_required" and envelope["remediation"] == "available", envelope
        return envelope["ticket"]

    def rule(self, verdict, ticket, file=None, *more):
        return self.running.cli("approvals", verdict, ticket, "--token-file", file or self.olivia, *more, check=False)

    def approve(self, ticket):
        done = self.rule("approve", ticket)
        assert done.returncode == 0, done.stderr

    def show(self, ticket):
        return json.loads(self.running.cli("approvals", "show", ticket, "--json").stdout)

    def list(self):
        return json.loads(self.running.cli("approvals", "list", "--json").stdout)["approvals"]

    @property
    def ledger(self):
        file = self.running.folder / "ledger"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def types(self, *names):
        return [r for r in self.running.records() if r["type"] in names]


def ran(answer):
    result = answer.json["result"]
    return result["isError"] is False and "martlet.dev/receipt" in result["_meta"]


# MARK: the whole story

def test_ask_list_show_approve_retry(desk):
    ticket = desk.ask()
    assert desk.ledger == []
    listed, = desk.list()
    assert (listed["ticket"], listed["state"]) == (ticket, "pending")
    shown = desk.show(ticket)
    assert shown["agent"] == "finance-bot" and shown["role"] == "finance_executor"
    assert (shown["upstream"], shown["tool"], shown["approvers"]) == ("erp", "issue_payment", ["olivia"])
    assert json.loads(shown["arguments"]) == {**PAYMENT, "amount": 900}
    page = desk.running.cli("approvals", "show", ticket).stdout
    assert all(word in page for word in (ticket, "finance-bot", "issue_payment", "V-100", "900", "EUR", "INV-1001"))
    assert ticket in desk.running.cli("approvals", "list").stdout

    desk.approve(ticket)
    assert desk.show(ticket)["state"] == "approved" and desk.show(ticket)["decided_by"] == "olivia"
    assert desk.ledger == [], "approving runs nothing"
    paid = desk.pay()
    assert ran(paid)
    assert [line["arguments"]["amount"] for line in desk.ledger] == [900]
    assert desk.show(ticket)["state"] == "consumed"

    receipt = paid.json["result"]["_meta"]["martlet.dev/receipt"]
    intent = desk.running.records()[receipt["intent"]]
    assert intent["derived"]["approval"]["id"] == ticket and intent["derived"]["approval"]["approvers"] == ["olivia"]
    requested, granted = desk.types("approval.requested", "approval.granted")
    assert requested["derived"]["approval"] == granted["derived"]["approval"] == ticket
    assert granted["verified"]["approver"] == "olivia" and granted["verified"]["agent"] == "finance-bot"
    assert requested["index"] < granted["index"] < intent["index"]
    assert desk.running.cli("audit", "verify").returncode == 0


def test_the_number_goes_out_as_it_was_written(desk):
    ticket = desk.ask(amount="900.10")
    desk.approve(ticket)
    assert ran(desk.pay(amount="900.10"))
    assert '"amount":900.10,' in (desk.running.folder / "ledger").read_text()


@pytest.mark.parametrize("change", [
    {"amount": "900.01"}, {"vendor_id": "V-200"}, {"invoice_id": "INV-1002"}, {"memo": "urgent"},
], ids=lambda c: next(iter(c)))
def test_a_changed_argument_needs_a_ticket_of_its_own(desk, change):
    ticket = desk.ask()
    desk.approve(ticket)
    other = desk.ask(**change)
    assert other != ticket and desk.ledger == []
    assert ran(desk.pay()), "the approved call itself still runs"
    assert len(desk.ledger) == 1


def test_the_same_call_written_differently_is_the_same_call(desk):
    ticket = desk.ask()
    turned = dict(reversed(list({**PAYMENT, "amount": "9e2"}.items())))
    assert desk.pay(arguments=turned).envelope["ticket"] == ticket
    desk.approve(ticket)
    assert ran(desk.pay(arguments=turned))


def test_asking_again_gives_the_same_ticket_and_one_record(desk):
    assert len({desk.ask() for _ in range(3)}) == 1
    assert len(desk.types("approval.requested")) == 1
    assert len([r for r in desk.types("call.denied") if r["derived"]["decision"] == "approval_required"]) == 3


def test_an_approval_is_used_once(desk):
    ticket = desk.ask()
    desk.approve(ticket)
    assert ran(desk.pay())
    assert desk.ask() != ticket
    assert len(desk.ledger) == 1
    assert desk.rule("approve", ticket).returncode == 1, "a used ticket is not approved again"
    assert len(desk.ledger) == 1


def test_identical_retries_at_the_same_time_run_once(desk):
    ticket = desk.ask()
    desk.approve(ticket)
    start, answers = threading.Barrier(8), []

    def retry():
        start.wait(30)
        answers.append(desk.pay())

    threads = [threading.Thread(target=retry) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 8 and len([a for a in answers if ran(a)]) == 1
    assert len(desk.ledger) == 1
    reasons = {a.envelope["reason"] for a in answers if not ran(a)}
    assert reasons <= {"approval_required", "approval_already_consumed"}
    assert len(desk.types("call.intent")) == 1
    assert desk.running.cli("audit", "verify").returncode == 0


def test_the_other_era_sees_the_same_ticket(desk):
    ticket = desk.ask()
    desk.approve(ticket)
    session = desk.running.session(desk.token)
    arguments = {**PAYMENT, "amount": 900}
    assert ran(desk.running.call(desk.token, "issue_payment", arguments, era=LEGACY, session=session))


# MARK: refusals of the approver

def test_a_denied_ticket_stays_denied(desk):
    ticket = desk.ask()
    assert desk.rule("deny", ticket, None, "--comment", "not this vendor").returncode == 0
    for _ in range(2):
        envelope = desk.pay().envelope
        assert (envelope["decision"], envelope["reason"]) == ("deny", "approval_denied")
        assert envelope["remediation"] == "unavailable"
    assert desk.rule("approve", ticket).returncode == 1
    assert desk.show(ticket)["state"] == "denied" and desk.ledger == []
    desk.running.stop()
    desk.running.start()
    desk.running.stop()
    assert [r["verified"]["approver"] for r in desk.types("approval.denied")] == ["olivia"]


def test_a_ruling_is_final(desk):
    ticket = desk.ask()
    desk.approve(ticket)
    assert desk.rule("deny", ticket).returncode == 1
    assert desk.rule("approve", ticket).returncode == 1
    assert desk.show(ticket)["state"] == "approved"
    assert len(desk.types("approval.granted", "approval.denied")) == 1


def audience(running):
    return f"{running.url}/mcp/erp"


@pytest.mark.parametrize("claims", [
    {"agent": "idp-bot", "sub": "olivia"}, {"agent": "olivia"}, {"agent": "idp-bot", "sub": "OLIVIA"},
    {"agent": "idp-bot", "act": {"sub": "olivia"}},
], ids=["on her behalf", "as an agent of her name", "in capitals", "through her"])
def test_nobody_approves_what_they_asked_for_themselves(desk, claims):
    """A company's token says that olivia is behind the call; olivia is the only approver there is."""
    token = desk.running.issuer.token(audience(desk.running), **claims)
    envelope = desk.pay(token).envelope
    if "ticket" in envelope:
        done = desk.rule("approve", envelope["ticket"])
        assert done.returncode == 1 and "self" in done.stderr
        assert desk.show(envelope["ticket"])["state"] == "pending"
        assert not ran(desk.pay(token))
    else:
        assert envelope["decision"] == "deny" and envelope["reason"].startswith("approval"), envelope
    assert desk.ledger == []


def test_an_agent_cannot_be_made_an_approver(desk):
    config = json.loads(desk.running.file.read_text())
    config["approvals"]["approvers"].append({"id": "finance-bot", "roles": ["finance_approver"], "issuer": "built_in"})
    desk.running.file.write_text(json.dumps(config, indent=1))
    done = desk.running.cli("check", check=False)
    assert done.returncode == 2 and '"finance-bot" is an agent and an approver' in done.stderr
    assert desk.running.cli("token", "issue", "--approver", "finance-bot", check=False).returncode != 0


def test_another_callers_approval_is_worth_nothing(desk):
    """Two agents of one role and one policy, the same arguments: each needs an approval of its own."""
    ticket = desk.ask()
    desk.approve(ticket)
    other = desk.running.issuer.token(audience(desk.running), agent="idp-bot")
    assert desk.ask(token=other) != ticket
    on_behalf = desk.running.issuer.token(audience(desk.running), agent="finance-bot", sub="zoe")
    assert desk.ask(token=on_behalf) != ticket
    assert desk.ledger == [] and ran(desk.pay())


# MARK: tokens

def token_file(folder, text):
    file = folder / "some.token"
    file.write_text(text)
    return file


def test_only_an_approvers_own_token_decides(desk, tmp_path):
    ticket = desk.ask()
    idp = desk.running.issuer
    wrong = {
        "garbage": "not a token", "empty": "", "agent": desk.token,
        "agent of the company": idp.token(audience(desk.running)),
        "company's, for the admin side": idp.token("urn:martlet:e2e:admin", agent="olivia"),
        "cut": desk.olivia.read_text()[:-4],
    }
    for name, text in wrong.items():
        done = desk.rule("approve", ticket, token_file(tmp_path, text))
        assert done.returncode == 1, (name, done)
        assert desk.show(ticket)["state"] == "pending", name
    done = desk.rule("approve", ticket, tmp_path / "absent.token")
    assert done.returncode == 2 and "absent.token" in done.stderr
    assert desk.ask() == ticket and desk.ledger == []
    wait_until(lambda: [r for r in desk.types("auth.failed") if r["observed"].get("route") == "/approvals"],
               what="the failed attempts are recorded")


def test_an_approvers_token_opens_no_tool(desk):
    token = desk.olivia.read_text().strip()
    for method in ("tools/list", "server/discover"):
        assert desk.running.rpc(token, method).status == 401
    assert desk.running.call(token, "list_invoices").status == 401
    assert [r for r in desk.types("auth.failed") if r["derived"]["reason"] == "wrong_audience"]


def test_a_revoked_approver_decides_nothing(desk):
    ticket = desk.ask()
    desk.running.cli("revoke", "--subject", "olivia", "--reason", "left the company")
    assert desk.rule("approve", ticket).returncode == 1
    assert desk.show(ticket)["state"] == "pending"


@pytest.mark.parametrize("ticket", ["apr_", "nonsense", "../approvals", "apr_" + "A" * 26, "a b"])
def test_a_ticket_nobody_issued(desk, ticket):
    for verdict in ("approve", "deny"):
        done = desk.rule(verdict, ticket)
        assert done.returncode in (1, 2) and done.stderr.strip()
    assert desk.running.cli("approvals", "show", ticket, check=False).returncode in (1, 2)


def test_deciding_needs_a_running_gateway(desk):
    ticket = desk.ask()
    desk.running.stop()
    done = desk.rule("approve", ticket)
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1 and "martlet serve" in done.stderr


# MARK: crashes and changes

def test_an_approval_survives_kill(desk):
    ticket = desk.ask()
    desk.approve(ticket)
    desk.running.kill()
    desk.running.start()
    assert desk.show(ticket)["state"] == "approved"
    assert ran(desk.pay()) and len(desk.ledger) == 1
    desk.running.kill()
    desk.running.start()
    assert not ran(desk.pay()) and len(desk.ledger) == 1
    assert desk.running.cli("audit", "verify").returncode == 0


def test_a_ticket_and_a_denial_survive_kill(desk):
    pending, denied = desk.ask(), desk.ask(amount="1")
    assert desk.rule("deny", denied).returncode == 0
    desk.running.kill()
    desk.running.start()
    assert desk.ask() == pending
    assert desk.pay(amount="1").envelope["reason"] == "approval_denied"
    desk.approve(pending)
    assert ran(desk.pay())


def age(running):
    """Lets every ticket's time run out, between two lives of the gateway."""
    running.stop()
    with contextlib.closing(sqlite3.connect(running.folder / "state/state.sqlite")) as database:
        database.execute("UPDATE approvals SET expires = 1")
        database.commit()
    running.start()


@pytest.mark.parametrize("is_approved", [False, True], ids=["undecided", "approved"])
def test_an_expired_ticket_is_worth_nothing_and_is_recorded_once(desk, is_approved):
    ticket = desk.ask()
    if is_approved:
        desk.approve(ticket)
    age(desk.running)
    wait_until(lambda: desk.show(ticket)["state"] == "expired", what="the ticket expires")
    assert desk.rule("approve", ticket).returncode == 1
    assert desk.ask() != ticket and desk.ledger == []
    wait_until(lambda: desk.types("approval.expired"), what="the end is recorded")
    desk.running.stop()
    desk.running.start()
    desk.running.stop()
    assert [r["derived"]["approval"] for r in desk.types("approval.expired")] == [ticket]
    assert desk.running.cli("audit", "verify").returncode == 0


def test_an_approval_given_under_another_policy_is_not_used(desk):
    ticket = desk.ask()
    desk.approve(ticket)
    desk.running.stop()
    grants = [{**SEED, "scope": ["vendor_whitelist", "max_amount_950_eur"]}, *ERP_GRANTS[1:]]
    (desk.running.folder / "grants.json").write_text(json.dumps(grants, indent=1))
    desk.running.start()
    assert desk.ask() != ticket
    assert desk.ledger == []


def test_a_grant_withdrawn_after_the_approval_denies(desk):
    ticket = desk.ask()
    desk.approve(ticket)
    desk.running.stop()
    (desk.running.folder / "grants.json").write_text(json.dumps(ERP_GRANTS[1:], indent=1))
    desk.running.start()
    answer = desk.running.call(desk.token, "issue_payment", {**PAYMENT, "amount": 900})
    assert answer.json["error"]["code"] == -32602 and desk.ledger == []


# MARK: the short form's limits

WITHIN = ["1000.00", "1000", "0.01", "1e3", "1000.000"]
LIMITS = [
    ("a cent above", {"amount": "1000.01"}, "amount_above_limit"),
    ("far above", {"amount": "1e30"}, "not_representable"),
    ("a hair above", {"amount": "1000.0000000001"}, "amount_above_limit"),
    ("negative", {"amount": "-5"}, "amount_not_positive"),
    ("zero", {"amount": "0"}, "amount_not_positive"),
    ("negative zero", {"amount": "-0.0"}, "amount_not_positive"),
    ("text", {"amount": '"5"'}, "wrong_type"),
    ("text above", {"amount": '"5000"'}, "wrong_type"),
    ("list", {"amount": "[5]"}, "wrong_type"),
    ("object", {"amount": '{"value":5}'}, "wrong_type"),
    ("true", {"amount": "true"}, "wrong_type"),
    ("null", {"amount": "null"}, "wrong_type"),
    ("no amount", {"amount": None}, "argument_missing"),
    ("no currency", {"currency": None}, "argument_missing"),
    ("no vendor", {"vendor_id": None}, "argument_missing"),
    ("another currency", {"currency": "USD"}, "currency_not_allowed"),
    ("currency in small letters", {"currency": "eur"}, "currency_not_allowed"),
    ("currency with a space", {"currency": "EUR "}, "currency_not_allowed"),
    ("currency as list", {"currency": ["EUR"]}, "wrong_type"),
    ("vendor not listed", {"vendor_id": "V-666"}, "value_not_listed"),
    ("vendor in small letters", {"vendor_id": "v-100"}, "value_not_listed"),
    ("vendor with a space", {"vendor_id": "V-100 "}, "value_not_listed"),
    ("vendor as list", {"vendor_id": ["V-100"]}, "wrong_type"),
    ("vendor empty", {"vendor_id": ""}, "value_not_listed"),
    ("nothing at all", {"arguments": {}}, "argument_missing"),
]


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limits")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        yield Desk(running)


@pytest.mark.parametrize("amount", WITHIN)
def test_up_to_the_limit_one_may_ask(limited, amount):
    limited.ask(amount=amount)


@pytest.mark.parametrize("name,change,reason", LIMITS, ids=[case[0] for case in LIMITS])
def test_beyond_the_limit_one_may_not_even_ask(limited, name, change, reason):
    before = len(limited.list())
    envelope = limited.pay(**change).envelope
    assert (envelope["decision"], envelope["reason"], envelope["remediation"]) == ("deny", reason, "unavailable")
    assert "ticket" not in envelope
    record, = [r for r in limited.types("call.denied") if r["call"] == envelope["call"]]
    assert (record["derived"]["reason"], record["derived"]["stage"]) == (reason, "args")
    assert len(limited.list()) == before and limited.ledger == []


@pytest.mark.parametrize("amount", ["1e400", "1000.000000000000001", "1000.00000000000000000001", "99999999999999999999"])
def test_a_number_that_some_readers_would_round_is_refused_before_anybody_decides(limited, amount):
    raw = ('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"issue_payment","arguments":{"amount":'
           + amount + '},"_meta":' + json.dumps(META) + "}}")
    answer = limited.running.rpc(limited.token, "tools/call", raw=raw, name="issue_payment")
    assert answer.status == 400 and answer.json["error"]["code"] == -32602
    assert limited.types("call.denied")[-1]["derived"]["stage"] == "protocol"


def test_an_argument_the_grant_does_not_mention_is_shown_to_the_approver(limited):
    ticket = limited.ask(memo="call me \u202e olivia\n", amount="2")
    assert json.loads(limited.show(ticket)["arguments"])["memo"] == "call me \u202e olivia\n"
    page = limited.running.cli("approvals", "show", ticket).stdout
    assert "\u202e" not in page, "what could turn a line around is shown escaped"


def test_approval_without_limits_binds_to_the_arguments_all_the_same(tmp_path):
    grants = [grant("update_vendor", requires_approval=True, approvers=["olivia"], expires=ALWAYS)]
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, grants) as running:
        token, olivia = running.mint("finance-bot"), running.approver()
        good = {"vendor_id": "V-100", "iban": "DE00"}
        ticket = running.call(token, "update_vendor", good).envelope["ticket"]
        running.cli("approvals", "approve", ticket, "--token-file", olivia)
        assert "ticket" in running.call(token, "update_vendor", {**good, "iban": "GB00"}).envelope
        assert ran(running.call(token, "update_vendor", good))
