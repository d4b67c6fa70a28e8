"""Races, over real sockets to two nodes, some hundreds of times each: whoever wins, exactly one does, and all agree.

Tables are played at in parallel, rounds at one table one after the other; nobody hears more than he should.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from core import keys
from tests.client import Client, Said
from tests.processes import Node
from tests.world import Person, Room, World, eventually, kinds_of, outcome_of

SETTINGS = {"COOLDOWN_LONG_S": "0", "COOLDOWN_SHORT_S": "0"}  # they meet again at once

ROUNDS = 240
TABLES = 10
PAIRS = 60
"""Pairs for whom the clock strikes at once."""
AROUND_MS = 300.0
"""How far from an instant somebody acts who acts "just then"; some are late anyway."""

T = TypeVar("T")
Round = Callable[[Sequence[Person], int], Awaitable[str]]


async def play(world: World, names: Sequence[str], one_round: Round) -> Counter[str]:
    """Returns how often each result came out in ROUNDS rounds."""
    results: Counter[str] = Counter()

    async def at_one_table(table: int) -> None:
        nodes = world.nodes if table % 2 else world.nodes[::-1]
        people = await world.people(*names, at=nodes)
        for number in range(ROUNDS // TABLES):
            results[await one_round(people, number)] += 1
            await world.silence(*people, families=(keys.LOBBY,))
        await world.silence(*people)

    await asyncio.gather(*map(at_one_table, range(TABLES)))
    return results


def either_first(number: int, *rivals: Awaitable[T]) -> list[Awaitable[T]]:
    """The same, in an order that changes from round to round."""
    turn = number % len(rivals)
    return [*rivals[turn:], *rivals[:turn]]


async def is_over(people: Sequence[Person], room_id: str) -> None:
    """One of the two leaves; all their tabs hear it once."""
    await people[0].tab.ask("room.leave", room_id=room_id)
    for person in people:
        for tab in person.tabs:
            assert (await tab.expect("room.ended", room_id=room_id))["reason"] == "left"


async def told_of_one_room(*people: Person) -> str:
    """All tabs of these people hear of the same room."""
    heard = [await tab.expect("room.opened") for person in people for tab in person.tabs]
    (room_id,) = {each["room"]["room_id"] for each in heard}
    return str(room_id)


async def how_it_ended(tab: Client, invite_id: str, own: str, deed: str) -> str:
    """What one side knows of an invite's end: from its own reply when it won, else from reply and push alike."""
    if own == "done":
        return deed
    pushed = (await tab.expect("invite.ended", invite_id=invite_id))["outcome"]
    assert own in (f"invite_gone:{pushed}", "waited")
    return str(pushed)


async def test_two_invite_each_other_at_once(world: World) -> None:
    """Situation 23: A and B invite each other at once: one room."""

    async def one_round(people: Sequence[Person], number: int) -> str:
        rivals = people[:: 1 if number % 2 else -1]
        answers: list[Said] = await asyncio.gather(
            *(
                one.tab.ask("invite.send", to=other.user_id, mode="text")
                for one, other in zip(rivals, rivals[::-1], strict=True)
            )
        )
        assert sorted(kinds_of(answers)) == ["done", "invite.sent"]
        first, second = rivals if answers[0]["type"] == "invite.sent" else rivals[::-1]
        (invite_id,) = (answer["invite_id"] for answer in answers if answer["type"] == "invite.sent")
        room_id = await told_of_one_room(first, second)
        assert (await second.tab.expect("invite.received"))["invite"]["invite_id"] == invite_id
        assert (await first.tab.expect("invite.ended", invite_id=invite_id))["outcome"] == "accepted"
        await is_over(people, room_id)
        return first.name

    first = await play(world, ("Ann", "Bob"), one_round)
    assert sum(first.values()) == ROUNDS
    assert len(first) == 2
    assert await eventually(lambda: _all_rooms_recorded(world, ROUNDS))


async def _all_rooms_recorded(world: World, number: int) -> bool:
    """Whether PostgreSQL knows of just so many rooms, all over."""
    rows = await world.rows(
        "select status, count(*) from active_rooms where user_1 = any($1::uuid[]) group by status",
        [person.user_id for person in world.people_here],
    )
    return [(row["status"], row["count"]) for row in rows] == [("ended", number)]


async def test_two_callers_ring_one(world: World) -> None:
    """Situation 24: two callers ring B: one accepted, the other busy."""

    async def one_round(people: Sequence[Person], number: int) -> str:
        ann, bob, cid = people
        if len(bob.tabs) < 2:
            await bob.opens(world.nodes[0] if bob.node is world.nodes[1] else world.nodes[1])
        invite_ids = {}
        for caller in (ann, cid):
            invite_ids[caller.name] = (await caller.tab.ask("invite.send", to=bob.user_id, mode="text"))["invite_id"]
            for tab in bob.tabs:
                await tab.expect("invite.received")
        accepting = zip((ann, cid), bob.tabs if number % 2 else bob.tabs[::-1], strict=True)
        outcomes = await asyncio.gather(
            *(outcome_of(tab.ask("invite.accept", invite_id=invite_ids[caller.name])) for caller, tab in accepting)
        )
        assert sorted(outcomes) == ["done", "invite_gone:busy"]
        winner, loser = (ann, cid) if outcomes[0] == "done" else (cid, ann)
        room_id = await told_of_one_room(winner, bob)
        assert (await winner.tab.expect("invite.ended"))["outcome"] == "accepted"
        assert (await loser.tab.expect("invite.ended"))["outcome"] == "busy"
        await _take_ends(bob, {invite_ids[winner.name]: "accepted", invite_ids[loser.name]: "busy"}, replied=1)
        await is_over((winner, bob), room_id)
        return winner.name

    assert len(await play(world, ("Ann", "Bob", "Cid"), one_round)) == 2


async def _take_ends(person: Person, outcomes: dict[str, str], *, replied: int) -> None:
    """Takes all `invite.ended` from a person's tabs: each tab hears each end, except `replied` that answered itself."""
    await person.world.all_is_said(person)
    heard = [(e["invite_id"], e["outcome"]) for tab in person.tabs for e in tab.heard if e["type"] == "invite.ended"]
    for tab in person.tabs:
        for each in [e for e in tab.heard if e["type"] == "invite.ended"]:
            tab.heard.remove(each)
    assert len(heard) == len(outcomes) * len(person.tabs) - replied
    assert dict(heard).items() <= outcomes.items()


async def test_a_second_invite_is_sent_while_the_first_is_on_its_way(world: World) -> None:
    """Situation 25: second outgoing refused, also when both are sent at once from two nodes."""

    async def one_round(people: Sequence[Person], number: int) -> str:
        ann, bob, cid = people
        if len(ann.tabs) < 2:
            await ann.opens(world.nodes[0] if ann.node is world.nodes[1] else world.nodes[1])
        tabs = ann.tabs if number % 2 else ann.tabs[::-1]
        outcomes = await asyncio.gather(
            *(
                outcome_of(tab.ask("invite.send", to=other.user_id, mode="text"))
                for tab, other in zip(tabs, (bob, cid), strict=True)
            )
        )
        assert sorted(outcomes) == ["already_inviting", "done"]
        rung = bob if outcomes[0] == "done" else cid
        invite_id = (await rung.tab.expect("invite.received"))["invite"]["invite_id"]
        await tabs[0].ask("invite.rescind", invite_id=invite_id)
        for tab in (tabs[1], rung.tab):
            assert (await tab.expect("invite.ended", invite_id=invite_id))["outcome"] == "rescinded"
        return rung.name

    assert len(await play(world, ("Ann", "Bob", "Cid"), one_round)) == 2


async def test_two_tabs_accept(world: World) -> None:
    """Situation 27: double accept from two tabs on two nodes: one room."""

    async def one_round(people: Sequence[Person], number: int) -> str:
        ann, bob = people
        if len(bob.tabs) < 2:
            await bob.opens(world.nodes[0] if bob.node is world.nodes[1] else world.nodes[1])
        invite_id = (await ann.tab.ask("invite.send", to=bob.user_id, mode="text"))["invite_id"]
        for tab in bob.tabs:
            await tab.expect("invite.received")
        tabs = bob.tabs if number % 2 else bob.tabs[::-1]
        outcomes = await asyncio.gather(*(outcome_of(tab.ask("invite.accept", invite_id=invite_id)) for tab in tabs))
        assert sorted(outcomes) == ["done", "invite_gone:accepted"]
        room_id = await told_of_one_room(ann, bob)
        assert (await ann.tab.expect("invite.ended"))["outcome"] == "accepted"
        await _take_ends(bob, {invite_id: "accepted"}, replied=1)
        await is_over(people, room_id)
        return str(bob.tabs.index(tabs[outcomes.index("done")]))

    assert len(await play(world, ("Ann", "Bob"), one_round)) == 2
    assert await eventually(lambda: _all_rooms_recorded(world, ROUNDS))


async def test_an_accept_crosses_a_rescind_or_a_decline(world: World) -> None:
    """Situation 28: accept crosses rescind or decline: one outcome, both sides hear the same."""

    async def one_round(people: Sequence[Person], number: int) -> str:
        ann, bob = people
        if len(bob.tabs) < 2:
            await bob.opens(world.nodes[0] if bob.node is world.nodes[1] else world.nodes[1])
        invite_id = (await ann.tab.ask("invite.send", to=bob.user_id, mode="text"))["invite_id"]
        for tab in bob.tabs:
            await tab.expect("invite.received")
        rivals = [
            (ann.tab, "invite.rescind", "rescinded"),
            (bob.tabs[0], "invite.accept", "accepted"),
            (bob.tabs[1], "invite.decline", "declined"),
        ]
        if number % 3:
            rivals.pop(2 if number % 3 == 1 else 0)
        rivals = rivals[number % len(rivals) :] + rivals[: number % len(rivals)]
        outcomes = await asyncio.gather(*(outcome_of(tab.ask(deed, invite_id=invite_id)) for tab, deed, _ in rivals))
        assert outcomes.count("done") == 1
        won = rivals[outcomes.index("done")]
        known = {
            await how_it_ended(tab, invite_id, outcome, name)
            for (tab, _, name), outcome in zip(rivals, outcomes, strict=True)
        }
        assert known == {won[2]}
        for tab in {ann.tab, *bob.tabs} - {tab for tab, _, _ in rivals}:
            assert (await tab.expect("invite.ended", invite_id=invite_id))["outcome"] == won[2]
        if won[2] == "accepted":
            await is_over(people, await told_of_one_room(ann, bob))
        return won[2]

    results = await play(world, ("Ann", "Bob"), one_round)
    assert set(results) == {"accepted", "rescinded", "declined"}


async def test_an_accept_crosses_the_expiry(world: World) -> None:
    """Situation 28: accept crosses expiry: one outcome, both sides hear the same."""
    results: Counter[str] = Counter()
    pairs = await _pairs(world)

    async def one(ann: Person, bob: Person, invite: Said) -> None:
        await world.comes_to(invite["expires_at_ms"] + about())
        invite_id = invite["invite_id"]
        own = await outcome_of(bob.tab.ask("invite.accept", invite_id=invite_id))
        known = {
            await how_it_ended(bob.tab, invite_id, own, "accepted"),
            await how_it_ended(ann.tab, invite_id, "waited", ""),
        }
        assert len(known) == 1
        results.update(known)
        if known == {"accepted"}:
            await is_over((ann, bob), await told_of_one_room(ann, bob))
        await world.silence(ann, bob, families=(keys.LOBBY,))

    for _ in range(ROUNDS // PAIRS):
        invites = await asyncio.gather(*(ann.tab.ask("invite.send", to=bob.user_id, mode="text") for ann, bob in pairs))
        for _, bob in pairs:
            await bob.tab.expect("invite.received")
        await world.is_soon(*(invite["expires_at_ms"] for invite in invites))
        await asyncio.gather(*(one(ann, bob, invite) for (ann, bob), invite in zip(pairs, invites, strict=True)))
    assert set(results) == {"accepted", "expired"}


def about() -> float:
    """So many milliseconds after an instant, or before it."""
    return random.uniform(-AROUND_MS, AROUND_MS)


async def _pairs(world: World, number: int = PAIRS) -> list[tuple[Person, Person]]:
    """Pairs of strangers, one of each at either node."""
    tables = (
        world.people(f"Ann {table}", f"Bob {table}", at=world.nodes[:: 1 if table % 2 else -1])
        for table in range(number)
    )
    return [(ann, bob) for ann, bob in await asyncio.gather(*tables)]


async def test_an_accept_comes_when_the_caller_has_just_entered_another_room(world: World) -> None:
    """Situation 29: accept when the caller has just entered another room."""

    async def one_round(people: Sequence[Person], number: int) -> str:
        ann, bob, cid = people
        hers = await ann.invites(bob)
        his = await cid.invites(ann)
        rivals = either_first(
            number,
            outcome_of(bob.tab.ask("invite.accept", invite_id=hers)),
            outcome_of(ann.tab.ask("invite.accept", invite_id=his)),
        )
        outcomes = await asyncio.gather(*rivals)
        by_bob, by_ann = outcomes if number % 2 == 0 else outcomes[::-1]
        assert sorted((by_bob, by_ann)) == ["done", "invite_gone:busy"]
        room_id = await told_of_one_room(ann, bob if by_bob == "done" else cid)
        ends = {"accepted", "busy"} if by_bob == "done" else {"busy"}  # her own acceptance was answered, not announced
        await world.all_is_said(ann)
        assert {e["outcome"] for e in ann.tab.heard if e["type"] == "invite.ended"} == ends
        for each in list(ann.tab.heard):
            if each["type"] == "invite.ended":
                ann.tab.heard.remove(each)
        if by_bob == "done":
            assert (await cid.tab.expect("invite.ended", invite_id=his))["outcome"] == "busy"
            await is_over((ann, bob), room_id)
            return "bob"
        assert (await bob.tab.expect("invite.ended", invite_id=hers))["outcome"] == "busy"
        assert (await cid.tab.expect("invite.ended", invite_id=his))["outcome"] == "accepted"
        await is_over((ann, cid), room_id)
        return "cid"

    assert len(await play(world, ("Ann", "Bob", "Cid"), one_round)) == 2


async def test_the_grace_expires_when_the_member_returns(world: World) -> None:
    """Situation 12: grace expires exactly when the member returns: one winner."""
    results: Counter[str] = Counter()
    pairs = await _pairs(world)

    async def one(room: Room, grace_ends_at_ms: int) -> None:
        ann, bob = room.members
        await world.comes_to(grace_ends_at_ms + about())
        welcome = await bob.comes_back(room, random.choice(world.nodes))
        if welcome["room"]:
            results["returned"] += 1
            assert welcome["room"]["status"] == "active"
            await ann.tab.expect("room.partner_returned")
            await bob.says(room, "just in time")
            await ann.hears("just in time")
            await is_over((ann, bob), room.room_id)
        else:
            results["lost"] += 1
            assert welcome["last_room"]["reason"] == "lost"
            assert welcome["presence"] == "available"
            await ann.tab.expect("room.ended", reason="lost")
            await ann.tab.ask("invite.rescind", invite_id=await ann.invites(bob))
            await bob.tab.expect("invite.ended")
        await world.silence(ann, bob, families=(keys.LOBBY, room.shard))

    for _ in range(ROUNDS // PAIRS):
        rooms = await asyncio.gather(*(world.meet(ann, bob) for ann, bob in pairs))
        await asyncio.gather(*(bob.vanishes() for _, bob in pairs))
        ends = [(await ann.tab.expect("room.partner_lost"))["grace_ends_at_ms"] for ann, _ in pairs]
        await world.is_soon(*ends)
        await asyncio.gather(*map(one, rooms, ends))
    assert set(results) == {"returned", "lost"}
    assert sum(results.values()) == ROUNDS // PAIRS * PAIRS


async def test_both_clocks_hit_zero_and_both_leave(world: World) -> None:
    """Situation 31: both clocks hit zero and both leave: ended once, one history row each."""
    results: Counter[str] = Counter()
    pairs = await _pairs(world)
    met: list[Room] = []

    async def one(room: Room) -> None:
        at_ms = room.started["ends_at_ms"] + about()

        async def leave(person: Person) -> str:
            await world.comes_to(at_ms)
            return await outcome_of(person.tab.ask("room.leave", room_id=room.room_id))

        left = await asyncio.gather(*map(leave, room.members))
        assert set(left) <= {"done", "room_ended"}
        first, second = [await each.tab.expect("room.ended") for each in room.members]
        assert first == second
        assert first["reason"] == ("left" if "done" in left else "time_up")
        assert left.count("done") <= 1
        assert first["seconds"] == (60 if first["reason"] == "time_up" else 59)
        results[first["reason"]] += 1
        await world.silence(*room.members, families=(keys.LOBBY, room.shard))

    for _ in range(ROUNDS // PAIRS):
        rooms = await asyncio.gather(*(world.meet(ann, bob, "video", seconds=60) for ann, bob in pairs))
        for room in rooms:
            await room.caller.tab.ask("rtc.outcome", room_id=room.room_id, generation=1, outcome="connected")
        met += rooms
        await world.is_soon(*(room.started["ends_at_ms"] for room in rooms))
        await asyncio.gather(*map(one, rooms))
    assert set(results) == {"left", "time_up"}

    async def all_history() -> int | None:
        found = await world.value(
            "select count(*) from chat_history where room_id = any($1::uuid[])", [room.room_id for room in met]
        )
        return found if found >= 2 * len(met) else None

    assert await eventually(all_history) == 2 * len(met)
    twice = await world.rows(
        "select room_id from room_events where event = 'ended' and room_id = any($1::uuid[])"
        " group by room_id having count(*) <> 1",
        [room.room_id for room in met],
    )
    assert not twice
    counts = await world.rows(
        "select session_count, successful_sessions from users where user_id = any($1::uuid[])",
        [person.user_id for pair in pairs for person in pair],
    )
    assert {tuple(row) for row in counts} == {(ROUNDS // PAIRS, ROUNDS // PAIRS)}


async def test_two_redeem_the_last_use_of_a_code(world: World) -> None:
    """Situation 37: the last use of a code redeemed by two at once: one is let in, and the other burns nothing."""
    (owner,) = await world.people("Ann", wish=False)
    await world.rows("update users set qr_unlocked = true where user_id = $1", owner.user_id)
    put = "insert into invite_codes (code, created_by, type, max_uses, uses_remaining) values ($1, $2, 'user', 4, 1)"

    async def comes_in(number: int, node: Node, code: str) -> tuple[int, str]:
        """Half of them sign up with the code, half have an account."""
        name = f"rival of {code}"
        if number % 2:
            body = {"name": name, "gender": "unspecified", "invite_code": code}
            status, answer, _ = await world.ask_http(node, "POST", "/api/v1/guests", json=body)
        else:
            rival = await world.signs_up(name, node)
            status, answer, _ = await rival.ask_http("POST", "/api/v1/invite-codes/redeem", json={"code": code})
        return status // 100, answer.get("code", "")

    async def one_round(number: int) -> str:
        code = f"{number:016}"
        await world.rows(put, code, owner.user_id)
        rivals = [comes_in(number // turn, node, code) for turn, node in zip((1, 2), world.nodes, strict=True)]
        results = await asyncio.gather(*either_first(number, *rivals))
        assert sorted(results) == [(2, ""), (4, "code_spent")]
        let_in = await world.rows("select paid_status from users where invite_code_used = $1", code)
        assert [row["paid_status"] for row in let_in] == ["qr_grace_period"]
        (used,) = await world.rows(
            "select uses_remaining, (select count(*) from invite_code_uses u where u.code = c.code) as uses, "
            "(select count(*) from users where name = $2) as rivals from invite_codes c where c.code = $1",
            code,
            f"rival of {code}",
        )
        assert (used["uses_remaining"], used["uses"]) == (0, 1)
        signed_up_first = 2 - number % 2 - number // 2 % 2
        assert signed_up_first <= used["rivals"] <= signed_up_first + 1  # who brought a spent code was not signed up
        return "let in"

    async def rounds(table: int) -> int:
        return len([await one_round(number) for number in range(table, ROUNDS, TABLES)])

    assert sum(await asyncio.gather(*map(rounds, range(TABLES)))) == ROUNDS
