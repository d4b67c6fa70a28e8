"""The client library without pages: connection, room, session, each test of lib/*.test.js in the browser itself."""

import re
from pathlib import Path

import pytest

from tests.browser.driver import Page

LIB = Path(__file__).parent / "lib"
TESTS = [
    pytest.param(module.name, name, id=f"{module.name.removesuffix('.test.js')}: {name}")
    for module in sorted(LIB.glob("*.test.js"))
    for name in re.findall(r"^test\('([^']+)'", module.read_text(), re.MULTILINE)
]


@pytest.mark.parametrize(("module", "name"), TESTS)
async def test_lib(lib_page: Page, module: str, name: str) -> None:
    await lib_page.evaluate(
        """async ([module, name]) => {
            await import(`/lib/${module}`);
            const { run } = await import('/lib/harness.js');
            await run(name);
        }""",
        [module, name],
    )
