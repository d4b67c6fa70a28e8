"""Somebody is introduced to somebody (rules, section 13), at two nodes."""

from core import keys
from tests.client import Said
from tests.world import Person, World, eventually


async def link(maker: Person, target: Person) -> str:
    """Returns the code by which newcomers come introduced to `target`."""
    status, made, _ = await maker.ask_http("POST", "/api/v1/intros", json={"target_user_id": target.user_id})
    assert status == 201
    return str(made["code"])


async def test_the_target_hears_of_it_on_every_tab_and_nobody_else_does(world: World) -> None:
    ada, ben, eve = await world.people("Ada", "Ben", "Eve")
    await ben.opens(world.nodes[0])
    await ben.opens(world.nodes[1])
    code = await link(ada, ben)
    cleo = await world.signs_up("Cleo", world.nodes[1], intro_code=code)
    told = []
    for tab in ben.tabs:
        notification = (await tab.expect("intro.received"))["notification"]
        told.append(notification)
    assert told == told[:1] * 3
    said = dict(told[0])
    assert said.pop("notification_id")
    assert abs(said.pop("created_at_ms") - await world.now_ms()) < 60_000
    assert said == {
        "kind": "introduced",
        "user_id": cleo.user_id,
        "name": "Cleo",
        "introduced_by_name": "Ada",
        "read": False,
    }
    await world.silence(ada, ben, eve)
    _, listed, _ = await ben.ask_http("GET", "/api/v1/notifications")
    assert listed == {"items": [told[0]], "unread": 1}


async def test_a_newcomer_comes_first_when_browsing_and_is_named_in_his_invite(world: World) -> None:
    ada, ben, *_ = await world.people("Ada", "Ben", *(f"Other {n}" for n in range(8)))
    code = await link(ada, ben)
    cleo = await world.signs_up("Cleo", intro_code=code)
    await ben.tab.expect("intro.received")
    await cleo.opens()
    await cleo.wishes()
    first, *others = await ben.looks()
    assert (first["user_id"], first["introduced_by"]) == (cleo.user_id, "Ada")
    assert {card["introduced_by"] for card in others} == {None}
    assert {card["introduced_by"] for card in await ada.looks()} == {None}
    sent = await cleo.tab.ask("invite.send", to=ben.user_id, mode="text")
    invite = (await ben.tab.expect("invite.received"))["invite"]
    assert invite["invite_id"] == sent["invite_id"]
    assert (invite["from"]["introduced_by"], invite["to"]["introduced_by"]) == ("Ada", None)
    welcome = (await ben.opens(world.nodes[1])).welcome
    assert welcome["invites"] == [invite]


async def test_what_was_not_read_is_in_every_welcome_until_it_is(world: World) -> None:
    ada, ben = await world.people("Ada", "Ben")
    code = await link(ada, ben)
    await ben.closes()
    await ben.is_missed()
    names = ["Cleo", "Dan"]
    for name in names:
        await world.signs_up(name, intro_code=code)
    for node in world.nodes:
        assert names_in((await ben.opens(node)).welcome) == ["Dan", "Cleo"]
    dans, cleos = ben.tab.welcome["notifications"]
    status, _, _ = await ben.ask_http("POST", f"/api/v1/notifications/{dans['notification_id']}/read")
    assert status == 204
    assert (await ben.opens(world.nodes[0])).welcome["notifications"] == [cleos]
    assert names_in((await ada.opens()).welcome) == []


async def test_who_comes_back_after_days_hears_what_happened_meanwhile(world: World) -> None:
    ada, ben = await world.people("Ada", "Ben")
    code = await link(ada, ben)
    await ben.closes()
    await ben.is_missed()
    cleo = await world.signs_up("Cleo", intro_code=code)
    await world.redis.delete(keys.key(keys.LOBBY, f"profile:{ben.user_id}"))  # as it is after a day
    dan = await world.signs_up("Dan", intro_code=code)
    for newcomer in (cleo, dan):
        await newcomer.opens()
        await newcomer.wishes()
    for node in world.nodes:
        assert names_in((await ben.opens(node)).welcome) == ["Dan", "Cleo"]
    said = {card["name"]: card["introduced_by"] for card in (await ben.looks())[:2]}
    assert said == {"Cleo": "Ada", "Dan": "Ada"}


async def test_a_newcomer_who_is_deleted_leaves_a_name(world: World) -> None:
    ada, ben = await world.people("Ada", "Ben")
    cleo = await world.signs_up("Cleo", intro_code=await link(ada, ben))
    told = (await ben.tab.expect("intro.received"))["notification"]
    status, _, _ = await cleo.ask_http("DELETE", "/api/v1/me")
    assert status == 204

    async def is_nameless() -> bool:
        (notification,) = (await ben.opens()).welcome["notifications"]
        return bool(notification == {**told, "user_id": None})

    await eventually(is_nameless)


def names_in(welcome: Said) -> list[str]:
    """Of whom a welcome says that they came."""
    return [notification["name"] for notification in welcome["notifications"]]
