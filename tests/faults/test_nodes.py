"""Nodes die, stand still and come back; what their people notice of it (rules, section 11; architecture, section 8)."""

import asyncio
import time

from core import keys
from tests.client import Closed
from tests.world import NO_LIMITS, ROOM_SHARDS, Room, World, eventually, kinds_of, talk

PROMISED_S = 3.0
"""A room is resumed elsewhere (architecture, section 8)."""
TIMES = 3
"""A test waits so many times as long as was promised."""
SHORT_LEASE = {"NODE_LEASE_S": "2", "NODE_RENEW_S": "0.5", "HOLD_S": "0"}


async def test_a_node_is_killed_in_the_middle_of_a_chat(world: World) -> None:
    """Situation 14: node SIGKILLed with rooms: both are back in seconds, every acknowledged message there once."""
    dying, alive = await world.opens(NO_LIMITS)
    both_there = await world.people("Ann", "Bob", at=[dying, dying])
    one_there = await world.people("Cid", "Dan", at=[dying, alive])
    meetings = [await world.meet_on_devices(one, other) for one, other in (both_there, one_there)]
    devices = [device for _, *pair in meetings for device in pair]
    talking = [asyncio.create_task(talk(device, 150)) for device in devices]
    await asyncio.gather(*(device.has(40) for device in devices))
    assert not any(each.done() for each in talking)
    await dying.kill()
    killed_at = time.monotonic()
    moving = [device for device in devices if device.node.endswith(f":{dying.port}")]
    assert len(moving) == 3
    for device in moving:
        await device.is_back(within=PROMISED_S * TIMES)
    print(f"resumed in {time.monotonic() - killed_at:.2f} s")  # noqa: T201 - told by -s, and by a failure
    await asyncio.gather(*talking)
    for room, *pair in meetings:
        await room.is_told_alike(*pair)
        assert [device.ended for device in pair] == [None, None]
        assert all(device.last_seq == 300 for device in pair)


async def test_a_node_is_killed_with_a_callers_invite(world: World) -> None:
    """Situation 15: node SIGKILLed with an invite ringing: the caller who comes back still rings."""
    dying, other = await world.opens(NO_LIMITS, workers=0)
    ann, bob = await world.people("Ann", "Bob", at=[dying, other])
    invite_id = await ann.invites(bob)
    await dying.kill()
    welcome = await ann.comes_back(node=other)
    assert [invite["invite_id"] for invite in welcome["invites"]] == [invite_id]
    assert welcome["wish"] is True
    await world.silence(bob)
    room_id = await bob.accepts(invite_id)
    assert await ann.is_told_of_a_room() == room_id


async def test_a_node_is_killed_and_its_caller_stays_away(world: World) -> None:
    """Situation 15: node SIGKILLed with an invite ringing: of who stays away it is gone, and costs nobody anything."""
    dying, other = await world.opens(NO_LIMITS, SHORT_LEASE)
    ann, bob, cid = await world.people("Ann", "Bob", "Cid", at=[dying, other, dying])
    from_ann, to_cid = await ann.invites(bob), await bob.invites(cid)
    await dying.kill()
    for invite_id in (from_ann, to_cid):
        ended = await bob.tab.expect("invite.ended", invite_id=invite_id, within=4 * TIMES)  # lease and two seconds
        assert ended["outcome"] == "gone"
    refused = await bob.tab.is_refused("invite.accept", invite_id=from_ann)
    assert (refused.code, refused.outcome) == ("invite_gone", "gone")
    assert [await world.cooldown_s(bob, each) for each in (ann, cid)] == [0, 0]
    await world.silence(bob)


async def test_a_dead_nodes_ghosts(world: World) -> None:
    """Situation 16: a dead node's ghosts gone in 12 s without a storm."""
    dying, other = await world.opens(NO_LIMITS, {"HOLD_S": "0"})  # the lease is the one of the defaults
    ghosts = await world.people(*(f"Ghost {number}" for number in range(40)), at=[dying])
    watchers = await world.people("Ann", "Bob", "Cid", at=[other], wish=False)
    theirs = {ghost.user_id for ghost in ghosts}
    for watcher in watchers:
        assert {card["user_id"] for card in await watcher.looks()} == theirs
    await dying.kill()
    killed_at = time.monotonic()
    for watcher in watchers:
        gone: set[str] = set()
        while gone != theirs:
            changed = await watcher.tab.expect("card.changed", within=12 * TIMES - (time.monotonic() - killed_at))
            assert changed["presence"] == "offline"
            gone.add(changed["user_id"])
    took = time.monotonic() - killed_at
    print(f"ghosts gone in {took:.1f} s")  # noqa: T201
    await world.silence(*watchers)  # one word per card, and no other
    for watcher in watchers:
        assert await watcher.looks() == []
    assert not await world.redis.exists(*(keys.key(keys.LOBBY, f"conns:{each}") for each in theirs))


async def test_a_node_stands_still_and_goes_on(world: World) -> None:
    """Situation 14, of a node that is only paused: its sockets close 4003 and its late words change nothing."""
    paused, other = await world.opens(NO_LIMITS, SHORT_LEASE)
    ann, bob, cid = await world.people("Ann", "Bob", "Cid", at=[paused, other, paused])
    room = await world.meet(ann, bob)
    await ann.says(room, "before the node stood still")
    await bob.hears("before the node stood still")
    old, idle = ann.tab, cid.tab
    paused.expects_errors = True  # it may be surprised
    paused.pause()
    await old.say("chat.send", room_id=room.room_id, client_id="late", kind="text", body="a late word")
    await old.say("room.leave", room_id=room.room_id)
    await idle.say("queue.leave")
    await idle.say("invite.send", to=bob.user_id, mode="text")
    lost = await bob.tab.expect("room.partner_lost", within=4 * TIMES)
    assert lost["room_id"] == room.room_id
    state = (await ann.comes_back(room, other, last_seq=1))["room"]
    assert state["status"] == "active"
    await bob.tab.expect("room.partner_returned")
    await ann.says(room, "elsewhere")
    await bob.hears("elsewhere")
    await cid.comes_back(node=other)
    paused.resume()
    assert await old.closed() == 4003
    assert await idle.closed() == 4003
    await world.silence(ann, bob, cid)
    assert [row["body"] for row in await _recorded(room, 2)] == ['"before the node stood still"', '"elsewhere"']
    assert cid.tab.welcome["presence"] == "available"
    assert await bob.world.value("select status from active_rooms where room_id = $1", room.room_id) == "active"
    await paused.ready()
    eve = await world.person("Eve", paused)  # it begins anew
    await eve.invites(cid)


async def _recorded(room: Room, number: int) -> list[dict[str, object]]:
    async def enough() -> list[dict[str, object]] | None:
        rows = [dict(row) for row in await room.recorded()]
        return rows if len(rows) >= number else None

    rows: list[dict[str, object]] = await eventually(enough)
    return rows


async def test_a_paused_nodes_people_go_elsewhere_by_themselves(world: World) -> None:
    """Situation 14, of a node that is only paused: its clients notice the silence and resume at another node."""
    paused, other = await world.opens(NO_LIMITS, SHORT_LEASE, {"GRACE_S": "30"})  # silence takes a while to notice
    ann, bob = await world.people("Ann", "Bob", at=[paused, other])
    room, hers, his = await world.meet_on_devices(ann, bob)
    for number in range(5):
        hers.say(f"said while all was well, {number}")
    await his.until(lambda: his.last_seq == 5)
    paused.expects_errors = True
    paused.pause()
    for number in range(5):
        hers.say(f"said into the silence, {number}")
    await hers.until(lambda: hers.welcomes == 2 and hers.is_calm, within=8 * TIMES)
    his.say("are you back?")
    paused.resume()
    for device in (hers, his):
        await device.has(11)
    await room.is_told_alike(hers, his)
    assert len(hers.texts) == 11, hers.ended
    assert kinds_of(his.heard)[-1] == "chat.message"


async def test_a_node_restarts_under_its_name(world: World) -> None:
    """Situation 14: node SIGKILLed and started again at once: its ghosts are gone, its rooms resume there."""
    (node,) = await world.opens(NO_LIMITS, nodes=1)
    ann, bob, cid = await world.people("Ann", "Bob", "Cid")
    room, hers, his = await world.meet_on_devices(ann, bob)
    await cid.closes()
    hers.say("it will be back in a moment")
    await his.until(lambda: his.last_seq == 1)
    await node.kill()
    await node.start()
    for device in (hers, his):
        await device.is_back()
    his.say("so it is")
    await room.is_told_alike(hers, his)

    async def inboxes() -> set[int]:
        return {int(await world.redis.hlen(keys.key(family, "inboxes"))) for family in keys.families(ROOM_SHARDS)}  # type: ignore[misc]

    async def dead_are_forgotten() -> bool:
        return await inboxes() == {1}

    await eventually(dead_are_forgotten)


async def test_a_connection_to_a_killed_node_is_over(world: World) -> None:
    """Situation 14: a client of a killed node learns it at once."""
    dying, _ = await world.opens(workers=0)
    (ann,) = await world.people("Ann", at=[dying])
    await dying.kill()
    assert await ann.tab.closed() == 1006
    try:
        await ann.tab.ask("ping")
    except Closed:
        return
    raise AssertionError("somebody answered")
