"""Worlds that a test may break: `world` on the stores of this run, `fragile_world` on stores of its own.

Neither has a process yet: `await world.opens(nodes=2, workers=1, GRACE_S="1")`.
"""

from collections.abc import AsyncIterator

import pytest

from tests.processes import Processes
from tests.servers import Stores
from tests.world import World


@pytest.fixture
async def world(processes: Processes, stores: Stores) -> AsyncIterator[World]:
    """Processes to be killed and paused."""
    async with World(processes, stores) as world:
        yield world
        assert not world.betrayed()


@pytest.fixture
async def fragile_world(fragile_processes: Processes, fragile: Stores) -> AsyncIterator[World]:
    """The same, with stores to be killed, emptied and started again."""
    async with World(fragile_processes, fragile) as world:
        yield world
        assert not world.betrayed()
