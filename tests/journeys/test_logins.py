"""One login at a time, and what becomes of a user's room, wish and invites when it ends."""

import asyncio

import pytest

from tests.client import Closed, Refused
from tests.world import Person, Room, World, eventually

SOON_S = 3.0
"""What is promised within a second is given three here: other things run on this machine."""


async def is_replaced(person: Person) -> None:
    """The tab hears that a newer login took over, and is closed."""
    await person.tab.expect("session.replaced", within=SOON_S)
    assert await person.tab.closed(within=SOON_S) == 4502


async def test_a_new_login_during_a_room(world: World) -> None:
    """Situation 32: new login during a room: the seat goes into grace, and the new login resumes it."""
    ann, bob = await world.people("Ann", "Bob")
    await ann.stays()
    room = await world.meet(ann, bob)
    await ann.says(room, "are you there")
    await bob.hears("are you there")

    anew = await ann.logs_in(world.nodes[1])
    await is_replaced(ann)
    await bob.tab.expect("room.partner_lost", room_id=room.room_id, within=SOON_S)
    assert [await ann.is_let_in(node) for node in world.nodes] == ["session_replaced"] * 2
    with pytest.raises(Refused) as refused:
        await ann.opens()
    assert refused.value.code == "session_replaced"

    await bob.says(room, "where are you")
    await anew.opens()
    welcome = anew.tab.welcome
    assert (welcome["wish"], welcome["presence"]) == (True, "busy")
    assert welcome["room"]["room_id"] == room.room_id
    assert welcome["room"]["bound_elsewhere"] is False
    entered = await anew.enters(room.room_id)
    assert [message["body"] for message in entered["messages"]] == ["are you there", "where are you"]
    await bob.tab.expect("room.partner_returned", room_id=room.room_id)
    assert await anew.says(room, "here") == 3
    await bob.hears("here")
    await anew.leaves(room)
    await Room(world, room.room_id, anew, bob).ends("left")
    cyd = await world.person("Cyd")
    assert await cyd.sees(anew)  # the wish was his, not the old login's


async def test_a_user_is_deleted_in_a_room(world: World) -> None:
    """Situation 36: deleted in a room: it ends at once, and the partner's history says "deleted user"."""
    ann, bob = await world.people("Ann", "Bob")
    await ann.stays()
    room = await world.meet(ann, bob)
    await ann.says(room, "remember me")
    await bob.hears("remember me")
    assert (await ann.ask_http("DELETE", "/api/v1/me"))[0] == 204
    assert await ann.tab.closed(within=SOON_S) == 4507
    ended = await bob.tab.expect("room.ended", room_id=room.room_id, within=SOON_S)
    assert ended["reason"] == "deleted"
    assert [await ann.is_let_in(node) for node in world.nodes] == ["not_authenticated"] * 2
    cyd = await world.person("Cyd")
    assert not await cyd.sees(ann)
    assert await cyd.sees(bob)
    assert (await cyd.tab.is_refused("invite.send", to=ann.user_id, mode="text")).code == "user_not_found"

    async def recorded() -> object:
        return await world.value("select count(*) = 2 from chat_history where room_id = $1", room.room_id)

    await eventually(recorded)
    _, past, _ = await bob.ask_http("GET", f"/api/v1/history/{room.room_id}")
    assert past["partner"] == {"user_id": None, "name": "deleted user"}
    assert past["reason"] == "deleted"
    assert [message["body"] for message in past["messages"]] == ["remember me"]
    due = "update outbox set next_try_at = now(), created_at = now() - interval '1 hour' where kind = 'user_forgotten'"
    await world.rows(due)

    async def forgotten() -> bool:
        left = await world.rows("select partner_name from chat_history where room_id = $1", room.room_id)
        return [row["partner_name"] for row in left] == [""]

    await eventually(forgotten)


async def test_wish_invites_and_what_was_seen_pass_to_a_new_login_that_comes_soon(world: World) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    await ann.stays()
    assert {card["user_id"] for card in await ann.looks()} >= {bob.user_id, cyd.user_id}
    invite_id = await ann.invites(bob)
    other = await cyd.invites(ann)
    anew = await ann.logs_in(world.nodes[1])
    await is_replaced(ann)
    await anew.opens()
    welcome = anew.tab.welcome
    assert (welcome["wish"], welcome["presence"]) == (True, "available")
    assert {invite["invite_id"] for invite in welcome["invites"]} == {invite_id, other}
    assert (await anew.tab.ask("queue.browse", limit=50))["cards"] == []
    await bob.tab.hears_nothing_of("invite.ended")
    room_id = await bob.accepts(invite_id)
    assert await anew.is_told_of_a_room() == room_id
    await cyd.tab.expect("invite.ended", invite_id=other, outcome="busy")


async def test_a_new_login_that_comes_late_begins_anew(world: World) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await ann.stays()
    invite_id = await ann.invites(bob)
    anew = await ann.logs_in(world.nodes[1])
    await is_replaced(ann)
    await world.time_passes(6)
    await bob.tab.expect("invite.ended", invite_id=invite_id, outcome="gone")
    await anew.opens()
    assert (anew.tab.welcome["wish"], anew.tab.welcome["invites"]) == (False, [])


@pytest.mark.parametrize("how", ["logged out", "deleted"])
async def test_who_is_gone_is_gone_everywhere(world: World, how: str) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    await ann.opens(world.nodes[1])
    first, second = ann.tabs
    to_bob = await ann.tab.ask("invite.send", to=bob.user_id, mode="text")
    await bob.tab.expect("invite.received")
    from_cyd = await cyd.tab.ask("invite.send", to=ann.user_id, mode="text")
    path = "/api/v1/me" if how == "deleted" else "/api/v1/sessions/current"
    assert (await ann.ask_http("DELETE", path))[0] == 204
    assert [await tab.closed(within=SOON_S) for tab in (first, second)] == [4507, 4507]
    ended = await bob.tab.expect("invite.ended", invite_id=to_bob["invite_id"], within=SOON_S)
    assert ended["outcome"] == "gone"
    ended = await cyd.tab.expect("invite.ended", invite_id=from_cyd["invite_id"], within=SOON_S)
    assert ended["outcome"] == "gone"
    assert not await cyd.sees(ann)
    assert [await ann.is_let_in(node) for node in world.nodes] == ["not_authenticated"] * 2
    assert await world.has_cooldown(ann, bob) is (how == "logged out")
    assert not await world.has_cooldown(ann, cyd)


async def test_a_guest_who_stays_keeps_his_socket_and_tells_nobody(world: World) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await bob.looks()
    await ann.stays()
    await world.silence(ann, bob)
    length = "select ms(expires_at) - ms(created_at) from sessions where user_id = $1"
    assert await world.value(length, ann.user_id) == 30 * 86_400_000


async def test_how_somebody_looks_is_seen_by_whoever_looks_next(world: World) -> None:
    ann, bob = await world.people("Ann", "Bob")
    assert (await ann.ask_http("PATCH", "/api/v1/me", json={"name": "Anna", "socials": {"here": "@anna"}}))[0] == 200
    (card,) = [card for card in await bob.looks() if card["user_id"] == ann.user_id]
    assert (card["name"], card["socials"]) == ("Anna", {"here": "@anna"})
    await ann.closes()
    await ann.opens()
    assert ann.tab.welcome["user"]["name"] == "Anna"


async def test_of_two_logins_that_race_on_two_nodes_exactly_one_is_active(world: World) -> None:
    """Hundreds of times in tests/web/test_accounts.py, where a password costs less."""

    async def race(person: Person) -> None:
        for _ in range(5):
            both = await asyncio.gather(*(person.logs_in(node) for node in world.nodes))
            for node in world.nodes:
                assert sorted([await each.is_let_in(node) for each in both]) == ["", "session_replaced"]
            active = await world.value("select count(*) from sessions where user_id = $1 and is_active", person.user_id)
            assert active == 1

    people = [await (await world.signs_up(f"Ann {n}")).stays() for n in range(2)]
    await asyncio.gather(*(race(person) for person in people))


async def test_of_a_login_and_a_hello_that_race_the_old_socket_never_stays(world: World) -> None:
    ann = await (await world.signs_up("Ann")).stays()
    ends: list[object] = []
    for turn in range(12):
        opening = asyncio.ensure_future(ann.opens(world.nodes[turn % 2]))
        anew = await ann.logs_in(world.nodes[(turn + turn // 2) % 2])
        try:
            tab = await opening
        except (Refused, Closed) as too_late:
            ends.append(too_late.code)
        else:
            ends.append(await tab.closed(within=SOON_S))
        ann = anew
    assert set(ends) <= {"session_replaced", 4502}
    assert await ann.is_let_in() == ""
