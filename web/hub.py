"""This node's connections, and who of them hears an announcement.

Nothing here waits: an announcement is looked up and written. Whom it concerns stands in its `to`: one connection, one
user's connections, or the node. Between families there is no order, so rooms are told apart by their ids.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from msgspec.json import decode

from core import keys
from core.ids import shard_of
from core.live.family import Family
from core.live.inboxes import Entry
from core.live.rooms import room_state
from core.protocol.codes import Close
from core.protocol.server import (
    CardChanged,
    RoomEnded,
    RoomMoved,
    RoomOpened,
    RoomRestored,
    RoomUpgraded,
    SessionReplaced,
    encode,
)
from web.arrivals import Arrivals
from web.binding import Binding
from web.cards import Cards
from web.connection import Connection
from web.make_way import make_way
from web.metrics import Metrics

BEHIND_S: Final = 0.25
"""How long a message may wait for the ones before it; then they are fetched from the log (architecture, section 4)."""


class Hub:
    """Connections by id, by user and by seat."""

    def __init__(self, metrics: Metrics) -> None:
        self.arrivals = Arrivals()
        self.cards: Cards[Connection] = Cards(
            lambda user_id, presence: encode(CardChanged(user_id=user_id, presence=presence))  # type: ignore[arg-type]
        )
        self.orders: dict[str, Callable[[], None]] = {}
        """What this node itself is to do, by the kind of announcement."""
        self._metrics = metrics
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._by_id: dict[str, Connection] = {}
        self._by_user: dict[str, list[Connection]] = {}
        self._bound: dict[tuple[str, int], Connection] = {}
        self._behind: dict[Connection, float] = {}

    # ------------------------------------------------------------------------------------------------- who is here
    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._by_id.values()))

    def __contains__(self, conn_id: str) -> bool:
        return conn_id in self._by_id

    @property
    def welcomed(self) -> int:
        """How many connections have had their welcome."""
        return sum(map(len, self._by_user.values()))

    @property
    def in_rooms(self) -> int:
        """How many connections are bound to a room."""
        return len(self._bound)

    async def emptied(self, timeout: float) -> bool:
        """Waits until nobody is here; False when that takes longer than `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._is_empty.wait()
        except TimeoutError:
            return False
        return True

    def add(self, connection: Connection) -> None:
        """Takes a connection that has not said who it is."""
        self._is_empty.clear()
        self._by_id[connection.id] = connection

    def greet(self, connection: Connection, missed: Iterable[Entry]) -> None:
        """Its welcome was sent: it hears what its user hears, and what he was told meanwhile."""
        self._by_user.setdefault(connection.user_id, []).append(connection)
        for entry in missed:
            self._tell_user([connection], entry)

    def remove(self, connection: Connection, binding: Binding | None) -> None:
        """The connection is gone, and with it its place in a room."""
        self._by_id.pop(connection.id, None)
        if not self._by_id:
            self._is_empty.set()
        mine = self._by_user.get(connection.user_id, [])
        if connection in mine:
            mine.remove(connection)
            if not mine:
                del self._by_user[connection.user_id]
        self.cards.forget(connection)
        self._behind.pop(connection, None)
        if binding:
            self._free(connection, binding)

    def of_user(self, user_id: str) -> list[Connection]:
        """The connections of a user that have had their welcome."""
        return self._by_user.get(user_id, [])

    # -------------------------------------------------------------------------------------------------- in a room
    def bind(self, connection: Connection, binding: Binding, view: dict[str, Any]) -> None:
        """The snapshot was sent: the connection has its seat, and hears what came meanwhile."""
        connection.seat = binding.room_id
        self._bound[binding.room_id, view["slot"]] = connection
        binding.start(view)
        if binding.is_behind:
            self.fell_behind(connection)
        connection.node.heartbeat.watch(connection)
        connection.node.errands.start(connection.node.mark_bound(connection), "mark bound")

    def unbind(self, connection: Connection) -> None:
        """The connection is in no room any more."""
        if binding := connection.binding:
            connection.binding = None
            binding.part()
            self._behind.pop(connection, None)
            self._free(connection, binding)
            connection.node.errands.start(connection.node.mark_bound(connection), "mark bound")

    def partner(self, binding: Binding) -> Connection | None:
        """The connection at the other seat, if it is here."""
        return self._bound.get((binding.room_id, 3 - binding.slot))

    def bound_in(self, family: Family) -> list[Connection]:
        """Connections that are in, or entering, a room of this shard."""
        return [
            each for each in self if each.binding and keys.shard_family(shard_of(each.binding.room_id)) == family.name
        ]

    def chat(self, conn_id: str, room_id: str, seq: int, payload: bytes) -> None:
        """Hands a chat message to the connection that the shard names as bound."""
        connection = self._by_id.get(conn_id)
        if connection and (binding := connection.binding) and binding.room_id == room_id:
            self._metrics.sent["chat.message"] += 1
            if binding.say(seq, payload):
                self.fell_behind(connection)

    def moved(self, connection: Connection, binding: Binding) -> None:
        """Another connection of this user's has the room: this one is a bystander now."""
        self._metrics.sent["room.moved"] += 1
        connection.push(encode(RoomMoved(room_id=binding.room_id)))
        self.unbind(connection)

    def push(self, conn_id: str, room_id: str, kind: str, payload: bytes) -> None:
        """Hands something that has no place among the messages to a connection in that room."""
        connection = self._by_id.get(conn_id)
        if connection and (binding := connection.binding) and binding.room_id == room_id:
            self._metrics.sent[kind] += 1
            binding.push(payload)

    def wrote(self, connection: Connection, room_id: str, seq: int) -> None:
        """A message of this connection's own has its place."""
        binding = connection.binding
        if binding and binding.room_id == room_id and binding.say(seq, b""):
            self.fell_behind(connection)

    def fell_behind(self, connection: Connection) -> None:
        """Something waits for a message that has not come to this connection."""
        self._behind.setdefault(connection, time.monotonic())

    def behind(self, now: float) -> list[Connection]:
        """Takes those whose messages have waited too long for the ones before them."""
        late = [connection for connection, since in self._behind.items() if now - since >= BEHIND_S]
        for connection in late:
            del self._behind[connection]
        return [connection for connection in late if connection.binding and connection.binding.is_behind]

    def tick(self, now: float) -> None:
        """Says what has waited long enough."""
        self.cards.tick(now)

    def _free(self, connection: Connection, binding: Binding) -> None:
        place = (binding.room_id, binding.slot)
        if self._bound.get(place) is connection:
            del self._bound[place]

    # ------------------------------------------------------------------------------------------------ what is told
    def deliver(self, entries: list[Entry]) -> None:
        """Takes what one family has announced to this node, in order."""
        for entry in entries:
            kind, _, whom = entry.to.partition(":")
            if kind == "c":
                if connection := self._by_id.get(whom):
                    self._tell_connection(connection, entry)
            elif kind == "u":
                self.arrivals.note(whom, entry)
                if connections := self._by_user.get(whom):
                    self._tell_user(list(connections), entry)
            else:
                self._tell_node(entry)

    def _tell_connection(self, connection: Connection, entry: Entry) -> None:
        kind = entry.kind
        if kind == "!close":
            self._close_all([connection], decode(entry.data))
            return
        binding = connection.binding
        if binding is None or binding.token not in entry.data:
            return  # of a room it has left
        if kind == "chat.message":
            if entry.seq:
                payload = b'{"type":"chat.message","message":%b}' % entry.data
                self.chat(connection.id, binding.room_id, entry.seq, payload)
        elif kind == "!moved":
            connection.node.errands.start(make_way(connection, binding), "make way")
        elif kind == "!upgraded":
            view = decode(entry.data)
            binding.refresh(view)
            self._metrics.sent["room.upgraded"] += 1
            binding.push(encode(RoomUpgraded(room=room_state(view, connection.id))))
        else:
            if kind == "rtc.negotiate":
                binding.generation = decode(entry.data)["generation"]
            elif kind == "room.started":
                binding.is_started = True
            self._metrics.sent[kind] += 1
            binding.push(_push(kind, entry.data))

    def _tell_user(self, connections: list[Connection], entry: Entry) -> None:
        if self._tell_silently(connections, entry):
            return
        kind, but = entry.kind, ""
        if kind == "!opened":
            view = decode(entry.data)
            for connection in connections:
                connection.seat = view["room_id"]
            kind, payload = "room.opened", encode(RoomOpened(room=room_state(view, "")))
        elif kind == "!invite":
            kind, payload = "invite.received", b'{"type":"invite.received","invite":%b}' % entry.data
        elif kind == "invite.ended":
            data = decode(entry.data)
            but = data.pop("not_to", "")
            payload = encode({"type": kind, **data})
        else:
            payload = _push(kind, entry.data)
        for connection in connections:
            if connection.id != but:
                self._metrics.sent[kind] += 1
                connection.push(payload)

    def _tell_silently(self, connections: list[Connection], entry: Entry) -> bool:
        """What is more, or less, than something to pass on; False: it is to be passed on."""
        if entry.kind == "!ended":
            self._end_room(connections, decode(entry.data))
        elif entry.kind == "!closeall":
            self._close_all(connections, decode(entry.data))
        elif entry.kind == "!wish":
            wish = decode(entry.data)["wish"]
            for connection in connections:
                connection.wish = wish
        elif entry.kind == "!me":
            me = decode(entry.data)
            for connection in connections:
                if connection.arrival:
                    connection.arrival.me = me  # said again to a lobby that was lost
        elif entry.kind == "!extended":
            for connection in connections:
                connection.extend(**decode(entry.data))
        else:
            return False
        return True

    def _tell_node(self, entry: Entry) -> None:
        if entry.kind == "!card":
            card = decode(entry.data)
            self.cards.change(card["user_id"], card["presence"], time.monotonic())
        elif order := self.orders.get(entry.kind):
            order()

    def _close_all(self, connections: list[Connection], what: dict[str, Any]) -> None:
        for connection in connections:
            first = what.get("first") or (SessionReplaced() if what["code"] == Close.SESSION_REPLACED else None)
            if first is not None:
                connection.push(encode(first))
            connection.close(what["code"], what.get("reason", ""))

    def _end_room(self, connections: Iterable[Connection], facts: dict[str, Any]) -> None:
        """Says `room.ended` once to each; to the one in the room after the last message."""
        room_id = facts["room_id"]
        payload = encode(
            RoomEnded(
                room_id=room_id,
                reason=facts["reason"],
                seconds=facts["seconds"],
                cooldown_ends_at_ms=facts["cooldown_ends_at_ms"] or None,
                ended_at_ms=facts["ended_at_ms"],
            )
        )
        for connection in list(connections):
            if connection.ended_room == room_id:
                continue
            connection.ended_room = room_id
            self._metrics.sent["room.ended"] += 1
            if connection.seat == room_id:
                connection.seat = None
            binding = connection.binding
            if binding is None or binding.room_id != room_id:
                connection.push(payload)
            elif binding.end(facts["last_seq"], payload):
                self.fell_behind(connection)

    def restore(self, connection: Connection, epoch: int) -> None:
        """The family of its room was lost and is back: the connection takes its state anew."""
        if binding := connection.binding:
            self._metrics.sent["room.restored"] += 1
            binding.push(encode(RoomRestored(room_id=binding.room_id, epoch=epoch)))


def _push(kind: str, data: bytes) -> bytes:
    """The JSON object of a push whose fields are `data`."""
    if len(data) <= len(b"{}"):
        return b'{"type":"%b"}' % kind.encode()
    return b'{"type":"%b",%b' % (kind.encode(), data[1:])
