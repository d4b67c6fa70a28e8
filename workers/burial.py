"""Where jobs go that failed every try: PostgreSQL, or a stream of Redis until PostgreSQL is back."""

import dataclasses
from typing import Final

from arq.connections import ArqRedis

from core.errors import Unavailable
from core.record.dead_letters import DeadLetter
from workers import jobs
from workers.shop import Shop

WAITING: Final = "arq:dead-letters"
"""stream: letters that PostgreSQL has yet to get."""


async def bury(shop: Shop, redis: ArqRedis, letter: DeadLetter) -> None:
    """Keeps a dead letter. Raises RedisError when neither store is there: then the job comes again."""
    try:
        await shop.service.record.dead_letters.add(letter)
    except Unavailable:
        await redis.xadd(WAITING, {"letter": jobs.dumps(dataclasses.asdict(letter))})
