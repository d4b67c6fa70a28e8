"""What clients hear: replies (with the `ref` of their request) and pushes (without; past tense), and `encode`.

Clients ignore what they do not know, so fields may be added here, never renamed or taken away.
"""

from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.json import Encoder

from core.protocol.codes import ERROR_CODES, OUR_FAULTS, SOCKET_CODES
from core.protocol.payloads import (
    AtMs,
    Candidate,
    Card,
    Description,
    Ended,
    EndReason,
    Epoch,
    Generation,
    Id,
    Invite,
    Me,
    Message,
    Notification,
    Outcome,
    Presence,
    RoomState,
    Seq,
    SocketLimits,
    TorchState,
)

FailedCode = Annotated[str, Meta(extra_json_schema={"enum": list(SOCKET_CODES)})]
Ms = Annotated[int, Meta(description="milliseconds")]


class Said(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of everything the server says."""


class Reply(Said, frozen=True, kw_only=True):
    """The one answer to the request with this ref."""

    ref: int


class Push(Said, frozen=True, kw_only=True):
    """Something happened."""


# Replies


class Done(Reply, frozen=True, kw_only=True, tag="done"):
    """It is done."""


class Failed(Said, frozen=True, kw_only=True, tag="failed"):
    """A coded refusal; nothing was changed. Without ref it answers a frame in which none was found."""

    ref: int | UnsetType = UNSET
    code: FailedCode
    message: Annotated[str, Meta(description="for developers; not for display")]
    retry_after_ms: Ms | UnsetType = UNSET
    outcome: Annotated[Outcome | UnsetType, Meta(description="with invite_gone")] = UNSET


class Welcome(Reply, frozen=True, kw_only=True, tag="welcome"):
    """Presence is written: who hears this and wishes to meet can be invited."""

    user: Me
    node: str
    server_at_ms: AtMs
    ping_ms: Annotated[int, Meta(description="having heard nothing for so long, a client sends ping")]
    limits: SocketLimits
    presence: Presence
    wish: Annotated[bool, Meta(description="whether this login wishes to meet")]
    invites: Annotated[list[Invite], Meta(description="pending, incoming and outgoing")]
    room: RoomState | None
    last_room: Annotated[Ended | None, Meta(description="a room that ended while this user was away")]
    notifications: Annotated[list[Notification], Meta(description="the unread ones")]


class Pong(Reply, frozen=True, kw_only=True, tag="pong"):
    """Here."""

    server_at_ms: AtMs


class QueuePage(Reply, frozen=True, kw_only=True, tag="queue.page"):
    """Who is available."""

    cards: list[Card]
    waiting: Annotated[int, Meta(description="about how many are available")]


class InviteSent(Reply, frozen=True, kw_only=True, tag="invite.sent"):
    """It rings."""

    invite_id: Id
    expires_at_ms: AtMs


class RoomEntered(Reply, frozen=True, kw_only=True, tag="room.entered"):
    """This connection is bound to the room."""

    room: RoomState


class ChatSent(Reply, frozen=True, kw_only=True, tag="chat.sent"):
    """It will be delivered and recorded even if this node dies now."""

    seq: Seq
    sent_at_ms: AtMs


class ChatPage(Reply, frozen=True, kw_only=True, tag="chat.page"):
    """Older messages, ascending, all before before_seq."""

    messages: list[Message]
    more: bool


# Queue


class CardChanged(Push, frozen=True, kw_only=True, tag="card.changed"):
    """A card of this connection's last page; at most one per card and second, the last state always."""

    user_id: Id
    presence: Presence


# Invites


class InviteReceived(Push, frozen=True, kw_only=True, tag="invite.received"):
    """Someone invites you."""

    invite: Invite


class InviteEnded(Push, frozen=True, kw_only=True, tag="invite.ended"):
    """An invite of yours is over."""

    invite_id: Id
    outcome: Outcome


# Rooms


class RoomOpened(Push, frozen=True, kw_only=True, tag="room.opened"):
    """An invite was accepted; the tab that invited or accepted enters."""

    room: RoomState


class RoomStarted(Push, frozen=True, kw_only=True, tag="room.started"):
    """Both members are in."""

    room_id: Id
    started_at_ms: AtMs
    ends_at_ms: Annotated[AtMs | None, Meta(description="video only")]
    torch: Annotated[TorchState | None, Meta(description="text only")]


class RoomMoved(Push, frozen=True, kw_only=True, tag="room.moved"):
    """Another connection of yours took the room over; this one is a bystander now."""

    room_id: Id


class PartnerLost(Push, frozen=True, kw_only=True, tag="room.partner_lost"):
    """The partner's connection is gone; unless it returns, the room ends."""

    room_id: Id
    grace_ends_at_ms: AtMs


class PartnerReturned(Push, frozen=True, kw_only=True, tag="room.partner_returned"):
    """The partner is back."""

    room_id: Id
    torch: TorchState | None


class RoomEnded(Push, frozen=True, kw_only=True, tag="room.ended"):
    """The room is over, for both."""

    room_id: Id
    reason: EndReason
    seconds: Annotated[int, Meta(description="lived, whole seconds from started to ended")]
    cooldown_ends_at_ms: AtMs | None
    ended_at_ms: AtMs


class RoomRestored(Push, frozen=True, kw_only=True, tag="room.restored"):
    """Redis was lost: room.enter with last_seq and the old epoch, heal the tail, leave the media alone."""

    room_id: Id
    epoch: Epoch


# Talk


class ChatMessage(Push, frozen=True, kw_only=True, tag="chat.message"):
    """The partner wrote; in seq order per room. A gap means: room.enter again with last_seq."""

    message: Message


class ChatTyped(Push, frozen=True, kw_only=True, tag="chat.typed"):
    """The partner is typing."""

    room_id: Id


class ChatWasRead(Push, frozen=True, kw_only=True, tag="chat.was_read"):
    """The partner has read up to here."""

    room_id: Id
    seq: Seq


class TorchDimming(Push, frozen=True, kw_only=True, tag="torch.dimming"):
    """Write, or the room ends at out_at_ms."""

    room_id: Id
    out_at_ms: AtMs


class TorchRelit(Push, frozen=True, kw_only=True, tag="torch.relit"):
    """The torch burns again."""

    room_id: Id
    dims_at_ms: AtMs


# Video


class VideoRequested(Push, frozen=True, kw_only=True, tag="video.requested"):
    """The partner asks for video."""

    room_id: Id
    request_ends_at_ms: AtMs


class VideoDeclined(Push, frozen=True, kw_only=True, tag="video.declined"):
    """The request for video came to nothing."""

    room_id: Id
    reason: Literal["declined", "expired"]


class RoomUpgraded(Push, frozen=True, kw_only=True, tag="room.upgraded"):
    """The text room became a video room; it keeps its id and messages."""

    room: RoomState


class RtcSignalled(Push, frozen=True, kw_only=True, tag="rtc.signal"):
    """A description or candidate of the partner's; `candidate: null` says that there are no more."""

    room_id: Id
    generation: Generation
    description: Description | UnsetType = UNSET
    candidate: Candidate | UnsetType | None = UNSET


class RtcNegotiate(Push, frozen=True, kw_only=True, tag="rtc.negotiate"):
    """Negotiate. Who is still connected adopts the generation and sends `rtc.outcome connected` instead."""

    room_id: Id
    generation: Generation
    polite: Annotated[bool, Meta(description="user_2 is")]


# Notices


class IntroReceived(Push, frozen=True, kw_only=True, tag="intro.received"):
    """Someone was introduced to you."""

    notification: Notification


class CodeUnlocked(Push, frozen=True, kw_only=True, tag="code.unlocked"):
    """Your invite code can be used now."""

    code: str


class SessionReplaced(Push, frozen=True, kw_only=True, tag="session.replaced"):
    """You logged in elsewhere; this socket closes."""


class AccountBanned(Push, frozen=True, kw_only=True, tag="account.banned"):
    """You were banned; this socket closes."""

    reason: str


class NodeDraining(Push, frozen=True, kw_only=True, tag="node.draining"):
    """This node is going away; it closes this socket then."""

    reconnect_after_ms: Ms


REPLIES: Final[tuple[type[Said], ...]] = (
    Done,
    Failed,
    Welcome,
    Pong,
    QueuePage,
    InviteSent,
    RoomEntered,
    ChatSent,
    ChatPage,
)
PUSHES: Final[tuple[type[Push], ...]] = (
    CardChanged,
    InviteReceived,
    InviteEnded,
    RoomOpened,
    RoomStarted,
    RoomMoved,
    PartnerLost,
    PartnerReturned,
    RoomEnded,
    RoomRestored,
    ChatMessage,
    ChatTyped,
    ChatWasRead,
    TorchDimming,
    TorchRelit,
    VideoRequested,
    VideoDeclined,
    RoomUpgraded,
    RtcSignalled,
    RtcNegotiate,
    IntroReceived,
    CodeUnlocked,
    SessionReplaced,
    AccountBanned,
    NodeDraining,
)
SERVER_MESSAGES: Final[tuple[type[Said], ...]] = (*REPLIES, *PUSHES)

encode: Final = Encoder().encode
"""encode(message) -> bytes: the JSON of a reply or push, its `type` first. None is sent as null, UNSET is left out."""


def failed(
    ref: int | None, code: str, message: str = "", retry_after_ms: int | None = None, outcome: Outcome | None = None
) -> Failed:
    """Returns the reply for a refusal.

    Without words of its own it is explained by its code's meaning, and always when the fault is ours: what went wrong
    inside is for the log. A code that the protocol does not have is such a fault.
    """
    if code not in SOCKET_CODES:
        code = "internal"
    if code in OUR_FAULTS:
        message = ""
    return Failed(
        ref=UNSET if ref is None else ref,
        code=code,
        message=message or ERROR_CODES[code].meaning,
        retry_after_ms=UNSET if retry_after_ms is None else retry_after_ms,
        outcome=UNSET if outcome is None else outcome,
    )
