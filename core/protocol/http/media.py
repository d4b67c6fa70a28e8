"""Selfies and intro videos."""

from typing import Annotated, Final

from msgspec import Meta

from core.protocol.http.base import Answer, Route

IMAGES: Final = ("image/jpeg", "image/png", "image/webp")
VIDEOS: Final = ("video/mp4", "video/webm")


class MediaAddress(Answer, frozen=True, kw_only=True):
    """Where one's selfie or video is now."""

    url: Annotated[str | None, Meta(description="relative to this server; null: there is none any more")]


_REFUSED: Final = ("too_large", "unsupported_media")

ROUTES: Final = (
    Route("PUT", "/api/v1/me/selfie", "Show another selfie", 200, MediaAddress, takes=IMAGES, problems=_REFUSED),
    Route("DELETE", "/api/v1/me/selfie", "Show no selfie", 200, MediaAddress),
    Route("PUT", "/api/v1/me/video", "Show another intro video", 200, MediaAddress, takes=VIDEOS, problems=_REFUSED),
    Route("DELETE", "/api/v1/me/video", "Show no intro video", 200, MediaAddress),
    Route(
        "GET",
        "/media/{name}",
        "A selfie or video; its address never shows anything else",
        200,
        gives=(*IMAGES, *VIDEOS),
        needs_token=False,
        problems=("not_found", "unavailable"),
    ),
)
