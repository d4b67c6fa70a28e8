"""What may happen to one's window: reloads, more tabs, lost networks, and words that try to be markup."""

import re

import aiohttp
import pytest

from tests.browser.balancer import Balancer
from tests.browser.conftest import CLIENT
from tests.browser.driver import expect
from tests.browser.visitors import Visitor, Visitors
from tests.processes import Node, Processes


@pytest.fixture
async def node(processes: Processes) -> Node:
    """A node of its own, patient with tabs."""
    return await processes.node()


async def two_in_a_room(visitors: Visitors, here: str, there: str) -> tuple[Visitor, Visitor]:
    """Anna and Ben, talking."""
    ben = await visitors.available("Ben", there)
    anna = await visitors.signed_up("Anna", here)
    await anna.invite("Ben")
    await ben.accept("Anna")
    for each, other in ((anna, "Ben"), (ben, "Anna")):
        await each.is_meeting(other)
    await anna.say("Hello")
    await ben.hears("Hello")
    return anna, ben


async def test_a_lost_network_is_survived_and_what_was_written_meanwhile_arrives(
    node: Node, visitors: Visitors
) -> None:
    async with Balancer([node.url]) as way:
        anna, ben = await two_in_a_room(visitors, way.url, node.url)
        way.cut()
        await expect(anna.text("Reconnecting. Your seat is kept")).to_be_visible()
        await expect(anna.page.locator("#urgent")).to_contain_text("Reconnecting.")
        await expect(ben.text("Anna lost the connection. The seat is kept")).to_be_visible()
        await expect(ben.heading("The torch waits")).to_be_visible()
        assert await ben.flame() == "frozen"
        await anna.say("Written in the dark")
        await expect(anna.text("Sending …")).to_be_visible()
        await ben.say("Are you there?")
        way.mend()
        await ben.hears("Written in the dark")
        await anna.hears("Are you there?")
        await anna.is_delivered("Written in the dark")
        for each in (anna, ben):
            await expect(each.heading("The torch burns")).to_be_visible()
        assert await anna.lines() == await ben.lines()


async def test_a_network_that_stays_away_ends_the_meeting_for_both(processes: Processes, visitors: Visitors) -> None:
    node = await processes.node(GRACE_S="2", HOLD_S="0")
    async with Balancer([node.url]) as way:
        anna, ben = await two_in_a_room(visitors, way.url, node.url)
        await ben.say("The last word")
        await anna.hears("The last word")
        way.cut()
        await ben.say("Nobody hears this yet")
        await expect(ben.text("A connection did not come back in time.")).to_be_visible()
        way.mend()
        await expect(anna.text("A connection did not come back in time.")).to_be_visible()
        await anna.hears("Nobody hears this yet")


async def test_a_reload_comes_back_into_the_room(node: Node, visitors: Visitors) -> None:
    anna, ben = await two_in_a_room(visitors, node.url, node.url)
    await anna.page.reload()
    await anna.is_meeting("Ben")
    assert await anna.lines() == ["Hello"]
    await ben.say("Welcome back")
    await anna.hears("Welcome back")


async def test_what_was_not_yet_sent_survives_a_reload(node: Node, visitors: Visitors) -> None:
    async with Balancer([node.url]) as way:
        anna, ben = await two_in_a_room(visitors, way.url, node.url)
        way.cut()
        await anna.say("Only on this device")
        await expect(anna.text("Sending …")).to_be_visible()
        way.mend()
        await anna.page.reload()
        await ben.hears("Only on this device")
        await anna.is_meeting("Ben")
        assert await anna.lines() == ["Hello", "Only on this device"]


async def test_another_tab_stands_by_until_asked_to_take_over(node: Node, visitors: Visitors) -> None:
    anna, ben = await two_in_a_room(visitors, node.url, node.url)
    second = await visitors.tab(anna, node.url)
    await expect(second.text("Your meeting with Ben is going on in another tab.")).to_be_visible()
    await anna.say("Still here")
    await ben.hears("Still here")
    await second.button("Continue here").click()
    await second.is_meeting("Ben")
    await expect(anna.text("Your meeting with Ben is going on in another tab.")).to_be_visible()
    await second.say("From the other tab")
    await ben.hears("From the other tab")
    await second.leave()
    await expect(anna.button("Continue here")).to_be_hidden()


async def test_a_ring_answered_in_one_tab_is_over_in_the_other(node: Node, visitors: Visitors) -> None:
    anna = await visitors.available("Anna", node.url)
    second = await visitors.tab(anna, node.url)
    await expect(second.heading("Who is up")).to_be_visible()
    ben = await visitors.signed_up("Ben", node.url)
    await ben.invite("Anna")
    await expect(second.heading("Ben invites you")).to_be_visible()
    await anna.accept("Ben")
    await anna.is_meeting("Ben")
    await expect(second.heading("Ben invites you")).to_be_hidden()
    await expect(second.button("Continue here")).to_be_visible()


@pytest.mark.parametrize(
    ("answer", "words"),
    [("Decline: Anna", "Ben cannot right now."), ("", "Ben did not answer.")],
    ids=["declined", "unanswered"],
)
async def test_the_caller_hears_what_became_of_it(
    processes: Processes, visitors: Visitors, answer: str, words: str
) -> None:
    node = await processes.node(INVITE_TTL_S="4", HOLD_S="0")
    ben = await visitors.available("Ben", node.url)
    anna = await visitors.signed_up("Anna", node.url)
    await anna.invite("Ben")
    await expect(ben.heading("Anna invites you")).to_be_visible()
    if answer:
        await ben.button(answer).click()
    await expect(anna.text(words)).to_be_visible()
    for each in (anna, ben):
        await expect(each.page.get_by_role("dialog")).to_be_hidden()


async def test_a_call_taken_back_stops_ringing(node: Node, visitors: Visitors) -> None:
    ben = await visitors.available("Ben", node.url)
    anna = await visitors.signed_up("Anna", node.url)
    await anna.invite("Ben")
    await expect(ben.heading("Anna invites you")).to_be_visible()
    await anna.button("Take it back").click()
    await expect(ben.page.get_by_role("dialog")).to_be_hidden()
    await expect(ben.text("Anna took the invitation back.")).to_be_visible()


async def test_the_torch_dims_is_fed_and_goes_out(processes: Processes, visitors: Visitors) -> None:
    node = await processes.node(TORCH_DIM_S="6", TORCH_OUT_S="5")
    anna, ben = await two_in_a_room(visitors, node.url, node.url)
    await expect(anna.heading("The torch is dimming")).to_be_visible()
    assert await anna.flame() == "dimming"
    for each in (anna, ben):
        await each.say("Keep it up")
    await expect(anna.heading("The torch burns")).to_be_visible()
    assert await anna.flame() == "lit"
    await expect(ben.text("The torch went out.")).to_be_visible(timeout=30_000)
    assert await ben.flame() == "out"


async def test_a_video_room_shows_its_clock_and_says_what_is_missing(node: Node, visitors: Visitors) -> None:
    ben = await visitors.available("Ben", node.url)
    anna = await visitors.signed_up("Anna", node.url)
    await anna.button("Invite Ben to a video call").click()
    await anna.page.get_by_label("How long would you like?").fill("120")
    await anna.page.get_by_role("dialog").get_by_role("button", name="Invite").click()
    await expect(ben.text("Video call, 2 min · together 3 min 30 s")).to_be_visible()
    await ben.page.get_by_label("Your wish").fill("60")
    await expect(ben.text("together 1 min 30 s")).to_be_visible()
    await ben.button("Accept: Anna").click()
    for each in (anna, ben):
        await expect(each.heading(re.compile(r"^1:[0-3]\d$"))).to_be_visible()
        await expect(each.text("does not carry pictures and sound yet")).to_be_visible()
    await anna.say("We can still write")
    await ben.hears("We can still write")


async def test_one_window_too_many_closes_the_oldest_which_may_come_back(
    processes: Processes, visitors: Visitors
) -> None:
    node = await processes.node(CONNECTIONS_PER_USER="1")
    anna = await visitors.signed_up("Anna", node.url)
    second = await visitors.tab(anna, node.url)
    await expect(second.heading("Who is up")).to_be_visible()
    await expect(anna.heading("Too many windows")).to_be_visible()
    await anna.button("Use this one").click()
    await expect(anna.heading("Who is up")).to_be_visible()
    await expect(second.heading("Too many windows")).to_be_visible()


async def test_signing_out_is_felt_in_every_tab(node: Node, visitors: Visitors) -> None:
    anna = await visitors.signed_up("Anna", node.url)
    second = await visitors.tab(anna, node.url)
    await expect(second.heading("Who is up")).to_be_visible()
    await anna.button("Sign out").click()
    for each in (anna, second):
        await expect(each.heading("Come in as a guest")).to_be_visible()


async def test_words_never_become_markup(node: Node, visitors: Visitors) -> None:
    name = "<b onclick=alert(1)>Anna</b>"
    text = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    ben = await visitors.available("Ben", node.url)
    anna = await visitors.window(node.url)
    for each in (anna, ben):
        each.page.on("dialog", lambda dialog: pytest.fail(f"ran: {dialog.message}"))
    await anna.sign_up(name)
    await anna.invite("Ben")
    await ben.accept(name)
    await ben.is_meeting(name)
    await anna.is_meeting("Ben")
    await anna.say(text)
    await ben.hears(text)
    assert await ben.log.locator("img, script, b").count() == 0


async def test_every_file_of_the_client_is_sent_with_a_policy_and_its_true_type(node: Node, visitors: Visitors) -> None:
    types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    files = {
        f"/client/{file.relative_to(CLIENT)}": types[file.suffix]
        for file in CLIENT.rglob("*.*")
        if file.suffix in types
    }
    async with aiohttp.ClientSession(node.url) as http:
        for path, its_type in (files | {"/": "text/html"}).items():
            async with http.get(path) as answer:
                assert (answer.status, answer.content_type) == (200, its_type), path
                assert answer.headers["X-Content-Type-Options"] == "nosniff", path
                if its_type == "text/html":
                    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    window = await visitors.window(node.url)
    blocked = await window.page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective));
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.head.append(script);
        })"""
    )
    assert blocked.startswith("script-src")
    assert await window.page.evaluate("() => window.ran") is None
    assert any("Content Security Policy" in line for line in window.complaints)
    window.complaints.clear()  # the one that was meant
