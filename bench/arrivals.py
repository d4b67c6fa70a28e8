"""People come and stay: connects with hello, what a connection costs in memory, and what it costs to stay."""

import asyncio
import time
from typing import Final

from bench.crowd import each, welcomed
from bench.figures import Benchmark, Figures, Shown, percentile
from bench.people import Person, people, sign_up
from bench.stage import Process, Stage
from bench.wire import Wire

AT_ONCE: Final = 64
REST_S: Final = 2.0
"""Before idleness is looked at: what arriving left behind is done."""


async def measure(stage: Stage, size: int, seconds: float) -> Figures:
    """`size` people whom the lobby knows connect to one node, 64 at a time, and then say nothing."""
    everyone = people(size)
    await sign_up(stage.database_url, everyone)
    node = await stage.node()
    memory = node.memory_kb()
    taken: list[float] = []
    begun, busy = time.perf_counter(), node.cpu_s()
    wires = await each((_arrive(node, person, taken) for person in everyone), AT_ONCE)
    lasted, busy = time.perf_counter() - begun, node.cpu_s() - busy
    await asyncio.sleep(REST_S)
    memory = node.memory_kb() - memory
    idle = node.cpu_s()
    await asyncio.sleep(2 * seconds)
    idle = node.cpu_s() - idle
    gone = sum(not wire.is_open for wire in wires)
    for wire in wires:
        wire.close()
    if gone:
        raise RuntimeError(f"{gone} of {size} connections were lost")
    return {
        "welcomed": size / lasted,
        "p50": percentile(taken, 0.5) * 1000,
        "p99": percentile(taken, 0.99) * 1000,
        "node busy": 100 * busy / lasted,
        "memory each": memory / size,
        "node idle": 100 * idle / (2 * seconds),
    }


async def _arrive(node: Process, person: Person, taken: list[float]) -> Wire:
    begun = time.perf_counter()
    wire = await welcomed(node, person)
    taken.append(time.perf_counter() - begun)
    return wire


BENCHMARK = Benchmark(
    name="arrivals",
    title="Connects with hello; then idle",
    unit="connections",
    sizes=(1_000, 10_000),
    quick=(30, 300),
    shown=(
        Shown("welcomed", "/s", least=1_000),
        Shown("p50", "ms"),
        Shown("p99", "ms"),
        Shown("node busy", "%"),
        Shown("memory each", "KB", most=25, at=1),
        Shown("node idle", "% of a core", most=5, at=1),
    ),
    measure=measure,
    remark="Sessions are known to the lobby. `memory each` is resident memory of the node, after minus before.",
)
