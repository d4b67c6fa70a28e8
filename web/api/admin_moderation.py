"""GET /admin/reports, GET POST /admin/bans, POST /admin/bans/{user_id}/review, GET POST DELETE /admin/ip-bans"""

from typing import Final

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from core.actions import bans, ip_bans
from core.errors import Refusal
from core.protocol.http import admin_moderation as wire
from core.protocol.http.base import FieldError
from core.protocol.http.moderation import REASON_MAX
from core.protocol.payloads import is_id
from core.record.bans import Ban
from core.record.reports import Report
from core.rules.addresses import Network, read_network
from web.api.answers import json
from web.api.callers import admin_of
from web.api.problem import BadRequest
from web.api.reading import body_of, query_of, words_of
from web.api.wiring import SERVICE

IS_REVIEWED: Final = {"pending": False, "reviewed": True, "all": None}

routes = web.RouteTableDef()


@routes.get("/api/v1/admin/reports")
async def reports(request: web.Request) -> web.Response:
    """A page of reports with their evidence."""
    await admin_of(request)
    query = query_of(request, wire.ReportsQuery)
    items, more = await request.app[SERVICE].record.reports.page(
        reviewed=IS_REVIEWED[query.state], before=_before(query.before), limit=query.limit
    )
    return json(wire.Reports(items=[_report(item) for item in items], more=more))


@routes.get("/api/v1/admin/bans")
async def all_bans(request: web.Request) -> web.Response:
    """A page of bans."""
    await admin_of(request)
    query = query_of(request, wire.BansQuery)
    items, more = await request.app[SERVICE].record.bans.page(
        reviewed=IS_REVIEWED[query.state], before=_before(query.before), limit=query.limit
    )
    return json(wire.Bans(items=[_ban(item) for item in items], more=more))


@routes.post("/api/v1/admin/bans")
async def ban(request: web.Request) -> web.Response:
    """Bans a user until a review."""
    by = await admin_of(request)
    wanted = await body_of(request, wire.NewBan)
    reason = words_of("reason", wanted.reason, REASON_MAX)
    made = await bans.ban(request.app[SERVICE], by, _user_id(wanted.user_id), reason)
    return json(_ban(made), status=201)


@routes.post("/api/v1/admin/bans/{user_id}/review")
async def review(request: web.Request) -> web.Response:
    """Confirms a ban, or takes it back."""
    by = await admin_of(request)
    wanted = await body_of(request, wire.NewReview)
    note = words_of("note", wanted.note, wire.NOTE_MAX) if wanted.note else None
    reviewed, networks = await bans.review(
        request.app[SERVICE], by, _user_id(request.match_info["user_id"]), wanted.decision, note
    )
    return json(wire.Reviewed(ban=None if reviewed is None else _ban(reviewed), networks=networks))


@routes.get("/api/v1/admin/ip-bans")
async def all_ip_bans(request: web.Request) -> web.Response:
    """A page of banned networks."""
    await admin_of(request)
    query = query_of(request, wire.IpBansQuery)
    after = None if query.after is UNSET else str(_network("after", query.after))
    items, more = await request.app[SERVICE].record.ip_bans.page(after, query.limit)
    fields = [item._asdict() for item in items]
    return json(wire.IpBans(items=[wire.IpBan(cidr=each.pop("network"), **each) for each in fields], more=more))


@routes.post("/api/v1/admin/ip-bans")
async def ban_addresses(request: web.Request) -> web.Response:
    """Bans an address or a network."""
    by = await admin_of(request)
    wanted = await body_of(request, wire.NewIpBan)
    reason, network = words_of("reason", wanted.reason, REASON_MAX), _network("cidr", wanted.cidr)
    await ip_bans.put(request.app[SERVICE], by, network, reason, wanted.days)
    return json(wire.IpBanned(cidr=str(network)), status=201)


@routes.delete("/api/v1/admin/ip-bans")
async def lift_ip_ban(request: web.Request) -> web.Response:
    """Lifts the ban of a network."""
    by = await admin_of(request)
    query = query_of(request, wire.IpBanQuery)
    await ip_bans.lift(request.app[SERVICE], by, _network("cidr", query.cidr))
    return web.Response(status=204)


def _user_id(text: str) -> str:
    if not is_id(text):
        raise Refusal("not_found", "there is no such user")
    return text


def _before(text: str | UnsetType) -> str | None:
    if text is UNSET:
        return None
    if not is_id(text):
        raise BadRequest(FieldError(field="before", message="should be an id"))
    return text


def _network(field: str, text: str) -> Network:
    try:
        return read_network(text)
    except ValueError:
        raise BadRequest(FieldError(field=field, message="should be an address or a network")) from None


def _ban(ban: Ban) -> wire.Ban:
    return msgspec.convert(ban._asdict(), wire.Ban)


def _report(report: Report) -> wire.Report:
    return msgspec.convert(
        {
            "report_id": report.report_id,
            "reporter": {"user_id": report.reporter_user_id, "name": report.reporter_name},
            "reported": {"user_id": report.reported_user_id, "name": report.reported_name},
            "reason": report.reason,
            "created_at_ms": report.created_at_ms,
            "reviewed_at_ms": report.reviewed_at_ms,
            "evidence": {"room_id": report.room_id, **report.session_data},
            "profile": report.reported_profile,
            "ban_status": report.ban_status,
            "counting": report.counting,
        },
        wire.Report,
    )
