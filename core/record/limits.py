"""Limits that outlive a loss of Redis."""

from collections.abc import Sequence
from typing import NamedTuple

from core.record import queries
from core.record.database import Database

SQL = queries.load("limits")


class Spent(NamedTuple):
    """What a subject has used up of a limit, by the generic cell rate algorithm."""

    scope: str
    key: str
    tat_ms: int
    """Theoretical arrival time; in the past it means nothing."""


class Limits:
    """Table rate_limits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, spent: Sequence[Spent]) -> None:
        """Keeps what was spent; never takes anything back."""
        latest = {(one.scope, one.key): one.tat_ms for one in sorted(spent, key=lambda one: one.tat_ms)}
        rows = sorted((scope, key, tat_ms) for (scope, key), tat_ms in latest.items())
        if rows:
            scopes, subjects, tats = zip(*rows, strict=True)
            await self._database.execute(SQL["put_limits"], scopes, subjects, tats)

    async def load(self, after: Spent | None, limit: int) -> list[Spent]:
        """Returns what is not forgotten yet, in order of (scope, key), after the last one of the chunk before."""
        scope, key = (after.scope, after.key) if after else ("", "")
        rows = await self._database.fetch(SQL["limits"], scope, key, limit)
        return [Spent(row["scope"], row["key"], row["tat_ms"]) for row in rows]
