"""What arrives in a frame is a message or a BadMessage, whatever somebody sent."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.errors import Refusal
from core.protocol.bodies import check_chat, check_signal
from core.protocol.client import (
    CLIENT_MESSAGES,
    NOBODY,
    BadMessage,
    ChatSend,
    ClientMessage,
    Hello,
    InviteSend,
    RoomEnter,
    RtcSignal,
    decode,
)
from core.protocol.generate.schema import REF, Schema, components, name_of
from core.protocol.server import SERVER_MESSAGES, encode, failed

ROOM = "0197c0e2-7a1b-7c3d-8e4f-5a6b7c8d9e03"
HANDLES = {"type": "chat.send", "ref": 5, "room_id": ROOM, "client_id": "a", "kind": "social"}
SIGNAL = {"type": "rtc.signal", "ref": 5, "room_id": ROOM, "generation": 1}
FUZZED_FRAMES = 2_000


def frame(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def refused(raw: bytes) -> BadMessage:
    with pytest.raises(BadMessage) as caught:
        decode(raw)
    return caught.value


# ------------------------------------------------------------------------------- what the schema says is what is taken


def example(schema: Schema, schemas: dict[str, Schema], *, full: bool) -> Any:
    """Returns a value that keeps to a schema: with all its fields, or with those only that must be there."""
    match schema:
        case {"$ref": str(ref)}:
            return example(schemas[ref.removeprefix(REF)], schemas, full=full)
        case {"anyOf": [*choices]}:
            return example(choices[0 if full else -1], schemas, full=full)
        case {"enum": [first, *_]}:
            return first
        case {"type": "object", "properties": dict(properties)}:
            wanted = properties if full else schema["required"]
            return {name: example(properties[name], schemas, full=full) for name in properties if name in wanted}
        case {"type": "object"}:
            return {"instagram": "ada"} if full else {}
        case {"type": "array", "items": dict(items)}:
            return [example(items, schemas, full=full)] if full else []
        case {"type": "integer"}:
            return 7 if full else max(schema.get("minimum", 0), 0)
        case {"type": "boolean"}:
            return full
        case {"type": "string"}:
            return ROOM
        case {"type": "null"}:
            return None
    raise AssertionError(schema)


CLIENT_SCHEMAS = components(CLIENT_MESSAGES)
SERVER_SCHEMAS = components(SERVER_MESSAGES)


@pytest.mark.parametrize("full", [True, False], ids=["all fields", "required fields"])
@pytest.mark.parametrize("struct", CLIENT_MESSAGES, ids=name_of)
def test_what_the_schema_allows_is_understood(struct: type[ClientMessage], full: bool) -> None:
    message = decode(frame(**example(CLIENT_SCHEMAS[struct.__name__], CLIENT_SCHEMAS, full=full)))
    assert type(message) is struct
    assert decode(msgspec.json.encode(message)) == message


@pytest.mark.parametrize("struct", CLIENT_MESSAGES, ids=name_of)
def test_every_required_field_is_required_and_no_other_is_allowed(struct: type[ClientMessage]) -> None:
    whole = example(CLIENT_SCHEMAS[struct.__name__], CLIENT_SCHEMAS, full=True)
    for name in CLIENT_SCHEMAS[struct.__name__]["required"]:
        refused(frame(**{field: value for field, value in whole.items() if field != name}))
    assert refused(frame(**whole, colour="red")).ref == whole["ref"]


@pytest.mark.parametrize("full", [True, False], ids=["all fields", "required fields"])
@pytest.mark.parametrize("struct", SERVER_MESSAGES, ids=name_of)
def test_what_the_server_says_is_what_its_schema_says(struct: type[msgspec.Struct], full: bool) -> None:
    said = example(SERVER_SCHEMAS[struct.__name__], SERVER_SCHEMAS, full=full)
    message = msgspec.json.decode(frame(**said), type=struct)
    assert json.loads(encode(message)) == {**said, **always_sent_by_descriptions(said)}
    assert encode(message).startswith(b'{"type":')


def always_sent_by_descriptions(said: dict[str, Any]) -> dict[str, Any]:
    """A candidate that was relayed names both its fields, though its sender need not."""
    candidate = said.get("candidate")
    return {"candidate": {"sdp_mid": None, "sdp_mline_index": None, **candidate}} if candidate else {}


# --------------------------------------------------------------------------------------------------- absent, null, "?"


def test_null_is_sent_where_the_page_says_or_null_and_nothing_where_it_says_absent() -> None:
    assert encode(failed(None, "busy")) == b'{"type":"failed","code":"busy","message":"one of the two is in a room"}'
    assert json.loads(encode(failed(3, "invite_gone", outcome="expired")))["outcome"] == "expired"
    assert json.loads(encode(failed(3, "rate_limited", retry_after_ms=0)))["retry_after_ms"] == 0


def test_the_end_of_candidates_is_null_and_not_absence() -> None:
    end = decode(frame(type="rtc.signal", ref=1, room_id=ROOM, generation=1, candidate=None))
    nothing = decode(frame(type="rtc.signal", ref=1, room_id=ROOM, generation=1))
    assert isinstance(end, RtcSignal)
    assert isinstance(nothing, RtcSignal)
    assert end.candidate is None
    assert nothing.candidate is msgspec.UNSET


def test_null_in_any_other_optional_field_counts_as_absent() -> None:
    given_null = decode(frame(type="invite.send", ref=1, to=ROOM, mode="text", seconds=None))
    assert given_null == decode(frame(type="invite.send", ref=1, to=ROOM, mode="text"))


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("why", "raw", "ref"),
    [
        ("empty", b"", None),
        ("not JSON", b"hello", None),
        ("half a message", b'{"type":"ping","ref":1', None),
        ("two messages", b'{"type":"ping","ref":1}{"type":"ping","ref":2}', None),
        ("a list", b'[{"type":"ping","ref":1}]', None),
        ("a number", b"7", None),
        ("null", b"null", None),
        ("not UTF-8", b'{"type":"ping","ref":5,"\xff":1}', 5),
        ("UTF-16", '{"type":"ping","ref":1}'.encode("utf-16"), None),
        ("NUL bytes", b"\0\0\0\0", None),
        ("no type", b'{"ref":5}', 5),
        ("type is a number", b'{"type":5,"ref":5}', 5),
        ("unknown type", b'{"type":"room.burn","ref":5}', 5),
        ("a reply", b'{"type":"done","ref":5}', 5),
        ("no ref", b'{"type":"ping"}', None),
        ("ref is text", b'{"type":"ping","ref":"5"}', None),
        ("ref is true", b'{"type":"ping","ref":true}', None),
        ("ref is a fraction", b'{"type":"ping","ref":1.5}', None),
        ("ref is null", b'{"type":"ping","ref":null}', None),
        ("ref is NaN", b'{"type":"ping","ref":NaN}', None),
        ("ref is infinite", b'{"type":"ping","ref":1e999}', None),
        ("ref beyond 2^53", b'{"type":"ping","ref":9007199254740993}', None),
        ("ref of 5,000 digits", b'{"type":"ping","ref":' + b"9" * 5_000 + b"}", None),
        ("NaN", b'{"type":"chat.read","ref":5,"room_id":"x","seq":NaN}', 5),
        ("a huge seq", b'{"type":"chat.read","ref":5,"room_id":"x","seq":1' + b"0" * 400 + b"}", 5),
        ("a seq below nothing", b'{"type":"chat.read","ref":5,"room_id":"x","seq":-1}', 5),
        ("a lone high surrogate", b'{"type":"room.leave","ref":5,"room_id":"\\ud800"}', 5),
        ("a lone low surrogate", b'{"type":"room.leave","ref":5,"room_id":"x\\udc00x"}', 5),
        ("a surrogate in the type", b'{"type":"\\ud800","ref":5}', 5),
        ("an encoded surrogate", b'{"type":"room.leave","ref":5,"room_id":"\xed\xa0\x80"}', 5),
        ("nested too deeply", b'{"ref":5,"type":"ping","x":' + b"[" * 30_000 + b"]" * 30_000 + b"}", None),
        ("nested and never closed", b"[" * 60_000, None),
        ("objects all the way down", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, None),
        ("limit 0", b'{"type":"queue.browse","ref":5,"limit":0}', 5),
        ("limit 51", b'{"type":"queue.browse","ref":5,"limit":51}', 5),
        ("an id of 65 characters", b'{"type":"room.leave","ref":5,"room_id":"' + b"x" * 65 + b'"}', 5),
        ("body is a number", frame(type="chat.send", ref=5, room_id=ROOM, client_id="a", kind="text", body=3), 5),
        ("a handle is a number", frame(**HANDLES, body={"x": 1}), 5),
        ("a handle is null", frame(**HANDLES, body={"x": None}), 5),
        ("an unknown sdp type", frame(**SIGNAL, description={"type": "hi", "sdp": ""}), 5),
        ("an unknown field of a candidate", frame(**SIGNAL, candidate={"candidate": "", "colour": "red"}), 5),
    ],
)  # fmt: skip
def test_a_frame_is_refused_with_its_ref_where_it_has_one(why: str, raw: bytes, ref: int | None) -> None:
    error = refused(raw)
    assert error.code == "bad_message"
    assert error.ref == ref
    encode(failed(error.ref, error.code, error.message))


@pytest.mark.parametrize("ref", [0, 1, -1, 2**53, -(2**53)])
def test_any_safe_integer_is_a_ref(ref: int) -> None:
    assert decode(frame(type="ping", ref=ref)).ref == ref


def test_text_is_understood_like_bytes() -> None:
    assert decode('{"type":"ping","ref":1}') == decode(b'{"type":"ping","ref":1}')


def test_pairs_of_surrogates_are_characters() -> None:
    message = decode(frame(type="chat.send", ref=1, room_id=ROOM, client_id="a", kind="text", body="🔥"))
    assert isinstance(message, ChatSend)
    assert message.body == "🔥"


@pytest.mark.parametrize(
    "text", ["", "nobody", "../x", "{r3}:room:x", ROOM.upper(), ROOM + "\n", f" {ROOM}", "\0", "é"]
)
def test_what_has_not_the_form_of_an_id_is_nobodys_id(text: str) -> None:
    invite = decode(frame(type="invite.send", ref=1, to=text, mode="text"))
    enter = decode(frame(type="room.enter", ref=1, room_id=text, last_seq=0))
    hello = decode(frame(type="hello", ref=1, token="t", protocol=1, room={"room_id": text, "last_seq": 0}))
    assert isinstance(invite, InviteSend)
    assert isinstance(enter, RoomEnter)
    assert isinstance(hello, Hello)
    assert hello.room
    assert (invite.to, enter.room_id, hello.room.room_id) == (NOBODY, NOBODY, NOBODY)


def test_an_id_stays_as_it_is() -> None:
    message = decode(frame(type="room.enter", ref=1, room_id=ROOM, last_seq=0))
    assert isinstance(message, RoomEnter)
    assert message.room_id == ROOM


# ----------------------------------------------------------------------------------------------------------------- fuzz

names = some.sampled_from([*map(name_of, CLIENT_MESSAGES), "done", "room.burn", "", "\0"])
scalars = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.integers(-(2**70), 2**70)
    | some.floats()
    | some.text(max_size=20)
    | some.sampled_from([ROOM, "text", "social", "video", "a" * 600, "\0", "\u3000", "connected", "offer"])
)
values = some.recursive(
    scalars, lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4)
)


@some.composite
def bent_messages(draw: some.DrawFn) -> bytes:
    """A message of ours with some of its fields missing, foreign or wrong; sometimes bytes are broken besides."""
    struct = draw(some.sampled_from(CLIENT_MESSAGES))
    fields = example(CLIENT_SCHEMAS[struct.__name__], CLIENT_SCHEMAS, full=draw(some.booleans()))
    for name in draw(some.lists(some.sampled_from([*fields, "ref", "type", "extra"]), max_size=3)):
        match draw(some.sampled_from(["drop", "replace", "retype"])):
            case "drop":
                fields.pop(name, None)
            case "replace":
                fields[name] = draw(values)
            case _:
                fields["type"] = draw(names)
    raw = bytearray(json.dumps(fields, ensure_ascii=draw(some.booleans())).encode("utf-8", "surrogatepass"))
    for at in draw(some.lists(some.integers(0, len(raw) - 1), max_size=2)):
        raw[at] = draw(some.integers(0, 255))
    return bytes(raw)


frames = (
    some.binary(max_size=200)
    | some.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | values.map(lambda value: json.dumps(value).encode())
    | some.integers(1, 60_000).map(lambda depth: b'{"ref":1,"x":' + b"[" * depth)
    | bent_messages()
)


@settings(max_examples=FUZZED_FRAMES, deadline=None, derandomize=True)
@given(raw=frames)
def test_whatever_is_sent_is_a_message_or_a_coded_refusal(raw: bytes) -> None:
    try:
        message = decode(raw)
    except BadMessage as bad:
        said = failed(bad.ref, bad.code, bad.message)
    else:
        assert type(message) in CLIENT_MESSAGES
        said = failed(message.ref, refusal_of_content(message) or "internal")
    heard = json.loads(encode(said))
    assert abs(heard.get("ref", 0)) <= 2**53
    assert heard["code"] in {"bad_message", "invalid_body", "internal"}


def refusal_of_content(message: ClientMessage) -> str | None:
    """Returns the code with which the content of a message is refused, None when it is good."""
    try:
        if isinstance(message, ChatSend):
            check_chat(message)
        if isinstance(message, RtcSignal):
            check_signal(message)
    except Refusal as refusal:
        return refusal.code
    return None
