"""Wishing to meet, and looking who else does."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec.json import decode

from core.actions.service import Service

WATCHED_AT_ONCE: Final = 200
"""Cards in one op: a millisecond of everybody's time."""


async def set_wish(service: Service, conn: str, user_id: str, wish: bool) -> None:
    """Sets whether this login wishes to meet; in a room it is remembered until the end."""
    await service.live.lobby.call("wish", conn, user_id, int(wish))


async def browse(
    service: Service, conn: str, user_id: str, *, limit: int, include_cooldown: bool, again: bool
) -> tuple[list[dict[str, Any]], int]:
    """Returns up to `limit` cards not shown to this login before, and about how many are available."""
    cards, waiting = await service.live.lobby.call("browse", conn, user_id, limit, int(include_cooldown), int(again))
    return [decode(card) for card in cards], waiting


async def watch(service: Service, user_ids: Sequence[str]) -> dict[str, str]:
    """Somebody at this node shows these cards; returns the presence of each."""
    found: dict[str, str] = {}
    for first in range(0, len(user_ids), WATCHED_AT_ONCE):
        some = list(user_ids[first : first + WATCHED_AT_ONCE])
        presences = await service.live.lobby.call("watch", service.live.lobby.incarnation, some)
        found.update(zip(some, presences, strict=True))
    return found


async def unwatch(service: Service, user_ids: Iterable[str]) -> None:
    """Nobody at this node shows these cards any more."""
    await service.live.lobby.call("unwatch", service.live.lobby.incarnation, list(user_ids))
