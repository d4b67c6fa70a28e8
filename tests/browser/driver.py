"""The one place that names playwright: it is there where these tests run, and not where only types are checked."""
# mypy: disable-error-code="import-not-found"

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FilePayload,
    Locator,
    Page,
    Route,
    async_playwright,
    expect,
)

__all__ = [
    "Browser",
    "BrowserContext",
    "ConsoleMessage",
    "FilePayload",
    "Locator",
    "Page",
    "Route",
    "async_playwright",
    "expect",
]
