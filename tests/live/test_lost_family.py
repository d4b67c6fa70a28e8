"""Redis comes back empty: what was queued behind the loss, and who brings a family back."""

import asyncio
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from core import keys
from core.actions import rehydrate
from core.errors import Unavailable
from core.settings import Settings
from tests.workers.town import Talk, open_service


async def test_what_was_queued_behind_the_loss_is_unavailable_and_not_done_in_the_void(
    settings: Settings, redis: Redis
) -> None:
    async with open_service(settings) as service:
        talk = await Talk(service, 3).start()
        await redis.flushdb()
        leaving = [asyncio.create_task(talk.family.call("leave", talk.room_id, talk.ada))]
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # that one is under way; these wait for its answer
        leaving += [asyncio.create_task(talk.family.call("leave", talk.room_id, talk.bob)) for _ in range(3)]
        answers = await asyncio.gather(*leaving, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unavailable] * 4
        assert await redis.keys("{r3}:*") == []


async def test_a_family_that_somebody_has_just_brought_back_is_not_raised_once_more(
    settings: Settings, redis: Redis, database: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(settings) as slow, open_service(settings) as fast:
        await redis.flushdb()
        take_token = slow.live.redis.set

        async def too_late(*args: Any, **options: Any) -> Any:
            await rehydrate.bring_live(fast, fast.live.family("r3"))
            return await take_token(*args, **options)

        monkeypatch.setattr(slow.live.redis, "set", too_late)
        with pytest.raises(Unavailable):
            await rehydrate.bring_live(slow, slow.live.family("r3"))
        live = int(await redis.hget(keys.marker("r3"), "epoch") or 0)  # type: ignore[misc]
        assert live == await database.fetchval("select epoch from shards where shard = 'r3'")
        assert await rehydrate.bring_live(slow, slow.live.family("r3"))


async def test_who_slept_with_the_token_in_his_hand_raises_nothing(
    settings: Settings, redis: Redis, database: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(settings) as slow, open_service(settings) as fast:
        await redis.flushdb()
        raise_epoch = slow.record.shards.raise_epoch

        async def asleep(*args: Any, **options: Any) -> Any:
            await redis.delete(keys.rehydrating("r3"))  # his lease on it has run out
            await rehydrate.bring_live(fast, fast.live.family("r3"))
            return await raise_epoch(*args, **options)

        monkeypatch.setattr(slow.record.shards, "raise_epoch", asleep)
        with pytest.raises(Unavailable):
            await rehydrate.bring_live(slow, slow.live.family("r3"))
        live = int(await redis.hget(keys.marker("r3"), "epoch") or 0)  # type: ignore[misc]
        assert live == await database.fetchval("select epoch from shards where shard = 'r3'")
