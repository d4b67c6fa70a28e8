"""Networks whose addresses may not connect."""

import ipaddress
from typing import NamedTuple

from core.record import queries
from core.record.audit import Operator, audit
from core.record.database import Connection, Database, changed
from core.record.outbox import IP_BAN_CHANGED, put
from core.rules.addresses import Network

SQL = queries.load("moderation")


class IpBan(NamedTuple):
    """A banned network."""

    network: str
    banned_at_ms: int
    user_id: str | None
    """With whose ban it came; None: by hand, or he is gone."""
    reason: str
    expires_at_ms: int | None


class IpBans:
    """Table ip_bans."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, by: Operator, network: Network, reason: str, days: float | None) -> int:
        """Bans a network, for ever without `days`; returns the outbox row that carries it."""
        async with self._database.transaction() as connection:
            await connection.execute(SQL["put_ip_ban"], network, None, reason, days)
            await audit(connection, by, "banned_addresses", str(network), reason=reason, days=days)
            return await put(connection, IP_BAN_CHANGED, {"network": str(network)})

    async def lift(self, by: Operator, network: Network) -> int | None:
        """Lifts the ban of exactly this network; returns the outbox row, None when there was none."""
        async with self._database.transaction() as connection:
            if not changed(await connection.execute(SQL["delete_ip_ban"], network)):
                return None
            await audit(connection, by, "lifted_addresses", str(network))
            return await put(connection, IP_BAN_CHANGED, {"network": str(network)})

    async def until_ms(self, network: str) -> int | None:
        """Returns until when a network is banned, 0 for ever; None: it is not."""
        until_ms: int | None = await self._database.fetchval(SQL["ip_ban"], ipaddress.ip_network(network))
        return until_ms

    async def page(self, after: str | None, limit: int) -> tuple[list[IpBan], bool]:
        """Returns banned networks in their order, after one of them, and whether there are more."""
        behind = None if after is None else ipaddress.ip_network(after)
        rows = await self._database.fetch(SQL["ip_bans"], behind, limit + 1)
        return [IpBan(**dict(row)) for row in rows[:limit]], len(rows) > limit


async def put_ip_ban_of(connection: Connection, user_id: str, network: Network, reason: str, days: float) -> None:
    """Bans an address of a banned user inside the caller's transaction; shortens no ban that stands."""
    await connection.execute(SQL["put_ip_ban_of_user"], network, user_id, reason, days)
