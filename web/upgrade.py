"""GET /ws: who may open a websocket here."""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

from core.errors import Refusal
from core.protocol.client import FRAME_MAX
from core.settings import Settings
from web.address import client_address, subject
from web.connection import Connection, Socket
from web.outbox import Outbox

if TYPE_CHECKING:
    from web.node import Node

CLOSE_S: Final = 2.0
"""How long aiohttp may wait for the answer to a close frame of its own (a frame that is too big, or no UTF-8)."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Upgrade:
    """The handler of /ws."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serves one websocket from upgrade to end. Raises Refusal before the upgrade."""
        node = self._node
        if not node.is_accepting:
            raise self._refused("draining", Refusal("unavailable", "this node is going away", retry_after_ms=1_000))
        if not may_come_from(request, node.settings):
            raise self._refused("origin", Refusal("forbidden", "wrong Origin"))
        who = subject(client_address(request, node.settings.trusted_proxies))
        try:
            await node.service.limits.take("connect", who)
        except Refusal as refusal:
            raise self._refused("too many", refusal) from None
        socket: Socket = web.WebSocketResponse(
            timeout=CLOSE_S,
            autoclose=False,
            autoping=False,
            compress=False,
            max_msg_size=FRAME_MAX,
            decode_text=False,
        )
        writer = await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket
        await Connection(node, node.new_connection_id(), who, socket, writer, Outbox(transport, node.post)).serve()
        return socket

    def _refused(self, reason: str, refusal: Refusal) -> Refusal:
        self._node.metrics.turned_away[reason] += 1
        return refusal


def may_come_from(request: web.BaseRequest, settings: Settings) -> bool:
    """Whether the page that asks is one of ours: ALLOWED_ORIGINS, or, where that is not set, from the same host."""
    origin = request.headers.get("Origin")
    if origin is None:  # no browser
        return True
    if settings.allowed_origins:
        return origin.rstrip("/").lower() in settings.allowed_origins
    place = _place(origin)
    return place is not None and place == _place(f"{origin.partition('://')[0]}://{request.host}")


def _place(origin: str) -> tuple[str, int | None] | None:
    """Host and port; None for what is no web page's origin. Of the scheme only the default port matters: a proxy may
    have taken TLS off."""
    try:
        parts = urlsplit(origin)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None
