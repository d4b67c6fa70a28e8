"""How work becomes a job: limits, patience, and what is told apart when everything ends at once."""

import asyncio
import itertools
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from arq import Retry
from redis.asyncio import Redis

from core.actions.service import Service
from core.errors import Unavailable
from workers.metrics import Metrics
from workers.shop import Shop
from workers.trade import Functions, job, tick


@pytest.fixture
def ctx(service: Service, redis: Redis) -> dict[str, Any]:
    shop = Shop(service=service, metrics=Metrics(), reader=service.live.redis)
    return {"shop": shop, "job_id": "one", "job_try": 1, "redis": redis, "enqueue_time": datetime.now(UTC)}


async def test_what_fails_is_tried_again_later_and_later(ctx: dict[str, Any]) -> None:
    async def fails(_: Shop) -> None:
        raise KeyError("lost")

    pauses = []
    for ctx["job_try"] in (1, 2, 3, 4):
        with pytest.raises(Retry) as again:
            await job(fails, timeout_s=1).coroutine(ctx)
        pauses.append(again.value.defer_score or 0)
    assert all(later > 1.1 * sooner for sooner, later in itertools.pairwise(pauses))
    assert await ctx["redis"].get("arq:retry:one") is None
    assert await ctx["shop"].service.record.dead_letters.newest(limit=9) == []


async def test_the_last_failure_is_kept(ctx: dict[str, Any]) -> None:
    async def fails(_: Shop, what: str) -> None:
        raise KeyError(what)

    ctx["job_try"] = 5
    await job(fails, timeout_s=1).coroutine(ctx, "lost\0")
    (letter,) = await ctx["shop"].service.record.dead_letters.newest(limit=9)
    assert (letter["name"], letter["tries"], letter["args"]) == ("fails", 5, ["lost\\0"])
    assert "in fails" in letter["traceback"]


async def test_what_is_unavailable_is_no_failure_however_often(ctx: dict[str, Any]) -> None:
    async def waits(_: Shop) -> None:
        raise Unavailable("PostgreSQL")

    ctx["job_try"] = 5
    with pytest.raises(Retry):
        await job(waits, timeout_s=1).coroutine(ctx)
    assert await ctx["redis"].get("arq:retry:one") == b"-1"


async def test_what_takes_too_long_is_a_failure(ctx: dict[str, Any]) -> None:
    async def dawdles(_: Shop) -> None:
        await asyncio.Event().wait()

    with pytest.raises(Retry):
        await job(dawdles, timeout_s=0.05).coroutine(ctx)


async def test_what_is_handed_back_is_no_failure(ctx: dict[str, Any]) -> None:
    async def dawdles(_: Shop) -> None:
        await asyncio.Event().wait()

    working = asyncio.create_task(job(dawdles, timeout_s=60).coroutine(ctx))
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_after_a_pause_both_limits_strike_and_the_job_is_not_lost(ctx: dict[str, Any]) -> None:
    async def is_paused(_: Shop) -> None:
        time.sleep(0.2)  # noqa: ASYNC251 - the whole process stands still
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)  # a connection that is closed after the first cancellation hears the second

    with pytest.raises(Retry):
        await asyncio.wait_for(job(is_paused, timeout_s=0.05).coroutine(ctx), 0.1)


async def test_a_tick_that_fails_is_over(ctx: dict[str, Any]) -> None:
    async def fails(_: Shop) -> None:
        raise KeyError("lost")

    await tick(fails, timeout_s=1).coroutine(ctx)
    assert ctx["shop"].metrics.jobs.labels("fails", "failed")._value.get() == 1


async def test_a_function_nobody_knows_is_one_that_buries(ctx: dict[str, Any]) -> None:
    await Functions()["sing"].coroutine(ctx, "la")
    (letter,) = await ctx["shop"].service.record.dead_letters.newest(limit=9)
    assert letter["name"] == "sing"
