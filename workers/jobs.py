"""The job queues: connecting to them, and enqueueing without losing anything.

Jobs travel as JSON: arq's default, pickle, would let whoever can write to Redis run code here.
"""

import time
from pathlib import Path
from typing import Any, Final, cast

import orjson
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import serialize_job
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from workers.queues import Queue

LUA: Final = Path(__file__).parent / "lua"
ENQUEUE: Final = (LUA / "enqueue.lua").read_text()
CONNECTIONS: Final = 64
ANSWER_S: Final = 5.0
RETRIES: Final = 30
RETRY_FIRST_S: Final = 0.05
RETRY_MOST_S: Final = 1.0
"""Thirty tries up to a second apart: a restart of Redis is waited for, not died of."""
KEPT_MS: Final = 86_400_000
"""A job that no worker has taken for a day is forgotten; what it was a hint for is found again."""


def dumps(value: Any) -> bytes:
    """Returns JSON; what JSON cannot say is told as its repr."""
    return orjson.dumps(value, default=repr)


def loads(data: bytes) -> Any:
    return orjson.loads(data)


def connect(url: str, queue: Queue, *, is_patient: bool) -> ArqRedis:
    """Returns arq's client for one queue. A patient one waits for a Redis that restarts; the other says at once."""
    tries = RETRIES if is_patient else 0
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=ANSWER_S,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=2.0,
        health_check_interval=15,
        retry=Retry(ExponentialBackoff(cap=RETRY_MOST_S, base=RETRY_FIRST_S), tries),
        retry_on_error=[RedisConnectionError, RedisTimeoutError, OSError],
        retry_on_timeout=True,
    )
    return ArqRedis(pool_or_conn=pool, job_serializer=dumps, job_deserializer=loads, default_queue_name=queue.key)


class Jobs:
    """Enqueues jobs of one queue."""

    def __init__(self, redis: ArqRedis, queue: Queue) -> None:
        self.redis = redis
        self._queue = queue

    async def enqueue(
        self, function: str, *args: Any, job_id: str, unless: tuple[str, ...] = (), delay_s: float = 0.0
    ) -> bool:
        """Queues a job under an id of the caller's choice; False when it is queued or running, or one of `unless` is.

        Raises RedisError when it is unknown whether it was queued; the same call again is harmless.
        """
        now_ms = int(time.time() * 1000)
        body = serialize_job(function, args, {}, None, now_ms, serializer=dumps).decode()
        keys = [job_key_prefix + job_id, self._queue.key, *(job_key_prefix + other for other in unless)]
        score = now_ms + round(delay_s * 1000)
        values = (body, str(KEPT_MS), str(score), job_id)
        queued = await cast("Any", self.redis.eval(ENQUEUE, len(keys), *keys, *values))
        return bool(queued)
