"""Journal entries as the recorder reads them: pure, cheap, strict.

A raw entry is (id, [name, value, name, value, ...]) as Redis keeps it. Nearly all are messages: `msg` and a Message of
the wire, nothing else. Any other begins with its kind `k` and version `v`. What is malformed raises Malformed and
becomes a dead letter; what is merely newer than this code raises Unknown and stops the drain: deploy workers first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import orjson

Raw = tuple[bytes, Sequence[bytes]]
Id = tuple[int, int]

VERSION: Final = b"1"
_MESSAGE: Final = b"msg"
_SEQ_MAX: Final = 2**31 - 1


class Malformed(Exception):
    """An entry of a known kind that cannot be understood."""


class Unknown(Exception):
    """A kind or a version that this code does not know."""


class Message(NamedTuple):
    """A message; the columns of `put_messages`, in order."""

    room_id: str
    seq: int
    sender_id: str
    client_id: str
    kind: str
    body: str
    at_ms: int


class State(NamedTuple):
    """A room's state and what happened."""

    room_id: str
    epoch: int
    version: int
    facts: dict[str, Any]
    events: list[Any]


class Cooldown(NamedTuple):
    """A pair, a < b, that may not meet again until `until_ms`."""

    a: str
    b: str
    until_ms: int
    why: str


class Dead(NamedTuple):
    """A deadline that raised until it was set aside."""

    member: str
    error: str


Entry = Message | State | Cooldown | Dead


def id_of(text: str | bytes) -> Id:
    """Returns a stream id as something that sorts."""
    ms, _, n = (text.decode() if isinstance(text, bytes) else text).partition("-")
    return int(ms), int(n)


def parse(fields: Sequence[bytes]) -> Entry:
    """Returns what an entry says. Raises Malformed or Unknown."""
    try:
        if fields[0] == _MESSAGE:
            return _message(fields[1])
        return _parse_by_name(dict(zip(fields[::2], fields[1::2], strict=True)))
    except (LookupError, ValueError, TypeError, AttributeError, msgspec.MsgspecError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


def _parse_by_name(named: dict[bytes, bytes]) -> Entry:
    kind, version = named.get(b"k", next(iter(named))), named.get(b"v")
    if version != VERSION or kind not in _KINDS:
        raise Unknown(f"kind {kind!r} version {version!r}")
    return _KINDS[kind](named)


class _Said(msgspec.Struct):
    """A Message; what users typed is left as it is."""

    room_id: str
    seq: Annotated[int, msgspec.Meta(gt=0, le=_SEQ_MAX)]
    sender_id: str = msgspec.field(name="from")
    client_id: str
    kind: str
    body: msgspec.Raw
    sent_at_ms: int


_said: Final = msgspec.json.Decoder(_Said).decode


def _message(said: bytes) -> Message:
    one = _said(said)
    body = bytes(one.body).decode()
    return Message(one.room_id, one.seq, one.sender_id, one.client_id, one.kind, body, one.sent_at_ms)


def _state(named: dict[bytes, bytes]) -> State:
    facts = orjson.loads(named[b"d"])
    events = orjson.loads(named.get(b"ev") or b"[]") or []
    if not isinstance(events, list):
        raise TypeError("ev is no list")
    if facts["status"] == "ended":
        int(facts["seconds"]), int(facts["ended_at_ms"])
    return State(str(facts["room_id"]), int(facts["epoch"]), int(facts["version"]), facts, events)


def _cooldown(named: dict[bytes, bytes]) -> Cooldown:
    a, b = sorted((named[b"a"].decode(), named[b"b"].decode()))
    return Cooldown(a, b, int(named[b"until"]), named.get(b"why", b"").decode())


def _dead(named: dict[bytes, bytes]) -> Dead:
    return Dead(named[b"member"].decode(), named[b"error"].decode("utf-8", "backslashreplace"))


_KINDS: Final[Mapping[bytes, Callable[[dict[bytes, bytes]], Entry]]] = {
    b"room": _state,
    b"cooldown": _cooldown,
    b"dead": _dead,
}
