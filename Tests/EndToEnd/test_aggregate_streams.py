"""Standing streams of the route `/mcp`: one stream, all upstreams the caller may use, in the words of the route."""
import contextlib
import json
import sys
import time

import pytest

from conftest import ALWAYS, LEGACY, MODERN, free_port, gateway, grant, program, wait_until
from test_standing import (A, B, ERAS, LISTED, PROMPTS, SECRET, SERVER, TOOLS, UPDATED, Listening, SessionListening,
                           Shelf, access)
from wire import Endpoint, Modern, Session

KINDS = {"child": ("stdio", MODERN), "new": ("http", MODERN), "old": ("http", LEGACY)}
ALL = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}


def grants(*names, **more):
    return [g for name in names for g in (
        grant("works", upstream=name, **more), {**access(resource=A), "upstream": name, **more},
        {**access(resource=B), "upstream": name, **more})]


class Shelves:
    """A gateway in front of several changing servers, and the control of each."""

    def __init__(self, running, shelves):
        self.running, self.shelves = running, shelves

    def __getitem__(self, name):
        return self.shelves[name]

    def endpoint(self, agent="finance-bot", token=None):
        mint = lambda: self.running.cli("token", "issue", "--agent", agent, "--ttl", "15m", "--route", "/mcp")  # noqa: E731
        return Endpoint(f"{self.running.url}/mcp", token or mint().stdout.strip())

    def listener(self, era, resources=(), agent="finance-bot", token=None, **kinds):
        endpoint = self.endpoint(agent, token)
        return (Listening if era == MODERN else SessionListening)(endpoint, resources, **kinds)

    def opened(self):
        return self["new"].records("stream.opened")[-1]

    closed = property(lambda self: self["new"].closed)


@contextlib.contextmanager
def shelves(folder, kinds, more=(), given=None):
    upstreams, found = list(more), {}
    with contextlib.ExitStack() as stack:
        for name, (over, era) in kinds.items():
            journal, control, port = folder / f"{name}.journal", free_port(), free_port()
            journal.touch()
            command = [sys.executable, str(SERVER), str(journal), str(control), era]
            if over == "http":
                stack.enter_context(program(*command, port, port=port))
                upstreams.append({"name": name, "url": f"http://127.0.0.1:{port}/mcp", "era": era})
            else:
                upstreams.append({"name": name, "command": command, "era": era})
            found[name] = journal, control, (over, era)
        running = stack.enter_context(gateway(folder, {"upstreams": upstreams}, given or grants(*kinds)))
        yield Shelves(running, {name: Shelf(running, *rest) for name, rest in found.items()})


@pytest.fixture(scope="module")
def route(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    dead = {"name": "dead", "url": f"http://127.0.0.1:{free_port()}/mcp", "era": MODERN}
    given = grants(*KINDS) + [grant("works", upstream="dead"), grant("works", "research_reader", upstream="new"),
                              {**access("research_reader", resource=A), "upstream": "new"}]
    with shelves(folder, KINDS, [dead], given) as running:
        yield running


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("era", ERAS)
def test_what_changes_at_each_upstream_is_told(route, era, name):
    heard = route.listener(era, [f"{name}__{A}"], **ALL)
    assert route[name].change(TOOLS) >= 1 and heard.next() == (TOOLS, None)
    assert route[name].change(UPDATED, A) >= 1 and heard.next() == (UPDATED, f"{name}__{A}")
    route[name].change(UPDATED, B, everywhere=True)
    for other in KINDS:
        if other != name:
            route[other].change(UPDATED, A, everywhere=True)
    assert route[name].change(LISTED) >= 1 and heard.next() == (LISTED, None)
    heard.close()


@pytest.mark.parametrize("era", ERAS)
def test_a_dead_upstream_leaves_the_others_and_is_named(route, era):
    if era == MODERN:
        heard = route.listener(era, **ALL)
        assert heard.degraded == [{"upstream": "dead", "reason": "unreachable"}] and heard.accepted == ALL
        heard.close()
    heard = route.listener(era, **ALL)
    route["old"].change(PROMPTS)
    assert heard.next() == (PROMPTS, None)
    heard.close()


def test_one_pair_of_records_names_the_upstreams(route):
    refused = [f"new__{SECRET}", f"nosuch__{A}", A, f"dead__{A}"]
    heard = route.listener(MODERN, [f"new__{A}", f"old__{A}", *refused], toolsListChanged=True)
    assert heard.accepted == {"toolsListChanged": True, "resourceSubscriptions": [f"new__{A}", f"old__{A}"]}
    opened = route.opened()
    assert opened["observed"]["route"] == "/mcp" and "upstream" not in opened["observed"]
    assert opened["observed"]["upstreams"] == ["child", "dead", "new", "old"]
    assert opened["derived"] == {"role": "finance_executor", "lists": ["tools"], "resources": 2, "refused": 4}
    heard.close()
    closed, = route.closed(opened["observed"]["stream"])
    assert closed["observed"]["upstreams"] == opened["observed"]["upstreams"] and closed["observed"]["route"] == "/mcp"
    assert closed["observed"]["reason"] == "agent_left"


def test_nothing_but_resources_that_are_not_granted_is_refused(route):
    for uri in (f"new__{SECRET}", f"nosuch__{A}", A):
        status, error = Modern(route.endpoint()).error(
            "subscriptions/listen", {"notifications": {"resourceSubscriptions": [uri]}})
        assert (status, error["code"], error["data"]) == (400, -32602, {"uri": uri})
    denied = route["new"].records("call.denied")[-1]
    assert denied["observed"]["route"] == "/mcp" and denied["derived"]["reason"] == "no_grant"


def test_whoever_may_use_one_upstream_hears_that_one(route):
    other = route.listener(MODERN, [f"new__{A}", f"old__{A}"], agent="research-bot", toolsListChanged=True)
    assert other.accepted == {"toolsListChanged": True, "resourceSubscriptions": [f"new__{A}"]}
    assert route.opened()["observed"]["upstreams"] == ["new"]
    mine = route.listener(MODERN, [f"new__{B}"], toolsListChanged=True)
    for name in ("child", "old"):
        route[name].change(TOOLS, everywhere=True)
        assert mine.next() == (TOOLS, None)
    route["new"].change(UPDATED, B, everywhere=True)
    assert mine.next() == (UPDATED, f"new__{B}")
    route["new"].change(UPDATED, A, everywhere=True)
    assert other.next() == (UPDATED, f"new__{A}")
    for heard in (mine, other):
        heard.close()


def test_a_session_subscribes_to_each_upstream_by_itself(route):
    heard = route.listener(LEGACY)
    for name in ("old", "new"):
        heard.subscribe(f"{name}__{A}")
    for name in ("old", "new"):
        assert route[name].change(UPDATED, A) >= 1
    assert {heard.next(), heard.next()} == {(UPDATED, f"old__{A}"), (UPDATED, f"new__{A}")}
    heard.subscribe(f"new__{A}", "resources/unsubscribe")
    route["new"].change(UPDATED, A, everywhere=True)
    route["old"].change(UPDATED, A)
    assert heard.next() == (UPDATED, f"old__{A}")
    heard.close()


@pytest.mark.parametrize("era", ERAS)
def test_the_route_advertises_what_it_tells(route, era):
    peer = Modern(route.endpoint()).result("server/discover") if era == MODERN else Session(route.endpoint()).opened
    assert peer["capabilities"]["tools"] == {"listChanged": True}
    assert peer["capabilities"]["resources"] == {"subscribe": True, "listChanged": True}


@pytest.mark.parametrize("era", ERAS)
def test_a_revocation_and_the_end_of_a_token_cut_the_stream(route, era):
    audience = f"{route.running.url}/mcp"
    brief = route.listener(era, token=route.running.issuer.token(audience, agent="brief-bot", exp=int(time.time()) + 4))
    first = route.opened()["observed"]["stream"]
    heard = route.listener(era, token=route.running.issuer.token(audience, agent=f"leaver-all-{era}"))
    second = route.opened()["observed"]["stream"]
    route.running.cli("revoke", "--subject", f"leaver-all-{era}", "--reason", "left")
    heard.last()
    brief.last()
    assert [route.closed(stream)[0]["observed"]["reason"] for stream in (first, second)] == ["token_expired", "revoked"]


def test_a_session_of_the_route_takes_its_streams_with_it(route):
    heard = route.listener(LEGACY)
    assert heard.session.end() == 200
    heard.last()
    assert heard.open().status == 404


def test_a_grant_that_ends_changes_the_list_and_ends_what_is_told_of_its_upstream(tmp_path):
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 15))
    given = [grant("works", upstream="old", expires=end), grant("works", upstream="new")]
    with shelves(tmp_path, {"new": KINDS["new"], "old": KINDS["old"]}, given=given) as route:
        heard, session = route.listener(MODERN, **ALL), route.listener(LEGACY)
        assert heard.next() == (TOOLS, None) and session.next() == (TOOLS, None)
        listed = Modern(route.endpoint()).result("tools/list")["tools"]
        assert [tool["name"] for tool in listed] == ["new__works"]
        route["old"].change(TOOLS, everywhere=True)
        route["new"].change(PROMPTS)
        assert heard.next() == (PROMPTS, None) and session.next() == (PROMPTS, None)


def test_an_upstream_that_goes_and_comes_back_changes_the_lists(tmp_path):
    journal, control, port = tmp_path / "gone.journal", free_port(), free_port()
    journal.touch()
    command = [sys.executable, str(SERVER), str(journal), str(control), MODERN, port]
    gone = {"name": "gone", "url": f"http://127.0.0.1:{port}/mcp", "era": MODERN}
    with shelves(tmp_path, {"new": KINDS["new"]}, [gone], grants("new", "gone")) as route:
        with program(*command, port=port):
            heard, own = route.listener(MODERN, toolsListChanged=True), Endpoint(f"{route.running.url}/mcp/gone")
            own.token = route.running.mint("finance-bot", "gone")
            alone = Listening(own, toolsListChanged=True)
        assert heard.next() == (TOOLS, None), "it is gone"
        listed = Modern(route.endpoint()).result("tools/list")
        assert [tool["name"] for tool in listed["tools"]] == ["new__works"]
        assert listed["_meta"]["martlet.dev/degraded"] == [{"upstream": "gone", "reason": "unreachable"}]
        with program(*command, port=port):
            assert heard.next() == (TOOLS, None), "it is back"
            assert alone.next() == (TOOLS, None)
            listed = Modern(route.endpoint()).result("tools/list")
            assert len(listed["tools"]) == 2 and "_meta" not in listed
            route["new"].change(TOOLS)
            assert heard.next() == (TOOLS, None)


@pytest.mark.parametrize("era", ERAS)
def test_an_upstream_without_standing_streams_is_named(tmp_path, era):
    with shelves(tmp_path, {"new": KINDS["new"], "mute": ("http", era)}) as route:
        route["mute"].do("absent")
        heard = route.listener(MODERN, **ALL)
        assert heard.degraded == [{"upstream": "mute", "reason": "refused"}]
        route["new"].change(TOOLS)
        assert heard.next() == (TOOLS, None)
        heard.close()


def test_the_log_of_all_this_is_whole(route):
    assert route.running.cli("audit", "verify").returncode == 0
