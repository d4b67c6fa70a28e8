"""Keeping away from somebody: reports, blocks, and the public list of who was banned for good."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from core.protocol.http.base import Answer, Body, Route
from core.protocol.payloads import ID_MAX, AtMs, Id

REASON_MAX: Final = 1_000
"""Code points."""

SomeId = Annotated[Id, Meta(max_length=ID_MAX)]
Reason = Annotated[
    str,
    Meta(description="trimmed; no NUL", extra_json_schema={"minLength": 1, "maxLength": REASON_MAX}),
]


class NewReport(Body, frozen=True, kw_only=True):
    """POST /reports: needs a started room of both within REPORT_WINDOW_S. Whoever is reported is blocked for ever."""

    user_id: SomeId
    room_id: SomeId
    reason: Reason


class Filed(Answer, frozen=True, kw_only=True):
    """A report that was taken in."""

    report_id: Id


class NewBlock(Body, frozen=True, kw_only=True):
    """POST /blocks: a room of the two ends `left`, an invite between them is gone."""

    user_id: SomeId


class Block(Answer, frozen=True, kw_only=True):
    """Somebody one does not want to see; he does not see one either."""

    user_id: Id
    name: str
    why: Annotated[Literal["hand", "report"], Meta(description="a report's block cannot be lifted")]
    created_at_ms: AtMs


class Blocks(Answer, frozen=True, kw_only=True):
    """GET /blocks: newest first."""

    items: list[Block]


class Blacklisted(Answer, frozen=True, kw_only=True):
    """Somebody who was banned for good, by the name he had then."""

    name: str
    reason: str
    banned_at_ms: AtMs


class Blacklist(Answer, frozen=True, kw_only=True):
    """GET /blacklist: the newest thousand."""

    items: list[Blacklisted]


ROUTES: Final = (
    Route(
        "POST",
        "/api/v1/reports",
        "Report somebody one has met",
        201,
        Filed,
        body=NewReport,
        problems=("no_shared_room", "already_reported", "not_found"),
    ),
    Route("GET", "/api/v1/blocks", "Whom one has blocked", 200, Blocks),
    Route("POST", "/api/v1/blocks", "Block somebody", 204, body=NewBlock, problems=("not_found",)),
    Route(
        "DELETE",
        "/api/v1/blocks/{user_id}",
        "Lift a block made by hand",
        204,
        problems=("forbidden", "not_found"),
    ),
    Route(
        "GET",
        "/api/v1/blacklist",
        "Who was banned for good",
        200,
        Blacklist,
        needs_token=False,
        problems=("banned", "rate_limited", "unavailable"),
    ),
)
