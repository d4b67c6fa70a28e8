"""Real nodes and workers for tests, each in a process of its own, to be killed, paused and stopped."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson

from dev import children

ROOT: Final = Path(__file__).resolve().parent.parent
READY_S: Final = 30.0
STOP_S: Final = 15.0
LOOK_S: Final = 0.05
TAIL: Final = 40  # lines of a log that a failure shows


class Process:
    """One `python -m ...`; everything it says goes to `log`."""

    def __init__(self, name: str, module: list[str], environ: Mapping[str, str], folder: Path, ready_url: str) -> None:
        self.name = name
        self.environ = dict(environ)
        self.ready_url = ready_url
        self.log = folder / f"{name}.log"
        self.expects_errors = False  # set by a test that breaks something on purpose
        self._module = module
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._child is not None
        return self._child.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and children.is_running(self._child)

    async def start(self, *, until_ready: bool = True) -> None:
        """Starts it, also once more after an end, and waits for a 200 of /readyz."""
        assert not self.is_running
        with self.log.open("ab") as log:
            self._child = children.start([sys.executable, "-m", *self._module], env=self.environ, cwd=ROOT, output=log)
        if until_ready:
            await self.ready()

    async def ready(self, timeout: float = READY_S) -> None:
        """Waits for a 200 of /readyz; AssertionError with the log's end when the process ends or takes too long."""
        try:
            async with asyncio.timeout(timeout), aiohttp.ClientSession() as http:
                while await self.readiness(http) != 200:
                    assert self.is_running, f"{self.name} ended instead of getting ready:\n{self.tail()}"
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise AssertionError(f"{self.name} was not ready in {timeout:g} s:\n{self.tail()}") from None

    async def readiness(self, http: aiohttp.ClientSession) -> int:
        """The status that /readyz answers now; 0 when nobody answers."""
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with http.get(self.ready_url, timeout=aiohttp.ClientTimeout(total=5)) as answer:
                return answer.status
        return 0

    async def stop(self, timeout: float = STOP_S) -> int:
        """SIGTERM; answers the status. Fails when it has to be killed after `timeout` seconds."""
        assert self._child is not None
        self.resume()
        os.kill(self.pid, signal.SIGTERM)
        try:
            return await children.ended(self._child, timeout)
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"{self.name} did not end {timeout:g} s after SIGTERM:\n{self.tail()}") from None

    async def kill(self) -> None:
        """SIGKILL to the process and all it started, as when the machine dies."""
        assert self._child is not None
        children.kill_group(self._child)
        await children.ended(self._child)

    def pause(self) -> None:
        """SIGSTOP to the process and all it started."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGCONT)

    async def end(self) -> int:
        """Waits until it ends by itself, and answers the status."""
        assert self._child is not None
        return await children.ended(self._child, READY_S)

    def lines(self) -> list[dict[str, Any]]:
        """What it logged; a line that is no JSON (a traceback, a word on the way up) is {"event": the line}."""
        return [_parsed(line) for line in self.log.read_bytes().splitlines()] if self.log.exists() else []

    def errors(self) -> list[dict[str, Any]]:
        """What it logged as an error, or outside of the log altogether."""
        return [line for line in self.lines() if line.get("level", "error") in {"error", "critical"}]

    def tail(self) -> str:
        """The end of its log, to be read by whoever looks for the reason of a failure."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-TAIL:]) if self.log.exists() else ""


class Node(Process):
    """`python -m web`."""

    def __init__(self, name: str, environ: Mapping[str, str], folder: Path) -> None:
        self.port, self.metrics_port = children.free_port(), children.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        own = {"PORT": str(self.port), "METRICS_PORT": str(self.metrics_port)}
        super().__init__(name, ["web"], {**environ, **own}, folder, f"{self.url}/readyz")


class Worker(Process):
    """`python -m workers [live|default|all]`."""

    def __init__(self, name: str, kind: str, environ: Mapping[str, str], folder: Path) -> None:
        self.metrics_port = children.free_port()
        url = f"http://127.0.0.1:{self.metrics_port}/readyz"
        own = {"METRICS_PORT": str(self.metrics_port)}
        super().__init__(name, ["workers", kind], {**environ, **own}, folder, url)


class Processes:
    """Starts nodes and workers with the settings of a test and ends what is left of them."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        """`environ` holds the settings that all of them share; nothing else of ours is passed on."""
        self._environ = {"PATH": os.environ.get("PATH", ""), "PYTHONUNBUFFERED": "1", **environ}
        self._folder = folder
        self.all: list[Process] = []

    async def node(self, *, until_ready: bool = True, **settings: str) -> Node:
        """A running node: `await processes.node(GRACE_S="1")`. With `until_ready=False` it may still be starting."""
        node = Node(f"node-{len(self.all) + 1}", self._environ | settings, self._folder)
        self.all.append(node)
        await node.start(until_ready=until_ready)
        return node

    async def nodes(self, number: int, **settings: str) -> list[Node]:
        """`number` nodes, started at once."""
        return list(await asyncio.gather(*(self.node(until_ready=True, **settings) for _ in range(number))))

    async def worker(self, kind: str = "all", *, until_ready: bool = True, **settings: str) -> Worker:
        """A running worker of `kind`."""
        worker = Worker(f"worker-{len(self.all) + 1}", kind, self._environ | settings, self._folder)
        self.all.append(worker)
        await worker.start(until_ready=until_ready)
        return worker

    async def close(self) -> None:
        """Kills what still runs. AssertionError for an error in a log that no test foresaw."""
        for process in self.all:
            if process.is_running:
                await process.kill()
        faults = [
            f"{process.name} logged: {line}"
            for process in self.all
            if not process.expects_errors
            for line in process.errors()
        ]
        assert not faults, "\n".join(faults)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(line)
    except orjson.JSONDecodeError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {"event": line.decode(errors="replace")}
