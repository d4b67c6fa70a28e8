"""`python -m dev.schema [--write]`: runs the migrations on an empty database of a server of its own, and compares the
outcome with sql/schema.sql, or writes it there. Needs no DATABASE_URL; PG_BIN may name the server's binaries.
"""

import asyncio
import os
import subprocess
import sys

import asyncpg

from dev.scratch import scratch_folder
from dev.stores import Postgres, StoreError
from sql import migrate
from sql.dump import dump


async def main() -> int:
    """The exit status."""
    with scratch_folder("schema") as folder:
        postgres = Postgres(folder, binaries=os.environ.get("PG_BIN", ""), output=subprocess.DEVNULL, is_durable=False)
        await postgres.start()
        try:
            connection = await asyncpg.connect(postgres.url)
            await migrate.migrate(connection)
            if "--write" in sys.argv[1:]:
                migrate.GOLDEN.write_text(await dump(connection), encoding="utf-8")
            else:
                await migrate.check(connection)
            await connection.close()
        finally:
            await postgres.stop()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except (migrate.MigrationError, StoreError) as fault:
        sys.exit(f"dev.schema: {fault}")
