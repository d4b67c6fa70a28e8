"""`python -m workers [live|default|all]` works on one class of jobs, or on both (the default).

`--settings` prints every setting with its value and where it is from.
"""

import asyncio
import os
import signal
import sys
from typing import Final

import uvloop

from core import logs, settings
from core.settings import Settings
from workers.queues import BY_KIND
from workers.run import work

USAGE: Final = f"usage: python -m workers [{'|'.join(BY_KIND)}] [--settings]\n"

log = logs.get(__name__)


def main(arguments: list[str]) -> int:
    """Returns the exit status: 0 after SIGTERM, 1 when a part of the worker failed."""
    kinds = [argument for argument in arguments if argument != "--settings"] or ["all"]
    if len(kinds) != 1 or kinds[0] not in BY_KIND:
        sys.stderr.write(USAGE)
        return os.EX_USAGE
    if "--settings" in arguments:
        return settings.print_settings(os.environ, sys.stdout, part=kinds[0])
    return uvloop.run(_run(kinds[0], logs.begin(kinds[0])))


async def _run(kind: str, chosen: Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    try:
        await work(kind, chosen, stop)
    except Exception:
        log.exception("worker failed")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
