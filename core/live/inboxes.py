"""What the scripts have to say to a node: one stream per family and incarnation, ids 1-1, 1-2, ... without a hole."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import keys
from core.live.family import Family
from core.live.line import ANSWER_S, Line

READ_ENTRIES = 500
"""Entries taken in one read: about a millisecond's work for a node."""
BLOCK_MS = 300
"""How long one read waits; bounds how long a reader keeps an old position after its inbox was made anew."""
TRIM_EVERY = 2_000
"""Entries after which those already read are thrown away."""
PAUSE_S = 0.2

Raw = tuple[bytes, Sequence[bytes]]
"""An entry as Redis gives it: id, then names and values in turn."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One announcement. `to`: "c:<connection>" | "u:<user>" | "n"; `data`: JSON; `seq`: of a chat.message."""

    to: str
    kind: str
    data: bytes
    seq: int | None


class Inbox:
    """One family's announcements to this process.

    `deliver` gets what arrived, in order; `on_gap` is called when something was missed for good.
    """

    def __init__(
        self,
        redis: Redis,
        family: Family,
        *,
        deliver: Callable[[list[Entry]], None],
        on_gap: Callable[[Family], None],
    ) -> None:
        self._redis = redis
        self._family = family
        self._deliver = deliver
        self._on_gap = on_gap
        self._key = keys.inbox(family.name, family.incarnation)
        self._line = Line(redis)
        self._last = 0

    async def open(self) -> None:
        """Makes the inbox, empty. Whoever is told where this process is may only be told so afterwards."""
        await self._family.call("open_inbox", self._family.incarnation)
        self._last = 0

    async def close(self) -> None:
        await self._family.call("close_inbox", self._family.incarnation)

    async def run(self) -> None:
        """Reads until cancelled; outlives a Redis that goes and comes back."""
        try:
            await self._run()
        finally:
            await self._line.close()

    async def _run(self) -> None:
        read_since_trim = 0
        while True:
            asked = self._last
            try:
                rows = await self._read(asked)
            except (RedisError, OSError):
                await asyncio.sleep(PAUSE_S)
                continue
            if not rows or self._last != asked:  # nothing came, or the inbox was made anew meanwhile
                continue
            if _number(rows[0][0]) != asked + 1:
                log.warning("inbox_gap", family=self._family.name, expected=asked + 1, got=_number(rows[0][0]))
                self._on_gap(self._family)
            self._last = _number(rows[-1][0])
            self._deliver([_entry(fields) for _, fields in rows])
            read_since_trim += len(rows)
            if read_since_trim >= TRIM_EVERY:
                read_since_trim = 0
                await self._trim()

    async def _read(self, after: int) -> Sequence[Raw]:
        command = ("COUNT", READ_ENTRIES, "BLOCK", BLOCK_MS, "STREAMS", self._key, f"1-{after}")
        answer = await self._line.ask(b"XREAD", *command, patience_s=ANSWER_S + BLOCK_MS / 1000)
        return answer[0][1] if answer else ()

    async def _trim(self) -> None:
        try:
            await self._redis.xtrim(self._key, minid=f"1-{self._last}", approximate=True)
        except (RedisError, OSError) as error:
            log.info("inbox_not_trimmed", family=self._family.name, error=type(error).__name__)


def _number(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[2])


def _entry(fields: Sequence[bytes]) -> Entry:
    """Of names and values as the prelude's `announce` writes them: to, kind, data and, of a message, seq."""
    _, to, _, kind, _, data, *seq = fields
    return Entry(to.decode(), kind.decode(), data, int(seq[1]) if seq else None)
