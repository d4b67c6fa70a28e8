"""Typed answers as responses."""

import msgspec
from aiohttp import web

_encode = msgspec.json.Encoder().encode


def json(answer: msgspec.Struct, *, status: int = 200) -> web.Response:
    """Returns an answer as JSON."""
    return web.Response(status=status, body=_encode(answer), content_type="application/json")
