"""POST /invite-codes/redeem, GET /invite-codes/{code}, GET /me/invite-code.svg; GET and POST /admin/invite-codes,
POST /admin/invite-codes/{code}/deactivate"""

import io
from typing import Final

import segno
from aiohttp import web
from msgspec import UNSET, convert

from core.actions import codes
from core.errors import Refusal
from core.protocol.bodies import trim
from core.protocol.http.codes import (
    SVG,
    AdminCode,
    AdminCodesPage,
    AdminCodesQuery,
    CodeInfo,
    MadeCode,
    NewCode,
    RedeemCode,
)
from core.rules.access import read_code
from web.address import subject
from web.api.answers import json
from web.api.callers import address_of, admin_of, caller_of, count_stranger
from web.api.me import access_of, account_of
from web.api.reading import body_of, query_of
from web.api.wiring import SERVICE

MODULE_PX: Final = 8
"""Of the picture: about 300 pixels wide, and it scales."""

routes = web.RouteTableDef()


@routes.post("/api/v1/invite-codes/redeem")
async def redeem(request: web.Request) -> web.Response:
    """Lets the caller in; answers what he may do now."""
    caller = await caller_of(request)
    service = request.app[SERVICE]
    wanted = await body_of(request, RedeemCode)
    async with codes.failures_counted(service, subject(address_of(request))):
        await codes.redeem(service, caller.user_id, wanted.code)
    return json(access_of(await account_of(service, caller.user_id), service.settings))


@routes.get("/api/v1/invite-codes/{code}")
async def look_up(request: web.Request) -> web.Response:
    """Tells whoever was given a code whether it still lets him in."""
    await count_stranger(request)
    service = request.app[SERVICE]
    async with codes.failures_counted(service, subject(address_of(request))):
        code = await codes.look_up(service, request.match_info["code"])
    return json(CodeInfo(type=code.type, uses_remaining=code.uses_remaining))


@routes.get("/api/v1/me/invite-code.svg")
async def picture(request: web.Request) -> web.Response:
    """Draws the link by which others come in."""
    caller = await caller_of(request)
    service = request.app[SERVICE]
    account = await account_of(service, caller.user_id)
    if account.invite_code is None:
        raise Refusal("not_found")
    if not account.qr_unlocked:
        raise Refusal("code_locked")
    link = f"{service.settings.public_url.rstrip('/')}/#/join/{account.invite_code}"
    drawn = io.BytesIO()
    segno.make_qr(link).save(drawn, kind="svg", scale=MODULE_PX, light="white", title="invite code")
    return web.Response(body=drawn.getvalue(), content_type=SVG, headers={"Cache-Control": "no-store"})


@routes.get("/api/v1/admin/invite-codes")
async def page(request: web.Request) -> web.Response:
    """A page of all codes."""
    await admin_of(request)
    query = query_of(request, AdminCodesQuery)
    before = None if query.before is UNSET else read_code(query.before)
    kind = None if query.type is UNSET else query.type
    items, more = await request.app[SERVICE].record.codes.page(before, kind, query.limit)
    return json(AdminCodesPage(items=[convert(item._asdict(), AdminCode) for item in items], more=more))


@routes.post("/api/v1/admin/invite-codes")
async def make(request: web.Request) -> web.Response:
    """Makes a code for whoever gets it from the operator."""
    by = await admin_of(request)
    wanted = await body_of(request, NewCode)
    return json(MadeCode(code=await request.app[SERVICE].record.codes.make(by, trim(wanted.label))), status=201)


@routes.post("/api/v1/admin/invite-codes/{code}/deactivate")
async def deactivate(request: web.Request) -> web.Response:
    """Spends a code, an operator's or a user's, for good."""
    by = await admin_of(request)
    code = read_code(request.match_info["code"])
    if code is None or not await request.app[SERVICE].record.codes.deactivate(by, code):
        raise Refusal("not_found")
    return web.Response(status=204)
