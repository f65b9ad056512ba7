"""One sealed value is opened to somebody else, who checks it with a library that is not ours."""
import base64
import hashlib
import json

import pytest
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from sd_jwt.verifier import SDJWTVerifier

from conftest import ERP_GRANTS, erp, gateway, wait_until


@pytest.fixture(scope="module")
def called(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disclosed")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        assert running.call(running.mint(), "list_invoices", {"status": "open"}).status == 200
        records = [json.loads(line) for line in running.cli("audit", "records").stdout.splitlines()]
        yield running, {record["type"]: record["index"] for record in records}


def disclosed(running, index, *more):
    return json.loads(running.cli("audit", "disclose", str(index), "--case", "C-7", "--json", *more).stdout)


def opened(leaf: bytes, disclosures):
    """What the library makes of the exact record, under a signature of whoever presents it, with some disclosures."""
    key = JWK.generate(kty="EC", crv="P-256")
    token = JWS(leaf)
    token.add_signature(key, alg="ES256", protected=json.dumps({"alg": "ES256"}))
    presentation = "~".join([token.serialize(compact=True), *disclosures, ""])
    return SDJWTVerifier(presentation, lambda issuer, header: key).get_verified_payload()


def test_the_arguments_alone_are_opened_and_accepted_by_a_foreign_library(called):
    running, at = called
    answer = disclosed(running, at["call.intent"], "--only", "args")
    assert [item["name"] for item in answer["disclosures"]] == ["args"]
    proof = lambda: running.cli("audit", "proof", "--index", str(at["call.intent"]), "--leaf", "intent.json", check=False)
    wait_until(lambda: proof().returncode == 0, what="a checkpoint that covers it")
    leaf = (running.folder / "intent.json").read_bytes()
    assert leaf == answer["leaf"].encode()
    told = opened(leaf, [item["disclosure"] for item in answer["disclosures"]])
    assert told["args"] == {"status": "open"} and "digests" not in told
    assert told["verified"]["agent"] == "finance-bot"
    assert "args" not in opened(leaf, [])


def test_every_value_of_every_record_opens(called):
    running, at = called
    for kind, names in {"call.intent": {"args", "digests"}, "call.outcome": {"result"}}.items():
        answer = disclosed(running, at[kind])
        told = opened(answer["leaf"].encode(), [item["disclosure"] for item in answer["disclosures"]])
        assert names <= set(told), told
        # The same by hand, as an expert would on paper.
        digests = json.loads(answer["leaf"])["_sd"]
        for item in answer["disclosures"]:
            digest = hashlib.sha256(item["disclosure"].encode("ascii")).digest()
            assert base64.urlsafe_b64encode(digest).decode().rstrip("=") in digests


def test_a_changed_disclosure_opens_nothing(called):
    running, at = called
    answer = disclosed(running, at["call.intent"], "--only", "args")
    text = answer["disclosures"][0]["disclosure"]
    array = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    array[2] = {"status": "paid"}
    forged = base64.urlsafe_b64encode(json.dumps(array).encode()).decode().rstrip("=")
    assert "args" not in opened(answer["leaf"].encode(), [forged])


def test_a_disclosure_is_on_record_and_a_missing_one_is_said(called):
    running, at = called
    disclosed(running, at["call.outcome"])
    read = [json.loads(line) for line in running.cli("audit", "records", "--type", "audit.read").stdout.splitlines()][-1]
    assert read["asserted"]["command"] == "disclose" and read["asserted"]["opened"] == [at["call.outcome"]]
    assert read["asserted"]["case"] == "C-7" and "result" in read["asserted"]["filter"]
    for index, words in ((at["call.outcome"], "no such value"), (0, "nothing is sealed"), (10**6, "no such record")):
        done = running.cli("audit", "disclose", str(index), "--only", "args", check=False)
        assert done.returncode == 1 and words in done.stderr
