"""How a room lives and ends (rules, section 8), as facts and an instant in, facts out.

    accepted -> not started --(both in)--> active <--(all back)--(somebody lost)--> grace_period
                     |                      |                                        |
                     +- never_joined, left  +- left time_up torch_out media_failed   +- left time_up media_failed lost

The scripts in core/lua/room decide in Redis, where it is atomic; this is the same law in a form that can be read, and
the model against which tests hold the scripts. Every act first lets happen what was due before it, in the order of its
instants and at its instant, however late anybody looks.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from core.rules.torch import Periods, Torch

Slot = Literal[1, 2]
Mode = Literal["text", "video"]
Status = Literal["active", "grace_period", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPeriods:
    """The settings that rule a room, in milliseconds."""

    join_ms: int = 15_000
    grace_ms: int = 10_000
    media_ms: int = 45_000
    torch: Periods = field(default_factory=Periods)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """A room at rest between two acts. Instants in ms; None: not, or not yet."""

    mode: Mode
    opened_at_ms: int
    length_ms: int = 0
    """Agreed length of a video room."""
    periods: RoomPeriods = field(default_factory=RoomPeriods)
    bound: frozenset[Slot] = frozenset()
    started_at_ms: int | None = None
    torch: Torch | None = None
    is_dimming_said: bool = False
    grace_1_ms: int | None = None
    """Before this member 1 may return."""
    grace_2_ms: int | None = None
    frozen_at_ms: int | None = None
    """Since when somebody is missing."""
    media_by_ms: int | None = None
    """One peer connection has to have come about by then; None in text, and once it has."""
    reason: str | None = None
    ended_at_ms: int | None = None

    @property
    def status(self) -> Status:
        if self.reason is not None:
            return "ended"
        return "active" if self.frozen_at_ms is None else "grace_period"

    @property
    def seconds(self) -> int:
        """Whole seconds, floor, from started to ended; 0 while it has not."""
        if self.started_at_ms is None or self.ended_at_ms is None:
            return 0
        return max(0, self.ended_at_ms - self.started_at_ms) // 1000

    @property
    def next_end(self) -> tuple[int, str]:
        """The instant at which time alone ends the room, and how."""
        if self.started_at_ms is None:
            return self.opened_at_ms + self.periods.join_ms, "never_joined"
        ends = []
        if self.mode == "video":
            ends.append((self.started_at_ms + self.length_ms, "time_up"))
        ends += [(grace, "lost") for grace in (self.grace_1_ms, self.grace_2_ms) if grace is not None]
        if self.frozen_at_ms is None:
            if self.media_by_ms is not None:
                ends.append((self.media_by_ms, "media_failed"))
            if self.torch is not None:
                ends.append((self.torch.out_at_ms, "torch_out"))
        return min(ends, key=lambda end: end[0])


def settled(room: RoomFacts, now_ms: int) -> RoomFacts:
    """Returns the room after everything that was due by now."""
    if room.reason is not None:
        return room
    at_ms, reason = room.next_end
    if now_ms >= at_ms:
        return replace(room, reason=reason, ended_at_ms=at_ms, bound=frozenset(), grace_1_ms=None, grace_2_ms=None)
    is_dimming = room.torch is not None and room.frozen_at_ms is None and room.torch.state(now_ms) == "dimming"
    return replace(room, is_dimming_said=room.is_dimming_said or is_dimming)


def entered(room: RoomFacts, slot: Slot, now_ms: int) -> RoomFacts:
    """A member comes in, comes back, or takes the seat over from another of his connections."""
    room = settled(room, now_ms)
    if room.reason is not None or slot in room.bound:
        return room
    room = replace(room, bound=room.bound | {slot})
    if room.started_at_ms is None:
        return _started(room, now_ms) if len(room.bound) == 2 else room  # noqa: PLR2004 - both
    room = replace(room, grace_1_ms=None) if slot == 1 else replace(room, grace_2_ms=None)
    return _thawed(room, now_ms) if len(room.bound) == 2 else room  # noqa: PLR2004 - both


def lost(room: RoomFacts, slot: Slot, now_ms: int) -> RoomFacts:
    """A member's bound connection is gone. Before the start only the joining deadline runs."""
    room = settled(room, now_ms)
    if room.reason is not None or slot not in room.bound:
        return room
    room = replace(room, bound=room.bound - {slot})
    if room.started_at_ms is None:
        return room
    until_ms = now_ms + room.periods.grace_ms
    room = replace(room, grace_1_ms=until_ms) if slot == 1 else replace(room, grace_2_ms=until_ms)
    return replace(room, frozen_at_ms=now_ms if room.frozen_at_ms is None else room.frozen_at_ms)


def wrote(room: RoomFacts, slot: Slot, now_ms: int) -> RoomFacts:
    """A bound member writes: the only thing that feeds the torch."""
    room = settled(room, now_ms)
    if room.reason is not None or room.torch is None or slot not in room.bound:
        return room
    room = replace(room, torch=room.torch.fed(slot, now_ms))
    return replace(room, is_dimming_said=room.is_dimming_said and room.frozen_at_ms is not None)


def connected(room: RoomFacts, now_ms: int) -> RoomFacts:
    """Media came about."""
    room = settled(room, now_ms)
    return replace(room, media_by_ms=None) if room.reason is None else room


def left(room: RoomFacts, now_ms: int) -> RoomFacts:
    """A member leaves, from wherever."""
    room = settled(room, now_ms)
    if room.reason is not None:
        return room
    return replace(room, reason="left", ended_at_ms=now_ms, bound=frozenset(), grace_1_ms=None, grace_2_ms=None)


def out_of_order(room: RoomFacts, length_ms: int, now_ms: int) -> RoomFacts:
    """An outage of ours was noticed. It counts like grace; inside a grace it is part of it."""
    if room.reason is not None or room.started_at_ms is None or room.frozen_at_ms is not None:
        return room
    return _forwarded(room, length_ms, now_ms)


def _started(room: RoomFacts, now_ms: int) -> RoomFacts:
    if room.mode == "video":
        return replace(room, started_at_ms=now_ms, media_by_ms=now_ms + room.periods.media_ms)
    return replace(room, started_at_ms=now_ms, torch=Torch.lit_at(now_ms, room.periods.torch))


def _thawed(room: RoomFacts, now_ms: int) -> RoomFacts:
    assert room.frozen_at_ms is not None  # noqa: S101 - a started room with somebody missing is frozen
    return replace(_forwarded(room, now_ms - room.frozen_at_ms, now_ms), frozen_at_ms=None)


def _forwarded(room: RoomFacts, length_ms: int, now_ms: int) -> RoomFacts:
    torch = room.torch and room.torch.forward(length_ms, now_ms)
    media_by_ms = None if room.media_by_ms is None else room.media_by_ms + length_ms
    room = replace(room, torch=torch, media_by_ms=media_by_ms)
    is_lit = torch is not None and now_ms < torch.dims_at_ms
    return replace(room, is_dimming_said=room.is_dimming_said and not is_lit)
