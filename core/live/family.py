"""One family of keys as this process sees it: a queue of ops, one batch of them in flight (group commit).

What arrives while a call is out is the next batch, so the cost of a round trip and of an fsync is shared by
everybody who talks at that moment, and order is the order of arrival. If the connection breaks while a batch is
out, nobody knows whether it was done: the same batch is sent again, under its number, until Redis answers; the
script keeps the number and the answers of each process's last batch.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core import keys
from core.clock import Clock
from core.errors import Refusal, Unavailable
from core.live.line import Line
from core.live.script import PREFIX, Library

Op = tuple[Any, ...]
Result = list[Any]
Settle = Callable[[Result], None]

BATCH_OPS = 256
"""Ops in one batch: a script call of about 3 ms, so nobody waits long for strangers (architecture, section 2)."""
BATCH_BYTES = 64 * 1024
"""Rough size of one batch's arguments."""
SMALL = 16
"""What anything in an op takes about, whatever it is."""
QUEUE_OPS = 4_096
"""Ops that may wait in one family; more is refused (architecture, section 2)."""
RESEND_MIN_S = 0.02
RESEND_MAX_S = 0.5
"""Pause before the same batch is sent again, doubling: a restarting Redis answers within tens of milliseconds."""

UNKNOWN_FUNCTION = "Function not found"
"""How Redis says that it does not have a library yet, or any more."""
LIBRARIES_MAX = 16
"""Libraries of ours that Redis keeps, 50 KB each; more than that many versions were never in use at once."""
OK, REFUSED, RAISED = 0, 1, 2
NOT_LIVE: Result = [REFUSED, "unavailable", {"retry_after_ms": Unavailable.RETRY_AFTER_MS}]

log = structlog.get_logger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def refusal_of(result: Result) -> Refusal | None:
    """Returns the refusal in a result, or None where the op was done. An op that raised is a RuntimeError."""
    if result[0] == OK:
        return None
    if result[0] == REFUSED:
        extra = result[2] or {}
        if result[1] == "unavailable":
            return Unavailable(retry_after_ms=extra.get("retry_after_ms", Unavailable.RETRY_AFTER_MS))
        return Refusal(result[1], retry_after_ms=extra.get("retry_after_ms"), outcome=extra.get("outcome"))
    raise RuntimeError(f"a script op raised: {result[1]}")


class Family:
    """Calls ops of one family.

    `epoch` is the life of the family this process believes in, 0 while it believes in none: then every op is
    refused `unavailable`. `on_lost` is called (once per loss) when the store says otherwise; whoever owns this
    object then finds out and sets `epoch` again. `on_followups` is told what to do next in other families.
    """

    def __init__(
        self,
        name: str,
        redis: Redis,
        library: Library,
        incarnation: str,
        *,
        clock: Clock,
        on_lost: Callable[["Family"], None],
        on_followups: Callable[[Sequence[str]], None],
    ) -> None:
        self.name = name
        self.incarnation = incarnation
        self.epoch = 0
        self.is_full = False
        """Whether its journal was so full, when this process last looked, that no room should begin here."""
        self.calls = 0
        """Highest `n` this family answered with; going back means the store was rolled back."""
        self._redis = redis
        self._line = Line(redis)
        self._library = library
        self._clock = clock
        self._on_lost = on_lost
        self._on_followups = on_followups
        self._marker = keys.marker(name)
        self._number = 0
        self._waiting: deque[tuple[Op, Settle, int]] = deque()
        self._wake = asyncio.Event()
        self._down = False

    @property
    def is_down(self) -> bool:
        """True while the store does not answer."""
        return self._down

    @property
    def is_standing(self) -> bool:
        """True while ops can be run, as far as this process knows."""
        return bool(self.epoch) and not self._down

    def submit(self, op: Op, settle: Settle, size: int = 128) -> None:
        """Queues one op; `settle` is called with its result, in order, never with an exception.

        `size` is roughly the bytes of its arguments. Refused at once, `unavailable`, when the family is not live,
        the store is away or the queue is full: then nothing was done.
        """
        if not self.epoch or self._down or len(self._waiting) >= QUEUE_OPS:
            settle(NOT_LIVE)
            return
        self._waiting.append((op, settle, size))
        self._wake.set()

    async def call(self, *op: Any) -> list[Any]:
        """Runs one op and returns its values.

        Raises Refusal when the op refused, Unavailable when it cannot be run now (nothing was done).
        """
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

        def settle(result: Result) -> None:
            if not done.done():
                done.set_result(result)

        self.submit(op, settle, _size(op))
        result = await done
        if refusal := refusal_of(result):
            raise refusal
        return result[1:]

    async def run(self) -> None:
        """Sends batches until cancelled."""
        try:
            while True:
                await self._wake.wait()
                if batch := self._take():
                    await self._send_or_refuse(batch)
                else:
                    self._wake.clear()
        finally:
            await self._line.close()

    async def _send_or_refuse(self, batch: list[tuple[Op, Settle, int]]) -> None:
        try:
            await self._send(batch)
        except BaseException:
            for _, settle, _ in batch:
                settle(NOT_LIVE)
            raise

    def _take(self) -> list[tuple[Op, Settle, int]]:
        batch: list[tuple[Op, Settle, int]] = []
        size = 0
        while self._waiting and len(batch) < BATCH_OPS and size < BATCH_BYTES:
            entry = self._waiting.popleft()
            size += entry[2]
            batch.append(entry)
        return batch

    async def _send(self, batch: list[tuple[Op, Settle, int]]) -> None:
        epoch = self.epoch
        if not epoch:  # the batch before this one found the family lost; 0 would pass for the epoch of an empty store
            for _, settle, _ in batch:
                settle(NOT_LIVE)
            return
        self._number += 1
        packed = _encode([epoch, self.incarnation, self._number, [op for op, _, _ in batch]])
        try:
            answer = await self._until_answered(self._evaluate, packed)
        except ResponseError as error:
            log.error("batch_failed", family=self.name, error=str(error))
            for _, settle, _ in batch:
                settle([RAISED, "the script failed"])
            return
        live_epoch, calls, results, followups, now_ms = _decode(answer)
        self._clock.correct(now_ms)
        if live_epoch != epoch:
            self._lose(epoch)
            results = [NOT_LIVE] * len(batch)
        self.calls = max(self.calls, calls)
        for (op, settle, _), result in zip(batch, results, strict=True):
            if result[0] == RAISED:
                log.error("op_raised", family=self.name, op=op[0], error=result[1])
            try:
                settle(result)
            except Exception:  # one caller's trouble must not become everybody's
                log.exception("settle_failed", family=self.name, op=op[0])
        if followups:
            self._on_followups(followups)

    async def _until_answered(self, ask: Callable[[bytes], Awaitable[bytes]], packed: bytes) -> bytes:
        """Sends until Redis answers; a store that is away turns away whoever comes meanwhile."""
        pause = RESEND_MIN_S
        while True:
            try:
                answer = await ask(packed)
            except (RedisConnectionError, RedisTimeoutError, OSError) as error:
                # A loading, read-only or full Redis counts as away: redis-py's BusyLoadingError is a ConnectionError.
                self._fail(error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RESEND_MAX_S)
            except ResponseError as error:
                if not _is_passing(error):
                    raise
                self._fail(error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RESEND_MAX_S)
            else:
                if self._down:
                    self._down = False
                    log.info("store_back", family=self.name)
                return answer

    async def _evaluate(self, packed: bytes) -> bytes:
        command = (b"FCALL", self._library.name, 1, self._marker, packed)
        try:
            answer: bytes = await self._line.ask(*command)
        except ResponseError as error:
            if not str(error).startswith(UNKNOWN_FUNCTION):
                raise
            await self._load()
            answer = await self._line.ask(*command)
        return answer

    async def _load(self) -> None:
        """Gives Redis the library. Nobody knows which old ones are out of use; whoever misses his loads it again."""
        old = [
            name.decode()
            for entry in await self._redis.function_list(f"{PREFIX}*")  # type: ignore[misc]
            for label, name in zip(entry[::2], entry[1::2], strict=True)
            if label == b"library_name"
        ]
        for name in old if len(old) >= LIBRARIES_MAX else ():
            with contextlib.suppress(ResponseError):  # somebody else was faster
                await self._redis.function_delete(name)  # type: ignore[misc]
        try:
            await self._redis.function_load(self._library.source)  # type: ignore[misc]
        except ResponseError as error:
            if "already exists" not in str(error):  # somebody else was faster
                raise
        log.info("library_loaded", library=self._library.name)

    def _fail(self, error: RedisError | OSError) -> None:
        """The store is away: those who have not been sent yet are told so, the batch that is out waits."""
        if not self._down:
            self._down = True
            log.warning("store_away", family=self.name, error=type(error).__name__)
        waiting, self._waiting = self._waiting, deque()
        for _, settle, _ in waiting:
            settle(NOT_LIVE)

    def _lose(self, epoch: int) -> None:
        if self.epoch == epoch:
            self.epoch = 0
            self._on_lost(self)


def _size(part: object) -> int:
    """Roughly the bytes of an op: rooms that are loaded weigh kilobytes, and a batch of them must not hold Redis up."""
    if isinstance(part, str):
        return len(part)
    if isinstance(part, dict):
        return SMALL * len(part)
    return SMALL + sum(map(_size, part)) if isinstance(part, tuple | list) else SMALL


def _is_passing(error: ResponseError) -> bool:
    """True for answers that a healthy Redis stops giving: nothing was done, the same batch may be sent again."""
    return str(error).startswith(
        (
            *("LOADING", "READONLY", "MISCONF", "OOM", "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN"),
            UNKNOWN_FUNCTION,
        )
    )
