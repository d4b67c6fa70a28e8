"""Inviting, answering, rescinding; an acceptance opens a room."""

from dataclasses import dataclass

from core.actions import follow
from core.actions.service import Service
from core.errors import Refusal, Unavailable
from core.ids import new_id

NOT_GIVEN = -1
"""Stands for absent `seconds` in the scripts."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """An invite that was sent."""

    invite_id: str
    expires_at_ms: int


async def send(service: Service, conn: str, user_id: str, to: str, mode: str, seconds: int | None) -> Ringing | None:
    """Invites `to`; None when that completed his own invite, so that both are in a room now.

    Raises Refusal in the order of the rules (section 6).
    """
    length = NOT_GIVEN if seconds is None else seconds
    room_id = service.live.new_room_id()
    op = ("invite", conn, user_id, to, mode, length, new_id(), room_id)
    try:
        answer = await service.live.lobby.call(*op, 0)
    except Refusal as refusal:
        if refusal.code != "unknown_target":
            raise
        if not await _exists(service, to):
            raise Refusal("user_not_found") from None
        answer = await service.live.lobby.call(*op, 1)
    if answer[0] == "sent":
        return Ringing(answer[1], answer[2])
    await _open(service, answer[1])
    return None


async def accept(service: Service, conn: str, user_id: str, invite_id: str, seconds: int | None) -> None:
    """Accepts an invite: both have a seat in one room when this returns."""
    length = NOT_GIVEN if seconds is None else seconds
    (seat,) = await service.live.lobby.call("accept", conn, user_id, invite_id, length, service.live.new_room_id())
    await _open(service, seat)


async def decline(service: Service, conn: str, user_id: str, invite_id: str) -> None:
    await service.live.lobby.call("decline", conn, user_id, invite_id)


async def rescind(service: Service, conn: str, user_id: str, invite_id: str) -> None:
    await service.live.lobby.call("rescind", conn, user_id, invite_id)


async def _open(service: Service, seat: str) -> None:
    """Runs the second half of an acceptance; if that cannot be now, whoever meets the seat runs it."""
    try:
        await follow.seat(service.live, seat)
    except Unavailable:
        return


async def _exists(service: Service, user_id: str) -> bool:
    """Asks PostgreSQL; while it is away everybody may exist, and is offline."""
    try:
        return await service.record.users.exists(user_id)
    except Unavailable:
        return True
