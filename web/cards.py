"""Who looks at whose card, and hears that it changed: at most once per card and second, the last state always."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, Protocol, TypeVar

EVERY_S: Final = 1.0
"""Per card: a user who comes and goes does not make others' pages flicker, or their sockets work."""


class Looker(Protocol):
    """A connection that shows a page of cards."""

    page: frozenset[str]

    def push(self, payload: bytes) -> None:
        """Sends a frame."""


Shower = TypeVar("Shower", bound=Looker)


class Cards(Generic[Shower]):
    """The last page of each connection here, and changes that wait for their second."""

    def __init__(self, encode: Callable[[str, str], bytes]) -> None:
        self._encode = encode
        self._lookers: dict[str, set[Shower]] = {}
        self._told_at: dict[str, float] = {}
        self._waiting: dict[str, str] = {}
        self._unwatched: set[str] = set()

    def show(self, looker: Shower, user_ids: Iterable[str]) -> None:
        """Takes what a connection shows now, instead of what it showed before."""
        page = frozenset(user_ids)
        self._leave(looker, looker.page - page)
        for user_id in page:
            self._lookers.setdefault(user_id, set()).add(looker)
        self._unwatched -= page
        looker.page = page

    def forget(self, looker: Shower) -> None:
        """Takes leave of a connection."""
        self._leave(looker, looker.page)
        looker.page = frozenset()

    def change(self, user_id: str, presence: str, now: float) -> None:
        """Takes a change of presence: tells it, or keeps it until the card's second is over."""
        if user_id not in self._lookers:
            self._unwatched.add(user_id)
        elif now - self._told_at.get(user_id, -EVERY_S) >= EVERY_S:
            self._tell(user_id, presence, now)
        else:
            self._waiting[user_id] = presence

    def refresh(self, presences: Mapping[str, str], now: float) -> None:
        """Takes the presence of everybody who is shown here."""
        for user_id, presence in presences.items():
            self.change(user_id, presence, now)

    def tick(self, now: float) -> None:
        """Tells what has waited long enough, and forgets when the rest was told."""
        due = [user_id for user_id, told_at in self._told_at.items() if now - told_at >= EVERY_S]
        for user_id in due:
            presence = self._waiting.pop(user_id, None)
            if presence is None:
                del self._told_at[user_id]
            else:
                self._tell(user_id, presence, now)

    def watched(self) -> list[str]:
        """Returns the users whose cards are shown here."""
        return list(self._lookers)

    def take_unwatched(self) -> list[str]:
        """Returns users of whom this node hears although nobody here shows them; it need not any more."""
        unwatched = [user_id for user_id in self._unwatched if user_id not in self._lookers]
        self._unwatched.clear()
        return unwatched

    def _tell(self, user_id: str, presence: str, now: float) -> None:
        self._told_at[user_id] = now
        payload = self._encode(user_id, presence)
        for looker in self._lookers.get(user_id, ()):
            looker.push(payload)

    def _leave(self, looker: Shower, user_ids: Iterable[str]) -> None:
        for user_id in user_ids:
            lookers = self._lookers.get(user_id)
            if lookers:
                lookers.discard(looker)
                if not lookers:
                    del self._lookers[user_id]
