"""For people who use a keyboard, who listen, who want calm, who have a small screen or a dark one."""

from typing import Any, Final

import pytest

from tests.browser.audit import is_for_everyone
from tests.browser.driver import expect
from tests.browser.visitors import PHONE, Visitors
from tests.processes import Node, Processes

SCREENS: Final = [
    pytest.param({}, id="desktop_light"),
    pytest.param({"color_scheme": "dark"}, id="desktop_dark"),
    pytest.param(PHONE, id="phone_light"),
    pytest.param(PHONE | {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}, id="small_phone_dark"),
]


@pytest.fixture
async def node(processes: Processes) -> Node:
    """A node, and a worker that records."""
    await processes.worker()
    return await processes.node()


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_screen_can_be_read_and_heard(node: Node, visitors: Visitors, screen: dict[str, Any]) -> None:
    anna = await visitors.window(node.url, reduced_motion="no-preference", **screen)
    ben = await visitors.window(node.url)
    await is_for_everyone(anna, "the door")
    await anna.sign_up("Anna with a name that is about as long as they get")
    await expect(anna.heading("It is quiet here")).to_be_visible()
    await is_for_everyone(anna, "nobody there")
    await ben.sign_up("Ben")
    await ben.light_on()
    await anna.light_on()
    await expect(anna.heading("Ben")).to_be_visible()
    await is_for_everyone(anna, "the people")
    await anna.button("Invite Ben to a video call").click()
    await is_for_everyone(anna, "how long")
    await anna.button("Not now").click()
    await anna.invite("Ben")
    await is_for_everyone(anna, "calling")
    await anna.button("Take it back").click()
    cleo = await visitors.window(node.url)
    await cleo.sign_up("Cleo")
    await cleo.invite("Anna with a name that is about as long as they get")
    await expect(anna.heading("Cleo invites you")).to_be_visible()
    await is_for_everyone(anna, "being called")
    await anna.accept("Cleo")
    await anna.is_meeting("Cleo")
    await is_for_everyone(anna, "a meeting begins")
    await cleo.say("A word of such length that it has to be broken somewhere: " + "o" * 120)
    await anna.say("Yes")
    await cleo.hears("Yes")
    await is_for_everyone(anna, "a meeting")
    await cleo.leave()
    await expect(anna.heading("The meeting is over")).to_be_visible()
    await is_for_everyone(anna, "the end")
    await anna.link("Read it again").click()
    await expect(anna.log).to_contain_text("Yes")
    await is_for_everyone(anna, "reading it again")
    await anna.link("All meetings").click()
    await expect(anna.link("Cleo")).to_be_visible()
    await is_for_everyone(anna, "the meetings")


async def test_a_keyboard_is_enough(node: Node, visitors: Visitors) -> None:
    anna, ben = await visitors.window(node.url), await visitors.window(node.url)
    for visitor, name in ((anna, "Anna"), (ben, "Ben")):
        await visitor.tab_to("Your name")
        await visitor.page.keyboard.type(name)
        await visitor.page.keyboard.press("Enter")
        await expect(visitor.heading("Who is up")).to_be_focused()
    await ben.page.keyboard.press("Shift+Tab")
    await ben.page.keyboard.press("Space")
    await expect(ben.page.get_by_role("switch")).to_be_checked()

    await expect(anna.button("Invite Ben to a chat")).to_be_visible()
    await anna.tab_to("Invite Ben to a chat")
    await anna.page.keyboard.press("Enter")
    await expect(anna.heading("Calling Ben")).to_be_visible()
    assert await anna.focus() == "Invitations"

    # A key that was meant for something else answers nothing, and Escape only silences.
    await expect(ben.heading("Anna invites you")).to_be_visible()
    for key in ("Enter", "Space", "Escape", "Escape"):
        await ben.page.keyboard.press(key)
    await expect(ben.heading("Anna invites you")).to_be_visible()
    await ben.tab_to("Accept: Anna")
    await ben.page.keyboard.press("Enter")
    await ben.is_meeting("Anna")
    await anna.is_meeting("Ben")

    # The focus is where one writes.
    await expect(anna.page.get_by_label("Message")).to_be_focused()
    await anna.page.keyboard.type("Hello")
    await anna.page.keyboard.press("Shift+Enter")
    await anna.page.keyboard.type("Ben")
    await anna.page.keyboard.press("Enter")
    await ben.hears("Hello Ben")
    assert await ben.lines() == ["Hello\nBen"]
    await anna.tab_to("Leave")
    await anna.page.keyboard.press("Enter")
    await anna.tab_to("Leave")
    await anna.page.keyboard.press("Enter")
    for visitor in (anna, ben):
        await expect(visitor.heading("The meeting is over")).to_be_focused()
    await ben.tab_to("Back to the people")
    await ben.page.keyboard.press("Enter")
    await expect(ben.heading("Who is up")).to_be_focused()
    await ben.tab_to("Sign out")
    await ben.page.keyboard.press("Enter")
    await expect(ben.heading("Come in as a guest")).to_be_visible()


async def test_nothing_moves_for_those_who_want_calm(node: Node, visitors: Visitors) -> None:
    anna = await visitors.window(node.url, reduced_motion="reduce")
    ben = await visitors.window(node.url, reduced_motion="no-preference")
    moving = "() => document.getAnimations().filter((each) => each.playState === 'running').length"
    restless: list[str] = []

    async def look(screen: str) -> None:
        if await anna.page.evaluate(moving):
            restless.append(screen)

    await look("the door")
    assert await ben.page.evaluate(moving), "the fire moves for everybody else"
    await anna.sign_up("Anna")
    await anna.light_on()
    await look("the people")
    await ben.sign_up("Ben")
    await ben.invite("Anna")
    await expect(anna.heading("Ben invites you")).to_be_visible()
    await look("being called")
    await anna.accept("Ben")
    await anna.is_meeting("Ben")
    await ben.say("Hello")
    await anna.hears("Hello")
    await look("a meeting")
    await ben.leave()
    await expect(anna.heading("The meeting is over")).to_be_visible()
    await look("the end")
    assert not restless


async def test_what_others_do_is_told_to_those_who_listen(node: Node, visitors: Visitors) -> None:
    anna = await visitors.available("Anna", node.url)
    ben = await visitors.signed_up("Ben", node.url)
    polite, urgent = anna.page.locator("#polite"), anna.page.locator("#urgent")
    await ben.invite("Anna")
    await expect(urgent).to_contain_text("Ben invites you. Chat")
    await anna.accept("Ben")
    await expect(polite).to_contain_text("Ben is here. The meeting has begun.")
    await ben.is_meeting("Anna")
    await ben.say("Good evening")
    await expect(polite).to_have_text("Ben: Good evening")
    await ben.leave()
    await expect(urgent).to_have_text("The meeting is over")


async def test_a_hidden_tab_says_in_its_title_who_calls_and_how_much_is_unread(node: Node, visitors: Visitors) -> None:
    anna = await visitors.available("Anna", node.url, reduced_motion="no-preference")
    ben = await visitors.signed_up("Ben", node.url)

    async def hide(*, hidden: bool) -> None:
        await anna.page.evaluate(
            """(hidden) => {
                Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
                document.dispatchEvent(new Event('visibilitychange'));
            }""",
            hidden,
        )

    await hide(hidden=True)
    await ben.invite("Anna")
    await expect(anna.page).to_have_title("Ben is calling")
    await expect(anna.page).to_have_title("Who is up · Cresset")
    await hide(hidden=False)
    await anna.accept("Ben")
    await anna.is_meeting("Ben")
    await ben.is_meeting("Anna")
    await hide(hidden=True)
    for text in ("one", "two"):
        await ben.say(text)
    await expect(anna.page).to_have_title("(2) Ben · Cresset")
    await expect(ben.log).not_to_contain_text("Read")
    await hide(hidden=False)
    await expect(anna.page).to_have_title("Ben · Cresset")
    await expect(ben.log).to_contain_text("Read")
