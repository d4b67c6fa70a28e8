"""This process's view of the servers' clock.

The only clock that decides anything is Redis TIME, read inside a script. A process needs an estimate of it for
what it tells (`server_at_ms`) and for closing sockets whose session ends; each answer that carries an instant
corrects the estimate.
"""

import time


def monotonic_ms() -> int:
    """Returns milliseconds that only ever grow; for lengths, never for instants."""
    return time.monotonic_ns() // 1_000_000


class Clock:
    """An estimate of the live clock, in milliseconds since 1970."""

    def __init__(self) -> None:
        self._offset_ms = int(time.time() * 1000) - monotonic_ms()

    def now_ms(self) -> int:
        """Returns the live clock's instant as far as this process knows it."""
        return monotonic_ms() + self._offset_ms

    def correct(self, now_ms: int) -> None:
        """Takes `now_ms`, just read from the live clock, as the truth."""
        self._offset_ms = now_ms - monotonic_ms()
