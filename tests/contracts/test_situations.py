"""Situations that must come out right (rules, section 11): each is told by a test whose docstring begins with its
number.

async def test_a_callee_drops(world: World) -> None:
    \"""Situation 3: callee drops while ringing: gone, no cooldown.\"""
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parent.parent
NUMBERED: Final = re.compile(r"Situation (\d+)\b")

SITUATIONS: Final = {
    1: "an idle user's tab closes: gone for others within 6 s",
    2: "caller drops while ringing: back within 5 s keeps the invite; later it is gone and accept fails invite_gone",
    3: "callee drops while ringing: gone, no cooldown",
    4: "tab closed between accept and entering: never_joined",
    5: "one drops in a room and is back in time: as it was, with what was missed",
    6: "the same member has a new socket and the old one times out later: nothing happens",
    7: "both drop",
    8: "one of two returns: still grace",
    9: "reload inside grace",
    10: "Wi-Fi to 5G without reload: the client library resumes by itself",
    11: "the waiting one leaves in grace",
    12: "grace expires exactly when the member returns: one winner",
    13: "phone asleep for minutes, then awake: presence and wish are right again",
    14: "node SIGKILLed with rooms",
    15: "node SIGKILLed with an invite ringing",
    16: "a dead node's ghosts gone in 12 s without a storm",
    17: "torch across restarts",
    18: "limits across a restart of everything",
    19: "PostgreSQL down for 60 s: known users reconnect, meet and chat; nothing acknowledged is lost",
    20: "Redis restarted empty: rooms come back from PostgreSQL into grace, nobody logs in again",
    21: "worker SIGKILLed in the middle of a batch: recorded exactly once",
    23: "A and B invite each other at once: one room",
    24: "two callers ring B: one accepted, the other busy",
    25: "second outgoing refused",
    26: "invite to a busy user refused",
    27: "double accept from two tabs on two nodes: one room",
    28: "accept crosses rescind, expiry or decline: one outcome, both sides hear the same",
    29: "accept when the caller has just entered another room",
    30: "accept or decline by a stranger",
    31: "both clocks hit zero and both leave: ended once, one history row each",
    38: "media failures: never connected in time; lost once connected, as both say",
    37: "the last use of a code redeemed by two at once",
    32: "new login during a room",
    36: "deleted in a room",
    33: "fourth report in the middle of a call",
    34: "report needs a started room of both within 24 h",
    35: "vindicated: only later reports count",
}
"""Those that are told so far. A situation that is built gets its line here, and its test."""

RACES: Final = {12, 23, 24, 27, 28, 29, 31, 37}
"""Run concurrently, hundreds of times, against two nodes."""


def told() -> Iterator[tuple[int, str]]:
    """Every test that tells a situation, as (number, place)."""
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for number in NUMBERED.findall(ast.get_docstring(node) or ""):
                    yield int(number), f"{path.relative_to(TESTS)}::{node.name}"


@pytest.mark.parametrize("number", SITUATIONS)
def test_every_situation_is_told(number: int) -> None:
    """Over real sockets, that is in journeys, faults or the browser; what scripts do alone is told besides."""
    places = [place for found, place in told() if found == number]
    assert [place for place in places if not place.startswith(("live/", "rules/"))], (
        f"no test tells situation {number}: {SITUATIONS[number]}"
    )


@pytest.mark.parametrize("number", sorted(RACES))
def test_every_race_is_run_over_sockets(number: int) -> None:
    """In the module that plays each some hundreds of times."""
    assert [place for found, place in told() if found == number and place.startswith("journeys/test_races.py")]


def test_no_test_tells_a_situation_that_is_not_listed() -> None:
    """A number that is wrong, or a line that is missing above."""
    assert {number for number, _ in told()} <= SITUATIONS.keys()


def test_which_test_tells_which_situation() -> None:
    """The list itself: `pytest tests/contracts/test_situations.py -s -k which`."""
    lines = [f"{number:>3}  {place}" for number, place in sorted(told())]
    assert len(lines) >= len(SITUATIONS)
    print("\n".join(["", *lines]))  # noqa: T201 - this is what it is for
