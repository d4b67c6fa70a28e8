"""GET /history, GET /history/{room_id}"""

from typing import Any

import msgspec
from aiohttp import web
from msgspec import UNSET

from core.actions import history
from core.errors import Refusal
from core.protocol.http.history import HistoryPage, HistoryQuery, PastRoom, PastRoomWithMessages
from core.protocol.payloads import is_id
from core.record.history import Item
from web.api.answers import json
from web.api.callers import caller_of
from web.api.reading import query_of
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.get("/api/v1/history")
async def past_meetings(request: web.Request) -> web.Response:
    """A page of one's meetings, newest first."""
    caller = await caller_of(request)
    query = query_of(request, HistoryQuery)
    before = None if query.before_at_ms is UNSET else query.before_at_ms
    items, more = await history.page(request.app[SERVICE], caller.user_id, before, query.limit)
    return json(HistoryPage(items=[msgspec.convert(line(item), PastRoom) for item in items], more=more))


@routes.get("/api/v1/history/{room_id}")
async def past_meeting(request: web.Request) -> web.Response:
    """One meeting with its messages, for its members."""
    caller = await caller_of(request)
    room_id = request.match_info["room_id"]
    found = await history.meeting(request.app[SERVICE], caller.user_id, room_id) if is_id(room_id) else None
    if found is None:
        raise Refusal("not_found")
    item = msgspec.convert(line(found.item), PastRoom)
    return json(PastRoomWithMessages(**msgspec.structs.asdict(item), messages=found.messages))


def line(item: Item) -> dict[str, Any]:
    """Returns a meeting as the fields of PastRoom."""
    fields = item._asdict()
    return {**fields, "partner": {"user_id": fields.pop("partner_id"), "name": fields.pop("partner_name")}}
