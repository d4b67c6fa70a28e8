"""Real PostgreSQL and Redis for tests: of our own, or those that DATABASE_URL and REDIS_URL name."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import redis.asyncio

from dev.scratch import scratch_folder
from dev.stores import Postgres, Redis
from sql import migrate

NUMBERS: Final = range(15, 0, -1)  # of the databases of a foreign Redis that a run may take for itself

# Emptying a table costs milliseconds even if it is empty, so only those with rows are.
EMPTY_ALL: Final = """
do $$
declare
    place text;
    is_used boolean;
    used text[] := '{}';
begin
    for place in select quote_ident(relname) from pg_class
                 where relnamespace = current_schema::regnamespace and relkind = 'r' and relname <> 'schema_migrations'
    loop
        execute format('select exists (select from %s)', place) into is_used;
        if is_used then used := used || place; end if;
    end loop;
    if cardinality(used) > 0 then
        execute 'truncate ' || array_to_string(used, ', ') || ' restart identity cascade';
    end if;
end $$
"""


@dataclass(frozen=True)
class Stores:
    """Where the stores of this run are. `postgres` and `redis` are theirs to stop and kill, where they are our own."""

    database_url: str
    redis_url: str
    postgres: Postgres | None = None
    redis: Redis | None = None

    def environ(self) -> dict[str, str]:
        """Environment variables of a process that works on them, with a clock that tests can move."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "TEST_CLOCK": "1",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
        }

    async def empty(self) -> None:
        """Forgets every row and every key."""
        client = redis.asyncio.Redis.from_url(self.redis_url)
        connection = await asyncpg.connect(self.database_url)
        try:
            await client.flushdb()
            await connection.execute("set lock_timeout = '10s'")  # somebody's transaction was left open: say so soon
            await connection.execute(EMPTY_ALL)
        finally:
            await connection.close()
            await client.aclose()


@contextlib.asynccontextmanager
async def session_stores(environ: Mapping[str, str] = os.environ) -> AsyncIterator[Stores]:
    """Stores with the schema and nothing in it: those that `environ` names, else our own.

    Of named ones the run takes a new database and an unused number, and gives them back.
    """
    async with contextlib.AsyncExitStack() as closing:
        folder = closing.enter_context(scratch_folder("tests"))
        log = closing.enter_context((folder / "stores.log").open("ab"))
        postgres = redis_server = None
        if url := environ.get("DATABASE_URL"):
            database_url = await closing.enter_async_context(_new_database(url))
        else:
            postgres = Postgres(folder, binaries=environ.get("PG_BIN", ""), output=log, is_durable=False)
            await postgres.start()
            closing.push_async_callback(postgres.stop)
            database_url = postgres.url
        if url := environ.get("REDIS_URL"):
            redis_url = await closing.enter_async_context(_unused_number(url))
        else:
            redis_server = Redis(folder, binary=environ.get("REDIS_BIN", ""), output=log)
            await redis_server.start()
            closing.push_async_callback(redis_server.stop)
            redis_url = redis_server.url
        await _migrate(database_url)
        yield Stores(database_url, redis_url, postgres, redis_server)


@contextlib.asynccontextmanager
async def own_stores(folder: Path, environ: Mapping[str, str] = os.environ) -> AsyncIterator[Stores]:
    """Stores below `folder` for one test that stops, kills or pauses them. The schema is there."""
    with (folder / "stores.log").open("ab") as log:
        postgres = Postgres(folder, binaries=environ.get("PG_BIN", ""), output=log, is_durable=False)
        redis_server = Redis(folder, binary=environ.get("REDIS_BIN", ""), output=log)
        try:
            await asyncio.gather(postgres.start(), redis_server.start())
            await _migrate(postgres.url)
            yield Stores(postgres.url, redis_server.url, postgres, redis_server)
        finally:
            await asyncio.gather(postgres.stop(), redis_server.stop())


async def _migrate(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        with contextlib.redirect_stdout(None):
            await migrate.migrate(connection)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def _new_database(url: str) -> AsyncIterator[str]:
    name = f"cresset_test_{os.getpid()}_{secrets.token_hex(4)}"
    await _execute(url, f"create database {name}")
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        await _execute(url, f"drop database {name} with (force)")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def _unused_number(url: str) -> AsyncIterator[str]:
    for number in NUMBERS:
        numbered = urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
        client = redis.asyncio.Redis.from_url(numbered)
        try:
            if await client.dbsize() == 0:
                yield numbered
                await client.flushdb()
                return
        finally:
            await client.aclose()
    raise RuntimeError("REDIS_URL has no empty database number left for the tests")
