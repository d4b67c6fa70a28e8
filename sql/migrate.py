"""`python -m sql.migrate`: brings the database that DATABASE_URL names up to date. Forward only.

A migration is sql/migrations/NNNN_name.sql, applied once, in order, each in a transaction of its own, under an advisory
lock, so that several at once do no harm. What was applied is in schema_migrations with its checksum; a file that was
changed afterwards stops everything. `--plan` says what would be done, `--dump` writes the schema as sql/schema.sql,
`--check` compares it with that file.
"""

import argparse
import asyncio
import os
import re
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg

from sql.dump import dump

FOLDER: Final = Path(__file__).parent / "migrations"
GOLDEN: Final = Path(__file__).parent / "schema.sql"

ADVISORY_LOCK: Final = 0x0C4E_55E7  # any number, as long as nobody else takes it
LOCK_TIMEOUT_MS: Final = 10_000  # a migration that waits for a table makes everybody wait behind it
CONNECT_S: Final = 10.0

_NAME: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")

_VERSIONS = """
create table if not exists schema_migrations (
    version    integer     primary key,
    name       text        not null,
    sha256     text        not null,
    applied_at timestamptz not null default now()
);
comment on table schema_migrations is 'The migrations that were applied, each with the checksum of its file.';
"""


class MigrationError(Exception):
    """The migrations cannot be applied; nothing was changed by the one that is named."""


class Migration(NamedTuple):
    """One file."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Of the text; line ends do not count."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def title(self) -> str:
        """As the file is called."""
        return f"{self.version:04d}_{self.name}"


def read(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of `folder` in order. MigrationError for a name out of the pattern or a version twice."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        parts = _NAME.fullmatch(path.name)
        if not parts:
            raise MigrationError(f"{path.name} is not called NNNN_name.sql")
        migration = Migration(int(parts[1]), parts[2], path.read_text(encoding="utf-8"))
        if migration.version in found:
            raise MigrationError(f"{migration.title} and {found[migration.version].title} have the same number")
        found[migration.version] = migration
    return list(found.values())


async def pending(connection: asyncpg.Connection, migrations: Sequence[Migration]) -> list[Migration]:
    """Those not applied yet. MigrationError if history and files contradict each other.

    Versions that the database has and the files have not are fine: a newer release was here, and may still be.
    """
    if await connection.fetchval("select to_regclass('schema_migrations')") is None:
        return list(migrations)
    rows = await connection.fetch("select version, name, sha256 from schema_migrations")
    applied = {row["version"]: row for row in rows}
    left = []
    for migration in migrations:
        row = applied.get(migration.version)
        if row is None:
            if applied and migration.version < max(applied):
                raise MigrationError(f"{migration.title} is new but older than what was applied: give it a new number")
            left.append(migration)
        elif row["sha256"] != migration.checksum:
            raise MigrationError(f"{migration.title} was changed after it was applied: write a new migration instead")
    return left


async def migrate(connection: asyncpg.Connection, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Applies what is missing and answers the titles. Waits while somebody else does the same."""
    wanted = read() if migrations is None else migrations
    await connection.execute("select pg_advisory_lock($1)", ADVISORY_LOCK)
    try:
        left = await pending(connection, wanted)
        await connection.execute(_VERSIONS)
        for migration in left:
            await _apply(connection, migration)
        return [migration.title for migration in left]
    finally:
        await connection.execute("select pg_advisory_unlock($1)", ADVISORY_LOCK)


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    began_at = time.monotonic()
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = {LOCK_TIMEOUT_MS}")
            await connection.execute(migration.text)
            await connection.execute(
                "insert into schema_migrations (version, name, sha256) values ($1, $2, $3)",
                *(migration.version, migration.name, migration.checksum),
            )
    except asyncpg.PostgresError as fault:
        where = f" (at character {fault.position})" if getattr(fault, "position", None) else ""
        raise MigrationError(f"{migration.title} failed: {fault}{where}") from fault
    print(f"{migration.title} applied in {time.monotonic() - began_at:.2f} s", flush=True)


async def check(connection: asyncpg.Connection) -> None:
    """MigrationError with the first difference between the database and sql/schema.sql."""
    golden = GOLDEN.read_text(encoding="utf-8") if GOLDEN.exists() else ""
    real = await dump(connection)
    if real == golden:
        return
    pairs = zip([*golden.splitlines(), ""], [*real.splitlines(), ""], strict=False)
    line, (wanted, found) = next((i, pair) for i, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    raise MigrationError(f"sql/schema.sql is not the schema: line {line} says {wanted!r}, the database {found!r}")


async def _main(arguments: argparse.Namespace) -> None:
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise MigrationError("DATABASE_URL is not set")
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_S)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as fault:
        raise MigrationError(f"no connection to DATABASE_URL: {str(fault) or 'no answer'}") from None
    try:
        if arguments.plan:
            titles = [migration.title for migration in await pending(connection, read())]
            print("\n".join(titles) or "nothing to do")
        elif arguments.dump:
            GOLDEN.write_text(await dump(connection), encoding="utf-8")
        elif arguments.check:
            await check(connection)
        else:
            done = await migrate(connection)
            print(f"the schema is up to date ({len(done)} applied now)", flush=True)
    finally:
        await connection.close()


def main() -> int:
    """The exit status: 0, or 1 with a line on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m sql.migrate", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--plan", action="store_true", help="say what would be applied, and do nothing")
    what.add_argument("--dump", action="store_true", help="write the database's schema to sql/schema.sql")
    what.add_argument("--check", action="store_true", help="compare the database's schema with sql/schema.sql")
    try:
        asyncio.run(_main(parser.parse_args()))
    except MigrationError as fault:
        print(f"sql.migrate: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
