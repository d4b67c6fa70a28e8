"""Everything that is due, as often as it takes. Level-triggered: two at once, or one killed half-way, are harmless."""

import asyncio

from core import keys
from core.actions.service import Service
from core.errors import Unavailable
from core.live.family import Family

DUE_AT_ONCE = 200
"""Members settled in one script call: a few milliseconds (architecture, section 3)."""
NO_NEW_ROOMS = 2
"""What a sweep writes into the marker of a family whose journal is nine tenths full (core/lua/shared/8_sweep.lua)."""
STALE_TICK_MS = 2_000
"""A tick older than this means that no worker keeps the deadlines: nodes do."""


async def sweep_family(family: Family) -> int:
    """Settles what is due in one family; returns how many members were."""
    total = 0
    while True:
        due: int
        (due,) = await family.call("sweep", DUE_AT_ONCE)
        total += due
        if due < DUE_AT_ONCE:
            return total


async def sweep_all(service: Service) -> int:
    """Sweeps every family that is live; returns how many members were due."""
    counts = await asyncio.gather(*(_sweep_if_live(family) for family in service.live.families()))
    return sum(counts)


async def sweep_if_stale(service: Service) -> int:
    """Sweeps the families whose last sweep is older than STALE_TICK_MS; for nodes, while no worker does it.

    What the sweeps have found of the journals is noted in passing.
    """
    total = 0
    for family in service.live.families():
        marker = await service.live.redis.hmget(keys.marker(family.name), ["tick", "journal_full"])  # type: ignore[misc]
        tick, journal_full = (int(value or 0) for value in marker)
        family.is_full = journal_full == NO_NEW_ROOMS
        try:
            _, wall = await family.call("now")
        except Unavailable:
            continue
        if wall - tick > STALE_TICK_MS:
            total += await _sweep_if_live(family)
    return total


async def _sweep_if_live(family: Family) -> int:
    try:
        return await sweep_family(family)
    except Unavailable:
        return 0
