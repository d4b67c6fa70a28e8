"""Nodes in this process: the real actions on the real scripts of a real Redis, without sockets.

What a `web` process does for its connections is done here by hand, so that a test says what happens in which order, and
what does not: a node that is killed does nothing more, whatever it had begun.
"""

import asyncio
import itertools
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Self

import msgspec
from redis.asyncio import Redis

from core import keys
from core.actions import accounts, arrive, nodes, rehydrate, talk
from core.actions.arrive import Arrival, RoomRef
from core.actions.service import Service
from core.actions.sweep import sweep_family
from core.errors import Refusal
from core.ids import new_id
from core.live.family import Result, refusal_of
from core.live.live import FOLLOWUPS_AT_ONCE
from core.record.entries import Entry, parse
from core.settings import Settings

FOREVER_MS = 30 * 86_400_000
ROUNDS = 50


@dataclass(eq=False)
class Node:
    """A node as far as Redis knows it."""

    name: str
    service: Service
    running: asyncio.Task[None]
    is_dead: bool = False
    connections: int = 0

    @property
    def incarnation(self) -> str:
        return self.service.live.incarnation

    def new_connection(self) -> str:
        self.connections += 1
        return f"{self.incarnation}.{self.connections}"


class Installation:
    """Nodes, and a hand that sweeps as a worker would."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redis: Redis = Redis.from_url(settings.redis_url)
        self.hand: Node
        self._nodes: list[Node] = []
        self._sessions = itertools.count(1)

    @classmethod
    async def open(cls, settings: Settings) -> Self:
        """An installation that holds nothing, and whose nodes have yet to be started."""
        installation = cls(settings)
        await installation.redis.flushdb()
        seconds, micros = await installation.redis.time()
        tick = seconds * 1000 + micros // 1000
        for family in keys.families(settings.room_shards):
            await installation.redis.hset(keys.marker(family), mapping={"epoch": 1, "tick": tick})  # type: ignore[misc]
        installation.hand = await installation._process("hand")
        return installation

    async def close(self) -> None:
        for node in self._nodes:
            node.running.cancel()
        await asyncio.gather(*(node.running for node in self._nodes), return_exceptions=True)
        for node in self._nodes:
            await node.service.close()
        await self.redis.aclose()

    async def _process(self, name: str) -> Node:
        service = await Service.open(self.settings)
        node = Node(name, service, asyncio.create_task(service.live.run(), name=name))
        self._nodes.append(node)
        await rehydrate.bring_all_live(service)
        return node

    async def boots(self, name: str) -> Node:
        """A node starts; one that had its name is dead from then on."""
        node = await self._process(name)
        for family in node.service.live.families():
            await family.call("open_inbox", node.incarnation)
        await nodes.register(node.service, name, "127.0.0.1:0")
        return node

    async def is_killed(self, node: Node) -> None:
        """It does nothing more; nobody is told."""
        node.is_dead = True
        node.running.cancel()
        await asyncio.gather(node.running, return_exceptions=True)

    async def lease_ends(self, node: Node) -> None:
        """It has not renewed for long enough. Leases go by the clock nobody moves."""
        await self.redis.zadd(keys.key(keys.LOBBY, "leases"), {node.incarnation: 1})

    async def wakes(self, node: Node) -> None:
        """It was only paused: what it says from here on comes late."""
        node.running = asyncio.create_task(node.service.live.run(), name=node.name)

    # ---------------------------------------------------------------------------------------------------- people
    async def logs_in(self, name: str) -> tuple[str, str]:
        """Returns the user id and the token of somebody whom the lobby knows from now on."""
        user_id, token = new_id(), f"token of {name}"
        me: dict[str, Any] = {
            "user_id": user_id,
            "name": name,
            "gender": "unspecified",
            "account_type": "guest",
            "paid_status": "unpaid",
            "selfie_url": None,
            "video_url": None,
            "socials": {},
        }
        now, _ = await self.hand.service.live.lobby.call("now")
        await accounts.remember(self.hand.service, token, user_id, next(self._sessions), now + FOREVER_MS, me)
        return user_id, token

    async def arrives(self, node: Node, conn: str, token: str, room_id: str | None) -> Arrival:
        claim = RoomRef(room_id, 0) if room_id else None
        return await arrive.arrive(node.service, conn, token, claim, lambda *_: None)

    async def departs(self, node: Node, conn: str, user_id: str, room_id: str | None) -> None:
        await arrive.depart(node.service, conn, user_id, room_id)

    async def says(self, node: Node, conn: str, user_id: str, room_id: str, client_id: str) -> int:
        """Returns the seq. Raises Refusal."""
        head = {"room_id": room_id, "from": user_id, "kind": "text", "body": client_id, "client_id": client_id}
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        prefix = msgspec.json.encode(head).decode()[:-1]
        talk.say(node.service, conn, user_id, room_id, client_id, prefix, answer.set_result)
        result = await answer
        if refusal := refusal_of(result):
            raise refusal
        return int(result[1])

    # ------------------------------------------------------------------------------------------------------ time
    async def time_passes(self, seconds: float) -> None:
        async with self.redis.pipeline() as together:
            for family in keys.families(self.settings.room_shards):
                together.incrby(keys.clock_shift(family), round(seconds * 1000))
            await together.execute()

    async def at_once(self, doing: Awaitable[Any]) -> tuple[int, Any]:
        """Returns the instant of the first thing that `doing` asks of the lobby, and its result or Refusal."""
        clock = self.hand.service.live.lobby.call("now")
        (now, _), result = await asyncio.gather(clock, _refusal(doing))
        return int(now), result

    async def settles(self) -> None:
        """Everything that is due has happened, and every second half has run."""
        live = self.hand.service.live
        for _ in range(ROUNDS):
            for family in live.families():
                await sweep_family(family)
            if not await self._unfinished():
                return
            await asyncio.sleep(0.001)
        raise AssertionError(f"never settles: {await self._unfinished()}")

    async def _unfinished(self) -> list[str]:
        found = [f"{node.name} follows up" for node in self._nodes if not node.is_dead and _is_busy(node)]
        found += [f"unreaped {inc!r}" for inc in await self.redis.smembers(keys.key(keys.LOBBY, "unreaped"))]  # type: ignore[misc]
        for room_id, room in (await self.rooms()).items():
            if room["status"] == "ended" and room["released"] != "1":
                found.append(f"not released {room_id}")
        return found

    # ----------------------------------------------------------------------------------------- what Redis has of it
    async def rooms(self) -> dict[str, dict[str, str]]:
        """Every room's hash, by its id."""
        found = {}
        for shard in range(self.settings.room_shards):
            family = keys.shard_family(shard)
            async for key in self.redis.scan_iter(keys.key(family, "room:*").replace("[", "\\["), count=1_000):
                found[key.decode().partition("room:")[2]] = await self._hash(key.decode())
        return found

    async def lobby(self, suffix: str) -> dict[str, str]:
        """A hash of the lobby."""
        return await self._hash(keys.key(keys.LOBBY, suffix))

    async def seat(self, user_id: str) -> str:
        """The room in which a user sits, or ""."""
        seat = await self.redis.get(keys.key(keys.LOBBY, f"seat:{user_id}"))
        return str(msgspec.json.decode(seat)["room_id"]) if seat else ""

    async def cooldown(self, one: str, other: str) -> int:
        """Until when two may not meet; 0 where nothing is said."""
        a, b = sorted((one, other))
        return int(await self.redis.get(keys.key(keys.LOBBY, f"cool:{a}:{b}")) or 0)

    async def log(self, room_id: str) -> list[dict[str, Any]]:
        family = keys.shard_family(int(room_id[-2:], 16))
        raw = await self.redis.lrange(keys.key(family, f"log:{room_id}"), 0, -1)  # type: ignore[misc]
        return [msgspec.json.decode(each) for each in raw]

    async def journal(self) -> list[Entry]:
        """Everything that PostgreSQL would hear, family by family."""
        found: list[Entry] = []
        for family in keys.families(self.settings.room_shards):
            for _, fields in await self.redis.xrange(keys.journal(family)):
                found.append(parse([part for pair in fields.items() for part in pair]))
        return found

    async def _hash(self, key: str) -> dict[str, str]:
        flat = await self.redis.hgetall(key)  # type: ignore[misc]
        return {name.decode(): value.decode() for name, value in flat.items()}


def _is_busy(node: Node) -> bool:
    """Whether second halves wait or are under way there."""
    live = node.service.live
    return bool(live._followups) or live._places._value != FOLLOWUPS_AT_ONCE


async def _refusal(doing: Awaitable[Any]) -> Any:
    try:
        return await doing
    except Refusal as refusal:
        return refusal
