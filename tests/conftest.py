"""Fixtures for everybody: real stores (emptied before each test that asks for them), real processes, a clock to move.

`environ`, `settings`     settings that lead to this run's stores, with TEST_CLOCK=1
`database`, `redis`       an open connection or client, the store behind it empty
`clock`                   moves the clock of the rules
`processes`               starts nodes and workers
`fragile`                 stores of one test's own, to be stopped and killed; `fragile_processes` work on them
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest
import uvloop
from redis.asyncio import Redis

from core.settings import Settings
from dev.scratch import scratch_folder
from tests.clocks import Clock
from tests.processes import Processes
from tests.servers import Stores, own_stores, session_stores


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], uvloop.Loop]]:
    """Tests run on the loop that production runs on."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what `make test-system` runs: all that needs a browser, and all that works on real stores."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent / "browser"):
            item.add_marker("system")
        if {"session_wide_stores", "fragile"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("stores")


@pytest.fixture(scope="session")
async def session_wide_stores() -> AsyncIterator[Stores]:
    """One PostgreSQL and one Redis for the whole run; ask for `stores` to have them empty."""
    async with session_stores() as stores:
        yield stores


@pytest.fixture
async def stores(session_wide_stores: Stores) -> Stores:
    """This run's stores, with the schema and nothing in it."""
    await session_wide_stores.empty()
    return session_wide_stores


@pytest.fixture
def environ(stores: Stores) -> dict[str, str]:
    """Environment variables of a node, worker or script that works on `stores`; add settings to it as you like."""
    return stores.environ()


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """The settings of `environ`."""
    return Settings.from_env(environ)


@pytest.fixture
async def database(stores: Stores) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the empty database."""
    connection = await asyncpg.connect(stores.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def redis(stores: Stores) -> AsyncIterator[Redis]:
    """A client of the empty Redis; answers are bytes."""
    client = Redis.from_url(stores.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def clock(redis: Redis, settings: Settings) -> Clock:
    """The clock of the rules, at the true time."""
    return Clock(redis, settings.room_shards)


@pytest.fixture
async def processes(environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Processes]:
    """Starts nodes and workers on `stores`; what still runs at the end of the test is killed."""
    started = Processes(environ, tmp_path)
    yield started
    await started.close()


@pytest.fixture
def scratch(request: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty folder that servers under another name can enter."""
    with scratch_folder("test") as folder:
        yield folder


@pytest.fixture
async def fragile(scratch: Path) -> AsyncIterator[Stores]:
    """Stores that are this test's alone: `await fragile.redis.stop()`, `fragile.postgres.kill()`, `.start()` again."""
    async with own_stores(scratch) as stores:
        yield stores


@pytest.fixture
async def fragile_processes(fragile: Stores, tmp_path: Path) -> AsyncIterator[Processes]:
    """Starts nodes and workers on `fragile`; what still runs at the end of the test is killed."""
    started = Processes(fragile.environ(), tmp_path)
    yield started
    await started.close()
