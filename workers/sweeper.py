"""Settles what is due, in every family, several times a second. Nodes do it when no worker has for two."""

import asyncio
from typing import Final

from core.actions import sweep
from workers.queues import LIVE
from workers.shop import Shop
from workers.trade import EVERY_SECOND, tick

SWEEPS: Final = 4
"""In each second: what is due is said a quarter of a second late at most, and one that finds nothing costs nothing."""
APART_S: Final = 1.0 / SWEEPS


async def sweep_for_a_second(shop: Shop) -> None:
    """Sweeps until the next tick. Two at once are harmless: the scripts settle each thing once."""
    for turn in range(SWEEPS):
        shop.metrics.swept.inc(await sweep.sweep_all(shop.service))
        if turn < SWEEPS - 1 and not shop.stopping.is_set():
            await asyncio.sleep(APART_S)


QUEUE = LIVE
JOBS = ()
TICKS = (tick(sweep_for_a_second, timeout_s=LIVE.job_timeout_s - 1, **EVERY_SECOND),)
