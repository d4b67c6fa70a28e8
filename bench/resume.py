"""A node is killed; its people come back at the other one, each into the room that goes on."""

import asyncio
import time
from typing import Final

from bench.crowd import Couple, couples
from bench.figures import Benchmark, Figures, Shown, percentile
from bench.people import Person
from bench.stage import Process, Stage
from bench.wire import Gone, Wire

AGAIN_S: Final = 0.1
WAIT_S: Final = 30.0


async def measure(stage: Stage, size: int, _seconds: float) -> Figures:
    """`size` rooms with one member at each of two nodes; the first is killed, its `size` people come all at once."""
    nodes = []

    async def start() -> list[Process]:
        nodes.extend([await stage.node(), await stage.node()])
        return nodes

    everyone = await couples(stage, start, size, "text")
    nodes[0].kill()
    begun = time.perf_counter()
    async with asyncio.timeout(WAIT_S):
        back = await asyncio.gather(*(_come_back(nodes[1], couple, couple.people[0], begun) for couple in everyone))
    return {"p50": percentile(back, 0.5), "p99": percentile(back, 0.99), "all back": max(back)}


async def _come_back(node: Process, couple: Couple, person: Person, begun: float) -> float:
    """Tries until it is back in its room; returns how long that took since the kill."""
    while True:
        wire = None
        try:
            wire = await Wire.open(node)
            welcome = await wire.hello(person.token, room={"room_id": couple.room_id, "last_seq": 0})
        except (Gone, OSError):
            if wire:
                wire.close()
            await asyncio.sleep(AGAIN_S)
            continue
        room = welcome["room"]
        if room is None or room["bound_elsewhere"]:
            raise RuntimeError(f"not back in the room: {welcome}")
        return time.perf_counter() - begun


BENCHMARK = Benchmark(
    name="resume",
    title="Resume after the SIGKILL of one of two nodes",
    unit="rooms",
    sizes=(100, 1_000),
    quick=(5, 50),
    shown=(Shown("p50", "s"), Shown("p99", "s", most=3), Shown("all back", "s")),
    measure=measure,
    remark="From the kill to the welcome with the room in it; everybody comes at once, without the client's jitter.",
)
