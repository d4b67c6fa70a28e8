"""What operators did: who, what, on whom, when. Only ever added to, in the transaction of the deed itself."""

from typing import Any, NamedTuple

from core.record import queries
from core.record.database import Connection, Database

SQL = queries.load("operators")


class Operator(NamedTuple):
    """Who acts, and from which address."""

    username: str
    ip: str


class Entry(NamedTuple):
    """One act."""

    audit_id: int
    at_ms: int
    admin: str
    act: str
    target: str | None
    """A user, room, node, code or network; what kind follows from the act."""
    detail: dict[str, Any]
    ip_address: str | None


class Audit:
    """Table audit_log, read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, before: int | None, limit: int) -> tuple[list[Entry], bool]:
        """Returns acts with an id below `before` (None: from the newest), newest first, and whether there are more."""
        rows = await self._database.fetch(SQL["audit"], before, limit + 1)
        return [Entry(**dict(row)) for row in rows[:limit]], len(rows) > limit

    async def note(self, by: Operator, act: str, target: str | None = None, **detail: Any) -> None:
        """Writes down an act that changes nothing in PostgreSQL."""
        async with self._database.transaction() as connection:
            await audit(connection, by, act, target, **detail)


async def audit(connection: Connection, by: Operator, act: str, target: str | None = None, **detail: Any) -> None:
    """Writes an act down inside the caller's transaction. `detail`: JSON values, nothing secret."""
    await connection.execute(SQL["put_audit"], by.username, act, target, detail, by.ip)
