"""Rooms made in bulk, straight through the shards' scripts, with both members bound to this process."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.json import encode

from bench.people import Person, people, pour
from core.actions.service import Service
from core.ids import new_room_id
from core.live.family import Family, Op

SAID: Final = "A message of sixty-four bytes, as people write them: well, hello!"[:64]
"""What everybody says."""
BODY: Final = encode(SAID).decode()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people and their room."""

    room_id: str
    caller: Person
    callee: Person
    conns: tuple[str, str]

    def seat(self, opened_at: int, incarnation: str) -> str:
        """What an acceptance leaves for the shard."""
        facts = {
            "room_id": self.room_id,
            "mode": "text",
            "seconds": 0,
            "user_1": self.caller.user_id,
            "user_2": self.callee.user_id,
            "card_1": self.caller.profile.card_json(),
            "card_2": self.callee.profile.card_json(),
            "opened_at": opened_at,
            "incs_1": [incarnation],
            "incs_2": [incarnation],
        }
        return encode(facts).decode()

    def message(self, number: int) -> Op:
        """The `number`-th message; the two take turns."""
        who, conn = ((self.caller, self.conns[0]), (self.callee, self.conns[1]))[number % 2]
        prefix = (
            f'{{"room_id":"{self.room_id}","from":"{who.user_id}","kind":"text","body":{BODY},"client_id":"{number}"'
        )
        return ("chat", self.room_id, who.user_id, conn, str(number), prefix)


def pairs(count: int, shards: int, incarnation: str) -> list[Pair]:
    """Makes up `count` rooms, spread evenly over the shards."""
    everyone = people(2 * count)
    return [
        Pair(new_room_id(number % shards), caller, callee, (f"{incarnation}.{number}a", f"{incarnation}.{number}b"))
        for number, (caller, callee) in enumerate(zip(everyone[::2], everyone[1::2], strict=True))
    ]


async def open_rooms(service: Service, rooms: Sequence[Pair], *, seats: bool = False) -> None:
    """Creates and starts them; with `seats` the lobby knows, too."""

    async def fill(shard: Family) -> None:
        now, _ = await shard.call("now")
        await shard.call("open_inbox", shard.incarnation)
        await pour(shard, _starting([room for room in rooms if service.live.shard(room.room_id) is shard], now, shard))

    await asyncio.gather(*(fill(shard) for shard in service.live.shards()))
    if seats:
        now, _ = await service.live.lobby.call("now")
        incarnation = service.live.incarnation
        await pour(service.live.lobby, (("load_seats", [room.seat(now, incarnation)]) for room in rooms))


def _starting(rooms: Sequence[Pair], now: int, shard: Family) -> Iterator[Op]:
    for room in rooms:
        yield ("create", room.seat(now, shard.incarnation))
        yield ("enter", room.room_id, room.caller.user_id, room.conns[0], 0, -1)
        yield ("enter", room.room_id, room.callee.user_id, room.conns[1], 0, -1)


async def talk(service: Service, rooms: Sequence[Pair], messages: int) -> None:
    """Everybody in turn says something until `messages` were said, all through the scripts."""
    each = -(-messages // len(rooms))

    def said(shard: Family) -> Iterator[Op]:
        here = [room for room in rooms if service.live.shard(room.room_id) is shard]
        for number in range(each):
            for room in here:
                yield room.message(number)

    await asyncio.gather(*(pour(shard, said(shard)) for shard in service.live.shards()))
