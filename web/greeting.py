"""What hello found, as `welcome` says it."""

from typing import TYPE_CHECKING

from msgspec import convert

from core.actions.arrive import Arrival
from core.live.rooms import room_state
from core.protocol.payloads import Ended, Invite, Me, Notification, SocketLimits
from core.protocol.server import Welcome
from core.settings import Settings

if TYPE_CHECKING:
    from web.node import Node


def welcome(node: "Node", conn_id: str, ref: int, arrival: Arrival) -> Welcome:
    """Returns the welcome of one connection."""
    return Welcome(
        ref=ref,
        user=convert(arrival.me, Me),
        node=node.settings.node_name,
        server_at_ms=node.service.live.clock.now_ms(),
        ping_ms=round(node.settings.ping_s * 1000),
        limits=_limits(node.settings),
        presence=arrival.presence,  # type: ignore[arg-type]
        wish=arrival.wish,
        invites=convert(arrival.invites, list[Invite]),
        room=room_state(arrival.view, conn_id) if arrival.view else None,
        last_room=convert(arrival.last_room, Ended) if arrival.last_room else None,
        notifications=convert(arrival.notifications, list[Notification]),
    )


def _limits(settings: Settings) -> SocketLimits:
    chat = settings.limits["chat"]
    return SocketLimits(
        text_max=settings.text_max,
        chat_burst=chat.burst if chat else 0,
        chat_every_ms=round(chat.every_ms) if chat else 0,
    )
