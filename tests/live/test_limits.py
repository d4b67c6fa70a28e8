"""Limits: counted, looked at, given back; the long ones recorded and brought back."""

import dataclasses
from collections.abc import AsyncIterator

import asyncpg
import pytest
from redis.asyncio import Redis

from core import keys
from core.actions import limits, rehydrate
from core.actions.service import Service
from core.errors import Refusal
from core.settings import Limit, Settings
from tests.servers import Stores

ADDRESS = "192.0.2.7"


def limited(settings: Settings, **rules: str) -> Settings:
    return dataclasses.replace(
        settings, limits={**settings.limits, **{name: Limit.parse(text) for name, text in rules.items()}}
    )


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """Three calls an hour for codes, three a minute for HTTP; nothing recorded yet."""
    service = await Service.open(limited(settings, code="3/1h", http="3/1m"))
    await limits.load(service)
    yield service
    await service.close()


async def spend(service: Service, rule: str, calls: int, subject: str = ADDRESS) -> None:
    for _ in range(calls):
        await service.limits.take(rule, subject)


async def refusal(service: Service, rule: str, *, subject: str = ADDRESS, strict: bool = False) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await service.limits.take(rule, subject, strict=strict)
    return refused.value


@pytest.mark.parametrize("rule", ["code", "http"])
async def test_so_many_calls_are_taken_and_the_next_says_how_long_to_wait(service: Service, rule: str) -> None:
    await spend(service, rule, 3)
    refused = await refusal(service, rule)
    assert refused.code == "rate_limited"
    limit = service.settings.limits[rule]
    assert limit
    assert 0 < (refused.retry_after_ms or 0) <= limit.every_ms
    await service.limits.take(rule, "192.0.2.8")


@pytest.mark.parametrize("rule", ["code", "http"])
async def test_what_is_given_back_is_free_again(service: Service, rule: str) -> None:
    await spend(service, rule, 3)
    await service.limits.refund(rule, ADDRESS)
    await spend(service, rule, 1)
    assert (await refusal(service, rule)).code == "rate_limited"


async def test_a_refused_call_does_not_count(service: Service, redis: Redis) -> None:
    await spend(service, "code", 3)
    spent = await redis.get(keys.kept_limit("code", ADDRESS))
    for _ in range(3):
        with pytest.raises(Refusal):
            await service.limits.take("code", ADDRESS)
    assert await redis.get(keys.kept_limit("code", ADDRESS)) == spent


async def test_only_long_limits_are_recorded_and_each_change_once(
    service: Service, database: asyncpg.Connection
) -> None:
    await spend(service, "code", 2)
    await spend(service, "http", 2)
    assert await limits.save(service) == 1
    assert await limits.save(service) == 0
    rows = await database.fetch("select scope, key, tat > now() + interval '39 minutes' as is_spent from rate_limits")
    assert [tuple(row) for row in rows] == [("code", ADDRESS, True)]


async def test_what_changes_while_it_is_recorded_is_recorded_again(
    service: Service, database: asyncpg.Connection
) -> None:
    await spend(service, "code", 1)
    heard = await service.limits.changed(10)
    await spend(service, "code", 1)
    await service.limits.saved(heard)
    assert await limits.save(service) == 1
    assert await database.fetchval("select tat > now() + interval '39 minutes' from rate_limits")


async def test_a_limit_comes_back_after_a_loss_and_is_never_lowered(service: Service, redis: Redis) -> None:
    await spend(service, "code", 2)
    await spend(service, "code", 1, "2001:db8::/64")
    await limits.save(service)
    await redis.flushall()
    assert await limits.load(service) == 2
    await spend(service, "code", 1)
    assert (await refusal(service, "code")).code == "rate_limited"
    await limits.load(service)
    assert (await refusal(service, "code")).code == "rate_limited"
    await spend(service, "code", 2, "2001:db8::/64")
    assert (await refusal(service, "code", subject="2001:db8::/64")).code == "rate_limited"


async def test_before_they_are_back_nobody_who_must_be_counted_is_let_in(service: Service, redis: Redis) -> None:
    await redis.flushall()
    assert (await refusal(service, "code", strict=True)).code == "unavailable"
    await spend(service, "code", 3)  # who need not be waited for is counted by this process
    assert (await refusal(service, "code")).code == "rate_limited"
    await limits.load(service)
    await service.limits.take("code", ADDRESS, strict=True)


async def test_they_come_back_with_the_lobby(stores: Stores, service: Service) -> None:
    await spend(service, "code", 3)
    await limits.save(service)
    await Redis.from_url(stores.redis_url).flushall()
    again = await Service.open(service.settings)
    await rehydrate.bring_live(again, again.live.lobby)
    assert (await refusal(again, "code", strict=True)).code == "rate_limited"
    await again.close()


async def test_with_redis_away_each_process_counts_for_itself(fragile: Stores) -> None:
    service = await Service.open(limited(Settings.from_env(fragile.environ()), code="3/1h", http="3/1m"))
    assert fragile.redis
    await fragile.redis.stop()
    for rule in ("code", "http"):
        assert (await refusal(service, rule, strict=True)).code == "unavailable"
        await spend(service, rule, 3)
        assert (await refusal(service, rule)).code == "rate_limited"
    await service.close()
