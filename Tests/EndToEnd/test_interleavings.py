"""Two principals interleaved on one upstream: neither ever gets anything of the other, whatever the order of their steps.

Each interleaving is made from a seed: which principals, eras and upstream, what each of them does, and in which order their
steps happen. Several run at once, so that steps also race. Ids, progress tokens and sessions collide on purpose; the mark
in the arguments says whose a word is. `MARTLET_SEED` repeats a run (the seed is printed), `MARTLET_INTERLEAVINGS` says how
many, `MARTLET_INTERLEAVING` repeats one of them.
"""
import asyncio
import contextlib
import json
import os
import random
import sys
import time

import pytest

from callers import Caller
from conftest import HERE, LEGACY, MODERN, free_port, gateway, grant, program

SEED = int(os.environ.get("MARTLET_SEED", random.SystemRandom().randrange(1 << 32)))
COUNT = int(os.environ.get("MARTLET_INTERLEAVINGS", "2000"))
ONLY = os.environ.get("MARTLET_INTERLEAVING")
WORKERS = 12
ERAS = {"new": MODERN, "old": LEGACY, "child": MODERN, "old-child": LEGACY}
SHARED = ["speak", "open", "ask", "later"]
# The two of each pair differ in one thing only: agent, user, or role.
PAIRS = [
    ({"agent": "ada-bot"}, {"agent": "bob-bot"}),
    ({"agent": "shared-bot", "sub": "ada"}, {"agent": "shared-bot", "sub": "bob"}),
    ({"agent": "both-bot"}, {"agent": "both-bot", "agent_role": "operations"}),
]
ACCEPT = "accept"


# MARK: What a principal does. Each step ends by itself, so that any order of the steps of two principals is possible.

class Turn:
    """One principal's part in one interleaving."""

    def __init__(self, rng, name, own, other, route):
        self.rng, self.own, self.other, self.route = rng, own, other, route
        self.era = rng.choice((MODERN, LEGACY))
        self.id = rng.choice((1, 2, "1", "a"))
        self.name, self.count = name, 0

    def nonce(self):
        self.count += 1
        return f"{self.name}-{self.count}"

    async def result(self, reply):
        response = await reply.rest()
        assert reply.status == 200 and "result" in response, (reply.status, reply.raw)
        return response["result"]

    async def text(self, reply):
        result = await self.result(reply)
        assert not result.get("isError"), result
        return result["content"][0]["text"]

    async def same_as_unknown(self, foreign, unknown):
        """Both answers, byte for byte: a handle of somebody else is one that never was."""
        for reply in (foreign, unknown):
            await reply.rest()
        assert (foreign.status, foreign.raw) == (unknown.status, unknown.raw) and foreign.status >= 400, foreign.raw

    # MARK: Speaking

    def speak(self, **arguments):
        """A call with progress; its token collides with those of others."""
        meta = {"progressToken": self.id}
        if self.era == MODERN and self.rng.random() < 0.5:
            meta["io.modelcontextprotocol/logLevel"] = "debug"
        self.nonce_now = self.nonce()
        return self.own.call(self.era, self.route, "speak", self.id, {"nonce": self.nonce_now, **arguments}, **meta)

    def check_told(self, reply):
        assert reply.told and all(p["progressToken"] == self.id and p["message"] == self.own.mark for p in reply.told)
        if self.route.endswith("child"):
            assert not [m for m in reply.messages if m.get("method") == "notifications/message"]

    async def speaks(self):
        reply = await self.speak()
        yield
        assert await self.text(reply) == self.own.mark
        self.check_told(reply)

    async def waits_and_the_other_gives_it_up(self):
        """A call that somebody else tries to cancel, by its id, in his session and in mine: it goes on."""
        reply = await self.speak(gated=True)
        await reply.next()
        yield
        # In his own session he may well have a call of that id: that one is his to give up, so it is left alone.
        in_his_own = [None] if (self.rival.era, self.rival.id) != (LEGACY, self.id) else []
        for session in [*in_his_own, self.own.sessions.get(self.route) or "f" * 64]:
            told = await self.other.legacy(self.route, "notifications/cancelled", {"requestId": self.id}, None, session)
            await told.rest()
            assert told.status == (404 if session else 202)
        yield
        await self.open_gate()
        yield
        assert await self.text(reply) == self.own.mark
        self.check_told(reply)

    async def open_gate(self):
        other_id = "opens" if self.id != "opens" else 9
        opened = await self.own.call(self.era, self.route, "open", other_id,
                                     {"gate": self.nonce_now, "nonce": self.nonce()})
        assert await self.text(opened) == f"{self.own.mark} opened"

    async def gives_up(self):
        """A call of mine that I give up myself, in the manner of my era."""
        reply = await self.speak(gated=True)
        await reply.next()
        yield
        self.own.given_up.add(self.nonce_now)
        if self.era == MODERN:
            reply.hang_up()
            return
        told = await self.own.legacy(self.route, "notifications/cancelled", {"requestId": self.id}, None)
        await told.rest()
        assert told.status == 202
        yield
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reply.rest()

    @staticmethod
    def only(caller):
        """The tool that nobody of another role has."""
        return "operations_only" if caller.mark == "mark-c-bob" else "finance_only"

    async def lists(self):
        ask = self.own.modern if self.era == MODERN else self.own.legacy
        reply = await ask(self.route, "tools/list", {}, self.id)
        yield
        names = [tool["name"] for tool in (await self.result(reply))["tools"]]
        assert sorted(names) == sorted([*SHARED, self.only(self.own)])

    # MARK: Handles of the other one

    async def asks(self):
        """A question of the upstream reaches its caller alone, and its state is of use to nobody else."""
        nonce = self.nonce()
        reply = await self.own.call(self.era, self.route, "ask", self.id, {"nonce": nonce})
        if self.era == LEGACY:
            async for _ in self.asked_in_session(reply):
                yield
            return
        yield
        result = await self.result(reply)
        if result["resultType"] != "input_required":
            return
        assert result["inputRequests"] and self.own.mark in json.dumps(result["inputRequests"])
        answers = {key: {"action": ACCEPT, "content": {"mark": self.own.mark}} for key in result["inputRequests"]}
        stolen = {key: {"action": ACCEPT, "content": {"mark": self.other.mark}} for key in answers}
        yield
        arguments, state = {"mark": self.own.mark, "nonce": nonce}, result["requestState"]
        tries = [await self.other.modern(self.route, "tools/call", {
            "name": "ask", "arguments": arguments, "inputResponses": stolen, "requestState": text}, self.id)
            for text in (state, state[:-4] + "AAAA")]
        await self.same_as_unknown(*tries)
        yield
        again = await self.own.call(MODERN, self.route, "ask", self.id, arguments,
                                    {"inputResponses": answers, "requestState": state})
        assert await self.text(again) == f"{self.own.mark} answered {self.own.mark}"
        yield
        used = await self.own.call(MODERN, self.route, "ask", self.id, arguments,
                                   {"inputResponses": answers, "requestState": state})
        await used.rest()
        assert used.status == 400, used.raw

    async def asked_in_session(self, reply):
        """What a session is asked comes on the stream of its call; only its own answer counts."""
        while (message := await reply.next()) is not None:
            if message.get("method") != "elicitation/create":
                continue
            yield
            foreign = await self.other.answer(self.route, message["id"],
                                              {"action": ACCEPT, "content": {"mark": self.other.mark}})
            assert foreign.status in (202, 400, 404), foreign.raw
            yield
            await self.own.answer(self.route, message["id"], {"action": ACCEPT, "content": {"mark": self.own.mark}})
        result = reply.messages[-1].get("result", {"isError": True})
        if not result.get("isError"):
            assert result["content"][0]["text"] in (f"{self.own.mark} answered {self.own.mark}",
                                                    f"{self.own.mark} answered refused")

    async def keeps_a_session(self):
        """Opened, tried by somebody else in every way, used, and ended: gone for everybody."""
        session = await self.own.opened(self.route)
        yield
        unknown = "".join(self.rng.choices("0123456789abcdef", k=len(session)))
        tries = [("ping", {}, "POST"), ("tools/list", {}, "POST"), ("", {}, "DELETE"),
                 ("tools/call", {"name": "speak", "arguments": {"mark": self.other.mark, "nonce": "stolen"}}, "POST")]
        for method, params, verb in self.rng.sample(tries, 2):
            await self.same_as_unknown(*[await self.other.legacy(self.route, method, params, self.id, id, verb)
                                         for id in (session, unknown)])
        yield
        alive = await self.own.legacy(self.route, "ping", {}, self.id, session)
        assert await self.result(alive) == {}
        ended = await self.own.legacy(self.route, "", {}, None, session, "DELETE")
        await ended.rest()
        assert ended.status == 200
        yield
        await self.same_as_unknown(*[await self.own.legacy(self.route, "ping", {}, self.id, id)
                                     for id in (session, unknown)])

    async def has_a_task(self):
        """A task is its creator's; to the other one its id is one that never was."""
        reply = await self.own.call(MODERN, self.route, "later", self.id, {"nonce": self.nonce()})
        result = await self.result(reply)
        yield
        task = result.get("taskId", "0" * 32)
        unknown = "".join(self.rng.choices("0123456789abcdef", k=len(task)))
        method, more = self.rng.choice([("tasks/get", {}), ("tasks/cancel", {}),
                                        ("tasks/update", {"inputResponses": {}})])
        await self.same_as_unknown(*[await self.other.modern(self.route, method, {"taskId": id, **more}, self.id)
                                     for id in (task, unknown)])
        yield
        if "taskId" in result:
            done = await self.result(await self.own.modern(self.route, "tasks/get", {"taskId": task}, self.id))
            assert done["result"]["content"][0]["text"] == self.own.mark

    async def calls_what_only_the_other_may(self):
        name = "finance_only" if self.only(self.own) == "operations_only" else "operations_only"
        replies = [await self.own.call(self.era, self.route, tool, self.id) for tool in (name, name[:-1] + "x")]
        yield
        for reply in replies:
            await reply.rest()
        hidden, absent = (reply.raw.replace(name[:-1].encode() + end, b"*") for reply, end in zip(replies, (b"y", b"x")))
        assert hidden == absent and b"Unknown tool" in hidden


DEEDS = [Turn.speaks, Turn.waits_and_the_other_gives_it_up, Turn.gives_up, Turn.lists, Turn.asks, Turn.keeps_a_session,
         Turn.has_a_task, Turn.calls_what_only_the_other_may]


# MARK: Interleaving

async def interleave(number, pairs):
    """The steps of both principals, one after the other in an order of the seed."""
    rng = random.Random(f"{SEED}/{number}")
    pair, route = rng.choice(pairs), rng.choice(list(ERAS))
    turns = [Turn(random.Random(f"{SEED}/{number}/{side}"), f"{number}-{side}", pair[side], pair[1 - side], route)
             for side in (0, 1)]
    turns[0].rival, turns[1].rival = turns[1], turns[0]
    deeds = [[rng.choice(DEEDS) for _ in range(rng.choice((1, 1, 2)))] for _ in turns]
    running = [steps(turn, own) for turn, own in zip(turns, deeds)]
    story = f"MARTLET_SEED={SEED} MARTLET_INTERLEAVING={number}, {route}: " + "; ".join(
        f"{turn.own.mark} in {turn.era} " + ", ".join(deed.__name__ for deed in own) for turn, own in zip(turns, deeds))
    try:
        async with asyncio.timeout(60):
            while running:
                turn = rng.choice(running)
                if await anext(turn, "over") == "over":
                    running.remove(turn)
    except Exception as error:
        raise AssertionError(f"{story}: {type(error).__name__}: {error}") from error


async def steps(turn, deeds):
    for deed in deeds:
        async for _ in deed(turn):
            yield


async def all_of_them(numbers, everybody):
    """Several workers at once. Callers of one worker are principals like those of another, with sessions of their own."""
    async def worker(mine):
        while numbers:
            await interleave(numbers.pop(), mine)

    async with asyncio.TaskGroup() as group:
        for mine in everybody:
            group.create_task(worker(mine))


# MARK: The test

@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("interleavings")
    server = HERE / "upstreams/tagging_server.py"
    ports = {route: free_port() for route in ("new", "old")}
    upstreams = [{"name": route, "url": f"http://127.0.0.1:{port}/mcp", "era": ERAS[route]} for route,
                 port in ports.items()]
    upstreams += [{"name": route, "command": [sys.executable, str(server), str(folder / route), ERAS[route]],
                   "era": ERAS[route]}
                  for route in ("child", "old-child")]
    grants = [grant(name, role, route) for route in ERAS for role in ("finance_executor", "operations")
              for name in SHARED]
    grants += [grant(f"{role.split('_')[0]}_only", role, route) for route in ERAS
               for role in ("finance_executor", "operations")]
    with contextlib.ExitStack() as stack:
        for route, port in ports.items():
            stack.enter_context(program(sys.executable, server, folder / route, ERAS[route], port, port=port))
        yield stack.enter_context(gateway(folder, {"upstreams": upstreams}, grants)), folder


def callers(running):
    """For each worker one pair of callers of each kind: the same principals everywhere, with sessions of their own."""
    made = []
    for kind, claims in zip("abc", PAIRS):
        tokens = [{route: running.issuer.token(f"{running.url}/mcp/{route}", exp=int(time.time()) + 3500, **who)
                   for route in ERAS}
                  for who in claims]
        made.append([(f"mark-{kind}-{name}", own) for name, own in zip(("ada", "bob"), tokens)])
    return [[[Caller(running.port, *who) for who in pair] for pair in made] for _ in range(WORKERS)]


def test_two_principals_never_see_anything_of_each_other(site):
    """No byte with a mark of somebody else, foreign handles answered like unknown ones, every effect of its owner."""
    running, folder = site
    print(f"MARTLET_SEED={SEED}, {COUNT} interleavings")
    everybody = callers(running)
    asyncio.run(all_of_them([int(ONLY)] if ONLY else list(range(COUNT)), everybody))
    each = [caller for worker in everybody for pair in worker for caller in pair]
    ran = [json.loads(line) for route in ERAS for line in (folder / route).read_text().splitlines()]
    sent = {(caller.mark, nonce) for caller in each for nonce in caller.sent}
    effects = [entry for entry in ran if "tool" in entry]
    assert {(entry["mark"], entry["nonce"]) for entry in effects if entry["nonce"]} <= sent, "nothing ran for another"
    given_up = {nonce for caller in each for nonce in caller.given_up}
    assert {entry["nonce"] for entry in ran
            if entry.get("ended") == "cancelled"} <= given_up, "nobody's call was given up by others"
    owners = {}
    for entry in effects:
        if entry["session"] is not None:
            owners.setdefault(entry["session"], set()).add(entry["mark"])
    assert owners and all(len(marks) == 1 for marks in owners.values()), "an upstream session has one owner"
    assert "stolen" not in {entry["nonce"] for entry in effects}
