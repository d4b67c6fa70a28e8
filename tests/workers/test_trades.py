"""The sweeper, the courier and the janitor."""

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import asyncpg
import orjson
import pytest
from redis.asyncio import Redis

from core import keys
from core.actions import limits
from core.actions.media import ADDRESS
from core.actions.service import Service
from core.ids import new_id
from core.media.local import LocalStorage
from core.record.audit import Operator
from core.record.outbox import SESSION_ENDED, USER_DELETED
from core.rules.addresses import read_network
from tests.clocks import Clock
from tests.processes import Processes
from tests.workers.town import Talk, until
from workers import courier
from workers.metrics import Metrics
from workers.shop import Shop


async def status(redis: Redis, talk: Talk) -> bytes:
    found: bytes = await redis.hget(keys.key(talk.family.name, f"room:{talk.room_id}"), "status")  # type: ignore[misc]
    return found


# ------------------------------------------------------------------------------------------------ the sweeper
async def test_a_torch_goes_out_by_itself(service: Service, processes: Processes, redis: Redis, clock: Clock) -> None:
    talk = await Talk(service, 0).start()
    await processes.worker("live")
    await clock.forward(185)

    async def is_over() -> bool:
        return await status(redis, talk) == b"ended"

    assert await until(is_over, within_s=5) < 1.5


async def test_two_sweepers_at_once_end_each_room_once(
    service: Service, processes: Processes, redis: Redis, database: asyncpg.Connection, clock: Clock
) -> None:
    talks = [await Talk(service, n % 2).start() for n in range(20)]
    await asyncio.gather(*(processes.worker("live") for _ in range(2)))
    await clock.forward(185)

    async def are_recorded() -> bool:
        return bool(await database.fetchval("select count(*) = 20 from active_rooms where status = 'ended'"))

    await until(are_recorded, within_s=15)
    ends = await database.fetch("select room_id from room_events where event = 'ended'")
    assert sorted(str(row["room_id"]) for row in ends) == sorted(talk.room_id for talk in talks)
    assert await database.fetchval("select count(*) from chat_history") == 40


async def test_a_sweeper_killed_again_and_again_misses_nothing(
    service: Service, processes: Processes, redis: Redis, clock: Clock
) -> None:
    talk = await Talk(service, 0).start()
    for _ in range(3):
        worker = await processes.worker("live", until_ready=False)
        await worker.kill()
    await clock.forward(185)
    await processes.worker("live")

    async def is_over() -> bool:
        return await status(redis, talk) == b"ended"

    await until(is_over, within_s=20)


# ------------------------------------------------------------------------------------------------ the courier
async def test_a_logout_whose_maker_died_is_felt_all_the_same(
    service: Service, processes: Processes, redis: Redis, database: asyncpg.Connection
) -> None:
    token = hashlib.sha256(b"ada").digest()
    profile, session, _ = await service.record.users.create_guest("Ada", "female", token, None, None, 7)
    await service.record.sessions.close(token)
    await processes.worker("live")

    async def fence() -> bool:
        return bool(await redis.hget(keys.key("lobby", f"user:{profile.user_id}"), "fence"))  # type: ignore[misc]

    await until(fence, within_s=5)
    found = await redis.hget(keys.key("lobby", f"user:{profile.user_id}"), "fence")  # type: ignore[misc]
    assert int(found or 0) == session.session_id

    async def is_empty() -> bool:
        return not await database.fetchval("select count(*) from outbox")

    await until(is_empty, within_s=5)


async def test_a_ban_a_block_and_a_banned_network_whose_makers_died_are_felt_all_the_same(
    service: Service, processes: Processes, redis: Redis, database: asyncpg.Connection
) -> None:
    by = Operator("root", "127.0.0.1")
    people = []
    for name in ("Ada", "Bob"):
        token = hashlib.sha256(name.encode()).digest()
        profile, *_ = await service.record.users.create_guest(name, "female", token, None, None, 7)
        people.append(profile.user_id)
    ada, bob = people
    await service.record.bans.ban(by, ada, "rude")
    await service.record.blocks.put(ada, bob)
    await service.record.ip_bans.put(by, read_network("192.0.2.1"), "noise", None)
    await processes.worker("live")

    async def is_empty() -> bool:
        return not await database.fetchval("select count(*) from outbox")

    await until(is_empty, within_s=5)
    assert await redis.hgetall(keys.key("lobby", "banned")) == {ada.encode(): b"rude"}  # type: ignore[misc]
    assert await redis.smembers(keys.key("lobby", f"blocks:{bob}")) == {ada.encode()}  # type: ignore[misc]
    assert await redis.hgetall(keys.ip_bans()) == {b"192.0.2.1/32": b"0"}  # type: ignore[misc]


async def test_a_row_that_cannot_be_applied_stands_in_nobodys_way(
    service: Service, processes: Processes, database: asyncpg.Connection
) -> None:
    await database.execute("insert into outbox (kind, payload) values ('from the future', '{}')")
    await database.execute(
        "insert into outbox (kind, payload) values ($1, $2)",
        USER_DELETED,
        orjson.dumps({"user_id": "0190aaaa-0000-7000-8000-000000000001", "session_id": 1, "media": []}).decode(),
    )
    worker = await processes.worker("live")
    worker.expects_errors = True

    async def left() -> bool:
        return bool(await database.fetchval("select count(*) = 1 and min(tries) > 0 from outbox"))

    await until(left, within_s=10)
    assert await database.fetchval("select kind from outbox") == "from the future"


async def test_a_disk_in_trouble_keeps_nobody_from_being_told(
    service: Service, database: asyncpg.Connection, tmp_path: Path
) -> None:
    name = "a" * 32 + ".jpg"
    (tmp_path / "aa" / name).mkdir(parents=True)  # is no file, and cannot be deleted like one
    service = replace(service, media=LocalStorage(tmp_path.as_uri()))
    gone = {"user_id": new_id(), "session_id": 1, "media": [ADDRESS + name]}
    later = {"user_id": new_id(), "session_id": 7, "why": "logged_out"}
    for kind, payload in ((USER_DELETED, gone), (SESSION_ENDED, later)):
        await database.execute(
            "insert into outbox (kind, payload, created_at) values ($1, $2, now() - interval '1 minute')",
            kind,
            orjson.dumps(payload).decode(),
        )
    await courier.deliver(Shop(service=service, metrics=Metrics(), reader=service.live.redis))
    assert await service.live.redis.hget(keys.key("lobby", f"user:{later['user_id']}"), "fence") == b"7"  # type: ignore[misc]
    assert [tuple(row) for row in await database.fetch("select kind, tries from outbox")] == [(USER_DELETED, 1)]


# ----------------------------------------------------------------------------------------------- the tallyman
async def test_long_limits_of_which_only_their_slot_was_lost_come_back(
    service: Service, processes: Processes, redis: Redis
) -> None:
    await limits.load(service)
    await service.limits.take("signup", "192.0.2.7")
    spent = await redis.get(keys.kept_limit("signup", "192.0.2.7"))
    await limits.save(service)
    await redis.delete(*await redis.keys("limit:*"))
    await processes.worker("live")

    async def is_back() -> bool:
        return bool(await redis.exists(keys.LIMITS_MARKER))

    await until(is_back, within_s=10)
    back = await redis.get(keys.kept_limit("signup", "192.0.2.7"))
    assert 0 <= float(back) - float(spent) <= 1  # to the millisecond, rounded up


# ------------------------------------------------------------------------------------------------ the janitor
async def test_the_janitor_comes_every_minute(service: Service, database: asyncpg.Connection) -> None:
    from workers import janitor  # noqa: PLC0415

    tick, _ = janitor.TICKS
    assert (tick.second, tick.minute) == (janitor.AT_SECOND, None)


async def test_a_round_of_the_janitor_takes_what_is_over(
    service: Service, database: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    from workers import janitor  # noqa: PLC0415
    from workers.metrics import Metrics  # noqa: PLC0415
    from workers.shop import Shop  # noqa: PLC0415

    await database.execute(
        "insert into rate_limits select 'auth', n::text, now(), now() from generate_series(1, 2500) n"
    )
    await janitor.tidy(Shop(service=service, metrics=Metrics(), reader=service.live.redis))
    assert await database.fetchval("select count(*) from rate_limits") == 0
