"""Rehydrate: an empty Redis is brought back from PostgreSQL, rooms, people, logins and cooldowns."""

import time

import asyncpg

from bench.figures import Benchmark, Figures, Shown
from bench.people import people, sign_up
from bench.stage import Stage, on_the_servers_core
from core import keys
from core.actions.rehydrate import bring_all_live
from core.ids import new_room_id

MESSAGES = 20
"""What has been said in each room."""

_ROOMS = """
insert into active_rooms (room_id, user_1, user_2, name_1, name_2, created_at, started_at, chat_mode, status,
                          user_1_connected, user_2_connected, generation, last_seq, user_1_messages, user_2_messages,
                          epoch, version)
select id::uuid, one::uuid, two::uuid, 'Guest', 'Guest', now() - interval '1 minute', now() - interval '1 minute',
       'text', 'active', true, true, 1, $4, $4 / 2, $4 / 2, 1, 3
from unnest($1::text[], $2::text[], $3::text[]) as r (id, one, two)
"""
_TORCHES = """
insert into text_room_activity (room_id, user_1_last_message_at, user_2_last_message_at)
select room_id, now(), now() from active_rooms
"""
_MESSAGES = """
insert into room_messages (room_id, seq, sender_id, client_id, kind, body, sent_at)
select room_id, seq, case when seq % 2 = 0 then user_1 else user_2 end, seq::text, 'text',
       to_jsonb(repeat('x', 64)), now()
from active_rooms cross join generate_series(1, $1) as seq
"""


async def measure(stage: Stage, size: int, _seconds: float) -> Figures:
    """`size` rooms of two were going on, with twenty messages each, when Redis was lost."""
    everyone = people(2 * size)
    await sign_up(stage.database_url, everyone)
    async with stage.service() as service:
        rooms = [new_room_id(number % service.settings.room_shards) for number in range(size)]
        ones, twos = everyone[::2], everyone[1::2]
        connection = await asyncpg.connect(stage.database_url)
        try:
            await connection.execute(_ROOMS, rooms, [p.user_id for p in ones], [p.user_id for p in twos], MESSAGES)
            await connection.execute(_TORCHES)
            await connection.execute(_MESSAGES, MESSAGES)
            await connection.execute("analyze")
            await connection.execute("checkpoint")
        finally:
            await connection.close()
        with on_the_servers_core():
            begun = time.perf_counter()
            await bring_all_live(service)
            taken = time.perf_counter() - begun
        back = sum([await service.live.redis.zcard(keys.deadlines(shard.name)) for shard in service.live.shards()])
        memory = (await service.live.redis.info("memory"))["used_memory"]
    if back != size:
        raise RuntimeError(f"{back} of {size} rooms came back")
    return {"all families live": taken, "rooms a second": size / taken, "Redis memory": memory / 1024 / 1024}


BENCHMARK = Benchmark(
    name="rehydrate",
    title="Rehydrate an empty Redis",
    unit="rooms",
    sizes=(1_000, 10_000),
    quick=(50, 500),
    shown=(Shown("all families live", "s", most=3), Shown("rooms a second", "/s"), Shown("Redis memory", "MB")),
    measure=measure,
    remark=f"With {MESSAGES} messages and two users, logged in today, for each room.",
)
