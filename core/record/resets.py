"""Password resets on their way: asked for, sent, given up. Their tokens are made by whoever sends them."""

from typing import NamedTuple

from core.record import queries
from core.record.database import Database
from core.record.dead_letters import DeadLetter
from core.record.dead_letters import put as put_dead_letter

SQL = queries.load("accounts")
APART_S = 60
"""After a mail was sent, so long nobody is sent another: a mailbox is not filled by strangers."""


class Due(NamedTuple):
    """A reset to be sent."""

    reset_id: int
    user_id: str
    tries: int
    """This one included."""
    email: str


class Whose(NamedTuple):
    """The user of a token that can be used."""

    user_id: str
    name: str
    email: str


class Resets:
    """Table password_resets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, email: str, valid_s: float) -> bool:
        """Notes that somebody with this address wants to have a mail; False where nobody gets one (any more)."""
        return bool(await self._database.execute(SQL["request_reset"], email, valid_s, APART_S))

    async def claim(self, limit: int, lease_s: float, patience_s: float) -> list[Due]:
        """Returns what was asked for in the last `patience_s` and is to be sent; nobody else gets it for `lease_s`."""
        rows = await self._database.fetch(SQL["claim_resets"], limit, lease_s, patience_s)
        return [Due(**row) for row in rows]

    async def arm(self, reset_id: int, token_hash: bytes, valid_s: float) -> bool:
        """From now on this token can be used once; the one of an earlier try cannot. False: it was sent or is gone."""
        return bool(await self._database.execute(SQL["arm_reset"], reset_id, token_hash, valid_s))

    async def sent(self, reset_id: int) -> None:
        """The mail is out."""
        await self._database.execute(SQL["reset_sent"], reset_id)

    async def failed(self, reset_id: int, pause_s: float) -> None:
        """The mail could not be sent; it comes again."""
        await self._database.execute(SQL["reset_failed"], reset_id, pause_s)

    async def bury_overdue(self, patience_s: float) -> int:
        """Gives up what could not be sent in `patience_s`: a dead letter each; returns how many."""
        async with self._database.transaction() as connection:
            overdue = await connection.fetch(SQL["overdue_resets"], patience_s)
            for row in overdue:
                letter = DeadLetter(
                    source="job",
                    key=f"password_reset:{row['reset_id']}",
                    name="password_reset",
                    args={"user_id": row["user_id"]},
                    error="the mail could not be sent in time",
                    tries=row["tries"],
                )
                await put_dead_letter(connection, letter)
        return len(overdue)

    async def whose(self, token_hash: bytes) -> Whose | None:
        """Returns whose reset a token is; None when it cannot be used (any more)."""
        row = await self._database.fetchrow(SQL["reset_of"], token_hash)
        return None if row is None else Whose(**row)
