"""Hand-written Cedar policies beside the grants of a running gateway, and what grants compile to."""
import contextlib
import json

import pytest

from conftest import ERP_GRANTS, Gateway, erp, free_port, gateway, wait_until

GUARD = """\
// Nobody pays more than 500 at once, whatever a grant says.
@id("cap") forbid (principal, action == Action::"erp/issue_payment", resource)
when { context.args has amount && context.args.amount.greaterThan(decimal("500.0")) };

@id("no-export") forbid (principal, action == Action::"erp/failing_export", resource);

@id("ops-list") permit (principal in Role::"operations", action == Action::"erp/list_vendors", resource)
when { context.caller.issuer != "nobody" };

@id("ops-report") permit (principal in Role::"operations", action == Action::"erp/slow_report", resource)
when { context.method == "never" };
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "policies").mkdir()
    (folder / "policies" / "guard.cedar").write_text(GUARD)
    with gateway(folder, {"upstreams": [erp(folder)], "policies": ["policies"]}, ERP_GRANTS) as running:
        yield running


def tools(running, agent):
    answer = running.rpc(running.mint(agent), "tools/list")
    return {tool["name"] for tool in answer.json["result"]["tools"]}


def pay(running, amount):
    return running.call(running.mint("finance-bot"), "issue_payment", {
        "invoice_id": "INV-1001", "vendor_id": "V-100", "amount": amount, "currency": "EUR"})


def denial(running, answer, reason):
    record = running.records(type="call.denied")[-1]
    assert (record["derived"]["stage"], record["derived"]["reason"]) == ("policy", reason), record
    return record


def test_a_forbid_stands_above_a_grant_and_its_approval(guarded):
    below, above = pay(guarded, 500), pay(guarded, 501)
    assert below.envelope["reason"] == "approval_required"
    assert (above.envelope["decision"], above.envelope["reason"]) == ("deny", "policy_forbids")
    denial(guarded, above, "policy_forbids")


def test_an_amount_that_a_policy_cannot_read_exactly_is_denied(guarded):
    assert pay(guarded, 499.00001).envelope["reason"] == "not_representable"


def test_what_is_always_forbidden_is_hidden_and_answered_like_an_unknown_tool(guarded):
    assert "failing_export" not in tools(guarded, "finance-bot")
    token = guarded.mint("finance-bot")
    hidden, unknown = (guarded.call(token, name, {}) for name in ("failing_export", "nothing_here"))
    assert hidden.json["error"]["code"] == unknown.json["error"]["code"]
    assert hidden.json["error"]["message"].replace("failing_export", "x") == \
        unknown.json["error"]["message"].replace("nothing_here", "x")
    assert [r["derived"]["reason"] for r in guarded.records(type="call.denied")[-2:]] == ["policy_hides", "no_grant"]


def test_a_permit_shows_a_tool_and_lets_it_be_called(guarded):
    assert {"list_vendors", "slow_report"} <= tools(guarded, "ops-bot")
    token = guarded.mint("ops-bot")
    assert guarded.call(token, "list_vendors", {}).json["result"]["isError"] is False
    assert guarded.records(type="call.intent")[-1]["derived"]["grant"] == "ops-list"
    refused = guarded.call(token, "slow_report", {})
    assert refused.envelope["reason"] == "policy_unmet"
    denial(guarded, refused, "policy_unmet")


def test_check_shows_them(guarded):
    done = guarded.cli("check")
    assert "4 hand-written policies" in done.stdout
    assert "policies.cap: forbid" in done.stdout and "guard.cedar:2" in done.stdout
    assert json.loads(guarded.cli("check", "--json").stdout)["policies"] == 4


def test_compile_prints_what_a_grant_means(guarded):
    first = guarded.cli("grants", "compile", "--grant", "1").stdout
    assert 'permit (principal in Role::"finance_executor", action == Action::"erp/issue_payment"' in first
    assert '["V-100", "V-200"].containsAll(context.derived.texts["/vendor_id"].values)' in first
    assert '@remedy("approval")' in first and first.count("permit (") == 1
    document = json.loads(guarded.cli("grants", "compile", "--json", "--schema").stdout)
    assert [len(entry["policies"]) for entry in document["grants"]] == [2] + [1] * (len(ERP_GRANTS) - 1)
    assert 'action "erp/issue_payment" in [Action::"tools/call"]' in document["schema"]
    assert {policy["id"] for policy in document["built_in"]} == {"martlet#four-eyes", "martlet#task", "martlet#cancel"}
    limits = {policy["id"]: policy["text"] for policy in document["limits"]}
    assert list(limits) == ["finance_executor/erp/issue_payment#limits"], limits
    assert "// what no hand-written permit lifts" in first and "unless" in first
    named = document["grants"][0]["id"]
    assert json.loads(guarded.cli("grants", "compile", "--json", "--grant", named).stdout)["grants"][0]["id"] == named
    missing = guarded.cli("grants", "compile", "--grant", "99", check=False)
    assert missing.returncode == 1 and "99" in missing.stderr


@pytest.mark.parametrize("policies,text,told", [
    (["guard.cedar"], "forbid (principal, action == Action::\"erp/issue_paymnt\", resource);",
     ["guard.cedar:1:", 'did you mean Action::"erp/issue_payment"?']),
    (["guard.cedar"], "forbid (principal, action, resource)", ["guard.cedar:1:", "not a Cedar policy"]),
    (["nothing.cedar"], "", ["nothing.cedar", "does not exist"]),
    (["guard.cedar", "guard.cedar"], "forbid (principal, action, resource);", ["guard.cedar", "twice"]),
    (["."], "", ["no policy in"]),
])
def test_a_policy_that_is_not_valid_refuses_the_start(tmp_path, policies, text, told):
    running = Gateway(tmp_path, {"upstreams": [erp(tmp_path)], "policies": policies}, ERP_GRANTS)
    if text:
        (tmp_path / "guard.cedar").write_text(text)
    for command in (["check"], ["serve"]):
        done = running.cli(*command, check=False)
        assert done.returncode == 2, done
        assert all(word in done.stderr for word in told), done.stderr


def test_an_approval_that_nobody_can_place_refuses_the_start_beside_a_permit(tmp_path):
    """Which upstream the grant is for is not known, so what the permit allows there would need nobody's approval."""
    (tmp_path / "guard.cedar").write_text(
        'permit (principal in Role::"finance_executor", action == Action::"erp/list_vendors", resource);')
    unplaced = {"agent_role": "finance_executor", "tool": "unheard_of", "scope": [], "requires_approval": True}
    running = Gateway(tmp_path, {"upstreams": [erp(tmp_path)], "policies": ["guard.cedar"]}, [*ERP_GRANTS, unplaced])
    done = running.cli("serve", check=False)
    assert done.returncode == 2 and "unheard_of" in done.stderr and "give the grant its upstream" in done.stderr, done


def test_another_policy_is_another_digest_and_goes_on_record(tmp_path):
    (tmp_path / "guard.cedar").write_text('forbid (principal in Role::"nobody", action, resource);')
    config, port = {"upstreams": [erp(tmp_path)], "policies": ["guard.cedar"]}, free_port()

    @contextlib.contextmanager
    def started():
        running = Gateway(tmp_path, config, ERP_GRANTS, port)
        running.start()
        try:
            yield running
        finally:
            running.stop()

    digests = []
    for text in ("", "// a comment\n", '@id("more") forbid (principal in Role::"none", action, resource);'):
        with open(tmp_path / "guard.cedar", "a") as file:
            file.write("\n" + text)
        with started() as running:
            running.call(running.mint("finance-bot"), "list_invoices", {})
            wait_until(lambda: running.records(type="call.intent"), what="an intent")
            digests.append(running.records(type="call.intent")[-1]["derived"]["policy"])
            changes = len(running.records(type="config.changed"))
    assert digests[0] == digests[1] != digests[2]
    assert changes == 3
