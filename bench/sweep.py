"""The sweep: what it costs while nothing is due, and how long it takes when everything is due at once."""

import asyncio
import time

from bench.figures import Benchmark, Figures, Shown, percentile
from bench.rooms import open_rooms, pairs
from bench.stage import Stage, on_the_servers_core, until
from core import keys
from core.actions.rehydrate import bring_all_live
from core.actions.service import Service
from core.actions.sweep import sweep_all

PASSES_LEAST = 50
PASSES_A_SECOND = 50
CALM = {"TICK_GAP_S": "3600", "HOLD_S": "0", "JOIN_S": "3600", "TORCH_DIM_S": "3600", "TEST_CLOCK": "1"}
"""Nothing happens by itself while a hundred thousand rooms are made."""


async def measure_idle(stage: Stage, size: int, seconds: float) -> Figures:
    """`size` rooms are armed, none is due: one pass over every family, as it happens each second."""
    async with stage.service(**CALM) as service:
        await bring_all_live(service)
        await open_rooms(service, pairs(size, service.settings.room_shards, service.live.incarnation))
        taken = []
        with on_the_servers_core():
            for _ in range(max(PASSES_LEAST, int(seconds * PASSES_A_SECOND))):
                begun = time.perf_counter()
                due = await sweep_all(service)
                taken.append((time.perf_counter() - begun) * 1000)
                if due:
                    raise RuntimeError(f"{due} rooms were due; none should be")
    return {"pass p50": percentile(taken, 0.5), "pass p99": percentile(taken, 0.99)}


async def measure_due(stage: Stage, size: int, _seconds: float) -> Figures:
    """The node of `size` rooms died and nobody came back: every grace is over in the same second."""
    async with stage.service(**CALM) as service:
        await bring_all_live(service)
        rooms = pairs(size, service.settings.room_shards, service.live.incarnation)
        await open_rooms(service, rooms, seats=True)
        with on_the_servers_core():
            begun = time.perf_counter()
            await asyncio.gather(*(_reap(service, shard.name) for shard in service.live.shards()))
            reaped = time.perf_counter()
            await asyncio.gather(*(_pass_time(service, family.name) for family in service.live.families()))
            due_at = time.perf_counter()
            due = await sweep_all(service)
            swept = time.perf_counter()
            await until(lambda: _seats_are_free(service))
            free = time.perf_counter()
    if due < size:
        raise RuntimeError(f"{due} of {size} rooms were due")
    return {"dead node's members in grace": reaped - begun, "rooms ended": swept - due_at, "seats free": free - due_at}


async def _reap(service: Service, name: str) -> None:
    shard, remaining = service.live.family(name), 1
    while remaining:
        (remaining,) = await shard.call("reap", service.live.incarnation, 200)


async def _pass_time(service: Service, name: str) -> None:
    await service.live.redis.set(keys.clock_shift(name), round(service.settings.grace_s * 1000) + 1)


async def _seats_are_free(service: Service) -> bool:
    """A seat is a deadline of the lobby, and there are no others."""
    return not await service.live.redis.zcard(keys.deadlines(keys.LOBBY))


IDLE = Benchmark(
    name="sweep-idle",
    title="Sweep all families, nothing due",
    unit="rooms armed",
    sizes=(10_000, 100_000),
    quick=(100, 1_000),
    shown=(Shown("pass p50", "ms", most=2), Shown("pass p99", "ms")),
    measure=measure_idle,
    remark="One pass sweeps the lobby and eight shards at once; each is one script call.",
)
DUE = Benchmark(
    name="sweep-due",
    title="Everything due at once: a node died, nobody came back",
    unit="rooms",
    sizes=(1_000, 10_000),
    quick=(50, 500),
    shown=(
        Shown("dead node's members in grace", "s"),
        Shown("rooms ended", "s", most=3),
        Shown("seats free", "s"),
    ),
    measure=measure_due,
    remark="`rooms ended` is the sweep itself; `seats free` includes the second half of every end, in the lobby.",
)
