"""The figures, for the terminal and for docs/benchmarks.md."""

import datetime as dt
import importlib.metadata
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.figures import Outcome, Shown, spelled
from bench.stage import CORES, OTHER_CORE, REWRITE_AT, ROOT, SERVER_CORE

PAGE: Final = ROOT / "docs" / "benchmarks.md"
LIBRARIES: Final = ("aiohttp", "uvloop", "redis", "hiredis", "asyncpg", "arq", "msgspec")
LOAD_BEFORE: Final = os.getloadavg()[0]
PREFACE: Final = (
    "Each thing is measured at two sizes ten times apart: nothing in the path of one user may cost more when there are "
    "more users. Medians of {runs} runs, each on fresh stores, with the range of the runs in brackets. Timings vary on "
    "shared machines: compare within one run."
)
REACHED: Final = {None: "", True: "yes", False: "no"}


def show(console: Console, outcomes: Sequence[Outcome], *, is_quick: bool) -> None:
    """One table for all of them; what was measured quickly is compared with nothing."""
    table = Table("", "smaller", "larger", *(() if is_quick else ("at least", "reached")))
    for outcome in outcomes:
        sizes = [outcome.benchmark.size(size) for size in outcome.sizes]
        table.add_row(f"[bold]{outcome.benchmark.title}[/]", *sizes)
        for shown in outcome.benchmark.shown:
            target = () if is_quick else (shown.bound, REACHED[_is_reached(outcome, shown)])
            table.add_row(f"  {shown.name}", *_values(outcome, shown), *target)
        table.add_section()
    console.print(table)


def write(outcomes: Sequence[Outcome], command: str, minutes: float, stores: str, path: Path = PAGE) -> None:
    """The page of the last full run."""
    path.write_text(
        "\n".join([*_preface(outcomes, command, minutes, stores), *_chapters(outcomes)]) + "\n", encoding="utf-8"
    )


def _preface(outcomes: Sequence[Outcome], command: str, minutes: float, stores: str) -> list[str]:
    bounds = [_is_reached(outcome, shown) for outcome in outcomes for shown in outcome.benchmark.shown]
    missed = bounds.count(False)
    told = "all of them are reached" if not missed else f"{missed} of them missed, marked **no**"
    runs = max(len(per_size) for outcome in outcomes for per_size in outcome.runs)
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    facts = [
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, {minutes:.0f} min, load average before it {LOAD_BEFORE:.1f}",
        _machine(),
        _placement(),
        f"Python {platform.python_version()}, {stores}; {libraries}",
        f"commit {_commit()}",
        f"PostgreSQL with fsync; Redis with `appendonly yes`, `appendfsync always`, its file rewritten at {REWRITE_AT}",
        "every rule evaluated, limits set out of reach",
    ]
    return [
        "# Benchmarks",
        "",
        f"Written by `{command}`; do not edit.",
        "",
        PREFACE.format(runs=runs),
        "",
        *(f"- {fact}" for fact in facts),
        "",
        f"{len(bounds) - bounds.count(None)} figures have a target; {told}.",
    ]


def _chapters(outcomes: Sequence[Outcome]) -> list[str]:
    lines = []
    for outcome in outcomes:
        benchmark = outcome.benchmark
        small, large = (benchmark.size(size) for size in outcome.sizes)
        lines += [
            "",
            f"## {benchmark.title}",
            "",
            f"`make bench ARGS={benchmark.name}`. {benchmark.remark}".rstrip(),
            "",
        ]
        lines += [f"| | {small} | {large} | at least | reached |", "|---|---|---|---|---|"]
        for shown in benchmark.shown:
            reached = REACHED[_is_reached(outcome, shown)].replace("no", "**no**")
            values = " | ".join(_values(outcome, shown))
            lines.append(f"| {shown.name} | {values} | {shown.bound} | {reached} |")
    return lines


def _values(outcome: Outcome, shown: Shown) -> list[str]:
    found = []
    for at in range(2):
        low, high = outcome.spread(shown, at)
        text = spelled(outcome.value(shown, at), shown.unit)
        if len(outcome.runs[at]) > 1:
            text += f" ({spelled(low, '').strip()} to {spelled(high, '').strip()})"
        found.append(text)
    return found


def _is_reached(outcome: Outcome, shown: Shown) -> bool | None:
    return shown.is_reached([outcome.value(shown, at) for at in range(2)])


def _machine() -> str:
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{model[1] if model else platform.machine()}, {len(CORES)} cores, {memory:.0f} GB, Linux {platform.release()}"
    )


def _placement() -> str:
    if SERVER_CORE == OTHER_CORE:
        return "one core for everything: the figures are lower than a node's own"
    return f"nodes and workers on core {SERVER_CORE}; generator, Redis and PostgreSQL together on core {OTHER_CORE}"


def _commit() -> str:
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
