"""What was paid and what was refunded: events are kept, and what a user is follows from all of them."""

from core.record import outbox, queries
from core.record.database import Database
from core.rules.payments import Notice

SQL = queries.load("payments")


class Payments:
    """Table stripe_events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, notice: Notice) -> list[tuple[str, int]]:
        """Takes an event in, once; returns (user, outbox row) of everybody whom it made another."""
        changed = []
        payload = {"payment_id": notice.payment_id, "user_id": notice.user_id}
        async with self._database.transaction() as connection:
            await connection.execute(SQL["lock_payment"], notice.payment_id)
            event = (notice.event_id, notice.kind, notice.at_ms, payload, notice.payment_id, notice.user_id)
            if await connection.fetchval(SQL["put_event"], *event) is None:
                return []
            for row in await connection.fetch(SQL["payers"], notice.payment_id):
                user_id = row["user_id"]
                await connection.execute(SQL["lock_user"], user_id)
                if await connection.fetchval(SQL["settle"], user_id) is not None:
                    outbox_id = await outbox.put(connection, outbox.PROFILE_CHANGED, {"user_id": user_id})
                    changed.append((user_id, outbox_id))
        return changed
