"""Who may not be here, since when and why, and what those who looked at it said."""

from typing import Any, Final, Literal, NamedTuple

from core import ids
from core.record import queries
from core.record.audit import Operator, audit
from core.record.database import Connection, Database, changed
from core.record.ip_bans import put_ip_ban_of
from core.record.outbox import BAN_CHANGED, IP_BAN_CHANGED, put
from core.rules.addresses import Network, read_network

SQL = queries.load("moderation")
BLACKLIST_MAX: Final = 1_000
"""The newest names of the public list."""

Decision = Literal["permanent", "vindicated"]


class Ban(NamedTuple):
    """A ban and its review."""

    ban_id: str
    user_id: str
    name: str
    """At that time."""
    ban_status: str
    banned_at_ms: int
    reason: str
    report_count: int
    review_status: str
    reviewed_at_ms: int | None
    reviewed_by: str | None
    note: str | None
    ip_addresses: list[str]


class Blacklisted(NamedTuple):
    """A line of the public list."""

    name: str
    reason: str
    banned_at_ms: int


class Reviewed(NamedTuple):
    """What a review changed. `outbox_id` carries it to the user, the others (by network) his addresses."""

    user_id: str
    outbox_id: int
    networks: dict[str, int]


class Bans:
    """Tables ban_records and users.ban_status."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(self, user_id: str) -> str | None:
        """Returns why a user is banned now; None: he is not, or is nobody."""
        reason: str | None = await self._database.fetchval(SQL["standing"], user_id)
        return reason

    async def ban(self, by: Operator, user_id: str, reason: str) -> int | None:
        """Bans a user until a review; returns the outbox row that carries it. None when there is no such user.

        Who is banned already stays so for the reason he was.
        """
        async with self._database.transaction() as connection:
            user = await connection.fetchrow(SQL["moderated"], user_id)
            if user is None:
                return None
            if user["ban_status"] == "none":
                await ban_user(connection, user, reason)
            await audit(connection, by, "banned", user_id, reason=reason)
            return await put(connection, BAN_CHANGED, {"user_id": user_id})

    async def review(
        self, by: Operator, user_id: str, decision: Decision, note: str | None, *, spared: list[Network], days: float
    ) -> Reviewed | None:
        """Decides about a user; None when nobody banned or reported him.

        permanent: his addresses are banned for `days`, except those in `spared` networks. vindicated: only later
        reports count; what an earlier review banned with him is lifted.
        """
        async with self._database.transaction() as connection:
            user = await connection.fetchrow(SQL["moderated"], user_id)
            ban = await connection.fetchrow(SQL["standing_ban"], user_id)
            count = 0 if user is None else await connection.fetchval(SQL["counting_reports"], user_id)
            if user is None and ban is None:
                return await self._dismiss(connection, by, user_id, decision, note)
            if ban is None or ban["review_status"] == "reviewed_vindicate":
                if user is None or count == 0:
                    return None
                await ban_user(connection, user, _reported_by(count), count)  # reported, and not yet by enough
                ban = await connection.fetchrow(SQL["standing_ban"], user_id)
            if decision == "permanent":
                networks = await self._confirm(connection, by, ban, note, spared, days)
            else:
                networks = await self._vindicate(connection, by, ban, note)
            await connection.execute(SQL["review_reports"], user_id)
            await audit(connection, by, f"reviewed_{decision}", user_id, note=note, networks=sorted(networks))
            return Reviewed(user_id, await put(connection, BAN_CHANGED, {"user_id": user_id}), networks)

    async def _dismiss(
        self, connection: Connection, by: Operator, user_id: str, decision: Decision, note: str | None
    ) -> Reviewed | None:
        """Whoever was reported has gone by himself: nobody is left to be banned."""
        if decision == "permanent" or not changed(await connection.execute(SQL["review_reports"], user_id)):
            return None
        await audit(connection, by, "reviewed_vindicated", user_id, note=note, networks=[])
        return Reviewed(user_id, await put(connection, BAN_CHANGED, {"user_id": user_id}), {})

    async def _confirm(
        self, connection: Connection, by: Operator, ban: Any, note: str | None, spared: list[Network], days: float
    ) -> dict[str, int]:
        await connection.execute(SQL["ban_user"], ban["user_id"], "permanent", ban["reason"])
        addresses = await connection.fetchval(
            SQL["review_ban"], ban["ban_id"], "reviewed_ban", "permanent", by.username, note
        )
        networks = {}
        for network in sorted({read_network(address) for address in addresses}, key=str):
            if not any(each.version == network.version and each.overlaps(network) for each in spared):
                await put_ip_ban_of(connection, ban["user_id"], network, ban["reason"], days)
                networks[str(network)] = await put(connection, IP_BAN_CHANGED, {"network": str(network)})
        return networks

    async def _vindicate(self, connection: Connection, by: Operator, ban: Any, note: str | None) -> dict[str, int]:
        await connection.execute(SQL["vindicate_user"], ban["user_id"])
        await connection.execute(SQL["review_ban"], ban["ban_id"], "reviewed_vindicate", "temporary", by.username, note)
        await connection.execute(SQL["pass_on_ip_bans"], ban["user_id"])
        lifted = [row["network"] for row in await connection.fetch(SQL["lift_ip_bans"], ban["user_id"])]
        return {network: await put(connection, IP_BAN_CHANGED, {"network": network}) for network in lifted}

    async def page(
        self, *, reviewed: bool | None, before: str | None, limit: int, user_id: str | None = None
    ) -> tuple[list[Ban], bool]:
        """Returns bans below an id, newest first, and whether there are more; of one user where he is named."""
        rows = await self._database.fetch(SQL["bans"], reviewed, before, user_id, limit + 1)
        return [Ban(**dict(row)) for row in rows[:limit]], len(rows) > limit

    async def blacklist(self) -> list[Blacklisted]:
        """Returns who was banned for good, newest first."""
        return [Blacklisted(**dict(row)) for row in await self._database.fetch(SQL["blacklist"], BLACKLIST_MAX)]


async def ban_user(connection: Connection, user: Any, reason: str, report_count: int = 0) -> None:
    """Bans a user, whose row is locked, until a review, inside the caller's transaction."""
    await connection.execute(SQL["ban_user"], user["user_id"], "temporary", reason)
    await connection.execute(
        SQL["put_ban"], ids.new_id(), user["user_id"], user["name"], "temporary", reason, report_count
    )


async def ban_reported(connection: Connection, user: Any, at_count: int) -> int | None:
    """Bans a user, whose row is locked, if as many different people have reported him since he was last vindicated.

    Returns the outbox row that carries it; None while they are fewer, or when he is banned already.
    """
    count: int = await connection.fetchval(SQL["counting_reports"], user["user_id"])
    if count < at_count or user["ban_status"] != "none":
        return None
    await ban_user(connection, user, _reported_by(count), count)
    return await put(connection, BAN_CHANGED, {"user_id": user["user_id"]})


def _reported_by(count: int) -> str:
    return f"reported by {count} different user{'s' if count > 1 else ''}"
