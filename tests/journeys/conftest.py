"""One installation for all tests of a module: two nodes and a worker on stores that were empty; people come and go.

`SETTINGS` of the module change what it runs with.
"""

from collections.abc import AsyncIterator

import pytest

from tests.processes import Processes
from tests.servers import Stores
from tests.world import NO_LIMITS, World

USUAL = {
    **NO_LIMITS,
    "HOLD_S": "0",  # the empty stores of a new installation are no outage: deadlines count from the first moment
    "PING_S": "3",
    "PONG_S": "3",
}


@pytest.fixture(scope="module")
async def installation(
    request: pytest.FixtureRequest, session_wide_stores: Stores, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Two nodes and a worker. At the end no log of theirs may hold an error, or what somebody said."""
    await session_wide_stores.empty()
    settings = {**session_wide_stores.environ(), **USUAL, **getattr(request.module, "SETTINGS", {})}
    processes = Processes(settings, tmp_path_factory.mktemp("installation"))
    try:
        await processes.nodes(2)
        await processes.worker()
        async with World(processes, session_wide_stores) as world:
            yield world
            assert not world.betrayed()
    finally:
        await processes.close()


@pytest.fixture
async def world(installation: World) -> AsyncIterator[World]:
    """The installation; whoever came in during the test is gone after it."""
    yield installation
    await installation.everybody_leaves()
