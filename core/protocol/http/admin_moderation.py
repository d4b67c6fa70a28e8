"""Operators: reports and their evidence, bans and their review, banned addresses."""

from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from core.protocol.http.admin import PAGE_LIMIT, Limit
from core.protocol.http.base import Answer, Body, Route
from core.protocol.http.moderation import Reason, SomeId
from core.protocol.payloads import AtMs, Id, Me, Message, Mode

NOTE_MAX: Final = 1_000
NETWORK_MAX: Final = 64
DAYS_MAX: Final = 36_500
IP_BANS_LIMIT: Final = 1_000

State = Literal["pending", "reviewed", "all"]
BanStatus = Literal["none", "temporary", "permanent"]
Before = Annotated[str, Meta(max_length=64, description="only older ones: the id of the last line of the page before")]


class ReportsQuery(Struct, frozen=True, kw_only=True):
    """What GET /admin/reports takes behind its question mark."""

    state: State = "pending"
    before: Before | UnsetType = UNSET
    limit: Limit = PAGE_LIMIT


class BansQuery(Struct, frozen=True, kw_only=True):
    """What GET /admin/bans takes behind its question mark."""

    state: State = "all"
    before: Before | UnsetType = UNSET
    limit: Limit = PAGE_LIMIT


class Named(Answer, frozen=True, kw_only=True):
    """A user by his name; null once he is deleted and nobody kept it."""

    user_id: Id
    name: str | None


class Evidence(Answer, frozen=True, kw_only=True):
    """The room a report is about, as it was then."""

    room_id: Id
    mode: Mode
    started_at_ms: AtMs
    seconds: int
    messages: Annotated[list[Message], Meta(description="the last fifty, ascending; show bodies as text")]


class Report(Answer, frozen=True, kw_only=True):
    """Who reported whom, and why."""

    report_id: Id
    reporter: Named
    reported: Named
    reason: str
    created_at_ms: AtMs
    reviewed_at_ms: AtMs | None
    evidence: Evidence
    profile: Annotated[Me, Meta(description="of the reported user, as it was then")]
    ban_status: Annotated[BanStatus, Meta(description="of the reported user now")]
    counting: Annotated[int, Meta(description="different reporters since the last vindication")]


class Reports(Answer, frozen=True, kw_only=True):
    """GET /admin/reports: newest first."""

    items: list[Report]
    more: bool


class NewBan(Body, frozen=True, kw_only=True):
    """POST /admin/bans: until a review. Who is banned already stays so for the reason he was."""

    user_id: SomeId
    reason: Reason


class Ban(Answer, frozen=True, kw_only=True):
    """A ban and its review."""

    ban_id: Id
    user_id: Id
    name: Annotated[str, Meta(description="at that time")]
    ban_status: Literal["temporary", "permanent"]
    banned_at_ms: AtMs
    reason: Annotated[str, Meta(description="as the user hears it, and the blacklist")]
    report_count: int
    review_status: Literal["pending", "reviewed_ban", "reviewed_vindicate"]
    reviewed_at_ms: AtMs | None
    reviewed_by: str | None
    note: str | None
    ip_addresses: Annotated[list[str], Meta(description="from which he had logged in")]


class Bans(Answer, frozen=True, kw_only=True):
    """GET /admin/bans: newest first."""

    items: list[Ban]
    more: bool


class NewReview(Body, frozen=True, kw_only=True):
    """POST /admin/bans/{user_id}/review. Also of somebody who was reported and not banned yet; may be repeated."""

    decision: Literal["permanent", "vindicated"]
    note: Annotated[str, Meta(max_length=NOTE_MAX, description="for operators only")] | None = None


class Reviewed(Answer, frozen=True, kw_only=True):
    """What was decided."""

    ban: Annotated[Ban | None, Meta(description="null: he was deleted before anybody banned him")]
    networks: Annotated[list[str], Meta(description="banned with him, or free again")]


class IpBansQuery(Struct, frozen=True, kw_only=True):
    """What GET /admin/ip-bans takes behind its question mark."""

    after: (
        Annotated[str, Meta(max_length=NETWORK_MAX, description="the last network of the page before")] | UnsetType
    ) = UNSET
    limit: Annotated[int, Meta(ge=1, le=IP_BANS_LIMIT)] = IP_BANS_LIMIT


class NewIpBan(Body, frozen=True, kw_only=True):
    """POST /admin/ip-bans: an address or a network; IPv6 by /64. Without `days` for ever."""

    cidr: Annotated[str, Meta(max_length=NETWORK_MAX)]
    reason: Reason
    days: Annotated[float, Meta(gt=0, le=DAYS_MAX)] | None = None


class IpBanQuery(Struct, frozen=True, kw_only=True):
    """What DELETE /admin/ip-bans takes behind its question mark."""

    cidr: Annotated[str, Meta(max_length=NETWORK_MAX)]


class IpBan(Answer, frozen=True, kw_only=True):
    """A network whose addresses may not connect."""

    cidr: str
    banned_at_ms: AtMs
    user_id: Annotated[Id | None, Meta(description="with whose ban it came")]
    reason: str
    expires_at_ms: Annotated[AtMs | None, Meta(description="null: for ever")]


class IpBans(Answer, frozen=True, kw_only=True):
    """GET /admin/ip-bans: in the order of networks."""

    items: list[IpBan]
    more: bool


class IpBanned(Answer, frozen=True, kw_only=True):
    """A network that was banned, as it is kept."""

    cidr: str


ROUTES: Final = (
    Route(
        "GET",
        "/api/v1/admin/reports",
        "Reports with their evidence, newest first",
        200,
        Reports,
        query=ReportsQuery,
        needs_admin=True,
        problems=("bad_request",),
    ),
    Route(
        "GET",
        "/api/v1/admin/bans",
        "Bans and their reviews, newest first",
        200,
        Bans,
        query=BansQuery,
        needs_admin=True,
        problems=("bad_request",),
    ),
    Route(
        "POST",
        "/api/v1/admin/bans",
        "Ban a user until a review",
        201,
        Ban,
        body=NewBan,
        needs_admin=True,
        problems=("not_found",),
    ),
    Route(
        "POST",
        "/api/v1/admin/bans/{user_id}/review",
        "Confirm a ban, or take it back",
        200,
        Reviewed,
        body=NewReview,
        needs_admin=True,
        problems=("not_found",),
    ),
    Route(
        "GET",
        "/api/v1/admin/ip-bans",
        "Banned networks",
        200,
        IpBans,
        query=IpBansQuery,
        needs_admin=True,
        problems=("bad_request",),
    ),
    Route(
        "POST",
        "/api/v1/admin/ip-bans",
        "Ban an address or a network; one's own is forbidden",
        201,
        IpBanned,
        body=NewIpBan,
        needs_admin=True,
    ),
    Route(
        "DELETE",
        "/api/v1/admin/ip-bans",
        "Lift the ban of a network",
        204,
        query=IpBanQuery,
        needs_admin=True,
        problems=("bad_request", "not_found"),
    ),
)
