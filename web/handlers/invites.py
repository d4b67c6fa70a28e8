"""invite.send, invite.accept, invite.decline, invite.rescind"""

from typing import TYPE_CHECKING

from core.actions import invite
from core.protocol.client import InviteAccept, InviteDecline, InviteRescind, InviteSend
from core.protocol.server import Done, InviteSent

if TYPE_CHECKING:
    from web.connection import Connection


async def send(connection: "Connection", message: InviteSend) -> InviteSent | Done:
    """Will you meet me?"""
    ringing = await invite.send(
        connection.node.service, connection.id, connection.user_id, message.to, message.mode, message.seconds
    )
    if ringing is None:
        return Done(ref=message.ref)
    return InviteSent(ref=message.ref, invite_id=ringing.invite_id, expires_at_ms=ringing.expires_at_ms)


async def accept(connection: "Connection", message: InviteAccept) -> Done:
    """Yes."""
    await invite.accept(connection.node.service, connection.id, connection.user_id, message.invite_id, message.seconds)
    return Done(ref=message.ref)


async def decline(connection: "Connection", message: InviteDecline) -> Done:
    """No."""
    await invite.decline(connection.node.service, connection.id, connection.user_id, message.invite_id)
    return Done(ref=message.ref)


async def rescind(connection: "Connection", message: InviteRescind) -> Done:
    """Never mind."""
    await invite.rescind(connection.node.service, connection.id, connection.user_id, message.invite_id)
    return Done(ref=message.ref)
