"""Everything that is measured, in the order of the table."""

from typing import Final

from bench import arrivals, browse, chat, meetings, recorder, rehydrate, resume, signalling, sweep
from bench.figures import Benchmark

ALL: Final[tuple[Benchmark, ...]] = (
    chat.ONE_NODE,
    chat.TWO_NODES,
    signalling.BENCHMARK,
    recorder.DRAIN,
    recorder.LAG,
    arrivals.BENCHMARK,
    meetings.BENCHMARK,
    browse.BENCHMARK,
    sweep.IDLE,
    sweep.DUE,
    rehydrate.BENCHMARK,
    resume.BENCHMARK,
)
