"""Past meetings as their members see them."""

from typing import Any, NamedTuple

from core.record import queries
from core.record.database import Database

SQL = queries.load("history")
DELETED_USER = "deleted user"


class Item(NamedTuple):
    """One meeting of one member."""

    room_id: str
    partner_id: str | None
    """None once the partner was deleted."""
    partner_name: str
    started_at_ms: int
    seconds: int
    mode: str
    reason: str
    message_count: int


class History:
    """Table chat_history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, user_id: str, before_at_ms: int | None, limit: int) -> tuple[list[Item], bool]:
        """Returns a user's meetings, newest first, and whether there are more."""
        rows = await self._database.fetch(SQL["history"], user_id, before_at_ms, limit + 1)
        return [_item(row) for row in rows[:limit]], len(rows) > limit

    async def item(self, user_id: str, room_id: str) -> Item | None:
        """Returns one meeting; None for anyone who was not in it."""
        row = await self._database.fetchrow(SQL["history_item"], user_id, room_id)
        return None if row is None else _item(row)


def _item(row: Any) -> Item:
    return Item(
        room_id=row["room_id"],
        partner_id=row["partner_id"],
        partner_name=row["partner_name"] if row["partner_id"] else DELETED_USER,
        started_at_ms=row["started_at_ms"],
        seconds=row["seconds"],
        mode=row["mode"],
        reason=row["reason"],
        message_count=row["message_count"],
    )
