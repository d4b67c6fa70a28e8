"""What PostgreSQL knows and Redis may not: rows that are applied after the commit and then deleted.

Whoever makes a row applies it himself; a row that is still there a second later was left by someone who died, and
workers apply it. Applying is idempotent, so doing it twice is harmless.
"""

from typing import Any, Final, NamedTuple

from core.record import queries
from core.record.database import Connection, Database

SQL = queries.load("outbox")

SESSION_ENDED: Final = "session_ended"
"""{user_id, session_id, why}: everything up to session_id is dead."""
USER_DELETED: Final = "user_deleted"
"""{user_id, session_id, media: [url]}: the user is gone, and every session up to session_id with him."""
USER_FORGOTTEN: Final = "user_forgotten"
"""{user_id}: what was recorded of a deleted user after he went, the room that ended with him, goes too."""
SESSION_EXTENDED: Final = "session_extended"
"""{user_id, session_id, token_hash (hexadecimal), expires_at_ms}: a login lasts longer than the lobby was told."""
PROFILE_CHANGED: Final = "profile_changed"
"""{user_id}: what others see of the user, or what he may do, is another; the lobby reads it again."""
CODE_UNLOCKED: Final = "code_unlocked"
"""{user_id, code}: the user's own invite code opened."""
INTRODUCED: Final = "introduced"
"""{user_id, newcomer, by: name, notification}: somebody came who was introduced to user_id."""
NEWCOMER_LEFT: Final = "newcomer_left"
"""{user_id, newcomer}: somebody who was introduced to user_id is deleted."""
NOTIFICATION_READ: Final = "notification_read"
"""{user_id, notification_id}: welcome need not tell of it any more."""
BLOCK_CHANGED: Final = "block_changed"
"""{a, b}: what stands between these two is another."""
BAN_CHANGED: Final = "ban_changed"
"""{user_id}: the user was banned, or is not any more."""
IP_BAN_CHANGED: Final = "ip_ban_changed"
"""{network}: so with a network of addresses."""

MAKER_S = 1.0
"""A fresh row belongs to its maker for this long."""
BACKOFF_MAX_S = 60.0


class Row(NamedTuple):
    """Something to carry into Redis."""

    outbox_id: int
    kind: str
    payload: dict[str, Any]
    tries: int


class Outbox:
    """Table outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, limit: int) -> list[Row]:
        """Returns leftovers, oldest first."""
        rows = await self._database.fetch(SQL["outbox_due"], limit, MAKER_S)
        return [Row(row["outbox_id"], row["kind"], row["payload"], row["tries"]) for row in rows]

    async def done(self, outbox_id: int) -> None:
        """The row was applied."""
        await self._database.execute(SQL["outbox_done"], outbox_id)

    async def failed(self, row: Row) -> None:
        """The row could not be applied; it comes again, later and later."""
        await self._database.execute(SQL["outbox_failed"], row.outbox_id, min(2.0**row.tries, BACKOFF_MAX_S))


async def put(connection: Connection, kind: str, payload: dict[str, Any], *, delay_s: float = 0) -> int:
    """Adds a row inside the caller's transaction, to be applied after `delay_s` at the earliest; returns its id."""
    outbox_id: int = await connection.fetchval(SQL["put_outbox"], kind, payload, delay_s)
    return outbox_id
