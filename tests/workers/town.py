"""A running town: rooms whose members talk through the real scripts, workers in processes of their own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import orjson

from core import keys
from core.actions import rehydrate
from core.actions.service import Service
from core.ids import new_id, new_room_id
from core.settings import Settings

LOOK_S = 0.02


@contextlib.asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """A process's hands in this one, every family live."""
    service = await Service.open(settings)
    running = asyncio.create_task(service.live.run())
    try:
        async with asyncio.timeout(10):
            await rehydrate.bring_all_live(service)
        yield service
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await service.close()


class Talk:
    """A started text room of two who say what they are told."""

    def __init__(self, service: Service, shard: int) -> None:
        self._service = service
        self.family = service.live.family(f"r{shard}")
        self.room_id = new_room_id(shard)
        self.ada, self.bob = new_id(), new_id()
        self.said = 0

    async def start(self) -> "Talk":
        cards = [orjson.dumps({"user_id": u, "name": n}).decode() for u, n in ((self.ada, "Ada"), (self.bob, "Bob"))]
        seat = {
            "room_id": self.room_id,
            "mode": "text",
            "seconds": 0,
            "user_1": self.ada,
            "user_2": self.bob,
            "card_1": cards[0],
            "card_2": cards[1],
            "opened_at": self._service.live.clock.now_ms(),
            "incs_1": [],
            "incs_2": [],
        }
        await self.family.call("create", orjson.dumps(seat).decode())
        for user in (self.ada, self.bob):
            await self.family.call("enter", self.room_id, user, self.connection(user), 0, -1)
        return self

    def connection(self, user: str) -> str:
        return f"{self._service.live.incarnation}.{1 if user == self.ada else 2}-{self.room_id}"

    async def say(self, text: str = "hello", *, by: str = "ada") -> int:
        user = self.ada if by == "ada" else self.bob
        self.said += 1
        client_id = f"c{self.said}"
        head = {"room_id": self.room_id, "from": user, "kind": "text", "body": text, "client_id": client_id}
        prefix = orjson.dumps(head).decode()[:-1]
        answer = await self.family.call("chat", self.room_id, user, self.connection(user), client_id, prefix)
        seq: int = answer[0]
        return seq

    async def say_many(self, count: int) -> None:
        await asyncio.gather(*(self.say(f"message {i}") for i in range(count)))

    async def leave(self) -> dict[str, Any]:
        (facts,) = await self.family.call("leave", self.room_id, self.ada)
        ended: dict[str, Any] = orjson.loads(facts)
        return ended


async def fact(redis: Any, family: str, suffix: str, field: str) -> bytes | None:
    """One field of one of a family's hashes."""
    found: bytes | None = await redis.hget(keys.key(family, suffix), field)
    return found


async def seqs(database: asyncpg.Connection, room_id: str) -> list[int]:
    """The recorded messages of a room."""
    rows = await database.fetch("select seq from room_messages where room_id = $1 order by seq", room_id)
    return [row["seq"] for row in rows]


async def until(is_so: Callable[[], Awaitable[Any]], *, within_s: float) -> float:
    """Waits for something that other processes bring about; returns how long it took.

    Looks at the clock itself: a cancellation can be swallowed below (see core.owned), and the wait would go on.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not await is_so():
        assert loop.time() - began < within_s, f"not so after {within_s:g} s"
        await asyncio.sleep(LOOK_S)
    return loop.time() - began
