"""Runs arq's Worker, and runs it again: whatever ends it, short of us, it was not meant to end."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from types import ModuleType
from typing import Final

from arq.cron import CronJob
from arq.worker import Function, Worker
from redis.exceptions import RedisError

from core import logs
from core.owned import end
from workers import jobs
from workers.queues import Queue
from workers.shop import Shop
from workers.trade import Functions

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0
STEADY_S: Final = 10.0
"""Who ran so long begins with the first pause again."""
HAND_BACK_S: Final = 1.5
"""Jobs get so long to end at SIGTERM; then they are cancelled, and another worker begins them again at once."""
CLOSE_S: Final = 1.5
HEALTH_S: Final = 10.0

log = logs.get(__name__)


class Supervisor:
    """One queue's worker, for as long as the process lives."""

    def __init__(self, shop: Shop, queue: Queue, trades: Sequence[ModuleType], name: str) -> None:
        self._shop = shop
        self._queue = queue
        self._jobs: list[Function] = [job for trade in trades for job in trade.JOBS]
        self._ticks: list[CronJob] = [tick for trade in trades for tick in trade.TICKS]
        self._name = name
        self._worker: Worker | None = None

    @property
    def is_working(self) -> bool:
        return self._worker is not None

    async def run(self) -> None:
        """Runs until cancelled. What it holds then is handed back by `close`."""
        pause = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            self._worker = worker = self._make()
            try:
                await worker.async_run()
            except (RedisError, OSError) as error:
                log.warning("worker fell over", queue=self._queue.name, error=f"{type(error).__name__}: {error}")
            except Exception:
                log.exception("worker fell over", queue=self._queue.name)
            self._shop.metrics.restarts.labels(self._queue.name).inc()
            await self.close()
            pause = FIRST_PAUSE_S if time.monotonic() - began > STEADY_S else min(pause * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)

    async def finish(self) -> None:
        """Takes no more jobs; returns when those under way have ended, or after HAND_BACK_S."""
        if self._worker is None:
            return
        self._worker.allow_pick_jobs = False
        if busy := [task for task in self._worker.tasks.values() if not task.done()]:
            await asyncio.wait(busy, timeout=HAND_BACK_S)

    async def close(self) -> None:
        """Cancels what still runs, which puts it back into the queue, and closes the connections."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        redis = worker.pool
        await end(list(worker.tasks.values()))
        with contextlib.suppress(RedisError, OSError):  # away; then it runs out by itself
            async with asyncio.timeout(CLOSE_S):
                await redis.delete(worker.health_check_key)
            await redis.aclose(close_connection_pool=True)

    def _make(self) -> Worker:
        redis = jobs.connect(self._shop.service.settings.jobs_redis_url, self._queue, is_patient=True)
        worker = Worker(
            functions=self._jobs,
            cron_jobs=[_fresh(tick) for tick in self._ticks],
            redis_pool=redis,
            queue_name=self._queue.key,
            ctx={"shop": self._shop},
            handle_signals=False,
            job_timeout=self._queue.job_timeout_s,
            poll_delay=self._queue.poll_delay_s,
            max_jobs=self._queue.max_jobs,
            keep_result=0,
            health_check_key=f"{self._queue.key}:health:{self._name}",
            health_check_interval=HEALTH_S,
            job_serializer=jobs.dumps,
            job_deserializer=jobs.loads,
        )
        worker.functions = Functions(worker.functions)
        return worker


def _fresh(tick: CronJob) -> CronJob:
    tick.next_run = None
    return tick
