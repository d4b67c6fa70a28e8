"""Which reply answers which request, and which pushes it may cause: the tables of the protocol, as data."""

from dataclasses import dataclass
from typing import Final

from core.protocol import client as c
from core.protocol import server as s


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, the replies it may get besides `failed` (none: answered only when refused), and what it causes."""

    request: type[c.Request]
    replies: tuple[type[s.Said], ...] = (s.Done,)
    pushes: tuple[type[s.Push], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Requests that belong together, the pushes that no request names, and to whom its pushes go."""

    title: str
    to: str
    exchanges: tuple[Exchange, ...] = ()
    other_pushes: tuple[type[s.Push], ...] = ()


CHAPTERS: Final = (
    Chapter(
        "Opening",
        "this connection",
        (
            Exchange(c.Hello, (s.Welcome,), note="the first frame, within HELLO_S"),
            Exchange(c.Ping, (s.Pong,)),
        ),
    ),
    Chapter(
        "Queue",
        "connections that show the card",
        (
            Exchange(c.QueueJoin),
            Exchange(c.QueueLeave),
            Exchange(c.QueueBrowse, (s.QueuePage,), (s.CardChanged,)),
        ),
    ),
    Chapter(
        "Invites",
        "all connections of the user, except the acting one, which has its reply; room.opened to every one",
        (
            Exchange(
                c.InviteSend, (s.InviteSent, s.Done), (s.InviteReceived,), "`done` when it completed a mutual invite"
            ),
            Exchange(c.InviteAccept, pushes=(s.InviteEnded, s.RoomOpened)),
            Exchange(c.InviteDecline, pushes=(s.InviteEnded,)),
            Exchange(c.InviteRescind, pushes=(s.InviteEnded,)),
        ),
    ),
    Chapter(
        "Room",
        "the bound connection; room.moved to the one it was taken from, room.ended to every connection of both",
        (
            Exchange(
                c.RoomEnter,
                (s.RoomEntered,),
                (s.RoomStarted, s.RoomMoved, s.PartnerLost, s.PartnerReturned, s.RtcNegotiate),
            ),
            Exchange(c.RoomLeave, pushes=(s.RoomEnded,)),
        ),
        (s.RoomRestored,),
    ),
    Chapter(
        "Talk",
        "the partner's bound connection; torch.* to both",
        (
            Exchange(c.ChatSend, (s.ChatSent,), (s.ChatMessage, s.TorchRelit)),
            Exchange(c.ChatTyping, (), (s.ChatTyped,)),
            Exchange(c.ChatRead, pushes=(s.ChatWasRead,)),
            Exchange(c.ChatHistory, (s.ChatPage,)),
        ),
        (s.TorchDimming,),
    ),
    Chapter(
        "Video",
        "the partner's bound connection; rtc.negotiate, room.upgraded and video.declined to both",
        (
            Exchange(c.VideoAsk, pushes=(s.VideoRequested, s.RoomUpgraded)),
            Exchange(c.VideoAccept, pushes=(s.RoomUpgraded, s.RtcNegotiate)),
            Exchange(c.VideoDecline, pushes=(s.VideoDeclined,)),
            Exchange(c.RtcSignal, (), (s.RtcSignalled,)),
            Exchange(c.RtcOutcome),
            Exchange(c.RtcRestart, pushes=(s.RtcNegotiate,)),
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
