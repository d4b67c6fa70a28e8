"""What a measurement runs on: stores of its own, empty, and the processes it asks for, each pinned to its core.

Servers (nodes, workers, and core code that is measured directly) have one core; the generator and the stores have
another. With one core only, everything shares it, and the report says so.
"""

import asyncio
import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, TypeVar

import aiohttp
import asyncpg
import redis.asyncio as aioredis

from core.actions.service import Service
from core.settings import LIMIT_DEFAULTS, Settings
from dev import children
from dev.scratch import scratch_folder
from dev.stores import HOST, Postgres, Redis
from sql import migrate

T = TypeVar("T")
ROOT: Final = Path(__file__).resolve().parent.parent
READY_S: Final = 30.0
STOP_S: Final = 5.0
LOOK_S: Final = 0.01
REWRITE_AT: Final = "4gb"
"""Redis rewrites its file at 64 MB unless told otherwise: every two seconds under this load."""
HIGH: Final = "1000/1s burst 10000000"
"""Limits are evaluated and never reached: a user earns a call each ms and begins with ten million."""

CORES: Final = sorted(os.sched_getaffinity(0))
SERVER_CORE: Final = CORES[-1]
OTHER_CORE: Final = CORES[0]
CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class Process:
    """A process of ours that is being measured."""

    name: str
    child: "subprocess.Popen[bytes]"
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def cpu_s(self) -> float:
        """Seconds of CPU it has used."""
        return cpu_s(self.child.pid)

    def memory_kb(self) -> float:
        """Resident memory."""
        for line in Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return float(line.split()[1])
        return 0.0

    def kill(self) -> None:
        """SIGKILL."""
        self.child.kill()
        self.child.wait()

    async def ready(self) -> None:
        """Waits until it says so itself."""
        async with asyncio.timeout(READY_S), aiohttp.ClientSession() as http:
            await until(lambda: self._is_ready(http))

    async def _is_ready(self, http: aiohttp.ClientSession) -> bool:
        if self.child.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {self.log.read_text()[-2000:]}")
        try:
            async with http.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@dataclass
class Stage:
    """Stores and processes; `emptied` gives the same PostgreSQL another database and starts another Redis."""

    folder: Path
    postgres: Postgres
    redis: Redis = field(init=False)
    database_url: str = ""
    stores: str = ""
    """What they are: `PostgreSQL 18.6, valkey 9.1.2`."""
    processes: list[Process] = field(default_factory=list)
    _count: int = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls) -> AsyncIterator[Self]:
        """PostgreSQL with the schema in place, on the core of the stores."""
        os.sched_setaffinity(0, {OTHER_CORE})
        with scratch_folder("bench") as folder:
            output = subprocess.DEVNULL
            postgres = Postgres(folder, binaries=os.environ.get("PG_BIN", ""), output=output)
            await postgres.start()
            try:
                connection = await asyncpg.connect(postgres.url)
                with contextlib.redirect_stdout(io.StringIO()):  # what it says is meant for operators
                    await migrate.migrate(connection)
                await connection.close()
                yield cls(folder, postgres)
            finally:
                await postgres.stop()

    @contextlib.asynccontextmanager
    async def emptied(self) -> AsyncIterator[None]:
        """A database and a Redis that nobody has used, until the end of the block; then its processes end too."""
        self._count += 1
        name = f"bench_{self._count}"
        admin = await asyncpg.connect(self.postgres.url_of("postgres"))
        place = self.folder / f"redis-{self._count}"
        self.redis = Redis(place, binary=os.environ.get("REDIS_BIN", ""), output=subprocess.DEVNULL)
        try:
            await admin.execute(f"create database {name} template cresset")
            self.database_url = self.postgres.url_of(name)
            await self.redis.start()
            await self._set_up(admin)
            try:
                yield
            finally:
                await self._stop_processes()
                await self.redis.stop()
        finally:
            await admin.execute(f"drop database if exists {name} with (force)")
            await admin.execute("checkpoint")  # its writes are not the next measurement's
            await admin.close()

    async def _set_up(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        client = aioredis.Redis.from_url(self.redis.url)
        await client.config_set("auto-aof-rewrite-min-size", REWRITE_AT)
        info = await client.info("server")
        await client.aclose()
        name = info.get("server_name", "Redis")
        version = info.get(f"{name}_version", info["redis_version"])
        self.stores = f"PostgreSQL {await connection.fetchval('show server_version')}, {name} {version}"

    async def _stop_processes(self) -> None:
        processes, self.processes = self.processes, []
        for process in processes:
            await children.stop(process.child, signal.SIGKILL, STOP_S)

    # ---------------------------------------------------------------------------------------- what is measured
    def environment(self, **more: str) -> dict[str, str]:
        """Production's settings with limits out of reach, on the stores of this stage."""
        limits = {f"LIMIT_{name.upper()}": HIGH for name in LIMIT_DEFAULTS}
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis.url,
            "JOURNAL_MAX_MB": "100000",
            "LOG_LEVEL": "warning",
            **limits,
            **more,
        }

    def settings(self, **more: str) -> Settings:
        """The same for code that runs in this process."""
        return Settings.from_env(self.environment(**more))

    async def node(self, **more: str) -> Process:
        """A node on the servers' core, ready."""
        return await self._start("web", ["web"], {"PORT": "0", **more})

    async def worker(self, kind: str = "live", **more: str) -> Process:
        """A worker on the servers' core, ready."""
        return await self._start(f"worker-{kind}", ["workers", kind], more)

    async def _start(self, name: str, module: list[str], more: Mapping[str, str]) -> Process:
        port, metrics_port = children.free_port(HOST), children.free_port(HOST)
        own = {**more, "METRICS_PORT": str(metrics_port)}
        if "PORT" in own:
            own["PORT"] = str(port)
        log = self.folder / f"{name}-{self._count}-{len(self.processes)}.log"
        with log.open("wb") as output:
            kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG", "TMPDIR"}}
            child = children.start(
                [sys.executable, "-m", *module], env={**kept, **self.environment(**own)}, cwd=ROOT, output=output
            )
        os.sched_setaffinity(child.pid, {SERVER_CORE})
        process = Process(name, child, port if "PORT" in own else metrics_port, log)
        self.processes.append(process)
        await process.ready()
        return process

    @contextlib.asynccontextmanager
    async def service(self, **more: str) -> AsyncIterator[Service]:
        """Core code in this process, its batchers running. Nothing is live yet."""
        service = await Service.open(self.settings(**more))
        running = asyncio.create_task(service.live.run())
        try:
            yield service
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await service.close()


@contextlib.contextmanager
def on_the_servers_core() -> Iterator[None]:
    """What this process does inside the block is what is measured."""
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        yield
    finally:
        os.sched_setaffinity(0, {OTHER_CORE})


def cpu_s(pid: int) -> float:
    """Seconds of CPU a process has used, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


async def until(ask: Callable[[], Awaitable[T]]) -> T:
    """Asks again and again; returns the first answer that is true."""
    while not (answer := await ask()):  # noqa: ASYNC110 - nothing tells us
        await asyncio.sleep(LOOK_S)
    return answer
