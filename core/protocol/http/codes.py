"""Invite codes: looking at one, coming in by one, handing on one's own."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from core.protocol.http.accounts import Access
from core.protocol.http.base import Answer, Body, Route

SVG: Final = "image/svg+xml"


class RedeemCode(Body, frozen=True, kw_only=True):
    """POST /invite-codes/redeem"""

    code: Annotated[str, Meta(description="16 letters and digits; case and space around it do not matter")]


class CodeInfo(Answer, frozen=True, kw_only=True):
    """GET /invite-codes/{code}: it lets somebody in."""

    type: Literal["user", "admin"]
    uses_remaining: Annotated[int | None, Meta(description="null: without limit")]


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
)
