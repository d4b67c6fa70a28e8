"""Meetings in a closed loop: invite, accept, room opened for both; then they leave and meet again."""

import asyncio
import time
from typing import Final

from bench.crowd import Meter, each, welcomed, who_works
from bench.figures import Benchmark, Figures, Shown
from bench.people import people, sign_up
from bench.stage import Stage
from bench.wire import Wire

WARM_UP: Final = 0.25


async def measure(stage: Stage, size: int, seconds: float) -> Figures:
    """`size` pairs at one node. They leave before the room has started, so no cooldown keeps them apart."""
    everyone = people(2 * size)
    await sign_up(stage.database_url, everyone)
    node = await stage.node()
    wires = await each(welcomed(node, person) for person in everyone)
    await each(wire.ask("queue.join") for wire in wires)
    meter = Meter.of(stage)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number in range(0, len(wires), 2):
            tasks.create_task(_meet_on(wires[number], wires[number + 1], everyone[number + 1].user_id, meter, over))
        await asyncio.sleep(seconds * WARM_UP)
        meter.begin()
        await asyncio.sleep(seconds)
        figures = meter.end()
        over.set()
    return figures


async def _meet_on(caller: Wire, callee: Wire, callee_id: str, meter: Meter, over: asyncio.Event) -> None:
    while not over.is_set():
        begun = time.perf_counter()
        invite = await caller.ask("invite.send", to=callee_id, mode="text")
        await callee.expect("invite.received")
        await callee.ask("invite.accept", invite_id=invite["invite_id"])
        room_id = (await caller.expect("room.opened"))["room"]["room_id"]
        await callee.expect("room.opened")
        meter.taken.append(time.perf_counter() - begun)
        await caller.ask("room.leave", room_id=room_id)
        await callee.expect("room.ended")


BENCHMARK = Benchmark(
    name="meetings",
    title="Invite, accept, room opened: full cycles",
    unit="pairs",
    sizes=(10, 100),
    quick=(2, 20),
    shown=(
        Shown("rate", "/s", least=1_000, at=1),
        Shown("p50", "ms"),
        Shown("p99", "ms", most=50),
        *who_works("node 1", "Redis", "generator"),
    ),
    measure=measure,
    remark="From the invite to `room.opened` at both; the leaving that follows is work, but not part of p50 and p99.",
)
