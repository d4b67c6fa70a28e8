"""room.enter, room.leave"""

import time
from typing import TYPE_CHECKING

from core.actions import talk
from core.errors import Refusal
from core.live.rooms import room_state
from core.protocol.client import RoomEnter, RoomLeave
from core.protocol.server import Done, RoomEntered

if TYPE_CHECKING:
    from web.connection import Connection


async def enter(connection: "Connection", message: RoomEnter) -> None:
    """Binds this connection to the room. What happens there while the bind is on its way follows the snapshot."""
    begun = time.perf_counter()
    hub = connection.node.hub
    if connection.binding and connection.binding.room_id != message.room_id:
        # The place in the other room is given up for one that there is, or its loss would go unnoticed.
        view = await talk.look(connection.node.service, connection.user_id, message.room_id)
        if view["status"] == "ended":
            raise Refusal("room_ended")
    was_bound = connection.is_bound
    binding = connection.enter(message.room_id)
    try:
        view = await talk.enter(
            connection.node.service,
            connection.id,
            connection.user_id,
            message.room_id,
            message.last_seq,
            message.epoch,
        )
    except BaseException:
        if was_bound and binding is connection.binding and binding.slot:
            binding.go_on()
        else:
            hub.unbind(connection)
        raise
    connection.reply("room.enter", begun, RoomEntered(ref=message.ref, room=room_state(view, connection.id)))
    if connection.binding is binding:
        hub.bind(connection, binding, view)


async def leave(connection: "Connection", message: RoomLeave) -> Done:
    """Ends the room; both are free again when this is answered."""
    await talk.leave(connection.node.service, connection.user_id, message.room_id)
    return Done(ref=message.ref)
