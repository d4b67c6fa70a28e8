"""POST /intros, GET /intros/{code}, GET /notifications, POST /notifications/{notification_id}/read"""

import msgspec
from aiohttp import web

from core.actions import intros
from core.protocol.http.base import FieldError
from core.protocol.http.intros import Intro, IntroMade, NewIntro, Notifications
from core.protocol.payloads import Notification
from web.api.answers import json
from web.api.callers import caller_of, count_stranger
from web.api.problem import BadRequest
from web.api.reading import body_of
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.post("/api/v1/intros")
async def make(request: web.Request) -> web.Response:
    """Makes a link for somebody else."""
    caller = await caller_of(request)
    wanted = await body_of(request, NewIntro)
    if wanted.target_user_id == caller.user_id:
        raise BadRequest(FieldError(field="target_user_id", message="should be somebody else"))
    made = await intros.make(request.app[SERVICE], caller.user_id, wanted.target_user_id)
    return json(IntroMade(**made._asdict()), status=201)


@routes.get("/api/v1/intros/{code}")
async def look_up(request: web.Request) -> web.Response:
    """Two names, for anybody who has the link."""
    await count_stranger(request)
    link = await intros.link(request.app[SERVICE], request.match_info["code"])
    return json(Intro(target_name=link.target_name, created_by_name=link.created_by_name))


@routes.get("/api/v1/notifications")
async def notifications(request: web.Request) -> web.Response:
    """Who was introduced to the caller."""
    caller = await caller_of(request)
    items, unread = await request.app[SERVICE].record.intros.notifications(caller.user_id)
    return json(Notifications(items=msgspec.convert(items, list[Notification]), unread=unread))


@routes.post("/api/v1/notifications/{notification_id}/read")
async def read(request: web.Request) -> web.Response:
    """Marks one as read."""
    caller = await caller_of(request)
    await intros.read(request.app[SERVICE], caller.user_id, request.match_info["notification_id"])
    return web.Response(status=204)
