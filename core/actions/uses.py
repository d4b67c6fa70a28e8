"""Which logins were in use: noted here, where it costs nothing, and carried to PostgreSQL a few seconds later."""

from typing import Final

from core.clock import monotonic_ms
from core.record import Record
from core.record.sessions import TOUCH_S

WAITING_MAX: Final = 100_000
"""Logins that may wait for PostgreSQL; those beyond are noted when they are used again."""


class Uses:
    """The logins that this process has seen in use."""

    def __init__(self) -> None:
        self._waiting: set[int] = set()
        self._noted: dict[int, float] = {}

    def note(self, session_id: int) -> None:
        """A login is in use."""
        if session_id not in self._noted and len(self._waiting) < WAITING_MAX:
            self._waiting.add(session_id)

    async def flush(self, record: Record) -> None:
        """Tells PostgreSQL, of each login once in TOUCH_S. Raises Unavailable; then nothing is forgotten."""
        now = monotonic_ms()
        self._noted = {each: at for each, at in self._noted.items() if now - at < TOUCH_S * 1000}
        if not self._waiting:
            return
        told = frozenset(self._waiting)
        await record.sessions.touch(*told)
        self._waiting -= told
        self._noted.update(dict.fromkeys(told, now))
