"""What operators want to know: of a user, of a room, of two who cannot meet, of the processes that run."""

from dataclasses import dataclass
from typing import Any, Final

from msgspec.json import decode

from core.actions.service import Service
from core.errors import Refusal, Unavailable
from core.protocol.payloads import is_id
from core.record.audit import Operator
from core.record.bans import Ban
from core.record.history import Item
from core.record.insight import Known, Login
from core.rules import meeting

LINES: Final = 20
"""Logins, meetings and bans of one user's page."""


@dataclass(frozen=True, slots=True)
class Page:
    """Everything about one user. `live`: as the lobby has him, None while it is away."""

    known: Known
    live: dict[str, Any] | None
    logins: list[Login]
    meetings: list[Item]
    bans: list[Ban]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why `a` cannot invite `b` now; `refusal` None: he can. cooldown_ends_at_ms 0: there is none."""

    refusal: str | None
    a: dict[str, Any]
    b: dict[str, Any]
    block: str | None
    cooldown_ends_at_ms: int


async def user(service: Service, user_id: str) -> Page:
    """Returns a user's page. Raises Refusal not_found; Unavailable."""
    record = service.record
    known = await record.insight.user(user_id) if is_id(user_id) else None
    if known is None:
        raise Refusal("not_found", "there is no such user")
    meetings, _ = await record.history.page(user_id, None, LINES)
    bans, _ = await record.bans.page(reviewed=None, before=None, limit=LINES, user_id=user_id)
    return Page(known, await _live(service, user_id), await record.insight.logins(user_id, LINES), meetings, bans)


async def timeline(service: Service, room_id: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Returns a room's last recorded state (None once it was pruned) and its events. Raises not_found; Unavailable."""
    if not is_id(room_id):
        raise Refusal("not_found", "there is no such room")
    events = await service.record.rooms.timeline(room_id)
    state = await service.record.rooms.state(room_id)  # after them: they are recorded together
    if state is None and not events:
        raise Refusal("not_found", "there is no such room")
    return state, events


async def explain(service: Service, a: str, b: str) -> Explanation:
    """Returns what stands between two users. Raises Refusal not_found; Unavailable."""
    names = {}
    for user_id in (a, b):
        profile = await service.record.users.profile(user_id) if is_id(user_id) else None
        if profile is None:
            raise Refusal("not_found", "there is no such user")
        names[user_id] = profile.name
    of_a, of_b, cooldown_ends_at_ms, is_blocked = await service.live.lobby.call("explain", a, b)
    sides = [{"user_id": user_id, **decode(of)} for user_id, of in ((a, of_a), (b, of_b))]
    caller, callee = [meeting.Side(**{name: side[name] for name in meeting.Side.__slots__}) for side in sides]
    refusal = meeting.refusal(caller, callee, is_blocked=bool(is_blocked), has_cooldown=cooldown_ends_at_ms > 0)
    named = [{**side, "name": names[side["user_id"]]} for side in sides]
    return Explanation(refusal, named[0], named[1], await service.record.blocks.between(a, b), cooldown_ends_at_ms)


async def processes(service: Service) -> list[dict[str, Any]]:
    """Returns every process that holds a lease: nodes and workers. Raises Unavailable."""
    (rows,) = await service.live.lobby.call("processes")
    return sorted((decode(row) for row in rows), key=lambda row: str(row["name"]))


async def drain(service: Service, by: Operator, node: str) -> None:
    """Tells a node, by its id or name, to send everybody elsewhere and end. Raises Refusal not_found; Unavailable."""
    (incarnation,) = await service.live.lobby.call("drain", node)
    await service.record.audit.note(by, "drained", node, incarnation=incarnation)


async def _live(service: Service, user_id: str) -> dict[str, Any] | None:
    try:
        (found,) = await service.live.lobby.call("look", user_id)
    except Unavailable:
        return None
    live: dict[str, Any] = decode(found)
    return live
