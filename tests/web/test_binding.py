"""In which order a connection hears what happens in its room."""

import random
from typing import Any

import pytest

from web.binding import Binding


class Ear:
    """A connection that only listens."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.is_over = False
        self.binding = Binding("room", lambda payload: self.heard.append(payload.decode()), self._over)

    def _over(self) -> None:
        self.is_over = True

    def say(self, *seqs: int) -> None:
        for seq in seqs:
            self.binding.say(seq, b"m%d" % seq)


def snapshot(last_seq: int, **fields: Any) -> dict[str, Any]:
    return {"slot": 1, "epoch": 1, "generation": 1, "mode": "text", "started_at": 1, "last_seq": last_seq, **fields}


@pytest.fixture
def ear() -> Ear:
    return Ear()


def test_what_comes_before_the_snapshot_follows_it_unless_it_is_in_it(ear: Ear) -> None:
    ear.say(3, 4)
    ear.binding.push(b"started")
    ear.say(5)
    assert ear.heard == []
    ear.binding.start(snapshot(4))
    assert ear.heard == ["started", "m5"]


def test_lower_is_dropped_and_next_is_sent(ear: Ear) -> None:
    ear.binding.start(snapshot(2))
    ear.say(1, 2, 3, 3, 4)
    assert ear.heard == ["m3", "m4"]
    assert not ear.binding.is_behind


def test_higher_waits_for_what_lies_between(ear: Ear) -> None:
    ear.binding.start(snapshot(0))
    ear.say(1, 4, 3)
    assert ear.heard == ["m1"]
    assert ear.binding.is_behind
    assert ear.binding.missing == (2, 2)
    ear.say(2)
    assert ear.heard == ["m1", "m2", "m3", "m4"]
    assert not ear.binding.is_behind


def test_ones_own_messages_take_their_place_unheard(ear: Ear) -> None:
    ear.binding.start(snapshot(0))
    ear.say(2)
    ear.binding.say(1, b"")
    ear.binding.say(3, b"")
    ear.say(4)
    assert ear.heard == ["m2", "m4"]


def test_the_end_comes_after_the_last_message(ear: Ear) -> None:
    ear.binding.start(snapshot(0))
    ear.say(1)
    assert ear.binding.end(3, b"ended")
    assert ear.binding.missing == (2, 3)
    ear.say(3)
    assert not ear.is_over
    ear.say(2)
    assert ear.heard == ["m1", "m2", "m3", "ended"]
    assert ear.is_over


def test_the_end_may_come_before_the_snapshot(ear: Ear) -> None:
    ear.binding.end(2, b"ended")
    assert not ear.is_over
    ear.binding.start(snapshot(2))
    assert ear.heard == ["ended"]
    assert ear.is_over


def test_what_cannot_be_had_is_given_up(ear: Ear) -> None:
    ear.binding.start(snapshot(0))
    ear.say(3)
    ear.binding.end(5, b"ended")
    ear.binding.give_up()
    assert ear.heard == ["m3"]
    ear.binding.give_up()
    assert ear.heard == ["m3", "ended"]
    assert ear.is_over


def test_entering_again_keeps_things_for_the_new_snapshot(ear: Ear) -> None:
    ear.binding.start(snapshot(1))
    ear.binding.enter_again()
    ear.say(2, 3)
    assert ear.heard == []
    ear.binding.start(snapshot(2))
    assert ear.heard == ["m3"]


def test_a_refused_second_entering_changes_nothing(ear: Ear) -> None:
    ear.binding.start(snapshot(1))
    ear.binding.enter_again()
    ear.say(2, 3)
    ear.binding.go_on()
    assert ear.heard == ["m2", "m3"]


@pytest.mark.parametrize("seed", range(50))
def test_any_order_comes_out_in_order(ear: Ear, seed: int) -> None:
    draw = random.Random(seed)
    seqs = list(range(1, 40)) * 2
    draw.shuffle(seqs)
    own = set(draw.sample(range(1, 40), 10))
    ear.binding.start(snapshot(draw.choice([0, 5])))
    first = ear.binding.heard + 1
    for seq in seqs:
        ear.binding.say(seq, b"" if seq in own else b"m%d" % seq)
    assert ear.heard == [f"m{seq}" for seq in range(first, 40) if seq not in own]


def test_a_snapshot_that_was_overtaken_takes_no_generation_back(ear: Ear) -> None:
    ear.binding.generation = 3  # rtc.negotiate came before the answer to room.enter
    ear.binding.start(snapshot(0, generation=2))
    assert ear.binding.generation == 3


def test_an_end_that_waits_is_said_when_the_place_is_lost(ear: Ear) -> None:
    ear.binding.end(4, b"over")
    assert ear.heard == []
    ear.binding.part()
    ear.binding.part()
    assert ear.heard == ["over"]


def test_what_waits_from_another_life_of_the_room_is_forgotten(ear: Ear) -> None:
    ear.binding.start(snapshot(2))
    ear.say(5)
    ear.binding.enter_again()
    ear.binding.start(snapshot(1, epoch=2))
    ear.say(2, 3, 4)
    assert ear.heard == ["m2", "m3", "m4"]
