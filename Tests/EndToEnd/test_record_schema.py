"""Every record of a varied day keeps the schema that is published for it."""
import json

import jsonschema
import pytest

from conftest import ERP_GRANTS, HERE, erp, gateway
from test_approvals import Desk
from test_erasure import run
from test_shards import turned

SCHEMA = json.loads((HERE.parent.parent / "schema/audit-record.v1.json").read_text())


def validator(kind):
    return jsonschema.Draft202012Validator({**SCHEMA["$defs"][kind], "$defs": SCHEMA["$defs"]})


def leaves(running, *more):
    lines = run(running, "records", *more).stdout.splitlines()
    return [{key: value for key, value in json.loads(line).items() if key not in ("index", "names")} for line in lines]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """Payments, denials, strangers, sessions, an erasure, a hold, a revocation, a kill, two logs."""
    folder = tmp_path_factory.mktemp("day")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        desk = Desk(running)
        ticket = desk.ask()
        desk.approve(ticket)
        desk.pay()
        desk.rule("deny", desk.ask(amount="200.00"))
        desk.pay(amount="99999999.00")
        running.call("not a token", "list_vendors")
        running.call(running.mint("research-bot"), "no_such_tool")
        running.session(running.mint("research-bot"))
        running.rpc(running.mint("research-bot"), "tools/list")
        token = running.issuer.token(f"{running.url}/mcp/erp", agent="idp-bot", sub="zoe")
        running.call(token, "list_invoices", {"status": "open"})
        run(running, "hold", "place", "--all", "--case", "C-1")
        run(running, "erase", "--subject", "zoe", "--case", "T-1", "--reason", "asked for", code=1)
        run(running, "hold", "release", "--all", "--case", "C-1")
        run(running, "erase", "--subject", "zoe", "--case", "T-1", "--reason", "asked for")
        running.cli("revoke", "--subject", "research-bot", "--reason", "left")
        run(running, "search", "--tool", "list_vendors", code=1)
        running.kill()
        running.start()
        turned(running)
        yield leaves(running, "--shard", "1") + leaves(running)


def test_every_record_keeps_the_schema_of_its_type(day):
    assert len({record["type"] for record in day}) > 15
    for record in day:
        errors = [f"{list(error.path)}: {error.message}" for error in validator(record["type"]).iter_errors(record)]
        assert not errors, (errors, record)


def test_the_schema_names_one_type_for_each_record(day):
    whole = jsonschema.Draft202012Validator(SCHEMA)
    for kind in {record["type"] for record in day}:
        record = next(record for record in day if record["type"] == kind)
        assert whole.is_valid(record), kind
        assert not whole.is_valid({**record, "stranger": 1}) and not whole.is_valid({**record, "v": 2})
        assert not whole.is_valid({key: value for key, value in record.items() if key != "nonce"})
