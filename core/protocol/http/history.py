"""Looking back: past meetings."""

from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from core.protocol.http.base import Answer, Route
from core.protocol.payloads import SAFE_INTEGER, AtMs, EndReason, Id, Message, Mode

HISTORY_LIMIT: Final = 20
HISTORY_LIMIT_MAX: Final = 100
"""Lines of history in one answer, unless asked for otherwise, and at most."""


class HistoryQuery(Struct, frozen=True, kw_only=True):
    """What GET /history takes behind its question mark; other parameters are not looked at."""

    before_at_ms: Annotated[int, Meta(ge=1, le=SAFE_INTEGER, description="only meetings begun before")] | UnsetType = (
        UNSET
    )
    limit: Annotated[int, Meta(ge=1, le=HISTORY_LIMIT_MAX)] = HISTORY_LIMIT


class PastPartner(Answer, frozen=True, kw_only=True):
    """Whom one met; user_id is null once deleted."""

    user_id: Id | None
    name: str


class PastRoom(Answer, frozen=True, kw_only=True):
    """One line of one's history."""

    room_id: Id
    partner: PastPartner
    started_at_ms: AtMs
    seconds: int
    mode: Mode
    reason: EndReason
    message_count: int


class HistoryPage(Answer, frozen=True, kw_only=True):
    """GET /history: newest first."""

    items: list[PastRoom]
    more: bool


class PastRoomWithMessages(PastRoom, frozen=True, kw_only=True):
    """GET /history/{room_id}"""

    messages: list[Message]


ROUTES: Final = (
    Route(
        "GET",
        "/api/v1/history",
        "Past meetings, newest first",
        200,
        HistoryPage,
        query=HistoryQuery,
        problems=("bad_request",),
    ),
    Route(
        "GET",
        "/api/v1/history/{room_id}",
        "One past meeting with its messages",
        200,
        PastRoomWithMessages,
        problems=("not_found",),
    ),
)
