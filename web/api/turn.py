"""GET /turn"""

import time

from aiohttp import web

from core.protocol.http.turn import IceServer, IceServers
from core.rules import relays
from web.api.answers import json
from web.api.callers import caller_of
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.get("/api/v1/turn")
async def turn(request: web.Request) -> web.Response:
    """Credentials of the caller for every relay there is."""
    caller = await caller_of(request)
    service = request.app[SERVICE]
    await service.limits.take("turn", caller.user_id)
    settings = service.settings
    made = relays.credentials(settings.turn_secret, caller.user_id, time.time(), settings.turn_ttl_s)
    servers = [IceServer(urls=list(settings.turn_urls), username=made.username, credential=made.password)]
    return json(IceServers(ice_servers=servers if settings.turn_urls else [], expires_at_ms=made.expires_at_ms))
