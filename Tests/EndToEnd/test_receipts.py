"""Receipts in results, and the proofs that are fetched with them, over real sockets and in both eras."""
import base64
import hashlib
import json

import pytest
from cryptography.exceptions import InvalidSignature

import cose
from conftest import ERP_GRANTS, LEGACY, META, MODERN, erp, gateway, wait_until
from test_sdk_clients import MODES, talk
from test_streams import streaming
from test_tlog import audit, climb, verify, vkey

PAYMENT = {"invoice_id": "INV-1001", "vendor_id": "V-100", "amount": 10, "currency": "EUR"}


def receipt(answer):
    return answer.json["result"]["_meta"]["martlet.dev/receipt"]


def leaf(running, index):
    facts = json.loads(running.cli("audit", "proof", "--index", index, "--json").stdout)
    return base64.b64encode(hashlib.sha256(b"\0" + facts["leaf"].encode()).digest()).decode(), json.loads(facts["leaf"])


def get(running, token, index, **more):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return running.request(more.pop("method", "GET"), f"/audit/proof/{index}", headers={**headers, **more})


def proof(running, token, index):
    """The proof, once the checkpoint covers the record; until then it says that it will."""
    def asked():
        answer = get(running, token, index)
        if answer.status == 404 and answer.headers.get("retry-after") == "1":
            return None
        return answer
    return wait_until(asked, what=f"a proof of record {index}")


def call(running, token, era, tool, arguments=None):
    session = running.session(token) if era == LEGACY else None
    return running.call(token, tool, arguments, era=era, session=session)


@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_a_result_names_its_outcome_record(demo, era):
    token = demo.mint("finance-bot")
    for tool, outcome in (("list_vendors", "ok"), ("failing_export", "tool_error")):
        told = receipt(call(demo, token, era, tool))
        assert told["origin"] == "martlet/e2e" and set(told) == {
            "call", "intent", "index", "leafHash", "origin", "checkpoint"}
        text = proof(demo, token, told["index"]).body.decode()
        found, record = leaf(demo, told["index"])
        assert record["type"] == "call.outcome" and record["observed"]["outcome"] == outcome
        assert (record["call"], record["prev"]) == (told["call"], told["intent"]) and told["leafHash"] == found
        # The receipt and the proof alone, by the text of the specifications.
        head, _, note = text.partition("\n\n")
        lines, (_, covered, root) = head.split("\n"), note.split("\n")[:3]
        assert lines[:2] == ["c2sp.org/tlog-proof@v1", f"index {told['index']}"]
        path = [base64.b64decode(line) for line in lines[2:]]
        node = climb(base64.b64decode(told["leafHash"]), told["index"], int(covered), path)
        assert base64.b64encode(node).decode() == root


@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_a_denial_has_a_receipt_too(demo, era):
    token = demo.mint("finance-bot")
    answer = call(demo, token, era, "issue_payment", PAYMENT)
    told = receipt(answer)
    assert answer.json["result"]["isError"] is True and "intent" not in told
    assert answer.json["result"]["_meta"]["martlet.dev/authorization"]["call"] == told["call"]
    assert proof(demo, token, told["index"]).status == 200
    found, record = leaf(demo, told["index"])
    assert record["type"] == "call.denied" and record["call"] == told["call"] and found == told["leafHash"]


def test_the_checkpoint_of_a_receipt_is_one_that_was_signed(demo):
    """The one of that moment: older than the record, and never above the log."""
    token = demo.mint("research-bot")
    told = receipt(demo.call(token, "list_vendors"))
    assert 0 < told["checkpoint"]["size"] <= told["index"]
    later = wait_until(
        lambda: (now := receipt(demo.call(token, "list_vendors")))["checkpoint"]["size"] > told["checkpoint"]["size"] and now,
        what="a newer checkpoint in a receipt")
    assert later["checkpoint"]["root"] != told["checkpoint"]["root"]


@pytest.mark.parametrize("mode", MODES)
def test_the_sdk_accepts_receipts(demo, mode):
    async def work(client):
        return await client.call_tool("list_vendors", {}), await client.call_tool("failing_export", {})

    for result in talk(demo, demo.mint("finance-bot"), "erp", mode, work):
        assert {"origin", "index", "leafHash", "checkpoint"} <= set(result.meta["martlet.dev/receipt"])


def test_a_streamed_answer_has_its_receipt_in_the_last_message_only(tmp_path):
    with streaming(tmp_path, "stdio") as (running, _):
        token = running.mint("finance-bot", "stream")
        for params in ({}, {"_meta": {**META, "progressToken": 7}}):
            answer = running.rpc(token, "tools/call", {"name": "steps", "arguments": {"count": 3}, **params},
                                 upstream="stream", headers={"Accept": "text/event-stream"})
            events = [json.loads(line[6:]) for line in answer.body.decode().splitlines() if line.startswith("data: ")]
            assert len(events) == (4 if params else 1)
            told = events[-1]["result"]["_meta"]["martlet.dev/receipt"]
            assert told["index"] == told["intent"] + 1 and told["checkpoint"]["size"] <= told["index"]
            assert not any("martlet.dev/receipt" in json.dumps(event) for event in events[:-1])


# MARK: proofs over HTTP

def test_a_proof_is_checked_offline_with_the_receipt_alone(demo, tmp_path):
    token = demo.mint("research-bot")
    told = receipt(demo.call(token, "list_vendors"))
    (tmp_path / "proof").write_bytes(proof(demo, token, told["index"]).body)
    done = verify("proof", tmp_path / "proof", "--leaf-hash", told["leafHash"], "--key", vkey(demo))
    assert done.returncode == 0 and f"record {told['index']} of" in done.stdout
    other = base64.b64encode(bytes(32)).decode()
    assert verify("proof", tmp_path / "proof", "--leaf-hash", other, "--key", vkey(demo)).returncode == 1
    assert verify("proof", tmp_path / "proof", "--leaf-hash", "no", "--key", vkey(demo)).returncode == 2
    assert verify("proof", tmp_path / "proof", "--key", vkey(demo)).returncode == 2


COSE = {"Accept": "application/cose"}


def test_a_proof_as_a_cose_receipt_is_checked_with_the_receipt_of_the_result_alone(demo):
    token = demo.mint("research-bot")
    told = receipt(demo.call(token, "list_vendors"))
    proof(demo, token, told["index"])
    answer = get(demo, token, told["index"], **COSE)
    assert answer.status == 200 and answer.headers["content-type"] == 'application/cose; cose-type="cose-sign1"'
    assert answer.headers["cache-control"] == "no-store"
    leaf_hash = base64.b64decode(told["leafHash"])
    origin, index, size = cose.checked(answer.body, leaf_hash, vkey(demo))
    assert (origin, index) == ("martlet/e2e", told["index"]) and size > index
    for spoilt in (answer.body[:-1] + bytes([answer.body[-1] ^ 1]), answer.body):
        with pytest.raises((InvalidSignature, AssertionError)):
            cose.checked(spoilt, bytes(32) if spoilt == answer.body else leaf_hash, vkey(demo))


@pytest.mark.parametrize("accept, is_cose", [
    ("application/cose", True), ("Application/COSE; q=0.5", True), ('text/plain;q=0.5, application/cose; cose-type="cose-sign1"', True),
    ("application/cose;q=0", False), ("*/*", False), ("application/*", False), ("text/plain", False),
    ("application/cose-key", False), ("", False),
])
def test_only_who_names_cose_gets_it(demo, accept, is_cose):
    token = demo.mint("research-bot")
    told = receipt(demo.call(token, "list_vendors"))
    proof(demo, token, told["index"])
    answer = get(demo, token, told["index"], Accept=accept)
    assert answer.status == 200 and answer.body.startswith(b"\xd2\x84" if is_cose else b"c2sp.org/tlog-proof@v1\n")


def test_a_cose_receipt_is_refused_as_a_proof_is(demo):
    mine, theirs = demo.mint("research-bot"), demo.mint("finance-bot")
    told = receipt(demo.call(mine, "list_vendors"))
    proof(demo, mine, told["index"])
    assert get(demo, mine, told["intent"], **COSE).status == 200
    for token, index in ((theirs, told["index"]), (theirs, told["intent"]), (None, told["index"]), ("nonsense", 0),
                         (mine, 0), (mine, 10**15)):
        plain, answer = get(demo, token, index), get(demo, token, index, **COSE)
        assert answer.status == plain.status in (401, 404) and answer.body == plain.body
        assert ("retry-after" in answer.headers) == ("retry-after" in plain.headers)
    assert get(demo, mine, told["index"], method="POST", **COSE).status == 404


def test_without_the_key_of_the_log_there_is_a_proof_and_no_cose_receipt(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        token = running.mint("research-bot")
        told = receipt(running.call(token, "list_vendors"))
        proof(running, token, told["index"])
        key = running.folder / "state/keys/checkpoint.key"
        key.chmod(0o644)
        answer = get(running, token, told["index"], **COSE)
        assert answer.status == 503 and b"key" not in answer.body, "a key that others can read signs nothing here"
        assert get(running, token, told["index"]).status == 200
        key.chmod(0o600)
        assert get(running, token, told["index"], **COSE).status == 200


def test_only_the_caller_of_a_record_gets_its_proof(demo):
    mine, theirs = demo.mint("research-bot"), demo.mint("finance-bot")
    told = receipt(demo.call(mine, "list_vendors"))
    assert proof(demo, mine, told["index"]).status == 200
    assert proof(demo, mine, told["intent"]).status == 200, "the intent is the caller's, too"
    assert proof(demo, demo.mint("research-bot"), told["index"]).status == 200, "with another token of the same agent"
    for index in (told["index"], told["intent"], 0):
        answer = get(demo, theirs, index)
        assert answer.status == 404 and "retry-after" not in answer.headers and b"Not found" in answer.body
    refused = demo.records(type="call.denied")[-1]
    assert refused["derived"]["reason"] == "no_such_record" and refused["verified"]["agent"] == "finance-bot"


def test_without_a_token_every_index_is_answered_alike(demo):
    answers = [get(demo, None, index) for index in (0, 1, 10**15)]
    assert [answer.status for answer in answers] == [401] * 3 and len({answer.body for answer in answers}) == 1
    assert get(demo, "nonsense", 0).status == 401


def test_a_revoked_caller_gets_no_proof(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        token = running.mint("research-bot")
        told = receipt(running.call(token, "list_vendors"))
        assert proof(running, token, told["index"]).status == 200
        running.cli("revoke", "--subject", "research-bot", "--reason", "stolen")
        assert get(running, token, told["index"]).status == 401


@pytest.mark.parametrize("path", ["", "/", "/01", "/-1", "/+1", "/1/", "/1x", "/18446744073709551616", "/1%30"])
def test_other_paths_are_none(demo, path):
    token = demo.mint("research-bot")
    answer = demo.request("GET", "/audit/proof" + path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status in (404, 400) and "retry-after" not in answer.headers


def test_only_get_is_answered(demo):
    token = demo.mint("research-bot")
    for method in ("POST", "DELETE", "PUT"):
        assert get(demo, token, 0, method=method).status == 404


def test_tiles_that_contradict_the_checkpoint_give_no_proof(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        token = running.mint("research-bot")
        told = receipt(running.call(token, "list_vendors"))
        assert proof(running, token, told["index"]).status == 200
        for tile in (audit(running) / "tile").rglob("*"):
            if tile.is_file():
                tile.write_bytes(bytes(tile.stat().st_size))
        answer = get(running, token, told["index"])
        assert answer.status == 503 and b"tile" not in answer.body, "and nothing of the inside is told"


def test_receipts_can_be_switched_off(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)], "audit": {"receipts": False}}, ERP_GRANTS) as running:
        told = receipt(running.call(running.mint("research-bot"), "list_vendors"))
        assert set(told) == {"call", "intent"}
        assert "audit.receipts: false" in running.cli("check").stdout.replace("=", ":").replace("  ", " ")
