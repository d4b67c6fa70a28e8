"""Who brings whom, who lets whom in, and who keeps away from whom."""

import pytest

from tests.browser.audit import is_for_everyone
from tests.browser.driver import expect
from tests.browser.visitors import PHONE, Visitors
from tests.processes import Node, Processes


@pytest.fixture
async def node(processes: Processes) -> Node:
    """A node, and a worker that records."""
    await processes.worker()
    return await processes.node()


async def test_somebody_is_introduced_and_the_news_is_read(node: Node, visitors: Visitors) -> None:
    cleo = await visitors.available("Cleo", node.url, **PHONE)
    ben = await visitors.signed_up("Ben", node.url)
    await ben.button("About Cleo").click()
    await is_for_everyone(ben, "somebody looked at closely")
    await ben.button("Introduce somebody to Cleo").click()
    link = await ben.page.get_by_label("Link", exact=True).input_value()
    await is_for_everyone(ben, "a link to be given away")

    anna = await visitors.window(link)
    await expect(anna.text("Ben would like you to meet Cleo.")).to_be_visible()
    await is_for_everyone(anna, "the door, introduced")
    await anna.sign_up("Anna")
    await expect(cleo.page.locator(".toast")).to_have_text("Ben introduced Anna to you.")
    await anna.light_on()
    await expect(cleo.text("Introduced by Ben")).to_be_visible()

    await cleo.link("News, 1 unread").click()
    await expect(cleo.heading("News")).to_be_visible()
    await is_for_everyone(cleo, "the news")
    await cleo.button("Mark as read").click()
    await expect(cleo.page.get_by_role("link", name="News", exact=True)).to_be_visible()
    await cleo.page.reload()
    await expect(cleo.text("Ben introduced Anna to you.")).to_be_visible()
    await expect(cleo.page.get_by_role("link", name="News", exact=True)).to_be_visible()
    await expect(cleo.button("Mark as read")).to_be_hidden()

    # Whoever is here already is told what the link is for.
    await ben.page.goto(link)
    await expect(ben.text("With this link Ben introduces newcomers to Cleo.")).to_be_visible()
    await is_for_everyone(ben, "an introduction for somebody else")


async def test_those_met_lately_are_shown_to_whoever_asks(node: Node, visitors: Visitors) -> None:
    ben = await visitors.available("Ben", node.url)
    anna = await visitors.signed_up("Anna", node.url)
    await anna.invite("Ben")
    await ben.accept("Anna")
    await anna.is_meeting("Ben")
    await anna.leave()
    await anna.button("Back to the people").click()
    await ben.button("Back to the people").click()
    await expect(anna.heading("It is quiet here")).to_be_visible()
    await anna.page.get_by_label("Also people I met lately").check()
    await expect(anna.text("You have met. Again from")).to_be_visible()
    await is_for_everyone(anna, "people one met lately")
