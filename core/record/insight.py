"""One user as operators see him."""

from dataclasses import dataclass
from typing import NamedTuple

from core.record import queries
from core.record.database import Database
from core.record.profile import Profile

SQL = queries.load("moderation")


class Login(NamedTuple):
    """A login of a user; of its token nothing."""

    session_id: int
    ip_address: str | None
    device: str | None
    is_active: bool
    ended_why: str | None
    created_at_ms: int
    last_active_at_ms: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is recorded of a user himself."""

    profile: Profile
    email: str | None
    created_at_ms: int
    account_expires_at_ms: int | None
    banned_at_ms: int | None
    vindicated_at_ms: int | None
    session_count: int
    successful_sessions: int
    reports_made: int
    reports_received: int


class Insight:
    """Tables users and sessions, read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def user(self, user_id: str) -> Known | None:
        """Returns what is recorded of a user; None for nobody."""
        row = await self._database.fetchrow(SQL["user_page"], user_id)
        if row is None:
            return None
        own = {name: row[name] for name in Known.__dataclass_fields__ if name != "profile"}
        return Known(profile=Profile.of(row), **own)

    async def logins(self, user_id: str, limit: int) -> list[Login]:
        """Returns a user's logins, newest first."""
        return [Login(**dict(row)) for row in await self._database.fetch(SQL["logins"], user_id, limit)]
