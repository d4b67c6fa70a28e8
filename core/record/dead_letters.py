"""What could not be done, kept for a person to look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from core.record import queries
from core.record.database import Connection, Database

SQL = queries.load("dead_letters")

Source = Literal["journal", "job", "deadline", "outbox"]
TEXT_MAX = 20_000
"""Longest text kept: a deep traceback; a journal entry's body is far shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One thing that could not be done.

    `key` makes it one letter however often it is reported. `args` is anything; what JSON cannot say is kept as its
    repr.
    """

    source: Source
    key: str
    name: str
    args: Any
    error: str
    traceback: str = ""
    tries: int = 1
    at_ms: int | None = None
    """None: now."""


class DeadLetters:
    """Table dead_letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, letter: DeadLetter) -> bool:
        """Keeps a letter; False when it was kept before."""
        async with self._database.connection() as connection:
            return await put(connection, letter)

    async def newest(self, before_id: int | None = None, *, limit: int, pending: bool = False) -> list[dict[str, Any]]:
        """Returns letters, newest first; with `pending` only those nobody has resolved."""
        return [dict(row) for row in await self._database.fetch(SQL["dead_letters"], before_id, pending, limit)]

    async def resolve(self, dead_letter_id: int) -> bool:
        """A person has dealt with it; False when it was unknown or resolved."""
        return bool(await self._database.execute(SQL["resolve_dead_letter"], dead_letter_id))


async def put(connection: Connection, letter: DeadLetter) -> bool:
    """Keeps a letter inside the caller's transaction; False when it was kept before."""
    status = await connection.execute(
        SQL["put_dead_letter"],
        letter.source,
        readable(letter.key),
        readable(letter.name),
        _storable(letter.args),
        readable(letter.error),
        readable(letter.traceback),
        letter.tries,
        letter.at_ms,
    )
    return status.endswith(" 1")


def readable(value: bytes | str) -> str:
    """Returns text that PostgreSQL can store whatever the bytes were: no NUL, no broken UTF-8, not without end."""
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")[:TEXT_MAX]


def _storable(value: Any) -> Any:
    """Returns `value` as JSON that jsonb takes."""
    if isinstance(value, (str, bytes)):
        return readable(value)
    if isinstance(value, Mapping):
        return {readable(str(name)): _storable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(one) for one in value]
    if value is None or isinstance(value, (bool, int, float)):
        try:
            orjson.dumps(value)
        except TypeError:
            return repr(value)
        return value
    return readable(repr(value))
