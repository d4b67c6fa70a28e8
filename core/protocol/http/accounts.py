"""Who one is: signing up, logging in and out, what one may know of oneself and change."""

import re
import unicodedata
from typing import Annotated, Final

from msgspec import Meta

from core.protocol.bodies import HANDLE_MAX, NUL, SOCIALS_MAX, trim
from core.protocol.http.base import Answer, Body, Route
from core.protocol.payloads import AtMs, Gender, Me, PaidStatus

NAME_MAX: Final = 50
"""Code points in a user's name."""

UNPRINTABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's categories of what breaks a line or a terminal: controls (NUL too), lone surrogates, line separators."""

INVISIBLE: Final = frozenset({"Cf", "Zs"})
"""Joiners, marks of direction, spaces: part of many names, no name by themselves."""

TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Turn around whatever follows a name in a sentence; a name in any script is written without."""

_BREAKING: Final = r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
_UNSEEN: Final = r" \u00a0\u00ad\u1680\u2000-\u200f\u202f\u205f-\u2065\u206a-\u206f\u3000\ufeff"
NAME_PATTERN: Final = f"^[^{_BREAKING}]*[^{_BREAKING}{_UNSEEN}][^{_BREAKING}]*$"
"""The same for clients, near enough: JSON Schema has no categories. `check_name` decides."""


EMAIL_MAX: Final = 254
"""Characters of an e-mail address (RFC 5321, section 4.5.3.1.3, less the brackets)."""
LOCAL_MAX: Final = 64
"""Characters before its @ (section 4.5.3.1.1)."""
ENCODED_WORD: Final = "=?"
"""How a header says that something else is meant (RFC 2047): an address that begins one is read as another."""
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL_PATTERN: Final = rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+$"
"""What browsers take for an address (HTML, input type=email), in a domain that has a dot."""
_EMAIL: Final = re.compile(EMAIL_PATTERN)

PASSWORD_MIN: Final = 8
PASSWORD_MAX: Final = 128
"""Code points."""

Email = Annotated[
    str,
    Meta(
        description="trimmed and kept as typed; compared without case",
        extra_json_schema={"format": "email", "maxLength": EMAIL_MAX, "pattern": EMAIL_PATTERN},
    ),
]
NewPassword = Annotated[
    str,
    Meta(
        description="8 to 128 code points; common ones, the name and the address are refused (weak_password)",
        extra_json_schema={"minLength": PASSWORD_MIN, "maxLength": PASSWORD_MAX},
    ),
]
Name = Annotated[
    str,
    Meta(
        description="trimmed; needs something to see and has no control characters",
        extra_json_schema={"minLength": 1, "maxLength": NAME_MAX, "pattern": NAME_PATTERN},
    ),
]


class NewGuest(Body, frozen=True, kw_only=True):
    """POST /guests"""

    name: Name
    gender: Gender
    invite_code: str | None = None
    intro_code: str | None = None


class SignedUp(Answer, frozen=True, kw_only=True):
    """A new guest and the token of the session; it is shown only here."""

    token: str
    expires_at_ms: AtMs
    user: Me


class Login(Body, frozen=True, kw_only=True):
    """POST /sessions"""

    email: str
    password: str


class LoggedIn(SignedUp, frozen=True, kw_only=True):
    """A login and its token; it is shown only here."""

    replaced: Annotated[bool, Meta(description="another login was valid until now, and has ended")]


class NewAccount(Body, frozen=True, kw_only=True):
    """POST /me/account: a guest stays."""

    email: Email
    password: NewPassword


class Permanent(Answer, frozen=True, kw_only=True):
    """Who a guest is from now on; his token is the same."""

    user: Me


class PasswordChange(Body, frozen=True, kw_only=True):
    """PUT /me/password"""

    old: str
    new: NewPassword


class ResetRequest(Body, frozen=True, kw_only=True):
    """POST /password-resets"""

    email: Email


class PasswordReset(Body, frozen=True, kw_only=True):
    """POST /password-resets/{token}"""

    password: NewPassword


class ProfileChange(Body, frozen=True, kw_only=True):
    """PATCH /me: what is left out or null stays as it is; `socials` are replaced as a whole."""

    name: Name | None = None
    gender: Gender | None = None
    socials: Annotated[dict[str, str] | None, Meta(description="at most 10 of {platform: handle}, 30 each")] = None


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
    if kinds & UNPRINTABLE or TURNING & set(trimmed):
        raise ValueError("should have no control characters")
    if kinds <= INVISIBLE:
        raise ValueError("should have something to see")
    return trimmed


def check_email(email: str) -> str:
    """Returns an e-mail address trimmed; raises ValueError in words for whoever typed it."""
    trimmed = trim(email)
    local, _, domain = trimmed.rpartition("@")
    if not _EMAIL.fullmatch(trimmed) or len(trimmed) > EMAIL_MAX or len(local) > LOCAL_MAX:
        raise ValueError("should be an e-mail address")
    if local.startswith(".") or local.endswith(".") or ".." in local or ENCODED_WORD in local:
        raise ValueError("should be an e-mail address")
    return f"{local}@{domain}"


def check_profile_socials(given: dict[str, str]) -> dict[str, str]:
    """Returns platforms and handles trimmed; raises ValueError in words for whoever typed them."""
    if len(given) > SOCIALS_MAX:
        raise ValueError(f"should be at most {SOCIALS_MAX}")
    socials = {trim(platform): trim(handle) for platform, handle in given.items()}
    if len(socials) < len(given):
        raise ValueError("should name each platform once")
    for word in (*socials.keys(), *socials.values()):
        if not 1 <= len(word) <= HANDLE_MAX or NUL in word:
            raise ValueError(f"should have platforms and handles of 1 to {HANDLE_MAX} characters")
    return socials


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
    Route(
        "POST",
        "/api/v1/sessions",
        "Log in; every older login of the user ends",
        201,
        LoggedIn,
        body=Login,
        needs_token=False,
        problems=("wrong_credentials", "banned", "rate_limited", "unavailable"),
    ),
    Route("DELETE", "/api/v1/sessions/current", "Log out", 204),
    Route(
        "POST",
        "/api/v1/password-resets",
        "Ask for a mail; the answer is the same for an address that nobody has. 404 where no mail is sent",
        202,
        body=ResetRequest,
        needs_token=False,
        problems=("not_found", "rate_limited", "unavailable"),
    ),
    Route(
        "POST",
        "/api/v1/password-resets/{token}",
        "Set a new password with the token of a mail, once; every login of the user ends",
        204,
        body=PasswordReset,
        needs_token=False,
        problems=("not_found", "weak_password", "rate_limited", "unavailable"),
    ),
    Route("GET", "/api/v1/me", "Oneself", 200, MyAccount),
    Route("PATCH", "/api/v1/me", "Change name, gender or socials", 200, MyAccount, body=ProfileChange),
    Route("DELETE", "/api/v1/me", "Delete the account and what belongs to it", 204),
    Route(
        "POST",
        "/api/v1/me/account",
        "A guest stays: e-mail address and password",
        200,
        Permanent,
        body=NewAccount,
        problems=("already_permanent", "email_taken", "weak_password"),
    ),
    Route(
        "PUT",
        "/api/v1/me/password",
        "Another password; every other login ends. 403 for guests",
        204,
        body=PasswordChange,
        problems=("wrong_credentials", "weak_password", "forbidden"),
    ),
)
