"""People in front of the page: what they do, and what they see.

A visitor acts as a person would, by names and labels; nothing here knows an id or a class of the page except where a
thing has no words (the flame).
"""

import re
from typing import Any, Final, Literal, cast

from tests.browser.driver import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

SEES_S: Final = 15.0
"""How long something may take to be seen: far longer than it should."""
NETWORK: Final = re.compile(r"WebSocket connection to|Failed to load resource|net::ERR_")

PHONE: Final[dict[str, Any]] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}}

expect.set_options(timeout=SEES_S * 1000)


class Visitor:
    """One window. `page` is playwright's, for what has no verb here."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._overhear)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _overhear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button by what it says."""
        return self.page.get_by_role("button", name=name)

    def link(self, name: str) -> Locator:
        """A link by what it says."""
        return self.page.get_by_role("link", name=name)

    def heading(self, name: str | re.Pattern[str]) -> Locator:
        """A heading by what it says."""
        return self.page.get_by_role("heading", name=name)

    def text(self, text: str | re.Pattern[str]) -> Locator:
        """Something to be seen anywhere; what is only announced does not count."""
        return self.page.locator("#app").get_by_text(text)

    # -- coming in

    async def sign_up(self, name: str, gender: str = "rather not saying") -> None:
        """Comes in as a guest and stands among the people."""
        await self.page.get_by_label("Your name").fill(name)
        await self.page.get_by_label(gender).check()
        await self.button("Come in").click()
        await expect(self.heading("Who is up")).to_be_visible()

    async def light_on(self) -> None:
        """Wishes to meet."""
        switch = self.page.get_by_role("switch", name="Let people find me")
        await switch.click()
        await expect(switch).to_be_checked()

    # -- meeting

    async def invite(self, name: str) -> None:
        """Invites somebody on the list to a chat."""
        await self.button(f"Invite {name} to a chat").click()
        await expect(self.heading(f"Calling {name}")).to_be_visible()

    async def accept(self, name: str) -> None:
        """Accepts somebody's ring."""
        await expect(self.heading(f"{name} invites you")).to_be_visible()
        await self.button(f"Accept: {name}").click()

    async def is_meeting(self, name: str) -> None:
        """Is in the room with somebody, and it has begun."""
        await expect(self.page.get_by_role("heading", name=name, level=1)).to_be_visible()
        await expect(self.heading("The torch burns")).to_be_visible()

    async def say(self, text: str) -> None:
        """Writes and sends."""
        field = self.page.get_by_label("Message")
        await field.fill(text)
        await field.press("Enter")

    async def hears(self, text: str) -> None:
        """Sees that message in the conversation."""
        await expect(self.log.get_by_text(text, exact=True)).to_be_visible()

    async def is_delivered(self, text: str) -> None:
        """Sees that his message was acknowledged: it is no longer on its way."""
        await expect(self.log.locator("li", has_text=text)).to_have_attribute("data-state", "sent")

    @property
    def log(self) -> Locator:
        """The conversation."""
        return self.page.get_by_role("log")

    async def lines(self) -> list[str]:
        """Everything said so far, in order."""
        return [line.strip() for line in await self.log.locator(".bubble").all_inner_texts()]

    async def leave(self) -> None:
        """Ends the meeting, and says so twice."""
        await self.button("Leave").click()
        await self.page.get_by_role("dialog").get_by_role("button", name="Leave").click()
        await expect(self.heading("The meeting is over")).to_be_visible()

    async def is_told(self, words: str) -> None:
        """Sees a short word at the edge of the screen."""
        await expect(self.page.locator(".toast", has_text=words)).to_be_visible()

    # -- looking closer

    async def flame(self) -> str | None:
        """How the fire of the room is shown."""
        state: str | None = await self.page.locator(".hearth .flame").get_attribute("data-state")
        return state

    async def focus(self) -> str:
        """What the keyboard would act on, by its words."""
        return cast(
            "str",
            await self.page.evaluate(
                """() => {
                    const it = document.activeElement;
                    if (!it || it === document.body) return '';
                    const words = it.getAttribute('aria-label') || it.labels?.[0]?.textContent || it.textContent;
                    return (words || it.tagName).trim();
                }"""
            ),
        )

    async def tab_to(self, name: str, limit: int = 40) -> None:
        """Presses Tab until the focus is on what is called `name`."""
        seen = []
        for _ in range(limit):
            await self.page.keyboard.press("Tab")
            seen.append(await self.focus())
            if seen[-1] == name:
                return
        raise AssertionError(f"Tab never came to {name!r}; it went {seen}")


class Visitors:
    """Opens windows and listens to what their pages complain about."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.all: list[Visitor] = []

    async def window(
        self,
        url: str,
        *,
        reduced_motion: Literal["reduce", "no-preference"] = "reduce",
        **context: Any,
    ) -> Visitor:
        """A person of his own, at the door. Still pages are quicker; where motion matters, ask for it."""
        opened = await self._browser.new_context(reduced_motion=reduced_motion, **(DESKTOP | context))
        self._contexts.append(opened)
        return await self.tab(opened, url)

    async def signed_up(self, name: str, url: str, **context: Any) -> Visitor:
        """A person who has come in."""
        visitor = await self.window(url, **context)
        await visitor.sign_up(name)
        return visitor

    async def available(self, name: str, url: str, **context: Any) -> Visitor:
        """A person who has come in and wishes to meet: first on the list of whoever comes next."""
        visitor = await self.signed_up(name, url, **context)
        await visitor.light_on()
        return visitor

    async def tab(self, of: "BrowserContext | Visitor", url: str) -> Visitor:
        """One more tab of the same person."""
        context = of.page.context if isinstance(of, Visitor) else of
        visitor = Visitor(await context.new_page())
        self.all.append(visitor)
        await visitor.page.goto(url)
        return visitor

    async def close(self) -> None:
        """Fails when a page complained: an error, a warning, a broken content security policy. Lost links are life."""
        for context in self._contexts:
            await context.close()
        complaints = [line for visitor in self.all for line in visitor.complaints if not NETWORK.search(line)]
        assert not complaints, "\n".join(complaints)
