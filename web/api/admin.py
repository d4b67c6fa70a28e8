"""POST /admin/sessions, DELETE /admin/sessions/current, GET /admin/audit"""

from aiohttp import web
from msgspec import UNSET

from core.actions import operators
from core.protocol.http.admin import AdminSession, AuditEntry, AuditPage, AuditQuery, NewAdminSession
from web.address import subject
from web.api.answers import json
from web.api.callers import address_of, admin_of, token_of
from web.api.reading import body_of, query_of
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.post("/api/v1/admin/sessions")
async def log_in(request: web.Request) -> web.Response:
    """Logs an operator in; the token is shown here and never again."""
    wanted = await body_of(request, NewAdminSession)
    address = address_of(request)
    made = await operators.log_in(
        request.app[SERVICE], wanted.username, wanted.password, str(address), subject(address)
    )
    return json(AdminSession(token=made.token, expires_at_ms=made.expires_at_ms), status=201)


@routes.delete("/api/v1/admin/sessions/current")
async def log_out(request: web.Request) -> web.Response:
    """Ends the login of this token."""
    by = await admin_of(request)
    await operators.log_out(request.app[SERVICE], by, token_of(request))
    return web.Response(status=204)


@routes.get("/api/v1/admin/audit")
async def audit(request: web.Request) -> web.Response:
    """A page of what operators did."""
    await admin_of(request)
    query = query_of(request, AuditQuery)
    before = None if query.before is UNSET else query.before
    items, more = await request.app[SERVICE].record.audit.page(before, query.limit)
    return json(AuditPage(items=[AuditEntry(**item._asdict()) for item in items], more=more))
