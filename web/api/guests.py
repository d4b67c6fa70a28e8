"""POST /guests"""

from contextlib import nullcontext

import msgspec
from aiohttp import web

from core.actions import accounts, codes
from core.errors import Refusal
from core.protocol.bodies import trim
from core.protocol.http.accounts import NewGuest, SignedUp, check_name
from core.protocol.payloads import Me
from web.address import subject
from web.api.answers import json
from web.api.callers import address_of, count_stranger, device_of
from web.api.reading import body_of, checked
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.post("/api/v1/guests")
async def sign_up(request: web.Request) -> web.Response:
    """Makes a guest; the token is shown here and never again."""
    await count_stranger(request)
    guest = await body_of(request, NewGuest)
    name = checked("name", check_name, guest.name)
    service, address = request.app[SERVICE], address_of(request)
    who = subject(address)
    has_code = bool(trim(guest.invite_code or ""))
    async with codes.failures_counted(service, who) if has_code else nullcontext():
        await service.limits.take("signup", who, strict=True)
        try:
            signed = await accounts.sign_up_guest(
                service,
                name,
                guest.gender,
                ip=str(address),
                device=device_of(request),
                invite_code=guest.invite_code if has_code else None,
                intro_code=guest.intro_code,
            )
        except Refusal:
            await service.limits.refund("signup", who)
            raise
    answer = SignedUp(token=signed.token, expires_at_ms=signed.expires_at_ms, user=msgspec.convert(signed.user, Me))
    return json(answer, status=201)
