"""Logins of operators. They survive restarts, and end with the credentials they were made under."""

from core.record import queries
from core.record.audit import Operator, audit
from core.record.database import Database

SQL = queries.load("operators")


class Operators:
    """Table admin_sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def log_in(self, by: Operator, token_hash: bytes, credential: bytes, seconds: float) -> int:
        """Makes a login; returns when it ends, ms."""
        async with self._database.transaction() as connection:
            expires_at_ms: int = await connection.fetchval(
                SQL["insert_operator_session"], token_hash, by.username, by.ip, credential, seconds
            )
            await audit(connection, by, "logged_in")
        return expires_at_ms

    async def username(self, token_hash: bytes, credential: bytes) -> str | None:
        """Returns whose login it is; None for one that never was, is over, or was made under other credentials."""
        username: str | None = await self._database.fetchval(SQL["operator_of"], token_hash, credential)
        return username

    async def log_out(self, by: Operator, token_hash: bytes) -> None:
        """Ends a login."""
        async with self._database.transaction() as connection:
            await connection.execute(SQL["end_operator_session"], token_hash)
            await audit(connection, by, "logged_out")
