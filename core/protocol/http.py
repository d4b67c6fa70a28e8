"""Bodies of /api/v1: what is sent, what is answered. Errors are one shape, Problem."""

import unicodedata
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from core.protocol.bodies import trim
from core.protocol.codes import HTTP_CODES
from core.protocol.payloads import SAFE_INTEGER, AtMs, EndReason, Gender, Id, Me, Message, Mode, PaidStatus

BODY_MAX: Final = 64 * 1024
"""Bytes of a JSON body; a larger one is too_large."""

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

HISTORY_LIMIT: Final = 20
HISTORY_LIMIT_MAX: Final = 100
"""Lines of history in one answer, unless asked for otherwise, and at most."""

ProblemCode = Annotated[str, Meta(extra_json_schema={"enum": list(HTTP_CODES)})]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what clients send; unknown fields are refused."""


class Answer(Struct, frozen=True, kw_only=True):
    """Base of what the server answers; clients ignore fields they do not know."""


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


class Health(Answer, frozen=True, kw_only=True):
    """GET /healthz: the process lives."""

    alive: bool = True


class Readiness(Answer, frozen=True, kw_only=True):
    """GET /readyz: 200 when ready, else 503."""

    ready: bool
    degraded: Annotated[list[str], Meta(description="what is not as it should be, though the node works")]
    checks: dict[str, Literal["ok", "degraded", "failing"]]


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


class FieldError(Answer, frozen=True, kw_only=True):
    """What is wrong with one field, parameter or the whole body."""

    field: Annotated[str, Meta(description="the field or parameter; empty: the body as a whole")]
    message: str


class Problem(Answer, frozen=True, kw_only=True):
    """RFC 9457 problem+json; `code` is what programs look at."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    code: ProblemCode
    detail: str | UnsetType = UNSET
    retry_after_ms: Annotated[int | UnsetType, Meta(description="beside Retry-After in whole seconds")] = UNSET
    errors: Annotated[list[FieldError] | UnsetType, Meta(description="with bad_request")] = UNSET


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address: what it takes, what it answers, with what it is refused."""

    method: str
    path: str
    summary: str
    status: int
    answer: type[Struct] | None = None
    body: type[Body] | None = None
    query: type[Struct] | None = None
    needs_token: bool = True
    problems: tuple[str, ...] = ()
    """Codes beyond those of every route (internal) and of every route with a token or a body."""


ANY_PROBLEMS: Final = ("internal",)
TOKEN_PROBLEMS: Final = ("not_authenticated", "session_replaced", "banned", "rate_limited", "unavailable")
BODY_PROBLEMS: Final = ("bad_request", "too_large", "unsupported_media")

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
    Route("GET", "/healthz", "Does the process live?", 200, Health, needs_token=False),
    Route(
        "GET", "/readyz", "May users be sent here? 503 with the same body when not", 200, Readiness, needs_token=False
    ),
)
"""Every route there is so far."""


def problems_of(route: Route) -> tuple[str, ...]:
    """Returns every code with which a route may be refused, each once."""
    codes = (
        *(BODY_PROBLEMS if route.body else ()),
        *(TOKEN_PROBLEMS if route.needs_token else ()),
        *route.problems,
        *ANY_PROBLEMS,
    )
    return tuple(dict.fromkeys(codes))
