"""Introducing people, and hearing that somebody was introduced."""

from typing import Annotated, Final

from msgspec import Meta

from core.protocol.http.base import Answer, Body, Route
from core.protocol.payloads import AtMs, Id, Notification


class NewIntro(Body, frozen=True, kw_only=True):
    """POST /intros: for whom the link is."""

    target_user_id: Id


class IntroMade(Answer, frozen=True, kw_only=True):
    """A link by which newcomers come introduced; as often as one likes until it expires."""

    code: Annotated[str, Meta(description="10 of A-Z and 0-9")]
    url: str
    expires_at_ms: AtMs


class Intro(Answer, frozen=True, kw_only=True):
    """GET /intros/{code}: who introduces to whom."""

    target_name: str
    created_by_name: str


class Notifications(Answer, frozen=True, kw_only=True):
    """GET /notifications: the newest hundred, newest first."""

    items: list[Notification]
    unread: Annotated[int, Meta(description="of all there are")]


ROUTES: Final = (
    Route(
        "POST",
        "/api/v1/intros",
        "Make a link that introduces newcomers to somebody",
        201,
        IntroMade,
        body=NewIntro,
        problems=("not_found",),
    ),
    Route(
        "GET",
        "/api/v1/intros/{code}",
        "Who introduces to whom",
        200,
        Intro,
        needs_token=False,
        problems=("not_found", "rate_limited", "unavailable"),
    ),
    Route("GET", "/api/v1/notifications", "Who was introduced to oneself", 200, Notifications),
    Route(
        "POST", "/api/v1/notifications/{notification_id}/read", "A notification was read", 204, problems=("not_found",)
    ),
)
