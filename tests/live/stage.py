"""A shard on its own: one family of a real Redis, named people, time that moves when it is told to.

stage  --(ops)-->  the room script  --(inboxes)-->  what each connection hears
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
import pytest
from redis.asyncio import Redis

from core import keys
from core.clock import Clock
from core.errors import Refusal
from core.ids import new_id, new_incarnation, new_room_id
from core.live import script
from core.live.family import Family
from core.settings import Limit, Settings

SHARD = 3
FAMILY = keys.shard_family(SHARD)
EPOCH = 1
CALM = 3_600.0
"""Seconds without a sweep that a slow machine may take: an outage of ours is something a test has to ask for."""


def settings(**changes: Any) -> Settings:
    """Returns the rules' own periods, without limits, with a clock that tests may shift."""
    limits = dict.fromkeys(Settings().limits, None)
    return Settings(**{"test_clock": True, "tick_gap_s": CALM, "limits": limits, **changes})


def chat_limit(text: str) -> dict[str, Limit | None]:
    return {**dict.fromkeys(Settings().limits, None), "chat": Limit.parse(text)}


@dataclass
class Node:
    """A node as far as a shard knows it: an incarnation with an inbox. `family` is its own batcher."""

    stage: "Stage"
    family: Family
    incarnation: str = field(init=False)
    _read: str = "1-1"
    _connections: int = 0

    def __post_init__(self) -> None:
        self.incarnation = self.family.incarnation

    def connect(self) -> str:
        self._connections += 1
        return f"{self.incarnation}.{self._connections}"

    async def hears(self) -> list[tuple[str, str, Any]]:
        """Returns (to, kind, data) of what came since the last look."""
        found = await self.stage.redis.xrange(keys.inbox(FAMILY, self.incarnation), f"({self._read}")
        if found:
            self._read = found[-1][0].decode()
        return [(f[b"to"].decode(), f[b"kind"].decode(), msgspec.json.decode(f[b"data"])) for _, f in found]

    async def kinds(self, conn: str | None = None) -> list[str]:
        """Returns the kinds of what came since the last look, of one connection or of all."""
        return [kind for to, kind, _ in await self.hears() if conn is None or to == f"c:{conn}"]


@dataclass
class Member:
    """A person in a room, at one node at a time."""

    room: "Room"
    name: str
    node: Node
    user_id: str = field(default_factory=new_id)
    conn: str = ""

    async def _call(self, op: str, *args: Any) -> list[Any]:
        return await self.node.family.call(op, self.room.room_id, self.user_id, *args)

    async def enter(self, last_seq: int = 0, epoch: int = -1, *, conn: str = "", node: Node | None = None) -> Any:
        """Enters on a new connection, or on the one named."""
        self.node = node or self.node
        self.conn = conn or self.node.connect()
        return (await self._call("enter", self.conn, last_seq, epoch))[0]

    async def view(self, last_seq: int = 0, epoch: int = -1) -> Any:
        return (await self._call("view", last_seq, epoch))[0]

    async def drop(self, conn: str = "") -> None:
        """The connection is lost."""
        await self._call("lose", conn or self.conn)

    async def leave(self) -> Any:
        return msgspec.json.decode((await self._call("leave"))[0])

    async def say(self, text: str, client_id: str = "", *, conn: str = "") -> list[Any]:
        """Returns [seq, sent_at_ms, fresh, partner's connection at this node]."""
        client_id = client_id or new_id()
        body = msgspec.json.encode(text).decode()
        prefix = (
            f'{{"room_id":"{self.room.room_id}","from":"{self.user_id}","kind":"text","body":{body},'
            f'"client_id":"{client_id}"'
        )
        return await self._call("chat", conn or self.conn, client_id, prefix)

    async def read(self, seq: int) -> None:
        await self._call("read", self.conn, seq)

    async def history(self, before_seq: int = 0, limit: int = 100) -> list[Any]:
        return await self._call("history", before_seq, limit)

    async def relay(self, kind: str, checked: int = 0, /, **fields: Any) -> list[Any]:
        """`checked` is the generation that the script compares; 0 for typing."""
        data = msgspec.json.encode({"room_id": self.room.room_id, **fields}).decode()
        return await self._call("relay", self.conn, kind, data, checked)

    async def ask_video(self) -> None:
        await self._call("ask_video", self.conn)

    async def accept_video(self) -> None:
        await self._call("accept_video", self.conn)

    async def decline_video(self) -> None:
        await self._call("decline_video", self.conn)

    async def outcome(self, outcome: str, generation: int) -> None:
        await self._call("outcome", self.conn, generation, outcome)

    async def restart(self) -> None:
        await self._call("restart", self.conn)

    async def rebind(self, conn: str = "") -> None:
        self.conn = conn or self.conn
        await self._call("rebind", self.conn)

    async def hears(self) -> list[tuple[str, Any]]:
        """Returns (kind, data) of what this member's connection or user was told since his node's last look."""
        mine = {f"c:{self.conn}", f"u:{self.user_id}"}
        return [(kind, data) for to, kind, data in await self.node.hears() if to in mine]


@dataclass
class Room:
    """A room between a caller and a callee."""

    stage: "Stage"
    mode: str = "text"
    seconds: int = 0
    room_id: str = field(default_factory=lambda: new_room_id(SHARD))

    async def seat(self, caller: Member, callee: Member) -> str:
        """Returns the seat's JSON, as an acceptance leaves it."""
        now, _ = await caller.node.family.call("now")
        facts = {
            "room_id": self.room_id,
            "mode": self.mode,
            "seconds": self.seconds,
            "user_1": caller.user_id,
            "user_2": callee.user_id,
            "card_1": card(caller),
            "card_2": card(callee),
            "opened_at": now,
            "incs_1": [caller.node.incarnation],
            "incs_2": [callee.node.incarnation],
        }
        return msgspec.json.encode(facts).decode()

    async def hash(self) -> dict[str, str]:
        """Returns the room's hash as Redis has it."""
        found = await self.stage.redis.hgetall(keys.key(FAMILY, f"room:{self.room_id}"))  # type: ignore[misc]
        return {name.decode(): value.decode() for name, value in found.items()}


def card(member: Member) -> str:
    """Returns a member's card, as the lobby keeps it."""
    return msgspec.json.encode(
        {
            "user_id": member.user_id,
            "name": member.name,
            "gender": "unspecified",
            "selfie_url": None,
            "video_url": None,
            "socials": {},
        }
    ).decode()


class Stage:
    """One shard, swept by hand."""

    def __init__(self, redis: "Redis", made: Settings) -> None:
        self.redis = redis
        self.settings = made
        self.followups: list[tuple[str, Any]] = []
        self._library = script.library("room", made)
        self._tasks: list[asyncio.Task[None]] = []
        self.hand = self._family(new_incarnation())
        """A process that is no node: sweeps and looks."""

    @classmethod
    async def open(cls, redis: "Redis", made: Settings) -> Self:
        """Returns a live, empty shard."""
        await redis.flushdb()
        stage = cls(redis, made)
        seconds, micros = await redis.time()
        tick = seconds * 1000 + micros // 1000
        await redis.hset(keys.marker(FAMILY), mapping={"epoch": EPOCH, "tick": tick})  # type: ignore[misc]
        return stage

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _family(self, incarnation: str) -> Family:
        family = Family(
            FAMILY,
            self.redis,
            self._library,
            incarnation,
            clock=Clock(),
            on_lost=self._lose,
            on_followups=self._follow,
        )
        family.epoch = EPOCH
        self._tasks.append(asyncio.create_task(family.run()))
        return family

    def _lose(self, family: Family) -> None:
        raise AssertionError(f"{family.name} is not live")

    def _follow(self, followups: Sequence[str]) -> None:
        for kind, data in zip(followups[::2], followups[1::2], strict=True):
            self.followups.append((kind, msgspec.json.decode(data)))

    async def node(self) -> Node:
        """Returns a new node with an inbox."""
        family = self._family(new_incarnation())
        await family.call("open_inbox", family.incarnation)
        return Node(self, family)

    def room_to_be(
        self, first: Node, second: Node, mode: str = "text", seconds: int = 0
    ) -> tuple[Room, Member, Member]:
        """Returns a room that nobody has created yet."""
        room = Room(self, mode, seconds or (300 if mode == "video" else 0))
        return room, Member(room, "Ada", first), Member(room, "Ben", second)

    async def room_on(
        self, first: Node, second: Node, mode: str = "text", seconds: int = 0
    ) -> tuple[Room, Member, Member]:
        """Returns a room that was just accepted: Ada called, Ben answered."""
        room, ada, ben = self.room_to_be(first, second, mode, seconds)
        (state, *_) = await self.hand.call("create", await room.seat(ada, ben))
        assert state == "live"
        return room, ada, ben

    async def room(self, mode: str = "text", seconds: int = 0, *, nodes: int = 2) -> tuple[Room, Member, Member]:
        """Returns a room that was just accepted, with each member on a node of his own or both on one."""
        first = await self.node()
        return await self.room_on(first, await self.node() if nodes > 1 else first, mode, seconds)

    async def started(self, mode: str = "text", seconds: int = 0, *, nodes: int = 2) -> tuple[Room, Member, Member]:
        """Returns a room in which both are, with nothing left to hear."""
        room, ada, ben = await self.room(mode, seconds, nodes=nodes)
        await ada.enter()
        await ben.enter()
        await ada.node.hears()
        await ben.node.hears()
        return room, ada, ben

    async def now(self) -> int:
        return int((await self.hand.call("now"))[0])

    async def pass_time(self, seconds: float) -> None:
        """Moves the shard's clock; nobody looks at what is due."""
        await self.redis.incrby(keys.clock_shift(FAMILY), round(seconds * 1000))

    async def rest(self, room: "Room", seconds: float) -> None:
        """Nobody wrote for so long by the true clock, by which limits go: what was spent lies further back."""
        for slot in (1, 2):
            await self.redis.hincrbyfloat(  # type: ignore[misc]
                keys.key(FAMILY, f"room:{room.room_id}"), f"tat_{slot}", -seconds * 1000
            )

    async def sweep(self) -> int:
        """Settles what is due; returns how many members were."""
        total, due = 0, 200
        while due == 200:
            (due,) = await self.hand.call("sweep", 200)
            total += due
        return total

    async def later(self, seconds: float) -> None:
        """Moves the clock and sweeps, as the sweeper would within a second."""
        await self.pass_time(seconds)
        await self.sweep()

    async def outage(self, seconds: float) -> None:
        """Everything of ours was down: the last tick is that old. Time itself is not moved."""
        _, wall = await self.hand.call("now")
        await self.redis.hset(keys.marker(FAMILY), "tick", wall - round(seconds * 1000))  # type: ignore[misc]

    async def gap(self, seconds: float) -> None:
        """An outage that was noticed and is over: the family has counted it, and holds nothing."""
        await self.redis.hincrby(keys.marker(FAMILY), "gap_ms", round(seconds * 1000))  # type: ignore[misc]

    async def journal(self, kind: str = "room") -> list[dict[str, Any]]:
        """Returns the journal's entries of one kind: states with their events, or messages."""
        found = []
        for _, fields in await self.redis.xrange(keys.journal(FAMILY)):
            entry = {name.decode(): value.decode() for name, value in fields.items()}
            if "msg" in entry:
                entry = {"k": "msg", **msgspec.json.decode(entry["msg"])}
            if entry["k"] != kind:
                continue
            if kind == "room":
                entry = {"state": msgspec.json.decode(entry["d"]), "events": msgspec.json.decode(entry["ev"])}
            found.append(entry)
        return found

    async def events(self) -> list[str]:
        """Returns the names of everything that happened, in order."""
        return [event["event"] for entry in await self.journal() for event in entry["events"]]


async def refused(code: str, doing: Any) -> Refusal:
    """Asserts that what is awaited is refused with a code; returns the refusal."""
    with pytest.raises(Refusal) as caught:
        await doing
    assert caught.value.code == code
    return caught.value
