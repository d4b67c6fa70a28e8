"""The bench runs. What it measures is no test: machines differ, and are shared."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench import report
from bench.benchmarks import ALL
from bench.figures import Outcome, Shown, percentile

ROOT = Path(__file__).resolve().parents[2]


def test_a_bound_from_below_holds_at_the_size_it_is_meant_for() -> None:
    shown = Shown("rate", "/s", least=100, at=1)

    assert shown.is_reached([50, 100]) is True
    assert shown.is_reached([100, 99]) is False


def test_a_bound_from_above_holds_at_both_sizes() -> None:
    shown = Shown("p99", "ms", most=5)

    assert shown.is_reached([1, 5]) is True
    assert shown.is_reached([6, 1]) is False


def test_a_figure_without_a_bound_is_neither_reached_nor_missed() -> None:
    assert Shown("p50", "ms").is_reached([1, 2]) is None


def test_the_99th_percentile_leaves_one_of_a_hundred_out() -> None:
    assert percentile([*range(1, 201)], 0.99) == 199
    assert percentile([], 0.99) == 0


def test_sizes_are_ten_times_apart() -> None:
    assert all(larger == 10 * smaller for each in ALL for smaller, larger in (each.sizes, each.quick))


def test_the_page_says_what_was_missed(tmp_path: Path) -> None:
    chat = ALL[0]
    slow = [[dict.fromkeys((shown.name for shown in chat.shown), 10.0)]] * 2

    report.write([Outcome(chat, chat.sizes, slow)], "make bench", 1, "stores", tmp_path / "page.md")

    page = (tmp_path / "page.md").read_text()
    assert "| rate | 10/s | 10/s | ≥ 30,000/s | **no** |" in page
    assert "1 of them missed" in page


@pytest.mark.system
@pytest.mark.timeout(300)
def test_every_measurement_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert all(each.title in done.stdout for each in ALL)
