"""Workers on this run's stores, and this process's own hands on the same."""

from collections.abc import AsyncIterator

import pytest

from core.actions.service import Service
from core.settings import Settings
from tests.workers.town import open_service


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Few shards, no chat limit: what is tested is recording."""
    return environ | {"ROOM_SHARDS": "2", "LIMIT_CHAT": "off"}


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    async with open_service(settings) as service:
        yield service
