"""Passwords: which ones may be had, how they are kept, and how long a guess takes.

argon2id with the parameters of RFC 9106, section 4 ("low memory", its second recommendation), which argon2-cffi takes
for its defaults; they stand in every hash, so that older ones can be told and made anew. One hash costs about a tenth
of a second and 64 MiB, so it is made in a small pool of threads, off the event loop, and who would have to wait behind
too many others is sent away.
"""

import asyncio
import base64
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from core.errors import Refusal, Unavailable
from core.protocol.http.accounts import PASSWORD_MAX, PASSWORD_MIN

T = TypeVar("T")

TIME_COST: Final = 3
MEMORY_KIB: Final = 65_536
LANES: Final = 4
HASH_BYTES: Final = 32
SALT_BYTES: Final = 16

THREADS: Final = 2
"""Hashes made at once by one process: 128 MiB at most."""
WAITING_MAX: Final = 30
"""Those who wait for a thread: about two seconds."""

_COMMON: Final = frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= PASSWORD_MIN)
"""What everybody tries first (zxcvbn's list of thirty thousand), in lower case."""


def check_password(password: str, *personal: str) -> None:
    """Raises Refusal(weak_password) for one that is too short, too long, common, or one of `personal`."""
    normal = _normal(password)
    if not PASSWORD_MIN <= len(normal) <= PASSWORD_MAX:
        raise Refusal("weak_password", f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters")
    folded = normal.casefold().strip()
    if folded in _COMMON or len(set(folded)) <= 1:
        raise Refusal("weak_password", "this password is one of those that everybody tries first")
    if folded in {_normal(word).casefold().strip() for word in personal}:
        raise Refusal("weak_password", "a password is neither the name nor the e-mail address")


class Passwords:
    """Makes and checks hashes, a few at a time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(TIME_COST, MEMORY_KIB, LANES, HASH_BYTES, SALT_BYTES)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        self._nobodys = (
            f"$argon2id$v=19$m={MEMORY_KIB},t={TIME_COST},p={LANES}${_base64(SALT_BYTES)}${_base64(HASH_BYTES)}"
        )
        """A hash that no password has, and that takes as long to check as any."""
        self._under_way = 0

    async def hash(self, password: str) -> str:
        """Returns what may be stored. Raises Unavailable when too many others wait."""
        return await self._run(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether this is the password; of nobody (None) it is not, which takes as long to say.

        Raises Unavailable when too many others wait.
        """
        return await self._run(lambda: self._verify(stored or self._nobodys, password) and stored is not None)

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Takes no more work; what is under way ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._under_way >= THREADS + WAITING_MAX:
            raise Unavailable("too many passwords at once")
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._under_way -= 1


def _normal(password: str) -> str:
    """The same password is the same code points on every keyboard (RFC 8265, section 4.2: NFC)."""
    return unicodedata.normalize("NFC", password)


def _base64(count: int) -> str:
    return base64.b64encode(bytes(count)).rstrip(b"=").decode()
