"""Media in a folder. Nodes on several machines need a shared one: each writes, and any may be asked to read.

<folder>/ab/ab...jpg        files, by the first two characters of their names
<folder>/drafts/...         what is being received; put is a rename, so a file is there whole or not at all
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import structlog

from core.errors import Unavailable
from core.media.kinds import kind_named
from core.media.storage import Draft

FOLDER_MODE: Final = 0o750
DRAFTS: Final = "drafts"
FILE_MODE: Final = 0o640
AT_ONCE: Final = 500

log = structlog.get_logger(__name__)


class LocalDraft:
    """A file among the drafts, readable and writable by its owner, executable by nobody."""

    def __init__(self, path: Path, file: FileIO) -> None:
        """`file` knows that it was closed: who gives up may leave a thread behind that writes, and the number of a
        descriptor is soon another's."""
        self.path = path
        self._file = file

    async def write(self, chunk: bytes) -> None:
        """Writes off the loop: a disk may be slow."""
        with _translated():
            await asyncio.to_thread(self._write, chunk)

    def _write(self, chunk: bytes) -> None:
        left = memoryview(chunk)
        while left:
            left = left[self._file.write(left) :]


class LocalStorage:
    """A folder, made when first needed."""

    def __init__(self, media_url: str) -> None:
        """`media_url`: file:///path/to/the/folder."""
        self._folder = Path(url2pathname(urlsplit(media_url).path))

    @asynccontextmanager
    async def draft(self) -> AsyncIterator[LocalDraft]:
        """See Storage."""
        with _translated():
            file, path = await asyncio.to_thread(self._new_draft)
        try:
            yield LocalDraft(path, file)
        finally:
            file.close()
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def put(self, draft: Draft, name: str) -> None:
        """See Storage."""
        with _translated():
            await asyncio.to_thread(self._put, draft.path, name)

    async def open(self, name: str) -> Path | None:
        """See Storage."""
        path = self._path(name)
        with _translated():
            is_there = path is not None and await asyncio.to_thread(path.is_file)
        return path if is_there else None

    async def delete(self, name: str) -> None:
        """See Storage."""
        if path := self._path(name):
            with _translated():
                await asyncio.to_thread(path.unlink, missing_ok=True)

    async def older_than(self, seconds: float) -> AsyncIterator[list[str]]:
        """See Storage."""
        before = time.time() - seconds
        await asyncio.to_thread(self._drop_drafts, before)
        for folder in await asyncio.to_thread(self._folders):
            names = await asyncio.to_thread(_ours_in, folder, before)
            for first in range(0, len(names), AT_ONCE):
                yield names[first : first + AT_ONCE]

    def _path(self, name: str) -> Path | None:
        """Where a name of ours lies; no other is ever looked for."""
        return self._folder / name[:2].lower() / name if kind_named(name) else None

    def _new_draft(self) -> tuple[FileIO, Path]:
        drafts = self._folder / DRAFTS
        drafts.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        descriptor, path = tempfile.mkstemp(dir=drafts)
        return FileIO(descriptor, "wb"), Path(path)

    def _put(self, source: Path, name: str) -> None:
        target = self._path(name)
        assert target, "a name is core.media.kinds.new_name's"  # noqa: S101
        if not target.parent.is_dir():
            target.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
            _sync(self._folder)
        source.chmod(FILE_MODE)
        _sync(source)
        source.rename(target)
        _sync(target.parent)

    def _folders(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [path for path in self._folder.iterdir() if path.is_dir() and path.name != DRAFTS]

    def _drop_drafts(self, before: float) -> None:
        if (drafts := self._folder / DRAFTS).is_dir():
            for path in _older(drafts, before):
                path.unlink(missing_ok=True)


def _older(folder: Path, before: float) -> Iterator[Path]:
    """Yields the files of a folder that were last written before an instant."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # somebody else was faster
            if path.stat().st_mtime < before:
                yield path


def _ours_in(folder: Path, before: float) -> list[str]:
    return [path.name for path in _older(folder, before) if kind_named(path.name)]


@contextmanager
def _translated() -> Iterator[None]:
    """Turns what a disk says into Unavailable."""
    try:
        yield
    except OSError as error:
        log.error("media_not_stored", error=f"{type(error).__name__}: {error.strerror}")
        raise Unavailable("the media folder") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
