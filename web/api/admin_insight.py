"""GET /admin/rooms/{room_id}/timeline, /admin/users/{user_id}, /admin/explain, /admin/nodes; POST .../drain"""

from dataclasses import asdict
from typing import Any, Final

import msgspec
from aiohttp import web

from core.actions import insight
from core.protocol.http import admin_insight as wire
from core.protocol.http.admin_moderation import Ban
from core.protocol.http.history import PastRoom
from core.protocol.payloads import Me
from web.api.answers import json
from web.api.callers import admin_of
from web.api.history import line
from web.api.reading import query_of
from web.api.wiring import SERVICE

WORKERS: Final = "workers "
"""How the names of workers begin."""

routes = web.RouteTableDef()


@routes.get("/api/v1/admin/users/{user_id}")
async def user(request: web.Request) -> web.Response:
    """Everything about a user."""
    await admin_of(request)
    page = await insight.user(request.app[SERVICE], request.match_info["user_id"])
    profile = page.known.profile
    own = {name: getattr(page.known, name) for name in page.known.__dataclass_fields__ if name != "profile"}
    answer = wire.UserPage(
        user=msgspec.convert(profile, Me, from_attributes=True),
        ban_status=profile.ban_status,  # type: ignore[arg-type]
        banned_reason=profile.banned_reason,
        live=None if page.live is None else msgspec.convert(_live(page.live), wire.LiveUser),
        logins=[wire.KnownLogin(**login._asdict()) for login in page.logins],
        meetings=[msgspec.convert(line(item), PastRoom) for item in page.meetings],
        bans=[msgspec.convert(ban._asdict(), Ban) for ban in page.bans],
        **own,
    )
    return json(answer)


@routes.get("/api/v1/admin/rooms/{room_id}/timeline")
async def timeline(request: web.Request) -> web.Response:
    """What happened to a room."""
    await admin_of(request)
    room_id = request.match_info["room_id"]
    state, events = await insight.timeline(request.app[SERVICE], room_id)
    answer = wire.RoomTimeline(
        room_id=room_id,
        room=None if state is None else msgspec.convert(_facts(state), wire.RoomFacts),
        events=[msgspec.convert(_event(event), wire.RoomEvent) for event in events],
    )
    return json(answer)


@routes.get("/api/v1/admin/explain")
async def explain(request: web.Request) -> web.Response:
    """Why one cannot meet the other."""
    await admin_of(request)
    query = query_of(request, wire.ExplainQuery)
    found = asdict(await insight.explain(request.app[SERVICE], query.a, query.b))
    sides = {name: _live(found[name]) for name in ("a", "b")}
    cooldown_ends_at_ms = found["cooldown_ends_at_ms"] or None
    answer = {**found, **sides, "can_invite": found["refusal"] is None, "cooldown_ends_at_ms": cooldown_ends_at_ms}
    return json(msgspec.convert(answer, wire.Explanation))


@routes.get("/api/v1/admin/nodes")
async def nodes(request: web.Request) -> web.Response:
    """The processes that run."""
    await admin_of(request)
    found = await insight.processes(request.app[SERVICE])
    return json(wire.Processes(items=[_process(each) for each in found]))


@routes.post("/api/v1/admin/nodes/{node_id}/drain")
async def drain(request: web.Request) -> web.Response:
    """Tells a node to go; it does so at its own pace."""
    by = await admin_of(request)
    await insight.drain(request.app[SERVICE], by, request.match_info["node_id"])
    return web.Response(status=202)


def _live(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "room_id": found["room_id"] or None, "invites": found["invites"] or None}


def _facts(state: dict[str, Any]) -> dict[str, Any]:
    instants = {name: state[name] or None for name in ("started_at_ms", "ended_at_ms")}
    return {**state, **instants, "reason": state["reason"] or None}


def _event(event: dict[str, Any]) -> dict[str, Any]:
    detail = event["detail"]
    text = detail if detail is None or isinstance(detail, str) else msgspec.json.encode(detail).decode()
    return {**event, "detail": text}


def _process(found: dict[str, Any]) -> wire.Process:
    return wire.Process(
        id=found["incarnation"],
        name=found["name"],
        kind="worker" if found["name"].startswith(WORKERS) else "web",
        address=found["address"],
        since_ms=found["since"],
        lease_ends_at_ms=found["lease_end"],
        connections=found["connections"],
        is_draining=found["is_draining"],
    )
