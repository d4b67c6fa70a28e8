"""Migrations: ordered, forward only, safe to run twice and by several at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest

from sql import migrate
from sql.dump import dump
from sql.migrate import Migration, MigrationError
from tests.servers import Stores

ONE = Migration(1, "one", "create table one (id integer primary key, made_at timestamptz not null default now());")
TWO = Migration(2, "two", "alter table one add column name text; insert into one (id, name) values (1, 'kept');")
BROKEN = Migration(3, "broken", "create table three (id integer); create table three (id integer);")


@pytest.fixture
async def empty_url(session_wide_stores: Stores) -> AsyncIterator[str]:
    """A database in which nothing is, not even our schema."""
    connection = await asyncpg.connect(session_wide_stores.database_url)
    await connection.execute("create database bare")
    yield session_wide_stores.database_url.rsplit("/", 1)[0] + "/bare"
    await connection.execute("drop database bare with (force)")
    await connection.close()


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def test_from_empty_and_then_once_more(empty_url: str) -> None:
    async with connected(empty_url) as connection:
        assert await migrate.migrate(connection, [ONE, TWO]) == ["0001_one", "0002_two"]
        assert await migrate.migrate(connection, [ONE, TWO]) == []
        assert await connection.fetchval("select name from one") == "kept"


async def test_from_the_previous_version(empty_url: str) -> None:
    async with connected(empty_url) as connection:
        await migrate.migrate(connection, [ONE])
        assert await migrate.pending(connection, [ONE, TWO]) == [TWO]
        assert await migrate.migrate(connection, [ONE, TWO]) == ["0002_two"]


async def test_every_version_of_ours_leads_to_the_same_schema(empty_url: str) -> None:
    ours = migrate.read()
    async with connected(empty_url) as connection:
        for version in range(1, len(ours) + 1):
            await migrate.migrate(connection, ours[:version])
        stepwise = await dump(connection)
    assert stepwise == migrate.GOLDEN.read_text(encoding="utf-8")


async def test_ours_can_be_run_on_what_they_made(empty_url: str) -> None:
    async with connected(empty_url) as connection:
        await migrate.migrate(connection)
        before = await dump(connection)
        await connection.execute("delete from schema_migrations")
        await migrate.migrate(connection)
        assert await dump(connection) == before


async def test_five_at_once_apply_each_once(empty_url: str) -> None:
    async def run() -> list[str]:
        async with connected(empty_url) as connection:
            return await migrate.migrate(connection, [ONE, TWO])

    done = await asyncio.gather(*(run() for _ in range(5)))
    assert sorted(title for titles in done for title in titles) == ["0001_one", "0002_two"]


async def test_a_failing_one_leaves_nothing_behind_and_those_before_it_stand(empty_url: str) -> None:
    async with connected(empty_url) as connection:
        with pytest.raises(MigrationError, match=r"0003_broken failed: .*already exists"):
            await migrate.migrate(connection, [ONE, TWO, BROKEN])
        assert await connection.fetchval("select to_regclass('three')") is None
        assert await connection.fetchval("select max(version) from schema_migrations") == 2
        async with connected(empty_url) as another:  # the advisory lock is free
            assert await migrate.migrate(another, [ONE, TWO]) == []


async def test_a_changed_file_is_refused(empty_url: str) -> None:
    async with connected(empty_url) as connection:
        await migrate.migrate(connection, [ONE])
        with pytest.raises(MigrationError, match="0001_one was changed"):
            await migrate.migrate(connection, [ONE._replace(text=ONE.text + " ")])


async def test_a_late_comer_is_refused(empty_url: str) -> None:
    async with connected(empty_url) as connection:
        await migrate.migrate(connection, [TWO._replace(text="select 1")])
        with pytest.raises(MigrationError, match="0001_one is new but older"):
            await migrate.migrate(connection, [ONE, TWO._replace(text="select 1")])


async def test_a_newer_database_is_left_alone(empty_url: str) -> None:
    async with connected(empty_url) as connection:
        await migrate.migrate(connection, [ONE, TWO])
        assert await migrate.migrate(connection, [ONE]) == []


async def test_the_golden_schema_is_current(database: asyncpg.Connection) -> None:
    await migrate.check(database)


async def test_a_difference_to_the_golden_schema_is_found(empty_url: str) -> None:
    async with connected(empty_url) as connection:
        await migrate.migrate(connection)
        await connection.execute("alter table cooldowns add column surprise text")
        with pytest.raises(MigrationError, match="surprise"):
            await migrate.check(connection)
