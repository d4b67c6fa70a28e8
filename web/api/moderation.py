"""POST /reports, GET POST DELETE /blocks, GET /blacklist"""

from aiohttp import web

from core.actions import blocks, reports
from core.errors import Refusal
from core.protocol.http import moderation as wire
from core.protocol.http.base import FieldError
from core.protocol.payloads import is_id
from web.api.answers import json
from web.api.callers import address_of, caller_of, count_stranger
from web.api.problem import BadRequest
from web.api.reading import body_of, words_of
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.post("/api/v1/reports")
async def report(request: web.Request) -> web.Response:
    """Reports somebody; from then on the two never see each other again."""
    caller = await caller_of(request)
    wanted = await body_of(request, wire.NewReport)
    reason = words_of("reason", wanted.reason, wire.REASON_MAX)
    service = request.app[SERVICE]
    await service.limits.take("report", caller.user_id)
    if not (is_id(wanted.user_id) and is_id(wanted.room_id)):
        raise Refusal("no_shared_room")
    ip = str(address_of(request))
    report_id = await reports.report(service, caller.user_id, wanted.user_id, wanted.room_id, reason, ip)
    return json(wire.Filed(report_id=report_id), status=201)


@routes.get("/api/v1/blocks")
async def blocked(request: web.Request) -> web.Response:
    """Whom one has blocked."""
    caller = await caller_of(request)
    found = await blocks.mine(request.app[SERVICE], caller.user_id)
    return json(wire.Blocks(items=[wire.Block(**each._asdict()) for each in found]))


@routes.post("/api/v1/blocks")
async def block(request: web.Request) -> web.Response:
    """Blocks somebody."""
    caller = await caller_of(request)
    wanted = await body_of(request, wire.NewBlock)
    if wanted.user_id == caller.user_id:
        raise BadRequest(FieldError(field="user_id", message="should be somebody else"))
    if not is_id(wanted.user_id):
        raise Refusal("not_found", "there is no such user")
    await blocks.block(request.app[SERVICE], caller.user_id, wanted.user_id)
    return web.Response(status=204)


@routes.delete("/api/v1/blocks/{user_id}")
async def unblock(request: web.Request) -> web.Response:
    """Lifts a block made by hand."""
    caller = await caller_of(request)
    user_id = request.match_info["user_id"]
    if not is_id(user_id):
        raise Refusal("not_found", "this user is not blocked")
    await blocks.unblock(request.app[SERVICE], caller.user_id, user_id)
    return web.Response(status=204)


@routes.get("/api/v1/blacklist")
async def blacklist(request: web.Request) -> web.Response:
    """Who was banned for good."""
    await count_stranger(request)
    found = await request.app[SERVICE].record.bans.blacklist()
    return json(wire.Blacklist(items=[wire.Blacklisted(**each._asdict()) for each in found]))
