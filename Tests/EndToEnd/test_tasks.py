"""Tasks (`io.modelcontextprotocol/tasks`): under ids of ours, for who declared them, decided and recorded each time.

Tests that begin with `tasks_` are about what the official scenario of that name checks.
"""
import base64
import json
import sys

import pytest

from conftest import HERE, LEGACY, META, MODERN, free_port, gateway, grant, program

from wire import PREFIX, Endpoint, Modern

sys.path.insert(0, str(HERE / "upstreams"))
from tasks_server import CAPABILITIES, EXTENSION, FORM, STAMP, TOOLS  # noqa: E402

DECLARED = {"extensions": {EXTENSION: {}}, "elicitation": {"form": {}}}
REQUIRED = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
ANSWER = {"q": {"action": "accept", "content": {"ok": True}}}
METHODS = ["tasks/get", "tasks/update", "tasks/cancel"]
NOT_FOUND = (400, -32602, "Failed to retrieve task: Task not found")


class Desk:
    def __init__(self, running, journal):
        self.running, self.journal = running, journal
        self.token = running.mint("finance-bot", "jobs")
        # Of the same role: what it may call, it may call as well.
        self.other = running.issuer.token(f"{running.url}/mcp/jobs", agent="idp-bot", agent_role="finance_executor")

    def call(self, name, arguments=None, capabilities=DECLARED, token=None, **more):
        params = {"name": name, "arguments": arguments or {}, **more, "_meta": {**META, CAPABILITIES: capabilities}}
        return self.running.rpc(token or self.token, "tools/call", params, upstream="jobs")

    def begin(self, name, arguments=None, **more):
        """The task a call has become, as the agent sees it."""
        result = self.call(name, arguments, **more).json["result"]
        assert result["resultType"] == "task", result
        return result

    def about(self, method, task, capabilities=DECLARED, token=None, headers=None, **more):
        if method == "tasks/update":
            more.setdefault("inputResponses", ANSWER)
        params = {"taskId": task, **more, "_meta": {**META, CAPABILITIES: capabilities}}
        return self.running.rpc(token or self.token, method, params, upstream="jobs", name=task, headers=headers)

    def get(self, task, **more):
        return self.about("tasks/get", task, **more).json["result"]

    def sent(self):
        return [json.loads(line) for line in self.journal.read_text().splitlines()] if self.journal.exists() else []

    def story(self, call):
        """Intents and outcomes of a call and of everything that was asked about its task, in the order of the log."""
        records = self.running.records()
        calls = {r["call"] for r in records if r["type"] == "call.intent" and r["derived"].get("task_of") == call} | {call}
        return [r for r in records if r.get("call") in calls]


def words(records):
    """What each record says, short: the method of an intent, outcome and status of an outcome, the reason of a denial."""
    told = {"call.intent": lambda r: r["observed"]["method"], "call.denied": lambda r: r["derived"]["reason"],
            "call.outcome": lambda r: " ".join(filter(None, [r["observed"]["outcome"], r["observed"].get("task")]))}
    return [told[r["type"]](r) for r in records if r["type"] in told]


def refused(answer):
    return answer.status, answer.json["error"]["code"], answer.json["error"]["message"]


def receipt(result):
    return result["_meta"]["martlet.dev/receipt"]["call"]


SEALED = {"agent_role": "finance_executor", "upstream": "jobs", "tool": "confirm_delete", "scope": [],
          "requires_approval": True, "approvers": ["finance_approver"], "expires": "2099-01-01T00:00:00Z", "owner": "x"}
GRANTS = [grant(name, upstream="jobs") for name in TOOLS]


def jobs(folder, grants=GRANTS):
    """A running upstream and a gateway in front of it."""
    port = free_port()
    journal = folder / "journal"
    upstream = {"name": "jobs", "url": f"http://127.0.0.1:{port}/mcp", "era": MODERN}
    return (program(sys.executable, HERE / "upstreams/tasks_server.py", port, journal, port=port),
            gateway(folder, {"upstreams": [upstream]}, grants), journal)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    server, front, journal = jobs(tmp_path_factory.mktemp("tasks"))
    with server, front as running:
        yield Desk(running, journal)


@pytest.fixture
def own(tmp_path):
    """A gateway that a test may stop and start."""
    server, front, journal = jobs(tmp_path)
    with server, front as running:
        yield Desk(running, journal)


# MARK: lifecycle

def test_tasks_lifecycle(desk):
    """A call becomes a task, is looked at while it works, and ends with the result that the call would have had."""
    begun = desk.begin("slow_compute", {"looks": 2})
    assert [desk.get(begun["taskId"])["status"] for _ in range(2)] == ["working", "working"]
    done = desk.get(begun["taskId"])
    assert (done["status"], done["resultType"], done["taskId"]) == ("completed", "complete", begun["taskId"])
    assert done["result"]["structuredContent"] == {"sum": 3} and done["result"]["content"][0]["text"] == "computed"
    # Once it has ended it says so as often as it is asked.
    assert desk.get(begun["taskId"])["status"] == "completed"
    assert words(desk.story(receipt(begun))) == [
        "tools/call", "task working", "tasks/get", "task working", "tasks/get", "task working", "tasks/get",
        "task completed", "tasks/get", "task completed"]


def test_a_task_that_fails_says_why_in_words_that_are_ours_to_give(desk):
    begun = desk.begin("failing_job")
    failed = desk.get(begun["taskId"])
    assert failed["status"] == "failed"
    assert failed["error"] == {"code": -32603, "message": "The upstream refused the gateway's request"}
    assert words(desk.story(receipt(begun)))[-1] == "task failed"


def test_a_tool_that_reports_an_error_completes_its_task(desk):
    done = desk.get(desk.begin("tool_error_job")["taskId"])
    assert (done["status"], done["result"]["isError"], "error" in done) == ("completed", True, False)


def test_a_task_is_cancelled_by_who_began_it(desk):
    begun = desk.begin("slow_compute", {"looks": 99})
    acknowledged = desk.about("tasks/cancel", begun["taskId"]).json["result"]
    assert set(acknowledged) == {"resultType", "_meta"} and acknowledged["resultType"] == "complete"
    assert desk.sent()[-1]["body"]["method"] == "tasks/cancel"
    assert desk.get(begun["taskId"])["status"] == "cancelled"
    assert words(desk.story(receipt(begun))) == [
        "tools/call", "task working", "tasks/cancel", "ok", "tasks/get", "task cancelled"]


# MARK: what is on the wire

def test_tasks_wire_fields(desk):
    """Everything the upstream said of its task, but its id and what only we may say."""
    begun = desk.begin("slow_compute", {"looks": 0})
    same = {"createdAt": STAMP, "lastUpdatedAt": STAMP, "ttlMs": 60_000, "pollIntervalMs": 5, "x-later": {"a": [1, None]}}
    for state, status in [(begun, "working"), (desk.get(begun["taskId"]), "completed")]:
        assert {k: state[k] for k in same} == same and state["statusMessage"] == f"slow_compute: {status}"
        assert state["_meta"]["theirs"] == 1 and receipt(state) != "forged"
        assert "task" not in state and "requestState" not in state
    done = desk.get(begun["taskId"])
    assert "martlet.dev/x" not in json.dumps(done)
    assert "upstream task" not in json.dumps([begun, done]) and begun["taskId"].startswith("t1.")


def test_tasks_dispatch_and_envelope(desk):
    """There is no list and no blocking result; a hint of the session era changes nothing and reaches nobody."""
    for method in ("tasks/list", "tasks/result"):
        assert refused(desk.about(method, "x", headers={"Mcp-Name": None}))[:2] == (404, -32601)
    hinted = desk.call("greet", task={"ttl": 60_000}).json["result"]
    assert hinted["resultType"] == "complete" and "taskId" not in hinted
    assert "task" not in desk.sent()[-1]["body"]["params"]
    for method in METHODS:
        assert refused(desk.about(method, "no-such-task")) == NOT_FOUND
    begun = desk.begin("confirm_delete")
    assert desk.get(begun["taskId"])["resultType"] == "complete"
    assert desk.about("tasks/update", begun["taskId"]).json["result"]["resultType"] == "complete"


def test_tasks_request_headers(desk):
    """The agent's `Mcp-Name` is compared with our id, the upstream's carries its own."""
    begun = desk.begin("slow_compute", {"looks": 99})
    assert desk.get(begun["taskId"])["status"] == "working"
    sent = desk.sent()[-1]
    theirs = sent["body"]["params"]["taskId"]
    assert theirs.startswith("upstream task/") and sent["headers"]["mcp-method"] == "tasks/get"
    name = sent["headers"]["mcp-name"]
    assert base64.b64decode(name.removeprefix("=?base64?").removesuffix("?=")).decode() == theirs
    before = len(desk.sent())
    for wrong in ("another", theirs.encode().decode("latin-1"), None):
        answer = desk.about("tasks/get", begun["taskId"], headers={"Mcp-Name": wrong})
        assert refused(answer)[:2] == (400, -32020), wrong
    assert len(desk.sent()) == before


def test_tasks_request_state_removal(desk):
    asked = desk.get(desk.begin("confirm_delete")["taskId"])
    assert asked["status"] == "input_required" and "requestState" not in asked


@pytest.mark.parametrize("tool", ["names_another", "has_no_result", "odd_status", "asks_for_more"])
def test_an_answer_that_is_no_task_state_is_withheld(desk, tool):
    begun = desk.begin(tool)
    answer = desk.about("tasks/get", begun["taskId"])
    assert answer.json["error"]["data"]["martlet.dev/outcome"]["outcome"] == "garbage", answer.body
    assert words(desk.story(receipt(begun)))[-1] == "garbage"


def test_what_a_status_does_not_carry_is_not_passed_on(desk):
    state = desk.get(desk.begin("smuggles")["taskId"])
    assert state["status"] == "working" and not {"result", "error", "inputRequests"} & set(state)


# MARK: who declared what

def test_tasks_capability_negotiation(desk):
    """The extension is offered where the upstream offers it, asked for upstream where the agent asks, and needed always."""
    found = desk.running.rpc(desk.token, "server/discover", upstream="jobs").json["result"]["capabilities"]
    assert found["extensions"] == {EXTENSION: {}} and "tasks" not in found
    begun = desk.begin("slow_compute", {"looks": 99})
    assert desk.sent()[-1]["body"]["params"]["_meta"][CAPABILITIES] == DECLARED
    plain = desk.call("slow_compute", capabilities={}).json["result"]
    assert plain["resultType"] == "complete" and desk.sent()[-1]["body"]["params"]["_meta"][CAPABILITIES] == {}
    before = len(desk.sent())
    for method in METHODS:
        for task in (begun["taskId"], "no-such-task"):
            answer = desk.about(method, task, capabilities={"elicitation": {"form": {}}})
            assert refused(answer)[:2] == (400, -32021) and answer.json["error"]["data"] == REQUIRED
    assert len(desk.sent()) == before
    assert desk.running.records()[-1]["derived"]["reason"] == "missing_capability"


def test_tasks_required_task_error(desk):
    """A tool that cannot do without: the agent learns what it would have to declare."""
    answer = desk.call("needs_tasks", capabilities={})
    assert refused(answer)[:2] == (400, -32021) and answer.json["error"]["data"] == REQUIRED
    assert desk.begin("needs_tasks")["status"] == "working"


def test_an_agent_that_did_not_declare_gets_no_task(desk):
    answer = desk.call("rude", capabilities={})
    said = answer.json["result"]
    assert said["isError"] is True and "taskId" not in said and "may have run" in answer.text
    assert said["_meta"]["martlet.dev/outcome"]["outcome"] == "garbage"
    record = desk.story(said["_meta"]["martlet.dev/outcome"]["call"])[-1]
    assert record["observed"]["detail"] == "task_not_declared" and record["derived"]["may_have_run"] is True


def test_a_session_knows_no_tasks(desk):
    """Not advertised, refused, and a request for one is an ordinary call: nothing of it is forwarded."""
    session = desk.running.session(desk.token, "jobs")
    offered = desk.running.rpc(desk.token, "initialize", {
        "protocolVersion": LEGACY, "capabilities": {"tasks": {}}, "clientInfo": {"name": "e2e", "version": "1"}},
        upstream="jobs", era=LEGACY, headers={"MCP-Protocol-Version": None}).json["result"]["capabilities"]
    assert not {"tasks", "extensions"} & set(offered)
    legacy = {"upstream": "jobs", "era": LEGACY, "session": session}
    params = {"name": "slow_compute", "arguments": {}, "task": {"ttl": 60_000}}
    answer = desk.running.rpc(desk.token, "tools/call", params, **legacy).json["result"]
    assert answer["content"][0]["text"] == "done" and "task" not in answer
    sent = desk.sent()[-1]["body"]["params"]
    assert "task" not in sent and sent["_meta"][CAPABILITIES] == {}
    for method in [*METHODS, "tasks/list", "tasks/result"]:
        answer = desk.running.rpc(desk.token, method, {"taskId": "x", "inputResponses": {}}, **legacy)
        assert answer.json["error"]["code"] == -32601
    # A task that an upstream makes all the same has nobody to go to.
    answer = desk.running.rpc(desk.token, "tools/call", {"name": "rude"}, **legacy)
    assert answer.json["result"]["_meta"]["martlet.dev/outcome"]["outcome"] == "garbage"


# MARK: questions

def test_tasks_mrtr_input(desk):
    """A task asks; the agent's answers go to the upstream, once, and the task goes on."""
    begun = desk.begin("confirm_delete")
    assert desk.get(begun["taskId"])["inputRequests"] == {"q": FORM}
    desk.about("tasks/update", begun["taskId"])
    sent = desk.sent()[-1]["body"]
    assert sent["method"] == "tasks/update" and sent["params"]["inputResponses"] == ANSWER
    done = desk.get(begun["taskId"])
    assert json.loads(done["result"]["content"][0]["text"]) == ANSWER
    assert words(desk.story(receipt(begun)))[2:] == [
        "tasks/get", "task input_required", "tasks/update", "ok", "tasks/get", "task completed"]


def test_tasks_mrtr_composition(desk):
    """A call that asks first becomes a task in its second round: one story."""
    asked = desk.call("asks_first").json["result"]
    begun = desk.begin("asks_first", inputResponses=ANSWER, requestState=asked["requestState"])
    assert receipt(begun) == receipt(asked)
    desk.get(begun["taskId"])
    assert words(desk.story(receipt(begun)))[:4] == ["tools/call", "input_required", "tools/call", "task working"]


def test_a_question_the_agent_did_not_declare_is_not_asked(desk):
    begun = desk.begin("asks_roots")
    answer = desk.about("tasks/get", begun["taskId"])
    assert refused(answer)[:2] == (400, -32021)
    assert answer.json["error"]["data"] == {"requiredCapabilities": {"roots": {}}}
    able = desk.about("tasks/get", begun["taskId"], capabilities={**DECLARED, "roots": {}}).json["result"]
    assert able["inputRequests"]["q"]["method"] == "roots/list"


@pytest.mark.parametrize("method,more", [("tasks/update", {"inputResponses": []}), ("tasks/get", {"inputResponses": {}}),
                                         ("tasks/cancel", {"inputResponses": {}})])
def test_answers_belong_to_an_update_alone(desk, method, more):
    begun = desk.begin("confirm_delete")
    before = len(desk.sent())
    assert refused(desk.about(method, begun["taskId"], **more))[:2] == (400, -32602) and len(desk.sent()) == before


# MARK: whose task it is

@pytest.mark.parametrize("method", METHODS)
def test_a_task_of_somebody_else_is_like_one_that_never_was(desk, method):
    begun = desk.begin("slow_compute", {"looks": 99})
    theirs = sent_id(desk)
    before = len(desk.sent())
    foreign = desk.about(method, begun["taskId"], token=desk.other)
    unknown = desk.about(method, begun["taskId"][:-6] + "AAAAAA", token=desk.other)
    raw = desk.about(method, theirs, headers={"Mcp-Name": encoded(theirs)})
    assert foreign.body == unknown.body == raw.body and refused(foreign) == NOT_FOUND
    assert {k: v for k, v in foreign.headers.items() if k != "date"} == {
        k: v for k, v in unknown.headers.items() if k != "date"}
    assert len(desk.sent()) == before
    assert [r["derived"]["reason"] for r in desk.running.records()[-3:]] == ["unknown_task"] * 3
    assert desk.get(begun["taskId"])["status"] == "working"


def test_a_task_the_upstream_has_forgotten_is_like_one_that_never_was(desk):
    begun = desk.begin("forgets")
    unknown = desk.about("tasks/get", begun["taskId"][:-6] + "AAAAAA")
    for method in ("tasks/get", "tasks/cancel"):
        answer = desk.about(method, begun["taskId"])
        assert answer.body == unknown.body and refused(answer) == NOT_FOUND
        assert words(desk.story(receipt(begun)))[-2:] == [method, "protocol_error"]
    assert refused(desk.about("tasks/update", begun["taskId"]))[1] == -32602


def sent_id(desk):
    """What the upstream calls the task that was looked at last."""
    begun = desk.begin("slow_compute", {"looks": 99})
    desk.get(begun["taskId"])
    return desk.sent()[-1]["body"]["params"]["taskId"]


def encoded(text):
    return "=?base64?" + base64.b64encode(text.encode()).decode() + "?="


def test_ids_cannot_be_guessed(desk):
    """Two ids of ours share nothing but their prefix: each is sealed by itself."""
    one, two = (desk.begin("slow_compute")["taskId"] for _ in range(2))
    assert len(one) > 100 and sum(a == b for a, b in zip(one[3:], two[3:])) < len(one) / 8


def test_a_task_survives_a_restart(own):
    begun = own.begin("slow_compute", {"looks": 1})
    assert own.get(begun["taskId"])["status"] == "working"
    own.running.kill()
    own.running.start()
    done = own.get(begun["taskId"])
    assert done["status"] == "completed" and done["taskId"] == begun["taskId"]
    assert words(own.story(receipt(begun)))[-1] == "task completed"


def test_without_its_grant_a_task_can_only_be_given_up(own):
    """The grant was withdrawn: no look, no answer; to stop what one began takes none."""
    begun = own.begin("slow_compute", {"looks": 99})
    own.running.stop()
    left = [g for g in GRANTS if g["tool"] != "slow_compute"]
    (own.running.folder / "grants.json").write_text(json.dumps(left))
    own.running.start()
    before = len(own.sent())
    for method in ("tasks/get", "tasks/update"):
        assert refused(own.about(method, begun["taskId"])) == NOT_FOUND
        denied = own.running.records()[-1]
        assert (denied["type"], denied["derived"]["stage"], denied["derived"]["reason"]) == ("call.denied", "grant", "no_grant")
        assert denied["derived"]["task_of"] == receipt(begun) and denied["observed"]["tool"] == "slow_compute"
    assert len(own.sent()) == before
    assert own.about("tasks/cancel", begun["taskId"]).json["result"]["resultType"] == "complete"
    assert own.sent()[-1]["body"]["method"] == "tasks/cancel" and len(own.sent()) == before + 1


def test_answers_to_a_tool_that_needs_approval_need_one_of_their_own(tmp_path):
    server, front, journal = jobs(tmp_path, [SEALED])
    with server, front as running:
        desk = Desk(running, journal)

        def approve(answer, ticket):
            assert ticket
            running.cli("approvals", "approve", ticket, "--token-file", running.approver())

        first = desk.call("confirm_delete", {"id": 7})
        approve(first, first.envelope["ticket"])
        begun = desk.begin("confirm_delete", {"id": 7})
        # Looking needs none.
        assert desk.get(begun["taskId"])["status"] == "input_required"
        asked = desk.about("tasks/update", begun["taskId"])
        assert asked.json["error"]["code"] == -32602 and "Approval required: ticket" in asked.json["error"]["message"]
        assert desk.sent()[-1]["body"]["method"] == "tasks/get"
        ticket = asked.json["error"]["message"].split("ticket ")[1].split(".")[0]
        approve(asked, ticket)
        # For these answers, not for others.
        other = desk.about("tasks/update", begun["taskId"], inputResponses={"q": {"action": "decline"}})
        assert "Approval required" in other.json["error"]["message"]
        assert desk.about("tasks/update", begun["taskId"]).json["result"]["resultType"] == "complete"
        assert desk.about("tasks/update", begun["taskId"]).json["error"]["message"].count("Approval required") == 1
        assert [s["body"]["method"] for s in desk.sent()] == ["tools/call", "tasks/get", "tasks/update"]
        assert running.cli("audit", "verify").returncode == 0


# MARK: routes

def test_a_task_is_known_on_the_routes_that_lead_to_its_upstream(tmp_path):
    """Begun on the route with all upstreams; another upstream's own route knows nothing of it."""
    port = free_port()
    upstreams = [{"name": name, "url": f"http://127.0.0.1:{port}/mcp", "era": MODERN} for name in ("jobs", "other")]
    grants = [grant("slow_compute", upstream=name) for name in ("jobs", "other")]
    server = program(sys.executable, HERE / "upstreams/tasks_server.py", port, tmp_path / "journal", port=port)
    with server, gateway(tmp_path, {"upstreams": upstreams}, grants) as running:
        everything = running.cli("token", "issue", "--agent", "finance-bot", "--route", "/mcp").stdout.strip()

        def ask(path, token, method, header, /, **params):
            body = {"jsonrpc": "2.0", "id": 1, "method": method,
                    "params": {**params, "_meta": {**META, CAPABILITIES: DECLARED}}}
            return running.request("POST", path, json.dumps(body), {
                "Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json",
                "MCP-Protocol-Version": MODERN, "Mcp-Method": method, **({"Mcp-Name": header} if header else {})})

        offered = ask("/mcp", everything, "server/discover", None).json["result"]["capabilities"]
        assert offered["extensions"] == {EXTENSION: {}}
        name = "jobs__slow_compute"
        task = ask("/mcp", everything, "tools/call", name, name=name, arguments={"looks": 99}).json["result"]["taskId"]
        for path, token in [("/mcp", everything), ("/mcp/jobs", running.mint("finance-bot", "jobs"))]:
            assert ask(path, token, "tasks/get", task, taskId=task).json["result"]["status"] == "working"
        assert refused(ask("/mcp/other", running.mint("finance-bot", "other"), "tasks/get", task, taskId=task)) == NOT_FOUND


# MARK: the record

def test_a_timeline_tells_the_whole_story_of_a_task(desk):
    begun = desk.begin("slow_compute", {"looks": 1})
    desk.get(begun["taskId"])
    desk.get(begun["taskId"])
    call = receipt(begun)
    text = desk.running.cli("audit", "timeline", "--call", call).stdout
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert len(heads) == 3 and f"call {call}" in heads[0]
    assert all(f"tasks/get of call {call}" in head for head in heads[1:])
    assert [word in text for word in ("task (working) after", "task (completed) after")] == [True, True]
    lines = [json.loads(line) for line in desk.running.cli("audit", "timeline", "--json", "--call", call).stdout.splitlines()]
    assert [line["kind"] for line in lines] == ["call"] * 3 and desk.running.cli("audit", "verify").returncode == 0


# MARK: what is told without being asked

class TaskListening:
    """A modern agent that listens to its tasks, past the acknowledgement."""

    def __init__(self, desk, filter, capabilities=DECLARED, token=None, path="jobs"):
        self.stream = Modern(Endpoint(f"{desk.running.url}/mcp{path and '/' + path}", token or desk.token), capabilities).post(
            "subscriptions/listen", {"notifications": filter}, id="told")
        self.messages = self.stream.messages()
        self.first = next(self.messages)
        self.accepted = self.first.get("params", {}).get("notifications")

    def next(self):
        message = next(self.messages)
        assert message["method"] == "notifications/tasks" and message["params"]["_meta"].pop(PREFIX + "subscriptionId") == "told"
        return message["params"]


def test_tasks_status_notifications(desk):
    """Identical to what a look would have said at that moment, under the id the agent knows; decided and recorded as one."""
    begun, quiet = desk.begin("slow_compute", {"looks": 1}), desk.begin("slow_compute", {"looks": 0})
    heard = TaskListening(desk, {"taskIds": [begun["taskId"]]})
    assert heard.accepted == {"taskIds": [begun["taskId"]]}
    desk.get(quiet["taskId"])
    for status in ("working", "completed"):
        seen, told = desk.get(begun["taskId"]), heard.next()
        assert told["status"] == status and seen.pop("resultType") == "complete"
        receipts = [state.pop("_meta")["martlet.dev/receipt"]["call"] for state in (seen, told)]
        assert told == seen and len(set(receipts)) == 2
    heard.stream.close()
    story = words(desk.story(receipt(begun)))
    # The upstream tells while the look runs: which of the two is on record first is not ours to say.
    assert [story.count(word) for word in ("notifications/tasks", "tasks/get", "task completed")] == [2, 2, 2], story
    assert "notifications/tasks" not in words(desk.story(receipt(quiet)))
    opened = [r for r in desk.running.records() if r["type"] == "stream.opened"][-1]
    assert opened["derived"]["tasks"] == [receipt(begun)] and opened["derived"]["refused"] == 0
    listened = [m["body"] for m in desk.sent() if m["body"]["method"] == "subscriptions/listen"][-1]["params"]
    assert listened["_meta"][CAPABILITIES] == {"extensions": {EXTENSION: {}}}
    assert [id.startswith("upstream task/") for id in listened["notifications"]["taskIds"]] == [True]


def test_nobody_hears_of_the_tasks_of_others(desk):
    begun = desk.begin("slow_compute", {"looks": 5})
    own = desk.begin("slow_compute", {"looks": 5}, token=desk.other)
    for id in (begun["taskId"], "t1.invented", "upstream task/1", ""):
        status, error = Modern(Endpoint(f"{desk.running.url}/mcp/jobs", desk.other), DECLARED).error(
            "subscriptions/listen", {"notifications": {"taskIds": [id]}})
        assert (status, error["code"], error["message"]) == NOT_FOUND
    heard = TaskListening(desk, {"taskIds": [begun["taskId"], own["taskId"]]}, token=desk.other)
    assert heard.accepted == {"taskIds": [own["taskId"]]}
    desk.get(begun["taskId"])
    desk.get(own["taskId"], token=desk.other)
    assert heard.next()["taskId"] == own["taskId"]
    heard.stream.close()


def test_whoever_did_not_declare_tasks_does_not_listen_to_them(desk):
    begun = desk.begin("slow_compute", {"looks": 5})
    status, error = Modern(Endpoint(f"{desk.running.url}/mcp/jobs", desk.token)).error(
        "subscriptions/listen", {"notifications": {"taskIds": [begun["taskId"]]}})
    assert (status, error["code"], error["data"]) == (400, -32021, REQUIRED)


def test_what_is_no_state_of_the_task_is_not_told(desk):
    """Nor what asks for more than this agent declared; all of it can be asked for."""
    tools = ["has_no_result", "odd_status", "names_another", "asks_for_more", "asks_roots", "smuggles", "failing_job",
             "confirm_delete"]
    begun = [desk.begin(tool)["taskId"] for tool in tools]
    heard = TaskListening(desk, {"taskIds": begun})
    for task in begun:
        desk.about("tasks/get", task)
    smuggled, failed, asked = heard.next(), heard.next(), heard.next()
    assert (smuggled["taskId"], smuggled["status"]) == (begun[5], "working") and not {"result", "error"} & set(smuggled)
    assert failed["error"] == {"code": -32603, "message": "The upstream refused the gateway's request"}
    assert asked["status"] == "input_required" and asked["inputRequests"] == {"q": FORM}
    heard.stream.close()


def test_tasks_are_told_on_the_route_of_all_upstreams(desk):
    token = desk.running.cli("token", "issue", "--agent", "finance-bot", "--route", "/mcp").stdout.strip()
    begun = desk.begin("slow_compute", {"looks": 0})
    heard = TaskListening(desk, {"taskIds": [begun["taskId"]], "toolsListChanged": True}, token=token, path="")
    assert heard.accepted == {"taskIds": [begun["taskId"]], "toolsListChanged": True}
    desk.get(begun["taskId"])
    assert heard.next()["result"]["structuredContent"] == {"sum": 3}
    heard.stream.close()
    told = [r for r in desk.story(receipt(begun)) if r.get("observed", {}).get("method") == "notifications/tasks"]
    assert [r["observed"]["route"] for r in told] == ["/mcp"]
