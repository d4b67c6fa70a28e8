"""PUT, DELETE /me/selfie and /me/video; GET /media/{name}"""

from typing import Final

from aiohttp import web

from core.actions import media
from core.errors import Refusal
from core.media.kinds import kind_named
from core.protocol.http.media import IMAGES, VIDEOS, MediaAddress
from core.record.users import MediaKind
from web.api.answers import json
from web.api.callers import caller_of
from web.api.reading import chunks_of
from web.api.wiring import SERVICE

HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "inline",
}
"""An address never shows anything else, and what it shows is never a page."""

routes = web.RouteTableDef()


@routes.put("/api/v1/me/selfie")
async def put_selfie(request: web.Request) -> web.Response:
    """Takes a picture."""
    return await _put(request, "selfie", IMAGES)


@routes.put("/api/v1/me/video")
async def put_video(request: web.Request) -> web.Response:
    """Takes an intro video."""
    return await _put(request, "video", VIDEOS)


@routes.delete("/api/v1/me/selfie")
async def delete_selfie(request: web.Request) -> web.Response:
    """Shows none any more."""
    return await _delete(request, "selfie")


@routes.delete("/api/v1/me/video")
async def delete_video(request: web.Request) -> web.Response:
    """Shows none any more."""
    return await _delete(request, "video")


@routes.get("/media/{name}")
async def show(request: web.Request) -> web.StreamResponse:
    """The bytes as they were cleaned, whole or a range of them, to anybody who has the address."""
    name = request.match_info["name"]
    kind = kind_named(name)
    path = await request.app[SERVICE].media.open(name) if kind else None
    if kind is None or path is None:
        raise Refusal("not_found")
    return web.FileResponse(path, headers={**HEADERS, "Content-Type": kind})


async def _put(request: web.Request, which: MediaKind, kinds: tuple[str, ...]) -> web.Response:
    caller = await caller_of(request)
    kind = request.content_type
    if kind not in kinds:
        raise Refusal("unsupported_media", f"the body should be {' or '.join(kinds)}")
    service = request.app[SERVICE]
    url = await media.replace(service, caller.user_id, which, kind, chunks_of(request), request.content_length)
    return json(MediaAddress(url=url))


async def _delete(request: web.Request, which: MediaKind) -> web.Response:
    caller = await caller_of(request)
    await media.remove(request.app[SERVICE], caller.user_id, which)
    return json(MediaAddress(url=None))
