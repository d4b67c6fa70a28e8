"""Announcements to a user while one of his connections is arriving.

Until Redis has answered its hello, nobody here knows whose connection it is, and yet it is registered: what is
announced to that user in between is kept and follows his welcome.
"""

from collections import deque
from typing import Final

from core.live.inboxes import Entry

KEPT_MAX: Final = 50_000
"""Announcements kept at most, the oldest lost first: far more than are made while Redis answers."""


class Arrivals:
    """Which connections are arriving, and what was said to users meanwhile."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}
        self._count = 0
        self._order: deque[tuple[int, str]] = deque()
        self._kept: dict[str, deque[tuple[int, Entry]]] = {}

    def begin(self, conn: str) -> None:
        """From now on `conn` may be registered."""
        self._since[conn] = self._count

    def note(self, user_id: str, entry: Entry) -> None:
        """Keeps an announcement as long as somebody who is arriving could be its addressee."""
        if not self._since:
            return
        self._count += 1
        self._order.append((self._count, user_id))
        self._kept.setdefault(user_id, deque()).append((self._count, entry))
        if len(self._order) > KEPT_MAX:
            self._forget_first()

    def end(self, conn: str, user_id: str | None = None) -> list[Entry]:
        """Returns what was announced to `user_id` since `conn` began to arrive."""
        since = self._since.pop(conn, self._count)
        missed = [entry for number, entry in self._kept.get(user_id or "", ()) if number > since]
        oldest = next(iter(self._since.values()), self._count)
        while self._order and self._order[0][0] <= oldest:
            self._forget_first()
        return missed

    def _forget_first(self) -> None:
        _, user_id = self._order.popleft()
        kept = self._kept[user_id]
        kept.popleft()
        if not kept:
            del self._kept[user_id]
