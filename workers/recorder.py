"""Carries the journals into PostgreSQL: one job per family, slices of two seconds that enqueue each other.

    read after the position -> record_batch (one transaction) -> trim the journal, tell the rooms

While one batch is written the next is read. The family's row in PostgreSQL is the only lock, and is held for a batch:
any number of recorders of one family do no harm, so one that is missing is replaced without asking who was it.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from core import keys, logs
from core.errors import Refusal, Unavailable
from core.record import entries
from core.record.entries import Raw
from core.record.journal import START, Moved, Recorded, WrongEpoch
from workers.jobs import LUA
from workers.queues import LIVE
from workers.shop import Shop
from workers.trade import EVERY_SECOND, job, tick

SLICE_S: Final = 2.0
"""How long a job records before it hands on: far inside the time limit of its class."""
BATCH: Final = 1_000
"""Entries in one transaction: beyond that PostgreSQL gains nothing (stack, section 5)."""
GATHER_S: Final = 0.03
"""After the first entry others are waited for so long: a transaction costs the same for one and for fifty."""
PAUSE_S: Final = 0.5
"""Before the next slice when a store is away or the family is not live."""
TOO_NEW_S: Final = 2.5
"""Before an entry that is too new for this code is looked at again: another worker may know it."""
STALE_S: Final = 3.5
"""A family that no recorder has seen for longer than a slice has lost its recorder: do not wait for arq to notice."""
PAIRS: Final = 500
"""Rooms told of in one op."""
TRIM: Final = (LUA / "trim.lua").read_text()

log = logs.get(__name__)


async def record(shop: Shop, family: str, turn: int = 0) -> None:
    """Records one family for a slice and hands on to the other of the two jobs `record:<family>:<turn>`."""
    try:
        pause = await Slice(shop, family).run()
    except (Unavailable, RedisError, OSError) as error:
        log.info("recording waits", family=family, error=type(error).__name__)
        pause = PAUSE_S
    if not shop.stopping.is_set():
        await _hand_on(shop, family, 1 - turn, pause)


async def ring(shop: Shop) -> None:
    """Level-triggered: sees to it that every family has a recorder."""
    stale = await _stale(shop)
    for family in shop.service.live.families():
        await _hand_on(shop, family.name, 0, 0.0, unless=(_job_id(family.name, 1),))
        if family.name in stale:
            rescue = f"record:{family.name}:rescue:{int(time.time() / SLICE_S)}"
            await shop.jobs[LIVE].enqueue("record", family.name, job_id=rescue)


class Slice:
    """One job's work on one family."""

    def __init__(self, shop: Shop, family: str) -> None:
        self._shop = shop
        self._family = family
        self._record = shop.service.record
        self._redis: Redis = shop.reader
        self._journal = keys.journal(family)
        self._until = time.monotonic() + SLICE_S
        self._epoch = 0
        self._position = START

    async def run(self) -> float:
        """Records until the slice is over; returns how many seconds to wait before the next."""
        self._epoch = int(await cast("Any", self._redis.hget(keys.marker(self._family), "epoch")) or 0)
        if not self._epoch or not await self._take_position():
            return PAUSE_S
        await self._look_for_a_rollback()
        ahead = asyncio.ensure_future(self._read(self._position))
        settling: asyncio.Future[None] = asyncio.ensure_future(asyncio.sleep(0))
        try:
            while not self._is_over():
                batch = await ahead
                if not batch:
                    await self._wait()
                    ahead = asyncio.ensure_future(self._read(self._position))
                    continue
                is_full = len(batch) == BATCH
                ahead = asyncio.ensure_future(self._read(batch[-1][0].decode()) if is_full else _nothing())
                done = await self._record.journal.record_batch(self._family, self._epoch, self._position, batch)
                await settling
                self._count(batch, done)
                self._position = done.position
                settling = asyncio.ensure_future(self._settle(done))
                if done.stopped_at:
                    await settling
                    log.error("entry newer than this worker", family=self._family, entry=done.stopped_at)
                    return TOO_NEW_S
            await settling
        except WrongEpoch as reason:
            log.info("recording stopped", family=self._family, reason=str(reason))
            return PAUSE_S
        except Moved as moved:
            log.warning("position moved back", family=self._family, position=moved.position)
        finally:
            for task in (ahead, settling):
                task.cancel()
            await asyncio.gather(ahead, settling, return_exceptions=True)
        return 0.0

    async def _take_position(self) -> bool:
        """Says that the family is alive and learns its position; False when it belongs to another epoch."""
        position = await self._record.shards.touch(self._family, self._epoch)
        if position is None:
            position = await self._record.shards.adopt(self._family, self._epoch)
            if position is None:
                return False
            log.warning("epoch adopted", family=self._family, epoch=self._epoch)
        self._position = position
        return True

    async def _look_for_a_rollback(self) -> None:
        """What PostgreSQL has recorded and the journal never heard of was lost in Redis: somebody should know."""
        if self._position == START:
            return
        try:
            about = await cast("Any", self._redis.xinfo_stream(self._journal))
        except ResponseError:  # no journal: nothing was written in this life yet
            return
        newest = about["last-generated-id"]
        is_behind = entries.id_of(newest) < entries.id_of(self._position)
        self._shop.metrics.journal_behind.labels(self._family).set(is_behind)
        if is_behind:
            log.error("journal behind the record", family=self._family, journal=str(newest), record=self._position)

    def _is_over(self) -> bool:
        return time.monotonic() >= self._until or self._shop.stopping.is_set()

    async def _read(self, after: str) -> Sequence[Raw]:
        # Bytes for a name: redis-py then leaves the answer as it is, a third of the cost of its dictionaries.
        command = (b"XRANGE", self._journal, f"({after}", "+", "COUNT", BATCH)
        return cast("Sequence[Raw]", await self._redis.execute_command(*command))  # type: ignore[no-untyped-call]

    async def _wait(self) -> None:
        """Returns when there is something to read, or the slice is over."""
        left_ms = max(1, int((self._until - time.monotonic()) * 1000))
        reading = asyncio.ensure_future(self._redis.xread({self._journal: self._position}, count=1, block=left_ms))
        stopping = asyncio.ensure_future(self._shop.stopping.wait())
        try:
            await asyncio.wait((reading, stopping), return_when=asyncio.FIRST_COMPLETED)
            if reading.done() and reading.result():
                await asyncio.sleep(GATHER_S)
        finally:
            for task in (reading, stopping):
                task.cancel()
            await asyncio.gather(reading, stopping, return_exceptions=True)

    async def _settle(self, done: Recorded) -> None:
        """What is recorded may go from the journal, and from the logs of its rooms."""
        ms, n = entries.id_of(done.position)
        left = await cast(
            "Any",
            self._redis.eval(TRIM, 2, keys.marker(self._family), self._journal, str(self._epoch), f"{ms}-{n + 1}"),
        )
        self._shop.metrics.journal_waiting.labels(self._family).set(max(0, left))
        family = self._shop.service.live.family(self._family)
        try:
            for i in range(0, len(done.rooms), PAIRS):
                await family.call("recorded", *done.rooms[i : i + PAIRS])
        except Refusal as refusal:  # the logs keep more than they need until the next message
            log.debug("rooms not told", family=self._family, reason=refusal.code)

    def _count(self, batch: Sequence[Raw], done: Recorded) -> None:
        metrics = self._shop.metrics
        metrics.recorded.labels(self._family).inc(done.entries)
        metrics.buried.labels(self._family).inc(done.dead)
        if done.entries:
            age_ms = self._shop.service.live.clock.now_ms() - entries.id_of(batch[0][0])[0]
            metrics.record_lag.observe(max(0, age_ms) / 1000)


async def _nothing() -> Sequence[Raw]:
    return []


async def _stale(shop: Shop) -> set[str]:
    """Families that are live and that no recorder has seen for a while; none while PostgreSQL is away."""
    try:
        ages = await shop.service.record.shards.ages()
    except Unavailable:
        return set()
    live = {family.name for family in shop.service.live.families() if family.epoch}
    return {family for family, age_s in ages.items() if age_s > STALE_S} & live


async def _hand_on(shop: Shop, family: str, turn: int, delay_s: float, unless: tuple[str, ...] = ()) -> None:
    try:
        await shop.jobs[LIVE].enqueue(
            "record", family, turn, job_id=_job_id(family, turn), unless=unless, delay_s=delay_s
        )
    except (RedisError, OSError):
        log.info("not handed on", family=family)  # the next ring finds it


def _job_id(family: str, turn: int) -> str:
    return f"record:{family}:{turn}"


QUEUE = LIVE
JOBS = (job(record, timeout_s=LIVE.job_timeout_s - 1),)
TICKS = (tick(ring, timeout_s=LIVE.job_timeout_s - 1, **EVERY_SECOND),)
