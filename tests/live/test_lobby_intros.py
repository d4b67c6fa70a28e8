"""Introductions as the lobby knows them (rules, section 13): who comes first, what a welcome says, what is pushed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from core.ids import new_id
from core.rules.intros import NEWCOMERS_MAX, UNREAD_MAX
from core.settings import Settings
from tests.live.lobby import Lobby, Person

Notification = dict[str, Any]


@pytest.fixture
async def lobby(redis: "Redis", settings: Settings) -> AsyncIterator[Lobby]:
    lobby = await Lobby.open(redis, settings)
    yield lobby
    await lobby.close()


def about(newcomer: str, name: str = "Cleo", by: str = "Ada") -> Notification:
    """What the target is told."""
    return {
        "notification_id": new_id(),
        "kind": "introduced",
        "user_id": newcomer,
        "name": name,
        "introduced_by_name": by,
        "created_at_ms": 1_700_000_000_123,
        "read": False,
    }


async def introduce(
    target: Person, newcomer: Person | str, by: str = "Ada", notification: Notification | None = None
) -> Notification:
    """Carries an introduction into the lobby."""
    user_id = newcomer if isinstance(newcomer, str) else newcomer.user_id
    told = notification or about(user_id, by=by)
    await target.lobby.hand.call("introduce", target.user_id, user_id, by, msgspec.json.encode(told).decode())
    return told


async def load(target: Person, newcomers: dict[str, str], unread: list[Notification]) -> None:
    """What PostgreSQL has of a user's introductions."""
    row = (target.user_id, msgspec.json.encode(newcomers).decode(), msgspec.json.encode(unread).decode())
    await target.lobby.hand.call("load_intros", [row])


async def welcome(person: Person) -> list[Notification] | None:
    """The unread notifications of a hello; None where PostgreSQL has to be asked."""
    unread = (await person.hello())[-1]
    return msgspec.json.decode(unread) if unread else None


async def test_who_was_introduced_comes_first_and_says_by_whom(lobby: Lobby) -> None:
    people = await lobby.people("Ben", "Cleo", "Dan", *(f"other {n}" for n in range(60)))
    ben, cleo, dan = people[:3]
    await introduce(ben, cleo, by='Ada "the Ace" \u00e9')
    await introduce(ben, dan, by="")
    cards = await ben.browse(limit=10)
    assert len(cards) == 10
    assert {card["name"] for card in cards[:2]} == {"Cleo", "Dan"}
    said = {card["name"]: card["introduced_by"] for card in cards}
    assert said.pop("Cleo") == 'Ada "the Ace" \u00e9'
    assert set(said.values()) == {None}
    assert {"Cleo", "Dan"}.isdisjoint(await ben.sees(limit=50))
    assert {card["name"] for card in (await ben.browse(limit=5, again=True))[:2]} == {"Cleo", "Dan"}


async def test_to_others_the_newcomer_is_like_everybody(lobby: Lobby) -> None:
    ben, cleo, dan = await lobby.people("Ben", "Cleo", "Dan")
    await introduce(ben, cleo)
    for looker in (dan, cleo):
        assert {card["introduced_by"] for card in await looker.browse()} == {None}


async def test_a_newcomer_who_cannot_be_met_is_not_shown(lobby: Lobby) -> None:
    ben, cleo, dan, eve = await lobby.people("Ben", "Cleo", "Dan", "Eve")
    for newcomer in (cleo, dan, eve):
        await introduce(ben, newcomer)
    await cleo.wishes(False)
    await lobby.hand.call("load_blocks", [(ben.user_id, dan.user_id)])
    await lobby.hand.call("load_cooldowns", [(*sorted((ben.user_id, eve.user_id)), 4_000_000_000_000)])
    assert await ben.sees() == set()
    (card,) = await ben.browse(include_cooldown=True)
    assert (card["name"], card["introduced_by"]) == ("Eve", "Ada")


async def test_an_invite_says_who_introduced_them(lobby: Lobby) -> None:
    ben, cleo = await lobby.people("Ben", "Cleo")
    await introduce(ben, cleo)
    await ben.hears()
    await cleo.rings(ben)
    ((_, invite),) = [heard for heard in await ben.hears() if heard[0] == "!invite"]
    assert (invite["from"]["introduced_by"], invite["to"]["introduced_by"]) == ("Ada", None)
    await cleo.node.family.call("rescind", cleo.conn, cleo.user_id, invite["invite_id"])


async def test_it_is_told_at_every_node_of_the_target_once(lobby: Lobby) -> None:
    ben, cleo = await lobby.people("Ben", "Cleo", nodes=2)
    await ben.hello(cleo.node)
    for place in {ben.node, cleo.node}:
        await place.hears()
    told = await introduce(ben, cleo)
    await introduce(ben, cleo, notification=told)
    heard = [(to, kind, data) for to, kind, data in await cleo.node.hears() if kind == "intro.received"]
    assert heard == [(f"u:{ben.user_id}", "intro.received", {"notification": told})]


async def test_a_welcome_holds_what_is_unread_newest_first(lobby: Lobby) -> None:
    (ben,) = await lobby.people("Ben")
    assert await welcome(ben) is None
    await load(ben, {}, [])
    assert await welcome(ben) == []
    told = [await introduce(ben, new_id()) for _ in range(UNREAD_MAX + 5)]
    assert await welcome(ben) == told[::-1][:UNREAD_MAX]
    await lobby.hand.call("read_notification", ben.user_id, told[-1]["notification_id"])
    assert await welcome(ben) == told[-2::-1][: UNREAD_MAX - 1]
    for one in told:
        await lobby.hand.call("read_notification", ben.user_id, one["notification_id"])
    assert await welcome(ben) == []


@pytest.mark.parametrize("is_loaded_first", [True, False])
async def test_what_is_loaded_is_added_to_what_was_told_meanwhile(lobby: Lobby, is_loaded_first: bool) -> None:
    (ben,) = await lobby.people("Ben")
    old, new = about(new_id(), "Cleo"), about(new_id(), "Dan", by="Eve")
    steps = [load(ben, {old["user_id"]: "Ada"}, [old]), introduce(ben, new["user_id"], "Eve", new)]
    for step in steps if is_loaded_first else steps[::-1]:
        await step
    await load(ben, {old["user_id"]: "Ada"}, [old])
    assert await welcome(ben) == [new, old]


async def test_whom_the_lobby_does_not_know_it_keeps_nothing_of(lobby: Lobby) -> None:
    nobody = Person(lobby, "Ben", await lobby.node())
    await introduce(nobody, new_id())
    await load(nobody, {new_id(): "Ada"}, [about(new_id())])
    await lobby.hand.call("read_notification", nobody.user_id, new_id())
    assert await lobby.redis.keys(f"*{nobody.user_id}*") == []


async def test_of_a_newcomer_who_is_deleted_a_name_stays(lobby: Lobby) -> None:
    ben, cleo, dan = await lobby.people("Ben", "Cleo", "Dan")
    await load(ben, {}, [])
    cleos, dans = await introduce(ben, cleo), await introduce(ben, dan)
    for _ in range(2):
        await lobby.hand.call("newcomer_left", ben.user_id, cleo.user_id)
    assert await welcome(ben) == [dans, {**cleos, "user_id": None}]
    assert {card["name"]: card["introduced_by"] for card in await ben.browse()} == {"Cleo": None, "Dan": "Ada"}
    await lobby.hand.call("newcomer_left", new_id(), cleo.user_id)


async def test_of_very_many_newcomers_the_newest_are_known(lobby: Lobby) -> None:
    ben, newest = await lobby.people("Ben", "Cleo")
    newest.user_id = "ffffffff-0000-7000-8000-000000000000"
    await newest.log_in()
    await newest.hello()
    await newest.wishes()
    ids = sorted(new_id() for _ in range(NEWCOMERS_MAX))
    await load(ben, dict.fromkeys(ids, "Ada"), [])
    await introduce(ben, newest)
    kept = await lobby.redis.hget(f"{{lobby}}:profile:{ben.user_id}", "newcomers")  # type: ignore[misc]
    assert sorted(msgspec.json.decode(kept)) == [*ids[1:], newest.user_id]
    assert (await ben.browse(limit=1))[0]["introduced_by"] == "Ada"


async def test_introductions_at_once_are_all_there(lobby: Lobby) -> None:
    (ben,) = await lobby.people("Ben")
    await load(ben, {}, [])
    told = await asyncio.gather(*(introduce(ben, new_id()) for _ in range(20)))
    assert await welcome(ben) == sorted(told, key=lambda one: one["notification_id"], reverse=True)
