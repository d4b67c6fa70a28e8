"""Invite codes: looking at one, coming in by one, handing on one's own; and those that operators make."""

from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from core.protocol.http.accounts import Access
from core.protocol.http.admin import PAGE_LIMIT, Limit
from core.protocol.http.base import Answer, Body, Route
from core.protocol.payloads import AtMs, Id

SVG: Final = "image/svg+xml"
LABEL_MAX: Final = 200
"""Code points of an operator's note on a code."""

CodeType = Literal["user", "admin"]


class RedeemCode(Body, frozen=True, kw_only=True):
    """POST /invite-codes/redeem"""

    code: Annotated[str, Meta(description="16 letters and digits; case and space around it do not matter")]


class CodeInfo(Answer, frozen=True, kw_only=True):
    """GET /invite-codes/{code}: it lets somebody in."""

    type: CodeType
    uses_remaining: Annotated[int | None, Meta(description="null: without limit")]


class NewCode(Body, frozen=True, kw_only=True):
    """POST /admin/invite-codes"""

    label: Annotated[str, Meta(max_length=LABEL_MAX, pattern=r"^[^\x00]*$", description="whom it is for")]


class AdminCode(Answer, frozen=True, kw_only=True):
    """An invite code as operators see it."""

    code: str
    type: CodeType
    label: str | None
    created_by: Annotated[Id | None, Meta(description="whose it is; null for operators' codes")]
    max_uses: int | None
    uses_remaining: Annotated[int | None, Meta(description="null: without limit")]
    uses: Annotated[int, Meta(description="how many it has let in")]
    is_active: bool
    created_at_ms: AtMs


class MadeCode(Answer, frozen=True, kw_only=True):
    """A code was made."""

    code: str


class AdminCodesQuery(Struct, frozen=True, kw_only=True):
    """What GET /admin/invite-codes takes behind its question mark."""

    before: Annotated[str, Meta(description="the last code of the page before")] | UnsetType = UNSET
    type: CodeType | UnsetType = UNSET
    limit: Limit = PAGE_LIMIT


class AdminCodesPage(Answer, frozen=True, kw_only=True):
    """GET /admin/invite-codes: newest first."""

    items: list[AdminCode]
    more: bool


_FAULTS: Final = ("not_found", "code_locked", "code_spent")

ROUTES: Final = (
    Route(
        "POST",
        "/api/v1/invite-codes/redeem",
        "Come in by an invite code",
        200,
        Access,
        body=RedeemCode,
        problems=(*_FAULTS, "already_admitted", "forbidden"),
    ),
    Route(
        "GET",
        "/api/v1/invite-codes/{code}",
        "Does this code let somebody in?",
        200,
        CodeInfo,
        needs_token=False,
        problems=(*_FAULTS, "banned", "rate_limited", "unavailable"),
    ),
    Route(
        "GET",
        "/api/v1/me/invite-code.svg",
        "One's own invite code as a QR picture, once it is unlocked",
        200,
        gives=(SVG,),
        problems=("not_found", "code_locked"),
    ),
    Route(
        "GET",
        "/api/v1/admin/invite-codes",
        "Invite codes, newest first",
        200,
        AdminCodesPage,
        query=AdminCodesQuery,
        needs_admin=True,
        problems=("bad_request",),
    ),
    Route(
        "POST",
        "/api/v1/admin/invite-codes",
        "Make an invite code without limit",
        201,
        MadeCode,
        body=NewCode,
        needs_admin=True,
    ),
    Route(
        "POST",
        "/api/v1/admin/invite-codes/{code}/deactivate",
        "Let nobody in by a code any more",
        204,
        needs_admin=True,
        problems=("not_found",),
    ),
)
