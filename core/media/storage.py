"""What a store of media can do. Another one than a folder (an object store) is another class with these methods."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol


class Draft(Protocol):
    """A file that is being received. It is nobody's until it is put, and gone unless it is."""

    path: Path
    """Where it lies on this machine meanwhile."""

    async def write(self, chunk: bytes) -> None:
        """Adds bytes at its end."""


class Storage(Protocol):
    """Files by name. Names are core.media.kinds.new_name's. A disk that is full or away is Unavailable."""

    def draft(self) -> AbstractAsyncContextManager[Draft]:
        """Returns an empty draft, thrown away at the end of the block unless it was put."""

    async def put(self, draft: Draft, name: str) -> None:
        """Keeps a draft under a name; when this returns, it survives the loss of power."""

    async def open(self, name: str) -> Path | None:
        """Returns where the bytes can be read from on this machine; None when there is no such file."""

    async def delete(self, name: str) -> None:
        """Deletes a file. Harmless twice."""

    def older_than(self, seconds: float) -> AsyncIterator[list[str]]:
        """Yields the names of files put longer ago than that, in handfuls; drafts of that age are thrown away."""
