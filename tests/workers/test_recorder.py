"""What was journaled is recorded exactly once and soon, whatever becomes of the workers."""

import asyncio
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from core import keys
from core.actions.service import Service
from tests.clocks import Clock
from tests.processes import Processes
from tests.servers import Stores
from tests.workers.town import Talk, fact, seqs, until
from workers.recorder import TRIM


@pytest.fixture
async def talk(service: Service) -> Talk:
    return await Talk(service, 0).start()


async def test_a_conversation_is_recorded_trimmed_and_the_room_told(
    talk: Talk, processes: Processes, database: asyncpg.Connection, redis: Redis
) -> None:
    await processes.worker("live")
    await talk.say_many(300)
    await until(lambda: has(database, talk, 300), within_s=10)
    assert await seqs(database, talk.room_id) == list(range(1, 301))
    await until(lambda: is_told(redis, talk, 300), within_s=5)
    assert await is_empty(redis, talk)
    kept: Any = redis.llen(keys.key("r0", f"log:{talk.room_id}"))
    assert await kept == 200


async def test_a_single_message_is_recorded_within_half_a_second(
    talk: Talk, processes: Processes, database: asyncpg.Connection
) -> None:
    await processes.worker("live")
    await until(lambda: has_room(database, talk), within_s=10)
    delays = []
    for n in range(1, 11):
        await talk.say()
        delays.append(await until(lambda n=n: has(database, talk, n), within_s=5))  # type: ignore[misc]
    assert sorted(delays)[5] < 0.5


async def test_an_ended_room_moves_the_counters_once(
    talk: Talk, processes: Processes, service: Service, database: asyncpg.Connection, clock: Clock
) -> None:
    await database.execute(
        "insert into users (user_id, name, gender, account_expires_at) values ($1, 'Ada', 'female', now() + '1 day')",
        talk.ada,
    )
    await processes.worker("live")
    await clock.forward(60)
    facts = await talk.leave()
    assert facts["seconds"] >= 60

    async def is_counted() -> bool:
        return bool(await database.fetchval("select session_count from users"))

    await until(is_counted, within_s=10)
    row = await database.fetchrow("select session_count, successful_sessions, timer_total_seconds from users")
    assert row is not None
    assert tuple(row) == (1, 1, facts["seconds"])


async def test_a_worker_killed_in_the_middle_of_a_batch_is_replaced_and_all_is_recorded_once(
    talk: Talk, processes: Processes, stores: Stores, database: asyncpg.Connection
) -> None:
    worker = await processes.worker("live")
    await until(lambda: has_room(database, talk), within_s=10)
    # Between the messages and the commit comes the torch: there the batch is held, its rows written.
    holder = await asyncpg.connect(stores.database_url)
    async with holder.transaction():
        await holder.execute("lock table text_room_activity in access exclusive mode")
        await talk.say_many(50)
        await until(lambda: is_held(database), within_s=10)
        await worker.kill()
    await holder.close()
    assert await seqs(database, talk.room_id) == []
    await processes.worker("live")
    await talk.say_many(50)
    took = await until(lambda: has(database, talk, 100), within_s=20)
    assert await seqs(database, talk.room_id) == list(range(1, 101))
    assert took < 20


async def test_workers_killed_again_and_again_under_load_lose_and_double_nothing(
    talk: Talk, processes: Processes, service: Service, database: asyncpg.Connection
) -> None:
    talks = [talk, *[await Talk(service, n % 2).start() for n in range(3)]]
    for _ in range(3):
        worker = await processes.worker("live")
        talking = asyncio.gather(*(one.say_many(400) for one in talks))
        await until(lambda: any_new(database), within_s=20)
        await worker.kill()
        await talking
    await processes.worker("live")
    for one in talks:
        await until(lambda one=one: has(database, one, 1200), within_s=20)  # type: ignore[misc]
        assert await seqs(database, one.room_id) == list(range(1, 1201))


async def test_a_paused_worker_holds_nobody_up(talk: Talk, processes: Processes, database: asyncpg.Connection) -> None:
    worker = await processes.worker("live")
    await until(lambda: has_room(database, talk), within_s=10)
    await talk.say_many(10)
    await until(lambda: has(database, talk, 10), within_s=10)
    worker.pause()
    await processes.worker("live")
    await talk.say_many(10)
    took = await until(lambda: has(database, talk, 20), within_s=20)
    worker.resume()
    await talk.say_many(10)
    await until(lambda: has(database, talk, 30), within_s=10)
    assert await seqs(database, talk.room_id) == list(range(1, 31))
    assert took < 20


async def test_two_workers_record_once(talk: Talk, processes: Processes, database: asyncpg.Connection) -> None:
    await asyncio.gather(*(processes.worker("live") for _ in range(2)))
    for _ in range(5):
        await talk.say_many(200)
    await until(lambda: has(database, talk, 1000), within_s=20)
    assert await seqs(database, talk.room_id) == list(range(1, 1001))


async def test_a_stopped_worker_hands_back_at_once_and_says_goodbye(
    talk: Talk, processes: Processes, database: asyncpg.Connection, service: Service
) -> None:
    worker = await processes.worker("all")
    await until(lambda: has_room(database, talk), within_s=10)
    began = asyncio.get_running_loop().time()
    assert await worker.stop() == 0
    assert asyncio.get_running_loop().time() - began < 8
    (nodes,) = await service.live.lobby.call("nodes")
    assert nodes == []
    await talk.say_many(5)
    await processes.worker("live")
    await until(lambda: has(database, talk, 5), within_s=5)


async def test_an_entry_newer_than_the_worker_stops_its_family_only(
    talk: Talk, processes: Processes, service: Service, redis: Redis, database: asyncpg.Connection
) -> None:
    other = await Talk(service, 1).start()
    await redis.xadd(keys.journal("r0"), {"k": "hologram", "v": 1})
    worker = await processes.worker("live")
    worker.expects_errors = True
    await talk.say()
    await other.say()
    await until(lambda: has(database, other, 1), within_s=10)
    assert await seqs(database, talk.room_id) == []
    assert await database.fetchval("select count(*) from dead_letters") == 0


async def test_poison_does_not_stop_the_drain(
    talk: Talk, processes: Processes, redis: Redis, database: asyncpg.Connection
) -> None:
    worker = await processes.worker("live")
    worker.expects_errors = True
    await redis.xadd(keys.journal("r0"), {"msg": "nonsense"})
    await talk.say()
    await until(lambda: has(database, talk, 1), within_s=10)
    assert await database.fetchval("select count(*) from dead_letters where source = 'journal'") == 1


async def test_a_journal_of_another_life_is_never_trimmed(service: Service, redis: Redis) -> None:
    journal, marker = keys.journal("r0"), keys.marker("r0")
    for n in range(1, 4):
        await redis.xadd(journal, {"k": "msg"}, id=f"5-{n}")
    trim: Any = redis.register_script(TRIM)
    assert await trim(keys=[marker, journal], args=["7", "9-0"]) == -1
    assert await redis.xlen(journal) == 3
    assert await trim(keys=[marker, journal], args=["1", "5-3"]) == 1
    assert [entry for entry, _ in await redis.xrange(journal)] == [b"5-3"]


async def test_a_journal_behind_the_record_is_not_kept_quiet(
    talk: Talk, processes: Processes, database: asyncpg.Connection
) -> None:
    worker = await processes.worker("live")
    worker.expects_errors = True
    await until(lambda: has_room(database, talk), within_s=10)
    await database.execute("update shards set position = '9999999999999-0' where shard = 'r0'")

    async def is_said() -> bool:
        return any(line["event"] == "journal behind the record" for line in worker.errors())

    await until(is_said, within_s=10)


async def test_a_database_restored_from_before_the_epoch_takes_the_live_one(
    talk: Talk, processes: Processes, database: asyncpg.Connection
) -> None:
    await database.execute("delete from shards")
    await processes.worker("live")
    await talk.say()
    await until(lambda: has(database, talk, 1), within_s=10)
    assert await database.fetchval("select epoch from shards where shard = 'r0'") == talk.family.epoch


async def has(database: asyncpg.Connection, talk: Talk, messages: int) -> bool:
    count = await database.fetchval("select count(*) from room_messages where room_id = $1", talk.room_id)
    return bool(count >= messages)


async def has_room(database: asyncpg.Connection, talk: Talk) -> bool:
    found = await database.fetchval("select exists (select from active_rooms where room_id = $1)", talk.room_id)
    return bool(found)


_seen = 0


async def any_new(database: asyncpg.Connection) -> bool:
    global _seen  # noqa: PLW0603
    count = await database.fetchval("select count(*) from room_messages")
    is_new = count > _seen
    _seen = count if is_new else _seen
    return bool(is_new)


async def is_told(redis: Redis, talk: Talk, seq: int) -> bool:
    """The room knows up to where PostgreSQL has it; the journal was trimmed before."""
    return await fact(redis, talk.family.name, f"room:{talk.room_id}", "recorded_seq") == str(seq).encode()


async def is_empty(redis: Redis, talk: Talk) -> bool:
    return bool(await redis.xlen(keys.journal(talk.family.name)) == 0)


async def is_held(database: asyncpg.Connection) -> bool:
    """A recorder stands at the lock."""
    held = await database.fetchval(
        "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() "
        "and query like 'update text_room_activity%')"
    )
    return bool(held)
