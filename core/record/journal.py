"""Records journal entries, each exactly once.

    row of the family FOR UPDATE -> epoch the same? -> entries after its position -> written -> position moved -> commit

One transaction: whoever dies anywhere in it has changed nothing. Everything it writes says "unless it is there
already", and counters move only for rows that RETURNING says are new, so entries that come a second time (the position
starts over with each epoch) change nothing either.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import asyncpg

from core import logs
from core.record import dead_letters, entries, outbox, queries
from core.record.codes import give_code
from core.record.database import Connection, Database, is_poison
from core.record.dead_letters import DeadLetter, readable
from core.record.entries import Cooldown, Dead, Entry, Malformed, Message, State, Unknown

SQL = queries.load("journal")
SHARDS = queries.load("shards")
START = "0-0"
"""The position before every entry."""

log = logs.get(__name__)


class WrongEpoch(Exception):
    """The family was brought back under another epoch: nothing may be recorded for this one any more."""


class Moved(Exception):
    """The position is before the entries offered: read again from `position`."""

    def __init__(self, position: str) -> None:
        super().__init__(position)
        self.position = position


class Recorded(NamedTuple):
    """What became of a batch."""

    position: str
    """Everything up to here is recorded; the journal may be trimmed up to it."""
    entries: int
    """How many were recorded now, dead letters included."""
    dead: int
    """How many of them became dead letters."""
    rooms: list[tuple[str, int]]
    """(room id, highest seq recorded) of the rooms with messages in the batch."""
    stopped_at: str
    """Why the rest of the batch was left: an entry newer than this code. Empty: it was not."""


class Unlocking(NamedTuple):
    """When one's own invite code opens."""

    at: int
    """Successful meetings."""
    uses: int
    """How many it lets in."""


class _Item(NamedTuple):
    """An entry with all that is needed to bury it."""

    id: bytes
    fields: Sequence[bytes]
    entry: Entry


class Journal:
    """Writes what the families' journals say."""

    def __init__(self, database: Database, *, unlock_at: int, code_uses: int) -> None:
        self._database = database
        self._unlocking = Unlocking(unlock_at, code_uses)

    async def record_batch(self, family: str, epoch: int, after: str, batch: Sequence[entries.Raw]) -> Recorded:
        """Records entries of a family's journal that follow `after` without a hole, and moves its position.

        Entries at or below the position (another recorder was faster) are left out. What PostgreSQL refuses becomes
        a dead letter in the same transaction. Raises WrongEpoch, Moved, Unavailable; then nothing was written.
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SHARDS["lock_shard"], family)
            if row is None or row["epoch"] != epoch:
                raise WrongEpoch(f"{family}: recorded {row and row['epoch']}, live {epoch}")
            position = entries.id_of(row["position"])
            if position < entries.id_of(after):
                raise Moved(row["position"])
            fresh = batch
            if batch and entries.id_of(batch[0][0]) <= position:
                fresh = [raw for raw in batch if entries.id_of(raw[0]) > position]
            writing = _Writing(connection, family, self._unlocking)
            items, stopped_at = await writing.parse(fresh)
            await writing.write(items)
            done = fresh[: writing.seen]
            reached = done[-1][0].decode() if done else row["position"]
            if done:
                await connection.execute(SHARDS["move_position"], family, reached)
        return Recorded(reached, len(done), writing.dead, sorted(_tops(items)), stopped_at)


def _tops(items: Sequence[_Item]) -> list[tuple[str, int]]:
    tops: dict[str, int] = {}
    for item in items:
        if isinstance(item.entry, Message):
            tops[item.entry.room_id] = max(item.entry.seq, tops.get(item.entry.room_id, 0))
    return list(tops.items())


class _Writing:
    """One transaction's work."""

    def __init__(self, connection: Connection, family: str, unlocking: Unlocking) -> None:
        self._connection = connection
        self._family = family
        self._unlocking = unlocking
        self.seen = 0
        self.dead = 0

    async def parse(self, batch: Sequence[entries.Raw]) -> tuple[list[_Item], str]:
        """Understands entries up to the first that is newer than this code; buries what is malformed."""
        items = []
        for entry_id, fields in batch:
            try:
                items.append(_Item(entry_id, fields, entries.parse(fields)))
            except Unknown as unknown:
                return items, str(unknown)
            except Malformed as malformed:
                await self._bury(entry_id, fields, malformed)
            self.seen += 1
        return items, ""

    async def write(self, items: Sequence[_Item]) -> None:
        """Writes all of it; where PostgreSQL blames the data, halves, down to the entry to blame."""
        if not items:
            return
        try:
            async with self._connection.transaction():
                await self._write(items)
        except (asyncpg.PostgresError, LookupError, ValueError, TypeError) as error:
            if not is_poison(error):
                raise
            if len(items) == 1:
                await self._bury(items[0].id, items[0].fields, error)
                return
            half = len(items) // 2
            await self.write(items[:half])
            await self.write(items[half:])

    async def _write(self, items: Sequence[_Item]) -> None:
        said = [item.entry for item in items]
        if states := [entry for entry in said if isinstance(entry, State)]:
            await self._write_states(states)
        if messages := [entry for entry in said if isinstance(entry, Message)]:
            await self._write_messages(messages)
        if cooldowns := [entry for entry in said if isinstance(entry, Cooldown)]:
            await self._write_cooldowns(cooldowns)
        for item in items:
            if isinstance(item.entry, Dead):
                await self._write_dead(item.id, item.entry)

    async def _write_messages(self, messages: Sequence[Message]) -> None:
        await self._connection.execute(SQL["put_messages"], *zip(*messages, strict=True))
        fed: dict[tuple[str, str], int] = {}
        for message in messages:
            if message.kind != "system" and message.at_ms > fed.get((message.room_id, message.sender_id), 0):
                fed[message.room_id, message.sender_id] = message.at_ms
        if fed:
            rooms, senders = zip(*fed, strict=True)
            await self._connection.execute(SQL["feed_torches"], rooms, senders, list(fed.values()))

    async def _write_states(self, states: Sequence[State]) -> None:
        latest: dict[str, State] = {}
        for state in states:
            known = latest.get(state.room_id)
            if known is None or (known.epoch, known.version) < (state.epoch, state.version):
                latest[state.room_id] = state
        facts = [latest[room_id].facts for room_id in sorted(latest)]
        put = [row["room_id"] for row in await self._connection.fetch(SQL["put_states"], facts)]
        if put and any(latest[room_id].facts.get("torch_1_ms") for room_id in put):
            await self._connection.execute(SQL["put_torches"], facts, put)
        if events := [
            {"room_id": state.room_id, "epoch": state.epoch, "version": state.version, "ev": state.events}
            for state in states
            if state.events
        ]:
            await self._connection.execute(SQL["put_events"], events)
        if ended := [state.facts for state in latest.values() if state.facts["status"] == "ended"]:
            await self._write_ends(ended)

    async def _write_ends(self, ended: Sequence[dict[str, Any]]) -> None:
        facts = sorted(ended, key=lambda end: str(end["room_id"]))
        # The lobby journals a cooldown when it frees the seats. Should it be lost in between, this end is all there is.
        if cooled := [
            Cooldown(
                min(end["user_1"], end["user_2"]),
                max(end["user_1"], end["user_2"]),
                end["cooldown_until_ms"],
                end["reason"],
            )
            for end in facts
            if end.get("cooldown_until_ms")
        ]:
            await self._write_cooldowns(cooled)
        by_room = {end["room_id"]: end for end in ended}
        new = await self._connection.fetch(SQL["put_history"], facts)
        counted = [(row["user_id"], by_room[row["room_id"]]) for row in new]
        counted = [(user_id, end) for user_id, end in counted if end.get("counts_metrics")]
        completed = [row["user_id"] for row in await self._connection.fetch(SQL["put_completions"], facts)]
        moving = sorted({user_id for user_id, _ in counted} | set(completed))
        if not moving:
            return
        await self._connection.fetch(SQL["lock_users"], moving)
        if counted:
            users = [user_id for user_id, _ in counted]
            seconds = [end["seconds"] for _, end in counted]
            ended_at = [end["ended_at_ms"] for _, end in counted]
            await self._connection.execute(SQL["count_meetings"], users, seconds, ended_at)
        if completed:
            for row in await self._connection.fetch(SQL["count_completions"], completed, self._unlocking.at):
                await self._unlock(row["user_id"], row["my_invite_code"])

    async def _unlock(self, user_id: str, code: str | None) -> None:
        """The user's own code opens; who came without one gets it now."""
        code = code or await give_code(self._connection, user_id, self._unlocking.uses)
        await outbox.put(self._connection, outbox.CODE_UNLOCKED, {"user_id": user_id, "code": code})

    async def _write_cooldowns(self, cooldowns: Sequence[Cooldown]) -> None:
        latest = {(cooldown.a, cooldown.b): cooldown for cooldown in sorted(cooldowns, key=lambda one: one.until_ms)}
        columns = zip(*(latest[pair] for pair in sorted(latest)), strict=True)
        await self._connection.execute(SQL["put_cooldowns"], *columns)

    async def _write_dead(self, entry_id: bytes, dead: Dead) -> None:
        letter = DeadLetter(
            source="deadline",
            key=self._key(entry_id),
            name=self._family,
            args={"member": dead.member},
            error=dead.error,
            at_ms=entries.id_of(entry_id)[0],
        )
        await dead_letters.put(self._connection, letter)

    async def _bury(self, entry_id: bytes, fields: Sequence[bytes], error: Exception) -> None:
        self.dead += 1
        log.error("entry buried", family=self._family, entry=entry_id.decode(), error=type(error).__name__)
        letter = DeadLetter(
            source="journal",
            key=self._key(entry_id),
            name=self._family,
            args={"id": entry_id, "fields": [readable(field) for field in fields]},
            error=f"{type(error).__name__}: {error}",
            at_ms=entries.id_of(entry_id)[0],
        )
        await dead_letters.put(self._connection, letter)

    def _key(self, entry_id: bytes) -> str:
        return f"{self._family}:{entry_id.decode()}"
