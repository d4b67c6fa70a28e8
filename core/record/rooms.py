"""Rooms and their messages, as rehydrate, resume, history and reports read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import asyncpg
import orjson

from core.record import queries
from core.record.database import Database
from core.record.profile import card_json

SQL = queries.load("rooms")
NIL = "00000000-0000-0000-0000-000000000000"
"""Sorts before every id."""
NEWEST = 200
"""Messages of a room that come back into its log (the most a RoomState carries)."""


class ClientId(NamedTuple):
    """One entry of a room's client-id index."""

    slot: int
    client_id: str
    seq: int
    sent_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRoom:
    """A room as of its last journaled state, with every message recorded since."""

    state: dict[str, Any]
    """The journal's `room` state, same names and units. last_seq, messages_1 and messages_2 count what is recorded."""
    card_1: str
    card_2: str
    messages: list[str]
    """Message JSON of the newest 200, ascending and without a hole."""
    client_ids: list[ClientId]
    """Of all messages: a repeat of any is answered with its seq."""

    def marks(self) -> list[str]:
        """Returns the client ids as the shard's index has them: field, value, field, value, ..."""
        return [word for slot, client_id, seq, at in self.client_ids for word in (f"{slot}:{client_id}", f"{seq}:{at}")]


class Rooms:
    """Tables active_rooms, text_room_activity, room_messages, room_events, cooldowns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- what rehydrate reads, in chunks: `after` is the last one's key
    async def open_in(
        self, shard: int, after: str | None, limit: int, *, with_messages: bool = True
    ) -> list[StoredRoom]:
        """Returns rooms of a shard that have not ended, by room id; for their seats messages are not needed."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(SQL["open_rooms"], shard, after or NIL, limit)
            return await self._filled(connection, rows, with_messages=with_messages)

    async def ended_in(self, shard: int, since_ms: int, after: str | None, limit: int) -> list[StoredRoom]:
        """Returns rooms of a shard that ended since an instant, by room id."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(SQL["ended_rooms"], shard, after or NIL, limit, since_ms)
            return await self._filled(connection, rows, with_messages=True)

    async def cooldowns(self, after: tuple[str, str] | None, limit: int) -> list[tuple[str, str, int]]:
        """Returns (a, b, until ms) of pairs on cooldown, a < b, in order."""
        rows = await self._database.fetch(SQL["cooldowns"], *(after or (NIL, NIL)), limit)
        return [(row["user_id_1"], row["user_id_2"], row["expires_at_ms"]) for row in rows]

    # -- single rooms
    async def state(self, room_id: str) -> dict[str, Any] | None:
        """Returns a room's last journaled state; None when it is unknown or was pruned (an hour after its end)."""
        row = await self._database.fetchrow(SQL["room"], room_id)
        return None if row is None else _state(row)

    async def ended(self, user_id: str, room_id: str, last_seq: int) -> dict[str, Any] | None:
        """Returns the wire's Ended of a room this user was in; None while it goes on or where it is unknown."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(SQL["ended"], room_id, user_id)
            if row is None:
                return None
            messages = await connection.fetch(SQL["newest_messages"], room_id, last_seq, NEWEST)
        said = [orjson.loads(message_json(message)) for message in reversed(messages)]
        return {"room_id": room_id, **dict(row), "messages": said}

    async def messages_after(self, room_id: str, seq: int, limit: int) -> list[str]:
        """Returns Message JSON with a seq above `seq`, ascending, the oldest `limit` of them."""
        return [message_json(row) for row in await self._database.fetch(SQL["messages_after"], room_id, seq, limit)]

    async def messages_before(self, room_id: str, seq: int, limit: int) -> list[str]:
        """Returns Message JSON with a seq below `seq`, ascending, the newest `limit` of them."""
        rows = await self._database.fetch(SQL["messages_before"], room_id, seq, limit)
        return [message_json(row) for row in reversed(rows)]

    async def message_by_client_id(self, room_id: str, sender_id: str, client_id: str) -> tuple[int, int] | None:
        """Returns (seq, sent_at_ms) of a message already recorded."""
        row = await self._database.fetchrow(SQL["message_by_client_id"], room_id, sender_id, client_id)
        return None if row is None else (row["seq"], row["sent_at_ms"])

    async def timeline(self, room_id: str) -> list[dict[str, Any]]:
        """Returns a room's events in order: event, at_ms, user_id, node, detail, epoch, version."""
        return [dict(row) for row in await self._database.fetch(SQL["timeline"], room_id)]

    async def _filled(
        self, connection: Any, rows: Sequence[asyncpg.Record], *, with_messages: bool
    ) -> list[StoredRoom]:
        if not rows:
            return []
        found = await connection.fetch(SQL["cards"], list({row[side] for row in rows for side in ("user_1", "user_2")}))
        cards = {row["user_id"]: card_json(**dict(row)) for row in found}
        said: dict[str, list[asyncpg.Record]] = {row["room_id"]: [] for row in rows}
        if with_messages:
            for message in await connection.fetch(SQL["messages_of_rooms"], list(said), NEWEST):
                said[message["room_id"]].append(message)
        return [_stored(row, said[row["room_id"]], cards) for row in rows]


def message_json(row: Any) -> str:
    """Returns a message as the live log keeps it. Only `body` holds what users typed, and that is JSON already."""
    return (
        f'{{"room_id":"{row["room_id"]}","from":"{row["sender_id"] or ""}","kind":"{row["kind"]}",'
        f'"body":{row["body"]},"client_id":"{row["client_id"] or ""}","seq":{row["seq"]},'
        f'"sent_at_ms":{row["sent_at_ms"]}}}'
    )


def _newest_run(messages: Sequence[asyncpg.Record]) -> Sequence[asyncpg.Record]:
    """A log has no holes: of the newest messages only those after the last one come back."""
    first = len(messages)
    while first and messages[first - 1]["body"] is not None:
        if first < len(messages) and messages[first - 1]["seq"] != messages[first]["seq"] - 1:
            break
        first -= 1
    return messages[first:]


def _state(row: asyncpg.Record) -> dict[str, Any]:
    state = dict(row)
    del state["shard"], state["ended_at"]
    return state


def _stored(row: asyncpg.Record, messages: list[asyncpg.Record], cards: dict[str, str]) -> StoredRoom:
    state = _state(row)
    slots = {row["user_1"]: 1, row["user_2"]: 2}
    counts = {1: 0, 2: 0}
    client_ids = []
    for message in messages:
        slot = slots.get(message["sender_id"])
        if slot and message["client_id"]:
            counts[slot] += 1
            client_ids.append(ClientId(slot, message["client_id"], message["seq"], message["sent_at_ms"]))
    if messages:
        state["last_seq"] = messages[-1]["seq"]
    state["messages_1"] = max(state["messages_1"], counts[1])
    state["messages_2"] = max(state["messages_2"], counts[2])
    return StoredRoom(
        state=state,
        card_1=cards.get(row["user_1"]) or card_json(row["user_1"], row["name_1"]),
        card_2=cards.get(row["user_2"]) or card_json(row["user_2"], row["name_2"]),
        messages=[message_json(message) for message in _newest_run(messages)],
        client_ids=client_ids,
    )
