"""Work that outlives the request it came from, owned by the node: departures, fetches, refunds."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from core import logs
from core.errors import Unavailable
from core.owned import end

log = logs.get(__name__)


class Errands:
    """Runs what is given to it; one that fails is logged and disturbs no other."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def start(self, errand: Coroutine[Any, Any, Any], name: str) -> None:
        """Runs `errand` to its end, whatever becomes of the caller."""
        task = asyncio.create_task(self._run(errand, name), name=name)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def finish(self, timeout: float) -> int:
        """Waits for what is under way, and cancels what takes longer; returns how much that was."""
        if not self._under_way:
            return 0
        _, late = await asyncio.wait(set(self._under_way), timeout=timeout)
        await end(late)
        return len(late)

    async def _run(self, errand: Coroutine[Any, Any, Any], name: str) -> None:
        try:
            await errand
        except Unavailable as reason:
            log.info("errand not done", errand=name, reason=reason.message)
        except Exception:
            log.exception("errand failed", errand=name)
