"""The whole way of two people through two nodes, one of which dies under them."""

import pytest

from tests.browser.balancer import Balancer
from tests.browser.driver import expect
from tests.browser.visitors import Visitors
from tests.processes import Processes


@pytest.mark.parametrize("together", [False, True], ids=["on_two_nodes", "both_on_the_node_that_dies"])
async def test_they_meet_lose_their_node_and_go_on(processes: Processes, visitors: Visitors, *, together: bool) -> None:
    mortal, other = await processes.nodes(2)
    await processes.worker()
    there, back = [mortal.url, other.url], [other.url, mortal.url]
    async with Balancer(there) as first, Balancer(there if together else back) as second:
        ben = await visitors.available("Ben", second.url)
        anna = await visitors.window(first.url, reduced_motion="no-preference")
        await anna.sign_up("Anna", "a woman")
        await anna.invite("Ben")
        await ben.accept("Anna")
        await anna.is_meeting("Ben")
        await ben.is_meeting("Anna")
        assert await anna.flame() == "lit"

        await anna.say("Hello Ben")
        await ben.hears("Hello Ben")
        await ben.say("Hello Anna")
        await anna.hears("Hello Anna")
        await anna.is_delivered("Hello Ben")

        await mortal.kill()
        await anna.say("Did you notice anything?")
        await ben.say("What should I have noticed?")
        await ben.hears("Did you notice anything?")
        await anna.hears("What should I have noticed?")
        for each in (anna, ben):
            await expect(each.page.locator(".banner")).to_be_hidden()
            await expect(each.heading("The torch burns")).to_be_visible()
        assert await anna.lines() == await ben.lines()
        assert (await anna.lines())[:2] == ["Hello Ben", "Hello Anna"]

        await ben.leave()
        await expect(ben.text("You left.")).to_be_visible()
        await expect(anna.text("Ben left.")).to_be_visible()
        said = await anna.lines()

        await anna.link("Read it again").click()
        await expect(anna.log.locator(".bubble")).to_have_text(said)
        await anna.link("All meetings").click()
        await expect(anna.link("Ben")).to_contain_text("Chat")
        await expect(anna.link("Ben")).to_contain_text("4 messages")
        await anna.link("People").click()
        await expect(anna.heading("Who is up")).to_be_visible()
        await ben.button("Back to the people").click()
        await expect(ben.page.get_by_role("switch")).to_be_checked()
