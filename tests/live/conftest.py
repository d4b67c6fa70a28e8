"""One shard of a real Redis, set up for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.live.stage import Stage, settings
from tests.servers import Stores

OpenStage = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def open_stage(session_wide_stores: Stores) -> AsyncIterator[OpenStage]:
    """Opens an empty shard with settings of the test's own: `await open_stage(grace_s=1)`."""
    redis = Redis.from_url(session_wide_stores.redis_url)
    opened: list[Stage] = []

    async def open_one(**changes: Any) -> Stage:
        opened.append(await Stage.open(redis, settings(**changes)))
        return opened[-1]

    yield open_one
    for stage in opened:
        await stage.close()
    await redis.aclose()


@pytest.fixture
async def stage(open_stage: OpenStage) -> Stage:
    """An empty shard with the rules' own periods and no limits."""
    return await open_stage()
