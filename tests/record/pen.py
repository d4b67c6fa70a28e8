"""Writes journal entries as the scripts do: named people, rooms that know their state, one stream of ids."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.ids import new_id, new_room_id
from core.record import Record
from core.record.entries import Raw

SHARD = 3
FAMILY = "r3"
NOON = 1_800_000_000_000
"""When everything here begins, ms."""
MINUTE = 60_000
_NUMBERS = (
    *(
        "started_at_ms",
        "agreed_seconds",
        "ends_at_ms",
        "grace_1_ms",
        "grace_2_ms",
        "media_connected_at_ms",
        "ended_at_ms",
    ),
    *("seconds", "version", "torch_1_ms", "torch_2_ms", "warned_at_ms", "generation", "read_1", "read_2", "last_seq"),
    *("messages_1", "messages_2", "upgraded_at_ms", "cooldown_until_ms"),
)


@dataclass
class Pen:
    """The journal of one family."""

    entries: list[Raw] = field(default_factory=list)

    def write(self, *fields: bytes | str | int) -> bytes:
        """Adds an entry (everything after k and v); returns its id."""
        entry_id = f"{NOON}-{len(self.entries) + 1}".encode()
        kind, *rest = (part if isinstance(part, bytes) else str(part).encode() for part in fields)
        self.entries.append((entry_id, [b"k", kind, b"v", b"1", *rest]))
        return entry_id

    def say(self, said: bytes) -> None:
        """Adds a message's entry."""
        self.entries.append((f"{NOON}-{len(self.entries) + 1}".encode(), [b"msg", said]))

    def room(self, *, caller: str | None = None, callee: str | None = None, mode: str = "text") -> "Room":
        return Room(self, caller or new_id(), callee or new_id(), mode)

    def cooldown(self, a: str, b: str, until_ms: int, why: str = "left") -> bytes:
        low, high = sorted((a, b))
        return self.write("cooldown", "a", low, "b", high, "until", until_ms, "why", why)


class Room:
    """One room's side of the journal. user_1 is the caller."""

    def __init__(self, pen: Pen, caller: str, callee: str, mode: str) -> None:
        self.pen = pen
        self.caller = caller
        self.callee = callee
        self.room_id = new_room_id(SHARD)
        self.state: dict[str, Any] = {
            **dict.fromkeys(_NUMBERS, 0),
            "room_id": self.room_id,
            "user_1": caller,
            "user_2": callee,
            "name_1": "Ada",
            "name_2": "Bob",
            "opened_at_ms": NOON,
            "mode": mode,
            "status": "active",
            "connected_1": False,
            "connected_2": False,
            "reason": "",
            "epoch": 1,
            "counts_metrics": False,
            "counts_completion": False,
        }

    def changes(self, *events: str, at_ms: int = NOON, **state: Any) -> bytes:
        """Journals the state with `state` changed, and the events that came with it."""
        self.state.update(state, version=self.state["version"] + 1)
        said = [{"event": event, "at_ms": at_ms} for event in events]
        return self.pen.write("room", "d", orjson.dumps(self.state), "ev", orjson.dumps(said))

    def opens(self) -> "Room":
        self.changes("opened")
        return self

    def starts(self) -> "Room":
        torch = {"torch_1_ms": NOON, "torch_2_ms": NOON} if self.state["mode"] == "text" else {}
        self.changes("started", started_at_ms=NOON, connected_1=True, connected_2=True, **torch)
        return self

    def says(
        self, sender: str, body: Any, *, after_ms: int = 0, client_id: str | None = None, kind: str = "text"
    ) -> int:
        seq: int = self.state["last_seq"] + 1
        side = "messages_1" if sender == self.caller else "messages_2"
        self.state.update({"last_seq": seq, side: self.state[side] + 1})
        client_id = f"c{seq}" if client_id is None else client_id
        self.pen.say(message(self.room_id, seq, sender, client_id, kind, orjson.dumps(body), NOON + after_ms))
        return seq

    def ends(self, reason: str = "left", *, seconds: int = 60) -> bytes:
        return self.changes(
            "ended",
            at_ms=NOON + seconds * 1000,
            status="ended",
            reason=reason,
            ended_at_ms=NOON + seconds * 1000,
            seconds=seconds,
            counts_metrics=seconds >= 5,
            counts_completion=seconds >= 30,
        )


async def sign_up(record: Record, name: str) -> str:
    """Makes a guest; returns his id."""
    token = hashlib.sha256(new_id().encode()).digest()
    profile, *_ = await record.users.create_guest(name, "unspecified", token, "127.0.0.1", "a test", 7)
    return profile.user_id


async def record_all(record: Record, pen: Pen | Sequence[Raw], *, after: str = "0-0", epoch: int = 1) -> Any:
    entries = pen.entries if isinstance(pen, Pen) else pen
    return await record.journal.record_batch(FAMILY, epoch, after, entries)


def message(
    room: str, seq: Any, sender: str, client_id: str | bytes, kind: str, body: bytes, at_ms: int = NOON
) -> bytes:
    """Returns a Message as the script writes it; `seq`, `client_id` and `body` go in as they are, nonsense included."""
    client_id = client_id.encode() if isinstance(client_id, str) else client_id
    head = f'{{"room_id":"{room}","from":"{sender}","kind":"{kind}","body":'.encode()
    return b'%b%b,"client_id":"%b","seq":%b,"sent_at_ms":%d}' % (head, body, client_id, str(seq).encode(), at_ms)
