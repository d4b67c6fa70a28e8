"""Limits by user or address (rules, section 14): one small script on a key of its own.

With Redis away a limit holds per process; sign-up, login and code checks are refused instead (`strict`).
"""

import math
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import keys
from core.clock import monotonic_ms
from core.errors import Refusal, Unavailable
from core.settings import Limit, Settings

SCRIPT = (Path(__file__).parent.parent / "lua" / "limit.lua").read_text()
SUBJECTS_MAX = 100_000
"""Subjects this process remembers while Redis is away; more than that many start over."""


class Bucket:
    """One subject's limit, kept by this process alone. Instants are of any clock that only grows, in ms."""

    __slots__ = ("_tat",)

    def __init__(self) -> None:
        self._tat = 0.0

    def wait_ms(self, limit: Limit, now_ms: float) -> int:
        """Takes one call and returns 0, or takes nothing and returns how long to wait."""
        start = max(self._tat, now_ms)
        wait = start + limit.every_ms - limit.every_ms * limit.burst - now_ms
        if wait > 0:
            return math.ceil(wait)
        self._tat = start + limit.every_ms
        return 0


class Limits:
    """The limits of this installation as one process applies them."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._settings = settings
        self._script = redis.register_script(SCRIPT)
        self._local: dict[tuple[str, str], Bucket] = {}

    async def take(self, rule: str, subject: str, *, strict: bool = False) -> None:
        """Counts one call. Raises Refusal("rate_limited") over the limit; strict: Unavailable with Redis away."""
        limit = self._settings.limits[rule]
        if limit is None:
            return
        try:
            wait = int(await self._run(rule, subject, limit, 1))
        except (RedisError, OSError):
            if strict:
                raise Unavailable("limits cannot be checked") from None
            wait = self._take_here(rule, subject, limit)
        if wait:
            raise Refusal("rate_limited", retry_after_ms=wait)

    async def refund(self, rule: str, subject: str) -> None:
        """Gives one call back."""
        limit = self._settings.limits[rule]
        if limit is None:
            return
        try:
            await self._run(rule, subject, limit, -1)
        except (RedisError, OSError):
            return  # nothing was counted there either

    async def _run(self, rule: str, subject: str, limit: Limit, calls: int) -> int:
        answer: int = await self._script(keys=[keys.limit(rule, subject)], args=[limit.every_ms, limit.burst, calls])
        return answer

    def _take_here(self, rule: str, subject: str, limit: Limit) -> int:
        if len(self._local) >= SUBJECTS_MAX:
            self._local.clear()
        return self._local.setdefault((rule, subject), Bucket()).wait_ms(limit, monotonic_ms())
