"""Signalling in a closed loop: each candidate that arrives is answered with the next."""

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
"""Signals on their way in each direction."""
WARM_UP: Final = 0.25
CANDIDATE: Final = "candidate:842163049 1 udp 1677729535 192.0.2.17 46154 typ srflx raddr 10.0.0.17 rport 46154"
KIND_AT: Final = len('{"type":"rtc.')
SIGNAL: Final = ord("s")


class Peer:
    """One member whose browser never runs out of candidates."""

    def __init__(self, wire: Wire, room_id: str, generation: int, meter: Meter) -> None:
        self.partner: Peer
        self.on_their_way: deque[float] = deque()
        self.is_going = True
        self.fault = ""
        self._taken = meter.taken
        self._wire = wire
        self._frame = framed(
            f'{{"type":"rtc.signal","ref":1,"room_id":"{room_id}","generation":{generation},"candidate":'
            f'{{"candidate":"{CANDIDATE}","sdp_mid":"0","sdp_mline_index":0}}}}'.encode()
        )
        wire.hear = self._hear

    def signal(self) -> None:
        self.on_their_way.append(time.perf_counter())
        self._wire.transport.write(self._frame)

    def _hear(self, data: bytes, begin: int, stop: int) -> None:
        if data[begin + KIND_AT] != SIGNAL:
            self.fault = data[begin:stop].decode()
            return
        self._taken.append(time.perf_counter() - self.partner.on_their_way.popleft())
        if self.is_going:
            self.signal()


async def measure(stage: Stage, size: int, seconds: float) -> Figures:
    """`size` video rooms at one node."""

    async def nodes() -> list[Process]:
        return [await stage.node()]

    everyone = await couples(stage, nodes, size, "video")
    generations = [await _connected(couple) for couple in everyone]
    meter = Meter.of(stage)
    peers = _peers(everyone, generations, meter)
    for peer in peers:
        for _ in range(WINDOW):
            peer.signal()
    await asyncio.sleep(seconds * WARM_UP)
    meter.begin()
    await asyncio.sleep(seconds)
    figures = meter.end()
    for peer in peers:
        peer.is_going = False
        if peer.fault:
            raise Gone(peer.fault)
    return figures


async def _connected(couple: Couple) -> int:
    """Both say that their media is connected; returns the generation."""
    generation = 0
    for wire in couple.wires:
        generation = (await wire.expect("rtc.negotiate"))["generation"]
        await wire.ask("rtc.outcome", room_id=couple.room_id, generation=generation, outcome="connected")
    return generation


def _peers(everyone: Sequence[Couple], generations: Sequence[int], meter: Meter) -> list[Peer]:
    peers = []
    for couple, generation in zip(everyone, generations, strict=True):
        first, second = (Peer(wire, couple.room_id, generation, meter) for wire in couple.wires)
        first.partner, second.partner = second, first
        peers += [first, second]
    return peers


BENCHMARK = Benchmark(
    name="signalling",
    title="Signalling relay, one node",
    unit="rooms",
    sizes=(50, 500),
    quick=(2, 20),
    shown=(
        Shown("rate", "/s", least=60_000, at=1),
        Shown("p50", "ms"),
        Shown("p99", "ms"),
        *who_works("node 1", "generator"),
    ),
    measure=measure,
    remark=f"ICE candidates of {len(CANDIDATE)} bytes, membership and rate checked, {WINDOW} on their way each way.",
)
