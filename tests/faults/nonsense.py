"""Nonsense as strangers send it: frames and requests that must be refused, made up at random from a seed.

Every one is wrong by construction: broken as JSON, wrong in its shape, wrong in what it says, or about somebody else's
invites and rooms.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from core.ids import new_id

Json = Any

TEXTS: Final = (
    "",
    " ",
    "\0",
    "a\0b",
    "x" * 600,
    "\u202e" * 40,
    "\U0001f525" * 501,
    "'; drop table users; --",
    "{{7*7}}",
    "../../../../etc/passwd",
    "<script>alert(1)</script>",
    "%s%n%x",
    "\ud83d".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
)
NO_TEXT: Final[Sequence[Json]] = (None, True, 0, -1, 1.5, [], {}, ["a"], {"a": 1})
NO_NUMBER: Final[Sequence[Json]] = (None, True, "1", "", 1.5, -0.5, 1e300, [], {}, [1], 10**400, -(10**30), 2**63)
NO_OBJECT: Final[Sequence[Json]] = (None, True, 1, "{}", [], [{}])

LONG: Final = "Bearer " + "x" * 4_000
NO_PLACES: Final = (
    *("/api/v1", "/api/v1/", "/api/v2/me", "/api/v1/me/", "/api/v1/guests/1", "/api/v1/rooms", "/x", "/ws"),
    *("/client/", "/client/../web/app.py", "/client/%2e%2e/%2e%2e/core/settings.py", "/.git/config"),
)

NUMBERS: Final = frozenset({"ref", "protocol", "limit", "last_seq", "seq", "generation", "seconds"})
OBJECTS: Final = frozenset({"description"})


@dataclass(frozen=True)
class Targets:
    """Ids of things that are somebody else's."""

    room_ids: Sequence[str]
    invite_ids: Sequence[str]
    user_ids: Sequence[str]


def frames(seed: int, number: int, targets: Targets) -> Iterator[bytes | str]:
    """Yields so many frames; those in bytes are to be sent as binary ones."""
    dice = random.Random(seed)
    ways = (_damaged, _damaged, _misshapen, _misshapen, _misshapen, _anothers, _anothers, _noise, _invalid)
    for ref in range(1, number + 1):
        yield dice.choice(ways)(dice, ref, targets)


def first_frames(seed: int, number: int, targets: Targets) -> Iterator[bytes | str]:
    """Yields so many frames with which nobody may begin."""
    dice = random.Random(seed)
    for ref in range(1, number + 1):
        room = {"room_id": dice.choice(targets.room_ids), "last_seq": 0}
        hello: dict[str, Json] = {"type": "hello", "ref": ref, "token": new_id(), "protocol": 1}
        kinds: Sequence[Json] = (
            hello,
            {**hello, "room": room},
            {**hello, "protocol": 0},
            {**hello, "protocol": -5},
            {**hello, "token": dice.choice(TEXTS)},
            {**hello, "room": {**room, "last_seq": dice.choice(NO_NUMBER)}},
            {**hello, "client": dice.choice(("Firefox", [1], {"name": "x" * 101, "version": ""}))},
            {**hello, "token": dice.choice(NO_TEXT)},
        )
        if dice.random() < 0.6:
            yield _text(dice.choice(kinds))
        else:
            yield dice.choice((_damaged, _misshapen, _noise))(dice, ref, targets)


def _templates(dice: random.Random, ref: int, targets: Targets) -> Sequence[dict[str, Json]]:
    room_id, invite_id = dice.choice(targets.room_ids), dice.choice(targets.invite_ids)
    body = dice.choice(("hello there", {"mastodon": "somebody"}))
    kind = "text" if isinstance(body, str) else "social"
    about_rooms: tuple[dict[str, Json], ...] = (
        {"type": "room.enter", "last_seq": 0},
        {"type": "room.leave"},
        {"type": "chat.send", "client_id": f"mal-{ref}", "kind": kind, "body": body},
        {"type": "chat.typing"},
        {"type": "chat.read", "seq": 1},
        {"type": "chat.history", "limit": 10},
        {"type": "video.request"},
        {"type": "video.accept"},
        {"type": "video.decline"},
        {"type": "rtc.signal", "generation": 1, "description": {"type": "offer", "sdp": "v=0"}},
        {"type": "rtc.outcome", "generation": 1, "outcome": "failed"},
        {"type": "rtc.restart"},
    )
    about_invites = ({"type": "invite.accept"}, {"type": "invite.decline"}, {"type": "invite.rescind"})
    return (
        *({**each, "ref": ref, "room_id": room_id} for each in about_rooms),
        *({**each, "ref": ref, "invite_id": invite_id} for each in about_invites),
    )


def _others(ref: int) -> Sequence[dict[str, Json]]:
    """Messages that anybody may send: only good for being bent."""
    return (
        {"type": "ping", "ref": ref},
        {"type": "queue.join", "ref": ref},
        {"type": "queue.leave", "ref": ref},
        {"type": "queue.browse", "ref": ref, "limit": 10},
        {"type": "hello", "ref": ref, "token": new_id(), "protocol": 1},
    )


def _anothers(dice: random.Random, ref: int, targets: Targets) -> str:
    """Well-formed, and about what is not his; or about nothing at all."""
    message = dict(dice.choice(_templates(dice, ref, targets)))
    for name in ("room_id", "invite_id"):
        if name in message and dice.random() < 0.3:
            message[name] = dice.choice((new_id(), *(text for text in TEXTS if len(text) < 60)))
    return _text(message)


def _misshapen(dice: random.Random, ref: int, targets: Targets) -> str:
    """A message with one thing wrong in its shape."""
    message = dict(dice.choice((*_templates(dice, ref, targets), *_others(ref))))
    name = dice.choice(sorted(message))
    way = dice.randrange(4)
    if way == 0:
        del message[name]
    elif way == 1:
        message[dice.choice(("extra", "user_id", "__proto__", "", "x" * 200))] = dice.choice(NO_TEXT)
    elif way == 2:
        message["type"] = dice.choice(("", "chat", "chat.send ", "CHAT.SEND", "room.ended", "!close", *TEXTS))
    elif name in NUMBERS:
        message[name] = dice.choice(NO_NUMBER)
    elif name in OBJECTS:
        message[name] = dice.choice(NO_OBJECT[1:])
    elif name != "body":
        message[name] = dice.choice(NO_TEXT)
    else:
        message[name] = dice.choice((1, 1.5, True, None, [], ["a"]))
    return _text(message)


def _invalid(dice: random.Random, ref: int, targets: Targets) -> str:
    """Well-formed, with content that may not be."""
    room_id, user_id = dice.choice(targets.room_ids), dice.choice(targets.user_ids)
    chat: dict[str, Json] = {"type": "chat.send", "ref": ref, "room_id": room_id, "client_id": "a", "kind": "text"}
    invite: dict[str, Json] = {"type": "invite.send", "ref": ref, "to": user_id, "mode": "video"}
    return _text(
        dice.choice(
            (
                {**chat, "body": dice.choice(TEXTS[:5])},
                {**chat, "body": "fine", "client_id": dice.choice(("", "x" * 65, "a b", "ä", "\0"))},
                {**chat, "body": "fine", "kind": dice.choice(("system", "image", "", "TEXT"))},
                {**chat, "kind": "social", "body": {str(n): "x" for n in range(11)}},
                {**chat, "kind": "social", "body": {"p": "h" * 31}},
                {**chat, "kind": "text", "body": {"p": "h"}},
                {**invite, "seconds": dice.choice((0, -1, 59, 1801, 2**50))},
                invite,
                {**invite, "mode": dice.choice(("", "audio", "TEXT"))},
                {**invite, "mode": "text", "seconds": 300},
                {**invite, "mode": "text", "to": dice.choice(("nobody", new_id(), *TEXTS[:4]))},
                {"type": "queue.browse", "ref": ref, "limit": dice.choice((0, -1, 51, 2**40))},
                {
                    "type": "rtc.signal",
                    "ref": ref,
                    "room_id": room_id,
                    "generation": 1,
                    "description": {"type": "offer", "sdp": "x" * 50_000},
                },
            )
        )
    )


def _damaged(dice: random.Random, ref: int, targets: Targets) -> str:
    """A message of which a part is missing, or to which something was added: no JSON any more."""
    text = _text(dice.choice((*_templates(dice, ref, targets), *_others(ref))))
    at = dice.randrange(1, len(text))
    return dice.choice((text[:at], text + dice.choice(("}", "x", text)), "{" + text, text.replace(":", "=", 1)))


def _noise(dice: random.Random, ref: int, _: Targets) -> bytes | str:
    """Nothing that ever was a message."""
    depth = dice.randrange(1, 3_000)
    return dice.choice(
        (
            dice.randbytes(dice.randrange(1, 300)),
            _text({"type": "ping", "ref": ref}).encode(),
            "",
            "null",
            "[]",
            "0",
            '"ping"',
            "NaN",
            "\0",
            "[" * depth,
            "[" * depth + "]" * depth,
            '{"type":' * depth,
            '{"a":' * depth + "1" + "}" * depth,
            "9" * 5_000,
            '{"type":"ping","ref":' + "9" * 5_000 + "}",
            '{"type":"ping","ref":1e999}',
            '{"type":"\\ud800","ref":1}',
            "\ufeff" + _text({"type": "ping", "ref": ref}),
            "".join(chr(dice.randrange(1, 0xD7FF)) for _ in range(200)),
        )
    )


def _text(message: Mapping[str, Json]) -> str:
    try:
        return orjson.dumps(message).decode()
    except TypeError:  # a number that orjson does not write: the wire could carry it
        return str(message).replace("'", '"').replace("None", "null").replace("True", "true")


@dataclass(frozen=True)
class Request:
    """An HTTP request."""

    method: str
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)


def requests(seed: int, number: int, targets: Targets, token: str) -> Iterator[Request]:
    """Yields so many requests that must be refused. `token` is a good one."""
    dice = random.Random(seed)
    mine = {"Authorization": f"Bearer {token}"}
    for _ in range(number):
        way = dice.randrange(5)
        if way == 0:
            yield Request("POST", "/api/v1/guests", _bad_guest(dice))
        elif way == 1:
            query = dice.choice(("limit=0", "limit=-1", "limit=101", "limit=x", "before_at_ms=0", "before_at_ms=-1"))
            yield Request("GET", f"/api/v1/history?{query}", {"headers": mine})
        elif way == 2:
            room_id = dice.choice((*targets.room_ids, new_id(), "x" * 36, "0", "%00", "..%2f..%2fetc", "a" * 3_000))
            yield Request("GET", f"/api/v1/history/{room_id}", {"headers": mine})
        elif way == 3:
            shown = dice.choice(("", "Bearer", f"Bearer {new_id()}", f"Basic {token}", f"Bearer {token} {token}", LONG))
            method, path = dice.choice(
                (("GET", "/api/v1/me"), ("GET", "/api/v1/history"), ("DELETE", "/api/v1/sessions/current"))
            )
            yield Request(method, path, {"headers": {"Authorization": shown} if shown else {}})
        else:
            path = dice.choice(NO_PLACES)
            yield Request(dice.choice(("GET", "POST", "PUT", "DELETE", "PATCH")), path, {"headers": mine})


def _bad_guest(dice: random.Random) -> Mapping[str, Any]:
    guest: dict[str, Json] = {"name": "Mallory", "gender": "female"}
    way = dice.randrange(6)
    if way == 0:
        return {"json": {**guest, "name": dice.choice(("", " ", "x" * 51, "a\0b", "a\nb", "\u200b", *NO_TEXT))}}
    if way == 1:
        return {"json": {**guest, "gender": dice.choice(("", "FEMALE", "other", *NO_TEXT))}}
    if way == 2:
        return {"json": {**guest, dice.choice(("user_id", "paid_status", "ban_status")): "x"}}
    if way == 3:
        bad = dice.choice((b"", b"{", b"null", b"[]", b"[" * 5_000, dice.randbytes(100), b'{"name":"a"}'))
        return {"data": bad, "headers": {"Content-Type": "application/json"}}
    if way == 4:
        kind = dice.choice(("text/plain", "application/x-www-form-urlencoded", "application/xml"))
        return {"data": orjson.dumps(guest), "headers": {"Content-Type": kind}}
    return {"data": orjson.dumps({**guest, "name": "x" * 70_000}), "headers": {"Content-Type": "application/json"}}
