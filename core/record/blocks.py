"""Who never wants to see whom. A block works both ways, whoever made it."""

from typing import Literal, NamedTuple

from core.record import queries
from core.record.database import Connection, Database, changed
from core.record.outbox import BLOCK_CHANGED, put

SQL = queries.load("moderation")
Why = Literal["hand", "report"]


class Block(NamedTuple):
    """Whom a user has blocked."""

    user_id: str
    name: str
    why: Why
    created_at_ms: int


class Blocks:
    """Table blocks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, blocker_id: str, blocked_id: str) -> int | None:
        """Blocks by hand; returns the outbox row that carries it, None when one of the two does not exist."""
        async with self._database.transaction() as connection:
            return await put_block(connection, blocker_id, blocked_id, "hand")

    async def lift(self, blocker_id: str, blocked_id: str) -> tuple[Why | None, int | None]:
        """Lifts a block made by hand; returns what there was, and the outbox row that carries its end."""
        async with self._database.transaction() as connection:
            why: Why | None = await connection.fetchval(SQL["own_block"], blocker_id, blocked_id)
            if why != "hand":
                return why, None
            await connection.execute(SQL["delete_block"], blocker_id, blocked_id)
            return why, await put(connection, BLOCK_CHANGED, {"a": blocker_id, "b": blocked_id})

    async def of(self, user_id: str) -> list[Block]:
        """Returns whom a user has blocked, newest first."""
        return [Block(**dict(row)) for row in await self._database.fetch(SQL["own_blocks"], user_id)]

    async def between(self, a: str, b: str) -> Why | None:
        """Returns what stands between two, whoever of them made it."""
        why: Why | None = await self._database.fetchval(SQL["block_between"], a, b)
        return why


async def put_block(connection: Connection, blocker_id: str, blocked_id: str, why: Why) -> int | None:
    """Blocks inside the caller's transaction; returns the outbox row, None when one of the two does not exist."""
    status = await connection.execute(SQL["put_block"], blocker_id, blocked_id, why)
    if not changed(status) and not await connection.fetchval(SQL["own_block"], blocker_id, blocked_id):
        return None
    return await put(connection, BLOCK_CHANGED, {"a": blocker_id, "b": blocked_id})
