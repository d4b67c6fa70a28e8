"""Around every request: refusals become problems, answers are told to browsers as harmless."""

import asyncio
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from core.errors import Refusal, Unavailable
from core.protocol.codes import HTTP_CODES
from core.protocol.http.base import PROBES
from web.address import client_address
from web.api import patience, problem
from web.api.patience import ANSWER_S
from web.api.wiring import SERVICE

OF_STATUS: Final = {
    400: "bad_request",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media",
    429: "rate_limited",
    503: "unavailable",
}
"""The code for what aiohttp itself refuses."""

DATA: Final = "/api/"
KEPT_HEADERS: Final = ("Allow", "Retry-After")

EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(), geolocation=()",
}
ON_DATA: Final = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store"}
"""For JSON: it is never a page, and may hold a token."""
ON_PAGES: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
}
"""For the client and the operators' pages: everything from here, nothing inline."""

log = structlog.get_logger(__name__)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns refusals into problem+json; anything else that escapes is `internal`, logged and told to nobody."""
    try:
        if not request.path.startswith(DATA):
            return await handler(request)
        async with asyncio.timeout(ANSWER_S) as limit:
            patience.begin(request, limit)
            return await handler(request)
    except TimeoutError:
        return problem.response(Unavailable())
    except Refusal as refusal:
        if refusal.code not in HTTP_CODES:
            log.error("code_unknown_to_http", code=refusal.code, route=_route(request))
        return problem.response(refusal)
    except web.HTTPException as refused:
        return _coded(refused)
    except Exception:
        log.exception("request_failed", method=request.method, route=_route(request))
        return problem.response(Refusal("internal"))


@web.middleware
async def addresses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses banned addresses everything, upgrades included; only whether the process is well may be asked by all."""
    if request.path not in PROBES:
        service = request.app[SERVICE]
        address = client_address(request, service.settings.trusted_proxies)
        if service.address_bans.forbid(address, service.live.clock.now_ms()):
            raise Refusal("banned", "this address is banned")
    return await handler(request)


async def security_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: adds the headers that the handler has not set itself."""
    is_page = response.content_type in {"text/html", "text/javascript", "text/css"}
    for name, value in {**EVERYWHERE, **(ON_PAGES if is_page else {})}.items():
        response.headers.setdefault(name, value)
    if response.content_type.endswith("json"):
        for name, value in ON_DATA.items():
            response.headers.setdefault(name, value)


def _coded(refused: web.HTTPException) -> web.StreamResponse:
    """What aiohttp answers by raising: redirects stay, errors get a code."""
    code = OF_STATUS.get(refused.status)
    if code is None:
        raise refused
    answer = problem.response(Refusal(code))
    for name in KEPT_HEADERS:
        if name in refused.headers:
            answer.headers[name] = refused.headers[name]
    return answer


def _route(request: web.Request) -> str:
    """The route's pattern, never its values."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""
