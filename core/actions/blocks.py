"""Keeping two apart: by hand, for as long as one of them likes; by a report, for ever."""

from core.actions import follow
from core.actions.outbox import carry_out
from core.actions.service import Service
from core.errors import Refusal
from core.record.blocks import Block


async def block(service: Service, user_id: str, other_id: str) -> None:
    """Blocks: a room of the two ends `left`, an invite is gone. Raises Refusal not_found; Unavailable."""
    outbox_id = await service.record.blocks.put(user_id, other_id)
    if outbox_id is None:
        raise Refusal("not_found", "there is no such user")
    await carry_out(service, outbox_id, carry(service, user_id, other_id))


async def unblock(service: Service, user_id: str, other_id: str) -> None:
    """Lifts a block made by hand. Raises Refusal not_found, forbidden (a report's); Unavailable."""
    why, outbox_id = await service.record.blocks.lift(user_id, other_id)
    if why == "report":
        raise Refusal("forbidden", "a report's block cannot be lifted")
    if outbox_id is None:
        raise Refusal("not_found", "this user is not blocked")
    await carry_out(service, outbox_id, carry(service, user_id, other_id))


async def mine(service: Service, user_id: str) -> list[Block]:
    """Returns whom a user has blocked, newest first. Raises Unavailable."""
    return await service.record.blocks.of(user_id)


async def carry(service: Service, a: str, b: str) -> None:
    """Makes the lobby keep two apart, or not, as PostgreSQL says. Harmless twice. Raises Unavailable.

    Whoever carries looks again afterwards: of two that raced, the later word is what PostgreSQL says.
    """
    while True:
        why = await service.record.blocks.between(a, b)
        if why is None:
            await service.live.lobby.call("unblock", a, b)
        else:
            (room_id,) = await service.live.lobby.call("block", a, b)
            if room_id:
                await follow.end_room(service.live, room_id, "left")
        if await service.record.blocks.between(a, b) == why:
            return
