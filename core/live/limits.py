"""Limits by user or address (rules, section 14): one small script on a key of its own.

With Redis away a limit holds per process; sign-up, login and code checks are refused instead (`strict`). For long
limits Redis counts as away until what was recorded of them is back.
Where only failures count: `take` before, `refund` when it was none.

Long limits (KEPT_MS) have keys in one slot of their own, and their script notes beside them, in the same step, which
of them changed: whoever records them finds every one, whatever process made it and has died since.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import keys
from core.clock import monotonic_ms
from core.errors import Refusal, Unavailable
from core.settings import Limit, Settings

LUA: Final = Path(__file__).parent.parent / "lua"
KEPT_MS: Final = 600_000
"""Limits of this period or a longer one are recorded (rules, section 14)."""
SUBJECTS_MAX: Final = 100_000
"""Subjects this process remembers while Redis is away; more than that many start over."""

NOT_BACK: Final = -1
"""What the script answers while the recorded limits are missing."""


class Spent(NamedTuple):
    """What a subject has used up of a limit."""

    rule: str
    subject: str
    tat_ms: float
    """Theoretical arrival time: in the past it means nothing."""


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
        self._redis = redis
        self._script = redis.register_script((LUA / "limit.lua").read_text())
        self._load = redis.register_script((LUA / "limits_load.lua").read_text())
        self._saved = redis.register_script((LUA / "limits_saved.lua").read_text())
        self._local: dict[tuple[str, str], Bucket] = {}

    async def take(self, rule: str, subject: str, *, strict: bool = False) -> None:
        """Counts one call. Raises Refusal("rate_limited") over the limit; strict: Unavailable with Redis away."""
        limit = self._settings.limits[rule]
        if limit is None:
            return
        try:
            wait = await self._run(rule, subject, limit, 1)
        except (RedisError, OSError):
            wait = NOT_BACK
        if wait == NOT_BACK:
            if strict:
                raise Unavailable("limits cannot be checked")
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

    # ------------------------------------------------------------------------------------ what PostgreSQL is to hear
    async def changed(self, most: int) -> list[Spent]:
        """Returns recorded limits of which PostgreSQL has not heard. Raises RedisError, OSError."""
        found = await self._redis.zrange(keys.LIMITS_CHANGED, 0, most - 1, withscores=True)
        named = ((name.decode().partition(" "), tat) for name, tat in found)
        return [Spent(rule, subject, tat) for (rule, _, subject), tat in named]

    async def saved(self, spent: Sequence[Spent]) -> None:
        """PostgreSQL has heard of these. Raises RedisError, OSError."""
        args = [part for one in spent for part in (f"{one.rule} {one.subject}", f"{one.tat_ms:.3f}")]
        await self._saved(keys=[keys.LIMITS_CHANGED], args=args)

    async def load(self, spent: Sequence[Spent]) -> None:
        """Puts back some of what was recorded; never lowers what is there. Raises RedisError, OSError."""
        kept = [one for one in spent if self._is_kept(self._settings.limits.get(one.rule))]
        if kept:
            names = [keys.kept_limit(one.rule, one.subject) for one in kept]
            await self._load(keys=names, args=[f"{one.tat_ms:.3f}" for one in kept])

    async def loaded(self) -> None:
        """Everything recorded is back: long limits hold from here on. Raises RedisError, OSError."""
        await self._redis.set(keys.LIMITS_MARKER, 1)

    async def are_loaded(self) -> bool:
        """Whether long limits hold. Raises RedisError, OSError."""
        return bool(await self._redis.exists(keys.LIMITS_MARKER))

    # ---------------------------------------------------------------------------------------------------- counting
    async def _run(self, rule: str, subject: str, limit: Limit, calls: int) -> int:
        if self._is_kept(limit):
            names = [keys.kept_limit(rule, subject), keys.LIMITS_CHANGED, keys.LIMITS_MARKER]
        else:
            names = [keys.limit(rule, subject)]
        answer = await self._script(keys=names, args=[limit.every_ms, limit.burst, calls, f"{rule} {subject}"])
        return int(answer)

    def _take_here(self, rule: str, subject: str, limit: Limit) -> int:
        if len(self._local) >= SUBJECTS_MAX:
            self._local.clear()
        return self._local.setdefault((rule, subject), Bucket()).wait_ms(limit, monotonic_ms())

    @staticmethod
    def _is_kept(limit: Limit | None) -> bool:
        return limit is not None and limit.period_ms >= KEPT_MS
