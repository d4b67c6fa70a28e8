"""Whether a screen can be read, heard and acted on by everyone."""

from pathlib import Path
from typing import Final, cast

from tests.browser.visitors import Visitor

AUDIT: Final = (Path(__file__).parent / "lib" / "audit.js").read_text().replace("export function", "function")


async def settled(visitor: Visitor) -> None:
    """Waits until what moves only once has come to rest."""
    await visitor.page.evaluate(
        """() => Promise.all(document.getAnimations()
            .filter((each) => each.effect.getComputedTiming().iterations !== Infinity)
            .map((each) => each.finished.catch(() => {})))"""
    )


async def is_for_everyone(visitor: Visitor, screen: str) -> None:
    """The audit finds nothing."""
    await settled(visitor)
    faults = cast("list[str]", await visitor.page.evaluate(f"() => {{ {AUDIT}; return audit() }}"))
    assert not faults, f"{screen}:\n" + "\n".join(faults)
