"""How a room lives and ends (rules, section 8)."""

import pytest

from core.rules.rooms import RoomFacts, connected, entered, left, lost, out_of_order, settled, wrote

S = 1_000


def accepted(mode: str = "text") -> RoomFacts:
    return RoomFacts(mode="video" if mode == "video" else "text", opened_at_ms=0, length_ms=300 * S)


def started(mode: str = "text") -> RoomFacts:
    """Both are in at 0."""
    return entered(entered(accepted(mode), 1, 0), 2, 0)


def ending(room: RoomFacts, now_ms: int) -> tuple[str | None, int | None]:
    room = settled(room, now_ms)
    return room.reason, room.ended_at_ms


def test_nobody_enters_never_joined() -> None:
    assert ending(accepted(), 15 * S - 1) == (None, None)
    assert ending(accepted(), 99 * S) == ("never_joined", 15 * S)


def test_both_in_it_starts_and_everything_begins() -> None:
    room = entered(entered(accepted(), 1, 3 * S), 2, 5 * S)
    assert (room.started_at_ms, room.status) == (5 * S, "active")
    assert room.torch is not None
    assert room.torch.wrote_1_ms == room.torch.wrote_2_ms == 5 * S


def test_before_the_start_a_loss_is_no_grace() -> None:
    room = lost(entered(accepted(), 1, 0), 1, S)
    assert (room.status, room.bound) == ("active", frozenset())


@pytest.mark.parametrize(("back_at", "status"), [(19_999, "active"), (20_000, "ended"), (20_001, "ended")])
def test_exactly_one_of_returned_and_lost(back_at: int, status: str) -> None:
    room = entered(lost(started(), 2, 10 * S), 2, back_at)
    assert room.status == status
    if status == "ended":
        assert (room.reason, room.ended_at_ms, room.seconds) == ("lost", 20 * S, 20)


def test_one_back_one_missing_is_still_grace() -> None:
    room = entered(lost(lost(started(), 1, 0), 2, 4 * S), 1, 6 * S)
    assert room.status == "grace_period"
    assert ending(room, 60 * S) == ("lost", 14 * S)


def test_the_earliest_deadline_ends_it() -> None:
    assert ending(lost(lost(started(), 1, 0), 2, 4 * S), 60 * S) == ("lost", 10 * S)


def test_grace_does_not_stop_the_clock_of_a_call() -> None:
    assert ending(lost(connected(started("video"), 0), 1, 295 * S), 400 * S) == ("time_up", 300 * S)


def test_of_two_that_are_past_the_earlier_one_counts() -> None:
    assert ending(lost(connected(started("video"), 0), 1, 285 * S), 400 * S) == ("lost", 295 * S)


def test_media_must_connect_and_its_deadline_does_not_run_in_grace() -> None:
    assert ending(started("video"), 60 * S) == ("media_failed", 45 * S)
    room = entered(lost(started("video"), 1, 40 * S), 1, 48 * S)
    assert ending(room, 60 * S) == ("media_failed", 53 * S)
    assert ending(connected(started("video"), 44 * S), 60 * S) == (None, None)


def test_the_torch_does_not_go_out_in_grace_and_moves_by_its_length() -> None:
    room = lost(started(), 1, 175 * S)
    assert ending(room, 184 * S) == (None, None)
    room = entered(room, 1, 184 * S)
    assert ending(room, 188 * S) == (None, None)
    assert ending(room, 200 * S) == ("torch_out", 189 * S)


def test_an_outage_counts_once() -> None:
    assert ending(out_of_order(started(), 60 * S, 100 * S), 500 * S) == ("torch_out", 240 * S)
    room = out_of_order(lost(started(), 1, 100 * S), 6 * S, 107 * S)  # inside a grace
    assert ending(entered(room, 1, 108 * S), 500 * S) == ("torch_out", 188 * S)


def test_dimming_is_said_once_and_a_message_takes_it_back() -> None:
    room = settled(started(), 121 * S)
    assert room.is_dimming_said
    assert not wrote(room, 1, 122 * S).is_dimming_said
    in_grace = wrote(lost(room, 2, 123 * S), 1, 124 * S)
    assert in_grace.is_dimming_said
    assert not entered(in_grace, 2, 125 * S).is_dimming_said


def test_an_ended_room_stays_as_it_is() -> None:
    room = left(started(), 7 * S)
    assert entered(room, 1, 9 * S) == lost(room, 1, 9 * S) == wrote(room, 1, 9 * S) == room
    assert left(room, 9 * S) == connected(room, 9 * S) == out_of_order(room, S, 9 * S) == room
