"""Every route x method x era x bad credential: refused, recorded, and never seen by the upstream."""
import base64
import json
import time

import jwt
import pytest

from conftest import (ERP_GRANTS, LEGACY, META, MODERN, Issuer, erp, gateway, wait_until)
from cryptography.hazmat.primitives.asymmetric import ec

ROUTES = ["/mcp/erp", "/mcp", "/mcp/nosuch", "/mcp/erp/"]
VERBS = ["POST", "GET", "DELETE", "PUT"]
METHODS = ["server/discover", "initialize", "notifications/initialized", "ping", "tools/list", "tools/call",
           "resources/read", "no/such"]


def none_token(claims):
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(claims)}."


def bad_tokens(running, folder):
    audience = f"{running.url}/mcp/erp"
    stranger = Issuer(folder, "https://stranger.test")
    running.issuer.file.write_text(running.issuer.file.read_text())
    idp = running.issuer
    now = int(time.time())
    claims = {"iss": idp.name, "aud": audience, "sub": "x", "client_id": "x", "iat": now, "exp": now + 60,
              "agent_role": "finance_executor"}
    return {
        "none": (None, "missing_token"),
        "expired": (idp.token(audience, exp=now - 120, iat=now - 300, nbf=now - 300), "expired"),
        "not yet valid": (idp.token(audience, nbf=now + 300, iat=now), "not_yet_valid"),
        "wrong audience": (idp.token("https://other.test/mcp/erp"), "wrong_audience"),
        "wrong issuer": (stranger.token(audience), "wrong_issuer"),
        "alg none": (none_token(claims), "algorithm_refused"),
        "HMAC with the public key": (hmac_token(claims, idp), "algorithm_refused"),
        "forged": (idp.token(audience, key=ec.generate_private_key(ec.SECP256R1())), "bad_signature"),
        "no role": (idp.token(audience, agent="nobody", agent_role=None), "no_role"),
        "garbage": ("not.a.token", "malformed_token"),
    }


def hmac_token(claims, idp):
    return jwt.encode(claims, idp.file.read_text(), algorithm="HS256", headers={"kid": "rs256"})


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refusals")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        jwks = running.issuer.file.read_text()
        (folder / "other").mkdir()
        tokens = bad_tokens(running, folder / "other")
        assert running.issuer.file.read_text() == jwks
        yield running, tokens


def message(method, era):
    params = {"name": "list_invoices", "arguments": {}} if method == "tools/call" else {}
    if era == MODERN:
        params["_meta"] = META
    body = {"jsonrpc": "2.0", "method": method, "params": params}
    if not method.startswith("notifications/"):
        body["id"] = 1
    return json.dumps(body)


def headers(method, era, token):
    head = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": era}
    if era == MODERN:
        head["Mcp-Method"] = method
        if method == "tools/call":
            head["Mcp-Name"] = "list_invoices"
    if token:
        head["Authorization"] = f"Bearer {token}"
    return head


def test_no_route_method_or_era_answers_without_a_valid_token(guarded):
    running, tokens = guarded
    answers = 0
    for name, (token, reason) in tokens.items():
        for route in ROUTES:
            for verb in VERBS:
                for era in (MODERN, LEGACY):
                    for method in METHODS if verb == "POST" else METHODS[:1]:
                        body = message(method, era) if verb == "POST" else None
                        answer = running.request(verb, route, body, headers(method, era, token))
                        # Who has no role is told so, but not on a route the token is not for.
                        expected = 403 if reason == "no_role" and route != "/mcp" else 401
                        assert answer.status == expected, (name, route, verb, era, method, answer.body)
                        if expected == 401:
                            assert "resource_metadata=" in answer.headers["www-authenticate"]
                        assert b"list_invoices" not in answer.body
                        answers += 1
    assert answers == len(tokens) * len(ROUTES) * 2 * (len(METHODS) + 3)
    recorded = {(r["derived"]["reason"]) for r in running.records() if r["type"] == "auth.failed"}
    assert recorded >= {reason for _, reason in tokens.values()}
    assert not [r for r in running.records() if r["type"] == "call.intent"]


def test_the_query_string_never_authenticates(guarded):
    running, _ = guarded
    token = running.mint("research-bot")
    answer = running.request("POST", f"/mcp/erp?access_token={token}", message("tools/list", MODERN),
                             headers("tools/list", MODERN, None))
    assert answer.status == 401


def test_two_authorization_headers_are_refused(guarded):
    running, _ = guarded
    token = running.mint("research-bot")
    raw = (f"POST /mcp/erp HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nAuthorization: Bearer {token}\r\n"
           f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
           f"Connection: close\r\n\r\n{{}}")
    import socket
    with socket.create_connection(("127.0.0.1", running.port), 10) as s:
        s.sendall(raw.encode())
        assert s.recv(4096).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize("verb", ["POST", "DELETE"])
def test_a_session_of_another_principal_looks_like_no_session(guarded, verb):
    running, _ = guarded
    owner, thief = running.mint("finance-bot"), running.mint("research-bot")
    session = running.session(owner)
    foreign = {}
    for name, value in (("foreign", session), ("unknown", "0" * 64)):
        head = {**headers("tools/list", LEGACY, thief), "Mcp-Session-Id": value}
        body = message("tools/list", LEGACY) if verb == "POST" else None
        foreign[name] = running.request(verb, "/mcp/erp", body, head)
        assert foreign[name].status == 404
    assert foreign["foreign"].body == foreign["unknown"].body
    assert running.rpc(owner, "tools/list", era=LEGACY, session=session).status == 200
    wait_until(lambda: [r for r in running.records() if r["type"] == "call.denied"
                        and r["derived"]["reason"] == "unknown_session"], what="the denial is recorded")


def test_a_session_survives_a_fresh_token_of_the_same_caller(guarded):
    running, _ = guarded
    session = running.session(running.mint("finance-bot"))
    assert running.rpc(running.mint("finance-bot"), "ping", era=LEGACY, session=session).status == 200


def test_an_ended_session_is_gone(guarded):
    running, _ = guarded
    token = running.mint("finance-bot")
    session = running.session(token)
    head = {"Authorization": f"Bearer {token}", "Mcp-Session-Id": session}
    assert running.request("DELETE", "/mcp/erp", None, head).status == 200
    assert running.rpc(token, "ping", era=LEGACY, session=session).status == 404


def test_revocation_holds_at_once_and_after_a_restart(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        token = running.mint("research-bot")
        assert running.rpc(token, "tools/list").status == 200
        running.cli("revoke", "--subject", "research-bot", "--reason", "test")
        assert running.rpc(token, "tools/list").status == 401
        running.stop()
        running.start()
        assert running.rpc(token, "tools/list").status == 401
        assert [r for r in running.records() if r["type"] == "cred.revoked"]
