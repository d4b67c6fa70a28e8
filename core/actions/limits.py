"""Limits that outlive a loss of Redis: recorded within seconds, brought back with the lobby."""

import math

from core.actions.service import Service
from core.live.limits import Spent
from core.record.limits import Spent as Recorded

AT_ONCE = 1_000
"""Limits in one statement, and in one script call: about a millisecond of either store."""


async def save(service: Service) -> int:
    """Records what has changed; returns how many limits. Raises Unavailable, RedisError, OSError.

    Redis forgets that one changed only after the commit, and only where it has not changed again.
    """
    total = 0
    while spent := await service.limits.changed(AT_ONCE):
        rows = [Recorded(one.rule, one.subject, math.ceil(one.tat_ms)) for one in spent]
        await service.record.limits.save(rows)
        await service.limits.saved(spent)
        total += len(spent)
        if len(spent) < AT_ONCE:
            break
    return total


async def load(service: Service) -> int:
    """Brings back what was recorded and is not forgotten yet; returns how many. Raises as `save` does."""
    total = 0
    last: Recorded | None = None
    while rows := await service.record.limits.load(last, AT_ONCE):
        await service.limits.load([Spent(row.scope, row.key, row.tat_ms) for row in rows])
        total, last = total + len(rows), rows[-1]
    await service.limits.loaded()
    return total
