"""Intro links, who came by them, and the notifications of those they were introduced to."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from core import ids
from core.record import queries
from core.record.database import Connection, Database
from core.record.outbox import INTRODUCED, NOTIFICATION_READ, put
from core.record.profile import Profile
from core.rules.intros import NEWCOMERS_MAX, UNREAD_MAX

SQL = queries.load("intros")
DAY_S = 86_400
NOTIFICATIONS_MAX = 100
"""Notifications that are listed at most, the newest."""


class Link(NamedTuple):
    """An intro link that has not expired. `created_by_user_id` is None once that user was deleted."""

    code: str
    target_user_id: str
    target_name: str
    created_by_user_id: str | None
    created_by_name: str


class Introduced(NamedTuple):
    """A user was just introduced to another."""

    outbox_id: int
    told: dict[str, Any]
    """{user_id: whom it is told, newcomer, by: name, notification: the wire's Notification}."""


class Met(NamedTuple):
    """What the lobby keeps of the introductions to one user."""

    user_id: str
    newcomers: dict[str, str]
    """User id -> name of who introduced them, "" where that is not known any more."""
    unread: list[dict[str, Any]]
    """The wire's Notification each, the newest first."""


class Intros:
    """Tables referral_mappings and referral_notifications."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, code: str, target_user_id: str, created_by: str, days: float) -> tuple[str, int] | None:
        """Makes a link, or lets the one that this user has made for that target last as long as a new one.

        Returns its code and when it expires. None: there is no such target, or not for this user.
        """
        row = await self._database.fetchrow(SQL["make_link"], code, target_user_id, created_by, days * DAY_S)
        return None if row is None else (row["code"], row["expires_at_ms"])

    async def link(self, code: str) -> Link | None:
        """Returns what a code stands for, with the names of today; None for one that is none or is over."""
        row = await self._database.fetchrow(SQL["link"], code)
        return None if row is None else Link(**row)

    async def met(self, user_ids: Sequence[str]) -> list[Met]:
        """Returns what the lobby should know of each of these users, whether or not there is anything."""
        rows = await self._database.fetch(SQL["met"], user_ids, NEWCOMERS_MAX, UNREAD_MAX)
        return [Met(row["user_id"], row["newcomers"], row["unread"]) for row in rows]

    async def notifications(self, user_id: str) -> tuple[list[dict[str, Any]], int]:
        """Returns a user's newest notifications, and how many of all are unread."""
        rows = await self._database.fetch(SQL["notifications"], user_id, NOTIFICATIONS_MAX)
        unread = await self._database.fetchval(SQL["count_unread"], user_id)
        return [notification(row) for row in rows], unread

    async def read(self, user_id: str, notification_id: str) -> int | None:
        """Notes that a notification was read; returns the outbox row that tells the lobby, None where none is his."""
        async with self._database.transaction() as connection:
            if not await connection.fetchval(SQL["read"], user_id, notification_id):
                return None
            about = {"user_id": user_id, "notification_id": notification_id}
            return await put(connection, NOTIFICATION_READ, about)


async def introduce(connection: Connection, newcomer: Profile, link: Link) -> Introduced | None:
    """Introduces a user who is being made, inside the caller's transaction; None: the target is gone meanwhile."""
    row = await connection.fetchrow(
        SQL["introduce"], newcomer.user_id, link.target_user_id, link.created_by_user_id, link.code
    )
    if row is None:
        return None
    of_it = (link.target_user_id, newcomer.user_id, newcomer.name, row["introduced_by"], link.created_by_name)
    kept = await connection.fetchrow(SQL["notify"], ids.new_id(), *of_it)
    told = {
        "user_id": link.target_user_id,
        "newcomer": newcomer.user_id,
        "by": link.created_by_name,
        "notification": notification(kept),
    }
    return Introduced(await put(connection, INTRODUCED, told), told)


def notification(row: Any) -> dict[str, Any]:
    """Returns a row as the wire's Notification."""
    return {
        "notification_id": row["notification_id"],
        "kind": "introduced",
        "user_id": row["referred_user_id"],
        "name": row["referred_name"],
        "introduced_by_name": row["introduced_by_name"],
        "created_at_ms": row["created_at_ms"],
        "read": row["read"],
    }
