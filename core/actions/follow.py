"""The second halves: what one family's script leaves another family to do.

Every one is harmless twice and is emitted again until it is done, so whoever dies in between is replaced by the next
sweep. What needs two families only ever rolls forward.
"""

from msgspec.json import decode

from core.live.family import Family
from core.live.live import Live

REAP_AT_ONCE = 200


async def follow(live: Live, kind: str, data: str) -> None:
    """Runs one second half. Raises Unavailable when it has to come again."""
    await _STEPS[kind](live, data)


async def ended(live: Live, facts: str) -> None:
    """A room ended: cooldown, seats, wishes and the news, then the room may rest."""
    await live.lobby.call("release", facts)
    room_id = _field(facts, "room_id")
    await live.shard(room_id).call("released", room_id)


async def seat(live: Live, seat_json: str) -> None:
    """A seat is taken: its room exists from now on, or it is over and the seat is freed."""
    state, *rest = await live.shard(_field(seat_json, "room_id")).call("create", seat_json)
    if state == "ended":
        await ended(live, rest[0])


async def end_lost(live: Live, room_id: str) -> None:
    """A user turned out to sit in two rooms: the older one ends `lost`."""
    await end_room(live, room_id, "lost")


async def end_room(live: Live, room_id: str, reason: str) -> str:
    """Ends a room for a reason that is not a member's own; one that does not exist yet never will.

    Returns the facts of its end (JSON), of an earlier one too; "" for one that does not exist.
    """
    facts: str
    (facts,) = await live.shard(room_id).call("end_room", room_id, reason)
    if facts:
        await ended(live, facts)
    return facts


async def dead(live: Live, incarnation: str) -> None:
    """A node died: in every shard its members go into grace."""
    for shard in live.shards():
        await _reap(live, shard, incarnation)


async def _reap(live: Live, shard: Family, incarnation: str) -> None:
    remaining = 1
    while remaining:
        (remaining,) = await shard.call("reap", incarnation, REAP_AT_ONCE)
    await live.lobby.call("reaped", incarnation, shard.name)


def _field(json: str, name: str) -> str:
    value: str = decode(json)[name]
    return value


_STEPS = {"ended": ended, "seat": seat, "end_lost": end_lost, "dead": dead}
