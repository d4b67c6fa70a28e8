"""Redis dies, comes back with its data, or empty (rules, sections 10 and 11; architecture, sections 6 and 8)."""

import asyncio

from core import keys
from tests.client import Said
from tests.device import Device
from tests.world import NO_LIMITS, Person, Room, World, eventually, talk

SECONDS_LATE_MS = 15_000
GENERATIONS = 1_000_000


async def test_redis_is_killed_and_starts_with_its_data(fragile_world: World) -> None:
    """Situation 17: torch across restarts: of Redis, with its data: nothing acknowledged is lost, nothing has moved."""
    world = fragile_world
    assert world.stores.redis
    await world.opens(NO_LIMITS)
    ann, bob, cid, dan = await world.people("Ann", "Bob", "Cid", "Dan")
    room, hers, his = await world.meet_on_devices(ann, bob)
    call, *callers = await world.meet_on_devices(cid, dan, "video", seconds=300)
    await talk(hers, 10)
    await his.has(10)
    eve, fay = await world.people("Eve", "Fay")
    invite_id = await eve.invites(fay)
    torch, ends_at = await torch_of(room, hers), (await seen_by(call, callers[0]))["ends_at_ms"]
    epochs = await world.epochs()
    talking = [asyncio.create_task(talk(device, 60)) for device in (his, callers[0])]
    await hers.has(20)
    for worker in world.workers:
        worker.expects_errors = True  # arq is surprised in the middle of a job, and says so
    world.stores.redis.kill()
    await world.stores.redis.start()
    await asyncio.gather(*talking)
    await room.is_told_alike(hers, his)
    await call.is_told_alike(*callers)
    for device in (hers, his, *callers):
        assert (device.welcomes, device.ended) == (1, None)  # whoever was connected still is
        assert not device.pushes("room.partner_lost")
    assert await world.epochs() == epochs
    assert (await seen_by(call, callers[0]))["ends_at_ms"] == ends_at
    now = await torch_of(room, hers)
    assert now["state"] == "lit"
    assert now["dims_at_ms"] >= torch["dims_at_ms"]  # they went on talking
    assert await fay.accepts(invite_id) == await eve.is_told_of_a_room()


async def test_the_torch_goes_on_where_it_was(fragile_world: World) -> None:
    """Situation 17: torch across restarts: time before counts, time in grace does not."""
    world = fragile_world
    assert world.stores.redis
    first, second = await world.opens(NO_LIMITS, {"HOLD_S": "0", "TICK_GAP_S": "60"})
    ann, bob = await world.people("Ann", "Bob")
    room, hers, his = await world.meet_on_devices(ann, bob)
    hers.say("the last word")
    await his.has(1)
    await world.time_passes(50)
    before = await torch_of(room, hers)
    for worker in world.workers:
        worker.expects_errors = True  # arq is surprised in the middle of a job, and says so
    world.stores.redis.kill()
    await world.stores.redis.start()
    await world.nodes[0].ready()
    assert await torch_of(room, hers) == before  # nobody was away
    for node in (first, second):
        await node.kill()
    await asyncio.gather(first.start(), second.start())
    for device in (hers, his):
        await device.is_back()
    in_grace_ms = await grace_of(room)
    after = await torch_of(room, hers)
    assert after["state"] == "lit"
    assert after["dims_at_ms"] == before["dims_at_ms"] + in_grace_ms
    assert after["out_at_ms"] == before["out_at_ms"] + in_grace_ms
    await world.time_passes(75)
    await hers.until(lambda: hers.pushes("torch.dimming"))
    assert hers.pushes("torch.dimming")[0]["out_at_ms"] == after["out_at_ms"]
    await world.time_passes(60)
    await hers.until(lambda: hers.ended)
    (ended,) = hers.pushes("room.ended")
    assert (ended["reason"], ended["ended_at_ms"]) == ("torch_out", after["out_at_ms"])


async def test_redis_comes_back_empty(fragile_world: World) -> None:
    """Situation 20: Redis restarted empty: rooms come back from PostgreSQL, nodes announce their users again, nobody
    logs in again, and clients heal what had not been recorded."""
    world = fragile_world
    await world.opens(NO_LIMITS)
    (worker,) = world.workers
    ann, bob, cid, dan, eve, fay = await world.people("Ann", "Bob", "Cid", "Dan", "Eve", "Fay")
    ended = await world.meet(eve, fay)
    await eve.leaves(ended)
    await ended.ends("left")
    await eve.wishes(False)
    room, hers, his = await world.meet_on_devices(ann, bob)
    await asyncio.gather(talk(hers, 20), talk(his, 20))
    await room.is_told_alike(hers, his)
    before = await torch_of(room, hers)
    ringing = await cid.invites(dan)
    epochs = await world.epochs()

    async def all_recorded() -> bool:
        left = [await world.redis.xlen(keys.journal(family)) for family in keys.families(8)]
        return not any(left)

    await eventually(all_recorded)
    worker.pause()
    await asyncio.gather(talk(hers, 10), talk(his, 10))
    for device in (hers, his):
        await device.has(60)
    assert len(await room.recorded()) == 40  # the tail is in Redis alone
    tail = set(hers.texts[40:])
    await world.redis.flushall()
    worker.resume()
    for device in (hers, his):
        await device.is_in_epoch(epochs[room.shard] + 1)
    await room.is_told_alike(hers, his)
    for device in (hers, his):
        assert (device.welcomes, device.ended) == (1, None)  # nobody was sent away
        assert not device.pushes("room.partner_lost")
        assert set(device.texts[40:]) == tail
        assert device.pushes("room.restored")[0]["epoch"] == device.epoch

    async def all_live() -> bool:
        return all(now > epochs[family] for family, now in (await world.epochs()).items())

    await eventually(all_live)
    state = await seen_by(room, hers)
    assert state["status"] == "active"
    assert state["generation"] >= state["epoch"] * GENERATIONS
    after = await torch_of(room, hers)
    assert after["state"] == "lit"
    assert after["dims_at_ms"] >= before["dims_at_ms"]

    async def seen(watcher: Person) -> set[str] | None:
        found = {card["user_id"] for card in await watcher.looks(include_cooldown=True)}
        return found if len(found) >= 2 else None

    available = {person.user_id for person in (cid, dan, fay)}  # Eve does not wish to, the others are busy
    for watcher in (cid, dan):
        assert await eventually(lambda watcher=watcher: seen(watcher)) == available - {watcher.user_id}  # type: ignore[misc]
    refused = await dan.tab.is_refused("invite.accept", invite_id=ringing)
    assert refused.code == "invite_gone"
    assert await world.cooldown_s(eve, fay) > 86_000
    assert await cid.invites(dan)
    his.say("it was as if nothing had been")
    await room.is_told_alike(hers, his)


async def test_redis_comes_back_empty_and_somebody_does_not(fragile_world: World) -> None:
    """Situation 20: Redis restarted empty: a member who does not come back has the full grace, and then it is lost."""
    world = fragile_world
    assert world.stores.redis
    first, second = await world.opens(NO_LIMITS, {"HOLD_S": "2"})
    ann, bob = await world.people("Ann", "Bob", at=[first, second])
    room, hers, his = await world.meet_on_devices(ann, bob)
    hers.say("stay")
    await his.has(1)
    await eventually(room.recorded)
    await second.kill()
    await his.stops()
    await world.redis.flushall()
    await hers.until(lambda: hers.epoch > 1 and hers.is_seated, what="its room, brought back")
    state = await seen_by(room, hers)
    assert (state["status"], state["partner_present"]) == ("grace_period", False)
    (grace,) = state["grace"]
    assert grace["user_id"] == bob.user_id
    await world.time_passes(8)
    assert not hers.pushes("room.ended")
    await world.time_passes(5)
    await hers.until(lambda: hers.ended, within=30)
    assert hers.pushes("room.ended")[0]["reason"] == "lost"
    assert await eventually(lambda: world.rows("select * from chat_history where room_id = $1", room.room_id))


async def seen_by(room: Room, device: Device) -> Said:
    """The room's state, asked of the server by one who is in it."""
    last = device.last_seq
    state: Said = (await device.ask("room.enter", room_id=room.room_id, last_seq=last, epoch=device.epoch))["room"]
    return state


async def torch_of(room: Room, device: Device) -> Said:
    """The torch as a member is shown it."""
    torch: Said = (await seen_by(room, device))["torch"]
    return torch


async def grace_of(room: Room) -> int:
    """For how many milliseconds somebody was missing, as the timeline says once it is recorded."""
    world = room.world

    async def is_recorded() -> bool:
        version = await world.redis.hget(keys.key(room.shard, f"room:{room.room_id}"), "version")  # type: ignore[misc]
        recorded = await world.value("select version from active_rooms where room_id = $1", room.room_id)
        return bool(int(version) == recorded)

    await eventually(is_recorded)
    missing: set[str] = set()
    since = total = 0
    for row in await world.rows(
        "select event, ms(at) as at, user_id from room_events where room_id = $1 and event in ('lost', 'returned')"
        " order by version, n",
        room.room_id,
    ):
        was_whole = not missing
        (missing.add if row["event"] == "lost" else missing.discard)(str(row["user_id"]))
        if was_whole and missing:
            since = row["at"]
        elif missing == set():
            total += row["at"] - since
    assert not missing
    return total


async def test_redis_comes_back_empty_under_a_login_that_expired_in_a_room(fragile_world: World) -> None:
    """It lasts until the room's end all the same: who is in the room stays, who was away comes back."""
    world = fragile_world
    login_s = 8.0
    await world.opens(NO_LIMITS, {"HOLD_S": "2", "GUEST_DAYS": str(login_s / 86_400)}, nodes=1)
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob)
    eve = await world.person("Eve", wish=False)  # came last, and is in no room
    assert await eve.tab.closed(within=login_s + 5) == 4501
    await world.redis.flushall()
    for each in (ann, bob):
        await each.tab.expect("room.restored")
    await world.nodes[0].ready()
    await bob.vanishes()
    assert (await bob.comes_back(room))["room"]["room_id"] == room.room_id
    await ann.says(room, "still here")
    await bob.hears("still here")
