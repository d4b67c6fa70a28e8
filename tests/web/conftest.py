"""A node that the tests of one module share."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from core import passwords
from tests.processes import Node, Processes
from tests.servers import Stores

SHORT = {
    "HELLO_S": "0.5",
    "PING_S": "0.6",
    "PONG_S": "0.5",
    "ROOM_PING_S": "0.3",
    "ROOM_PONG_S": "0.3",
    "LIMIT_CONNECT": "off",
}
"""Periods as short as a test may make them."""


@pytest.fixture(scope="module")
async def node(session_wide_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node with short periods on empty stores."""
    await session_wide_stores.empty()
    processes = Processes(session_wide_stores.environ(), Path(tmp_path_factory.mktemp("node")))
    yield await processes.node(until_ready=True, **SHORT)
    await processes.close()


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost this process a millisecond; what they cost users is told in tests/rules/test_passwords.py."""
    monkeypatch.setattr(passwords, "TIME_COST", 1)
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)


async def metrics(node: Node) -> dict[str, float]:
    """The node's /metrics page."""
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{node.metrics_port}/metrics") as answer:
        assert answer.status == 200
        lines = (await answer.text()).splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


async def until_not_ready(node: Node) -> None:
    """Waits until /readyz says so."""
    async with asyncio.timeout(10), aiohttp.ClientSession() as http:
        while await node.readiness(http) != 503:
            await asyncio.sleep(0.02)
