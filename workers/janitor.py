"""Throws away what is kept no longer (core/record/retention.py says what that is), a batch at a time.

`python -m workers.janitor` says what would go now; with `--really` it goes.
"""

import argparse
import asyncio
import functools
import sys
import time
from typing import Final

from core import logs
from core.actions import accounts, media
from core.record import Record
from core.record.retention import JOBS as KINDS
from workers.queues import DEFAULT
from workers.shop import Shop
from workers.trade import tick

ROUND_S: Final = 50.0
"""A round ends before the next minute's begins; what it left, that one finds."""
AT_SECOND: Final = 7
"""Of each minute: expired things go within a minute, and the top of it is busy enough."""
MEDIA_AT_MINUTE: Final = 37
"""Of each hour: every file is looked at, and files are kept an hour in any case."""

log = logs.get(__name__)


async def tidy(shop: Shop) -> None:
    """One round over everything."""
    until = time.monotonic() + ROUND_S
    in_rooms = functools.partial(accounts.in_rooms, shop.service)
    for name in KINDS:
        rows = 0
        while time.monotonic() < until and not shop.stopping.is_set():
            batch = await shop.service.record.retention.prune_batch(name, in_rooms=in_rooms)
            rows += batch
            if not batch:
                break
        if rows:
            shop.metrics.pruned.labels(name).inc(rows)
            log.info("pruned", job=name, rows=rows)


async def tidy_media(shop: Shop) -> None:
    """Files that no profile names any more, or never did: somebody died between the file and its row."""
    dropped = await media.drop_leftovers(shop.service)
    if dropped:
        shop.metrics.pruned.labels("media").inc(dropped)
        log.info("pruned", job="media", rows=dropped)


QUEUE = DEFAULT
JOBS = ()
TICKS = (
    tick(tidy, timeout_s=DEFAULT.job_timeout_s - 1, second=AT_SECOND),
    tick(tidy_media, timeout_s=DEFAULT.job_timeout_s - 1, minute=MEDIA_AT_MINUTE, second=AT_SECOND),
)


async def _by_hand(*, really: bool) -> None:
    record = await Record.connect(logs.begin("default"))
    try:
        for done in await record.retention.prune_all(dry_run=not really):
            sys.stdout.write(f"{done.job:<16} {done.rows:>9} {'would go' if done.dry_run else 'gone'}\n")
    finally:
        await record.close()


def main() -> None:
    """Retention by hand; a dry run unless told otherwise."""
    parser = argparse.ArgumentParser(prog="python -m workers.janitor", description="what is kept no longer")
    parser.add_argument("--really", action="store_true", help="delete it instead of counting it")
    asyncio.run(_by_hand(really=parser.parse_args().really))


if __name__ == "__main__":
    main()
