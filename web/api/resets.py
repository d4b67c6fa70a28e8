"""POST /password-resets, POST /password-resets/{token}"""

from aiohttp import web

from core.actions import passwords
from core.protocol.http.accounts import PasswordReset, ResetRequest, check_email
from web.address import subject
from web.api.callers import address_of, count_stranger
from web.api.reading import body_of, checked
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.post("/api/v1/password-resets")
async def ask(request: web.Request) -> web.Response:
    """Promises a mail to whoever has this address, if anybody does."""
    await count_stranger(request)
    passwords.require_mail(request.app[SERVICE])
    wanted = await body_of(request, ResetRequest)
    await passwords.ask_for_reset(request.app[SERVICE], checked("email", check_email, wanted.email))
    return web.Response(status=202)


@routes.post("/api/v1/password-resets/{token}")
async def use(request: web.Request) -> web.Response:
    """Sets the password of whoever has the mail."""
    await count_stranger(request)
    passwords.require_mail(request.app[SERVICE])
    body = await body_of(request, PasswordReset)
    address = subject(address_of(request))
    await passwords.reset(request.app[SERVICE], request.match_info["token"], body.password, subject=address)
    return web.Response(status=204)
