"""Takes the long limits to PostgreSQL, so that they hold across a loss of Redis."""

from typing import Final

from redis.exceptions import RedisError

from core import logs
from core.actions import limits
from core.errors import Unavailable
from workers.queues import LIVE
from workers.shop import Shop
from workers.trade import tick

EVERY_S: Final = 3
"""Ten seconds are promised: two ticks may be missed."""

log = logs.get(__name__)


async def reckon(shop: Shop) -> None:
    """Two at once are harmless, and so is one killed half-way: what is said twice changes nothing."""
    try:
        if not await shop.service.limits.are_loaded():  # with the lobby, as a rule; here where only their slot was lost
            log.info("limits brought back", limits=await limits.load(shop.service))
        await limits.save(shop.service)
    except (Unavailable, RedisError, OSError) as error:
        log.info("limits wait", error=type(error).__name__)


QUEUE = LIVE
JOBS = ()
TICKS = (tick(reckon, timeout_s=LIVE.job_timeout_s - 1, second=set(range(0, 60, EVERY_S))),)
