"""A connection to Redis of one's own, for one command at a time: what a batcher or the reader of an inbox needs.

A pool costs more than the command itself (a lock, a poll, a task and three timers each time, half of a batch's CPU),
and its `wait_for` can swallow a cancellation (Python before 3.12), so that whoever was told to end goes on.
"""

import asyncio
import time
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError

ANSWER_S: Final = 5.0
"""A Redis that does not answer for so long is taken for away; its slowest script takes milliseconds."""
IDLE_S: Final = 1.0
"""After a rest of this length a connection is looked at before it is trusted: the other side may have closed it."""


class Line:
    """Connects when first needed, and again after it broke. Not for two callers at once."""

    def __init__(self, redis: Redis) -> None:
        pool = redis.connection_pool
        made = {**pool.connection_kwargs, "socket_timeout": None, "health_check_interval": 0}
        self._connection: AbstractConnection = pool.connection_class(**made)
        self._used_at = 0.0

    async def ask(self, *command: Any, patience_s: float = ANSWER_S) -> Any:
        """Sends a command and returns its answer as Redis gave it. Raises RedisError or OSError (a timeout is one)."""
        connection = self._connection
        async with asyncio.timeout(patience_s):
            if connection.is_connected and time.monotonic() - self._used_at > IDLE_S:
                await self._look()
            await connection.send_packed_command(connection.pack_command(*command))
            answer = await connection.read_response()
        self._used_at = time.monotonic()
        return answer

    async def close(self) -> None:
        await self._connection.disconnect(nowait=True)

    async def _look(self) -> None:
        try:
            is_alive = not await self._connection.can_read_destructive()  # type: ignore[no-untyped-call]
        except (RedisConnectionError, OSError):
            is_alive = False
        if not is_alive:
            await self.close()  # sending connects again
