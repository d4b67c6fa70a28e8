"""Logins. At most one of a user is active; the schema sees to it."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from core.errors import Refusal
from core.record import queries
from core.record.database import Connection, Database
from core.record.outbox import SESSION_ENDED, put
from core.record.profile import Profile

SQL = queries.load("sessions")
DAY_S = 86_400
TOUCH_S = 60
"""How often a login's last_active_at moves at most."""

EndedWhy = Literal["replaced", "logged_out", "password", "expired", "banned"]


class Session(NamedTuple):
    """A login that was just made."""

    session_id: int
    expires_at_ms: int


class Login(NamedTuple):
    """A login together with what it ended."""

    session: Session
    replaced: bool
    """Whether one of those it ended had not expired."""
    ended: int | None
    """The newest of those it ended; None when there was none."""
    outbox_id: int | None
    """Row that tells Redis of the fence; None when nothing was ended."""


class Closed(NamedTuple):
    """A login that was just ended."""

    user_id: str
    session_id: int
    outbox_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A login and whose it is."""

    session_id: int
    user_id: str
    is_active: bool
    is_expired: bool
    ended_why: EndedWhy | None
    expires_at_ms: int
    profile: Profile


class Sessions:
    """Table sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_hash(self, token_hash: bytes) -> Found | None:
        """Returns the login of a token, active or not; None for a token that never was or was pruned."""
        row = await self._database.fetchrow(SQL["session_by_hash"], token_hash)
        if row is None:
            return None
        return Found(
            session_id=row["session_id"],
            user_id=row["user_id"],
            is_active=row["is_active"],
            is_expired=row["is_expired"],
            ended_why=row["ended_why"],
            expires_at_ms=row["expires_at_ms"],
            profile=Profile.of(row),
        )

    async def log_in(
        self,
        user_id: str,
        token_hash: bytes,
        ip: str | None,
        device: str | None,
        days: float,
        *,
        password_hash: str | None = None,
    ) -> Login | None:
        """Makes a login and ends every older one of the user; None when there is no such user.

        With `password_hash`, the one whose password was proven, also None when the user has another one by now.
        Logins of one user happen one after the other: of any number that race, exactly the last one is active. Raises
        Refusal("banned").
        """
        async with self._database.transaction() as connection:
            user = await connection.fetchrow(SQL["lock_user"], user_id)
            if user is None or password_hash not in (None, user["password_hash"]):
                return None
            if user["ban_status"] != "none":
                raise Refusal("banned")
            ended = await end_sessions(connection, user_id, "replaced")
            session = await insert_session(connection, user_id, token_hash, ip, device, days)
            outbox_id = None
            if ended:
                outbox_id = await put(connection, SESSION_ENDED, fence(user_id, max(ended), "replaced"))
        return Login(session, any(ended.values()), max(ended, default=None), outbox_id)

    async def close(self, token_hash: bytes, why: EndedWhy = "logged_out") -> Closed | None:
        """Ends a login; None when there is none or it was over already."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["close_session"], token_hash, why)
            if row is None:
                return None
            outbox_id = await put(connection, SESSION_ENDED, fence(row["user_id"], row["session_id"], why))
        return Closed(row["user_id"], row["session_id"], outbox_id)

    async def touch(self, *session_ids: int) -> None:
        """Notes that logins are in use, each at most once per TOUCH_S."""
        await self._database.execute(SQL["touch_sessions"], session_ids, TOUCH_S)


async def insert_session(
    connection: Connection, user_id: str, token_hash: bytes, ip: str | None, device: str | None, days: float
) -> Session:
    """Makes a login inside the caller's transaction, which has ended all others or made the user."""
    row = await connection.fetchrow(SQL["insert_session"], token_hash, user_id, ip, device, days * DAY_S)
    assert row is not None  # noqa: S101  (an insert without a conflict clause returns its row or raises)
    return Session(row["session_id"], row["expires_at_ms"])


async def end_sessions(connection: Connection, user_id: str, why: EndedWhy) -> dict[int, bool]:
    """Ends every active login of a user inside the caller's transaction; returns each with whether it was valid yet."""
    rows = await connection.fetch(SQL["end_sessions"], user_id, why)
    return {row["session_id"]: row["was_alive"] for row in rows}


def fence(user_id: str, session_id: int, why: EndedWhy) -> dict[str, object]:
    """Returns the payload of SESSION_ENDED."""
    return {"user_id": user_id, "session_id": session_id, "why": why}
