"""Workers die; nobody notices, and PostgreSQL hears everything once (rules, section 11; architecture, section 8)."""

import asyncio
import time

import asyncpg

from tests.world import NO_LIMITS, World, eventually, talk

LATE_S = 20.0
"""Recording may be delayed by so much (architecture, section 8)."""
TIMES = 3
WAITING = """
select count(*) from pg_stat_activity
where wait_event_type = 'Lock' and application_name <> '' and state = 'active' and pid <> pg_backend_pid()
"""


async def test_a_worker_is_killed_in_the_middle_of_a_batch(world: World) -> None:
    """Situation 21: worker SIGKILLed in the middle of a batch: recorded exactly once."""
    await world.opens(NO_LIMITS, {"METRICS_S": "0", "COMPLETION_S": "0.001"}, workers=0)
    ann, bob = await world.people("Ann", "Bob")
    room, hers, his = await world.meet_on_devices(ann, bob)
    await asyncio.gather(talk(hers, 120, waiting=20), talk(his, 120, waiting=20))
    for device in (hers, his):
        await device.has(240)
    await world.time_passes(90)
    await hers.ask("room.leave", room_id=room.room_id)
    await his.until(lambda: his.ended)
    holder = await asyncpg.connect(world.stores.database_url)
    worker = await world.processes.worker(until_ready=False)
    try:
        async with holder.transaction():
            # Whoever records this meeting has written its messages and history, and waits here to count it.
            await holder.execute("select from users where user_id = $1 for update", ann.user_id)
            await eventually(lambda: world.value(WAITING), within=60, what="no batch got so far")
            await worker.kill()
        assert await world.value("select count(*) from chat_history") == 0
    finally:
        await holder.close()
    started_at = time.monotonic()
    for turn in range(3):  # and again, anywhere
        another = await world.processes.worker(until_ready=turn == 2)
        if turn < 2:
            await eventually(lambda: world.value("select count(*) from pg_stat_activity where application_name <> ''"))
            await another.kill()
    await room.is_told_alike(hers, his, within=LATE_S * TIMES)
    print(f"recorded {time.monotonic() - started_at:.1f} s after the kill")  # noqa: T201
    rows = await eventually(lambda: world.rows("select * from chat_history where room_id = $1", room.room_id))
    assert [(row["end_reason"], row["message_count"]) for row in rows] == [("left", 240)] * 2

    async def counted() -> list[asyncpg.Record]:
        return await world.rows("select * from users where session_count > 0")

    users = await eventually(counted)
    assert len(users) == 2
    for user in users:
        assert (user["session_count"], user["successful_sessions"]) == (1, 1)
        assert user["timer_total_seconds"] == rows[0]["duration"] >= 90
    assert await world.value("select count(*) from session_completions") == 2
    assert await world.value("select count(*) from dead_letters") == 0


async def test_one_of_two_workers_is_killed_while_people_talk(world: World) -> None:
    """Situation 21: worker SIGKILLed: another one goes on, and nobody notices."""
    await world.opens(NO_LIMITS, workers=2)
    dying, _ = world.workers
    ann, bob = await world.people("Ann", "Bob")
    room, hers, his = await world.meet_on_devices(ann, bob)
    talking = [asyncio.create_task(talk(device, 100)) for device in (hers, his)]
    await his.has(60)
    await dying.kill()
    await asyncio.gather(*talking)
    await room.is_told_alike(hers, his, within=LATE_S * TIMES)
    assert hers.welcomes == his.welcomes == 1


async def test_all_workers_are_killed_and_deadlines_are_kept(world: World) -> None:
    """Situation 21, of all workers: the nodes keep the deadlines, and recording waits for a worker."""
    await world.opens(NO_LIMITS, {"HOLD_S": "0"})
    (worker,) = world.workers
    ann, bob, cid = await world.people("Ann", "Bob", "Cid")
    room = await world.meet(ann, bob)
    await worker.kill()
    await bob.vanishes()
    await ann.tab.expect("room.partner_lost")
    await world.time_passes(10)
    assert (await ann.tab.expect("room.ended"))["reason"] == "lost"
    invite_id = await ann.invites(cid)
    await world.time_passes(20)
    assert (await cid.tab.expect("invite.ended", invite_id=invite_id))["outcome"] == "expired"
    await worker.start()
    assert await eventually(lambda: world.rows("select * from chat_history where room_id = $1", room.room_id))
