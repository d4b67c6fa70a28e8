"""Which reply answers which request, with what it is refused, what it causes: the protocol's tables as data."""

from dataclasses import dataclass
from typing import Final

from core.protocol import client as c
from core.protocol import server as s

ALWAYS: Final = ("bad_message", "rate_limited", "unavailable", "internal")
"""What any request may be refused with."""

MEMBER: Final = ("not_in_room", "room_ended")
BOUND: Final = (*MEMBER, "not_bound")
STARTED: Final = (*BOUND, "too_early")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, its replies besides `failed` (none: answered only when refused), codes beyond ALWAYS, and pushes."""

    request: type[c.Request]
    replies: tuple[type[s.Said], ...] = (s.Done,)
    refusals: tuple[str, ...] = ()
    pushes: tuple[type[s.Push], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Requests that belong together, pushes that follow from none of them, and to whom its pushes go."""

    title: str
    to: str
    exchanges: tuple[Exchange, ...] = ()
    other_pushes: tuple[type[s.Push], ...] = ()


CHAPTERS: Final = (
    Chapter(
        "Opening",
        "this connection",
        (
            Exchange(
                c.Hello,
                (s.Welcome,),
                ("not_authenticated", "session_replaced", "banned", "protocol_too_old"),
                note="Due within HELLO_S; when it is refused the socket is closed",
            ),
            Exchange(c.Ping, (s.Pong,)),
        ),
    ),
    Chapter(
        "Queue",
        "the connections whose last page shows the card",
        (
            Exchange(c.QueueJoin, refusals=("not_admitted",)),
            Exchange(c.QueueLeave),
            Exchange(c.QueueBrowse, (s.QueuePage,), pushes=(s.CardChanged,)),
        ),
    ),
    Chapter(
        "Invites",
        "all connections of both users, except the acting one, which has its reply; `room.opened` to every one",
        (
            Exchange(
                c.InviteSend,
                (s.InviteSent, s.Done),
                (
                    "invalid_target",
                    "user_not_found",
                    "invalid_duration",
                    "not_admitted",
                    "already_inviting",
                    "busy",
                    "reciprocal_pending",
                    "offline",
                    "cooldown",
                ),
                (s.InviteReceived, s.InviteEnded, s.RoomOpened),
                "Answered by `done` when it completed a mutual invite",
            ),
            Exchange(
                c.InviteAccept,
                refusals=("invalid_duration", "not_admitted", "not_yours", "invite_gone"),
                pushes=(s.InviteEnded, s.RoomOpened),
            ),
            Exchange(c.InviteDecline, refusals=("not_yours", "invite_gone"), pushes=(s.InviteEnded,)),
            Exchange(c.InviteRescind, refusals=("not_yours", "invite_gone"), pushes=(s.InviteEnded,)),
        ),
    ),
    Chapter(
        "Room",
        "the bound connection; `room.moved` to the one it was taken from, `room.ended` to every connection of both",
        (
            Exchange(
                c.RoomEnter,
                (s.RoomEntered,),
                MEMBER,
                (s.RoomStarted, s.RoomMoved, s.PartnerLost, s.PartnerReturned, s.RtcNegotiate),
            ),
            Exchange(
                c.RoomLeave, refusals=MEMBER, pushes=(s.RoomEnded,), note="Works from any connection of the member"
            ),
        ),
        (s.RoomRestored,),
    ),
    Chapter(
        "Talk",
        "the partner's bound connection; `torch.*` to both",
        (
            Exchange(
                c.ChatSend,
                (s.ChatSent,),
                ("invalid_body", *STARTED),
                (s.ChatMessage, s.TorchRelit),
                "A repeat works from any connection of the member",
            ),
            Exchange(c.ChatTyping, (), STARTED, (s.ChatTyped,), "Answered only when refused"),
            Exchange(c.ChatRead, refusals=BOUND, pushes=(s.ChatWasRead,)),
            Exchange(c.ChatHistory, (s.ChatPage,), MEMBER),
        ),
        (s.TorchDimming,),
    ),
    Chapter(
        "Video",
        "the partner's bound connection; `rtc.negotiate`, `room.upgraded` and `video.declined` to both",
        (
            Exchange(
                c.VideoAsk,
                refusals=(*STARTED, "partner_away", "already_video"),
                pushes=(s.VideoRequested, s.RoomUpgraded, s.RtcNegotiate),
                note="While asked oneself it accepts",
            ),
            Exchange(
                c.VideoAccept,
                refusals=(*STARTED, "partner_away", "nothing_asked", "already_video"),
                pushes=(s.RoomUpgraded, s.RtcNegotiate),
            ),
            Exchange(c.VideoDecline, refusals=(*STARTED, "nothing_asked", "already_video"), pushes=(s.VideoDeclined,)),
            Exchange(
                c.RtcSignal,
                (),
                ("invalid_body", *STARTED, "not_video"),
                (s.RtcSignalled,),
                "Answered only when refused",
            ),
            Exchange(c.RtcOutcome, refusals=(*STARTED, "not_video"), pushes=(s.RoomEnded,)),
            Exchange(c.RtcRestart, refusals=(*STARTED, "not_video"), pushes=(s.RtcNegotiate,)),
        ),
    ),
    Chapter(
        "Notices",
        "all connections of the user",
        (),
        (s.IntroReceived, s.CodeUnlocked, s.SessionReplaced, s.AccountBanned, s.NodeDraining),
    ),
)
"""The protocol page's tables, in its order."""


def refusals_of(exchange: Exchange) -> tuple[str, ...]:
    """Returns every code with which a request may be refused, its own first."""
    return tuple(dict.fromkeys((*exchange.refusals, *ALWAYS)))
