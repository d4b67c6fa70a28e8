"""Filling a hole in what a connection has heard of its room, from the room's log."""

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.json import Decoder

from core import logs
from core.actions import talk
from core.errors import Refusal, Unavailable

if TYPE_CHECKING:
    from web.connection import Connection
    from web.node import Node

AT_ONCE: Final = 100
"""Messages fetched at a time."""

log = logs.get(__name__)


class _Head(Struct, rename={"from_": "from"}):
    """What has to be known of a message to put it in its place."""

    seq: int
    from_: str
    kind: str


_head = Decoder(_Head).decode


async def catch_up(node: "Node", connection: "Connection") -> None:
    """Fetches what a connection's messages, or its room's end, wait for; what cannot be had is given up."""
    while True:
        binding = connection.binding
        if binding is None or not binding.is_behind:
            return
        first, last = binding.missing
        before = min(last, first + AT_ONCE - 1) + 1
        try:
            page, _ = await talk.history(node.service, connection.user_id, binding.room_id, before, before - first)
        except Unavailable:
            node.hub.fell_behind(connection)  # tried again in a moment
            return
        except Refusal:
            page = []
        for message in page:
            head = _head(message)
            is_own = head.from_ == connection.user_id and head.kind != "system"
            text = message if isinstance(message, bytes) else message.encode()
            binding.say(head.seq, b"" if is_own else b'{"type":"chat.message","message":%b}' % text)
        if binding.missing[0] == first:
            log.warning("messages missing", conn=connection.id, room_id=binding.room_id, first=first, last=last)
            binding.give_up()
