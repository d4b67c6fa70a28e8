"""`python -m bench [name...] [--quick]` measures and prints a table; a whole run writes docs/benchmarks.md, too."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

import uvloop
from rich.console import Console

from bench import report
from bench.benchmarks import ALL
from bench.figures import Benchmark, Figures, Outcome
from bench.stage import ROOT, Stage
from core import logs

RUNS = 3
SECONDS = 5.0
QUICK_SECONDS = 0.3
LONGEST_S = 300.0
WIDTH = 140


def main() -> int:
    """The exit status."""
    names = [benchmark.name for benchmark in ALL]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"what to measure: {', '.join(names)} (all)")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, once: shows that it runs, measures nothing")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"runs per size ({RUNS})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"length of a steady state ({SECONDS:g})")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(names):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    logs.configure("console", "warning")
    wanted = [benchmark for benchmark in ALL if not chosen.names or benchmark.name in chosen.names]
    console, begun = Console(stderr=True), time.monotonic()
    if chosen.quick:
        outcomes, stores = uvloop.run(measure_all(wanted, 1, QUICK_SECONDS, console, is_quick=True))
    else:
        outcomes, stores = uvloop.run(measure_all(wanted, chosen.runs, chosen.seconds, console, is_quick=False))
    report.show(_wide(Console()), outcomes, is_quick=chosen.quick)
    if not chosen.quick and not chosen.names:
        report.write(outcomes, "make bench", (time.monotonic() - begun) / 60, stores)
        console.print(f"written to {report.PAGE.relative_to(ROOT)}")
    return 0


async def measure_all(
    wanted: Sequence[Benchmark], runs: int, seconds: float, console: Console, *, is_quick: bool
) -> tuple[list[Outcome], str]:
    """Each size of each, `runs` times, on fresh stores; and what the stores were."""
    outcomes = []
    async with Stage.open() as stage:
        for benchmark in wanted:
            sizes = benchmark.quick if is_quick else benchmark.sizes
            found: list[list[Figures]] = []
            for size in sizes:
                console.print(f"{benchmark.name}: {benchmark.size(size)}")
                found.append([])
                for _ in range(runs):
                    async with stage.emptied(), asyncio.timeout(LONGEST_S):
                        found[-1].append(await benchmark.measure(stage, size, seconds))
            outcomes.append(Outcome(benchmark, sizes, found))
        return outcomes, stage.stores


def _wide(console: Console) -> Console:
    """A log has no width of its own."""
    if not console.is_terminal:
        console.width = WIDTH
    return console


if __name__ == "__main__":
    sys.exit(main())
