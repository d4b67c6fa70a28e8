"""Being somebody here: staying, logging in, how others see one, and being gone."""

import json
import re
from pathlib import Path

import pytest

from tests.browser.audit import is_for_everyone
from tests.browser.driver import FilePayload, expect
from tests.browser.visitors import PHONE, Visitor, Visitors
from tests.post_office import post_office
from tests.processes import Node, Processes

PASSWORD = "a tent full of old maps"
OTHER = "seven lamps on the river"


@pytest.fixture
async def node(processes: Processes) -> Node:
    """A node, and a worker that records."""
    await processes.worker()
    return await processes.node()


async def log_in(visitor: Visitor, email: str, password: str) -> None:
    """Fills the log-in form, which is on the screen, and sends it."""
    await visitor.page.get_by_label("E-mail").fill(email)
    await visitor.page.get_by_label("Password").fill(password)
    await visitor.button("Log in").click()


async def go_to_account(visitor: Visitor) -> None:
    """By the links of the page."""
    await visitor.link("You").click()
    await visitor.link("Account").click()
    await expect(visitor.heading(re.compile("^Your account"))).to_be_visible()


async def test_a_guest_stays_logs_in_elsewhere_and_goes_for_good(node: Node, visitors: Visitors) -> None:
    anna = await visitors.signed_up("Anna", node.url)
    await go_to_account(anna)
    await is_for_everyone(anna, "a guest's account")
    await anna.page.get_by_label("E-mail").fill("anna@example.org")
    await anna.page.get_by_label("Password").fill("password1")
    await anna.button("Keep my account").click()
    await expect(anna.text("This password is too easy to guess.")).to_be_visible()
    await anna.page.get_by_label("Password").fill(PASSWORD)
    await anna.button("Keep my account").click()
    await expect(anna.text("You log in with anna@example.org.")).to_be_visible()
    await expect(anna.heading(re.compile("^Your account"))).to_be_focused()
    await is_for_everyone(anna, "an account that stays")

    # The same person with another device, after a slip; the first one is told.
    phone = await visitors.window(node.url, **PHONE)
    await phone.link("Log in").click()
    await is_for_everyone(phone, "logging in")
    await expect(phone.link("Forgot your password?")).to_be_hidden()
    await log_in(phone, "anna@example.org", "not the password")
    await expect(phone.text("This e-mail address and password do not belong together.")).to_be_visible()
    await log_in(phone, "Anna@Example.org", PASSWORD)
    await expect(phone.heading("Who is up")).to_be_visible()
    await expect(anna.heading("You are somewhere else now")).to_be_visible()
    await is_for_everyone(anna, "replaced by another device")
    await anna.button("Log in here").click()
    await log_in(anna, "anna@example.org", PASSWORD)
    await expect(anna.heading("Who is up")).to_be_visible()
    await expect(phone.heading("You are somewhere else now")).to_be_visible()

    await go_to_account(anna)
    await anna.page.get_by_label("Present password").fill("not the password")
    await anna.page.get_by_label("New password").fill(OTHER)
    await anna.button("Change the password").click()
    await expect(anna.text("The present password is another one.")).to_be_visible()
    await anna.page.get_by_label("Present password").fill(PASSWORD)
    await anna.button("Change the password").click()
    await anna.is_told("Your password is changed. All other log-ins have ended.")

    await anna.page.locator("#main").get_by_role("button", name="Sign out").click()
    await anna.link("Log in").click()
    await log_in(anna, "anna@example.org", OTHER)
    await expect(anna.heading("Who is up")).to_be_visible()
    await go_to_account(anna)
    await anna.button("Delete my account").click()
    await is_for_everyone(anna, "deleting the account")
    await anna.button("Delete for ever").click()
    await expect(anna.text("That is not your name.")).to_be_visible()
    await anna.page.get_by_label("Write your name, Anna").fill("Anna")
    await anna.button("Delete for ever").click()
    await anna.is_told("Your account is deleted. Farewell.")
    await anna.link("Log in").click()
    await log_in(anna, "anna@example.org", OTHER)
    await expect(anna.text("This e-mail address and password do not belong together.")).to_be_visible()


async def test_others_see_and_hear_who_one_is(node: Node, visitors: Visitors) -> None:
    ben = await visitors.available("Ben", node.url)
    anna = await visitors.available("Ann", node.url, **PHONE)
    await anna.link("You").click()
    await anna.page.get_by_label("Your name").fill("Anna")
    await anna.page.get_by_label("a woman").check()
    await anna.button("Add one").click()
    await anna.page.get_by_label("Place 1").fill("instagram")
    await anna.button("Save").click()
    await expect(anna.text("Please say both where, and who you are there.")).to_be_visible()
    await anna.page.get_by_label("Your name there 1").fill("@anna.b")
    await anna.button("Save").click()
    await anna.is_told("Saved.")
    await expect(anna.button("Save")).to_be_focused()

    await anna.button("Take one now").click()
    await is_for_everyone(anna, "the camera")
    await shows_itself(anna, "dialog video")
    await anna.button("Take the picture").click()
    await expect(anna.heading("Use this picture?")).to_be_visible()
    await anna.button("Use it").click()
    await shows_itself(anna, ".medium .avatar img")
    await anna.button("Record one now").click()
    await shows_itself(anna, "dialog video")
    await anna.page.get_by_role("dialog").get_by_role("button", name="Record").click()
    await expect(anna.page.locator(".countdown .seconds")).to_have_text("29")
    await anna.button("Stop").click()
    await expect(anna.heading("Use this video?")).to_be_visible()
    await is_for_everyone(anna, "looking at one's video")
    await anna.button("Use it").click()
    await expect(anna.button("Play the intro of Anna")).to_be_visible()
    await is_for_everyone(anna, "a profile")

    # On the card, looked at closely, when calling, and in the meeting.
    await expect(ben.heading("Anna")).to_be_visible()
    await shows_itself(ben, ".card .avatar img")
    await expect(ben.text("instagram @anna.b")).to_be_visible()
    await ben.button("Play the intro of Anna").click()
    await shows_itself(ben, ".card video")
    assert await ben.page.locator(".card video").evaluate("(film) => film.muted")
    await is_for_everyone(ben, "a card with an intro")
    await ben.button("Stop the intro of Anna").click()
    await expect(ben.page.locator("video")).to_have_count(0)
    await ben.button("About Anna").click()
    await expect(ben.link("@anna.b")).to_have_attribute("href", "https://www.instagram.com/anna.b")
    await ben.button("Close").click()
    await anna.link("People").click()
    await anna.invite("Ben")
    await shows_itself(ben, ".ring .avatar img")
    await expect(ben.page.locator(".ring").get_by_text("instagram @anna.b")).to_be_visible()
    await is_for_everyone(ben, "being called by somebody with a picture")
    await ben.accept("Anna")
    await ben.is_meeting("Anna")
    await shows_itself(ben, ".partner .avatar img")
    await ben.leave()


async def shows_itself(visitor: Visitor, what: str) -> None:
    """A picture or a video that has been loaded, not only asked for."""
    await visitor.page.wait_for_function(
        "(what) => [...document.querySelectorAll(what)].some((it) => it.naturalWidth > 0 || it.videoWidth > 0)",
        arg=what,
    )


async def test_a_picture_is_replaced_and_taken_away(node: Node, visitors: Visitors) -> None:
    anna = await visitors.signed_up("Anna", node.url)
    await anna.link("You").click()
    image, file = anna.page.locator(".medium .avatar img"), anna.page.locator("input[type=file]").first

    async def choose(name: str, content: bytes) -> None:
        await file.set_input_files(FilePayload(name=name, mimeType="image/png", buffer=content))

    await choose("me.png", await anna.page.locator("#main").screenshot())
    await anna.button("Use it").click()
    await shows_itself(anna, ".medium .avatar img")
    first = await image.get_attribute("src")
    await choose("another.png", await anna.page.locator("header").screenshot())
    await anna.button("Use it").click()
    await expect(image).not_to_have_attribute("src", first or "")
    await choose("none.png", b"no picture")
    await expect(anna.text("This file is not a picture we can read.")).to_be_visible()
    await anna.page.reload()
    await shows_itself(anna, ".medium .avatar img")
    await anna.button("Remove").click()
    await anna.is_told("Your picture is removed.")
    await expect(image).to_have_count(0)


async def test_a_forgotten_password_is_replaced_by_the_link_of_a_mail(processes: Processes, visitors: Visitors) -> None:
    async with post_office() as office:
        mailing = {"SMTP_URL": office.url, "MAIL_FROM": "Cresset <door@cresset.example>"}
        node = await processes.node(until_ready=True, **mailing)
        await processes.worker(until_ready=True, **mailing, PUBLIC_URL=node.url)
        anna = await visitors.signed_up("Anna", node.url)
        await go_to_account(anna)
        await anna.page.get_by_label("E-mail").fill("anna@example.org")
        await anna.page.get_by_label("Password").fill(PASSWORD)
        await anna.button("Keep my account").click()
        await expect(anna.text("You log in with anna@example.org.")).to_be_visible()

        phone = await visitors.window(node.url, **PHONE)
        await phone.link("Log in").click()
        await phone.link("Forgot your password?").click()
        await is_for_everyone(phone, "a forgotten password")
        await phone.page.get_by_label("E-mail").fill("anna@example.org")
        await phone.button("Send me the link").click()
        await expect(phone.text("If this address belongs to an account, a link is on its way.")).to_be_visible()
        link = f"{node.url}/#/reset/{await office.token()}"
        await phone.page.goto(link)
        await is_for_everyone(phone, "choosing a new password")
        await phone.page.get_by_role("textbox", name="New password").fill(OTHER)
        await phone.button("Set the password").click()
        await phone.is_told("Your new password is set.")
        await anna.is_told("You are signed out.")
        await expect(anna.heading("Welcome back")).to_be_visible()
        await log_in(phone, "anna@example.org", OTHER)
        await expect(phone.heading("Who is up")).to_be_visible()

        # The link works once.
        again = await visitors.window(link)
        await again.page.get_by_role("textbox", name="New password").fill(PASSWORD)
        await again.button("Set the password").click()
        await expect(again.text("This link has been used or has expired.")).to_be_visible()
        await is_for_everyone(again, "a link that was used")


async def test_everything_that_is_held_of_one_can_be_taken_away(node: Node, visitors: Visitors) -> None:
    anna = await visitors.signed_up("Anna", node.url)
    await go_to_account(anna)
    async with anna.page.expect_download() as download:
        await anna.button("Download it").click()
    held = json.loads(Path(await (await download.value).path()).read_text())
    assert held["account"]["name"] == "Anna"
