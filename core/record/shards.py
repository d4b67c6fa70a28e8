"""How far each family of keys is recorded, and how often it was brought back from here."""

from typing import NamedTuple

from core.errors import Unavailable
from core.record import queries
from core.record.database import Database

SQL = queries.load("shards")


class Shard(NamedTuple):
    """One family's row."""

    epoch: int
    position: str
    """Id of the last journal entry recorded."""
    alive_at_ms: int | None
    """When a recorder last saw the family live."""


class Raised(NamedTuple):
    """A new epoch, committed."""

    epoch: int
    alive_at_ms: int | None
    """When the family was last seen live; None when it never was."""
    now_ms: int
    """By the same clock, so that the difference is the length of the outage."""


class Shards:
    """Table shards."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, family: str) -> Shard | None:
        row = await self._database.fetchrow(SQL["shard"], family)
        return None if row is None else Shard(row["epoch"], row["position"], row["alive_at_ms"])

    async def raise_epoch(self, family: str, *, known: int | None = None) -> Raised:
        """Begins a new life of the family and commits it: from here on nobody records the old one.

        Waits for a recorder that is in the middle of a batch. The position starts over; see the query. Raises
        Unavailable where the epoch is not the one that the caller knew (0: no row) any more.
        """
        row = await self._database.fetchrow(SQL["raise_epoch"], family, known)
        if row is None:
            raise Unavailable(f"{family}: somebody else has raised the epoch")
        return Raised(row["epoch"], row["alive_at_ms"], row["now_ms"])

    async def adopt(self, family: str, epoch: int) -> str | None:
        """Takes a live family's epoch for the recorded one where that is lower: PostgreSQL was restored from a backup.

        Returns the position to record from; None where the record knows a later life.
        """
        position: str | None = await self._database.fetchval(SQL["adopt_shard"], family, epoch)
        return position

    async def ages(self) -> dict[str, float]:
        """Returns the seconds since a recorder last saw each family."""
        return {row["shard"]: row["age_s"] for row in await self._database.fetch(SQL["ages"])}

    async def touch(self, family: str, epoch: int) -> str | None:
        """Notes that the family was just seen live under `epoch`; returns its position, None under another epoch."""
        position: str | None = await self._database.fetchval(SQL["touch_shard"], family, epoch)
        return position
