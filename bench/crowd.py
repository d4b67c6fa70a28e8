"""People at nodes: connected, welcomed, and in rooms of two."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self, TypeVar

from bench.figures import Figures, Shown, percentile
from bench.people import Person, people, sign_up
from bench.stage import Process, Stage, cpu_s
from bench.wire import Wire, meet

T = TypeVar("T")
AT_ONCE: Final = 32
"""Connections or meetings under way while a crowd assembles."""


@dataclass(frozen=True, slots=True)
class Couple:
    """Two people in one room."""

    room_id: str
    people: tuple[Person, Person]
    wires: tuple[Wire, Wire]


async def each(todo: Iterable[Awaitable[T]], at_once: int = AT_ONCE) -> list[T]:
    """Awaits all of them, some at a time."""
    places = asyncio.Semaphore(at_once)

    async def one(work: Awaitable[T]) -> T:
        async with places:
            return await work

    return await asyncio.gather(*(one(work) for work in todo))


async def welcomed(node: Process, person: Person) -> Wire:
    """Someone at a node."""
    wire = await Wire.open(node)
    await wire.hello(person.token)
    return wire


async def couples(
    stage: Stage, nodes: Callable[[], Awaitable[Sequence[Process]]], count: int, mode: str
) -> list[Couple]:
    """`count` rooms that have started; the callers at the first node, the callees at the last."""
    everyone = people(2 * count)
    await sign_up(stage.database_url, everyone)
    there = await nodes()

    async def couple(caller: Person, callee: Person) -> Couple:
        first, second = await welcomed(there[0], caller), await welcomed(there[-1], callee)
        await second.ask("queue.join")
        return Couple(await meet(first, second, callee.user_id, mode), (caller, callee), (first, second))

    return await each(couple(*pair) for pair in zip(everyone[::2], everyone[1::2], strict=True))


def who_works(*names: str) -> Sequence[Shown]:
    """Lines that tell how busy processes were, and what one message or cycle cost them."""
    return tuple(shown for name in names for shown in (Shown(f"{name} busy", "%"), Shown(f"{name} CPU each", "µs")))


@dataclass
class Meter:
    """What happens between two instants: latencies, and how busy everybody is."""

    taken: list[float] = field(default_factory=list)
    """Seconds each message took; empty at the beginning of what counts."""
    pids: dict[str, int] = field(default_factory=dict)
    _begun: float = 0.0
    _busy: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, stage: Stage) -> Self:
        """Watches the nodes, the stores and this process."""
        assert stage.redis.process is not None  # noqa: S101  (it answers)
        nodes = {f"node {i}": each.child.pid for i, each in enumerate(stage.processes, start=1)}
        return cls(pids={**nodes, "Redis": stage.redis.process.pid, "generator": os.getpid()})

    def begin(self) -> None:
        """From here on it counts."""
        self.taken.clear()
        self._begun = time.perf_counter()
        self._busy = {name: cpu_s(pid) for name, pid in self.pids.items()}

    def end(self) -> Figures:
        """How many a second, p50 and p99 in ms; of each process its share of a core (%) and its CPU a piece (µs)."""
        seconds, taken = time.perf_counter() - self._begun, list(self.taken)
        figures = {
            "rate": len(taken) / seconds,
            "p50": percentile(taken, 0.5) * 1000,
            "p99": percentile(taken, 0.99) * 1000,
        }
        for name, pid in self.pids.items():
            used = cpu_s(pid) - self._busy[name]
            figures[f"{name} busy"] = 100 * used / seconds
            figures[f"{name} CPU each"] = 1e6 * used / max(1, len(taken))
        return figures
