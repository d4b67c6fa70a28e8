"""Who brings whom, who lets whom in, and who keeps away from whom."""

import re
from typing import Final

import aiohttp
import pytest

from tests.browser.audit import is_for_everyone
from tests.browser.driver import expect
from tests.browser.visitors import PHONE, Visitor, Visitors
from tests.contracts.town import OPERATOR, PASSWORD
from tests.processes import Node, Processes

LONG_ENOUGH: Final = re.compile(r"It dims in 1:(5[0-8]|[0-4]\d)")
"""What the torch says once a meeting has lasted for a second."""


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
    await cleo.is_told("Ben introduced Anna to you.")
    await anna.light_on()
    await expect(cleo.text("Introduced by Ben")).to_be_visible()

    await cleo.link("News, 1 unread").click()
    await expect(cleo.heading("News")).to_be_visible()
    await is_for_everyone(cleo, "the news")
    await cleo.button("Mark as read").click()
    await expect(cleo.heading("News")).to_be_focused()
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


async def test_whoever_has_met_people_lets_others_in(processes: Processes, visitors: Visitors) -> None:
    await processes.worker(QR_UNLOCK_AT="1", COMPLETION_S="1")
    node = await processes.node(QR_UNLOCK_AT="1", COMPLETION_S="1")
    strict = await processes.node(QR_UNLOCK_AT="1", COMPLETION_S="1", ACCESS="code")

    ben = await visitors.available("Ben", node.url)
    anna = await visitors.signed_up("Anna", node.url, permissions=["clipboard-read", "clipboard-write"])
    await anna.link("You").click()
    await anna.link("Invite code").click()
    await expect(anna.text("One more meeting of half a minute or longer")).to_be_visible()
    await is_for_everyone(anna, "a code that is locked")
    await anna.link("People").click()
    await anna.invite("Ben")
    await ben.accept("Anna")
    await anna.is_meeting("Ben")
    await expect(anna.text(LONG_ENOUGH)).to_be_visible()
    await anna.leave()
    await anna.is_told("Your own invite code is unlocked.")
    await anna.button("Back to the people").click()
    await anna.link("You").click()
    await anna.link("Invite code").click()
    await expect(anna.page.get_by_alt_text("Your invite code as a QR picture")).to_be_visible()
    await expect(anna.text("It can be used 4 more times.")).to_be_visible()
    await is_for_everyone(anna, "a code that is unlocked")
    await anna.button("Copy the code").click()
    code = await anna.page.evaluate("navigator.clipboard.readText()")
    link = await anna.page.get_by_label("Link", exact=True).input_value()

    # Let in by a code that is typed, after a wrong one.
    cleo = await visitors.signed_up("Cleo", strict.url, **PHONE)
    await expect(cleo.text("To meet people here you need an invite code.")).to_be_visible()
    await is_for_everyone(cleo, "looking around without a code")
    await cleo.link("I have a code").click()
    await cleo.page.get_by_label("Invite code").fill("AAAABBBBCCCCDDDD")
    await cleo.button("Use this code").click()
    await expect(cleo.text("There is no such code.")).to_be_visible()
    await cleo.page.get_by_label("Invite code").fill(f"{code[:8].lower()} {code[8:]}")
    await cleo.button("Use this code").click()
    await expect(cleo.heading("A code of your own")).to_be_visible()
    await cleo.link("People").click()
    await expect(cleo.heading("Who is up")).to_be_visible()
    await expect(cleo.text("To meet people here you need an invite code.")).to_be_hidden()
    await cleo.light_on()

    # Let in by the link, which carries the code into the sign-up.
    dora = await visitors.window(link.replace(node.url, strict.url))
    await expect(dora.page.get_by_label("Invite code")).to_have_value(code)
    await is_for_everyone(dora, "the door, with a code")
    await dora.sign_up("Dora")
    await dora.light_on()
    await anna.page.reload()
    await expect(anna.text("It can be used 2 more times.")).to_be_visible()


async def meet(caller: Visitor, name: str, callee: Visitor, callee_name: str) -> None:
    """Both are in a meeting that has begun."""
    await caller.invite(callee_name)
    await callee.accept(name)
    await caller.is_meeting(callee_name)
    await callee.is_meeting(name)


async def report(visitor: Visitor, name: str, why: str) -> None:
    """Fills in the report whose button has just been pressed."""
    await visitor.page.get_by_label("What happened?").fill(why)
    await visitor.button("Report and block").click()
    await visitor.is_told(f"Thank you. {name} is reported")


async def vindicate_everybody(node: Node) -> None:
    """An operator looks at whoever waits for it."""
    async with aiohttp.ClientSession(f"{node.url}/api/v1/admin/") as http:
        async with http.post("sessions", json={"username": OPERATOR["ADMIN_USERNAME"], "password": PASSWORD}) as login:
            http.headers["Authorization"] = f"Bearer {(await login.json())['token']}"
        async with http.get("bans") as bans:
            items = (await bans.json())["items"]
        assert items
        for ban in items:
            async with http.post(f"bans/{ban['user_id']}/review", json={"decision": "vindicated"}) as reviewed:
                assert reviewed.status == 200


async def test_whoever_is_reported_by_enough_people_is_shut_out(processes: Processes, visitors: Visitors) -> None:
    strict = {"REPORTS_TO_BAN": "2", **OPERATOR}
    await processes.worker(until_ready=True, **strict)
    node = await processes.node(until_ready=True, **strict)
    ben = await visitors.available("Ben", node.url)
    anna = await visitors.signed_up("Anna", node.url)
    carl = await visitors.signed_up("Carl", node.url, **PHONE)

    # In the middle of a meeting, which ends.
    await meet(anna, "Anna", ben, "Ben")
    await anna.button("About Ben").click()
    await is_for_everyone(anna, "the partner looked at closely")
    await anna.button("Report").click()
    await is_for_everyone(anna, "a report")
    await anna.button("Report and block").click()
    await expect(anna.text("Please say what happened.")).to_be_visible()
    await report(anna, "Ben", "He shouted")
    for each in (anna, ben):
        await expect(each.heading("The meeting is over")).to_be_visible()
        await each.button("Back to the people").click()
    await anna.link("You").click()
    await anna.link("Blocked").click()
    await expect(anna.text("Reported: this one stays")).to_be_visible()
    await expect(anna.button("Unblock Ben")).to_have_count(0)

    # After a meeting: the second one is one too many.
    await meet(carl, "Carl", ben, "Ben")
    await carl.leave()
    await is_for_everyone(carl, "the end, where one may report")
    await carl.button("Report").click()
    await report(carl, "Ben", "He shouted at me too")
    await expect(ben.heading("You cannot come in")).to_be_visible()
    await expect(ben.text("Reason: ")).to_be_visible()
    await is_for_everyone(ben, "banned")
    await ben.link("Who is banned for good").click()
    await expect(ben.heading("People who may not come in")).to_be_visible()
    await is_for_everyone(ben, "who is banned for good")
    await ben.link("Back").click()
    await ben.page.reload()
    await expect(ben.heading("You cannot come in")).to_be_visible()
    await expect(ben.text("Reason: ")).to_be_visible()

    # Found in the right, he comes back on the same device.
    await vindicate_everybody(node)
    await ben.button("Try again").click()
    await expect(ben.heading("Who is up")).to_be_visible()


async def test_whoever_is_blocked_is_not_seen_until_unblocked(node: Node, visitors: Visitors) -> None:
    ben = await visitors.available("Ben", node.url)
    anna = await visitors.signed_up("Anna", node.url)
    await anna.button("About Ben").click()
    await anna.button("Block").click()
    await is_for_everyone(anna, "before a block")
    await anna.page.get_by_role("dialog").get_by_role("button", name="Block").click()
    await anna.is_told("Ben is blocked.")
    await expect(anna.heading("It is quiet here")).to_be_visible()
    await anna.link("You").click()
    await anna.link("Blocked").click()
    await is_for_everyone(anna, "whom one has blocked")
    await anna.button("Unblock Ben").click()
    await anna.is_told("Ben is not blocked any more.")
    await expect(anna.heading("Blocked people")).to_be_focused()
    await expect(anna.text("You have blocked nobody.")).to_be_visible()
    await anna.link("People").click()
    await expect(anna.heading("Ben")).to_be_visible()
    await anna.button("About Ben").click()
    await anna.button("Close").click()
    await meet(anna, "Anna", ben, "Ben")
    await ben.button("About Anna").click()
    await ben.button("Block").click()
    await expect(ben.text("This meeting ends.")).to_be_visible()
    await ben.page.get_by_role("dialog").get_by_role("button", name="Block").click()
    await expect(anna.heading("The meeting is over")).to_be_visible()
