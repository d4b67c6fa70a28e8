"""POST /sessions, DELETE /sessions/current"""

import msgspec
from aiohttp import web

from core.actions import accounts, passwords
from core.protocol.http.accounts import LoggedIn, Login, check_email
from core.protocol.payloads import Me
from web.address import subject
from web.api.answers import json
from web.api.callers import address_of, caller_of, count_stranger, device_of, token_of
from web.api.reading import body_of
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.post("/api/v1/sessions")
async def log_in(request: web.Request) -> web.Response:
    """Begins a session; every older one of the user ends."""
    await count_stranger(request)
    login = await body_of(request, Login)
    email: str | None
    try:
        email = check_email(login.email)
    except ValueError:
        email = None  # nobody has it, and whoever asks hears no more than that
    address = address_of(request)
    made = await passwords.log_in(
        request.app[SERVICE],
        email,
        login.password,
        subject=subject(address),
        ip=str(address),
        device=device_of(request),
    )
    user = msgspec.convert(made.user, Me)
    answer = LoggedIn(token=made.token, expires_at_ms=made.expires_at_ms, user=user, replaced=made.replaced)
    return json(answer, status=201)


@routes.delete("/api/v1/sessions/current")
async def log_out(request: web.Request) -> web.Response:
    """Ends the session of this token, on every node."""
    await caller_of(request)
    await accounts.close_session(request.app[SERVICE], token_of(request))
    return web.Response(status=204)
