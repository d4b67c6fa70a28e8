"""Recorded to live: a family whose marker is gone is brought back from PostgreSQL; one that stands is adopted.

Whoever holds the family's token raises its epoch, commits that, and only then reads: from the commit on no recorder
writes what the old life left. Everything is put if absent, the marker is written last, so dying anywhere in between
leaves a family that is not live and that the next one brings back.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import structlog
from msgspec.json import encode
from redis.exceptions import RedisError

from core import keys
from core.actions import intros, limits
from core.actions.service import Service
from core.errors import Unavailable
from core.ids import new_incarnation
from core.live.family import Family
from core.live.script import REHYDRATE_TOKEN_MS
from core.record.ip_bans import IpBan
from core.record.rooms import StoredRoom

AGAIN_S = 0.2
ROOMS_AT_ONCE = 250
ROWS_AT_ONCE = 1_000
KNOWN_MS = 86_400_000
"""Users of the last day come back with their cards and sessions."""
ENDED_MS = 3_600_000
"""Rooms that ended in the last hour come back, for late repeats of messages."""
FENCED_AS = {"replaced": "replaced"}

log = structlog.get_logger(__name__)


async def bring_live(service: Service, family: Family) -> bool:
    """Makes `family.epoch` true, rehydrating where nobody has; True when it changed.

    Raises Unavailable while a store is away or somebody else is bringing the family back.
    """
    try:
        standing = await service.live.redis.hget(keys.marker(family.name), "epoch")  # type: ignore[misc]
        if standing is None:
            await _rehydrate(service, family.name)
            return await bring_live(service, family)
    except (RedisError, OSError) as error:
        raise Unavailable("Redis is away") from error
    changed = family.epoch != int(standing)
    family.epoch = int(standing)
    return changed


async def bring_all_live(service: Service) -> None:
    """Brings every family live, however long that takes."""

    async def one(family: Family) -> None:
        while True:
            try:
                await bring_live(service, family)
            except Unavailable as reason:
                log.debug("family_not_live", family=family.name, reason=reason.message)
                await asyncio.sleep(AGAIN_S)
            else:
                return

    async with asyncio.TaskGroup() as tasks:
        for family in service.live.families():
            tasks.create_task(one(family))


async def _rehydrate(service: Service, name: str) -> None:
    token = new_incarnation()
    known = await service.record.shards.get(name)
    if not await service.live.redis.set(keys.rehydrating(name), token, nx=True, px=REHYDRATE_TOKEN_MS):
        raise Unavailable("somebody else is bringing it back", retry_after_ms=int(AGAIN_S * 1000))
    try:
        # Only under the token is it certain that nobody made it live meanwhile; and should we be so slow that it runs
        # out, the epoch is not the one we knew. An epoch raised over a live family would stop its recording for good.
        if await service.live.redis.hexists(keys.marker(name), "epoch"):  # type: ignore[misc]
            raise Unavailable("somebody else has brought it back", retry_after_ms=0)
        raised = await service.record.shards.raise_epoch(name, known=known.epoch if known else 0)
    except Unavailable:
        await service.live.redis.delete(keys.rehydrating(name))
        raise
    loader = service.live.loader(name, token, raised.epoch)
    outage_ms = 0 if raised.alive_at_ms is None else max(0, raised.now_ms - raised.alive_at_ms)
    sender = asyncio.create_task(loader.run(), name=f"rehydrate {name}")  # owned: ends with this function
    try:
        if name == keys.LOBBY:
            counts = await _load_lobby(service, loader)
        else:
            counts = await _load_shard(service, loader, outage_ms)
        await loader.call("go_live", raised.epoch)
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
    log.info("rehydrated", family=name, epoch=raised.epoch, outage_ms=outage_ms, **counts)


async def _load_shard(service: Service, loader: Family, outage_ms: int) -> dict[str, int]:
    """Rooms come back into grace; the outage counts as grace for their torches."""
    rooms = service.record.rooms
    shard = int(loader.name[1:])
    (now, _) = await loader.call("now")
    going_on = await _pour(
        lambda after: rooms.open_in(shard, after, ROOMS_AT_ONCE),
        lambda room: str(room.state["room_id"]),
        lambda chunk: _load_rooms(loader, chunk, outage_ms),
    )
    over = await _pour(
        lambda after: rooms.ended_in(shard, now - ENDED_MS, after, ROOMS_AT_ONCE),
        lambda room: str(room.state["room_id"]),
        lambda chunk: _load_rooms(loader, chunk, 0),
    )
    return {"rooms": going_on, "ended_rooms": over}


async def _load_rooms(loader: Family, chunk: list[StoredRoom], outage_ms: int) -> None:
    await asyncio.gather(
        *(
            loader.call("load", room.state, room.card_1, room.card_2, room.messages, room.marks(), outage_ms)
            for room in chunk
        )
    )


async def _load_lobby(service: Service, loader: Family) -> dict[str, int]:
    users, rooms = service.record.users, service.record.rooms
    (now, _) = await loader.call("now")
    counts = {
        "cooldowns": await _pour(
            lambda after: rooms.cooldowns(after, ROWS_AT_ONCE),
            lambda row: (row[0], row[1]),
            lambda chunk: loader.call("load_cooldowns", chunk),
        ),
        "blocks": await _pour(
            lambda after: users.blocks(after, ROWS_AT_ONCE),
            lambda row: row,
            lambda chunk: loader.call("load_blocks", chunk),
        ),
        "users": await _pour(
            lambda after: users.known_since(now - KNOWN_MS, after, ROWS_AT_ONCE),
            lambda known: known.profile.user_id,
            lambda chunk: _load_known(service, loader, chunk),
        ),
    }
    counts |= await _load_bans(service, loader)
    counts["limits"] = await limits.load(service)
    seats = 0
    for shard in range(service.settings.room_shards):
        seats += await _pour(
            lambda after, shard=shard: rooms.open_in(  # type: ignore[misc]
                shard, after, ROOMS_AT_ONCE, with_messages=False
            ),
            lambda room: str(room.state["room_id"]),
            lambda chunk: loader.call("load_seats", [_seat(room) for room in chunk]),
        )
    return {**counts, "seats": seats}


async def _load_bans(service: Service, loader: Family) -> dict[str, int]:
    async def networks(after: str | None) -> list[IpBan]:
        return (await service.record.ip_bans.page(after, ROWS_AT_ONCE))[0]

    return {
        "bans": await _pour(
            lambda after: service.record.users.banned(after, ROWS_AT_ONCE),
            lambda row: row[0],
            lambda chunk: loader.call("load_bans", chunk),
        ),
        "ip_bans": await _pour(
            networks,
            lambda ban: ban.network,
            lambda chunk: loader.call("load_ip_bans", [(ban.network, ban.expires_at_ms or 0) for ban in chunk]),
        ),
    }


async def _load_known(service: Service, loader: Family, chunk: list[Any]) -> None:
    await loader.call("load_profiles", [(k.profile.user_id, k.profile.me_json(), k.profile.card_json()) for k in chunk])
    fences = [(k.profile.user_id, k.fence, FENCED_AS.get(k.fence_why, "logged_out")) for k in chunk if k.fence]
    await loader.call("load_fences", fences)
    sessions = [(k.token_hash, k.profile.user_id, k.session_id, k.expires_at_ms) for k in chunk if k.token_hash]
    await loader.call("load_sessions", sessions)
    met = await service.record.intros.met([k.profile.user_id for k in chunk])
    await loader.call("load_intros", intros.rows(met))


def _seat(room: StoredRoom) -> str:
    state = room.state
    seat = {
        "room_id": state["room_id"],
        "mode": state["mode"],
        "seconds": state["agreed_seconds"],
        "user_1": state["user_1"],
        "user_2": state["user_2"],
        "card_1": room.card_1,
        "card_2": room.card_2,
        "opened_at": state["opened_at_ms"],
        "incs_1": [],
        "incs_2": [],
    }
    return encode(seat).decode()


async def _pour(
    read: Callable[[Any], Awaitable[list[Any]]],
    key_of: Callable[[Any], Any],
    load: Callable[[list[Any]], Awaitable[Any]],
) -> int:
    """Carries every row over, a chunk at a time, in the order of their keys; returns how many."""
    total = 0
    async for chunk in _chunks(read, key_of):
        await load(chunk)
        total += len(chunk)
    return total


async def _chunks(
    read: Callable[[Any], Awaitable[list[Any]]], key_of: Callable[[Any], Any]
) -> AsyncIterator[list[Any]]:
    after: Any = None
    while chunk := await read(after):
        yield chunk
        after = key_of(chunk[-1])
