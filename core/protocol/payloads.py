"""The objects that travel inside messages.

A field that the protocol page calls "or null" is always sent; one it marks with "?" is UNSET when absent, and not sent.
Instants end in `_at_ms`: milliseconds since 1970, the server's clock.
"""

import re
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

SAFE_INTEGER: Final = 2**53
"""JavaScript's integers are exact up to here."""

ID_MAX: Final = 64
"""Longer than any id (a UUIDv7 has 36 characters): longer strings are not even looked up."""

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Id = Annotated[str, Meta(description="a UUIDv7 in its 36 character form")]
AtMs = Annotated[int, Meta(description="milliseconds since 1970, the server's clock")]
Seq = Annotated[int, Meta(description="1, 2, 3 ... per room, without gaps")]
Epoch = Annotated[int, Meta(description="of the room's shard; grows when Redis was lost")]
Generation = Annotated[int, Meta(description="of the negotiation; only grows")]

Gender = Literal["female", "male", "nonbinary", "unspecified"]
AccountType = Literal["guest", "permanent"]
PaidStatus = Literal["unpaid", "paid", "qr_grace_period", "qr_verified"]
Presence = Literal["offline", "online", "available", "busy"]
Mode = Literal["video", "text"]
Outcome = Literal["accepted", "declined", "rescinded", "expired", "busy", "gone"]
RoomStatus = Literal["active", "grace_period", "ended"]
EndReason = Literal["never_joined", "left", "time_up", "torch_out", "media_failed", "lost", "banned", "deleted"]
TorchName = Literal["lit", "dimming", "frozen"]
MessageKind = Literal["text", "social", "system"]
Socials = Annotated[dict[str, str], Meta(description="platform -> handle")]
Body = str | Socials


def is_id(text: str) -> bool:
    """True for a string that has the form of an id; others are nobody's, and no store is asked about them."""
    return _ID.fullmatch(text) is not None


class Payload(Struct, frozen=True, kw_only=True):
    """Base of the objects inside messages."""


class Me(Payload, frozen=True, kw_only=True):
    """The user himself."""

    user_id: Id
    name: str
    gender: Gender
    account_type: AccountType
    paid_status: PaidStatus
    selfie_url: str | None = None
    video_url: str | None = None
    socials: Socials = {}


class Card(Payload, frozen=True, kw_only=True):
    """What one user sees of another."""

    user_id: Id
    name: str
    gender: Gender
    selfie_url: str | None = None
    video_url: str | None = None
    socials: Socials = {}
    introduced_by: Annotated[str | None, Meta(description="name of who introduced them")] = None
    presence: Presence = "offline"
    cooldown_ends_at_ms: AtMs | None = None


class Invite(Payload, frozen=True, kw_only=True):
    """An invite that is ringing."""

    invite_id: Id
    from_: Card = field(name="from")
    to: Card
    mode: Mode
    seconds: int | None
    expires_at_ms: AtMs


class Message(Payload, frozen=True, kw_only=True):
    """One chat message as it is kept, recorded and delivered."""

    room_id: Id
    seq: Seq
    from_: Annotated[Id, Meta(description="its sender; of a system message, empty")] = field(name="from")
    kind: MessageKind
    body: Annotated[Body, Meta(description="text: a string; social: {platform: handle}; system: `upgraded`")]
    client_id: str
    sent_at_ms: AtMs


class Ended(Payload, frozen=True, kw_only=True):
    """How a room ended that this user did not see end."""

    room_id: Id
    reason: EndReason
    seconds: Annotated[int, Meta(description="lived, whole seconds from started to ended")]
    cooldown_ends_at_ms: AtMs | None
    ended_at_ms: AtMs
    messages: Annotated[list[Message], Meta(description="those after last_seq")]


class TorchState(Payload, frozen=True, kw_only=True):
    """The torch of a started text room; both instants are null while it is frozen."""

    state: TorchName
    dims_at_ms: AtMs | None
    out_at_ms: AtMs | None


class Grace(Payload, frozen=True, kw_only=True):
    """A member who is missing, and until when."""

    user_id: Id
    grace_ends_at_ms: AtMs


class VideoRequest(Payload, frozen=True, kw_only=True):
    """A member of a text room asks for video."""

    from_: Id = field(name="from")
    request_ends_at_ms: AtMs


class ReadMarks(Payload, frozen=True, kw_only=True):
    """Up to which seq each member has read."""

    mine: int
    partner: int


class RoomState(Payload, frozen=True, kw_only=True):
    """A room as one of its members sees it."""

    room_id: Id
    epoch: Epoch
    mode: Mode
    status: RoomStatus
    initiator: Annotated[bool, Meta(description="the caller: user_1, impolite")]
    partner: Card
    partner_present: bool
    bound_elsewhere: Annotated[bool, Meta(description="another connection of mine is bound")]
    opened_at_ms: AtMs
    started_at_ms: AtMs | None
    ends_at_ms: AtMs | None
    torch: TorchState | None
    grace: list[Grace]
    video_request: VideoRequest | None
    generation: Generation
    messages: Annotated[list[Message], Meta(description="after last_seq, at most the newest 200, ascending")]
    more: Annotated[bool, Meta(description="older ones were left out: page with chat.history")]
    last_seq: Annotated[int, Meta(description="of the room; 0 when nothing was written")]
    read: ReadMarks


class Notification(Payload, frozen=True, kw_only=True):
    """Someone was introduced to you."""

    notification_id: Id
    kind: Literal["introduced"] = "introduced"
    user_id: Annotated[Id | None, Meta(description="the newcomer; null once deleted")]
    name: str
    introduced_by_name: str
    created_at_ms: AtMs
    read: bool


class SocketLimits(Payload, frozen=True, kw_only=True):
    """What a client must know to keep within its limits."""

    text_max: int
    chat_burst: int
    chat_every_ms: int


class Description(Payload, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A session description, as WebRTC gives it."""

    type: Literal["offer", "answer", "pranswer", "rollback"]
    sdp: Annotated[str, Meta(description="at most 48 KiB in UTF-8")]


class Candidate(Payload, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ICE candidate, as WebRTC gives it."""

    candidate: Annotated[str, Meta(description="at most 2 KiB in UTF-8")]
    sdp_mid: str | None = None
    sdp_mline_index: Annotated[int, Meta(ge=0, le=65_535)] | None = None
