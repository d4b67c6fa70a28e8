"""What every route has in common: the shape of bodies, answers and problems, and how a route is told."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from core.protocol.codes import HTTP_CODES

BODY_MAX: Final = 64 * 1024
"""Bytes of a JSON body; a larger one is too_large."""

ProblemCode = Annotated[str, Meta(extra_json_schema={"enum": list(HTTP_CODES)})]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what clients send; unknown fields are refused."""


class Answer(Struct, frozen=True, kw_only=True):
    """Base of what the server answers; clients ignore fields they do not know."""


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
    """Whether a user's token is asked for; with `needs_admin` it is an operator's instead."""
    needs_admin: bool = False
    takes: tuple[str, ...] = ()
    """Content types of a body of raw bytes."""
    gives: tuple[str, ...] = ()
    """Content types of an answer that is no JSON."""
    problems: tuple[str, ...] = ()
    """Codes beyond those of every route (internal, banned) and of every route with a token or a body."""


ANY_PROBLEMS: Final = ("internal",)
PROBES: Final = frozenset({"/healthz", "/readyz"})
"""Whether the process is well may be asked by all; everything else is refused to banned addresses."""
TOKEN_PROBLEMS: Final = ("not_authenticated", "session_replaced", "banned", "rate_limited", "unavailable")
ADMIN_PROBLEMS: Final = ("not_authenticated", "forbidden", "rate_limited", "unavailable")
BODY_PROBLEMS: Final = ("bad_request", "too_large", "unsupported_media")


def problems_of(route: Route) -> tuple[str, ...]:
    """Returns every code with which a route may be refused, each once."""
    codes = (
        *(BODY_PROBLEMS if route.body or route.takes else ()),
        *(ADMIN_PROBLEMS if route.needs_admin else TOKEN_PROBLEMS if route.needs_token else ()),
        *route.problems,
        *(() if route.path in PROBES else ("banned",)),
        *ANY_PROBLEMS,
    )
    return tuple(dict.fromkeys(codes))
