"""Reporting somebody one has met: evidence is gathered from the live log and the record, then committed at once."""

from dataclasses import dataclass
from typing import Any, Final

from msgspec.json import decode

from core.actions import bans, blocks, talk
from core.actions.outbox import carry_out
from core.actions.service import Service
from core.errors import Refusal, Unavailable

EVIDENCE_MESSAGES: Final = 50
"""The newest messages of the room that go with a report."""
AFTER_ALL: Final = 2**31 - 1
"""Above every seq."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A room of both that has started. Instants in ms; ended_at_ms None: it goes on."""

    mode: str
    started_at_ms: int
    seconds: int
    ended_at_ms: int | None
    messages: list[dict[str, Any]]


async def report(
    service: Service, reporter_id: str, reported_id: str, room_id: str, reason: str, ip: str | None
) -> str:
    """Takes a report in and returns its id; from then on the two are kept apart, for ever.

    Raises Refusal no_shared_room, already_reported, not_found (he is not here any more); Unavailable.
    """
    (now_ms, _) = await service.live.shard(room_id).call("now")
    shared = await _shared_room(service, reporter_id, reported_id, room_id, now_ms)
    if shared is None:
        raise Refusal("no_shared_room", "a report needs a started room of both")
    if now_ms - (shared.ended_at_ms or now_ms) > service.settings.report_window_s * 1000:
        raise Refusal("no_shared_room", "that was too long ago")
    evidence = {
        "mode": shared.mode,
        "started_at_ms": shared.started_at_ms,
        "seconds": shared.seconds,
        "messages": shared.messages,
    }
    try:
        filed = await service.record.reports.file(reporter_id, reported_id, room_id, reason, ip, evidence)
    except LookupError:
        raise Refusal("not_found", "this user is not here any more") from None
    if filed is None:
        raise Refusal("already_reported")
    if filed.ban_id is not None:  # first, so that a room of the two ends `banned`
        await carry_out(service, filed.ban_id, bans.carry(service, reported_id))
    if filed.block_id is not None:
        await carry_out(service, filed.block_id, blocks.carry(service, reporter_id, reported_id))
    return filed.report_id


async def _shared_room(
    service: Service, reporter_id: str, reported_id: str, room_id: str, now_ms: int
) -> Shared | None:
    """The shard has rooms that go on and those of the last hour; the recorder may lag behind it."""
    try:
        (view,) = await service.live.shard(room_id).call("view", room_id, reporter_id, 0, talk.ANY_EPOCH)
    except Unavailable:
        raise
    except Refusal:
        return await _recorded(service, reporter_id, reported_id, room_id)
    started_at_ms = int(view["started_at"])
    if reported_id != view["user_2" if view["slot"] == 1 else "user_1"] or not started_at_ms:
        return None
    ended_at_ms = int(view["ended_at"]) or None
    seconds = int(view["seconds"]) if ended_at_ms else max(0, (now_ms - started_at_ms) // 1000)
    said, _ = await talk.history(service, reporter_id, room_id, None, EVIDENCE_MESSAGES)
    return Shared(view["mode"], started_at_ms, seconds, ended_at_ms, [decode(message) for message in said])


async def _recorded(service: Service, reporter_id: str, reported_id: str, room_id: str) -> Shared | None:
    met = await service.record.reports.met(reporter_id, reported_id, room_id)
    if met is None:
        return None
    said = await service.record.rooms.messages_before(room_id, AFTER_ALL, EVIDENCE_MESSAGES)
    return Shared(met.mode, met.started_at_ms, met.seconds, met.ended_at_ms, [decode(message) for message in said])
