"""What clients may say: one struct per message, and `decode`.

Each carries a `ref` of the client's choosing and is answered by exactly one message with that ref (exchanges.py);
`rtc.signal` and `chat.typing` are answered only when refused. Unknown names and fields are refused. An optional field
that is null counts as absent, except `candidate`, where null is the end of candidates.
"""

import json
from typing import Annotated, Final, Literal, get_args

from msgspec import UNSET, DecodeError, Meta, Struct, UnsetType, structs
from msgspec.json import Decoder

from core.errors import Refusal
from core.protocol.payloads import ID_MAX, SAFE_INTEGER, Body, Candidate, Description, is_id

PROTOCOL: Final = 1
"""The version spoken here; `hello` with a smaller one is refused with protocol_too_old."""

FRAME_MAX: Final = 64 * 1024
"""Bytes; a larger frame closes the socket with 1009."""

NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""The id that no user, invite or room ever has."""

Ref = Annotated[
    int, Meta(ge=-SAFE_INTEGER, le=SAFE_INTEGER, description="chosen by the client, given back with the answer")
]
AnyId = Annotated[str, Meta(max_length=ID_MAX, description="a UUIDv7; a string that is none is nobody's id")]
Count = Annotated[int, Meta(ge=0, le=SAFE_INTEGER)]
Integer = Annotated[int, Meta(ge=-SAFE_INTEGER, le=SAFE_INTEGER)]
AskedMode = Annotated[
    str, Meta(extra_json_schema={"enum": ["video", "text"]}, description="another one is invalid_duration")
]
AskedKind = Annotated[
    str, Meta(extra_json_schema={"enum": ["text", "social"]}, description="another one is invalid_body")
]


class BadMessage(Refusal):
    """The frame was not understood. `ref` is the client's, when one could be found in it."""

    def __init__(self, message: str, ref: int | None = None) -> None:
        super().__init__("bad_message", message)
        self.ref = ref


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """Base of everything a client may say."""

    ref: Ref


class ClientInfo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which client this is; only ever logged."""

    name: Annotated[str, Meta(max_length=100)]
    version: Annotated[str, Meta(max_length=100)]


class HeldRoom(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The room this client was in, and how much of it it holds."""

    room_id: AnyId
    last_seq: Count
    epoch: Count | None = None


class Hello(Request, frozen=True, kw_only=True, tag="hello"):
    """The first frame. With `room` naming the user's live room, this connection is bound to it."""

    token: str
    protocol: Annotated[Integer, Meta(description="1")]
    client: ClientInfo | None = None
    room: HeldRoom | None = None


class Ping(Request, frozen=True, kw_only=True, tag="ping"):
    """Are you there?"""


class QueueJoin(Request, frozen=True, kw_only=True, tag="queue.join"):
    """I wish to meet."""


class QueueLeave(Request, frozen=True, kw_only=True, tag="queue.leave"):
    """I do not wish to meet any more."""


class QueueBrowse(Request, frozen=True, kw_only=True, tag="queue.browse"):
    """Show me who is available; cards once returned are not shown again until `again`."""

    limit: Annotated[int, Meta(ge=1, le=50)]
    include_cooldown: bool | None = None
    again: bool | None = None


class InviteSend(Request, frozen=True, kw_only=True, tag="invite.send"):
    """Invites a user; completes his pending invite in the same mode."""

    to: AnyId
    mode: AskedMode
    seconds: Annotated[Integer | None, Meta(description="video only")] = None


class InviteAccept(Request, frozen=True, kw_only=True, tag="invite.accept"):
    """Accepts an invite; a video call lasts the mean of both wishes."""

    invite_id: AnyId
    seconds: Annotated[Integer | None, Meta(description="video only")] = None


class InviteDecline(Request, frozen=True, kw_only=True, tag="invite.decline"):
    """Declines an invite one got."""

    invite_id: AnyId


class InviteRescind(Request, frozen=True, kw_only=True, tag="invite.rescind"):
    """Takes back the invite one sent."""

    invite_id: AnyId


class RoomEnter(Request, frozen=True, kw_only=True, tag="room.enter"):
    """Binds this connection to the room, taking it over from another of mine."""

    room_id: AnyId
    last_seq: Count
    epoch: Count | None = None


class RoomLeave(Request, frozen=True, kw_only=True, tag="room.leave"):
    """Ends the room; for both."""

    room_id: AnyId


class ChatSend(Request, frozen=True, kw_only=True, tag="chat.send"):
    """Says something. The same client_id again is answered with the same seq and delivered once."""

    room_id: AnyId
    client_id: Annotated[str, Meta(extra_json_schema={"pattern": "^[A-Za-z0-9_-]{1,64}$"})]
    kind: AskedKind
    body: Annotated[Body, Meta(description="text: a string; social: {platform: handle}")]


class ChatTyping(Request, frozen=True, kw_only=True, tag="chat.typing"):
    """I am typing."""

    room_id: AnyId


class ChatRead(Request, frozen=True, kw_only=True, tag="chat.read"):
    """I have read up to here."""

    room_id: AnyId
    seq: Count


class ChatHistory(Request, frozen=True, kw_only=True, tag="chat.history"):
    """Older messages of this room."""

    room_id: AnyId
    before_seq: Count | None = None
    limit: Annotated[int, Meta(ge=1, le=100)]


class VideoAsk(Request, frozen=True, kw_only=True, tag="video.request"):
    """Asks the partner of a text room for video; declined or unanswered, again after a while."""

    room_id: AnyId


class VideoAccept(Request, frozen=True, kw_only=True, tag="video.accept"):
    """Yes: the room becomes a video room."""

    room_id: AnyId


class VideoDecline(Request, frozen=True, kw_only=True, tag="video.decline"):
    """No."""

    room_id: AnyId


class RtcSignal(Request, frozen=True, kw_only=True, tag="rtc.signal"):
    """A description or candidate for the partner. `candidate: null` says that there are no more."""

    room_id: AnyId
    generation: Count
    description: Description | None = None
    candidate: Candidate | UnsetType | None = UNSET


class RtcOutcome(Request, frozen=True, kw_only=True, tag="rtc.outcome"):
    """How the negotiation of a generation came out."""

    room_id: AnyId
    generation: Count
    outcome: Literal["connected", "failed"]
    relay: Annotated[bool | None, Meta(description="whether the media goes through TURN")] = None


class RtcRestart(Request, frozen=True, kw_only=True, tag="rtc.restart"):
    """Asks for a new negotiation."""

    room_id: AnyId


ClientMessage = (
    Hello
    | Ping
    | QueueJoin
    | QueueLeave
    | QueueBrowse
    | InviteSend
    | InviteAccept
    | InviteDecline
    | InviteRescind
    | RoomEnter
    | RoomLeave
    | ChatSend
    | ChatTyping
    | ChatRead
    | ChatHistory
    | VideoAsk
    | VideoAccept
    | VideoDecline
    | RtcSignal
    | RtcOutcome
    | RtcRestart
)
CLIENT_MESSAGES: Final[tuple[type[Request], ...]] = get_args(ClientMessage)

_decoder: Final = Decoder(ClientMessage)
_id_field: Final = {
    each: field.name
    for each in CLIENT_MESSAGES
    for field in structs.fields(each)
    if field.name in {"room_id", "invite_id", "to"}
}
"""The one id that a message names, if it does."""


def decode(frame: bytes | str) -> ClientMessage:
    """Returns the message in a text frame; raises BadMessage and nothing else.

    An id that has not the form of one becomes NOBODY, so that all behind this line may take ids for UUIDs
    and the client hears what anyone hears about an id that does not exist.
    """
    try:
        message: ClientMessage = _decoder.decode(frame)
    except DecodeError as error:
        raise BadMessage(str(error), _ref_in(frame)) from None
    except (ValueError, RecursionError):  # not UTF-8; nested too deeply
        raise BadMessage("not JSON in UTF-8", _ref_in(frame)) from None
    name = _id_field.get(type(message))
    if name and not is_id(getattr(message, name)):
        return structs.replace(message, **{name: NOBODY})
    if type(message) is Hello and message.room is not None and not is_id(message.room.room_id):
        return structs.replace(message, room=structs.replace(message.room, room_id=NOBODY))
    return message


def _ref_in(frame: bytes | str) -> int | None:
    """Finds the ref of a frame that is no message. Slow, but only 20 of these are heard in a minute."""
    text = frame if isinstance(frame, str) else frame.decode(errors="replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    ref = found.get("ref") if isinstance(found, dict) else None
    if type(ref) is not int or abs(ref) > SAFE_INTEGER:
        return None
    return ref
