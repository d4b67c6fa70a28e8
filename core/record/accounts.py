"""Accounts with an e-mail address and a password: making one, changing it, proving whose it is."""

from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from core.errors import Refusal
from core.record import queries
from core.record.database import Connection, Database
from core.record.outbox import PROFILE_CHANGED, SESSION_ENDED, SESSION_EXTENDED, put
from core.record.sessions import DAY_S, end_sessions, fence

SQL = queries.load("accounts")


class Credentials(NamedTuple):
    """What a password is checked against."""

    user_id: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Account:
    """Whose password it is."""

    user_id: str
    name: str
    account_type: str
    email: str | None
    password_hash: str | None


class Extended(NamedTuple):
    """A login that lasts longer than before."""

    session_id: int
    token_hash: str
    """Hexadecimal."""
    expires_at_ms: int


class Promoted(NamedTuple):
    """A guest who stays: his logins, and the outbox rows that carry it into Redis."""

    extended: list[Extended]
    outbox_ids: list[int]


class Ended(NamedTuple):
    """Logins up to session_id are over; the outbox row says so to Redis."""

    user_id: str
    session_id: int
    outbox_id: int


class Accounts:
    """Tables users and sessions, as far as a password is concerned."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def credentials(self, email: str) -> Credentials | None:
        """Returns who has this address, however it is capitalised."""
        row = await self._database.fetchrow(SQL["credentials"], email)
        return None if row is None else Credentials(row["user_id"], row["password_hash"])

    async def make_permanent(self, user_id: str, email: str, password_hash: str, session_days: float) -> Promoted:
        """Gives a guest an address and a password; he and his login stay.

        Raises Refusal already_permanent, email_taken; not_authenticated for a user who is gone.
        """
        try:
            async with self._database.transaction() as connection:
                account = await lock(connection, user_id)
                if account.account_type == "permanent":
                    raise Refusal("already_permanent")
                await connection.execute(SQL["make_permanent"], user_id, email, password_hash)
                rows = await connection.fetch(SQL["extend_sessions"], user_id, session_days * DAY_S)
                extended = [Extended(row["session_id"], row["token_hash"], row["expires_at_ms"]) for row in rows]
                outbox_ids = [await put(connection, PROFILE_CHANGED, {"user_id": user_id})]
                outbox_ids += [
                    await put(connection, SESSION_EXTENDED, {"user_id": user_id, **each._asdict()}) for each in extended
                ]
        except asyncpg.UniqueViolationError:
            raise Refusal("email_taken") from None
        return Promoted(extended, outbox_ids)

    async def change_profile(
        self, user_id: str, name: str | None, gender: str | None, socials: dict[str, str] | None
    ) -> int:
        """Changes what is not None; returns the outbox row. Raises not_authenticated for a user who is gone."""
        async with self._database.transaction() as connection:
            await lock(connection, user_id)
            await connection.execute(SQL["change_profile"], user_id, name, gender, socials)
            return await put(connection, PROFILE_CHANGED, {"user_id": user_id})

    async def account(self, user_id: str) -> Account:
        """Returns an account as it is now. Raises not_authenticated for a user who is gone."""
        row = await self._database.fetchrow(SQL["account"], user_id)
        if row is None:
            raise Refusal("not_authenticated")
        return Account(**row)

    async def change_password(self, user_id: str, session_id: int, before: str, after: str) -> bool:
        """Replaces one hash by another; False when it is not `before` any more.

        At most one login of a user is active, so all others have ended; that it is the caller's is looked at under the
        lock of logins. Mails with a reset are of no use from then on. Raises session_replaced.
        """
        async with self._database.transaction() as connection:
            account = await lock(connection, user_id)
            if not await connection.fetchval(SQL["is_active_session"], session_id, user_id):
                raise Refusal("session_replaced")
            if account.password_hash != before:
                return False
            await connection.execute(SQL["change_password"], user_id, after)
            await connection.execute(SQL["forget_resets"], user_id)
            return True

    async def renew_hash(self, user_id: str, before: str, after: str) -> None:
        """The same password, hashed with other parameters."""
        await self._database.execute(SQL["renew_hash"], user_id, before, after)

    async def reset_password(self, user_id: str, token_hash: bytes, after: str) -> Ended | None:
        """Uses a reset: sets the password and ends every login. Raises not_found for one that cannot be used (again).

        Returns None when nobody was logged in.
        """
        async with self._database.transaction() as connection:
            await lock(connection, user_id)
            if (await connection.execute(SQL["use_reset"], token_hash, user_id)).endswith(" 0"):
                raise Refusal("not_found")
            await connection.execute(SQL["change_password"], user_id, after)
            await connection.execute(SQL["forget_resets"], user_id)
            ended = await end_sessions(connection, user_id, "password")
            if not ended:
                return None
            outbox_id = await put(connection, SESSION_ENDED, fence(user_id, max(ended), "password"))
        return Ended(user_id, max(ended), outbox_id)


async def lock(connection: Connection, user_id: str) -> Account:
    """Takes an account for the caller's transaction. Raises not_authenticated for a user who is gone."""
    row = await connection.fetchrow(SQL["lock_account"], user_id)
    if row is None:
        raise Refusal("not_authenticated")
    return Account(**row)
