"""The pool of connections, and the one place where the driver's errors become ours."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from core.errors import Unavailable

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 2_000
IDLE_IN_TRANSACTION_MS = 5_000
"""A process that was stopped while it held a row blocks nobody for longer (architecture, section 5)."""
CONNECT_TIMEOUT_S = 3.0
ACQUIRE_TIMEOUT_S = 3.0
COMMAND_TIMEOUT_S = 8.0
"""Above STATEMENT_TIMEOUT_MS, so it is only reached when the server does not answer at all."""
IDLE_CONNECTION_S = 60.0

PASSING_CLASSES = frozenset({"08", "40", "53", "57", "58"})
"""SQLSTATE classes of faults that pass: connections, rollbacks, resources, operators, the system."""
PASSING_STATES = frozenset({"55P03", "25P03", "25006"})
"""Lock timeout, idle-in-transaction timeout, read-only (a standby that is about to be promoted)."""


def is_passing(error: BaseException) -> bool:
    """True for an error after which the same transaction, run again, may well succeed."""
    if isinstance(error, asyncpg.PostgresError):
        state = str(error.sqlstate or "")
        return state[:2] in PASSING_CLASSES or state in PASSING_STATES
    return isinstance(error, (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError))


def is_poison(error: BaseException) -> bool:
    """True for an error that blames the data: SQLSTATE 22 (the driver's own included), 23, or a missing fact."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "")[:2] in {"22", "23"}
    return isinstance(error, (LookupError, ValueError, TypeError))


@contextmanager
def translated() -> Iterator[None]:
    """Turns what passes into Unavailable."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
        # TimeoutError is an OSError.
        if is_passing(error):
            raise Unavailable(f"PostgreSQL: {type(error).__name__}: {error}") from error
        raise


class Database:
    """Connections to PostgreSQL with short timeouts, opened when they are first needed."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, size: int, name: str) -> "Database":
        """Makes the pool without connecting, so that a process can start while PostgreSQL is away."""
        pool = asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=COMMAND_TIMEOUT_S,
            max_inactive_connection_lifetime=IDLE_CONNECTION_S,
            init=_prepare,
            reset=_leave_as_it_is,
            server_settings={
                "application_name": name,
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
                "jit": "off",
            },
        )
        with translated():
            await pool
        return cls(pool)

    async def close(self) -> None:
        """Closes every connection, those in use included after a moment."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection. Raises Unavailable, also for what passes inside the block."""
        with translated():
            async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S) as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside a transaction, committed at the end of the block. Raises Unavailable."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        async with self.connection() as connection:
            return await connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        async with self.connection() as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        async with self.connection() as connection:
            return await connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> int:
        """Runs a statement; returns how many rows it changed."""
        async with self.connection() as connection:
            return changed(await connection.execute(query, *args))


def changed(status: str) -> int:
    """Returns the number at the end of a command's status ("INSERT 0 5" -> 5)."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """uuid is a string here, and jsonb what orjson makes of it."""
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: orjson.dumps(value).decode(),
        decoder=orjson.loads,
        format="text",
    )


async def _leave_as_it_is(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The pool itself rolls back what was left open; nothing here changes a session, and undoing costs a round trip."""
