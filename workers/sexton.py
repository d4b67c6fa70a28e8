"""Takes dead letters that waited in Redis to PostgreSQL."""

from typing import Any, Final

from core import logs
from core.record.dead_letters import DeadLetter
from workers import jobs
from workers.burial import WAITING
from workers.queues import DEFAULT
from workers.shop import Shop
from workers.trade import tick

AT_ONCE: Final = 100
EVERY_S: Final = 10

log = logs.get(__name__)


async def carry(shop: Shop) -> None:
    """Empties the stream, oldest first; a letter that was carried twice is kept once."""
    redis = shop.jobs[DEFAULT].redis
    found: list[tuple[bytes, dict[bytes, bytes]]] = await redis.xrange(WAITING, count=AT_ONCE)
    for entry_id, fields in found:
        letter: dict[str, Any] = jobs.loads(fields[b"letter"])
        await shop.service.record.dead_letters.add(DeadLetter(**letter))
        await redis.xdel(WAITING, entry_id)
    if found:
        log.info("dead letters carried", letters=len(found))


QUEUE = DEFAULT
JOBS = ()
TICKS = (tick(carry, timeout_s=DEFAULT.job_timeout_s - 1, second=set(range(0, 60, EVERY_S))),)
