"""Upstreams that are down, slow, dying, lying or hostile: a clear answer, a true record, no hang, and then life goes on."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import sys
import threading
from http.client import HTTPException

import pytest

from conftest import HERE, LEGACY, META, MODERN, free_port, gateway, grant, program, secret, wait_until

sys.path.insert(0, str(HERE / "upstreams"))
import http_peer  # noqa: E402
import stdio_peer  # noqa: E402

FAST = {"timeout": "1s"}
LIMITS = {"limits": {"response_bytes": "64KiB"}}


def granted(names, upstream="peer"):
    return [grant(name, upstream=upstream) for name in names]


def journal(folder):
    file = folder / "journal"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def outcome_record(running, call):
    """The one record that closes the call."""
    closing = [r for r in running.records() if r["type"] in ("call.outcome", "call.in_doubt") and r["call"] == call]
    assert len(closing) == 1, closing
    return closing[0]


def check_failure(running, answer, outcome, may_have_run):
    """What the agent, and the log, must say of a call that failed upstream."""
    assert answer.status == 200, answer.body
    result = answer.json["result"]
    assert result["isError"] is True
    said = result["_meta"]["martlet.dev/outcome"]
    assert (said["outcome"], said["mayHaveRun"]) == (outcome, may_have_run)
    assert ("may have run" in answer.text) == may_have_run and outcome in answer.text
    record = outcome_record(running, said["call"])
    assert record["observed"]["outcome"] == outcome and record["derived"]["may_have_run"] is may_have_run
    assert record["prev"] == said["intent"] and record["index"] > said["intent"]
    return record


def check_success(running, answer, outcome="ok"):
    receipt = answer.json["result"]["_meta"]["martlet.dev/receipt"]
    record = outcome_record(running, receipt["call"])
    assert record["observed"]["outcome"] == outcome and record["prev"] == receipt["intent"]


def alive(pid):
    """Whether a process still runs. One that only waits for its parent to notice does not."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    return False


def gone(*pids):
    wait_until(lambda: not any(map(alive, pids)), 30, f"processes {pids} are gone")


# MARK: HTTP

HTTP_FAULTS = [
    ("never_answers", "timeout"),
    ("never_finishes_its_head", "timeout"),
    ("never_finishes_its_body", "timeout"),
    ("never_finishes_its_events", "timeout"),
    ("drips", "timeout"),
    ("dies_before_it_answers", "broken_off"),
    ("dies_in_its_head", "broken_off"),
    ("dies_in_its_body", "broken_off"),
    ("dies_in_its_events", "broken_off"),
    ("ends_its_events_without_an_answer", "broken_off"),
    ("answers_no_json", "garbage"),
    ("answers_cut_json", "garbage"),
    ("answers_nothing", "garbage"),
    ("answers_html", "garbage"),
    ("answers_no_http", "garbage"),
    ("answers_with_another_id", "garbage"),
    ("answers_with_its_id_as_text", "garbage"),
    ("answers_with_a_batch", "garbage"),
    ("answers_result_and_error", "garbage"),
    ("answers_a_key_twice", "garbage"),
    ("answers_without_content", "garbage"),
    ("answers_invalid_utf8", "garbage"),
    ("answers_encoded", "garbage"),
    ("answers_garbage_events", "garbage"),
    ("is_too_large", "too_large"),
    ("is_too_large_without_saying_so", "too_large"),
    ("is_too_large_by_events", "too_large"),
    ("has_endless_headers", "too_large"),
    ("redirects", "garbage"),
    ("redirects_to_get", "garbage"),
    ("wants_credentials", "upstream_unauthorized"),
    ("forbids", "upstream_unauthorized"),
    ("fails", "garbage"),
    ("succeeds_with_status_500", "garbage"),
    ("accepts_only", "garbage"),
]
SURE_NOT_TO_RUN = {"upstream_unauthorized", "upstream_unreachable"}


@pytest.fixture(scope="module", params=[MODERN, LEGACY])
def http(request, tmp_path_factory):
    """A gateway in front of a server whose tools fail in every way; (gateway, token, era of the upstream, folder)."""
    folder = tmp_path_factory.mktemp("http")
    port = free_port()
    upstream = {"name": "peer", "url": f"http://127.0.0.1:{port}/mcp", "era": request.param, **FAST,
                "credential": {"header": "X-Api-Key", "file": secret(folder, "peer.key", "the-gateways-own-key")}}
    with program(sys.executable, HERE / "upstreams/http_peer.py", port, folder / "journal", port=port):
        with gateway(folder, {"upstreams": [upstream], **LIMITS}, granted(http_peer.TOOLS)) as running:
            yield running, running.mint("finance-bot", "peer"), request.param, folder


@pytest.mark.parametrize("tool,outcome", HTTP_FAULTS, ids=[f[0] for f in HTTP_FAULTS])
def test_http_upstream(http, tool, outcome):
    running, token, _, _ = http
    failed = running.call(token, tool, upstream="peer")
    check_failure(running, failed, outcome, outcome not in SURE_NOT_TO_RUN)
    assert ("fails until the operator has acted" in failed.text) == (outcome == "upstream_unauthorized")
    check_success(running, running.call(token, "works", upstream="peer"))


def test_every_fault_of_the_http_peer_is_tried():
    healthy = {"works", "works_by_events", "reports_an_error", "refuses"}
    assert {name for name, _ in HTTP_FAULTS} | healthy == set(http_peer.TOOLS)


def test_http_answers_that_are_answers(http):
    running, token, _, _ = http
    check_success(running, running.call(token, "works_by_events", upstream="peer"))
    failed = running.call(token, "reports_an_error", upstream="peer")
    assert failed.json["result"]["isError"] is True and failed.text == "no such invoice"
    check_success(running, failed, "tool_error")
    refused = running.call(token, "refuses", upstream="peer")
    assert refused.json["error"]["code"] == -32000
    last = [r for r in running.records() if r["type"] == "call.outcome"][-1]
    assert last["observed"]["outcome"] == "protocol_error" and last["observed"]["code"] == -32000


def test_an_agent_of_the_legacy_era_learns_the_same(http):
    running, token, _, _ = http
    session = running.session(token, "peer")
    answer = running.call(token, "dies_in_its_body", upstream="peer", era=LEGACY, session=session)
    check_failure(running, answer, "broken_off", True)


def test_many_slow_calls_end_together_and_others_are_not_held_up(http):
    running, token, _, _ = http
    answers = {}

    def ask(tool, number):
        answers[tool, number] = running.call(token, tool, upstream="peer")

    threads = [threading.Thread(target=ask, args=("never_answers", n)) for n in range(16)]
    threads += [threading.Thread(target=ask, args=("works", n)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 32
    for (tool, _), answer in answers.items():
        if tool == "works":
            assert answer.json["result"]["isError"] is False
        else:
            assert answer.json["result"]["_meta"]["martlet.dev/outcome"]["outcome"] == "timeout"


def test_a_redirect_is_not_followed_and_no_call_is_sent_twice(http):
    running, token, _, folder = http
    before = len(journal(folder))
    for tool in ("redirects", "redirects_to_get", "dies_before_it_answers", "fails"):
        running.call(token, tool, upstream="peer")
    after = journal(folder)[before:]
    assert [e["path"] for e in after if e["path"] != "/mcp"] == []
    calls = [e["body"]["params"]["name"] for e in after if e["body"] and e["body"].get("method") == "tools/call"]
    assert calls == ["redirects", "redirects_to_get", "dies_before_it_answers", "fails"]


def test_nothing_of_the_caller_reaches_an_upstream_but_name_and_arguments(http):
    running, token, era, folder = http
    before = len(journal(folder))
    mark = "MARK-8c1f"
    strange = {
        "Cookie": f"session={mark}", "Proxy-Authorization": f"Basic {mark}", "X-Api-Key": mark,
        "X-Forwarded-For": f"10.0.0.1, {mark}", "X-Forwarded-User": mark, "X-User-Id": mark, "X-Real-IP": mark,
        "Forwarded": f"for={mark}", "Via": mark, "DPoP": mark, "Baggage": mark, "Tracestate": mark,
        "X-Request-Id": mark, "User-Agent": mark, "Referer": f"http://{mark}/", "Mcp-Param-Region": mark,
        "Last-Event-ID": mark, "X-Amz-Security-Token": mark, "Authorization-Info": mark,
    }
    meta = {**META, "example.test/secret": mark, "progressToken": mark,
            "io.modelcontextprotocol/clientInfo": {"name": mark, "version": mark}}
    modern = running.rpc(token, "tools/call", {"name": "works", "arguments": {"a": 1}, "_meta": meta, "extra": mark},
                         upstream="peer", headers=strange)
    assert modern.status == 200 and modern.json["result"]["isError"] is False, modern.body
    session = running.session(token, "peer")
    legacy = running.rpc(token, "tools/call", {"name": "works", "arguments": {"a": 1}, "_meta": {"secret": mark}},
                         upstream="peer", era=LEGACY, session=session, headers=strange)
    assert legacy.status == 200 and legacy.json["result"]["isError"] is False, legacy.body
    running.rpc(token, "tools/list", {"_meta": meta}, upstream="peer", headers=strange)
    sent = journal(folder)[before:]
    assert len([e for e in sent if e["body"]["method"] == "tools/call"]) == 2
    text = json.dumps(sent)
    assert mark not in text and token not in text and session not in text and "finance" not in text
    allowed = {"host", "content-length", "content-type", "accept", "user-agent", "connection", "mcp-protocol-version",
               "x-api-key"} | ({"mcp-method", "mcp-name"} if era == MODERN else {"mcp-session-id"})
    for entry in sent:
        names = [name for name, _ in entry["headers"]]
        assert set(names) <= allowed and len(names) == len(set(names)), names
        assert dict(entry["headers"])["x-api-key"] == "the-gateways-own-key"
        if entry["body"]["method"] == "tools/call":
            assert entry["body"]["params"]["arguments"] == {"a": 1}


@pytest.mark.parametrize("era", ["auto", MODERN, LEGACY])
def test_an_http_upstream_that_is_down_and_comes_up(tmp_path, era):
    port = free_port()
    upstream = {"name": "peer", "url": f"http://127.0.0.1:{port}/mcp", "era": era, **FAST}
    with gateway(tmp_path, {"upstreams": [upstream]}, granted(["works"])) as running:
        token = running.mint("finance-bot", "peer")
        check_failure(running, running.call(token, "works", upstream="peer"), "upstream_unreachable", False)
        listed = running.rpc(token, "tools/list", upstream="peer")
        assert listed.status == 503 and "error" in listed.json
        command = (sys.executable, HERE / "upstreams/http_peer.py", port, tmp_path / "journal")
        with program(*command, port=port):
            check_success(running, running.call(token, "works", upstream="peer"))
            assert running.rpc(token, "tools/list", upstream="peer").status == 200
        check_failure(running, running.call(token, "works", upstream="peer"), "upstream_unreachable", False)
        with program(*command, port=port):
            check_success(running, running.call(token, "works", upstream="peer"))


def test_an_upstream_that_accepts_nothing_is_unreachable_in_time(tmp_path):
    """A full accept queue: the connection neither opens nor is refused."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        upstream = {"name": "peer", "url": f"http://127.0.0.1:{port}/mcp", "era": MODERN, **FAST}
        with gateway(tmp_path, {"upstreams": [upstream]}, granted(["works"])) as running:
            answer = running.call(running.mint("finance-bot", "peer"), "works", upstream="peer")
            check_failure(running, answer, "upstream_unreachable", False)


# MARK: stdio

STDIO_FAULTS = [
    ("never_answers", "timeout"),
    ("answers_late", "timeout"),
    ("answers_with_another_id", "timeout"),
    ("dies", "broken_off"),
    ("dies_by_signal", "broken_off"),
    ("dies_in_its_line", "broken_off"),
    ("closes_its_output", "broken_off"),
    ("answers_no_json", "garbage"),
    ("answers_invalid_utf8", "garbage"),
    ("answers_a_key_twice", "garbage"),
    ("is_too_large", "too_large"),
    ("never_ends_its_line", "too_large"),
]
STDIO_ANSWERS = ["works", "answers_twice", "prints_before_it_answers", "asks_and_notifies", "floods_its_error_output"]


def stdio_upstream(folder, *flags, **more):
    return {"name": "peer", "command": [sys.executable, str(HERE / "upstreams/stdio_peer.py"), str(folder / "journal"),
                                        *flags], **more}


def started(folder):
    """(pid, pid of its grandchild) of every start of the stdio peer, the last one last."""
    return [(e["started"], e["grandchild"]) for e in journal(folder) if "started" in e]


@contextlib.contextmanager
def stdio(folder, era, *flags, **more):
    """A gateway of its own for each test: a child that died before is started the later again."""
    upstream = stdio_upstream(folder, *flags, era=era, **more)
    with gateway(folder, {"upstreams": [upstream], **LIMITS}, granted(stdio_peer.TOOLS)) as running:
        yield running, running.mint("finance-bot", "peer")


ERAS = pytest.mark.parametrize("era", ["auto", MODERN, LEGACY])


@ERAS
@pytest.mark.parametrize("tool,outcome", STDIO_FAULTS, ids=[f[0] for f in STDIO_FAULTS])
def test_stdio_upstream(tmp_path, era, tool, outcome):
    is_slow = outcome == "timeout"
    with stdio(tmp_path, era, **(FAST if is_slow else {})) as (running, token):
        check_success(running, running.call(token, "works", upstream="peer"))
        before = started(tmp_path)
        check_failure(running, running.call(token, tool, upstream="peer"), outcome, True)
        check_success(running, running.call(token, "works", upstream="peer"))
        assert len(started(tmp_path)) == len(before) + (0 if is_slow else 1)
        if not is_slow:
            gone(before[-1][0])


@ERAS
def test_stdio_answers_that_are_answers(tmp_path, era):
    with stdio(tmp_path, era) as (running, token):
        for tool in STDIO_ANSWERS:
            answer = running.call(token, tool, upstream="peer")
            check_success(running, answer)
            assert answer.text == "done", tool
        assert running.call(token, "refuses", upstream="peer").json["error"]["code"] == -32000
        assert running.call(token, "reports_an_error", upstream="peer").text == "no such invoice"
    assert len(started(tmp_path)) == 1


def test_every_fault_of_the_stdio_peer_is_tried():
    others = {"reports_an_error", "refuses", "tells_its_environment"}
    assert {name for name, _ in STDIO_FAULTS} | set(STDIO_ANSWERS) | others == set(stdio_peer.TOOLS)


def sent_calls(folder):
    return [e["received"]["params"]["name"] for e in journal(folder)
            if "received" in e and e["received"].get("method") == "tools/call"]


@ERAS
def test_a_child_that_dies_takes_the_calls_under_way_with_it_and_no_call_is_sent_twice(tmp_path, era):
    with stdio(tmp_path, era) as (running, token):
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(running.call(token, "never_answers", upstream="peer")))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(sent_calls(tmp_path)) == 4, what="the child has read all four calls")
        running.call(token, "dies", upstream="peer")
        for thread in threads:
            thread.join(60)
        assert len(answers) == 4
        for answer in answers:
            check_failure(running, answer, "broken_off", True)
        check_success(running, running.call(token, "works", upstream="peer"))
        assert sent_calls(tmp_path) == ["never_answers"] * 4 + ["dies", "works"]


def test_a_child_that_keeps_dying_is_not_started_in_a_loop(tmp_path):
    """It is started ever later; a call in that time says at once that nothing was sent."""
    with stdio(tmp_path, MODERN) as (running, token):
        def attempt():
            said = running.call(token, "dies", upstream="peer").json["result"]["_meta"]["martlet.dev/outcome"]
            return said["outcome"] != "broken_off" and said
        refused = wait_until(attempt, 60, "a call is refused without being sent")
        assert refused["outcome"] == "upstream_unreachable" and refused["mayHaveRun"] is False
        assert len(started(tmp_path)) < 10


def test_a_child_sees_only_the_environment_it_was_given(tmp_path):
    upstream = stdio_upstream(tmp_path, environment_variables={
        "PEER_KEY": {"file": secret(tmp_path, "peer.key", "given")}})
    with gateway(tmp_path, {"upstreams": [upstream]}, granted(["tells_its_environment"])) as running:
        answer = running.call(running.mint("finance-bot", "peer"), "tells_its_environment", upstream="peer")
        seen = json.loads(answer.text)
    assert seen["PEER_KEY"] == "given"
    assert set(seen) <= {"PATH", "PEER_KEY", "LC_CTYPE"}, "Python itself sets LC_CTYPE"


def test_an_old_child_that_dies_of_the_first_question_is_asked_differently(tmp_path):
    with gateway(tmp_path, {"upstreams": [stdio_upstream(tmp_path, "--legacy")]}, granted(["works"])) as running:
        check_success(running, running.call(running.mint("finance-bot", "peer"), "works", upstream="peer"))
    assert len(started(tmp_path)) == 2


@pytest.mark.parametrize("command", [["/bin/false"], ["/bin/true"], ["/bin/cat"]], ids=["false", "true", "cat"])
def test_a_command_that_speaks_no_mcp(tmp_path, command):
    upstream = {"name": "peer", "command": command, **FAST}
    with gateway(tmp_path, {"upstreams": [upstream]}, granted(["works"])) as running:
        answer = running.call(running.mint("finance-bot", "peer"), "works", upstream="peer")
        check_failure(running, answer, "upstream_unreachable", False)
        assert running.request("GET", "/healthz").status == 200


# MARK: processes

def running_child(folder, *flags, **more):
    """A gateway whose child runs; gives (context, pids)."""
    return gateway(folder, {"upstreams": [stdio_upstream(folder, *flags, **more)]}, granted(["works", "never_answers"]))


def pids(running, folder):
    check_success(running, running.call(running.mint("finance-bot", "peer"), "works", upstream="peer"))
    return [pid for pid in started(folder)[-1] if pid]


@pytest.mark.parametrize("flags", [[], ["--grandchild"], ["--stubborn"], ["--stubborn", "--grandchild"]],
                         ids=["plain", "with grandchild", "stubborn", "stubborn with grandchild"])
def test_a_stop_leaves_no_process_behind(tmp_path, flags):
    with running_child(tmp_path, *flags) as running:
        family = pids(running, tmp_path)
        assert len(family) == 1 + flags.count("--grandchild") and all(map(alive, family))
        running.stop()
        assert not [pid for pid in family if alive(pid)], "gone before the gateway itself"
        assert running.process.returncode == 0


def test_a_child_that_dies_leaves_no_grandchild_behind(tmp_path):
    with running_child(tmp_path, "--grandchild") as running:
        child, grandchild = pids(running, tmp_path)
        os.kill(child, signal.SIGKILL)
        gone(child, grandchild)
        check_success(running, running.call(running.mint("finance-bot", "peer"), "works", upstream="peer"))


@pytest.mark.parametrize("flags", [[], ["--stubborn"]], ids=["plain", "stubborn"])
def test_a_child_dies_with_a_gateway_that_is_killed(tmp_path, flags):
    with running_child(tmp_path, *flags) as running:
        child, = pids(running, tmp_path)
        running.kill()
        gone(child)


def test_a_stop_with_a_call_under_way_leaves_no_open_question(tmp_path):
    with running_child(tmp_path) as running:
        token = running.mint("finance-bot", "peer")
        thread = threading.Thread(target=call_and_lose, args=(running, token))
        thread.start()
        wait_until(lambda: [r for r in running.records() if r["type"] == "call.intent"], what="the intent is recorded")
        running.stop()
        thread.join(60)
        running.start()
        records = running.records()
        intent, = [r for r in records if r["type"] == "call.intent"]
        closing, = [r for r in records if r["type"] in ("call.outcome", "call.in_doubt")]
        assert closing["prev"] == intent["index"] and closing["derived"]["may_have_run"] is True


def call_and_lose(running, token):
    with contextlib.suppress(OSError, HTTPException):
        running.call(token, "never_answers", upstream="peer")


def test_texts_of_an_upstream_are_not_in_our_own_words(http):
    """An error message of ours never carries bytes of the upstream."""
    running, token, _, _ = http
    for tool in ("answers_html", "fails", "answers_no_http"):
        text = running.call(token, tool, upstream="peer").text
        assert re.fullmatch(r"The upstream gave no result \(\w+\)\. [A-Za-z :,.]+", text), text
