"""The ground that other tests stand on."""

import asyncpg
from redis.asyncio import Redis

from tests.clocks import Clock
from tests.servers import Stores


async def test_rows_and_keys_of_one_test(database: asyncpg.Connection, redis: Redis) -> None:
    await database.execute("insert into outbox (kind, payload) values ('x', '{}')")
    await redis.set("left", "over")


async def test_are_gone_in_the_next(database: asyncpg.Connection, redis: Redis) -> None:
    assert await database.fetchval("select count(*) from outbox") == 0
    assert await database.fetchval("insert into outbox (kind, payload) values ('x', '{}') returning outbox_id") == 1
    assert await redis.dbsize() == 0


async def test_the_clock_moves_in_every_family_alike(clock: Clock, redis: Redis) -> None:
    await clock.forward(1.5)
    await clock.forward(60)
    assert await clock.shift_ms() == 61_500
    assert {await redis.get(key) for key in await redis.keys("*clock_shift_ms")} == {b"61500"}


async def test_fragile_stores_keep_their_data_through_a_kill(fragile: Stores) -> None:
    assert fragile.postgres
    assert fragile.redis
    client = Redis.from_url(fragile.redis_url)
    await client.set("acknowledged", "kept")
    await client.aclose()
    fragile.postgres.kill()
    fragile.redis.kill()
    await fragile.postgres.start()
    await fragile.redis.start()
    client = Redis.from_url(fragile.redis.url)
    assert await client.get("acknowledged") == b"kept"
    await client.aclose()
    connection = await asyncpg.connect(fragile.postgres.url)
    assert await connection.fetchval("select count(*) from schema_migrations") > 0
    await connection.close()
