"""Users made in bulk: in PostgreSQL with a login each, or straight into the lobby as connected and available."""

import asyncio
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from core.ids import new_id
from core.live.family import Family, Op, Result, refusal_of
from core.record.profile import Profile

ALLOWED: Final = 2_048
"""Ops that are on their way at a time: half of what a family lets wait."""

_USERS: Final = """
insert into users (user_id, name, gender, account_expires_at)
select id::uuid, name, 'unspecified', now() + interval '7 days' from unnest($1::text[], $2::text[]) as u (id, name)
"""
_SESSIONS: Final = """
insert into sessions (token_hash, user_id, expires_at)
select hash, id::uuid, now() + interval '7 days' from unnest($1::bytea[], $2::text[]) as s (hash, id)
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with a login."""

    user_id: str
    name: str
    token: str

    @property
    def token_hash(self) -> bytes:
        return hashlib.sha256(self.token.encode()).digest()

    @property
    def profile(self) -> Profile:
        return Profile(user_id=self.user_id, name=self.name, gender="unspecified")


def people(count: int) -> list[Person]:
    """Makes them up."""
    return [Person(new_id(), f"Guest {number}", secrets.token_urlsafe(32)) for number in range(count)]


async def sign_up(database_url: str, everyone: Sequence[Person]) -> None:
    """Writes users and logins, as if each had signed up just now."""
    connection = await asyncpg.connect(database_url)
    try:
        ids = [person.user_id for person in everyone]
        await connection.execute(_USERS, ids, [person.name for person in everyone])
        await connection.execute(_SESSIONS, [person.token_hash for person in everyone], ids)
        await connection.execute("analyze users, sessions")
    finally:
        await connection.close()


async def come_online(lobby: Family, everyone: Sequence[Person], *, wish: bool) -> list[str]:
    """Registers a connection for each at `lobby.incarnation`; returns them in order."""
    incarnation = lobby.incarnation
    await lobby.call("open_inbox", incarnation)
    await lobby.call("register", incarnation, "bench", "")
    now, _ = await lobby.call("now")
    conns = [f"{incarnation}.{number}" for number in range(len(everyone))]

    def ops() -> Iterable[Op]:
        for number, (person, conn) in enumerate(zip(everyone, conns, strict=True), start=1):
            token_hash, profile = person.token_hash.hex(), person.profile
            yield (
                *("put_session", token_hash, person.user_id, number, now + 86_400_000),
                *(profile.me_json(), profile.card_json()),
            )
            yield ("attach", conn, token_hash)
            if wish:
                yield ("wish", conn, person.user_id, 1)

    await pour(lobby, ops())
    return conns


async def pour(family: Family, ops: Iterable[Op]) -> None:
    """Runs any number of ops as fast as the family takes them. Raises the first refusal."""
    places = asyncio.Semaphore(ALLOWED)
    faults: list[BaseException] = []

    def settle(result: Result) -> None:
        places.release()
        try:
            if refusal := refusal_of(result):
                faults.append(refusal)
        except RuntimeError as raised:
            faults.append(raised)

    for op in ops:
        await places.acquire()
        if faults:
            raise faults[0]
        family.submit(op, settle, _size(op))
    for _ in range(ALLOWED):
        await places.acquire()
    if faults:
        raise faults[0]


def _size(op: Sequence[Any]) -> int:
    return 32 + sum(len(part) for part in op if isinstance(part, str))
