"""Who one is: signing up, logging in and out, what one may know of oneself."""

import unicodedata
from typing import Annotated, Final

from msgspec import Meta

from core.protocol.bodies import trim
from core.protocol.http.base import Answer, Body, Route
from core.protocol.payloads import AtMs, Gender, Me, PaidStatus

NAME_MAX: Final = 50
"""Code points in a user's name."""

UNPRINTABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's categories of what breaks a line or a terminal: controls (NUL too), lone surrogates, line separators."""

INVISIBLE: Final = frozenset({"Cf", "Zs"})
"""Joiners, marks of direction, spaces: part of many names, no name by themselves."""

_BREAKING: Final = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_UNSEEN: Final = r" \u00a0\u00ad\u1680\u2000-\u200f\u202a-\u202f\u205f-\u206f\u3000\ufeff"
NAME_PATTERN: Final = f"^[^{_BREAKING}]*[^{_BREAKING}{_UNSEEN}][^{_BREAKING}]*$"
"""The same for clients, near enough: JSON Schema has no categories. `check_name` decides."""


class NewGuest(Body, frozen=True, kw_only=True):
    """POST /guests"""

    name: Annotated[
        str,
        Meta(
            description="trimmed; needs something to see and has no control characters",
            extra_json_schema={"minLength": 1, "maxLength": NAME_MAX, "pattern": NAME_PATTERN},
        ),
    ]
    gender: Gender
    invite_code: str | None = None
    intro_code: str | None = None


class SignedUp(Answer, frozen=True, kw_only=True):
    """A new guest and the token of the session; it is shown only here."""

    token: str
    expires_at_ms: AtMs
    user: Me


class PastMeeting(Answer, frozen=True, kw_only=True):
    """One of the last meetings, for one's own figures."""

    ended_at_ms: AtMs
    seconds: int


class Metrics(Answer, frozen=True, kw_only=True):
    """What one has done here."""

    session_count: int
    timer_total_seconds: int
    last_sessions: Annotated[list[PastMeeting], Meta(description="the newest ten")]
    successful_sessions: int


class Access(Answer, frozen=True, kw_only=True):
    """Whether one may meet, and how far one's own invite code is."""

    admitted: bool
    paid_status: PaidStatus
    invite_code: Annotated[str | None, Meta(description="null while locked")]
    uses_remaining: int | None
    qr_unlocked: bool
    unlock_at: Annotated[int, Meta(description="successful meetings that unlock the code")]


class MyAccount(Me, frozen=True, kw_only=True):
    """GET /me: Me and what only oneself may know."""

    email: str | None
    created_at_ms: AtMs
    account_expires_at_ms: Annotated[AtMs | None, Meta(description="guests only")]
    metrics: Metrics
    access: Access


def check_name(name: str) -> str:
    """Returns a user's name trimmed; raises ValueError in words for whoever typed it."""
    trimmed = trim(name)
    if not 1 <= len(trimmed) <= NAME_MAX:
        raise ValueError(f"should have 1 to {NAME_MAX} characters")
    kinds = {unicodedata.category(character) for character in trimmed}
    if kinds & UNPRINTABLE:
        raise ValueError("should have no control characters")
    if kinds <= INVISIBLE:
        raise ValueError("should have something to see")
    return trimmed


ROUTES: Final = (
    Route(
        "POST",
        "/api/v1/guests",
        "Sign up as a guest",
        201,
        SignedUp,
        body=NewGuest,
        needs_token=False,
        problems=("not_found", "code_locked", "code_spent", "banned", "rate_limited", "unavailable"),
    ),
    Route("DELETE", "/api/v1/sessions/current", "Log out", 204),
    Route("GET", "/api/v1/me", "Oneself", 200, MyAccount),
)
