"""A connection bound to a room: in which order it hears what happens there.

While the bind is on its way, what arrives is kept; the snapshot that comes back says which of it is known already.
Chat goes out in seq order without a hole: lower is dropped, next is sent, higher waits for what lies between, and so
does the room's end. Whoever owns a binding that is behind fetches what is missing from the log.
"""

from collections.abc import Callable
from typing import Any

Send = Callable[[bytes], None]


class Binding:
    """What one connection has heard of one room. `over` is called when its end has been said."""

    __slots__ = (
        "_early",
        "_end",
        "_later",
        "_over",
        "_send",
        "epoch",
        "generation",
        "heard",
        "is_started",
        "is_video",
        "room_id",
        "slot",
        "token",
    )

    def __init__(self, room_id: str, send: Send, over: Callable[[], None]) -> None:
        self.room_id = room_id
        self.token = room_id.encode()
        """The room's id as it stands in announcements."""
        self.slot = 0
        """1: the inviter; 0 until the snapshot is here."""
        self.epoch = 0
        self.generation = 0
        self.is_started = False
        self.is_video = False
        self.heard = 0
        """Highest seq up to which everything was sent to this connection, or written by it."""
        self._send = send
        self._over = over
        self._early: list[tuple[int, bytes]] | None = []
        self._later: dict[int, bytes] = {}
        self._end: tuple[int, bytes] | None = None

    @property
    def is_entering(self) -> bool:
        """True until the snapshot is here."""
        return self._early is not None

    @property
    def is_behind(self) -> bool:
        """True while something waits for a message that has not come."""
        return self._early is None and (bool(self._later) or self._end is not None)

    @property
    def missing(self) -> tuple[int, int]:
        """The first and the last seq that something waits for."""
        last = min(self._later) - 1 if self._later else (self._end[0] if self._end else self.heard)
        return self.heard + 1, last

    def enter_again(self) -> None:
        """A new snapshot was asked for: from now on things are kept until it comes."""
        if self._early is None:
            self._early = []

    def start(self, view: dict[str, Any]) -> None:
        """Takes the snapshot, which must have been sent; what came meanwhile and is not in it follows."""
        self.slot = view["slot"]
        if view["epoch"] != self.epoch:
            self._later.clear()  # numbers of another life
        self.refresh(view)
        self.heard = view["last_seq"]
        self._go_on()

    def go_on(self) -> None:
        """No new snapshot came: what was kept follows the old one."""
        if self._early is not None:
            self._go_on()

    def refresh(self, view: dict[str, Any]) -> None:
        """Takes from a later view of the room what is decided here."""
        self.epoch = view["epoch"]
        # News may overtake the answer of an older instant: none of these ever goes back.
        self.generation = max(self.generation, view["generation"])
        self.is_started = self.is_started or view["started_at"] != 0
        self.is_video = self.is_video or view["mode"] == "video"

    def push(self, payload: bytes) -> None:
        """Sends something that has no place among the messages."""
        if self._early is None:
            self._send(payload)
        else:
            self._early.append((0, payload))

    def say(self, seq: int, payload: bytes) -> bool:
        """Sends a chat message at its place; returns `is_behind`. An empty payload is one that its writer knows."""
        if self._early is not None:
            self._early.append((seq, payload))
            return False
        if seq == self.heard + 1:
            self.heard = seq
            if payload:
                self._send(payload)
        elif seq > self.heard:
            self._later.setdefault(seq, payload)
        if self._later or self._end:
            self._flush()
            return self.is_behind
        return False

    def end(self, last_seq: int, payload: bytes) -> bool:
        """Says that the room is over, once everything up to `last_seq` has been said; returns `is_behind`."""
        self._end = (last_seq, payload)
        if self._early is None:
            self._flush()
        return self.is_behind

    def give_up(self) -> None:
        """What is missing will not come: goes on with what is there."""
        self.heard = max(self.heard, self.missing[1])
        self._flush()

    def part(self) -> None:
        """The connection has no place here any more: an end that waited for something is said now."""
        if self._end:
            (_, payload), self._end = self._end, None
            self._send(payload)

    def _go_on(self) -> None:
        early, self._early = self._early or [], None
        for seq, payload in early:
            if seq:
                self.say(seq, payload)
            else:
                self._send(payload)
        self._flush()

    def _flush(self) -> None:
        if self._later:
            for seq in sorted(self._later):
                if seq > self.heard + 1:
                    break
                payload = self._later.pop(seq)
                if seq == self.heard + 1:
                    self.heard = seq
                    if payload:
                        self._send(payload)
        if self._end and self.heard >= self._end[0]:
            payload, self._end = self._end[1], None
            self._later.clear()
            self._send(payload)
            self._over()
