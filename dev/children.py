"""Starting processes that end when we end, however we end.

Three ropes, because each alone can break: the kernel signals a child when the thread that started it dies (Linux); a
keeper process (dev/keeper.py), which notices our end by the closing of a pipe, ends the whole process group of each
child, grandchildren included; and whoever ends in order calls `stop`.

A child runs as an Identity: as ourselves; as `nobody`, for PostgreSQL refuses to serve root; or as ourselves under the
name of `nobody` in a user namespace, where the files lie below a folder that only root may enter.
"""

import asyncio
import contextlib
import ctypes
import enum
import errno
import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

Output = int | IO[bytes] | None

IS_LINUX: Final = sys.platform == "linux"
PORTS: Final = range(15_000, 32_000)  # Linux begins at 32768 with those for outgoing connections
PORT_TRIES: Final = 1_000
POLL_S: Final = 0.02  # how often we look whether a process has ended, where nothing tells us

_PR_SET_PDEATHSIG: Final = 1
_CLONE_NEWUSER: Final = 0x1000_0000
_LIBC: Final = ctypes.CDLL(None, use_errno=True)  # loaded before any fork: loading in a forked child could deadlock


class Identity(enum.Enum):
    """As whom a child runs."""

    OURSELVES = "ourselves"
    NOBODY = "nobody"
    NAMESPACE = "nobody in a user namespace"


def start(
    argv: Sequence[str | Path],
    *,
    identity: Identity = Identity.OURSELVES,
    death_signal: signal.Signals = signal.SIGKILL,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: Output = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts `argv` in a session of its own; it and what it starts get `death_signal` when this process dies.

    Call it from the main thread: the kernel watches the thread. `output` takes both standard output and error.
    """
    nobody = pwd.getpwnam("nobody") if identity is not Identity.OURSELVES else None
    as_nobody = nobody if identity is Identity.NOBODY else None
    renamed = nobody.pw_uid if nobody and identity is Identity.NAMESPACE else None
    child = subprocess.Popen(
        [str(part) for part in argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=None if env is None else dict(env),
        cwd=cwd,
        start_new_session=True,
        pass_fds=pass_fds,
        user=as_nobody.pw_uid if as_nobody else None,
        group=as_nobody.pw_gid if as_nobody else None,
        extra_groups=[] if as_nobody else None,
        # Runs between fork and exec; makes system calls only.
        preexec_fn=_tie(os.getpid(), death_signal, renamed),  # noqa: PLW1509
    )
    _keeper.watch(child.pid, death_signal)
    return child


async def run(argv: Sequence[str | Path], *, identity: Identity = Identity.OURSELVES, cwd: Path | None = None) -> str:
    """Runs `argv` to its end and answers its standard output; OSError with what it said when it fails."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as said, os.fdopen(writing, "wb") as says:
        child = start(argv, identity=identity, cwd=cwd, output=says)
        says.close()
        text = (await asyncio.to_thread(said.read)).decode(errors="replace")
    status = await ended(child)
    if status != 0:
        raise OSError(f"{Path(argv[0]).name} failed ({status}): {text.strip()}")
    return text


async def ended(child: subprocess.Popen[bytes], timeout: float | None = None) -> int:
    """Waits for the end of `child`, ends what it left behind, and answers its status.

    TimeoutError when it takes longer than `timeout` seconds.
    """
    async with asyncio.timeout(timeout):
        if IS_LINUX:
            await _ended_by_descriptor(child)
        while is_running(child):  # noqa: ASYNC110 - systems without process descriptors have no event
            await asyncio.sleep(POLL_S)
    return bury(child)


async def stop(child: subprocess.Popen[bytes], sig: signal.Signals, timeout: float) -> int:
    """Asks `child` to end with `sig`; after `timeout` seconds ends its whole group by force. Answers its status."""
    if child.returncode is None:
        os.kill(child.pid, sig)
    try:
        return await ended(child, timeout)
    except TimeoutError:
        kill_group(child)
        return await ended(child)


def is_running(child: subprocess.Popen[bytes]) -> bool:
    """Whether it has not ended. Leaves its number taken until `bury`, unlike Popen.poll."""
    if child.returncode is not None:
        return False
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """SIGKILL to `child` and everything it started, while its number cannot have passed to somebody else."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def bury(child: subprocess.Popen[bytes]) -> int:
    """Ends what `child`, which has ended or is about to, left behind; gives its number back; answers its status."""
    if child.returncode is None:
        kill_group(child)
        child.wait()
    _keeper.forget(child.pid)
    return child.returncode


async def _ended_by_descriptor(child: subprocess.Popen[bytes]) -> None:
    if child.returncode is not None:
        return
    descriptor = os.pidfd_open(child.pid)
    loop, is_over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, is_over.set)
    try:
        await is_over.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def free_port(host: str = "127.0.0.1", *, wanted: int = 0) -> int:
    """A TCP port that nothing uses: `wanted` if that is free, else any."""
    return first_free_port(1, host) if not wanted or not _is_free(host, wanted) else wanted


def first_free_port(number: int, host: str = "127.0.0.1") -> int:
    """The first of `number` free ports in a row. OSError when there are none.

    From a range of which no system takes ports for outgoing connections, lest one comes before the server does.
    """
    for _ in range(PORT_TRIES):
        first = secrets.choice(PORTS)
        if all(_is_free(host, port) for port in range(first, first + number)):
            return first
    raise OSError(errno.EADDRINUSE, f"no {number} free ports in a row")


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _tie(parent: int, death_signal: signal.Signals, renamed: int | None) -> Callable[[], None] | None:
    if not IS_LINUX:
        return None
    uid, gid = os.geteuid(), os.getegid()

    def tie() -> None:
        if renamed is not None:
            if _LIBC.unshare(_CLONE_NEWUSER) != 0:
                raise OSError(ctypes.get_errno(), "unshare")
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{renamed} {uid} 1")
            _write("/proc/self/gid_map", f"{renamed} {gid} 1")
        # After every change of identity, for each of them clears it.
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # we died before the rope was tied

    return tie


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY)
    os.write(handle, text.encode())
    os.close(handle)


class _Keeper:
    """Our end of the pipe to the keeper process."""

    def __init__(self) -> None:
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._watched: dict[int, int] = {}

    def watch(self, group: int, death_signal: signal.Signals) -> None:
        self._watched[group] = int(death_signal)
        self._tell(f"watch {group} {int(death_signal)}\n")

    def forget(self, group: int) -> None:
        if self._watched.pop(group, None) is not None:
            self._tell(f"forget {group}\n")

    def _tell(self, line: str) -> None:
        if self._process is not None and self._owner == os.getpid():
            with contextlib.suppress(BrokenPipeError):
                self._write(line)
                return
        self._begin()  # the first time, or after somebody killed it

    def _begin(self) -> None:
        self._owner = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", Path(__file__).with_name("keeper.py")],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
        )
        for group, death_signal in self._watched.items():
            self._write(f"watch {group} {death_signal}\n")

    def _write(self, line: str) -> None:
        assert self._process is not None  # noqa: S101
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()


_keeper: Final = _Keeper()
