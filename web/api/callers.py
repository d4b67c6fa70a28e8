"""Whose token it is, and how often he may ask (LIMIT_HTTP: by user, where there is none by address)."""

import re
from typing import Final

from aiohttp import web

from core.actions import accounts, operators
from core.errors import Refusal
from core.record.audit import Operator
from core.rules.addresses import Address
from web.address import client_address, subject
from web.api.wiring import SERVICE

DEVICE_MAX: Final = 200
"""Characters of User-Agent that are kept with a session."""
DEAD: Final = frozenset({"not_authenticated", "session_replaced", "banned"})
"""What is said of tokens that let nobody in."""
_BEARER: Final = re.compile(r"Bearer +(?P<token>[A-Za-z0-9._~+/=-]{1,512})", re.IGNORECASE)
"""RFC 6750's token characters."""


def token_of(request: web.Request) -> str:
    """Returns the bearer token. Raises Refusal(not_authenticated) where there is none."""
    found = _BEARER.fullmatch(request.headers.get("Authorization", "").strip())
    if found is None:
        raise Refusal("not_authenticated", "Authorization: Bearer TOKEN is missing")
    return found["token"]


def device_of(request: web.Request) -> str | None:
    """Returns what the client says it is, as it is kept with a session; what is no UTF-8 in it is shown as `?`."""
    said = request.headers.get("User-Agent", "").encode("utf-8", "replace").decode()
    return said[:DEVICE_MAX] or None


def address_of(request: web.Request) -> Address:
    """Returns the client's address."""
    return client_address(request, request.app[SERVICE].settings.trusted_proxies)


async def caller_of(request: web.Request) -> accounts.Caller:
    """Returns whose token it is.

    Raises Refusal not_authenticated, session_replaced, banned, rate_limited; Unavailable. Tokens that let nobody in
    count for the address that tried them.
    """
    service = request.app[SERVICE]
    try:
        caller = await accounts.authenticate(service, token_of(request))
    except Refusal as refusal:
        if refusal.code in DEAD:
            await count_stranger(request)
        raise
    await service.limits.take("http", caller.user_id)
    service.uses.note(caller.session_id)
    return caller


async def admin_of(request: web.Request) -> Operator:
    """Returns which operator's token it is.

    Raises Refusal not_authenticated, forbidden (a user's token), rate_limited; Unavailable.
    """
    service = request.app[SERVICE]
    try:
        by = await operators.authenticate(service, token_of(request), str(address_of(request)))
    except Refusal as refusal:
        if refusal.code in {"not_authenticated", "forbidden"}:
            await count_stranger(request)
        raise
    await service.limits.take("http", f"operator:{by.username}")
    return by


async def count_stranger(request: web.Request) -> None:
    """Counts a request that is nobody's. Raises Refusal(rate_limited)."""
    await request.app[SERVICE].limits.take("http", subject(address_of(request)))
