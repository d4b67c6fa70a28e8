"""Introducing people: links, who came by them, and what the target hears of it.

The lobby keeps what a known user's welcome and pages need (docs/decisions/0011); who it does not know whole is asked of
PostgreSQL once, when he comes.
"""

import asyncio
import secrets
import string
from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec.json import decode, encode

from core.actions.outbox import carry_out
from core.actions.service import Service
from core.errors import Refusal, Unavailable
from core.protocol.payloads import is_id
from core.record.intros import Introduced, Link, Met

CODE_CHARACTERS = string.ascii_uppercase + string.digits
CODE_LENGTH = 10
LOOK_S = 1.0
"""How long a welcome may wait for the notifications of a user whom the lobby does not know whole."""


class Made(NamedTuple):
    """A new intro link."""

    code: str
    url: str
    expires_at_ms: int


async def make(service: Service, user_id: str, target_user_id: str) -> Made:
    """Makes a link for somebody else, or gives the one that was made before more time.

    Raises Refusal not_found where that is nobody for this user; Unavailable.
    """
    code = "".join(secrets.choice(CODE_CHARACTERS) for _ in range(CODE_LENGTH))
    days = service.settings.intro_days
    made = await service.record.intros.make(code, target_user_id, user_id, days) if is_id(target_user_id) else None
    if made is None:
        raise Refusal("not_found", "there is no such user")
    code, expires_at_ms = made
    return Made(code, f"{service.settings.public_url.rstrip('/')}/#/intro/{code}", expires_at_ms)


async def link(service: Service, code: str) -> Link:
    """Returns what a code stands for. Raises Refusal not_found for one that is none or has expired; Unavailable."""
    is_code = len(code) == CODE_LENGTH and set(code) <= set(CODE_CHARACTERS)
    found = await service.record.intros.link(code) if is_code else None
    if found is None:
        raise Refusal("not_found", "there is no such intro, or it has expired")
    return found


async def announce(service: Service, introduced: Introduced) -> None:
    """Carries a new introduction into the lobby now; what cannot be carried now is carried by others."""
    await carry_out(service, introduced.outbox_id, tell(service, introduced.told))


async def tell(service: Service, told: dict[str, Any]) -> None:
    """Tells the lobby, and through it the target, who came. Harmless twice. Raises Unavailable."""
    notification = encode(told["notification"]).decode()
    await service.live.lobby.call("introduce", told["user_id"], told["newcomer"], told["by"], notification)


async def read(service: Service, user_id: str, notification_id: str) -> None:
    """A user has read a notification. Raises Refusal not_found for one that is not his; Unavailable."""
    outbox_id = await service.record.intros.read(user_id, notification_id) if is_id(notification_id) else None
    if outbox_id is None:
        raise Refusal("not_found")
    await carry_out(service, outbox_id, forget(service, user_id, notification_id))


async def forget(service: Service, user_id: str, notification_id: str) -> None:
    """Tells the lobby that a notification was read. Harmless twice. Raises Unavailable."""
    await service.live.lobby.call("read_notification", user_id, notification_id)


async def newcomer_left(service: Service, user_id: str, newcomer: str) -> None:
    """Tells the lobby that somebody who was introduced to a user is deleted. Harmless twice. Raises Unavailable."""
    await service.live.lobby.call("newcomer_left", user_id, newcomer)


async def unread(service: Service, user_id: str, kept: str) -> list[dict[str, Any]]:
    """Returns the unread notifications of a user, the newest first: `kept` (JSON) where the lobby has them.

    Else PostgreSQL is asked, and the lobby remembers; while it is away, or slow, there are none.
    """
    if kept:
        found: list[dict[str, Any]] = decode(kept)
        return found
    try:
        async with asyncio.timeout(LOOK_S):
            (met,) = await service.record.intros.met([user_id])
            await remember(service, [met])
    except (Unavailable, TimeoutError):
        return []
    return met.unread


async def remember(service: Service, met: Sequence[Met]) -> None:
    """Tells the lobby all it should know of the introductions to these users. Raises Unavailable."""
    await service.live.lobby.call("load_intros", rows(met))


def rows(met: Sequence[Met]) -> list[tuple[str, str, str]]:
    """Returns what the lobby's load_intros takes."""
    return [(each.user_id, encode(each.newcomers).decode(), encode(each.unread).decode()) for each in met]
