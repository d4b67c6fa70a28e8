"""Selfies and intro videos: received, looked at, kept, and gone once no profile names them.

A file is there before a profile names it, and a profile names another before the file goes; whoever dies in between
leaves a file that nobody names, which `drop_leftovers` finds.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from core.actions import accounts
from core.actions.outbox import carry_out
from core.actions.service import Service
from core.errors import Refusal, Unavailable
from core.media import images, videos
from core.media.kinds import SNIFFED_BYTES, BadMedia, TooMuch, kind_named, new_name, sniff
from core.media.storage import Draft
from core.record.users import MediaKind

ADDRESS = "/media/"
"""What the address of a file begins with, on every node."""
MB = 1_000_000
LEFTOVER_S = 3_600.0
"""A file that nobody names for so long was left behind; nothing is received for longer."""

log = structlog.get_logger(__name__)


async def replace(
    service: Service, user_id: str, which: MediaKind, kind: str, chunks: AsyncIterator[bytes], declared: int | None
) -> str:
    """Receives a file of content type `kind` and shows it instead of the one before; returns its address.

    `declared`: how many bytes are announced. Raises Refusal too_large, unsupported_media, not_authenticated (the user
    is gone); Unavailable.
    """
    most = round(getattr(service.settings, f"media_{which}_max_mb") * MB)
    if declared is not None and declared > most:
        raise _too_large(most)
    async with service.media.draft() as draft:
        await _receive(draft, kind, chunks, most)
        await _clean(draft.path, kind)
        name = new_name(kind)
        await service.media.put(draft, name)
    if not await _show(service, user_id, which, ADDRESS + name):
        await service.media.delete(name)
        raise Refusal("not_authenticated")
    return ADDRESS + name


async def remove(service: Service, user_id: str, which: MediaKind) -> None:
    """Shows none any more. Raises Refusal not_authenticated where the user is gone; Unavailable."""
    if not await _show(service, user_id, which, None):
        raise Refusal("not_authenticated")


async def delete_media(service: Service, url: str) -> None:
    """Deletes the file at an address of ours. Harmless twice. Raises Unavailable."""
    name = url.removeprefix(ADDRESS)
    if kind_named(name):
        await service.media.delete(name)


async def drop_leftovers(service: Service) -> int:
    """Deletes files that no profile names although there was time enough; returns how many."""
    dropped = 0
    async for names in service.media.older_than(LEFTOVER_S):
        used = await service.record.users.media_in_use([ADDRESS + name for name in names])
        for name in names:
            if ADDRESS + name not in used:
                await service.media.delete(name)
                dropped += 1
    return dropped


async def _receive(draft: Draft, kind: str, chunks: AsyncIterator[bytes], most: int) -> None:
    """Reads no more than `most` bytes, and none once it is clear that they are something else."""
    size, head, is_known = 0, b"", False
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        if not is_known:
            head += chunk
            if len(head) >= SNIFFED_BYTES:
                _check_kind(head, kind)
                is_known = True
        await draft.write(chunk)
    if not is_known:
        _check_kind(head, kind)


def _check_kind(head: bytes, kind: str) -> None:
    if sniff(head) != kind:
        raise Refusal("unsupported_media", f"these bytes are no {kind}")


async def _clean(path: Path, kind: str) -> None:
    try:
        await asyncio.to_thread(_clean_file, path, kind)
    except TooMuch as reason:
        raise Refusal("too_large", str(reason)) from None
    except BadMedia as reason:
        raise Refusal("unsupported_media", str(reason)) from None


def _clean_file(path: Path, kind: str) -> None:
    if kind.startswith("video/"):
        videos.clean(kind, path)
    else:
        path.write_bytes(images.clean(kind, path.read_bytes()))


async def _show(service: Service, user_id: str, which: MediaKind, url: str | None) -> bool:
    """The profile names `url` from now on, and the file before it goes; False where there is no such user."""
    done = await service.record.users.set_media(user_id, which, url)
    if done is None:
        return False
    await carry_out(service, done.outbox_id, accounts.refresh_profile(service, user_id))
    if done.before:
        try:
            await delete_media(service, done.before)
        except Unavailable:
            log.info("media_left_over")
    return True


def _too_large(most: int) -> Refusal:
    return Refusal("too_large", f"more than {most} bytes")
