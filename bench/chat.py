"""Chat in a closed loop: everybody keeps a few messages on their way; the next goes out when one is acknowledged."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from bench.crowd import Couple, Meter, couples, who_works
from bench.figures import Benchmark, Figures, Shown
from bench.stage import Process, Stage
from bench.wire import Gone, Wire, framed

WINDOW: Final = 4
"""Messages of one member on their way; a node stops reading at eight."""
WARM_UP: Final = 0.25
"""Share of the measured time that passes before it."""
SETTLE_S: Final = 10.0
SAID: Final = "x" * 64
FIRST: Final = 1_000_000_000
"""Numbers of one length, so that every frame has one length."""
KIND_AT: Final = len('{"type":"chat.')
SENT, MESSAGE = ord("s"), ord("m")


class Talker:
    """One member who never stops."""

    def __init__(self, wire: Wire, room_id: str, meter: Meter) -> None:
        self.acknowledged = 0
        self.heard = 0
        self.fault = ""
        self.is_going = True
        self.on_their_way: deque[float] = deque()
        self._wire = wire
        self._taken = meter.taken
        self._number = FIRST
        frame = framed(
            f'{{"type":"chat.send","ref":{FIRST},"room_id":"{room_id}","client_id":"{FIRST}","kind":"text",'
            f'"body":"{SAID}"}}'.encode()
        )
        self._head, self._middle, self._tail = frame.split(b"%d" % FIRST)
        wire.hear = self._hear

    def say(self) -> None:
        number = self._number
        self._number = number + 1
        self.on_their_way.append(time.perf_counter())
        self._wire.transport.write(b"%b%d%b%d%b" % (self._head, number, self._middle, number, self._tail))

    def _hear(self, data: bytes, begin: int, stop: int) -> None:
        kind = data[begin + KIND_AT]
        if kind == SENT:
            self._taken.append(time.perf_counter() - self.on_their_way.popleft())
            self.acknowledged += 1
            if self.is_going:
                self.say()
        elif kind == MESSAGE:
            self.heard += 1
        else:
            self.fault = data[begin:stop].decode()
            self.is_going = False


async def talk(stage: Stage, everyone: Sequence[Couple], seconds: float) -> Figures:
    """Lets them talk, and checks that what was acknowledged was delivered."""
    meter = Meter.of(stage)
    talkers = [(Talker(c.wires[0], c.room_id, meter), Talker(c.wires[1], c.room_id, meter)) for c in everyone]
    everybody = [talker for pair in talkers for talker in pair]
    for talker in everybody:
        for _ in range(WINDOW):
            talker.say()
    await asyncio.sleep(seconds * WARM_UP)
    meter.begin()
    await asyncio.sleep(seconds)
    figures = meter.end()
    for talker in everybody:
        talker.is_going = False
    async with asyncio.timeout(SETTLE_S):
        while not all(_is_settled(pair) for pair in talkers):  # noqa: ASYNC110 - nothing else is going on
            await asyncio.sleep(0.01)
    return figures


def _is_settled(pair: tuple[Talker, Talker]) -> bool:
    for talker, partner in (pair, pair[::-1]):
        if talker.fault:
            raise Gone(talker.fault)
        if talker.on_their_way or partner.heard != talker.acknowledged:
            return False
    return True


async def measure_one(stage: Stage, size: int, seconds: float) -> Figures:
    """Both members at one node."""

    async def nodes() -> list[Process]:
        return [await stage.node()]

    return await talk(stage, await couples(stage, nodes, size, "text"), seconds)


async def measure_two(stage: Stage, size: int, seconds: float) -> Figures:
    """The members at two nodes, which share one core."""

    async def nodes() -> list[Process]:
        return [await stage.node(), await stage.node()]

    return await talk(stage, await couples(stage, nodes, size, "text"), seconds)


def _shown(least: float, nodes: int) -> Sequence[Shown]:
    return (
        Shown("rate", "/s", least=least, at=0),
        Shown("p50", "ms"),
        Shown("p99", "ms", most=50, at=0),
        *who_works(*(f"node {number}" for number in range(1, nodes + 1)), "Redis", "generator"),
    )


_REMARK = f"Closed loop, 64-byte messages, {WINDOW} of each member on their way. No worker runs: the journal grows."
ONE_NODE = Benchmark(
    name="chat",
    title="Chat acknowledged, both members at one node",
    unit="rooms",
    sizes=(50, 500),
    quick=(2, 20),
    shown=_shown(30_000, 1),
    measure=measure_one,
    remark=_REMARK,
)
TWO_NODES = Benchmark(
    name="chat-two",
    title="Chat acknowledged, the members at two nodes (sharing the core)",
    unit="rooms",
    sizes=(50, 500),
    quick=(2, 20),
    shown=_shown(20_000, 2),
    measure=measure_two,
    remark=_REMARK,
)
