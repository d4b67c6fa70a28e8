"""POST /webhooks/stripe"""

from aiohttp import web

from core.actions import payments
from core.errors import Refusal
from core.protocol.http.base import FieldError
from core.protocol.http.webhooks import WEBHOOK_MAX, Heard
from web.api.answers import json
from web.api.callers import count_stranger
from web.api.problem import BadRequest
from web.api.reading import raw_of
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.post("/api/v1/webhooks/stripe")
async def stripe(request: web.Request) -> web.Response:
    """Takes in an event. Who cannot sign is a stranger, and counted."""
    body = await raw_of(request, WEBHOOK_MAX)
    try:
        await payments.hear(request.app[SERVICE], request.headers.get("Stripe-Signature", ""), body)
    except Refusal as refusal:
        if refusal.code != "bad_request":
            raise
        await count_stranger(request)
        raise BadRequest(FieldError(field="", message=refusal.message)) from None
    return json(Heard())
