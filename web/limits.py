"""How often a connection may be wrong before it is closed."""

from collections import deque
from typing import Final

MINUTE_S: Final = 60.0


class Tally:
    """Counts faults; says when there were `most` within a minute. Costs nothing until the first one."""

    __slots__ = ("_at", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._at: deque[float] | None = None

    def add(self, now: float) -> bool:
        """Counts one fault at `now` seconds of any clock that only grows; True when it was one too many."""
        if self._at is None:
            self._at = deque(maxlen=self._most)
        self._at.append(now)
        return len(self._at) == self._most and now - self._at[0] < MINUTE_S
