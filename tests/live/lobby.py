"""The lobby on its own: one family of a real Redis, named people at named nodes, time that moves when it is told to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
from redis.asyncio import Redis

from core import keys
from core.clock import Clock
from core.ids import new_id, new_incarnation
from core.live import script
from core.live.family import Family
from core.settings import Settings

EPOCH = 1
NEVER = 4_000_000_000_000
"""An instant long after any test."""


class Node:
    """A node as far as the lobby knows it: a lease and an inbox."""

    def __init__(self, lobby: "Lobby", name: str, family: Family) -> None:
        self.lobby, self.name, self.family = lobby, name, family
        self.incarnation = family.incarnation
        self._connections = 0
        self._read = "1-1"

    def connection(self) -> str:
        self._connections += 1
        return f"{self.incarnation}.{self._connections}"

    async def hears(self) -> list[tuple[str, str, Any]]:
        """Returns (to, kind, data) of what came since the last look."""
        found = await self.lobby.redis.xrange(keys.inbox(keys.LOBBY, self.incarnation), f"({self._read}")
        if found:
            self._read = found[-1][0].decode()
        return [(f[b"to"].decode(), f[b"kind"].decode(), msgspec.json.decode(f[b"data"])) for _, f in found]

    async def renew(self) -> None:
        await self.family.call("renew", self.incarnation)


@dataclass
class Person:
    """Somebody with a session, at one node at a time."""

    lobby: "Lobby"
    name: str
    node: Node
    user_id: str = field(default_factory=new_id)
    session_id: int = 0
    conn: str = ""
    paid_status: str = "unpaid"

    @property
    def token_hash(self) -> str:
        return f"{self.name}-{self.session_id}"

    def _profile(self) -> tuple[str, str]:
        """Me and card, as far as the lobby reads them."""
        named = {"user_id": self.user_id, "name": self.name, "gender": "unspecified"}
        card: dict[str, Any] = {**named, "selfie_url": None, "video_url": None, "socials": {}}
        me = {**card, "account_type": "guest", "paid_status": self.paid_status}
        return msgspec.json.encode(me).decode(), msgspec.json.encode(card).decode()

    async def becomes(self, paid_status: str) -> None:
        """PostgreSQL says so, and the lobby hears it."""
        self.paid_status = paid_status
        await self.node.family.call("put_profile", self.user_id, *self._profile())

    async def log_in(self, expires_at_ms: int = NEVER) -> None:
        """A session of his becomes known to the lobby."""
        self.session_id = self.lobby.next_session()
        await self.node.family.call(
            "put_session",
            self.token_hash,
            self.user_id,
            self.session_id,
            expires_at_ms,
            *self._profile(),
        )

    async def hello(self, node: Node | None = None) -> list[Any]:
        """Attaches a new connection; returns what the lobby tells it."""
        self.node = node or self.node
        self.conn = self.node.connection()
        return await self.node.family.call("attach", self.conn, self.token_hash)

    async def close(self, conn: str = "") -> None:
        await self.node.family.call("detach", conn or self.conn, self.user_id)

    async def wishes(self, wish: bool = True) -> None:
        await self.node.family.call("wish", self.conn, self.user_id, int(wish))

    async def browse(self, limit: int = 20, *, include_cooldown: bool = False, again: bool = False) -> list[Any]:
        """Returns the cards of the page."""
        cards, _ = await self.node.family.call(
            "browse", self.conn, self.user_id, limit, int(include_cooldown), int(again)
        )
        return [msgspec.json.decode(card) for card in cards]

    async def sees(self, **how: Any) -> set[str]:
        """Returns the names on a page of browsing."""
        return {card["name"] for card in await self.browse(**how)}

    async def invite(self, other: "Person | str", mode: str = "text", seconds: int = -1, *, known: bool = True) -> Any:
        """Returns [sent, invite id, expiry] or [opened, seat]."""
        to = other if isinstance(other, str) else other.user_id
        room_id = self.lobby.room_id()
        return await self.node.family.call(
            "invite", self.conn, self.user_id, to, mode, seconds, new_id(), room_id, int(known)
        )

    async def rings(self, other: "Person", mode: str = "text", seconds: int = -1) -> str:
        """Invites; returns the invite's id."""
        answer = await self.invite(other, mode, seconds)
        assert answer[0] == "sent"
        return str(answer[1])

    async def accept(self, invite_id: str, seconds: int = -1) -> Any:
        """Returns the seat."""
        (seat,) = await self.node.family.call(
            "accept", self.conn, self.user_id, invite_id, seconds, self.lobby.room_id()
        )
        return msgspec.json.decode(seat)

    async def decline(self, invite_id: str) -> None:
        await self.node.family.call("decline", self.conn, self.user_id, invite_id)

    async def rescind(self, invite_id: str) -> None:
        await self.node.family.call("rescind", self.conn, self.user_id, invite_id)

    async def presence(self) -> str:
        """Returns what others were last told of him."""
        shown = await self.lobby.redis.hget(keys.key(keys.LOBBY, f"user:{self.user_id}"), "shown")  # type: ignore[misc]
        return shown.decode() if shown else "offline"

    async def seat(self) -> str:
        """Returns the room he sits in, "" for none."""
        (seat,) = await self.lobby.hand.call("seat", self.user_id)
        return msgspec.json.decode(seat)["room_id"] if seat else ""

    async def hears(self) -> list[tuple[str, Any]]:
        """Returns (kind, data) of what all or this one of his connections were told since his node's last look."""
        mine = {f"c:{self.conn}", f"u:{self.user_id}"}
        return [(kind, data) for to, kind, data in await self.node.hears() if to in mine]


class Lobby:
    """The lobby, swept by hand."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self.redis = redis
        self.settings = settings
        self.followups: list[tuple[str, str]] = []
        self._library = script.library("lobby", settings)
        self._tasks: list[asyncio.Task[None]] = []
        self._sessions = 0
        self._rooms = 0
        self.hand = self._family(new_incarnation())
        """A process that is no node: sweeps and looks."""

    @classmethod
    async def open(cls, redis: "Redis", settings: Settings) -> Self:
        """Returns a live, empty lobby."""
        lobby = cls(redis, settings)
        seconds, micros = await redis.time()
        tick = seconds * 1000 + micros // 1000
        await redis.hset(keys.marker(keys.LOBBY), mapping={"epoch": EPOCH, "tick": tick})  # type: ignore[misc]
        return lobby

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _family(self, incarnation: str) -> Family:
        family = Family(
            keys.LOBBY,
            self.redis,
            self._library,
            incarnation,
            clock=Clock(),
            on_lost=lambda _: None,
            on_followups=self._follow,
        )
        family.epoch = EPOCH
        self._tasks.append(asyncio.create_task(family.run()))
        return family

    def _follow(self, flat: Sequence[str]) -> None:
        self.followups += zip(flat[::2], flat[1::2], strict=True)

    def next_session(self) -> int:
        self._sessions += 1
        return self._sessions

    def room_id(self) -> str:
        self._rooms += 1
        return f"room-{self._rooms:06}-00"

    async def node(self, name: str = "node") -> Node:
        """Returns a registered node with an inbox."""
        family = self._family(new_incarnation())
        await family.call("register", family.incarnation, name, "127.0.0.1:0")
        await family.call("open_inbox", family.incarnation)
        return Node(self, name, family)

    async def people(self, *names: str, nodes: int = 1, wish: bool = True, paid_status: str = "unpaid") -> list[Person]:
        """Returns people who are online and, unless told otherwise, available; spread over `nodes` nodes."""
        places = [await self.node(f"node-{number}") for number in range(nodes)]
        found = []
        for number, name in enumerate(names):
            person = Person(self, name, places[number % nodes], paid_status=paid_status)
            await person.log_in()
            await person.hello()
            if wish:
                await person.wishes()
            found.append(person)
        for place in places:
            await place.hears()
        return found

    async def pass_time(self, seconds: float) -> None:
        """Moves the rules' clock; nobody looks at what is due."""
        await self.redis.incrby(keys.clock_shift(keys.LOBBY), round(seconds * 1000))

    async def sweep(self) -> None:
        await self.hand.call("sweep", 200)

    async def later(self, seconds: float) -> None:
        """Moves the clock and sweeps."""
        await self.pass_time(seconds)
        await self.sweep()

    async def lease_ends(self, node: Node) -> None:
        """A node has not renewed for so long that its lease is over. Leases go by the clock nobody moves."""
        await self.redis.zadd(keys.key(keys.LOBBY, "leases"), {node.incarnation: 1})

    async def release(self, seat: Any, reason: str = "left", *, cooldown_until: int = 0) -> int:
        """The room of a seat has ended; returns how many seats that freed."""
        facts = {
            "room_id": seat["room_id"],
            "user_1": seat["user_1"],
            "user_2": seat["user_2"],
            "reason": reason,
            "mode": seat["mode"],
            "started_at": 1,
            "ended_at": 2,
            "seconds": 0,
            "cooldown_until": cooldown_until,
            "last_seq": 0,
        }
        (freed,) = await self.hand.call("release", msgspec.json.encode(facts).decode())
        return int(freed)

    async def cooldown(self, a: Person, b: Person) -> float:
        """Returns for how many more seconds a pair may not meet, rounded; 0 when they may."""
        first, second = sorted((a.user_id, b.user_id))
        ends = await self.redis.get(keys.key(keys.LOBBY, f"cool:{first}:{second}"))
        now, _ = await self.hand.call("now")
        remaining: int = int(ends or 0) - now
        return max(0, round(remaining / 1000))
