"""A connection hears that another one of its user's took the room over.

The news comes through the inbox, the answer to `room.enter` with its batch: between the two there is no order. So one
that has just taken the room back may hear late that it had lost it. The shard says how it is.
"""

from typing import TYPE_CHECKING

from core.actions.talk import ANY_EPOCH
from core.errors import Refusal

if TYPE_CHECKING:
    from web.binding import Binding
    from web.connection import Connection


async def make_way(connection: "Connection", binding: "Binding") -> None:
    """Gives the seat up, unless the shard says that this connection has it (again)."""
    room_id, shard = binding.room_id, connection.node.service.live.shard(binding.room_id)
    try:
        (view,) = await shard.call("view", room_id, connection.user_id, binding.heard, ANY_EPOCH)
    except Refusal:  # over, or being brought back: its end, or the announcing of bindings, says the rest
        has_it = False
    else:
        has_it = view[f"conn_{view['slot']}"] == connection.id
    if connection.binding is binding and not binding.is_entering and not has_it:
        connection.node.hub.moved(connection, binding)
