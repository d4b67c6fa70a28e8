"""GET /healthz, GET /readyz"""

from aiohttp import web

from core.protocol.http.health import Health
from web.api.answers import json
from web.api.wiring import HEALTH

routes = web.RouteTableDef()


@routes.get("/healthz")
async def healthz(_: web.Request) -> web.Response:
    """200 while the process lives."""
    return json(Health())


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.Response:
    """200 when users may be sent here, else 503 with the same body."""
    readiness = await request.app[HEALTH].readiness()
    return json(readiness, status=200 if readiness.ready else 503)
