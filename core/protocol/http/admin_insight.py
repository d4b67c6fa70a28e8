"""Operators: what there is to know of users, rooms and processes."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from core.protocol.http.admin_moderation import Ban, BanStatus
from core.protocol.http.base import Answer, Route
from core.protocol.http.history import PastRoom
from core.protocol.payloads import ID_MAX, AtMs, Id, Me, Mode, Presence, RoomStatus


class LiveUser(Answer, frozen=True, kw_only=True):
    """A user as the lobby has him now."""

    presence: Presence
    wish: bool
    is_admitted: bool
    is_banned: bool
    connections: int
    room_id: Id | None
    invites: Annotated[Id | None, Meta(description="whom he rings")]
    ringing: Annotated[int, Meta(description="how many ring him")]


class KnownLogin(Answer, frozen=True, kw_only=True):
    """A login of a user."""

    session_id: int
    ip_address: str | None
    device: str | None
    is_active: bool
    ended_why: str | None
    created_at_ms: AtMs
    last_active_at_ms: AtMs
    expires_at_ms: AtMs


class UserPage(Answer, frozen=True, kw_only=True):
    """GET /admin/users/{user_id}: the newest twenty logins, meetings and bans."""

    user: Me
    email: str | None
    created_at_ms: AtMs
    account_expires_at_ms: AtMs | None
    ban_status: BanStatus
    banned_reason: str | None
    banned_at_ms: AtMs | None
    vindicated_at_ms: AtMs | None
    session_count: int
    successful_sessions: int
    reports_made: int
    reports_received: int
    live: Annotated[LiveUser | None, Meta(description="null while the lobby cannot be asked")]
    logins: list[KnownLogin]
    meetings: list[PastRoom]
    bans: list[Ban]


class RoomEvent(Answer, frozen=True, kw_only=True):
    """Something that happened to a room."""

    event: str
    at_ms: AtMs
    user_id: Id | None
    node: str | None
    detail: str | None


class RoomFacts(Answer, frozen=True, kw_only=True):
    """A room as it was last recorded."""

    user_1: Annotated[Id, Meta(description="the caller")]
    user_2: Id
    mode: Mode
    status: RoomStatus
    opened_at_ms: AtMs
    started_at_ms: AtMs | None
    ended_at_ms: AtMs | None
    reason: str | None


class RoomTimeline(Answer, frozen=True, kw_only=True):
    """GET /admin/rooms/{room_id}/timeline"""

    room_id: Id
    room: Annotated[RoomFacts | None, Meta(description="null an hour after its end")]
    events: list[RoomEvent]


class ExplainQuery(Struct, frozen=True, kw_only=True):
    """What GET /admin/explain takes behind its question mark: may `a` invite `b`?"""

    a: Annotated[Id, Meta(max_length=ID_MAX)]
    b: Annotated[Id, Meta(max_length=ID_MAX)]


class ExplainedSide(LiveUser, frozen=True, kw_only=True):
    """One of the two."""

    user_id: Id
    name: str


class Explanation(Answer, frozen=True, kw_only=True):
    """Why a cannot meet b."""

    can_invite: bool
    refusal: Annotated[
        str | None, Meta(description="the code with which an invite of a to b would be refused now; limits left out")
    ]
    a: ExplainedSide
    b: ExplainedSide
    block: Literal["hand", "report"] | None
    cooldown_ends_at_ms: AtMs | None


class Process(Answer, frozen=True, kw_only=True):
    """A node or a worker that holds a lease."""

    id: Annotated[str, Meta(description="of this run of the process")]
    name: str
    kind: Literal["web", "worker"]
    address: Annotated[str, Meta(description="host:port of its metrics")]
    since_ms: AtMs
    lease_ends_at_ms: AtMs
    connections: int
    is_draining: bool


class Processes(Answer, frozen=True, kw_only=True):
    """GET /admin/nodes"""

    items: list[Process]


ROUTES: Final = (
    Route(
        "GET",
        "/api/v1/admin/rooms/{room_id}/timeline",
        "What happened to a room",
        200,
        RoomTimeline,
        needs_admin=True,
        problems=("not_found",),
    ),
    Route(
        "GET",
        "/api/v1/admin/users/{user_id}",
        "Everything about a user",
        200,
        UserPage,
        needs_admin=True,
        problems=("not_found",),
    ),
    Route(
        "GET",
        "/api/v1/admin/explain",
        "Why can one not meet the other?",
        200,
        Explanation,
        query=ExplainQuery,
        needs_admin=True,
        problems=("bad_request", "not_found"),
    ),
    Route("GET", "/api/v1/admin/nodes", "The processes that run", 200, Processes, needs_admin=True),
    Route(
        "POST",
        "/api/v1/admin/nodes/{node_id}/drain",
        "Tell a node to send everybody elsewhere and end",
        202,
        needs_admin=True,
        problems=("not_found",),
    ),
)
