"""Bytes into typed bodies and queries, or a refusal that says where they are wrong."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from core.errors import Refusal
from core.protocol.bodies import NUL, trim
from core.protocol.http.base import BODY_MAX, FieldError
from web.api import patience
from web.api.problem import BadRequest

T = TypeVar("T", bound=msgspec.Struct)
Given = TypeVar("Given")
Made = TypeVar("Made")

CHUNK: Final = 256 * 1024
"""Bytes of an upload that are written at once."""
JSON: Final = "application/json"
_WHERE: Final = re.compile(r"(?P<message>.*) - at `(key in )?\$\.?(?P<field>.*)`", re.DOTALL)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL)


async def body_of(request: web.Request, kind: type[T]) -> T:
    """Returns the JSON body. Raises unsupported_media, too_large, bad_request."""
    if request.content_type != JSON:
        raise Refusal("unsupported_media", f"the body should be {JSON}")
    raw = await raw_of(request)
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as error:
        raise BadRequest(_field_error(str(error))) from None
    except (ValueError, RecursionError):
        raise BadRequest(FieldError(field="", message="not JSON in UTF-8")) from None


async def chunks_of(request: web.Request) -> AsyncIterator[bytes]:
    """Yields a body of raw bytes as it comes; while it comes, the answer may wait."""
    async for chunk in request.content.iter_chunked(CHUNK):
        patience.renew(request)
        yield chunk


def query_of(request: web.Request, kind: type[T]) -> T:
    """Returns the parameters behind the question mark that `kind` names; others are not looked at."""
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    given = {name: value for name, value in request.query.items() if name in names}
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(_field_error(str(error))) from None


def checked(field: str, check: Callable[[Given], Made], given: Given) -> Made:
    """Returns what `check` makes of a field. Raises bad_request with its words."""
    try:
        return check(given)
    except ValueError as fault:
        raise BadRequest(FieldError(field=field, message=str(fault))) from None


def words_of(field: str, text: str, most: int) -> str:
    """Returns what somebody wrote, trimmed: 1 to `most` code points without NUL, which PostgreSQL cannot store."""
    words = trim(text)
    if not 1 <= len(words) <= most or NUL in words:
        raise BadRequest(FieldError(field=field, message=f"should have 1 to {most} characters"))
    return words


async def raw_of(request: web.Request, most: int = BODY_MAX) -> bytes:
    """Returns the body, reading no more than `most` bytes whatever Content-Length says. Raises too_large."""
    if (request.content_length or 0) > most:
        raise Refusal("too_large")
    raw = bytearray()
    async for chunk in request.content.iter_chunked(BODY_MAX):
        raw += chunk
        if len(raw) > most:
            raise Refusal("too_large")
    return bytes(raw)


def _field_error(said: str) -> FieldError:
    """Takes apart what msgspec says: "Expected `str`, got `int` - at `$.name`"."""
    if found := _WHERE.fullmatch(said):
        return FieldError(field=found["field"], message=found["message"])
    if found := _UNKNOWN.fullmatch(said):
        return FieldError(field=found["field"], message="unknown field")
    if said.startswith("Object missing required field `"):
        return FieldError(field=said.split("`")[1], message="is missing")
    return FieldError(field="", message=said)
