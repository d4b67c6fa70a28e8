"""Rules, section 12, as the lobby keeps them: bans, blocks, banned networks."""

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from redis.asyncio import Redis

from core import keys
from core.errors import Refusal
from core.settings import Settings
from tests.live.lobby import Lobby, Person


@pytest.fixture
async def lobby(redis: "Redis", settings: Settings) -> AsyncIterator[Lobby]:
    lobby = await Lobby.open(redis, settings)
    yield lobby
    await lobby.close()


async def code(doing: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as refused:
        await doing
    return refused.value.code


async def ban(lobby: Lobby, person: Person, reason: str = "rude") -> str:
    (seat,) = await lobby.hand.call("ban", person.user_id, reason)
    return str(seat)


async def block(lobby: Lobby, one: Person, other: Person) -> str:
    (room_id,) = await lobby.hand.call("block", one.user_id, other.user_id)
    return str(room_id)


async def test_a_banned_user_is_gone_everywhere_and_hears_why(lobby: Lobby) -> None:
    ann, bob, cleo = await lobby.people("Ann", "Bob", "Cleo", nodes=3)
    from_ann, to_ann = await ann.rings(bob), await cleo.rings(ann)
    first, here = ann.conn, ann.node
    await ann.hello(bob.node)
    for each in (here, bob.node, cleo.node):
        await each.hears()
    assert await ban(lobby, ann) == ""
    told = {"code": 4503, "reason": "banned", "first": {"type": "account.banned", "reason": "rude"}}
    assert ("c:" + first, "!close", told) in await here.hears()
    heard = await bob.node.hears()
    assert ("c:" + ann.conn, "!close", told) in heard
    assert ("u:" + bob.user_id, "invite.ended", {"invite_id": from_ann, "outcome": "gone", "not_to": ""}) in heard
    assert await cleo.hears() == [("invite.ended", {"invite_id": to_ann, "outcome": "gone", "not_to": ""})]
    assert await ann.presence() == "offline"
    assert "Ann" not in await bob.sees()
    for other in (bob, cleo):
        assert await lobby.cooldown(ann, other) == 0


async def test_none_of_his_tokens_lets_him_in_until_he_is_vindicated(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    await ban(lobby, ann)
    await ban(lobby, ann)  # harmless twice
    assert await code(ann.hello()) == "banned"
    assert await code(lobby.hand.call("identify", ann.token_hash)) == "banned"
    assert await code(bob.invite(ann)) == "offline"
    session_id = ann.session_id
    assert await code(ann.log_in()) == "banned"
    ann.session_id = session_id
    for _ in range(2):
        await lobby.hand.call("unban", ann.user_id)
    answer = await ann.hello()
    assert answer[4:6] == ["online", 0]  # and comes back without the wish of before


async def test_a_node_that_announces_a_banned_user_again_is_refused(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann")
    await lobby.hand.call("load_bans", [[ann.user_id, "rude"]])
    restore = (ann.node.connection(), ann.user_id, ann.session_id, 4_000_000_000_000, 1, "{}", "{}")
    assert await code(ann.node.family.call("restore", *restore)) == "banned"


async def test_a_ban_in_a_room_names_the_seat_and_frees_it_with_the_room(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    seat = await bob.accept(await ann.rings(bob))
    assert seat["room_id"] in await ban(lobby, ann)
    assert await ann.presence() == "busy"  # until her room has ended
    assert await lobby.release(seat, "banned") == 2
    assert await ann.presence() == "offline"
    assert await bob.presence() == "available"
    assert await ban(lobby, ann) == ""


async def test_two_who_are_blocked_neither_see_nor_ring_each_other(lobby: Lobby) -> None:
    ann, bob, cleo = await lobby.people("Ann", "Bob", "Cleo")
    assert await block(lobby, ann, bob) == ""
    assert await block(lobby, ann, bob) == ""
    for one, other in ((ann, bob), (bob, ann)):
        assert await one.sees(again=True) == {"Cleo"}
        assert await code(one.invite(other)) == "offline"
    assert await cleo.sees() == {"Ann", "Bob"}
    await lobby.hand.call("unblock", bob.user_id, ann.user_id)
    assert await ann.sees(again=True) == {"Bob", "Cleo"}


async def test_a_block_ends_what_rings_between_the_two_and_nothing_else(lobby: Lobby) -> None:
    ann, bob, cleo = await lobby.people("Ann", "Bob", "Cleo")
    rings, other = await bob.rings(ann), await cleo.rings(ann)
    assert await block(lobby, ann, bob) == ""
    assert await lobby.cooldown(ann, bob) == 0
    refused = await code(ann.accept(rings))
    assert refused == "invite_gone"
    assert (await ann.accept(other))["user_1"] == cleo.user_id


async def test_a_block_names_a_room_of_both_and_no_other(lobby: Lobby) -> None:
    ann, bob, cleo, dan = await lobby.people("Ann", "Bob", "Cleo", "Dan")
    seat = await bob.accept(await ann.rings(bob))
    await dan.accept(await cleo.rings(dan))
    assert await block(lobby, ann, cleo) == ""
    assert await block(lobby, bob, ann) == seat["room_id"]


async def test_every_node_is_told_to_read_the_banned_networks(lobby: Lobby) -> None:
    here, there = await lobby.node("here"), await lobby.node("there")
    for node in (here, there):
        await node.hears()
    await lobby.hand.call("ip_ban", "192.0.2.0/24", 0)
    await lobby.hand.call("load_ip_bans", [["192.0.2.0/24", 5], ["2001:db8::/64", 7]])
    found = await lobby.redis.hgetall(keys.ip_bans())  # type: ignore[misc]
    assert found == {b"192.0.2.0/24": b"0", b"2001:db8::/64": b"7"}
    await lobby.hand.call("ip_unban", "192.0.2.0/24")
    for node in (here, there):
        assert await node.hears() == [("n", "!ip_bans", {})] * 2
    assert await lobby.redis.hkeys(keys.ip_bans()) == [b"2001:db8::/64"]  # type: ignore[misc]


async def test_networks_whose_ban_is_over_are_forgotten_with_the_next_ban(lobby: Lobby) -> None:
    (now, _) = await lobby.hand.call("now")
    await lobby.hand.call("load_ip_bans", [["192.0.2.0/24", now - 1], ["2001:db8::/64", now + 60_000], ["::/64", 0]])
    await lobby.hand.call("ip_ban", "198.51.100.0/24", now + 60_000)
    found = await lobby.redis.hkeys(keys.ip_bans())  # type: ignore[misc]
    assert set(found) == {b"2001:db8::/64", b"::/64", b"198.51.100.0/24"}
