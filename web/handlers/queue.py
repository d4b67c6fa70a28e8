"""queue.join, queue.leave, queue.browse"""

from typing import TYPE_CHECKING

from msgspec import convert

from core.actions import queue
from core.protocol.client import QueueBrowse, QueueJoin, QueueLeave
from core.protocol.payloads import Card
from core.protocol.server import Done, QueuePage

if TYPE_CHECKING:
    from web.connection import Connection


async def join(connection: "Connection", message: QueueJoin) -> Done:
    """I wish to meet."""
    return await _wish(connection, message.ref, wish=True)


async def leave(connection: "Connection", message: QueueLeave) -> Done:
    """I do not wish to meet any more."""
    return await _wish(connection, message.ref, wish=False)


async def browse(connection: "Connection", message: QueueBrowse) -> QueuePage:
    """Who is available? From now on this connection hears when one of these cards changes."""
    found, waiting = await queue.browse(
        connection.node.service,
        connection.id,
        connection.user_id,
        limit=message.limit,
        include_cooldown=bool(message.include_cooldown),
        again=bool(message.again),
    )
    cards = convert(found, list[Card])
    connection.node.hub.cards.show(connection, (card.user_id for card in cards))
    return QueuePage(ref=message.ref, cards=cards, waiting=waiting)


async def _wish(connection: "Connection", ref: int, *, wish: bool) -> Done:
    await queue.set_wish(connection.node.service, connection.id, connection.user_id, wish)
    for each in connection.node.hub.of_user(connection.user_id):  # the wish is the login's, not the connection's
        each.wish = wish
    return Done(ref=ref)
