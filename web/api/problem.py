"""Refusals as RFC 9457 problem+json: the one place where HTTP learns of them."""

import math
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web

from core.errors import Refusal
from core.protocol.codes import ERROR_CODES, HTTP_CODES, OUR_FAULTS
from core.protocol.http.base import FieldError, Problem

CONTENT_TYPE: Final = "application/problem+json"


class BadRequest(Refusal):
    """The request was not understood; `errors` says where."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("bad_request", "; ".join(f"{each.field} {each.message}".strip() for each in errors))
        self.errors = list(errors)


def response(refusal: Refusal) -> web.Response:
    """Returns the answer for a refusal. A code that HTTP does not have is our fault: internal."""
    code = ERROR_CODES[refusal.code if refusal.code in HTTP_CODES else "internal"]
    status = HTTPStatus(code.status or HTTPStatus.INTERNAL_SERVER_ERROR)
    wait_ms = refusal.retry_after_ms
    problem = Problem(
        title=status.phrase,
        status=status,
        code=code.code,
        detail=code.meaning if code.code in OUR_FAULTS else refusal.message or code.meaning,
        retry_after_ms=msgspec.UNSET if wait_ms is None else wait_ms,
        errors=refusal.errors if isinstance(refusal, BadRequest) else msgspec.UNSET,
    )
    headers = {} if wait_ms is None else {"Retry-After": str(max(1, math.ceil(wait_ms / 1000)))}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(status=status, body=msgspec.json.encode(problem), content_type=CONTENT_TYPE, headers=headers)
