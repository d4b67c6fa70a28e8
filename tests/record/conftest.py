"""The record on an empty PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from core.record import Record
from core.settings import Settings


@pytest.fixture
async def record(settings: Settings) -> AsyncIterator[Record]:
    record = await Record.connect(settings)
    yield record
    await record.close()
