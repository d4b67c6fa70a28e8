"""The recorder: from the journals into PostgreSQL, by one worker; and how far behind it is under a steady load."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import asyncpg

from bench.figures import Benchmark, Figures, Shown, percentile
from bench.rooms import Pair, open_rooms, pairs, talk
from bench.stage import Stage, until
from core import keys
from core.actions.rehydrate import bring_all_live
from core.actions.service import Service
from core.record.journal import START

ROOMS: Final = 50
LOOK_S: Final = 0.01
WAIT_S: Final = 120.0
SETTLE_S: Final = 0.5
TICK_S: Final = 0.05
"""A steady load comes in portions of this length."""
_COUNT = "select count(*) from room_messages"
_POSITIONS = "select shard, position from shards"


async def measure(stage: Stage, size: int, _seconds: float) -> Figures:
    """`size` messages wait in the journals, written by the real scripts; then the worker begins."""
    async with stage.service(TICK_GAP_S="3600") as service:
        await bring_all_live(service)
        rooms = pairs(ROOMS, service.settings.room_shards, service.live.incarnation)
        await open_rooms(service, rooms)
        await talk(service, rooms, size)
        ends = {shard.name: await _end(service, shard.name) for shard in service.live.shards()}
        worker = await stage.worker()
        connection = await asyncpg.connect(stage.database_url)
        try:
            async with asyncio.timeout(WAIT_S):
                already = await until(lambda: connection.fetchval(_COUNT))
                begun, busy = time.perf_counter(), worker.cpu_s()
                await until(lambda: _is_recorded(connection, ends))
                taken, busy = time.perf_counter() - begun, worker.cpu_s() - busy
            recorded = await connection.fetchval(_COUNT)
        finally:
            await connection.close()
    if recorded < size:
        raise RuntimeError(f"{recorded} of {size} messages were recorded")
    return {"recorded": (recorded - already) / taken, "worker busy": 100 * busy / taken}


async def measure_lag(stage: Stage, size: int, seconds: float) -> Figures:
    """`size` messages a second; every now and then the oldest entry that is not recorded yet is asked its age."""
    async with stage.service(TICK_GAP_S="3600") as service:
        await bring_all_live(service)
        rooms = pairs(ROOMS, service.settings.room_shards, service.live.incarnation)
        await open_rooms(service, rooms)
        await stage.worker()
        connection = await asyncpg.connect(stage.database_url)
        try:
            talking = asyncio.create_task(_talk_steadily(service, rooms, size))
            await until(lambda: _has_begun(connection))
            await asyncio.sleep(SETTLE_S)
            watch_until, lags = time.perf_counter() + seconds, []
            while time.perf_counter() < watch_until:
                lags += await _ages_ms(service, connection)
                await asyncio.sleep(LOOK_S)
            talking.cancel()
        finally:
            await connection.close()
    return {"lag p50": percentile(lags, 0.5), "lag p99": percentile(lags, 0.99)}


async def _talk_steadily(service: Service, rooms: Sequence[Pair], rate: int) -> None:
    """Until cancelled. Unlike in a closed loop, nobody says less because somebody is slow."""
    begun, said = time.perf_counter(), 0
    while True:
        while said < (time.perf_counter() - begun) * rate:
            room = rooms[said % len(rooms)]
            service.live.shard(room.room_id).submit(room.message(said // len(rooms)), _ignore, 512)
            said += 1
        await asyncio.sleep(TICK_S)


def _ignore(_result: object) -> None:
    """The journal has it or the family is in trouble, which the next look at it shows."""


async def _ages_ms(service: Service, connection: "asyncpg.Connection[asyncpg.Record]") -> list[float]:
    """For each family, how long its oldest unrecorded entry has waited; 0 where there is none."""
    ages = []
    for name, position in await connection.fetch(_POSITIONS):
        found = await service.live.redis.xrange(keys.journal(name), f"({position}", count=1)
        now_ms = service.live.clock.now_ms()
        if name != keys.LOBBY:
            ages.append(float(max(0, now_ms - int(found[0][0].partition(b"-")[0]))) if found else 0.0)
    return ages


async def _end(service: Service, name: str) -> str:
    entries = await service.live.redis.xrevrange(keys.journal(name), count=1)
    end: bytes = entries[0][0]
    return end.decode()


async def _is_recorded(connection: "asyncpg.Connection[asyncpg.Record]", ends: dict[str, str]) -> bool:
    """Whether the journals are recorded to their ends."""
    found = await connection.fetch(_POSITIONS)
    return all(position == ends[name] for name, position in found if name in ends)


async def _has_begun(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Whether the worker has taken up every shard."""
    return all(position != START for name, position in await connection.fetch(_POSITIONS) if name != keys.LOBBY)


DRAIN = Benchmark(
    name="recorder",
    title="Recorder, journal to PostgreSQL, one worker",
    unit="messages waiting",
    sizes=(20_000, 200_000),
    quick=(500, 5_000),
    shown=(Shown("recorded", "/s", least=25_000, at=1), Shown("worker busy", "%")),
    measure=measure,
    remark="The journals are filled by the real scripts; from the first row in PostgreSQL to the last.",
)
LAG = Benchmark(
    name="lag",
    title="Record lag under a steady load",
    unit="messages/s",
    sizes=(500, 5_000),
    quick=(50, 500),
    shown=(Shown("lag p50", "ms"), Shown("lag p99", "ms", most=250)),
    measure=measure_lag,
    remark="Age of the oldest entry not in PostgreSQL yet, looked at every 10 ms in every shard.",
)
