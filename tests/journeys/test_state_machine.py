"""Users, invites, rooms, losses, time and deaths in any order, against a model of what the rules say of them.

After every step everything that is due has happened, and then: nobody is in two rooms, no invite was accepted twice, no
room ended twice, no cooldown was shortened, and every room's messages are numbered without a gap.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import pytest
import uvloop
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.actions import invite, talk
from core.actions.queue import set_wish
from core.errors import Refusal
from core.record.entries import Cooldown, Message, State
from core.settings import LIMIT_DEFAULTS, Settings
from tests.journeys.one_process import Installation, Node
from tests.servers import Stores

T = TypeVar("T")

NAMES: Final = ("Ann", "Bob", "Cid", "Dan")
PLACES: Final = ("first", "second")
SHORT_MS, LONG_MS = 3_600_000, 86_400_000
COOLDOWNS: Final = {
    "declined": {LONG_MS},
    "rescinded": {SHORT_MS},
    "expired": {SHORT_MS},
    "gone": {0, SHORT_MS},  # the caller's fault, or not: see _cost_of_gone
    "busy": {0},
    "accepted": {0},
}
LENGTHS: Final = (1, 1, 1, 4, 4, 6, 6, 11, 11, 16, 21, 61, 61, 200, 3_700, 90_000)
"""Seconds: some just below, some just above the periods of the rules."""
STEPS: Final = {
    "meet": 6,
    "say": 6,
    "invite": 5,
    "answer": 5,
    "time_passes": 5,
    "enter": 4,
    "arrive": 4,
    "close": 3,
    "leave": 2,
    "wish": 2,
    "late_word": 3,
    "kill": 2,
}
"""How often each is tried; what cannot be just then is a meeting instead."""
steps = st.sampled_from([name for name, weight in STEPS.items() for _ in range(weight)])
some = st.integers(0, 59)


@dataclass(eq=False)
class Invite:
    """An invite as the model knows it."""

    invite_id: str
    caller: "Person"
    callee: "Person"
    mode: str
    expires_at: int
    outcome: str = ""
    caller_closed: bool = False
    """Whether the caller's absence was of his own making."""


@dataclass(eq=False)
class Room:
    """A room as the model knows it."""

    room_id: str
    members: tuple["Person", "Person"]
    is_born: bool = True
    """Whether the second half of its acceptance has run, as far as the model can know."""
    is_over: bool = False
    is_started: bool = False
    bound: dict[str, str] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)


@dataclass(eq=False)
class Person:
    """Somebody as the model knows him."""

    name: str
    user_id: str
    token: str
    wish: bool = False
    tabs: dict[str, Node] = field(default_factory=dict)
    room: Room | None = None
    is_present: bool = False
    away_at: int = 0

    @property
    def presence(self) -> str:
        if self.room:
            return "busy"
        if not self.is_present:
            return "offline"
        return "available" if self.wish else "online"

    def is_gone_by(self, now: int) -> bool:
        return not self.room and (not self.is_present or (not self.tabs and 0 < self.away_at <= now))


class Machine(RuleBasedStateMachine):
    """Drives an installation and the model side by side."""

    chosen: Settings

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.place: Installation
        self.nodes: dict[str, Node] = {}
        self.asleep: list[tuple[Node, Person, str]] = []
        self.people: dict[str, Person] = {}
        self.invites: list[Invite] = []
        self.rooms: list[Room] = []
        self.cooldowns: dict[frozenset[str], int] = {}
        self.client_ids = 0

    @property
    def here(self) -> list[Person]:
        """Who has a tab open."""
        return [person for person in self.people.values() if person.tabs]

    @property
    def seated(self) -> list[Person]:
        """Who has a tab open and sits in a room that exists as far as the model can know."""
        return [person for person in self.here if person.room and person.room.is_born]

    def run(self, doing: Awaitable[T]) -> T:
        async def here() -> T:
            return await doing

        return self.runner.run(here())

    @initialize()
    def open(self) -> None:
        """Two nodes; everybody is there, and all but one wish to meet."""
        self.run(self._open())

    async def _open(self) -> None:
        self.place = await Installation.open(self.chosen)
        for name in PLACES:
            self.nodes[name] = await self.place.boots(name)
        for number, name in enumerate(NAMES):
            user_id, token = await self.place.logs_in(name)
            self.people[name] = Person(name, user_id, token)
            await self._arrive(name, PLACES[number % 2], claims=False)
            if number < len(NAMES) - 1:
                await self._wish(name, wish=True)

    def teardown(self) -> None:
        """At the end the journals agree with what was seen."""
        try:
            if self.people:
                self.run(self._check_journals())
                self.run(self.place.close())
        finally:
            self.runner.close()

    @rule(name=steps, one=some, other=some, how=some)
    def step(self, name: str, one: int, other: int, how: int) -> None:
        """Something happens. The numbers choose who does it, to whom, and how."""
        possible = {
            "close": bool(self.here),
            "invite": bool(self.here),
            "answer": bool(self.invites),
            "late_word": bool(self.asleep),
            "enter": any(person.room for person in self.here),
            "leave": bool(self.seated),
            "say": bool(self.seated),
        }
        if not possible.get(name, True):
            name = "meet"
        getattr(self, name)(one, other, how)

    # ------------------------------------------------------------------------------------------- coming and going
    def arrive(self, one: int, other: int, how: int) -> None:
        """One more tab; it names the room that its user is in, or does not."""
        missing = [person.name for person in self.people.values() if person.room and not person.tabs]
        names = missing if missing and one % 3 else NAMES
        self.run(self._arrive(names[one % len(names)], PLACES[other % 2], claims=how % 3 > 0))

    async def _arrive(self, name: str, place: str, *, claims: bool) -> None:
        person, node = self.people[name], self.nodes[place]
        if len(person.tabs) >= 4:
            return
        conn = node.new_connection()
        room = person.room
        now, arrival = await self.place.at_once(
            self.place.arrives(node, conn, person.token, room.room_id if room and claims else None)
        )
        assert not isinstance(arrival, Refusal), arrival
        ringing = {each.invite_id for each in self._ringing(person) if not self._due(each, now)}
        assert {each["invite_id"] for each in arrival.invites} == ringing
        assert arrival.wish == person.wish
        person.tabs[conn], person.is_present, person.away_at = node, True, 0
        if room:
            room.is_born = True
            assert arrival.view is not None
            assert arrival.view["room_id"] == room.room_id
            assert arrival.bound == claims
            if claims:
                self._bind(room, person, conn)
        else:
            assert arrival.view is None
        await self._look()

    def close(self, one: int, other: int, _: int) -> None:
        """A tab is closed, or its connection breaks."""
        person = self.here[one % len(self.here)]
        self.run(self._close(person, list(person.tabs)[other % len(person.tabs)]))

    async def _close(self, person: Person, conn: str) -> None:
        node = person.tabs.pop(conn)
        room = person.room
        bound_here = room if room and room.bound.get(person.name) == conn else None
        await self.place.departs(node, conn, person.user_id, bound_here.room_id if bound_here else None)
        if bound_here:
            del bound_here.bound[person.name]
        if not person.tabs:
            self._is_away(person, closed=True)
        await self._look()

    def kill(self, one: int, other: int, _: int) -> None:
        """A node dies: it starts again under its name at once, or its lease runs out before that."""
        self.run(self._kill(PLACES[one % 2], lease_runs_out=other % 2 == 0))

    async def _kill(self, place: str, *, lease_runs_out: bool) -> None:
        dead = self.nodes[place]
        await self.place.is_killed(dead)
        lonely = set()
        for person in self.people.values():
            lost = [conn for conn, node in person.tabs.items() if node is dead]
            for conn in lost:
                del person.tabs[conn]
                self.asleep.append((dead, person, conn))
                if person.room and person.room.bound.get(person.name) == conn:
                    del person.room.bound[person.name]
            if lost and not person.tabs:
                self._is_away(person, closed=False)
                lonely.add(person.name)
        if lease_runs_out:
            await self.place.lease_ends(dead)
            await self.place.settles()
        self.nodes[place] = await self.place.boots(place)
        await self._look()
        for person in self.people.values():
            if person.name in lonely and not person.room:
                assert person.is_present != lease_runs_out  # a lease that ran out was the absence; else it begins now

    def late_word(self, one: int, other: int, _: int) -> None:
        """A node that was taken for dead wakes up and says what it had to say: nothing changes."""
        self.asleep.sort(key=lambda sleeper: sleeper[1].room is not None)  # the last one has most to say
        deeds = ("leave", "enter", "invite", "wish", "say")
        self.run(self._late_word(deeds[one % len(deeds)], self.people[NAMES[other % 4]]))

    async def _late_word(self, deed: str, other: Person) -> None:
        node, person, conn = self.asleep.pop()
        await self.place.wakes(node)
        room_id = person.room.room_id if person.room else "0" * 36
        service, user_id = node.service, person.user_id
        doing: dict[str, Callable[[], Awaitable[Any]]] = {
            "leave": lambda: talk.leave(service, user_id, room_id),
            "invite": lambda: invite.send(service, conn, user_id, other.user_id, "text", None),
            "wish": lambda: set_wish(service, conn, user_id, wish=not person.wish),
            "say": lambda: self.place.says(node, conn, user_id, room_id, "late"),
            "enter": lambda: talk.enter(service, conn, user_id, room_id, 0, None),
        }
        _, refusal = await self.place.at_once(doing[deed]())
        assert isinstance(refusal, Refusal), f"{deed} was heard: {refusal}"
        assert refusal.code in {"not_registered", "not_bound", "not_in_room", "too_early", "room_ended"}, refusal.code
        await self.place.is_killed(node)
        await self._look()

    # ------------------------------------------------------------------------------------------------------ invites
    def wish(self, one: int, other: int, _: int) -> None:
        """Somebody wishes to meet, or not."""
        self.run(self._wish(NAMES[one % 4], wish=other % 3 > 0))

    async def _wish(self, name: str, *, wish: bool) -> None:
        person = self.people[name]
        if not person.tabs:
            return
        conn, node = next(reversed(person.tabs.items()))
        await set_wish(node.service, conn, person.user_id, wish)
        person.wish = wish
        await self._look()

    def invite(self, one: int, other: int, how: int) -> None:
        """Somebody invites somebody."""
        caller, callee = self.here[one % len(self.here)], self.people[NAMES[other % 4]]
        self.run(self._invite(caller, callee, "video" if how % 3 == 0 else "text"))

    def meet(self, one: int, other: int, how: int) -> None:
        """What most people do: come, wish, invite, accept and enter, as far as they may."""
        self.run(self._meet(self.people[NAMES[one % 4]], self.people[NAMES[(one + 1 + other % 3) % 4]], how % 6))

    async def _meet(self, caller: Person, callee: Person, enter: int) -> None:
        if caller.room or callee.room:
            return
        for number, each in enumerate((caller, callee)):
            if not each.tabs:
                await self._arrive(each.name, PLACES[number], claims=False)
            await self._wish(each.name, wish=True)
        await self._invite(caller, callee, "text")
        made = self.invites[-1] if self.invites else None
        if not made or made.outcome or made.callee is not callee or made.caller is not caller:
            return
        await self._answer(made, callee, "accept", is_rightful=True)
        for number, each in enumerate((caller, callee)):
            if each.room and enter != number + 1:  # both, as a rule
                await self._enter(each, next(reversed(each.tabs)))

    async def _invite(self, caller: Person, callee: Person, mode: str) -> None:
        conn, node = next(reversed(caller.tabs.items()))
        seconds = 300 if mode == "video" else None
        now, result = await self.place.at_once(
            invite.send(node.service, conn, caller.user_id, callee.user_id, mode, seconds)
        )
        expected = self._how_it_would_go(caller, callee, mode, now)
        if isinstance(result, Refusal):
            assert result.code == expected
        elif result is None:
            assert expected == "completes"
            (his,) = (each for each in self._ringing(caller) if each.callee is caller and each.caller is callee)
            await self._accepted(his)
        else:
            assert expected == "rings"
            self.invites.append(Invite(result.invite_id, caller, callee, mode, result.expires_at_ms))
        await self._look()

    def _how_it_would_go(self, caller: Person, callee: Person, mode: str, now: int) -> str:
        """In the order of the rules (section 6)."""
        his = [each for each in self.invites if each.caller is callee and each.callee is caller and not each.outcome]
        if caller is callee:
            return "invalid_target"
        if any(each.caller is caller and not each.outcome and not self._due(each, now) for each in self.invites):
            return "already_inviting"
        if caller.room:
            return "busy"
        if his and not self._due(his[0], now):
            return "completes" if his[0].mode == mode else "reciprocal_pending"
        if callee.is_gone_by(now) or not callee.wish:
            return "offline"
        if callee.room:
            return "busy"
        if self._cooldown(caller, callee) > now:
            return "cooldown"
        return "rings"

    def answer(self, one: int, other: int, how: int) -> None:
        """One of the last invites is answered, by the one who may, or by somebody."""
        pending = [each for each in self.invites if not each.outcome] if one % 4 else []
        chosen = pending or self.invites[-4:]
        made = chosen[-1 - one % len(chosen)]
        deed = ("accept", "accept", "accept and die", "decline", "rescind")[how % 5]
        rightful = made.caller if deed == "rescind" else made.callee
        person = self.people[NAMES[other % 4]] if other % 7 == 0 else rightful
        if person.tabs:
            self.run(self._answer(made, person, deed, is_rightful=person is rightful))

    async def _answer(self, made: Invite, person: Person, deed: str, *, is_rightful: bool) -> None:
        conn, node = next(reversed(person.tabs.items()))
        service, user_id, invite_id = node.service, person.user_id, made.invite_id
        seconds = 300 if made.mode == "video" else None
        room_id = service.live.new_room_id()
        doing: dict[str, Callable[[], Awaitable[Any]]] = {
            "accept": lambda: invite.accept(service, conn, user_id, invite_id, seconds),
            "accept and die": lambda: service.live.lobby.call(
                "accept", conn, user_id, invite_id, -1 if seconds is None else seconds, room_id
            ),
            "decline": lambda: invite.decline(service, conn, user_id, invite_id),
            "rescind": lambda: invite.rescind(service, conn, user_id, invite_id),
        }
        now, result = await self.place.at_once(doing[deed]())
        due = self._due(made, now)
        if isinstance(result, Refusal):
            if result.code == "not_yours":
                assert not is_rightful
            else:
                assert result.code == "invite_gone"
                assert made.outcome or due or not is_rightful
                assert result.outcome in {made.outcome, None} if made.outcome else due
        else:
            assert is_rightful
            assert not made.outcome
            assert not due
            if deed.startswith("accept"):
                await self._accepted(made, room_id=room_id if deed == "accept and die" else "")
            else:
                made.outcome = "declined" if deed == "decline" else "rescinded"
        await self._look()

    async def _accepted(self, made: Invite, *, room_id: str = "") -> None:
        assert not made.outcome
        made.outcome = "accepted"
        for each in self.invites:
            if not each.outcome and {each.caller, each.callee} & {made.caller, made.callee}:
                each.outcome = "busy"
        found = await self.place.seat(made.caller.user_id)
        assert found == await self.place.seat(made.callee.user_id)
        assert found
        assert not room_id or found == room_id
        room = Room(found, (made.caller, made.callee), is_born=not room_id)
        self.rooms.append(room)
        for member in room.members:
            assert member.room is None
            member.room = room

    # -------------------------------------------------------------------------------------------------------- rooms
    def enter(self, one: int, other: int, _: int) -> None:
        """A member enters with one of his tabs."""
        members = [person for person in self.here if person.room]
        person = members[one % len(members)]
        self.run(self._enter(person, list(person.tabs)[other % len(person.tabs)]))

    async def _enter(self, person: Person, conn: str) -> None:
        room = person.room
        assert room
        _, view = await self.place.at_once(
            talk.enter(person.tabs[conn].service, conn, person.user_id, room.room_id, 0, None)
        )
        if isinstance(view, Refusal):
            assert view.code == "not_in_room"
            assert not room.is_born
        else:
            assert view["room_id"] == room.room_id
            self._bind(room, person, conn)
        await self._look()

    def _bind(self, room: Room, person: Person, conn: str) -> None:
        room.bound[person.name] = conn
        if len(room.bound) == 2:
            room.is_started = True

    def leave(self, one: int, *_: int) -> None:
        """A member leaves, from any tab."""
        person = self.seated[one % len(self.seated)]
        assert person.room
        self.run(self._leave(person, person.room))

    async def _leave(self, person: Person, room: Room) -> None:
        node = next(reversed(person.tabs.values()))
        await talk.leave(node.service, person.user_id, room.room_id)
        for member in room.members:
            assert await self.place.seat(member.user_id) == "", "free when it is answered"
        await self._look()

    def say(self, one: int, other: int, how: int) -> None:
        """A member says something, or the same once more."""
        person = self.seated[one % len(self.seated)]
        assert person.room
        self.run(self._say(person, person.room, list(person.tabs)[other % len(person.tabs)], how % 4))

    async def _say(self, person: Person, room: Room, conn: str, again: int) -> None:
        mine = [client_id for name, client_id in room.said if name == person.name]
        self.client_ids += 1
        client_id = mine[-1 - again % len(mine)] if again and mine else f"c{self.client_ids}"
        is_new = client_id not in mine
        doing = self.place.says(person.tabs[conn], conn, person.user_id, room.room_id, client_id)
        _, result = await self.place.at_once(doing)
        if isinstance(result, Refusal):
            assert is_new
            expected = "not_bound" if room.bound.get(person.name) != conn else "too_early"
            assert result.code == expected
            assert expected == "not_bound" or not room.is_started
        elif is_new:
            assert room.bound[person.name] == conn
            room.said.append((person.name, client_id))
            assert result == len(room.said)
        else:
            assert result == room.said.index((person.name, client_id)) + 1
        await self._look()

    # --------------------------------------------------------------------------------------------------------- time
    def time_passes(self, one: int, *_: int) -> None:
        """By the clock of the rules."""
        self.run(self._time_passes(LENGTHS[one % len(LENGTHS)]))

    async def _time_passes(self, seconds: int) -> None:
        await self.place.time_passes(seconds)
        await self._look()

    # -------------------------------------------------------------------------------------------------- what is true
    def _ringing(self, person: Person) -> list[Invite]:
        return [each for each in self.invites if not each.outcome and person in (each.caller, each.callee)]

    def _due(self, made: Invite, now: int) -> set[str]:
        """How a pending invite may have ended by itself."""
        causes = {"expired"} if made.expires_at <= now else set()
        if made.caller.is_gone_by(now) or made.callee.is_gone_by(now):
            causes.add("gone")
        return causes

    def _cooldown(self, one: Person, other: Person) -> int:
        return self.cooldowns.get(frozenset((one.user_id, other.user_id)), 0)

    def _is_away(self, person: Person, *, closed: bool) -> None:
        for each in self._ringing(person):
            if each.caller is person:
                each.caller_closed = closed

    async def _look(self) -> None:
        """Lets everything that is due happen, and compares what there is with what may be."""
        await self.place.settles()
        now, _ = await self.place.hand.service.live.lobby.call("now")
        await self._look_at_rooms()
        await self._look_at_people(now)
        await self._look_at_invites(now)
        await self._look_at_cooldowns(now)

    async def _look_at_rooms(self) -> None:
        found = await self.place.rooms()
        assert found.keys() <= {room.room_id for room in self.rooms}
        for room in self.rooms:
            there = found.get(room.room_id)
            if there is None:
                assert not room.is_born or room.is_over  # over for more than an hour
                continue
            room.is_born = True
            room.is_started = there["started_at"] != "0"
            if there["status"] == "ended":
                if not room.is_over:
                    room.is_over = True
                    await self._ended(room, there)
                continue
            assert not room.is_over, "a room that had ended goes on"
            for slot, member in enumerate(room.members, 1):
                assert there[f"conn_{slot}"] == room.bound.get(member.name, "")
            said = [(each["from"], each["client_id"]) for each in await self.place.log(room.room_id)]
            assert said == [(self.people[name].user_id, client_id) for name, client_id in room.said]

    async def _ended(self, room: Room, there: dict[str, str]) -> None:
        until = int(there["cooldown_until"])
        one, other = room.members
        pair = frozenset((one.user_id, other.user_id))
        if there["started_at"] != "0" and there["reason"] != "media_failed":
            assert until == int(there["ended_at"]) + LONG_MS
        else:
            assert until == 0
        self.cooldowns[pair] = max(self.cooldowns.get(pair, 0), until)
        for member in room.members:
            assert member.room is room
            member.room = None

    async def _look_at_people(self, now: int) -> None:
        for person in self.people.values():
            assert await self.place.seat(person.user_id) == (person.room.room_id if person.room else "")
            there = await self.place.lobby(f"user:{person.user_id}")
            conns = await self.place.lobby(f"conns:{person.user_id}")
            assert conns.keys() == person.tabs.keys()
            person.away_at = int(there.get("away_at", 0))
            is_present = there.get("present") == "1"
            if person.tabs:
                assert is_present
            elif not person.room and is_present:
                assert now < person.away_at <= now + 5_000
            person.is_present = is_present
            assert there.get("shown", "offline") == person.presence, person.name

    async def _look_at_invites(self, now: int) -> None:
        for made in self.invites:
            there = await self.place.lobby(f"invite:{made.invite_id}")
            outcome = there.get("outcome", "")
            if made.outcome:
                assert outcome in {made.outcome, ""}  # forgotten after a minute
                continue
            if not there:  # it ended by itself more than a minute ago
                outcome = "expired" if made.expires_at <= now else "gone"
            due = self._due(made, now)
            assert (outcome in due) if outcome else not due
            made.outcome = outcome

    async def _look_at_cooldowns(self, now: int) -> None:
        for made in self.invites:
            pair = frozenset((made.caller.user_id, made.callee.user_id))
            self.cooldowns.setdefault(pair, 0)
        for pair, before in self.cooldowns.items():
            one, other = pair
            until = await self.place.cooldown(one, other)
            if until < before:
                assert before <= now, "a cooldown was shortened"
            elif until > before:
                self._explain(pair, until, now)
            self.cooldowns[pair] = max(until, before)

    def _explain(self, pair: frozenset[str], until: int, now: int) -> None:
        """A new cooldown is that of an invite between the two which has ended."""
        ended = [each for each in self.invites if {each.caller.user_id, each.callee.user_id} == pair and each.outcome]
        costs = {cost for each in ended for cost in COOLDOWNS[each.outcome]}
        assert any(cost and until <= now + cost for cost in costs), f"{until - now} ms for nothing"

    async def _check_journals(self) -> None:
        """What PostgreSQL hears: every end once, every message once, in order."""
        ends: Counter[str] = Counter()
        seqs: dict[str, list[int]] = {}
        for entry in await self.place.journal():
            if isinstance(entry, State):
                ends[entry.room_id] += sum(event["event"] == "ended" for event in entry.events)
            elif isinstance(entry, Message):
                seqs.setdefault(entry.room_id, []).append(entry.seq)
            else:
                assert isinstance(entry, Cooldown), entry
        assert {room.room_id: 1 for room in self.rooms if room.is_over} == {
            room_id: number for room_id, number in ends.items() if number
        }
        for room in self.rooms:
            assert seqs.get(room.room_id, []) == list(range(1, len(room.said) + 1))
        accepted = [each for each in self.invites if each.outcome == "accepted"]
        assert len(accepted) == len(self.rooms)

    @invariant()
    def nobody_is_in_two_rooms(self) -> None:
        """As the model knows it; that the model is right was looked at after the step."""
        going_on = [member.name for room in self.rooms if not room.is_over for member in room.members]
        assert len(going_on) == len(set(going_on))


@pytest.mark.timeout(300)  # a failure takes a while to be made small
def test_whatever_happens_the_rules_hold(session_wide_stores: Stores) -> None:
    """A hypothesis state machine on the real scripts."""
    environ = {
        **session_wide_stores.environ(),
        **{f"LIMIT_{name.upper()}": "off" for name in LIMIT_DEFAULTS},
        "HOLD_S": "0",
        "TICK_GAP_S": "3600",
        "ROOM_SHARDS": "2",
        "LOG_LEVEL": "error",
    }
    Machine.chosen = Settings.from_env(environ)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
