"""How long an answer may take."""

import asyncio
from typing import Final

from aiohttp import web

ANSWER_S: Final = 5.0
"""A store that broke off in the middle may answer much later; who asked hears `unavailable` before he gives up."""
UPLOAD_S: Final = 300.0
"""A body that still comes may take so long in all, if never ANSWER_S passes without a byte: 30 MB at 1 Mbit/s."""

_LIMIT: Final = web.RequestKey("limit", asyncio.Timeout)
_UNTIL: Final = web.RequestKey("until", float)


def begin(request: web.Request, limit: asyncio.Timeout) -> None:
    """From now on the answer is waited for; `limit` ends the wait."""
    request[_LIMIT] = limit
    request[_UNTIL] = asyncio.get_running_loop().time() + UPLOAD_S


def renew(request: web.Request) -> None:
    """Bytes came: the wait begins anew."""
    request[_LIMIT].reschedule(min(asyncio.get_running_loop().time() + ANSWER_S, request[_UNTIL]))
