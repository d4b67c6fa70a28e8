"""What a measurement answers, and how several of them become one figure."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.stage import Stage

Figures = Mapping[str, float]
"""Name -> value in its own unit."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the table. `least` or `most` is the bound to reach (performance targets); neither: just told.

    `at` names the size the bound is meant for: 0 the smaller, 1 the larger, None both.
    """

    name: str
    unit: str
    least: float | None = None
    most: float | None = None
    at: int | None = None

    @property
    def bound(self) -> str:
        """The target in words; empty where there is none."""
        if self.least is not None:
            return f"≥ {spelled(self.least, self.unit)}"
        if self.most is not None:
            return f"≤ {spelled(self.most, self.unit)}"
        return ""

    def is_reached(self, values: Sequence[float]) -> bool | None:
        """Whether the values at the sizes keep the bound; None where there is none."""
        if self.least is None and self.most is None:
            return None
        held = values if self.at is None else [values[self.at]]
        if self.least is not None:
            return all(value >= self.least for value in held)
        return self.most is None or all(value <= self.most for value in held)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One measurement: what it is called, what it shows, how it is made.

    `measure(stage, size, seconds)` answers its figures; `seconds` is how long a steady state is looked at.
    """

    name: str
    title: str
    unit: str
    sizes: tuple[int, int]
    quick: tuple[int, int]
    shown: Sequence[Shown]
    measure: "Callable[[Stage, int, float], Awaitable[Figures]]"
    remark: str = ""

    def size(self, number: int) -> str:
        """A size in words: `50 rooms`."""
        return f"{number:,} {self.unit}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A benchmark after all its runs: one value per line and size."""

    benchmark: Benchmark
    sizes: tuple[int, int]
    runs: Sequence[Sequence[Figures]]
    """Per size, every run."""

    def value(self, shown: Shown, at: int) -> float:
        """The median over the runs."""
        return median(run[shown.name] for run in self.runs[at])

    def spread(self, shown: Shown, at: int) -> tuple[float, float]:
        """The lowest and the highest of the runs."""
        values = [run[shown.name] for run in self.runs[at]]
        return min(values), max(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of `values` do not exceed; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spelled(value: float, unit: str) -> str:
    """A number as a person reads it: `31,400/s`, `3.2 ms`, `87 %`."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}{unit}" if unit.startswith("/") else f"{text} {unit}"
