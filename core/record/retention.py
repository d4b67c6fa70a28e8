"""How long things are kept: one job per kind of thing, in batches, each with a dry run.

A job is a query of what may go (sql/queries/retention.sql) and a length of time; the dry run counts what the query
finds, the real one deletes it, so the two cannot disagree. Killed anywhere, a job loses nothing: it begins again.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from core.record import queries
from core.record.database import Database, changed
from core.record.users import delete_user
from core.settings import Settings

SQL = queries.load("retention")
InRooms = Callable[[Sequence[str]], Awaitable[Collection[str]]]
BATCH = 1_000
"""Rows deleted in one transaction: tens of milliseconds, so nobody waits for a lock."""
USERS_BATCH = 100
"""Users deleted in one transaction: each takes his logins, links and history along."""
GUEST_SLACK = timedelta(minutes=2)
"""A guest's last meeting is in active_rooms by then, however far the recorder lags."""
TORCH_SLACK = timedelta(hours=1)
TOKENS_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of thing: where it is, and how long it stays after the instant that its query looks at."""

    table: str
    keys: tuple[str, ...]
    keep: Callable[[Settings], timedelta]


def _days(name: str) -> Callable[[Settings], timedelta]:
    return lambda settings: timedelta(days=getattr(settings, name))


def _at_once(_: Settings) -> timedelta:
    return timedelta()


JOBS: Final = MappingProxyType(
    {
        "guests": Job("users", ("user_id",), lambda _: GUEST_SLACK),
        "ended_rooms": Job("active_rooms", ("room_id",), lambda settings: timedelta(seconds=settings.retain_rooms_s)),
        "torches": Job("text_room_activity", ("room_id",), lambda _: TORCH_SLACK),
        "sessions": Job("sessions", ("token_hash",), _days("retain_sessions_days")),
        "cooldowns": Job("cooldowns", ("user_id_1", "user_id_2"), _at_once),
        "limits": Job("rate_limits", ("scope", "key"), _at_once),
        "completions": Job("session_completions", ("user_id", "room_id"), _days("retain_completions_days")),
        "intros": Job("referral_mappings", ("referral_code",), _at_once),
        "notifications": Job("referral_notifications", ("notification_id",), _days("retain_completions_days")),
        "history": Job("chat_history", ("room_id", "user_id"), _days("retain_history_days")),
        "messages": Job("room_messages", ("room_id", "seq"), _days("retain_history_days")),
        "events": Job("room_events", ("room_id", "epoch", "version", "n"), _days("retain_history_days")),
        "reports": Job("reports", ("report_id",), _days("retain_reports_days")),
        "resets": Job("password_resets", ("reset_id",), lambda _: TOKENS_KEPT),
        "admin_sessions": Job("admin_sessions", ("token_hash",), lambda _: TOKENS_KEPT),
        "ip_bans": Job("ip_bans", ("ip_address",), _at_once),
    }
)
"""By the name of their query. History goes before the messages and events that it keeps."""


class Pruned(NamedTuple):
    """What a job deleted, or would delete."""

    job: str
    rows: int
    dry_run: bool


class Retention:
    """Runs the jobs."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def prune(self, name: str, *, dry_run: bool = False) -> Pruned:
        """Deletes everything that one job finds, batch after batch. With `dry_run` only counts it."""
        if dry_run:
            return Pruned(name, await self._count(name), dry_run=True)
        rows = 0
        while more := await self.prune_batch(name):
            rows += more
        return Pruned(name, rows, dry_run=False)

    async def prune_all(self, *, dry_run: bool = False) -> list[Pruned]:
        """Runs every job in turn."""
        return [await self.prune(name, dry_run=dry_run) for name in JOBS]

    async def prune_batch(self, name: str, *, in_rooms: InRooms | None = None) -> int:
        """Deletes one batch in one transaction; returns its size, 0 when nothing is left.

        `in_rooms` says which of some users are in a room that PostgreSQL may not have heard of yet.
        """
        if name == "guests":
            return await self._prune_guests(in_rooms)
        job = JOBS[name]
        same = " and ".join(f"gone.{key} = doomed.{key}" for key in job.keys)
        # Table and keys are constants of this page.
        query = (
            f"with doomed as ({SQL[name]} limit {BATCH}) "  # noqa: S608
            f"delete from {job.table} gone using doomed where {same}"
        )
        async with self._database.transaction() as connection:
            return changed(await connection.execute(query, job.keep(self._settings)))

    async def _prune_guests(self, in_rooms: InRooms | None) -> int:
        """Each guest is looked at again, locked, before he goes: he may have entered a room meanwhile."""
        keep = JOBS["guests"].keep(self._settings)
        query = f"{SQL['guests']} limit {USERS_BATCH} for update of u skip locked"
        async with self._database.transaction() as connection:
            found = [row["user_id"] for row in await connection.fetch(query, keep)]
            spared = await in_rooms(found) if in_rooms and found else ()
            gone = [user_id for user_id in found if user_id not in spared]
            for user_id in gone:
                await delete_user(connection, user_id)
        return len(gone)

    async def _count(self, name: str) -> int:
        query = f"select count(*) from ({SQL[name]}) as doomed"  # noqa: S608
        count: int = await self._database.fetchval(query, JOBS[name].keep(self._settings))
        return count
