"""Whether a process is well."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from core.protocol.http.base import Answer, Route


class Health(Answer, frozen=True, kw_only=True):
    """GET /healthz: the process lives."""

    alive: bool = True


class Readiness(Answer, frozen=True, kw_only=True):
    """GET /readyz: 200 when ready, else 503."""

    ready: bool
    degraded: Annotated[list[str], Meta(description="what is not as it should be, though the node works")]
    checks: dict[str, Literal["ok", "degraded", "failing"]]


ROUTES: Final = (
    Route("GET", "/healthz", "Does the process live?", 200, Health, needs_token=False),
    Route(
        "GET", "/readyz", "May users be sent here? 503 with the same body when not", 200, Readiness, needs_token=False
    ),
)
