"""Hostile and malformed requests: the status and code of the specification, a record, and no upstream call."""
import hashlib
import json
import socket

import pytest

from conftest import LEGACY, META, MODERN

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "list_invoices", "arguments": {}, "_meta": META}}


def edited(**more):
    return json.dumps({**CALL, **more})


def params(**more):
    return edited(params={**CALL["params"], **more})


META_TEXT = json.dumps(META)
DUPLICATE_NAME = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_invoices","arguments":{},' \
    '"name":"delete_vendor","_meta":' + META_TEXT + '}}'
DEEP = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_invoices","arguments":{"a":' \
    + "[" * 200 + "]" * 200 + '},"_meta":' + META_TEXT + "}}"

BODIES = [
    # name, body, status, code (peers' incidents 1-3 and the protocol's own rules)
    ("not JSON", "garbage", 400, -32700),
    ("batch", "[" + json.dumps(CALL) + "]", 400, -32600),
    ("duplicate name", DUPLICATE_NAME, 400, -32600),
    ("duplicate method", '{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"tools/list","params":{"_meta":'
     + META_TEXT + "}}", 400, -32600),
    ("duplicate by escape", DUPLICATE_NAME.replace('"name":"delete', '"n\\u0061me":"delete'), 400, -32600),
    ("duplicate deep in arguments", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_invoices",'
     '"arguments":{"a":[{"x":1,"x":2}]},"_meta":' + META_TEXT + "}}", 400, -32600),
    ("NUL in key", params(arguments={"a\u0000b": 1}), 400, -32600),
    ("lone surrogate", params(arguments={"a": "\ud800"}), 400, -32600),
    ("too deep", DEEP, 400, -32600),
    ("huge number", params(arguments={}).replace('"arguments": {}', '"arguments": {"a": ' + "9" * 400 + "}"), 400, -32600),
    ("leading zero", params().replace('"id": 1', '"id": 01'), 400, -32700),
    ("trailing bytes", json.dumps(CALL) + "x", 400, -32700),
    ("byte order mark", "\ufeff" + json.dumps(CALL), 400, None),
    ("case variant of method", json.dumps({**CALL, "Method": "tools/list"}), 400, -32600),
    ("Kelvin sign", json.dumps({**CALL, "\u212aey": 1, "paramſ": {}}), 400, -32600),
    ("case variant of name", params(Name="delete_vendor"), 400, -32600),
    ("id null", edited(id=None), 400, -32600),
    ("id fraction", edited(id=1.5), 400, -32600),
    ("no meta", edited(params={"name": "list_invoices", "arguments": {}}), 400, -32602),
    ("meta without capabilities", params(_meta={"io.modelcontextprotocol/protocolVersion": MODERN}), 400, -32602),
    ("arguments not an object", params(arguments=[1]), 400, -32602),
    ("jsonrpc 1.0", edited(jsonrpc="1.0"), 400, -32600),
]


@pytest.mark.parametrize("name,body,status,code", BODIES, ids=[b[0] for b in BODIES])
def test_body(demo, name, body, status, code):
    token = demo.mint("research-bot")
    answer = demo.rpc(token, "tools/call", raw=body.encode("utf-8", "surrogatepass"), name="list_invoices")
    assert answer.status == status, answer.body
    if code:
        assert answer.json["error"]["code"] == code, answer.body


def test_invalid_utf8(demo):
    raw = json.dumps(CALL).encode().replace(b"list_invoices", b"list\xff", 1)
    assert demo.rpc(demo.mint("research-bot"), "tools/call", raw=raw, name="x").status == 400


HEADERS = [
    ("method header lies", {"Mcp-Method": "tools/list"}, 400, -32020),
    ("name header lies", {"Mcp-Name": "delete_vendor"}, 400, -32020),
    ("method header missing", {"Mcp-Method": None}, 400, -32020),
    ("name header missing", {"Mcp-Name": None}, 400, -32020),
    ("version header older than the body", {"MCP-Protocol-Version": LEGACY}, 400, -32020),
    ("version header absent", {"MCP-Protocol-Version": None}, 400, -32020),
    ("base64 name that is another", {"Mcp-Name": "=?base64?ZGVsZXRlX3ZlbmRvcg==?="}, 400, -32020),
    ("malformed base64 name", {"Mcp-Name": "=?base64?%%%?="}, 400, -32020),
    ("text/plain", {"Content-Type": "text/plain"}, 415, None),
    ("no content type", {"Content-Type": None}, 415, None),
    ("nothing acceptable", {"Accept": "image/png"}, 406, None),
    ("foreign host", {"Host": "evil.example"}, 421, None),
    ("foreign origin", {"Origin": "https://evil.example"}, 403, None),
    ("null origin", {"Origin": "null"}, 403, None),
    ("cross-site fetch", {"Sec-Fetch-Site": "cross-site"}, 403, None),
]


@pytest.mark.parametrize("name,change,status,code", HEADERS, ids=[h[0] for h in HEADERS])
def test_header(demo, name, change, status, code):
    answer = demo.call(demo.mint("research-bot"), "list_invoices", headers=change)
    assert answer.status == status, answer.body
    if code:
        assert answer.json["error"]["code"] == code


def test_unsupported_version_lists_what_is_supported(demo):
    meta = {**META, "io.modelcontextprotocol/protocolVersion": "2031-01-01"}
    answer = demo.rpc(demo.mint("research-bot"), "tools/list", {"_meta": meta},
                      headers={"MCP-Protocol-Version": "2031-01-01"})
    assert answer.status == 400 and answer.json["error"]["code"] == -32022
    assert answer.json["error"]["data"] == {"supported": [MODERN], "requested": "2031-01-01"}


@pytest.mark.parametrize("method", ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/list",
                                    "prompts/list", "tasks/list", "Tools/call", "no/such"])
def test_methods_that_do_not_exist_in_the_modern_era(demo, method):
    answer = demo.rpc(demo.mint("research-bot"), method)
    assert answer.status == 404 and answer.json["error"]["code"] == -32601


def test_a_tool_nobody_granted_is_answered_like_one_that_does_not_exist(demo):
    token = demo.mint("finance-bot")
    hidden, absent = demo.call(token, "delete_vendor"), demo.call(token, "delete_vendox")
    assert hidden.json["error"]["code"] == absent.json["error"]["code"] == -32602
    assert hidden.body.replace(b"vendor", b"*") == absent.body.replace(b"vendox", b"*")


@pytest.mark.parametrize("era", [MODERN, LEGACY])
def test_authorization_is_the_same_in_every_version(demo, era):
    token = demo.mint("research-bot")
    session = demo.session(token) if era == LEGACY else None
    answer = demo.call(token, "issue_payment", {"amount": 1}, era=era, session=session)
    assert answer.json["error"]["code"] == -32602


def raw_exchange(port, text):
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.sendall(text if isinstance(text, bytes) else text.encode())
        data = b""
        while chunk := s.recv(65536):
            data += chunk
        return data


@pytest.mark.parametrize("name,text", [
    ("both lengths", "POST /mcp/erp HTTP/1.1\r\nHost: {h}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("two lengths", "POST /mcp/erp HTTP/1.1\r\nHost: {h}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"),
    ("bare garbage", "\x16\x03\x01\x02\x00"),
    ("space in field name", "POST /mcp/erp HTTP/1.1\r\nHost : {h}\r\n\r\n"),
    ("two hosts", "GET /healthz HTTP/1.1\r\nHost: {h}\r\nHost: evil\r\nConnection: close\r\n\r\n"),
    ("no host", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"),
    ("absolute form of another host", "GET http://evil/healthz HTTP/1.1\r\nHost: {h}\r\nConnection: close\r\n\r\n"),
])
def test_framing(demo, name, text):
    answer = raw_exchange(demo.port, text.replace("{h}", f"127.0.0.1:{demo.port}"))
    assert answer.startswith(b"HTTP/1.1 4"), answer


def test_a_body_above_the_limit_is_refused(demo):
    answer = raw_exchange(demo.port, f"POST /mcp/erp HTTP/1.1\r\nHost: 127.0.0.1:{demo.port}\r\n"
                          "Content-Length: 99999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")


def test_get_is_not_served_and_says_what_is(demo):
    answer = demo.request("GET", "/mcp/erp", None, {"Authorization": f"Bearer {demo.mint('research-bot')}"})
    assert answer.status == 405 and "POST" in answer.headers["allow"]


def test_an_unknown_route_is_404_for_a_valid_token(demo):
    token = demo.mint("research-bot")
    assert demo.rpc(token, "tools/list", upstream="nosuch").status == 404
    assert demo.request("GET", "/admin").status == 404


def test_resource_metadata(demo):
    answer = demo.request("GET", "/.well-known/oauth-protected-resource/mcp/erp")
    assert answer.status == 200 and answer.json["resource"] == f"{demo.url}/mcp/erp"
    assert answer.json["authorization_servers"] == ["https://issuer.test"]


@pytest.mark.parametrize("name,text", [
    ("HEAD", "HEAD /healthz HTTP/1.1\r\nHost: {h}\r\n\r\n"),
    ("CONNECT", "CONNECT {h} HTTP/1.1\r\nHost: {h}\r\n\r\n"),
    ("TRACE", "TRACE /healthz HTTP/1.1\r\nHost: {h}\r\n\r\n"),
    ("upgrade", "GET /healthz HTTP/1.1\r\nHost: {h}\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"),
])
def test_forms_that_are_not_served_end_the_connection(demo, name, text):
    answer = raw_exchange(demo.port, text.replace("{h}", f"127.0.0.1:{demo.port}"))
    assert answer.startswith(b"HTTP/1.1 405"), answer
    assert b"connection: close" in answer


def test_pipelined_requests_are_answered_in_order_and_all_of_them(demo):
    one = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{demo.port}\r\n\r\n"
    last = f"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{demo.port}\r\nConnection: close\r\n\r\n"
    answer = raw_exchange(demo.port, one * 200 + last)
    assert answer.count(b"HTTP/1.1 200") == 201 and answer.endswith(b'{"status":"ready"}')


def test_one_caller_cannot_take_all_sessions(demo):
    owner, other = demo.mint("ops-bot"), demo.mint("research-bot")
    first = demo.session(owner)
    kept = demo.session(other)
    for _ in range(64):
        demo.session(owner)
    assert demo.rpc(owner, "ping", era=LEGACY, session=first).status == 404
    assert demo.rpc(other, "ping", era=LEGACY, session=kept).status == 200
    name = "sha256:" + hashlib.sha256(first.encode()).hexdigest()
    ended = [r for r in demo.records() if r["type"] == "session.closed" and r["observed"]["session"] == name]
    assert [(r["observed"]["reason"], r["verified"]["agent"]) for r in ended] == [("replaced", "ops-bot")], ended


@pytest.mark.parametrize("twin", ["Amount", "AMOUNT"])
def test_an_argument_that_only_looks_like_a_limited_one_denies(demo, twin):
    arguments = {"invoice_id": "INV-1001", "vendor_id": "V-100", "currency": "EUR", "amount": 10, twin: 99999}
    answer = demo.call(demo.mint("finance-bot"), "issue_payment", arguments)
    assert answer.envelope["reason"] == "argument_unknown"


def test_every_refusal_left_a_record_and_no_intent(demo):
    reasons = {r["derived"]["reason"] for r in demo.records() if r["type"] in ("call.denied", "auth.failed")}
    assert reasons >= {"parse_error", "ambiguous_body", "lookalike_key", "header_mismatch", "missing_envelope",
                       "unsupported_version", "method_not_found", "unsupported_media_type", "not_acceptable",
                       "host_not_allowed", "origin_not_allowed", "cross_site", "malformed_http", "body_too_large",
                       "no_grant", "method_not_allowed", "unknown_route"}
    assert not [r for r in demo.records() if r["type"] == "call.intent"]
