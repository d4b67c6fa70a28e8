"""May users be sent to this process? Not while Redis is away, a family is not live, or it is draining."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from redis.exceptions import RedisError

from core.actions.service import Service
from core.clock import monotonic_ms
from core.live import durability
from core.protocol.http.health import Readiness

PROBE_S: Final = 2.0
"""A store that takes longer to say that it is there is taken for away."""
FRESH_MS: Final = 250
"""Probes are shared by all who ask within this time, so that asking often costs the stores nothing."""


class Health:
    """What /readyz tells, for one process."""

    def __init__(self, service: Service, is_draining: Callable[[], bool]) -> None:
        self._service = service
        self._is_draining = is_draining
        self._probing = asyncio.Lock()
        self._probed_at = -FRESH_MS
        self._redis = self._postgresql = False
        self._weaknesses: list[str] = []

    async def readiness(self) -> Readiness:
        """Returns whether to send users here, and what is not as it should be."""
        await self._probe()
        fit = {
            "redis": self._redis,
            "rehydrated": self._service.live.is_live,
            "not_draining": not self._is_draining(),
        }
        degraded = ([] if self._postgresql else ["postgresql: away"]) + self._weaknesses
        return Readiness(
            ready=all(fit.values()),
            degraded=degraded,
            checks={
                **{name: "ok" if is_fit else "failing" for name, is_fit in fit.items()},
                "postgresql": "ok" if self._postgresql else "degraded",
                "redis_settings": "degraded" if self._weaknesses else "ok",
            },
        )

    async def _probe(self) -> None:
        async with self._probing:
            if monotonic_ms() - self._probed_at < FRESH_MS:
                return
            self._redis, self._postgresql = await asyncio.gather(
                _answers(self._look_at_redis()), _answers(self._service.record.is_there())
            )
            self._probed_at = monotonic_ms()

    async def _look_at_redis(self) -> bool:
        settings = self._service.settings
        self._weaknesses = await durability.weaknesses(self._service.live.redis, settings.redis_wait_replicas)
        return True


async def _answers(probe: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(PROBE_S):
            return await probe
    except (TimeoutError, RedisError, OSError):
        return False
