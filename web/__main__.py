"""`python -m web` runs a node.

`python -m web --settings` prints every setting with its value and where it is from; `python -m web hash-password` reads
a password from standard input and prints what ADMIN_PASSWORD_HASH takes as its last line.
"""

import asyncio
import gc
import getpass
import os
import resource
import signal
import sys

import uvloop

from core import logs, settings
from core.passwords import Passwords
from core.settings import Settings
from web.app import serve

log = logs.get(__name__)


def main(arguments: list[str]) -> int:
    """Returns the exit status: 0 after a drain, 1 when a part of the node failed."""
    if arguments == ["--settings"]:
        return settings.print_settings(os.environ, sys.stdout, part="web")
    if arguments == ["hash-password"]:
        return _hash_password()
    if arguments:
        sys.stderr.write("usage: python -m web [--settings | hash-password]\n")
        return os.EX_USAGE
    return uvloop.run(_run(logs.begin("web")))


def _hash_password() -> int:
    is_person = sys.stdin.isatty()
    password = getpass.getpass("Password: ") if is_person else sys.stdin.readline().rstrip("\r\n")
    if not password:
        sys.stderr.write("no password was given on standard input\n")
        return os.EX_DATAERR
    sys.stdout.write(f"{asyncio.run(Passwords().hash(password))}\n")
    return 0


async def _run(chosen: Settings) -> int:
    _raise_file_limit()
    _collect_garbage_rarely()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    try:
        await serve(chosen, stop)
    except Exception:
        log.exception("node failed")
        return 1
    return 0


def _raise_file_limit() -> None:
    """A connection is a file: as many as this machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _collect_garbage_rarely() -> None:
    """A full collection looks at every object of every connection, 100 ms for 10,000 of them: what was there at the
    start is never looked at, the rest a hundred times less often. Almost nothing here is a cycle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
