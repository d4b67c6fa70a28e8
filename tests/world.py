"""Users, nodes and time as a vocabulary, over real processes and real sockets.

    ann, bob = await world.people("Ann", "Bob")   # signed up, each at the next node, available
    invite_id = await ann.invites(bob)            # he has heard it
    room = await bob.accepts(invite_id)           # both have heard it
    await ann.closes()                            # her tab
    await world.time_passes(20)                   # by the clock of the rules; nobody waits
    await world.all_is_said()                     # whatever was announced until now has been heard

People speak through tests/client.py, one `Client` a tab; who comes back by himself is in tests/device.py.
"""

import asyncio
import itertools
import re
import time
from collections import ChainMap
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

import aiohttp
import asyncpg
import orjson
from redis.asyncio import Redis

from core import keys
from core.settings import LIMIT_DEFAULTS
from tests.client import Client, Refused, Said, connect, sign_up
from tests.clocks import Clock
from tests.device import Device
from tests.processes import Node, Processes, Worker
from tests.servers import Stores

NO_LIMITS: Final = {f"LIMIT_{name.upper()}": "off" for name in LIMIT_DEFAULTS}
"""For situations in which everybody does more in a second than people do in an hour."""
LOOK_S: Final = 0.02
"""Between two looks at what another process writes."""
PATIENCE_S: Final = 15.0
ROOM_SHARDS: Final = 8
ALL: Final = tuple(keys.families(ROOM_SHARDS))
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""What 256 bits look like."""
SECRET_FIELDS: Final = frozenset({"token", "password", "old", "new", "email", "code", "invite_code", "intro_code"})
"""Of bodies and answers: what nobody but their owners may read anywhere."""
SECRET_MIN: Final = 8
"""Shorter texts may stand in a log by accident."""

KNOCK: Final = "test.knock"
ANNOUNCE: Final = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
local n = redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('XADD', KEYS[2], 'NOMKSTREAM', '1-' .. n, 'to', ARGV[2], 'kind', ARGV[3], 'data', '{}')
return 1
"""
"""Speaks into a node's inbox as the families' scripts do: what was announced before has been heard when this is."""


@dataclass(eq=False)
class Person:
    """Somebody with a session and, as a rule, one tab open."""

    world: "World" = field(repr=False)
    name: str
    token: str = field(repr=False)
    user_id: str
    node: Node = field(repr=False)
    tabs: list[Client] = field(default_factory=list, repr=False)
    email: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def tab(self) -> Client:
        """The one opened last."""
        return self.tabs[-1]

    async def opens(self, node: Node | None = None, *, url: str = "", **hello: Any) -> Client:
        """Opens one more tab, at the node of last time unless told otherwise; `tab` is the new one."""
        self.node = node or self.node
        tab = await self.world.enter(url or self.node.url, self.token, hello)
        self.tabs.append(tab)
        return tab

    async def closes(self) -> None:
        """Closes the newest tab as people do."""
        await self.tabs.pop().leave()

    async def vanishes(self) -> None:
        """Its connection breaks without a word."""
        await self.tabs.pop().vanish()

    async def comes_back(self, room: "Room | None" = None, node: Node | None = None, *, last_seq: int = 0) -> Said:
        """Opens a tab that was in a room and says so; returns the welcome."""
        claim: dict[str, Any] = {"room": {"room_id": room.room_id, "last_seq": last_seq}} if room else {}
        return (await self.opens(node, **claim)).welcome

    async def wishes(self, wish: bool = True) -> None:
        """To meet somebody, or not."""
        await self.tab.ask("queue.join" if wish else "queue.leave")

    async def looks(self, **how: Any) -> list[Said]:
        """Returns everybody who is available, from the beginning."""
        cards: list[Said] = []
        again = {"again": True}
        while page := (await self.tab.ask("queue.browse", limit=50, **again, **how))["cards"]:
            cards += page
            again = {}
            if len(page) < 50:
                break
        return cards

    async def sees(self, other: "Person") -> bool:
        """Whether the other's card is shown to this one."""
        return other.user_id in {card["user_id"] for card in await self.looks()}

    async def invites(self, other: "Person", mode: str = "text", **seconds: int) -> str:
        """Returns the invite's id; the other's tab has heard it."""
        sent = await self.tab.ask("invite.send", to=other.user_id, mode=mode, **seconds)
        invite_id: str = sent["invite_id"]
        if other.tabs:
            heard = await other.tab.expect("invite.received")
            assert heard["invite"]["invite_id"] == invite_id
            assert heard["invite"]["from"]["user_id"] == self.user_id
        return invite_id

    async def accepts(self, invite_id: str, **seconds: int) -> str:
        """Returns the room's id, which this tab has heard."""
        await self.tab.ask("invite.accept", invite_id=invite_id, **seconds)
        return await self.is_told_of_a_room()

    async def is_told_of_a_room(self) -> str:
        """Takes `room.opened` from the tab; returns the room's id."""
        room_id: str = (await self.tab.expect("room.opened"))["room"]["room_id"]
        return room_id

    async def enters(self, room_id: str, last_seq: int = 0) -> Said:
        """Returns the room as this tab sees it."""
        entered: Said = (await self.tab.ask("room.enter", room_id=room_id, last_seq=last_seq))["room"]
        return entered

    async def says(self, room: "Room", text: str, client_id: str = "") -> int:
        """Returns the seq under which it was acknowledged."""
        self.world.keep_secret(text)
        seq: int = (await self.tab.chat(room.room_id, text, client_id or self.world.client_id()))["seq"]
        return seq

    async def hears(self, text: str) -> Said:
        """Takes the next message; it must say `text`."""
        message: Said = (await self.tab.expect("chat.message"))["message"]
        assert message["body"] == text
        return message

    async def leaves(self, room: "Room") -> None:
        """Ends the room."""
        await self.tab.ask("room.leave", room_id=room.room_id)

    async def is_missed(self) -> None:
        """Waits until the lobby knows that no tab is open any more."""
        conns = keys.key(keys.LOBBY, f"conns:{self.user_id}")

        async def is_gone() -> bool:
            return not await self.world.redis.exists(conns)

        await eventually(is_gone, what=f"{self.name} is still connected")

    async def stays(self) -> "Person":
        """Gives himself an address and a password, and is no guest any more."""
        self.email, self.password = f"{self.user_id}@example.org", f"the password of {self.user_id}"
        self.world.keep_secret(self.email)
        self.world.keep_secret(self.password)
        body = {"email": self.email, "password": self.password}
        status, answer, _ = await self.ask_http("POST", "/api/v1/me/account", json=body)
        assert status == 200, answer
        return self

    async def logs_in(self, node: Node | None = None) -> "Person":
        """Returns the same one with a login of his own, and no tab yet; this one's is over."""
        node = node or self.node
        body = {"email": self.email, "password": self.password}
        status, answer, _ = await self.world.ask_http(node, "POST", "/api/v1/sessions", json=body)
        assert status == 201, answer
        self.world.keep_secret(answer["token"])
        anew = replace(self, token=answer["token"], node=node, tabs=[])
        self.world.people_here.append(anew)
        return anew

    async def is_let_in(self, node: Node | None = None) -> str:
        """Returns "" for a token that is good over HTTP, else the code of the refusal."""
        headers = {"Authorization": f"Bearer {self.token}"}
        status, answer, _ = await self.world.ask_http(node or self.node, "GET", "/api/v1/me", headers=headers)
        return "" if status == 200 else str(answer["code"])

    async def ask_http(self, method: str, path: str, **options: Any) -> tuple[int, Any, Mapping[str, str]]:
        """Returns status, body (JSON where it is) and headers."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.world.ask_http(self.node, method, path, headers=headers, **options)


@dataclass(frozen=True, eq=False)
class Room:
    """A room of two. The caller is its user_1."""

    world: "World"
    room_id: str
    caller: Person
    callee: Person
    started: Said = field(default_factory=dict, repr=False)
    """How it began, once it has."""

    @property
    def members(self) -> tuple[Person, Person]:
        return self.caller, self.callee

    @property
    def shard(self) -> str:
        """The family it lives in."""
        return keys.shard_family(int(self.room_id[-2:], 16))

    async def ends(self, reason: str) -> Said:
        """Both hear the same end, once; returns it."""
        first, second = [await each.tab.expect("room.ended", room_id=self.room_id) for each in self.members]
        assert first == second
        assert first["reason"] == reason
        return first

    async def goes_on(self) -> bool:
        """Whether it has not ended."""
        status = await self.world.redis.hget(keys.key(self.shard, f"room:{self.room_id}"), "status")  # type: ignore[misc]
        return status in (b"active", b"grace_period")

    async def recorded(self) -> list[asyncpg.Record]:
        """Returns its messages as PostgreSQL has them."""
        return await self.world.rows("select * from room_messages where room_id = $1 order by seq", self.room_id)

    async def is_told_alike(self, *devices: Device, within: float = PATIENCE_S) -> None:
        """Every acknowledged message is there once, in one order: on every device and in PostgreSQL."""
        for device in devices:
            await device.is_settled(within=within)
        last = max(device.last_seq for device in devices)
        for device in devices:
            await device.has(last)

        async def all_recorded() -> list[asyncpg.Record] | None:
            rows = await self.recorded()
            return rows if len(rows) >= last else None

        rows = await eventually(all_recorded, within=within, what=f"not recorded up to {last}")
        told = [(row["seq"], str(row["sender_id"]), row["client_id"], orjson.loads(row["body"])) for row in rows]
        assert [seq for seq, *_ in told] == list(range(1, last + 1))
        for device in devices:
            held = [
                (seq, said["from"], said["client_id"], said["body"]) for seq, said in sorted(device.messages.items())
            ]
            assert held == told[-len(held) :]
            mine = [client_id for _, sender, client_id, _ in told if sender == device.user_id]
            assert len(mine) == len(set(mine))
            assert device.acknowledged.keys() <= set(mine)
            assert mine == sorted(mine, key=lambda name: int(name.rpartition("-")[2]))  # as they were said


class World:
    """An installation: its processes, its stores, its clock, and the people who came in through this object."""

    def __init__(self, processes: Processes, stores: Stores) -> None:
        self.processes = processes
        self.stores = stores
        self.redis: Redis = Redis.from_url(stores.redis_url)
        self.clock = Clock(self.redis, ROOM_SHARDS)
        self.secrets: set[str] = set()
        self.people_here: list[Person] = []
        self._exits = AsyncExitStack()
        self._turns = itertools.count()
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        self._http = await self._exits.enter_async_context(aiohttp.ClientSession())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.everybody_leaves()
        await self._exits.aclose()
        await self.redis.aclose()

    # ------------------------------------------------------------------------------------------------- processes
    @property
    def nodes(self) -> list[Node]:
        """Those that run, oldest first."""
        return [each for each in self.processes.all if isinstance(each, Node) and each.is_running]

    @property
    def workers(self) -> list[Worker]:
        return [each for each in self.processes.all if isinstance(each, Worker) and each.is_running]

    async def opens(self, *with_settings: Mapping[str, str], nodes: int = 2, workers: int = 1) -> list[Node]:
        """Starts so many of each at once; returns the nodes."""
        settings: dict[str, Any] = dict(ChainMap(*map(dict, with_settings)))
        starting = [self.processes.node(**settings) for _ in range(nodes)]
        working = [self.processes.worker(**settings) for _ in range(workers)]
        await asyncio.gather(*working, *starting)
        return self.nodes

    # --------------------------------------------------------------------------------------------------- people
    async def person(self, name: str, node: Node | None = None, *, wish: bool = True) -> Person:
        """Signs up, opens a tab and, unless told otherwise, wishes to meet."""
        node = node or self.nodes[next(self._turns) % len(self.nodes)]
        person = await self.signs_up(name, node)
        await person.opens()
        if wish:
            await person.wishes()
        return person

    async def signs_up(self, name: str, node: Node | None = None, **fields: str) -> Person:
        """Somebody with a session and no tab yet. `fields`: what else is sent, like an intro_code."""
        node = node or self.nodes[0]
        token = await sign_up(node.url, name, **fields)
        self.keep_secret(token)
        _, me, _ = await self.ask_http(node, "GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        person = Person(self, name, token, me["user_id"], node)
        self.people_here.append(person)
        return person

    async def people(self, *names: str, at: Sequence[Node] = (), wish: bool = True) -> list[Person]:
        """The first at the first node, the second at the second, and so on, or each where `at` says."""
        nodes = at or self.nodes
        together = (self.person(name, nodes[n % len(nodes)], wish=wish) for n, name in enumerate(names))
        return list(await asyncio.gather(*together))

    async def enter(self, url: str, token: str, hello: Mapping[str, Any]) -> Client:
        """A tab of somebody, closed at the end of this world at the latest."""
        return await self._exits.enter_async_context(connect(url, token, **hello))

    async def device(self, person: Person, nodes: Iterable[Node] = ()) -> Device:
        """Gives a person a client that comes back by itself; it tries `nodes` in turn."""
        device = Device(person.token, [each.url for each in nodes or self.nodes], self.keep_secret)
        return await self._exits.enter_async_context(device)

    async def everybody_leaves(self) -> None:
        """Everybody's tabs are closed."""
        tabs = [tab for person in self.people_here for tab in person.tabs]
        for person in self.people_here:
            person.tabs.clear()
        self.people_here.clear()
        await asyncio.gather(*(tab.vanish() for tab in tabs if not tab.is_over))

    async def opens_room(self, caller: Person, callee: Person, mode: str = "text", **seconds: int) -> Room:
        """The invite was sent and accepted; nobody has entered yet."""
        invite_id = await caller.invites(callee, mode, **seconds)
        room_id = await callee.accepts(invite_id, **seconds)
        ended = await caller.tab.expect("invite.ended", invite_id=invite_id)
        assert ended["outcome"] == "accepted"
        assert await caller.is_told_of_a_room() == room_id
        return Room(self, room_id, caller, callee)

    async def meet(self, caller: Person, callee: Person, mode: str = "text", **seconds: int) -> Room:
        """Both are in a room that has started, each with his newest tab."""
        room = await self.opens_room(caller, callee, mode, **seconds)
        for member in room.members:
            await member.enters(room.room_id)
        for member in room.members:
            room.started.update(await member.tab.expect("room.started"))
            if mode == "video":
                await member.tab.expect("rtc.negotiate")
        return room

    async def meet_on_devices(
        self, caller: Person, callee: Person, mode: str = "text", **seconds: int
    ) -> tuple[Room, Device, Device]:
        """The same, but with clients that come back by themselves, each at its person's node first."""
        room = await self.opens_room(caller, callee, mode, **seconds)
        devices = []
        for each in room.members:
            others = [node for node in self.nodes if node is not each.node]
            devices.append(await self.device(each, [each.node, *others]))
            await each.closes()
        await asyncio.gather(*(device.is_in(room.room_id) for device in devices))
        return room, devices[0], devices[1]

    # ------------------------------------------------------------------------------------------------------ time
    async def time_passes(self, seconds: float) -> None:
        """By the clock of the rules. Leases, limits and heartbeats go by the true one."""
        await self.clock.forward(seconds)

    async def now_ms(self) -> int:
        """What the clock of the rules shows."""
        seconds, micros = await self.redis.time()
        return int(seconds * 1000 + micros // 1000 + await self.clock.shift_ms())

    async def is_soon(self, *instants_ms: int, in_s: float = 0.5) -> None:
        """Time passes until the first of these instants is so near."""
        await self.time_passes((min(instants_ms) - await self.now_ms()) / 1000 - in_s)

    async def comes_to(self, instant_ms: float) -> None:
        """Waits for an instant that is near: the races are about the very moment."""
        await asyncio.sleep(max(0.0, (instant_ms - await self.now_ms()) / 1000))

    async def all_is_said(self, *people: Person, families: Collection[str] = ALL) -> None:
        """What these families announced to these people (or to everybody here) until now has been heard."""
        await asyncio.gather(*(self._knocks(person, families) for person in people or self.people_here if person.tabs))

    async def _knocks(self, person: Person, families: Collection[str]) -> None:
        conns = await self.redis.hkeys(keys.key(keys.LOBBY, f"conns:{person.user_id}"))  # type: ignore[misc]
        async with self.redis.pipeline(transaction=False) as together:
            for incarnation in {conn.decode().partition(".")[0] for conn in conns}:
                for family in families:
                    names = (keys.key(family, "inboxes"), keys.inbox(family, incarnation))
                    together.eval(ANNOUNCE, 2, *names, incarnation, f"u:{person.user_id}", KNOCK)
            knocks = sum(await together.execute())
        assert knocks >= len(families), f"{person.name} is known to no node"
        for tab in person.tabs:
            for _ in families:
                if not tab.is_over:
                    await tab.expect(KNOCK)

    async def silence(self, *people: Person, families: Collection[str] = ALL) -> None:
        """Fails if one of these people heard something that was not asked for and not taken."""
        await self.all_is_said(*people, families=families)
        for person in people:
            for tab in person.tabs:
                assert not tab.heard, f"{person.name} heard {list(tab.heard)}"

    # ---------------------------------------------------------------------------------------------------- stores
    async def rows(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """What PostgreSQL says."""
        connection = await asyncpg.connect(self.stores.database_url)
        try:
            return list(await connection.fetch(query, *args))
        finally:
            await connection.close()

    async def value(self, query: str, *args: Any) -> Any:
        """The first column of the first row."""
        found = await self.rows(query, *args)
        return found[0][0] if found else None

    async def epochs(self) -> dict[str, int]:
        """How often each family was brought back, as Redis says; 0: it is not live."""
        found = {}
        for family in ALL:
            found[family] = int(await self.redis.hget(keys.marker(family), "epoch") or 0)  # type: ignore[misc]
        return found

    async def has_cooldown(self, one: Person, other: Person) -> bool:
        """Whether these two may not meet for now."""
        a, b = sorted((one.user_id, other.user_id))
        return bool(await self.redis.exists(keys.key(keys.LOBBY, f"cool:{a}:{b}")))

    async def cooldown_s(self, one: Person, other: Person) -> float:
        """For how long these two may not meet yet, to the second; 0: they may."""
        a, b = sorted((one.user_id, other.user_id))
        ends_at = int(await self.redis.get(keys.key(keys.LOBBY, f"cool:{a}:{b}")) or 0)
        return max(0, round((ends_at - await self.now_ms()) / 1000))

    async def ask_http(self, node: Node, method: str, path: str, **options: Any) -> tuple[int, Any, Mapping[str, str]]:
        """Returns status, body (JSON where it is) and headers."""
        self._keep_secrets_in(options.get("json"))
        async with self._http.request(method, f"{node.url}{path}", **options) as answer:
            body = await answer.json() if "json" in answer.content_type else await answer.read()
            if answer.ok:  # a problem's `code` is no secret
                self._keep_secrets_in(body)
            return answer.status, body, answer.headers

    # --------------------------------------------------------------------------------------------------- secrets
    def client_id(self) -> str:
        """One that nobody has used."""
        return f"c{next(self._numbers)}"

    def keep_secret(self, text: str) -> None:
        """No log may hold it."""
        if len(text) >= SECRET_MIN:
            self.secrets.add(text)

    def _keep_secrets_in(self, body: Any) -> None:
        """Whatever stands under a name of SECRET_FIELDS, at any depth of what was sent or answered."""
        if isinstance(body, dict):
            for name, value in body.items():
                if name in SECRET_FIELDS and isinstance(value, str):
                    self.keep_secret(value)
                self._keep_secrets_in(value)
        elif isinstance(body, list):
            for each in body:
                self._keep_secrets_in(each)

    def betrayed(self) -> list[str]:
        """Returns the log lines of all processes that hold a secret: what was said, a token, a password, an address."""
        found = []
        for process in self.processes.all:
            log = process.log.read_text(errors="replace") if process.log.exists() else ""
            told = self.secrets.intersection(TOKEN.findall(log))
            told |= {secret for secret in self.secrets if not TOKEN.fullmatch(secret) and secret in log}
            found += [f"{process.name}: {line}" for line in log.splitlines() if any(each in line for each in told)]
        return found


async def eventually(holds: Callable[[], Awaitable[Any]], *, within: float = PATIENCE_S, what: str = "") -> Any:
    """Waits until another process has made something true, and returns it."""
    until = time.monotonic() + within
    while not (found := await holds()):
        assert time.monotonic() < until, what or f"{holds} did not come true in {within:g} s"
        await asyncio.sleep(LOOK_S)
    return found


async def talk(device: Device, words: int, *, waiting: int = 3) -> None:
    """Says so many things, one after the other, with a few on their way."""
    for number in range(words):
        device.say(f"{device.name} says {number}")
        await device.until(lambda: len(device.outbox) < waiting, within=60)


async def outcome_of(doing: Awaitable[Any]) -> str:
    """Returns "done", or the code (and outcome) of the refusal."""
    try:
        await doing
    except Refused as refused:
        return f"{refused.code}:{refused.outcome}" if refused.outcome else refused.code
    return "done"


def kinds_of(said: Collection[Said]) -> list[str]:
    """Returns the types of messages, in order."""
    return [each["type"] for each in said]
