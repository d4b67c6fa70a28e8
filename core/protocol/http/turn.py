"""Relays for those whose networks do not let them meet directly."""

from typing import Annotated, Final

from msgspec import Meta

from core.protocol.http.base import Answer, Route
from core.protocol.payloads import AtMs


class IceServer(Answer, frozen=True, kw_only=True):
    """As RTCPeerConnection takes it."""

    urls: list[str]
    username: str
    credential: str


class IceServers(Answer, frozen=True, kw_only=True):
    """GET /turn: an empty list where no relay is configured."""

    ice_servers: Annotated[list[IceServer], Meta(description="for RTCConfiguration.iceServers")]
    expires_at_ms: Annotated[AtMs, Meta(description="ask again before an ICE restart that comes later")]


ROUTES: Final = (Route("GET", "/api/v1/turn", "Credentials for the relays", 200, IceServers),)
