"""Who is still there? One scanner for all connections: a wheel of short ticks, each with those to be looked at then.

A quiet connection is looked at twice in PING_S, a talking one once; nobody has a timer of his own.
"""

import asyncio
import time
from typing import Final, Protocol

from core.protocol.codes import Close
from core.settings import Settings

TICK_S: Final = 0.2
"""Length of a tick; a pong's being late is noticed this much later."""
OVERSLEPT_S: Final = 1.0
"""A scanner that is later than this was kept from running, and so was the reading of pongs: silence proves nothing."""
CLOSE_S: Final = 2.0
"""How long a peer may take to answer our close frame."""


class Beating(Protocol):
    """What the scanner asks of a connection. Instants are seconds of time.monotonic()."""

    heard_at: float
    """When the last frame came from it."""
    pinged_at: float
    """When it was pinged without having been heard since; 0.0: it was not."""
    look_at: int
    """The tick in which it will be looked at; kept here by the scanner."""
    ends_at: float
    """When its session expires."""

    @property
    def is_bound(self) -> bool:
        """Whether it is in a room: then its loss must be noticed fast."""

    @property
    def is_waiting(self) -> bool:
        """Whether it is us who keep it waiting, and do not read what it says."""

    @property
    def is_open(self) -> bool:
        """Whether no close frame has been sent yet, and the socket is there; else it has CLOSE_S left."""

    def ping(self) -> None:
        """Asks for a sign of life."""

    def cut(self, code: int) -> None:
        """Ends it at once."""

    def expire(self) -> float:
        """Closes it because its session is over; or, while it must not, returns when to ask again."""


class Heartbeat:
    """Pings those who are quiet and cuts off those who stay so."""

    def __init__(self, settings: Settings) -> None:
        self._idle = (settings.ping_s, settings.pong_s)
        self._bound = (settings.room_ping_s, settings.room_pong_s)
        self._tick_s = min(TICK_S, *self._idle, *self._bound)
        self._wheel: dict[int, list[Beating]] = {}
        self._next = self._tick(time.monotonic())
        """The first tick that has not been looked at."""

    def watch(self, connection: Beating) -> None:
        """Looks at `connection` from now on; also to be called when it was bound, or a close frame was sent to it."""
        self._look(connection, time.monotonic() + (self._bound[0] if connection.is_open else CLOSE_S))

    async def run(self) -> None:
        """Scans until cancelled."""
        before = time.monotonic()
        while True:
            await asyncio.sleep(self._tick_s)
            now = time.monotonic()
            has_slept = now - before > self._tick_s + OVERSLEPT_S
            before = now
            while self._next < self._tick(now):
                due = self._next
                self._next += 1
                for connection in self._wheel.pop(due, ()):
                    if connection.look_at == due:
                        self._check(connection, now, has_slept=has_slept)

    def _check(self, connection: Beating, now: float, *, has_slept: bool) -> None:
        if not connection.is_open:
            connection.cut(0)
            return
        if connection.is_waiting or has_slept:
            connection.heard_at = now
        period, patience = self._bound if connection.is_bound else self._idle
        if connection.pinged_at > connection.heard_at:
            if now >= connection.pinged_at + patience:
                connection.cut(Close.NO_PONG)
                return
            due = connection.pinged_at + patience
        elif now >= connection.heard_at + period:
            connection.ping()
            connection.pinged_at = now
            due = now + patience
        else:
            due = connection.heard_at + period
        due = min(due, connection.expire() if now >= connection.ends_at else connection.ends_at)
        self._look(connection, due)

    def _look(self, connection: Beating, at: float) -> None:
        tick = max(self._tick(at), self._next)
        connection.look_at = tick
        self._wheel.setdefault(tick, []).append(connection)

    def _tick(self, at: float) -> int:
        """The tick at whose end `at` is past."""
        return int(at / self._tick_s)
