"""Who reported whom, over which room, with what was said there."""

from typing import Any, NamedTuple

import asyncpg
import orjson

from core import ids
from core.record import queries
from core.record.bans import ban_reported
from core.record.blocks import put_block
from core.record.database import Database
from core.record.profile import Profile

SQL = queries.load("moderation")


class Met(NamedTuple):
    """A past meeting, as far as a report needs it."""

    mode: str
    started_at_ms: int
    seconds: int
    ended_at_ms: int


class Filed(NamedTuple):
    """A report that was taken in, and the outbox rows of what it changed."""

    report_id: str
    block_id: int | None
    ban_id: int | None
    """Of the ban, where this report made it full."""


class Report(NamedTuple):
    """A report as operators read it."""

    report_id: str
    reporter_user_id: str
    reporter_name: str | None
    reported_user_id: str
    reported_name: str
    reason: str
    room_id: str
    created_at_ms: int
    reviewed_at_ms: int | None
    session_data: dict[str, Any]
    reported_profile: dict[str, Any]
    ban_status: str
    counting: int
    """How many reports of this user count towards a ban now."""


class Reports:
    """Table reports."""

    def __init__(self, database: Database, reports_to_ban: int) -> None:
        self._database = database
        self._reports_to_ban = reports_to_ban

    async def met(self, user_id: str, partner_id: str, room_id: str) -> Met | None:
        """Returns a meeting of these two from history; None where there is none."""
        row = await self._database.fetchrow(SQL["met"], user_id, room_id, partner_id)
        return None if row is None else Met(**dict(row))

    async def file(
        self,
        reporter_id: str,
        reported_id: str,
        room_id: str,
        reason: str,
        ip: str | None,
        evidence: dict[str, Any],
    ) -> Filed | None:
        """Takes a report in, with the block that goes with it and, where it was one too many, the ban: all or nothing.

        None: he has reported this user before. Raises LookupError when one of the two does not exist any more.
        """
        async with self._database.transaction() as connection:
            user = await connection.fetchrow(SQL["moderated"], reported_id)
            if user is None:
                raise LookupError(reported_id)
            report_id = await connection.fetchval(
                SQL["put_report"],
                ids.new_id(),
                reporter_id,
                reported_id,
                reason,
                room_id,
                ip,
                evidence,
                _snapshot(user),
            )
            if report_id is None:
                return None
            # the ban first: whoever carries these does so in their order, and a room of the two ends `banned`
            ban_id = await ban_reported(connection, user, self._reports_to_ban)
            block_id = await put_block(connection, reporter_id, reported_id, "report")
            return Filed(report_id, block_id, ban_id)

    async def page(self, *, reviewed: bool | None, before: str | None, limit: int) -> tuple[list[Report], bool]:
        """Returns reports below an id, newest first, and whether there are more."""
        rows = await self._database.fetch(SQL["reports"], reviewed, before, limit + 1)
        return [Report(**dict(row)) for row in rows[:limit]], len(rows) > limit


def _snapshot(user: asyncpg.Record) -> dict[str, Any]:
    """What the reported user showed of himself at that moment: the wire's Me."""
    me: dict[str, Any] = orjson.loads(Profile.of(user).me_json())
    return me
