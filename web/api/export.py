"""GET /me/export"""

import msgspec
from aiohttp import web

from core.errors import Refusal
from core.protocol.http.export import Export
from core.record.history import DELETED_USER
from web.api.answers import json
from web.api.callers import caller_of
from web.api.me import my_account
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.get("/api/v1/me/export")
async def export(request: web.Request) -> web.Response:
    """Hands a user everything we hold of him, as a file."""
    caller = await caller_of(request)
    service = request.app[SERVICE]
    account = await my_account(service, caller.user_id)
    held = await service.record.export.of(caller.user_id)
    if held is None:
        raise Refusal("not_authenticated")
    for meeting in held["meetings"]:
        partner_id, name = meeting.pop("partner_id"), meeting.pop("partner_name")
        meeting["partner"] = {"user_id": partner_id, "name": name if partner_id else DELETED_USER}
    answer = msgspec.convert(
        {**held, "exported_at_ms": service.live.clock.now_ms(), "account": msgspec.to_builtins(account)}, Export
    )
    response = json(answer)
    response.headers["Content-Disposition"] = 'attachment; filename="cresset.json"'
    return response
