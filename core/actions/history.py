"""Looking back: past meetings and what was said in them.

A meeting is past the moment its room ended, though PostgreSQL may hear of it a little later: the shard keeps an ended
room for an hour and every message that is not recorded yet, so it is asked first and PostgreSQL for what lies below.
"""

from typing import Any, NamedTuple

from msgspec.json import decode

from core.actions import talk
from core.actions.service import Service
from core.errors import Refusal, Unavailable
from core.protocol.payloads import Message
from core.record.history import Item

MESSAGES_MAX = 10_000
"""The newest messages of a meeting that one answer holds: some 5 MB, hours of talk at one message per 1.5 s."""


class Meeting(NamedTuple):
    """A past meeting of one member, with its messages, ascending."""

    item: Item
    messages: list[Message]


async def page(service: Service, user_id: str, before_at_ms: int | None, limit: int) -> tuple[list[Item], bool]:
    """Returns meetings begun before an instant (None: now), newest first, and whether there are more.

    Raises Unavailable while PostgreSQL is away.
    """
    return await service.record.history.page(user_id, before_at_ms, limit)


async def meeting(service: Service, user_id: str, room_id: str) -> Meeting | None:
    """Returns a past meeting of this user; None when he was not in it, it goes on, or it never started.

    Raises Unavailable when neither store can answer alone.
    """
    view = await _seen_by_shard(service, user_id, room_id)
    if view is not None and not _is_past(view):
        return None
    try:
        item = await service.record.history.item(user_id, room_id)
    except Unavailable:
        if view is None:
            raise
        item = None
    if item is None and view is None:
        return None
    messages = await _messages(service, user_id, room_id, is_in_shard=view is not None)
    if item is None and view is not None:
        item = _not_recorded_yet(view, messages)
    return None if item is None else Meeting(item, messages)


async def _seen_by_shard(service: Service, user_id: str, room_id: str) -> dict[str, Any] | None:
    view: dict[str, Any]
    try:
        (view,) = await service.live.shard(room_id).call("view", room_id, user_id, 0, talk.ANY_EPOCH)
    except Unavailable:
        raise
    except Refusal:
        return None  # a stranger, or longer ago than an hour
    return view


def _is_past(view: dict[str, Any]) -> bool:
    return view["status"] == "ended" and bool(view["started_at"])


async def _messages(service: Service, user_id: str, room_id: str, *, is_in_shard: bool) -> list[Message]:
    said: list[bytes | str]
    if is_in_shard:
        said, _ = await talk.history(service, user_id, room_id, None, MESSAGES_MAX)
    else:
        said = list(await service.record.rooms.messages_before(room_id, 2**31 - 1, MESSAGES_MAX))
    return [decode(message, type=Message) for message in said]


def _not_recorded_yet(view: dict[str, Any], messages: list[Message]) -> Item:
    """The same facts as the recorder will write, from the room itself."""
    partner = decode(view["card_2" if view["slot"] == 1 else "card_1"])
    return Item(
        room_id=view["room_id"],
        partner_id=partner["user_id"],
        partner_name=partner["name"],
        started_at_ms=int(view["started_at"]),
        seconds=int(view["seconds"]),
        mode=view["mode"],
        reason=view["reason"],
        message_count=sum(message.kind != "system" for message in messages),
    )
