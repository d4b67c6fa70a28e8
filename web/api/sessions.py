"""DELETE /sessions/current"""

from aiohttp import web

from core.actions import accounts
from web.api.callers import caller_of, token_of
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.delete("/api/v1/sessions/current")
async def log_out(request: web.Request) -> web.Response:
    """Ends the session of this token, on every node."""
    await caller_of(request)
    await accounts.close_session(request.app[SERVICE], token_of(request))
    return web.Response(status=204)
