"""The operators' pages: what an operator sees and does there, and what of it is felt."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.browser.audit import is_for_everyone
from tests.browser.driver import expect
from tests.browser.test_everyone import SCREENS
from tests.browser.visitors import Visitor, Visitors
from tests.contracts.town import OPERATOR, PASSWORD
from tests.processes import Processes
from tests.servers import Stores
from tests.world import NO_LIMITS, Person, World

WRITTEN = "<img src=x onerror=\"document.title='harmed'\"> & <b>you</b>"


@pytest.fixture
async def world(processes: Processes, stores: Stores) -> AsyncIterator[World]:
    """One node and one worker that have an operator."""
    async with World(processes, stores) as world:
        await world.opens(NO_LIMITS, OPERATOR, {"HOLD_S": "0"}, nodes=1)
        yield world
        assert not world.betrayed()


async def reported(world: World) -> tuple[Person, Person]:
    """Ann, and Ben, whom she reported after what he wrote."""
    ann, ben = await world.people("Ann", "Ben <i>the</i> Rude")
    room = await world.meet(ann, ben)
    await ben.says(room, WRITTEN)
    await ann.leaves(room)
    await room.ends("left")
    report = {"user_id": ben.user_id, "room_id": room.room_id, "reason": 'He "wrote" <u>things</u>'}
    assert (await ann.ask_http("POST", "/api/v1/reports", json=report))[0] == 201
    return ann, ben


async def operator(visitors: Visitors, world: World, **screen: Any) -> Visitor:
    """Somebody who has logged in."""
    root = await visitors.window(f"{world.nodes[0].url}/ops", **screen)
    await logs_in(root)
    await expect(root.page.get_by_role("heading", name="Reports", level=1)).to_be_visible()
    return root


async def logs_in(root: Visitor) -> None:
    """At the door."""
    await root.page.get_by_label("Name").fill("root")
    await root.page.get_by_label("Password").fill(PASSWORD)
    await root.button("Log in").click()


async def finds(root: Visitor, some_id: str) -> None:
    """By the field in the bar."""
    field = root.page.get_by_label("Id of a user or room")
    await field.fill(some_id)
    await field.press("Enter")


async def goes_to(root: Visitor, place: str) -> None:
    """By the bar."""
    await root.page.get_by_role("navigation", name="Main").get_by_role("link", name=place).click()
    await expect(root.page.get_by_role("heading", name=place, level=1)).to_be_visible()


async def does(root: Visitor, what: str, **typed: str) -> None:
    """Fills in the dialog that is open, and confirms it."""
    dialog = root.page.get_by_role("dialog")
    for label, text in typed.items():
        await dialog.get_by_label(label).fill(text)
    await dialog.get_by_role("button", name=what, exact=True).click()
    await expect(dialog).to_be_hidden()


async def test_a_report_is_read_and_decided_and_the_ban_is_felt(world: World, visitors: Visitors) -> None:
    _, ben = await reported(world)
    root = await operator(visitors, world)
    case = root.page.get_by_role("article")
    await expect(case).to_contain_text('He "wrote" <u>things</u>')
    await expect(case.get_by_role("listitem")).to_contain_text(WRITTEN)  # as it was typed, not as markup
    await expect(case.locator("img, u, i")).to_have_count(0)
    await case.get_by_role("button", name="Ban for now").click()
    await does(root, "Ban", Reason="until we have talked")
    assert (await ben.tab.expect("account.banned"))["reason"] == "until we have talked"
    assert await ben.tab.closed() == 4503
    await expect(case).to_contain_text("banned for now")

    await case.get_by_role("button", name="Decide").click()
    await root.button("Vindicated …").click()
    await does(root, "Vindicate", Note="we have talked")
    await expect(root.text("Nobody waits for a decision.")).to_be_visible()
    assert (await ben.opens()).user_id == ben.user_id

    await goes_to(root, "Bans")
    await expect(root.page.get_by_role("row").nth(1)).to_contain_text("vindicated")
    await goes_to(root, "Audit")
    acts = root.page.get_by_role("row")
    await expect(acts).to_have_count(4)
    await expect(acts.nth(1)).to_contain_text("we have talked")
    await expect(acts.nth(2)).to_contain_text("until we have talked")
    await expect(acts.nth(3)).to_contain_text("logged in")


async def test_a_ban_for_good_is_asked_for_twice_and_public(world: World, visitors: Visitors) -> None:
    _, ben = await reported(world)
    root = await operator(visitors, world)
    await root.button("Decide").click()
    await root.button("Banned for good …").click()
    await expect(root.page.get_by_label("Note")).to_be_focused()
    await root.page.keyboard.press("Escape")
    await expect(root.page.get_by_role("dialog")).to_be_hidden()
    assert (await ben.ask_http("GET", "/api/v1/me"))[0] == 200
    await root.button("Decide").click()
    await root.button("Banned for good …").click()
    await does(root, "Ban for good")
    assert await ben.tab.closed() == 4503
    await goes_to(root, "Blacklist")
    await expect(root.page.get_by_role("row").nth(1)).to_contain_text("Ben <i>the</i> Rude")


async def test_addresses_and_codes_are_made_and_taken_back(world: World, visitors: Visitors) -> None:
    root = await operator(visitors, world)
    await goes_to(root, "Addresses")
    await root.button("Ban an address").click()
    dialog = root.page.get_by_role("dialog")
    await dialog.get_by_label("Address or network").fill("127.0.0.1")
    await dialog.get_by_label("Reason").fill("robots")
    await dialog.get_by_role("button", name="Ban", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("lock yourself out")
    await does(root, "Ban", **{"Address or network": "203.0.113.0/24"})
    await expect(root.page.get_by_role("row").nth(1)).to_contain_text("203.0.113.0/24")
    await root.button("Lift").click()
    await does(root, "Lift")
    await expect(root.text("No address is banned.")).to_be_visible()

    await goes_to(root, "Invite codes")
    await root.button("Make a code").click()
    await does(root, "Make it", Label="for <b>friends</b>")
    row = root.page.get_by_role("row").nth(1)
    await expect(row).to_contain_text("for <b>friends</b>")
    code = await row.get_by_role("cell").first.locator("code").inner_text()
    path = f"/api/v1/invite-codes/{code}"
    assert (await world.ask_http(world.nodes[0], "GET", path))[0] == 200
    await root.button("Deactivate").click()
    await does(root, "Deactivate")
    await expect(row).to_contain_text("deactivated")
    assert (await world.ask_http(world.nodes[0], "GET", path))[0] == 410


async def test_users_rooms_and_pairs_are_looked_up(world: World, visitors: Visitors) -> None:
    ann, ben = await reported(world)
    root = await operator(visitors, world)
    await finds(root, ben.user_id)
    user = root.page.get_by_role("main")
    await expect(root.heading(ben.name)).to_be_visible()
    await expect(user).to_contain_text("1 received, 0 made")
    meeting = root.page.get_by_role("region", name="Meetings").get_by_role("row").nth(1)
    await expect(meeting).to_contain_text("Ann")
    await meeting.get_by_role("link").first.click()
    events = root.page.get_by_role("region", name="Timeline").get_by_role("row")
    await expect(events).to_have_count(6)
    for number, event in enumerate(("opened", "entered", "entered", "started", "ended"), 1):
        await expect(events.nth(number)).to_contain_text(event)
    room_id = root.page.url.rpartition("/")[2]
    await finds(root, room_id)
    await expect(root.page.get_by_role("heading", name="Room", level=1)).to_be_visible()

    await goes_to(root, "Explain")
    await root.page.get_by_label("May this user").fill(ann.user_id)
    await root.page.get_by_label("invite this one?").fill(ben.user_id)
    await root.button("Explain").click()
    await expect(user).to_contain_text("that blocks for ever")
    await expect(user).to_contain_text("They may meet again from")

    await finds(root, "00000000-0000-7000-8000-000000000000")
    await expect(root.text("No user and no room has this id.")).to_be_visible()


async def test_a_node_is_drained(world: World, visitors: Visitors) -> None:
    (mortal,) = world.nodes
    ann = await world.person("Ann")
    other = (await world.opens(NO_LIMITS, OPERATOR, nodes=1, workers=0))[-1]
    root = await visitors.window(f"{other.url}/ops#/nodes")
    await logs_in(root)
    row = root.page.get_by_role("row").filter(has_text=f"127.0.0.1:{mortal.port}")
    await row.get_by_role("button", name="Drain").click()
    await does(root, "Drain")
    await ann.tab.expect("node.draining")
    assert await ann.tab.closed() == 4000
    assert await mortal.end() == 0
    await goes_to(root, "Audit")
    await expect(root.page.get_by_role("row").nth(1)).to_contain_text("drained")


async def test_nobody_is_in_who_has_not_logged_in_or_has_logged_out(world: World, visitors: Visitors) -> None:
    root = await visitors.window(f"{world.nodes[0].url}/ops#/audit")
    await root.page.get_by_label("Name").fill("root")
    await root.page.get_by_label("Password").fill("a wrong one")
    await root.button("Log in").click()
    await expect(root.page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    await root.page.get_by_label("Password").fill(PASSWORD)
    await root.button("Log in").click()
    await expect(root.heading("Audit")).to_be_visible()  # where the address pointed
    await root.page.reload()
    await expect(root.heading("Audit")).to_be_visible()
    other = await visitors.tab(root, f"{world.nodes[0].url}/ops")
    await expect(other.heading("Operators")).to_be_visible()  # a tab's login is its own
    assert not await root.page.context.cookies()
    await root.button("Log out").click()
    await expect(root.text("You have logged out.")).to_be_visible()
    await root.page.reload()
    await expect(root.heading("Operators")).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_page_can_be_read_and_heard(world: World, visitors: Visitors, screen: dict[str, Any]) -> None:
    _, ben = await reported(world)
    door = await visitors.window(f"{world.nodes[0].url}/ops", **screen)
    await is_for_everyone(door, "the door")
    root = await operator(visitors, world, **screen)
    await is_for_everyone(root, "Reports")
    await root.button("Decide").click()
    await is_for_everyone(root, "deciding")
    await root.button("Banned for good …").click()
    await is_for_everyone(root, "confirming")
    await does(root, "Ban for good", Note="a note")
    for place in ("Bans", "Addresses", "Blacklist", "Invite codes", "Explain", "Nodes", "Audit"):
        await goes_to(root, place)
        await expect(root.page.locator(".progress")).not_to_contain_text("Looking")
        await is_for_everyone(root, place)
    await finds(root, ben.user_id)
    await expect(root.heading(ben.name)).to_be_visible()
    await is_for_everyone(root, "User")
    await root.page.get_by_role("region", name="Meetings").get_by_role("link").first.click()
    await expect(root.page.get_by_role("region", name="Timeline")).to_be_visible()
    await is_for_everyone(root, "Room")
