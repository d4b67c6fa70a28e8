"""A browser for these tests: Debian's Chromium, driven by playwright.

`browser`     one Chromium for the whole run
`visitors`    opens people's windows; what a page complains of fails the test
`lib_page`    an empty page that can import web/client/lib and the modules beside this file
"""

import os
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from tests.browser.driver import Browser, Page, Route
    from tests.browser.visitors import Visitors

# `make test` collects this folder too, deselects it, and has no playwright.
collect_ignore_glob: Final = [] if find_spec("playwright") else ["test_*.py"]

CHROMIUM: Final = os.environ.get("CHROMIUM_BIN", "/usr/bin/chromium")
CLIENT: Final = Path(__file__).parents[2] / "web" / "client"
LIB_TESTS: Final = Path(__file__).parent / "lib"
LIB_ORIGIN: Final = "http://cresset.test"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator["Browser"]:
    """One Chromium; contexts keep people apart."""
    from tests.browser.driver import async_playwright  # noqa: PLC0415 - not installed where these tests are not run

    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        yield chromium
        await chromium.close()


@pytest.fixture
async def visitors(browser: "Browser") -> AsyncIterator["Visitors"]:
    """Opens people's windows: `anna = await visitors.window(url)`."""
    from tests.browser.visitors import Visitors  # noqa: PLC0415 - as above

    opened = Visitors(browser)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def library(browser: "Browser") -> AsyncIterator["Page"]:
    """A window that finds /client/... and /lib/... on the disk instead of asking a server."""
    page = await browser.new_page()

    async def serve(route: "Route") -> None:
        path = route.request.url.removeprefix(LIB_ORIGIN)
        if path == "/":
            await route.fulfill(content_type="text/html", body="<!doctype html><title>lib</title>")
        elif path.startswith("/client/"):
            await route.fulfill(path=CLIENT / path.removeprefix("/client/"))
        else:
            await route.fulfill(path=LIB_TESTS / path.removeprefix("/lib/"))

    await page.route(f"{LIB_ORIGIN}/**", serve)
    yield page
    await page.close()


@pytest.fixture
async def lib_page(library: "Page") -> "Page":
    """That window, with nothing loaded in it."""
    await library.goto(f"{LIB_ORIGIN}/")
    return library
