"""Operators: logging in, and what they have done."""

from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from core.protocol.http.base import Answer, Body, Route
from core.protocol.payloads import SAFE_INTEGER, AtMs

PAGE_LIMIT: Final = 50
PAGE_LIMIT_MAX: Final = 200
"""Lines of one answer to an operator, unless asked for otherwise, and at most."""

Limit = Annotated[int, Meta(ge=1, le=PAGE_LIMIT_MAX)]


class NewAdminSession(Body, frozen=True, kw_only=True):
    """POST /admin/sessions"""

    username: Annotated[str, Meta(max_length=200)]
    password: Annotated[str, Meta(max_length=1_000)]


class AdminSession(Answer, frozen=True, kw_only=True):
    """A login of an operator; the token is shown only here."""

    token: str
    expires_at_ms: AtMs


class AuditQuery(Struct, frozen=True, kw_only=True):
    """What GET /admin/audit takes behind its question mark."""

    before: Annotated[int, Meta(ge=1, le=SAFE_INTEGER, description="only acts with a lower audit_id")] | UnsetType = (
        UNSET
    )
    limit: Limit = PAGE_LIMIT


class AuditEntry(Answer, frozen=True, kw_only=True):
    """One act of an operator."""

    audit_id: int
    at_ms: AtMs
    admin: str
    act: str
    target: Annotated[str | None, Meta(description="on whom or what")]
    detail: dict[str, Any]
    ip_address: str | None


class AuditPage(Answer, frozen=True, kw_only=True):
    """GET /admin/audit: newest first."""

    items: list[AuditEntry]
    more: bool


ROUTES: Final = (
    Route(
        "POST",
        "/api/v1/admin/sessions",
        "Log in as an operator",
        201,
        AdminSession,
        body=NewAdminSession,
        needs_token=False,
        problems=("wrong_credentials", "not_found", "banned", "rate_limited", "unavailable"),
    ),
    Route("DELETE", "/api/v1/admin/sessions/current", "Log out as an operator", 204, needs_admin=True),
    Route(
        "GET",
        "/api/v1/admin/audit",
        "What operators did, newest first",
        200,
        AuditPage,
        query=AuditQuery,
        needs_admin=True,
        problems=("bad_request",),
    ),
)
