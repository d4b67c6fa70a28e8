"""Invite codes: let people in once per use, and give each of them a code of his own."""

import secrets
from typing import Any, NamedTuple

from core.errors import Refusal
from core.record import outbox, queries
from core.record.audit import Operator, audit
from core.record.database import Connection, Database
from core.rules.access import CODE_LENGTH, CODE_LETTERS, UNPAID, Code, fault_of

SQL = queries.load("codes")


class Listed(NamedTuple):
    """A code as operators see it."""

    code: str
    type: str
    label: str | None
    created_by: str | None
    max_uses: int | None
    uses_remaining: int | None
    is_active: bool
    created_at_ms: int
    uses: int
    """How many it has let in."""


class Codes:
    """Table invite_codes."""

    def __init__(self, database: Database, *, uses: int) -> None:
        self._database = database
        self._uses = uses

    async def get(self, code: str) -> Code | None:
        """Returns a code as it is now, None for one that never was."""
        row = await self._database.fetchrow(SQL["code"], code)
        return None if row is None else _code(row)

    # -- what operators do
    async def make(self, by: Operator, label: str) -> str:
        """Makes a code without limit; returns it."""
        code = make_code()
        async with self._database.transaction() as connection:
            await connection.execute(SQL["put_admin_code"], code, label)
            await audit(connection, by, "code_made", code, label=label)
        return code

    async def deactivate(self, by: Operator, code: str) -> bool:
        """From now on the code lets nobody in; False: there is no such code."""
        async with self._database.transaction() as connection:
            if await connection.fetchval(SQL["deactivate"], code) is None:
                return False
            await audit(connection, by, "code_deactivated", code)
        return True

    async def page(self, after: str | None, kind: str | None, limit: int) -> tuple[list[Listed], bool]:
        """Returns codes made before `after` was (None: from the newest), and whether there are more."""
        rows = await self._database.fetch(SQL["codes"], after, kind, limit + 1)
        return [Listed(**dict(row)) for row in rows[:limit]], len(rows) > limit

    # -- what users do
    async def redeem(self, user_id: str, code: str | None) -> int:
        """Lets a user in by a code (None: one that can be none); returns the outbox row that tells the lobby.

        Raises Refusal already_admitted, not_found, code_spent, code_locked, forbidden (his own), not_authenticated
        (there is no such user); then nothing was used up.
        """
        async with self._database.transaction() as connection:
            paid_status = await connection.fetchval(SQL["lock_user"], user_id)
            if paid_status is None:
                raise Refusal("not_authenticated")
            if paid_status != UNPAID:
                raise Refusal("already_admitted")
            await let_in(connection, user_id, code, self._uses)
            return await outbox.put(connection, outbox.PROFILE_CHANGED, {"user_id": user_id})


async def let_in(connection: Connection, user_id: str, code: str | None, uses: int) -> str:
    """Uses a code up by one inside the caller's transaction; returns the user's paid status from now on.

    He gets a code of his own, locked, for `uses` others. Raises Refusal not_found, code_spent, code_locked, forbidden.
    """
    if code is None:
        raise Refusal("not_found", "there is no such invite code")
    if await connection.fetchval(SQL["take_use"], code, user_id) is None:
        raise await _fault(connection, user_id, code)
    await connection.execute(SQL["put_use"], code, user_id)
    paid_status: str = await connection.fetchval(SQL["admit"], user_id, code)
    await give_code(connection, user_id, uses)
    return paid_status


async def give_code(connection: Connection, user_id: str, uses: int) -> str | None:
    """Makes a code for a user who has none, inside the caller's transaction; None: he had one, or is gone."""
    code = make_code()
    if await connection.fetchval(SQL["give_code"], user_id, code) is None:
        return None
    await connection.execute(SQL["put_user_code"], code, user_id, uses)
    return code


def make_code() -> str:
    """Returns a code that nobody can guess."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


async def _fault(connection: Connection, user_id: str, code: str) -> Refusal:
    row = await connection.fetchrow(SQL["code"], code)
    if row is not None and row["created_by"] == user_id:
        return Refusal("forbidden", "one's own code is for others")
    fault = fault_of(None if row is None else _code(row)) or "code_spent"  # fit again a moment later
    return Refusal(fault, "there is no such invite code" if fault == "not_found" else "")


def _code(row: Any) -> Code:
    return Code(
        code=row["code"],
        type=row["type"],
        uses_remaining=row["uses_remaining"],
        is_active=row["is_active"],
        has_creator=row["has_creator"],
        is_unlocked=row["is_unlocked"],
    )
