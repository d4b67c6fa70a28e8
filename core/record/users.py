"""Accounts and what they may see of each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from core import ids
from core.record import queries
from core.record.codes import let_in
from core.record.database import Connection, Database
from core.record.intros import Introduced, Link, introduce
from core.record.outbox import NEWCOMER_LEFT, PROFILE_CHANGED, USER_DELETED, USER_FORGOTTEN, put
from core.record.profile import Profile
from core.record.sessions import Session, insert_session

SQL = queries.load("people")
DAY_S = 86_400
RECORDED_S = 600
"""By then whatever a deleted user did last has been recorded, the room that ended with him included."""
NIL = "00000000-0000-0000-0000-000000000000"
"""Sorts before every id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything that GET /me tells."""

    profile: Profile
    email: str | None
    created_at_ms: int
    account_expires_at_ms: int | None
    session_count: int
    timer_total_seconds: int
    last_sessions: list[dict[str, int]]
    successful_sessions: int
    invite_code: str | None
    uses_remaining: int | None
    qr_unlocked: bool


class Created(NamedTuple):
    """A guest who was just made."""

    profile: Profile
    session: Session
    introduced: Introduced | None


class ByCode(NamedTuple):
    """A newcomer brings an invite code."""

    code: str | None
    """As it is stored; None: what he typed can be none."""


MediaKind = Literal["selfie", "video"]


class MediaSet(NamedTuple):
    """A profile that names another selfie or video."""

    before: str | None
    """What it named until now."""
    outbox_id: int


class Known(NamedTuple):
    """A user of the last day, with the facts that let him in while PostgreSQL is away."""

    profile: Profile
    fence: int
    """Highest session id known dead, 0 for none."""
    fence_why: str
    session_id: int | None
    token_hash: str | None
    """Hexadecimal, of the one active session."""
    expires_at_ms: int | None


class Deleted(NamedTuple):
    """A user who is gone."""

    session_id: int
    """His newest login; every one up to it is dead."""
    media: list[str]
    """What he had uploaded; whoever applies the outbox row removes it."""
    outbox_id: int


class Users:
    """Table users."""

    def __init__(self, database: Database, *, code_uses: int) -> None:
        self._database = database
        self._code_uses = code_uses

    async def create_guest(
        self,
        name: str,
        gender: str,
        token_hash: bytes,
        ip: str | None,
        device: str | None,
        guest_days: float,
        *,
        by_code: ByCode | None = None,
        intro: Link | None = None,
    ) -> Created:
        """Signs a guest up and logs him in, in one transaction; both end after `guest_days`.

        Raises what codes.let_in raises; then nobody was signed up and no code used up.
        """
        profile = Profile(user_id=ids.new_id(), name=name, gender=gender)
        async with self._database.transaction() as connection:
            await connection.fetchrow(SQL["insert_guest"], profile.user_id, name, gender, guest_days * DAY_S)
            session = await insert_session(connection, profile.user_id, token_hash, ip, device, guest_days)
            if by_code:
                paid_status = await let_in(connection, profile.user_id, by_code.code, self._code_uses)
                profile = replace(profile, paid_status=paid_status)
            introduced = await introduce(connection, profile, intro) if intro else None
        return Created(profile, session, introduced)

    async def exists(self, user_id: str) -> bool:
        return bool(await self._database.fetchval(SQL["user_exists"], user_id))

    async def profile(self, user_id: str) -> Profile | None:
        row = await self._database.fetchrow(SQL["profile"], user_id)
        return None if row is None else Profile.of(row)

    async def me(self, user_id: str) -> Account | None:
        row = await self._database.fetchrow(SQL["me"], user_id)
        if row is None:
            return None
        return Account(
            profile=Profile.of(row),
            email=row["email"],
            created_at_ms=row["created_at_ms"],
            account_expires_at_ms=row["account_expires_at_ms"],
            session_count=row["session_count"],
            timer_total_seconds=row["timer_total_seconds"],
            last_sessions=row["last_sessions"],
            successful_sessions=row["successful_sessions"],
            invite_code=row["my_invite_code"],
            uses_remaining=row["uses_remaining"],
            qr_unlocked=row["qr_unlocked"],
        )

    async def set_media(self, user_id: str, which: MediaKind, url: str | None) -> MediaSet | None:
        """Names another selfie or video, or none; None when there is no such user."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL[f"set_{which}"], user_id, url)
            if row is None:
                return None
            return MediaSet(row["before"], await put(connection, PROFILE_CHANGED, {"user_id": user_id}))

    async def media_in_use(self, urls: Sequence[str]) -> set[str]:
        """Returns those of these addresses that some user's profile names."""
        return {row["url"] for row in await self._database.fetch(SQL["media_in_use"], urls)}

    async def delete(self, user_id: str) -> Deleted | None:
        """Deletes a user and his name in his partners' history; reports and bans stay.

        Returns what went, None when there was no such user.
        """
        async with self._database.transaction() as connection:
            return await delete_user(connection, user_id)

    async def forget(self, user_id: str) -> None:
        """What was recorded of a deleted user after he went, goes too. Harmless twice."""
        async with self._database.transaction() as connection:
            await forget_meetings(connection, user_id)

    # -- what rehydrate reads, in chunks: `after` is the last one's key
    async def known_since(self, since_ms: int, after: str | None, limit: int) -> list[Known]:
        """Returns users with a login made, used or ended since an instant, by user id."""
        rows = await self._database.fetch(SQL["people_since"], since_ms, after or NIL, limit)
        return [
            Known(
                Profile.of(row),
                row["fence"],
                row["fence_why"],
                row["session_id"],
                row["token_hash"],
                row["expires_at_ms"],
            )
            for row in rows
        ]

    async def banned(self, after: str | None, limit: int) -> list[tuple[str, str]]:
        """Returns (user id, reason) of who is banned, by user id."""
        rows = await self._database.fetch(SQL["banned"], after or NIL, limit)
        return [(row["user_id"], row["reason"]) for row in rows]

    async def blocks(self, after: tuple[str, str] | None, limit: int) -> list[tuple[str, str]]:
        """Returns (blocker, blocked) pairs, in order."""
        rows = await self._database.fetch(SQL["blocks"], *(after or (NIL, NIL)), limit)
        return [(row["blocker_id"], row["blocked_id"]) for row in rows]


async def delete_user(connection: Connection, user_id: str) -> Deleted | None:
    """The deletion itself, inside the caller's transaction."""
    await connection.fetchrow(SQL["lock_to_delete"], user_id)
    await forget_meetings(connection, user_id)
    row = await connection.fetchrow(SQL["delete_user"], user_id)
    if row is None:
        return None
    gone: dict[str, Any] = {
        "user_id": user_id,
        "session_id": row["session_id"],
        "media": [url for url in (row["selfie_url"], row["video_url"]) if url],
    }
    if row["introduced_to"]:
        await put(connection, NEWCOMER_LEFT, {"user_id": row["introduced_to"], "newcomer": user_id})
    await put(connection, USER_FORGOTTEN, {"user_id": user_id}, delay_s=RECORDED_S)
    return Deleted(row["session_id"], gone["media"], await put(connection, USER_DELETED, gone))


async def forget_meetings(connection: Connection, user_id: str) -> None:
    """His history goes, and his name from his partners', inside the caller's transaction."""
    await connection.execute(SQL["forget_name"], user_id)
    await connection.execute(SQL["forget_history"], user_id)
