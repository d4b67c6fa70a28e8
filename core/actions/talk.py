"""Inside a room: entering, leaving, messages, read marks, video requests, signalling."""

from typing import Any

from msgspec.json import decode

from core.actions import follow
from core.actions.service import Service
from core.errors import Unavailable
from core.live.family import Family, Settle

OTHER_ARGUMENTS = 160
"""Bytes of a message's op besides the message, roughly."""
ANY_EPOCH = -1
"""Stands for an absent epoch in the scripts."""


async def enter(
    service: Service, conn: str, user_id: str, room_id: str, last_seq: int, epoch: int | None
) -> dict[str, Any]:
    """Binds this connection to the room, taking it from an older one. Returns the room's view after last_seq."""
    view: dict[str, Any]
    (view,) = await _shard(service, room_id).call(
        "enter", room_id, user_id, conn, last_seq, ANY_EPOCH if epoch is None else epoch
    )
    return view


async def look(service: Service, user_id: str, room_id: str) -> dict[str, Any]:
    """Returns the room's view and binds nothing. Also for an hour after the end."""
    view: dict[str, Any]
    (view,) = await _shard(service, room_id).call("view", room_id, user_id, 0, ANY_EPOCH)
    return view


async def leave(service: Service, user_id: str, room_id: str) -> None:
    """Ends the room `left`; when this returns both are free again."""
    (facts,) = await _shard(service, room_id).call("leave", room_id, user_id)
    try:
        await follow.ended(service.live, facts)
    except Unavailable:
        return  # the room is over; its seats are freed by the next sweep


def say(
    service: Service,
    conn: str,
    user_id: str,
    room_id: str,
    client_id: str,
    prefix: str,
    settle: Settle,
) -> None:
    """Writes a message; `settle` gets [0, seq, sent_at_ms, fresh, local connection of the partner] or a refusal.

    `prefix` is the Message JSON up to what the script adds (`,"seq":N,"sent_at_ms":T}`). Acknowledged means journaled:
    the answer comes when Redis has it.
    """
    op = ("chat", room_id, user_id, conn, client_id, prefix)
    _shard(service, room_id).submit(op, settle, len(prefix) + OTHER_ARGUMENTS)


async def read(service: Service, conn: str, user_id: str, room_id: str, seq: int) -> None:
    await _shard(service, room_id).call("read", room_id, user_id, conn, seq)


async def history(
    service: Service, user_id: str, room_id: str, before_seq: int | None, limit: int
) -> tuple[list[bytes | str], bool]:
    """Returns up to `limit` messages below `before_seq` as JSON, ascending, and whether there are older ones.

    The shard's log holds what PostgreSQL may not have yet; the record holds what the log has let go.
    """
    before = before_seq or 0
    messages, first_seq, _ = await _shard(service, room_id).call("history", room_id, user_id, before, limit)
    page: list[bytes | str] = list(messages)
    oldest_logged = first_seq or 1
    if len(page) < limit and oldest_logged > 1:
        below = oldest_logged if not before else min(oldest_logged, before)
        older = await service.record.rooms.messages_before(room_id, below, limit - len(page))
        page = [*older, *page]
    return page, bool(page) and seq_of(page[0]) > 1


def seq_of(message: bytes | str) -> int:
    """Returns the seq of a Message in its JSON form."""
    seq: int = decode(message)["seq"]
    return seq


async def ask_video(service: Service, conn: str, user_id: str, room_id: str) -> None:
    await _shard(service, room_id).call("ask_video", room_id, user_id, conn)


async def accept_video(service: Service, conn: str, user_id: str, room_id: str) -> None:
    await _shard(service, room_id).call("accept_video", room_id, user_id, conn)


async def decline_video(service: Service, conn: str, user_id: str, room_id: str) -> None:
    await _shard(service, room_id).call("decline_video", room_id, user_id, conn)


async def outcome(service: Service, conn: str, user_id: str, room_id: str, generation: int, result: str) -> None:
    """Takes what a member's peer connection became: connected or failed."""
    await _shard(service, room_id).call("outcome", room_id, user_id, conn, generation, result)


async def restart(service: Service, conn: str, user_id: str, room_id: str) -> None:
    await _shard(service, room_id).call("restart", room_id, user_id, conn)


def relay(
    service: Service, conn: str, user_id: str, room_id: str, kind: str, data: str, generation: int, settle: Settle
) -> None:
    """Passes typing or signalling to a partner on another node; one who is away hears nothing."""
    _shard(service, room_id).submit(("relay", room_id, user_id, conn, kind, data, generation), settle, len(data) + 160)


def _shard(service: Service, room_id: str) -> Family:
    return service.live.shard(room_id)
