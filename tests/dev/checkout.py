"""A small checkout in which `make run` runs: the real supervisor, stores and migrations around a stub of a node and of
a worker, each with a child of its own, so that these tests need nothing of the service itself.
"""

import asyncio
import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import aiohttp

from dev import children

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE_S: Final = 30.0
LOOK_S: Final = 0.05

STUB: Final = """
import asyncio, os, signal, subprocess, sys
from aiohttp import web
from core import logs

async def main():
    settings = logs.begin("PART")
    below = subprocess.Popen(["sleep", "600"])
    app = web.Application()
    app.router.add_get("/readyz", lambda _: asyncio.sleep(0, web.json_response({"pid": os.getpid()})))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.PORT).start()
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await told.wait()
    print("PART says goodbye", flush=True)
    below.kill()

asyncio.run(main())
"""


class Checkout:
    """One copy, and what runs in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mark = f"CRESSET_MARK={uuid.uuid4()}"
        self.port, self.metrics_port = children.first_free_port(3), children.first_free_port(40)
        self.run: subprocess.Popen[bytes] | None = None
        for folder in ("dev", "sql"):
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
        for file in ("Makefile", ".gitignore", "core/__init__.py", "core/settings.py", "core/logs.py"):
            (root / file).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / file, root / file)
        shutil.copytree(ROOT / "requirements", root / "requirements")
        (root / ".venv").symlink_to(ROOT / ".venv")
        for package, part, port in (("web", "web", "port"), ("workers", "all", "metrics_port")):
            (root / package).mkdir()
            (root / package / "__init__.py").touch()
            (root / package / "__main__.py").write_text(
                STUB.replace("PART", part).replace("settings.PORT", f"settings.{port}")
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """Everything `make run` wrote so far."""
        return (self.root / "said").read_text(errors="replace")

    def start(self, *command: str, user: int | None = None, **settings: str) -> subprocess.Popen[bytes]:
        """Starts `command` (make run, unless given) as `user`."""
        name, _, value = self.mark.partition("=")
        inherited = {k: v for k, v in os.environ.items() if k in {"PATH", "PG_BIN", "REDIS_BIN"}}
        own = {"PORT": str(self.port), "METRICS_PORT": str(self.metrics_port), name: value}
        with (self.root / "said").open("ab") as said:
            self.run = subprocess.Popen(
                command or ("make", "run"),
                cwd=self.root,
                env=inherited | own | settings,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        return self.run

    async def hears(self, pattern: str, *, within: float = PATIENCE_S) -> re.Match[str]:
        """Waits until `make run` has written something that `pattern` finds."""
        try:
            async with asyncio.timeout(within):
                while not (found := re.search(pattern, self.said)):
                    await asyncio.sleep(LOOK_S)
                return found
        except TimeoutError:
            raise AssertionError(f"never heard {pattern!r} in:\n{self.said}") from None

    async def ended(self) -> int:
        """Waits for the end of what was started; its status."""
        assert self.run
        return await asyncio.wait_for(asyncio.to_thread(self.run.wait), PATIENCE_S)

    async def pid_of(self, offset: int = 0) -> int:
        """The process that answers on PORT + `offset`."""
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{self.port + offset}/readyz") as answer:
            pid: int = (await answer.json())["pid"]
            return pid

    async def is_deserted(self, within: float = 15.0) -> None:
        """Waits until no process of this checkout is left; AssertionError naming those that stay."""
        left: list[str] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while left := [*self._processes(), *self._held_locks()]:
                    await asyncio.sleep(LOOK_S)
        assert not left, f"left behind: {left}\n{self.said}"

    def pids(self, pattern: str) -> list[int]:
        """Processes of this checkout whose command line has `pattern`."""
        return [int(line.split(" ", 1)[0]) for line in self._processes() if re.search(pattern, line)]

    def clean(self) -> None:
        """Kills what is left, whatever happened."""
        for line in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(line.split(" ", 1)[0]), signal.SIGKILL)
        if self.run:
            self.run.wait()

    def _processes(self) -> Iterator[str]:
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                is_ours = self.mark.encode() in (place / "environ").read_bytes() or str(self.root) in line
                if is_ours and "State:\tZ" not in (place / "status").read_text():
                    yield f"{place.name} {line}"

    def _held_locks(self) -> Iterator[str]:
        """PostgreSQL's processes overwrite their environment, but they inherited the lock on their data."""
        for lock in self.root.glob(".data/*/lock"):
            with lock.open() as handle:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield str(lock)
