"""One short function per client message: it hands the message to its action and says what to answer.

A handler that waits is a coroutine function that returns the reply, or None when it has sent it itself. One that must
not wait (chat, typing, signalling) returns None at once, and answers through the connection when it knows. Either may
raise Refusal.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from core.protocol import client as c
from core.protocol.server import Said
from web.handlers import chat, invites, opening, queue, room, rtc, video

Handler = Callable[[Any, Any], Awaitable[Said | None] | None]

HANDLERS: Final[Mapping[type[c.Request], Handler]] = MappingProxyType(
    {
        c.Ping: opening.ping,
        c.QueueJoin: queue.join,
        c.QueueLeave: queue.leave,
        c.QueueBrowse: queue.browse,
        c.InviteSend: invites.send,
        c.InviteAccept: invites.accept,
        c.InviteDecline: invites.decline,
        c.InviteRescind: invites.rescind,
        c.RoomEnter: room.enter,
        c.RoomLeave: room.leave,
        c.ChatSend: chat.send,
        c.ChatTyping: chat.typing,
        c.ChatRead: chat.read,
        c.ChatHistory: chat.history,
        c.VideoAsk: video.ask,
        c.VideoAccept: video.accept,
        c.VideoDecline: video.decline,
        c.RtcSignal: rtc.signal,
        c.RtcOutcome: rtc.outcome,
        c.RtcRestart: rtc.restart,
    }
)
"""Every message but hello."""
