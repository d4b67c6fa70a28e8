"""Long limits hold, whatever dies (rules, section 14)."""

import asyncio
from typing import Any

from redis.asyncio import Redis

from core import keys
from tests.world import NO_LIMITS, World, eventually

LIMITED = {**NO_LIMITS, "LIMIT_SIGNUP": "4/1h", "LIMIT_CODE": "3/1h"}
UNKNOWN = "Z" * 16
RECORDED_S = 10.0
"""How soon PostgreSQL has heard."""


async def signs_up(world: World, place: int, **more: str) -> tuple[int, str, int]:
    """Status, code and time to wait, at one of the nodes."""
    body = {"name": "Ann", "gender": "female", **more}
    status, answer, _ = await world.ask_http(world.nodes[place], "POST", "/api/v1/guests", json=body)
    return status, answer.get("code", ""), answer.get("retry_after_ms", 0)


async def are_over(world: World) -> list[int]:
    """Both limits are, at every node; returns the times to wait."""
    waits = []
    for place in range(len(world.nodes)):
        for more in ({}, {"invite_code": UNKNOWN}):
            status, code, wait = await signs_up(world, place, **more)
            assert (status, code) == (429, "rate_limited"), more
            waits.append(wait)
    return waits


async def spend(world: World) -> list[int]:
    """Both limits are spent at two nodes by turns, and not a call more."""
    for number in range(3):
        assert (await signs_up(world, number % 2, invite_code=UNKNOWN))[:2] == (404, "not_found")
    for number in range(4):
        assert (await signs_up(world, number % 2))[0] == 201
    return await are_over(world)


async def recorded(world: World) -> None:
    """PostgreSQL has heard of all of it."""

    async def are_there() -> bool:
        rows = await world.rows("select scope, extract(epoch from tat - now()) as s from rate_limits")
        spent = {row["scope"]: row["s"] for row in rows}
        return spent.keys() == {"signup", "code"} and all(seconds > 3_500 for seconds in spent.values())

    await eventually(are_there, within=RECORDED_S)


async def test_limits_across_a_restart_of_everything(fragile_world: World) -> None:
    """Situation 18: limits across a restart of everything: processes and stores die and start again, with what Redis
    had on its disk and without it: what was spent is spent."""
    world = fragile_world
    assert world.stores.redis
    assert world.stores.postgres
    await world.opens(LIMITED)
    before = await spend(world)
    await recorded(world)
    for is_empty in (False, True):
        for process in world.processes.all:
            process.expects_errors = True
            await process.kill()
        if is_empty:
            await world.redis.flushall()
        world.stores.redis.kill()
        world.stores.postgres.kill()
        await asyncio.gather(world.stores.redis.start(), world.stores.postgres.start())
        await asyncio.gather(*(process.start() for process in world.processes.all))
        await asyncio.gather(*(node.ready() for node in world.nodes))
        after = await are_over(world)
        assert all(0 < late <= early for early, late in zip(before, after, strict=True))
        before = after
    assert await world.value("select count(*) from users") == 4


async def test_what_a_node_counted_is_recorded_though_it_died(world: World) -> None:
    await world.opens(LIMITED, workers=0)
    await spend(world)
    for node in world.nodes:
        await node.kill()
    worker: dict[str, Any] = LIMITED
    await world.processes.worker("live", **worker)
    await recorded(world)


async def test_redis_comes_back_empty_under_running_nodes(fragile_world: World) -> None:
    """There is no instant at which a spent limit is whole again: whoever asks too early hears `unavailable`."""
    world = fragile_world
    await world.opens(LIMITED)
    await spend(world)
    await recorded(world)
    asking = True

    async def asks(place: int) -> set[tuple[int, str]]:
        heard = set()
        while asking:
            heard.add((await signs_up(world, place))[:2])
            heard.add((await signs_up(world, place, invite_code=UNKNOWN))[:2])
        return heard

    askers = [asyncio.create_task(asks(place)) for place in range(2)]
    await Redis.from_url(world.stores.redis_url).flushall()

    async def is_back() -> bool:
        return (await world.epochs())[keys.LOBBY] > 1

    try:
        await eventually(is_back)
        await are_over(world)
    finally:
        asking = False
    for heard in await asyncio.gather(*askers):
        assert heard <= {(429, "rate_limited"), (503, "unavailable")}
