"""Behind `make run`: stores if none are named, the schema, nodes and workers; kept running until told to stop.

Ctrl-C or SIGTERM stops everything in order: nodes (which drain), workers, stores; a second one does not wait. Whatever
ends this process otherwise, nothing of it stays behind (dev/children.py).
"""

import asyncio
import contextlib
import ctypes
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
from argon2 import PasswordHasher

from core.logs import BAD_SETTINGS
from core.settings import METRICS_PORTS, Settings, SettingsError
from dev import children
from dev.stores import Postgres, Redis, Store, StoreError
from dev.terminal import Terminal, Voice

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ROOT / ".data"

READY_S: Final = 60.0  # from the first start to the first 200 of /readyz
FIRST_PAUSE_S: Final = 0.5  # before a crashed process is started again; doubles
LONGEST_PAUSE_S: Final = 10.0
STEADY_S: Final = 30.0  # who lived so long begins with the first pause again
WORKER_STOP_S: Final = 15.0
EXTRA_DRAIN_S: Final = 5.0  # above DRAIN_S, for closing sockets
ECHO_S: Final = 1.0  # one signal comes twice when it is sent to our group, for `make` passes its own on
LOOK_S: Final = 0.1  # how often an unready process is asked

WORKERS_APART: Final = METRICS_PORTS["all"] - METRICS_PORTS["web"]  # from the first node's METRICS_PORT

OPERATOR_BYTES: Final = 12  # of the password that is made where none is given: 96 bits

STORE_PLACEHOLDERS: Final = {"DATABASE_URL": "postgresql://to-be-started", "REDIS_URL": "redis://to-be-started"}


class _Told(Exception):
    """Somebody wants us to end."""


class Failure(Exception):
    """Cresset cannot run; says why. `status` is for the shell."""

    def __init__(self, words: str, status: int = 1) -> None:
        super().__init__(words)
        self.status = status


@dataclass
class Program:
    """One of our processes: a node or a worker."""

    name: str
    module: Sequence[str]
    env: Mapping[str, str]
    ready_url: str
    metrics_url: str
    stop_s: float
    voice: Voice
    process: subprocess.Popen[bytes] | None = None
    began_at: float = field(default_factory=time.monotonic)

    def start(self) -> subprocess.Popen[bytes]:
        """Starts it, for the first time or again."""
        self.began_at = time.monotonic()
        self.process = children.start(
            [sys.executable, "-m", *self.module], env=self.env, cwd=ROOT, output=self.voice.sink
        )
        return self.process


class Run:
    """One `make run`, from its first word to its last."""

    def __init__(self, environ: Mapping[str, str], terminal: Terminal) -> None:
        self.environ = {"LOG_FORMAT": "console", "PYTHONUNBUFFERED": "1", **environ}
        self.terminal = terminal
        self.settings = _settings(self.environ)
        self.stores: list[Store] = []
        self.programs: list[Program] = []
        self.voices: list[Voice] = []
        self.operator = ""
        self.is_told = asyncio.Event()
        self.told_at = 0.0
        self.is_impatient = asyncio.Event()

    async def __call__(self) -> None:
        """Runs until told to stop. An ExceptionGroup of Failure and StoreError when it cannot."""
        with _only_one(self.environ, self.settings):
            async with asyncio.TaskGroup() as self.listening:
                try:
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(self._listen_for_the_end())
                        await self._start(tasks)
                except* _Told:
                    pass
                finally:
                    await self._stop()

    async def _listen_for_the_end(self) -> None:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(each, self._hear, each)
        await self.is_told.wait()
        raise _Told

    def _hear(self, which: signal.Signals) -> None:
        now = time.monotonic()
        if self.is_told.is_set() and now - self.told_at > ECHO_S:
            self.is_impatient.set()
        if not self.is_told.is_set():
            self.told_at = now
            self.terminal.say(f"{which.name}: stopping")
        self.is_told.set()

    async def _start(self, tasks: asyncio.TaskGroup) -> None:
        _refuse_taken_ports(self.settings)
        for store in self._make_stores():
            await store.start()
            tasks.create_task(self._watch_store(store), name=f"watch {store.name}")
        if self.stores:
            _write_private(DATA / "stores.env", "".join(f"{k}={self.environ[k]}\n" for k in STORE_PLACEHOLDERS))
        await self._migrate()
        await self._name_operator()
        self._make_programs()
        for program in self.programs:
            tasks.create_task(self._watch(program), name=f"watch {program.name}")
        await self._ready()
        self.terminal.say(self._addresses())

    # ------------------------------------------------------------------------------------------------- stores
    def _make_stores(self) -> Iterator[Store]:
        """Those that no setting names, each to be started before the next is asked for."""
        if not self.environ.get("DATABASE_URL"):
            postgres = Postgres(DATA, binaries=self.settings.pg_bin, output=self._voice("postgres").sink)
            self.stores.append(postgres)
            yield postgres
            self.environ["DATABASE_URL"] = postgres.url
        if not self.environ.get("REDIS_URL"):
            redis = Redis(DATA, binary=self.settings.redis_bin, output=self._voice("redis").sink)
            self.stores.append(redis)
            yield redis
            self.environ["REDIS_URL"] = redis.url

    async def _watch_store(self, store: Store) -> None:
        while True:
            assert store.process is not None  # noqa: S101
            status = await children.ended(store.process)
            self.terminal.say(f"{store.name} ended ({_why(status)}), starting it again")
            await store.start()

    async def _migrate(self) -> None:
        voice = self._voice("migrate")
        command = [sys.executable, "-m", "sql.migrate"]
        process = children.start(command, env=self.environ, cwd=ROOT, output=voice.sink)
        status = await children.ended(process)
        if status != 0:
            raise Failure(f"the schema could not be brought up to date ({_why(status)})")

    async def _name_operator(self) -> None:
        """Makes an operator where the environment names none: the same one each time, kept beside the stores."""
        if self.environ.get("ADMIN_PASSWORD_HASH"):
            return
        kept = DATA / "admin.env"
        username = self.environ.get("ADMIN_USERNAME") or "admin"
        admin = dict(line.split("=", 1) for line in kept.read_text().splitlines()) if kept.exists() else {}
        if admin.get("ADMIN_USERNAME") != username:
            password = secrets.token_urlsafe(OPERATOR_BYTES)
            password_hash = await asyncio.to_thread(PasswordHasher().hash, password)
            admin = {"ADMIN_USERNAME": username, "ADMIN_PASSWORD": password, "ADMIN_PASSWORD_HASH": password_hash}
            _write_private(kept, "".join(f"{name}={value}\n" for name, value in admin.items()))
        self.environ |= {name: admin[name] for name in ("ADMIN_USERNAME", "ADMIN_PASSWORD_HASH")}
        self.operator = f"{username}, password {admin['ADMIN_PASSWORD']}  (made here, kept in {kept.relative_to(ROOT)})"

    # ----------------------------------------------------------------------------------------------- programs
    def _make_programs(self) -> None:
        chosen, base = self.settings, self.settings.metrics_port
        host = _reachable(chosen.host)
        first_port = chosen.port or children.free_port(chosen.host)
        for i in range(chosen.web):
            port = first_port if i == 0 else (chosen.port + i if chosen.port else children.free_port(chosen.host))
            metrics = base + i if base else children.free_port(chosen.host)
            own = {"PORT": str(port), "METRICS_PORT": str(metrics)}
            own["PUBLIC_URL"] = self.environ.get("PUBLIC_URL") or f"http://{host}:{first_port}"
            url = f"http://{host}:{port}"
            drain_s = chosen.drain_s + EXTRA_DRAIN_S
            self._add(f"web.{i + 1}", ["web"], own, f"{url}/readyz", f"http://{host}:{metrics}/metrics", drain_s)
        for i in range(chosen.workers):
            metrics = base + WORKERS_APART + i if base else children.free_port(chosen.host)
            own, url = {"METRICS_PORT": str(metrics)}, f"http://{host}:{metrics}"
            name = f"worker.{i + 1}"
            self._add(name, ["workers"], own, f"{url}/readyz", f"{url}/metrics", WORKER_STOP_S)

    def _add(
        self,
        name: str,
        module: list[str],
        own: dict[str, str],
        ready_url: str,
        metrics_url: str,
        stop_s: float,
    ) -> None:
        voice = self._voice(name)
        self.programs.append(Program(name, module, self.environ | own, ready_url, metrics_url, stop_s, voice))

    async def _watch(self, program: Program) -> None:
        pause = FIRST_PAUSE_S
        while True:
            status = await children.ended(program.start())
            if status == BAD_SETTINGS:
                raise Failure(f"{program.name} refuses these settings", BAD_SETTINGS)
            if time.monotonic() - program.began_at > STEADY_S:
                pause = FIRST_PAUSE_S
            self.terminal.say(f"{program.name} ended ({_why(status)}), starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _ready(self) -> None:
        try:
            async with asyncio.timeout(READY_S), aiohttp.ClientSession() as http:
                await asyncio.gather(*(_answers_ready(http, program.ready_url) for program in self.programs))
        except TimeoutError:
            raise Failure(f"not everything was ready within {READY_S:g} s; see the lines above") from None

    def _addresses(self) -> str:
        lines = [f"{p.name:<9} {p.ready_url.removesuffix('/readyz')}  metrics {p.metrics_url}" for p in self.programs]
        if self.stores:
            lines.append(f"stores    their addresses are in {(DATA / 'stores.env').relative_to(ROOT)}")
        if self.operator:
            lines.append(f"operator  {self.operator}")
        nodes = [p for p in self.programs if p.module[0] == "web"]
        first = nodes[0].ready_url.removesuffix("/readyz") if nodes else "no node (WEB=0)"
        return "\n".join([*lines, f"ready: {first}   (Ctrl-C stops everything)"])

    # ------------------------------------------------------------------------------------------------- ending
    async def _stop(self) -> None:
        """Nodes, then workers, then stores; those of a kind together."""
        for kind in ("web", "workers"):
            some = [p for p in self.programs if p.module[0] == kind and p.process and children.is_running(p.process)]
            if some:
                self.terminal.say(f"stopping {', '.join(p.name for p in some)}")
                await asyncio.gather(*(self._stop_program(program) for program in some))
        for store in reversed(self.stores):
            self.terminal.say(f"stopping {store.name}")
            await store.stop()
        for voice in self.voices:
            await voice.close()
        self.terminal.say("stopped")

    async def _stop_program(self, program: Program) -> None:
        assert program.process is not None  # noqa: S101
        stopping = asyncio.ensure_future(children.stop(program.process, signal.SIGTERM, program.stop_s))
        hurry = asyncio.ensure_future(self.is_impatient.wait())
        await asyncio.wait([stopping, hurry], return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            children.kill_group(program.process)
        hurry.cancel()
        status = await stopping
        if status != 0:
            self.terminal.say(f"{program.name} ended ({_why(status)}) instead of stopping in order")

    def _voice(self, name: str) -> Voice:
        voice = Voice(self.terminal, name)
        voice.listen(self.listening)
        self.voices.append(voice)
        return voice


def _settings(environ: Mapping[str, str]) -> Settings:
    named = {name: url for name, url in STORE_PLACEHOLDERS.items() if not environ.get(name)}
    try:
        return Settings.from_env({**environ, **named})
    except SettingsError as fault:
        raise Failure("\n".join(fault.lines), BAD_SETTINGS) from None


@contextlib.contextmanager
def _only_one(environ: Mapping[str, str], chosen: Settings) -> Iterator[None]:
    """Holds this checkout's stores for us; Failure that names who has them, if somebody does."""
    DATA.mkdir(exist_ok=True)
    if environ.get("DATABASE_URL") and environ.get("REDIS_URL"):
        yield
        return
    handle = os.open(DATA / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    note = DATA / "run.json"
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        running = json.loads(note.read_text()) if note.exists() else {}
        who = f"process {running.get('pid', 'unknown')}, {running.get('url', '')}"
        raise Failure(f"Cresset is already running from this folder ({who}); stop that one first") from None
    _write_private(note, json.dumps({"pid": os.getpid(), "url": chosen.public_url}))
    try:
        yield
    finally:
        note.unlink(missing_ok=True)
        os.close(handle)


def _refuse_taken_ports(chosen: Settings) -> None:
    wanted = [("PORT", chosen.port + i) for i in range(chosen.web) if chosen.port]
    wanted += [("METRICS_PORT", chosen.metrics_port + i) for i in range(chosen.web) if chosen.metrics_port]
    wanted += [
        ("METRICS_PORT", chosen.metrics_port + WORKERS_APART + i) for i in range(chosen.workers) if chosen.metrics_port
    ]
    for name, port in wanted:
        with socket.socket(socket.AF_INET6 if ":" in chosen.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((chosen.host, port))
            except OSError as fault:
                raise Failure(f"port {port} cannot be had ({fault.strerror}); choose another with {name}=...") from None


async def _answers_ready(http: aiohttp.ClientSession, url: str) -> None:
    while True:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with http.get(url, timeout=aiohttp.ClientTimeout(total=5)) as answer:
                if answer.status == 200:  # noqa: PLR2004 - HTTP's word for yes
                    return
        await asyncio.sleep(LOOK_S)


def _reachable(host: str) -> str:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{here}]" if ":" in here else here


def _why(status: int) -> str:
    return f"exit {status}" if status >= 0 else signal.Signals(-status).name


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def _end_with_parent() -> None:
    """Asks the kernel for SIGTERM when `make` is killed, which would otherwise leave us running unseen."""
    if children.IS_LINUX:
        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM), 0, 0, 0)


async def main() -> int:
    """The exit status: 0 when told to stop."""
    if "--with-parent" in sys.argv[1:]:
        _end_with_parent()
    terminal = Terminal()
    status = 0
    try:
        await Run(os.environ, terminal)()
    except* (Failure, StoreError) as faults:
        for fault in _leaves(faults):
            terminal.say(str(fault))
            status = max(status, fault.status if isinstance(fault, Failure) else 1)
    await terminal.close()
    return status


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield each


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
