"""Who hears that a card changed, and how often."""

from web.cards import Cards


class Looker:
    """A connection that shows a page."""

    def __init__(self) -> None:
        self.page: frozenset[str] = frozenset()
        self.heard: list[str] = []

    def push(self, payload: bytes) -> None:
        self.heard.append(payload.decode())


def made() -> tuple[Cards[Looker], Looker, Looker]:
    return Cards(lambda user_id, presence: f"{user_id} {presence}".encode()), Looker(), Looker()


def test_only_those_who_show_the_card_hear_of_it() -> None:
    cards, anna, ben = made()
    cards.show(anna, ["cleo", "dora"])
    cards.show(ben, ["dora"])
    cards.change("cleo", "busy", 0.0)
    assert anna.heard == ["cleo busy"]
    assert ben.heard == []


def test_a_new_page_takes_the_place_of_the_old_one() -> None:
    cards, anna, _ = made()
    cards.show(anna, ["cleo"])
    cards.show(anna, ["dora"])
    cards.change("cleo", "busy", 0.0)
    assert anna.heard == []
    assert cards.take_unwatched() == ["cleo"]


def test_a_card_changes_at_most_once_a_second_and_its_last_state_is_always_said() -> None:
    cards, anna, _ = made()
    cards.show(anna, ["cleo"])
    for at, presence in [(0.0, "busy"), (0.1, "available"), (0.2, "offline"), (0.9, "online")]:
        cards.change("cleo", presence, at)
        cards.tick(at)
    assert anna.heard == ["cleo busy"]
    cards.tick(1.0)
    assert anna.heard == ["cleo busy", "cleo online"]
    cards.change("cleo", "available", 1.5)
    cards.tick(1.9)
    assert len(anna.heard) == 2
    cards.tick(2.0)
    assert anna.heard[-1] == "cleo available"
    cards.tick(3.0)
    cards.change("cleo", "busy", 3.1)
    assert anna.heard[-1] == "cleo busy"


def test_one_who_went_is_told_nothing_and_nobody_is_watched_for_nobody() -> None:
    cards, anna, ben = made()
    cards.show(anna, ["cleo"])
    cards.show(ben, ["cleo"])
    cards.forget(anna)
    cards.change("cleo", "busy", 0.0)
    assert anna.heard == []
    assert ben.heard == ["cleo busy"]
    cards.forget(ben)
    cards.change("cleo", "offline", 5.0)
    assert cards.take_unwatched() == ["cleo"]
    assert cards.take_unwatched() == []


def test_a_card_that_is_shown_again_stays_watched() -> None:
    cards, anna, _ = made()
    cards.change("cleo", "busy", 0.0)
    cards.show(anna, ["cleo"])
    assert cards.take_unwatched() == []
