"""Wishing to meet, and looking who else does."""

from collections.abc import Iterable
from typing import Any

from msgspec.json import decode

from core.actions.service import Service


async def set_wish(service: Service, conn: str, user_id: str, wish: bool) -> None:
    """Sets whether this login wishes to meet; in a room it is remembered until the end."""
    await service.live.lobby.call("wish", conn, user_id, int(wish))


async def browse(
    service: Service, conn: str, user_id: str, *, limit: int, include_cooldown: bool, again: bool
) -> tuple[list[dict[str, Any]], int]:
    """Returns up to `limit` cards not shown to this login before, and about how many are available."""
    cards, waiting = await service.live.lobby.call("browse", conn, user_id, limit, int(include_cooldown), int(again))
    return [decode(card) for card in cards], waiting


async def unwatch(service: Service, user_ids: Iterable[str]) -> None:
    """Nobody at this node shows these cards any more."""
    await service.live.lobby.call("unwatch", service.live.lobby.incarnation, list(user_ids))
