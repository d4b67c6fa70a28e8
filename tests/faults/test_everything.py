"""Everything is down at once and starts again (architecture, section 8)."""

import asyncio

from core import keys
from tests.client import Said
from tests.device import Device
from tests.world import NO_LIMITS, Room, World, talk

TIMES = 3


async def test_everything_restarts(fragile_world: World) -> None:
    """Situation 17, of everything: nodes, workers, Redis and PostgreSQL die and start again: rooms resume, the torch
    and the end of a call are where they were, pending invites ring on, and nothing acknowledged is lost."""
    world = fragile_world
    assert world.stores.redis
    assert world.stores.postgres
    await world.opens(NO_LIMITS)
    ann, bob, cid, dan, eve, fay, gil, hal = await world.people("Ann", "Bob", "Cid", "Dan", "Eve", "Fay", "Gil", "Hal")
    room, hers, his = await world.meet_on_devices(ann, bob)
    call, *callers = await world.meet_on_devices(cid, dan, "video", seconds=600)
    await asyncio.gather(talk(hers, 20), talk(his, 20))
    for device in (hers, his):
        await device.has(40)
    silence, *silent = await world.meet_on_devices(gil, hal)
    await world.time_passes(30)
    torch, ends_at = (await seen_by(silence, silent[0]))["torch"], (await seen_by(call, callers[0]))["ends_at_ms"]
    invite_id = await eve.invites(fay)
    for process in world.processes.all:
        process.expects_errors = True
        await process.kill()
    swept_at_ms = await last_sweep(silence)
    world.stores.redis.kill()
    world.stores.postgres.kill()
    for device in (hers, his):
        device.say("is anybody there?")
    await asyncio.gather(world.stores.redis.start(), world.stores.postgres.start())
    await asyncio.gather(*(process.start() for process in world.processes.all))
    for person in (eve, fay):
        welcome = await person.comes_back()
        assert [invite["invite_id"] for invite in welcome["invites"]] == [invite_id], person.name
    for device in (hers, his, *callers, *silent):
        await device.is_back(within=9 * TIMES)
        assert device.ended is None
    await room.is_told_alike(hers, his)
    assert len(hers.texts) == 42
    after = (await seen_by(silence, silent[0]))["torch"]
    assert after["state"] == "lit"
    outage_ms = await world.now_ms() - swept_at_ms
    assert 0 <= after["dims_at_ms"] - torch["dims_at_ms"] <= outage_ms  # it stood still meanwhile, and no longer
    assert (await seen_by(call, callers[0]))["ends_at_ms"] == ends_at
    assert await fay.accepts(invite_id) == await eve.is_told_of_a_room()


async def last_sweep(room: Room) -> int:
    """When the room's family was last seen alive, by the clock of the rules."""
    tick = await room.world.redis.hget(keys.marker(room.shard), "tick")  # type: ignore[misc]
    return int(tick) + await room.world.clock.shift_ms()


async def seen_by(room: Room, device: Device) -> Said:
    """The room's state, asked of the server by one who is in it."""
    ask = device.ask("room.enter", room_id=room.room_id, last_seq=device.last_seq, epoch=device.epoch)
    state: Said = (await ask)["room"]
    return state
