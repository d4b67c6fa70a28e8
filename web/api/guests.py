"""POST /guests"""

from contextlib import nullcontext
from typing import Final

import msgspec
from aiohttp import web

from core.actions import accounts, codes
from core.errors import Refusal
from core.protocol.bodies import trim
from core.protocol.http.accounts import NewGuest, SignedUp, check_name
from core.protocol.http.base import FieldError
from core.protocol.payloads import Me
from web.address import subject
from web.api.answers import json
from web.api.callers import address_of, count_stranger
from web.api.problem import BadRequest
from web.api.reading import body_of
from web.api.wiring import SERVICE

DEVICE_MAX: Final = 200
"""Characters of User-Agent that are kept with a session."""

routes = web.RouteTableDef()


@routes.post("/api/v1/guests")
async def sign_up(request: web.Request) -> web.Response:
    """Makes a guest; the token is shown here and never again."""
    await count_stranger(request)
    guest = await body_of(request, NewGuest)
    try:
        name = check_name(guest.name)
    except ValueError as fault:
        raise BadRequest(FieldError(field="name", message=str(fault))) from None
    service, address = request.app[SERVICE], address_of(request)
    who = subject(address)
    has_code = bool(trim(guest.invite_code or ""))
    device = request.headers.get("User-Agent", "")[:DEVICE_MAX] or None
    async with codes.failures_counted(service, who) if has_code else nullcontext():
        await service.limits.take("signup", who, strict=True)
        try:
            signed = await accounts.sign_up_guest(
                service,
                name,
                guest.gender,
                ip=str(address),
                device=device,
                invite_code=guest.invite_code if has_code else None,
                intro_code=guest.intro_code,
            )
        except Refusal:
            await service.limits.refund("signup", who)
            raise
    answer = SignedUp(token=signed.token, expires_at_ms=signed.expires_at_ms, user=msgspec.convert(signed.user, Me))
    return json(answer, status=201)
