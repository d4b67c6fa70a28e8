"""video.request, video.accept, video.decline"""

from typing import TYPE_CHECKING

from core.actions import talk
from core.protocol.client import VideoAccept, VideoAsk, VideoDecline
from core.protocol.server import Done

if TYPE_CHECKING:
    from web.connection import Connection


async def ask(connection: "Connection", message: VideoAsk) -> Done:
    """Shall we see each other?"""
    await talk.ask_video(connection.node.service, connection.id, connection.user_id, message.room_id)
    return Done(ref=message.ref)


async def accept(connection: "Connection", message: VideoAccept) -> Done:
    """Yes."""
    await talk.accept_video(connection.node.service, connection.id, connection.user_id, message.room_id)
    return Done(ref=message.ref)


async def decline(connection: "Connection", message: VideoDecline) -> Done:
    """No."""
    await talk.decline_video(connection.node.service, connection.id, connection.user_id, message.room_id)
    return Done(ref=message.ref)
