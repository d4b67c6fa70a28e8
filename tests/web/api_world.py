"""The HTTP side on real stores: guests who sign up over HTTP, meet in rooms, and look back.

Rooms are opened and talked in through the shards' own ops; `record` is the recorder's one turn.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from core import keys
from core.actions import rehydrate, talk
from core.actions.service import Service
from core.ids import new_id
from core.settings import Settings
from web import api

Client = TestClient[web.Request, web.Application]


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any

    @classmethod
    async def of(cls, response: ClientResponse) -> Self:
        raw = await response.read()
        body = msgspec.json.decode(raw) if "json" in response.content_type else raw
        return cls(response.status, {name.lower(): value for name, value in response.headers.items()}, body)

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and code of a problem, which it must be."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.body["status"] == self.status
        assert self.body["type"] == "about:blank"
        assert self.body["title"]
        return self.status, self.body["code"]


@dataclass
class Guest:
    """Someone who signed up."""

    house: "House"
    name: str
    user_id: str
    token: str

    async def get(self, path: str) -> Answer:
        return await self.house.ask("GET", path, token=self.token)

    async def delete(self, path: str) -> Answer:
        return await self.house.ask("DELETE", path, token=self.token)

    def card(self) -> str:
        card = {"user_id": self.user_id, "name": self.name, "gender": "female", "socials": {}}
        return msgspec.json.encode({**card, "selfie_url": None, "video_url": None}).decode()


@dataclass
class Room:
    """A room that caller and callee are in."""

    house: "House"
    caller: Guest
    callee: Guest
    mode: str = "text"
    room_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.room_id = self.house.service.live.new_room_id()

    async def open(self) -> Self:
        """The invite was accepted; nobody has entered yet."""
        await self.house.service.live.shard(self.room_id).call("create", self.seat)
        return self

    @property
    def seat(self) -> str:
        """What the lobby would keep of it."""
        seat: dict[str, Any] = {
            "room_id": self.room_id,
            "mode": self.mode,
            "seconds": 300 if self.mode == "video" else 0,
            "user_1": self.caller.user_id,
            "user_2": self.callee.user_id,
            "card_1": self.caller.card(),
            "card_2": self.callee.card(),
            "opened_at": self.house.service.live.clock.now_ms(),
            "incs_1": [],
            "incs_2": [],
        }
        return msgspec.json.encode(seat).decode()

    async def start(self) -> Self:
        """Both are in."""
        await self.open()
        for member in (self.caller, self.callee):
            await talk.enter(self.house.service, self._conn(member), member.user_id, self.room_id, 0, None)
        return self

    async def say(self, member: Guest, text: str) -> None:
        body = msgspec.json.encode(text).decode()
        client_id = new_id()
        prefix = (
            f'{{"room_id":"{self.room_id}","from":"{member.user_id}","kind":"text","body":{body},'
            f'"client_id":"{client_id}"'
        )
        await self.house.service.live.shard(self.room_id).call(
            "chat", self.room_id, member.user_id, self._conn(member), client_id, prefix
        )

    async def leave(self) -> None:
        await talk.leave(self.house.service, self.caller.user_id, self.room_id)

    def _conn(self, member: Guest) -> str:
        return f"{self.house.service.live.incarnation}.{1 if member is self.caller else 2}"


class House:
    """One process's HTTP side."""

    def __init__(self, service: Service, routes: Sequence[web.AbstractRouteDef] = ()) -> None:
        self.service = service
        self.is_draining = False
        self.app = web.Application()
        api.install(self.app, service, is_draining=lambda: self.is_draining)
        self.app.add_routes(routes)
        self.client: Client = TestClient(TestServer(self.app))

    async def ask(self, method: str, path: str, *, token: str = "", **options: Any) -> Answer:
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **options.pop("headers", {})}
        async with self.client.request(method, path, headers=headers, **options) as response:
            return await Answer.of(response)

    async def sign_up(self, name: str = "Ada", gender: str = "female", **fields: Any) -> Answer:
        return await self.ask("POST", "/api/v1/guests", json={"name": name, "gender": gender, **fields})

    async def guest(self, name: str = "Ada") -> Guest:
        answer = await self.sign_up(name)
        assert answer.status == 201, answer.body
        return Guest(self, name, answer.body["user"]["user_id"], answer.body["token"])

    async def past_room(self, caller: Guest, callee: Guest, *texts: str, mode: str = "text") -> Room:
        """Both met, each said its texts in turn, the caller left."""
        room = await Room(self, caller, callee, mode).start()
        for number, text in enumerate(texts):
            await room.say(callee if number % 2 else caller, text)
        await room.leave()
        return room

    async def record(self) -> None:
        """PostgreSQL hears everything."""
        for family in self.service.live.families():
            entries = await self.service.live.redis.xrange(keys.journal(family.name))
            shard = await self.service.record.shards.get(family.name)
            assert shard
            raw = [(entry_id, [part for pair in fields.items() for part in pair]) for entry_id, fields in entries]
            await self.service.record.journal.record_batch(family.name, family.epoch, shard.position, raw)


@contextlib.asynccontextmanager
async def house_on(
    settings: Settings, *, live: bool = True, routes: Sequence[web.AbstractRouteDef] = ()
) -> AsyncIterator[House]:
    """A process's HTTP side on these stores; live: every family has been brought live. `routes`: besides ours."""
    service = await Service.open(settings)
    running = asyncio.create_task(service.live.run())
    try:
        if live:
            await rehydrate.bring_all_live(service)
        house = House(service, routes)
        async with house.client:
            yield house
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await service.close()
