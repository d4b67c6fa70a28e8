"""Workers outlive their stores, and jobs that cannot be done are kept for a person to look at."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import asyncpg
import orjson
import pytest
from arq.connections import ArqRedis
from redis.asyncio import Redis

from core.actions.service import Service
from core.settings import Settings
from tests.processes import Processes, Worker
from tests.servers import Stores
from tests.workers.town import Talk, fact, open_service, until
from workers import jobs
from workers.burial import WAITING
from workers.jobs import Jobs
from workers.queues import DEFAULT, LIVE

FEW_SHARDS = {"ROOM_SHARDS": "2", "LIMIT_CHAT": "off"}


@pytest.fixture
async def arq(settings: Settings) -> AsyncIterator[ArqRedis]:
    client = jobs.connect(settings.jobs_redis_url, LIVE, is_patient=False)
    yield client
    await client.aclose(close_connection_pool=True)


@pytest.fixture
async def fragile_service(fragile: Stores) -> AsyncIterator[Service]:
    async with open_service(Settings.from_env(fragile.environ() | FEW_SHARDS)) as service:
        yield service


async def count(database: asyncpg.Connection, table: str) -> int:
    rows: int = await database.fetchval(f"select count(*) from {table}")
    return rows


# ------------------------------------------------------------------------------------------------ enqueueing
async def test_a_job_is_queued_once_until_it_is_done(arq: ArqRedis) -> None:
    queue = Jobs(arq, LIVE)
    assert await queue.enqueue("record", "r0", job_id="one")
    assert not await queue.enqueue("record", "r0", job_id="one")
    assert not await queue.enqueue("record", "r0", job_id="two", unless=("one",))
    assert await arq.zcard(LIVE.key) == 1


async def test_jobs_are_json_and_never_pickle(arq: ArqRedis) -> None:
    await Jobs(arq, LIVE).enqueue("record", "r0", 1, job_id="one")
    body = orjson.loads(await arq.get("arq:job:one"))
    assert (body["f"], body["a"]) == ("record", ["r0", 1])
    assert jobs.loads(jobs.dumps({"what": object})) == {"what": repr(object)}


# ------------------------------------------------------------------------------------------------ dead letters
async def test_a_job_that_fails_every_try_becomes_a_dead_letter(
    processes: Processes, arq: ArqRedis, database: asyncpg.Connection
) -> None:
    worker = await processes.worker("live")
    worker.expects_errors = True
    await Jobs(arq, LIVE).enqueue("record", "no such family", 0, "too many arguments", job_id="hopeless")
    await until(lambda: count(database, "dead_letters"), within_s=30)
    row = await database.fetchrow("select source, name, args, error, traceback, tries from dead_letters")
    assert row is not None
    assert (row["source"], row["name"], row["tries"]) == ("job", "record", 5)
    assert orjson.loads(row["args"]) == ["no such family", 0, "too many arguments"]
    assert row["error"].startswith("TypeError")
    assert "Traceback" in row["traceback"]
    await until(lambda: is_gone(arq, "hopeless"), within_s=5)


async def test_a_job_nobody_knows_is_buried_and_not_dropped(
    processes: Processes, arq: ArqRedis, database: asyncpg.Connection
) -> None:
    worker = await processes.worker("live")
    worker.expects_errors = True
    await Jobs(arq, LIVE).enqueue("sing", "la", job_id="song")
    await until(lambda: count(database, "dead_letters"), within_s=10)
    row = await database.fetchrow("select name, args from dead_letters")
    assert row is not None
    assert (row["name"], orjson.loads(row["args"])) == ("sing", ["la"])


async def test_a_job_that_takes_its_worker_along_each_time_is_buried_in_the_end(
    processes: Processes, arq: ArqRedis, database: asyncpg.Connection
) -> None:
    await arq.set("arq:retry:killer", 20)
    await Jobs(arq, LIVE).enqueue("record", "r0", 0, job_id="killer")
    worker = await processes.worker("live")
    worker.expects_errors = True
    await until(lambda: count(database, "dead_letters"), within_s=10)
    assert "never ended" in await database.fetchval("select error from dead_letters")


async def test_dead_letters_wait_in_redis_while_postgresql_is_away(
    fragile: Stores, fragile_processes: Processes, fragile_service: Service
) -> None:
    assert fragile.postgres is not None
    worker = await fragile_processes.worker("all", until_ready=True, **FEW_SHARDS)
    worker.expects_errors = True
    redis = fragile_service.live.redis
    await fragile.postgres.stop()
    client = jobs.connect(fragile.redis_url, LIVE, is_patient=False)
    await Jobs(client, LIVE).enqueue("sing", "la", job_id="song")
    await client.aclose(close_connection_pool=True)
    await until(lambda: redis.xlen(WAITING), within_s=20)
    await fragile.postgres.start()

    async def letters() -> int:
        return len(await fragile_service.record.dead_letters.newest(limit=10)) if await is_back() else 0

    async def is_back() -> bool:
        return await fragile_service.record.is_there()

    await until(letters, within_s=30)
    (letter,) = await fragile_service.record.dead_letters.newest(limit=10)
    assert (letter["name"], letter["args"]) == ("sing", ["la"])
    assert await redis.xlen(WAITING) == 0


async def is_gone(arq: ArqRedis, job_id: str) -> bool:
    return not await arq.exists(f"arq:job:{job_id}", f"arq:in-progress:{job_id}", f"arq:retry:{job_id}")


# -------------------------------------------------------------------------------------------- stores that come and go
async def test_a_restart_of_redis_kills_no_worker_and_loses_nothing(
    fragile: Stores, fragile_processes: Processes, fragile_service: Service
) -> None:
    assert fragile.redis is not None
    worker = await fragile_processes.worker("all", until_ready=True, **FEW_SHARDS)
    pid = worker.pid
    talk = await Talk(fragile_service, 0).start()
    await talk.say_many(20)
    for end in (fragile.redis.stop, kill(fragile.redis.kill)):
        await end()
        await asyncio.sleep(1)  # an outage has a length
        await fragile.redis.start()
        await until(lambda: is_live(fragile_service), within_s=20)
        await talk.say_many(20)
    await until(lambda: recorded(fragile_service, talk, 60), within_s=20)
    assert (worker.pid, worker.is_running) == (pid, True)
    await worker.ready()


async def test_a_worker_that_falls_over_is_begun_again(
    processes: Processes, service: Service, redis: Redis, database: asyncpg.Connection
) -> None:
    talk = await Talk(service, 0).start()
    worker = await processes.worker("live")
    async with redis.pipeline(transaction=True) as together:
        together.delete(LIVE.key)
        together.set(LIVE.key, "no queue at all")
        await together.execute()

    async def fell() -> bool:
        return any(line["event"] == "worker fell over" for line in worker.lines())

    await until(fell, within_s=10)
    await redis.delete(LIVE.key)
    await talk.say()
    await until(lambda: recorded(service, talk, 1), within_s=20)
    assert worker.is_running


async def test_an_outage_of_postgresql_delays_recording_and_nothing_else(
    fragile: Stores, fragile_processes: Processes, fragile_service: Service
) -> None:
    assert fragile.postgres is not None
    worker = await fragile_processes.worker("live", until_ready=True, **FEW_SHARDS)
    talk = await Talk(fragile_service, 0).start()
    await talk.say_many(10)
    await until(lambda: recorded(fragile_service, talk, 10), within_s=10)
    fragile.postgres.kill()
    await talk.say_many(10)
    async with aiohttp.ClientSession() as http, http.get(worker.ready_url) as answer:
        body = await answer.json()
        assert (answer.status, body["ready"], body["degraded"]) == (200, True, ["postgresql: away"])
    await fragile.postgres.start()
    await until(lambda: recorded(fragile_service, talk, 20), within_s=20)


async def test_redis_that_comes_back_empty_is_rehydrated_by_the_workers(
    fragile: Stores, fragile_processes: Processes, fragile_service: Service
) -> None:
    await fragile_processes.worker("live", until_ready=True, **FEW_SHARDS)
    talk = await Talk(fragile_service, 0).start()
    await talk.say_many(10)
    await until(lambda: recorded(fragile_service, talk, 10), within_s=10)
    await fragile_service.live.redis.flushall()
    redis = fragile_service.live.redis
    await until(lambda: fact(redis, "r0", "marker", "epoch"), within_s=10)
    assert await fact(redis, "r0", "marker", "epoch") == b"2"
    assert await fact(redis, "r0", f"room:{talk.room_id}", "status") == b"grace_period"


async def is_live(service: Service) -> bool:
    try:
        for family in service.live.families():
            await family.call("now")
    except Exception:  # noqa: BLE001 - whatever says no
        return False
    return True


async def recorded(service: Service, talk: Talk, messages: int) -> bool:
    if not await service.record.is_there():
        return False
    found = await service.record.rooms.messages_after(talk.room_id, 0, messages + 1)
    return len(found) == messages


def kill(now: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    async def ended() -> None:
        now()

    return ended


# ------------------------------------------------------------------------------------------------ being looked at
async def test_a_worker_tells_its_figures_and_has_a_lease(processes: Processes, service: Service) -> None:
    worker: Worker = await processes.worker("all")
    base = worker.ready_url.removesuffix("/readyz")
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{base}/healthz") as answer:
            assert answer.status == 200

        async def figures() -> bool:
            async with http.get(f"{base}/metrics") as answer:
                text = await answer.text()
            return 'cresset_jobs_total{job="sweep_for_a_second",result="done"}' in text and "cresset_sweep_age" in text

        await until(figures, within_s=10)
    (nodes,) = await service.live.lobby.call("nodes")
    assert [name for _, name, _, _ in nodes] == [f"workers all 127.0.0.1:{worker.metrics_port}"]


async def test_each_worker_has_a_health_key_of_its_own(processes: Processes, redis: Redis) -> None:
    one, _ = await asyncio.gather(processes.worker("default"), processes.worker("default"))

    async def health() -> int:
        return len(await redis.keys(f"{DEFAULT.key}:health:*"))

    async def both() -> bool:
        return await health() == 2

    await until(both, within_s=10)
    await one.stop()
    assert await health() == 1


async def test_an_unknown_kind_of_worker_does_not_start(processes: Processes) -> None:
    worker = await processes.worker("night", until_ready=False)
    worker.expects_errors = True
    assert await worker.end() == 64
