"""Everything that is held of one user, as of one instant."""

from typing import Any

import orjson

from core.record import queries
from core.record.database import Connection, Database
from core.record.rooms import message_json

SQL = queries.load("export")
HISTORY = queries.load("history")["history"]
LISTS = ("sessions", "completions", "cooldowns", "blocks", "reports", "intros", "notifications", "codes")
MEETINGS_MAX = 100_000
"""More than anybody has in RETAIN_HISTORY_DAYS."""


class Export:
    """Every table, as far as it is about one user."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: str) -> dict[str, Any] | None:
        """Returns what core.protocol.http.export tells, except `account`; None for a user who is gone."""
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            rest = await connection.fetchrow(SQL["rest"], user_id)
            if rest is None:
                return None
            lists = {name: await _rows(connection, name, user_id) for name in LISTS}
            meetings = [dict(row) for row in await connection.fetch(HISTORY, user_id, None, MEETINGS_MAX)]
            said: dict[str, list[Any]] = {meeting["room_id"]: [] for meeting in meetings}
            async for row in connection.cursor(SQL["messages"], user_id, prefetch=1_000):
                said[row["room_id"]].append(orjson.loads(message_json(row)))
        return {**dict(rest), **lists, "meetings": [{**each, "messages": said[each["room_id"]]} for each in meetings]}


async def _rows(connection: Connection, name: str, user_id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await connection.fetch(SQL[name], user_id)]
