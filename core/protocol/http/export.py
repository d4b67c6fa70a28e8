"""Everything we hold of a user, for himself."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from core.protocol.http.accounts import MyAccount
from core.protocol.http.base import Answer, Route
from core.protocol.http.history import PastRoomWithMessages
from core.protocol.payloads import AtMs, Id, Notification


class ExportedSession(Answer, frozen=True, kw_only=True):
    """A login. Its token is known to nobody but its client."""

    ip_address: str | None
    device: str | None
    is_active: bool
    ended_why: str | None
    created_at_ms: AtMs
    last_active_at_ms: AtMs
    expires_at_ms: AtMs
    ended_at_ms: AtMs | None


class ExportedCompletion(Answer, frozen=True, kw_only=True):
    """A meeting that counted towards one's own invite code."""

    room_id: Id
    partner_id: Id
    seconds: int
    completed_at_ms: AtMs


class ExportedCooldown(Answer, frozen=True, kw_only=True):
    """Whom one may not meet again yet."""

    user_id: Id
    expires_at_ms: AtMs


class ExportedBlock(Answer, frozen=True, kw_only=True):
    """Whom one never wants to see again."""

    user_id: Id
    name: str
    why: Literal["hand", "report"]
    created_at_ms: AtMs


class ExportedReport(Answer, frozen=True, kw_only=True):
    """Whom one reported."""

    report_id: Id
    user_id: Id
    room_id: Id
    reason: str
    created_at_ms: AtMs


class ExportedIntro(Answer, frozen=True, kw_only=True):
    """An intro link that one made, or that somebody made for one."""

    code: str
    target_name: str
    created_by_name: str
    is_mine: Annotated[bool, Meta(description="made by oneself")]
    created_at_ms: AtMs
    expires_at_ms: AtMs


class ExportedCode(Answer, frozen=True, kw_only=True):
    """One's own invite code, once it is unlocked, or one that was used."""

    code: str
    is_mine: bool
    uses_remaining: Annotated[int | None, Meta(description="of one's own")]
    is_active: bool
    created_at_ms: Annotated[AtMs, Meta(description="of a code that was used: when")]


class Export(Answer, frozen=True, kw_only=True):
    """GET /me/export. What was said in meetings is in `meetings`, as far as it is recorded."""

    exported_at_ms: AtMs
    account: MyAccount
    introduced_to: Id | None
    introduced_by: Id | None
    introduced_via_code: str | None
    paid_at_ms: AtMs | None
    payment_id: str | None
    qr_unlocked_at_ms: AtMs | None
    updated_at_ms: AtMs
    sessions: list[ExportedSession]
    meetings: list[PastRoomWithMessages]
    completions: list[ExportedCompletion]
    cooldowns: list[ExportedCooldown]
    blocks: list[ExportedBlock]
    reports: list[ExportedReport]
    intros: list[ExportedIntro]
    notifications: list[Notification]
    codes: list[ExportedCode]


ROUTES: Final = (Route("GET", "/api/v1/me/export", "Everything we hold of oneself", 200, Export),)
