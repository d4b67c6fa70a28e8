"""rtc.signal, rtc.outcome, rtc.restart"""

from typing import TYPE_CHECKING

from msgspec import UNSET

from core.actions import talk
from core.errors import Refusal
from core.protocol.bodies import check_signal
from core.protocol.client import RtcOutcome, RtcRestart, RtcSignal
from core.protocol.server import Done, RtcSignalled, encode
from web.handlers import relaying

if TYPE_CHECKING:
    from web.connection import Connection

FIRST_GENERATION = 1


def signal(connection: "Connection", message: RtcSignal) -> None:
    """A description or candidate for the partner: straight to his connection where it is here, else through the shard.

    Of an older generation it is dropped, of a newer one refused: nobody was told of such a one.
    """
    check_signal(message)
    generation = message.generation
    if generation < FIRST_GENERATION:
        return
    node, binding = connection.node, connection.binding
    payload = encode(
        RtcSignalled(
            room_id=message.room_id,
            generation=generation,
            description=UNSET if message.description is None else message.description,
            candidate=message.candidate,
        )
    )
    if binding and binding.room_id == message.room_id and binding.is_started and binding.is_video:
        if generation < binding.generation:
            return
        if generation > binding.generation:
            raise Refusal("bad_message", "nobody was told of this generation")
        partner = node.hub.partner(binding)
        if partner and partner.binding and partner.binding.generation == generation:
            node.hub.push(partner.id, message.room_id, "rtc.signal", payload)
            return
    relaying.relay(connection, "rtc.signal", message.ref, message.room_id, "rtc.signal", payload, generation)


async def outcome(connection: "Connection", message: RtcOutcome) -> Done:
    """How the negotiation came out."""
    await talk.outcome(
        connection.node.service,
        connection.id,
        connection.user_id,
        message.room_id,
        message.generation,
        message.outcome,
    )
    return Done(ref=message.ref)


async def restart(connection: "Connection", message: RtcRestart) -> Done:
    """Asks for a new negotiation."""
    await talk.restart(connection.node.service, connection.id, connection.user_id, message.room_id)
    return Done(ref=message.ref)
