"""Videos, read as far as is needed: how long they say they are; and what says where they were taken is blanked.

Bytes are never moved, for the tables inside name places in the file: a part is turned into free space of the same size.
What a recorder in a browser makes declares no length; how long that is, only its size limits.
"""

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from core.media.kinds import BadMedia, Patience, TooMuch

SECONDS_MAX: Final = 60.0
"""An intro, no film."""
PARTS_MAX: Final = 100_000
"""Boxes or elements that are looked at; a file with more is no intro video."""


def clean(kind: str, path: Path) -> None:
    """Blanks, in the file itself, what strangers have no business seeing. Raises BadMedia, TooMuch."""
    with path.open("r+b") as file:
        try:
            (_clean_mp4 if kind == "video/mp4" else _clean_webm)(file)
        except (struct.error, IndexError):
            raise BadMedia("the video is cut off") from None


def _check(seconds: float) -> None:
    if not math.isfinite(seconds) or seconds < 0:
        raise BadMedia("the video has no length")
    if seconds > SECONDS_MAX:
        raise TooMuch(f"the video is longer than {SECONDS_MAX:g} s")


class _Part(NamedTuple):
    """A box (MP4) or an element (WebM): where it begins, where its content does, and where it ends."""

    name: bytes
    begin: int
    content: int
    end: int


def _size_of(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


# ----------------------------------------------------------------------------------------------------------------- MP4
SECRETIVE: Final = frozenset((b"udta", b"meta", b"uuid"))
"""Boxes with descriptions: place, device, author, XMP."""
CONTAINERS: Final = frozenset((b"moov", b"trak", b"mvex"))
DEPTH_MAX: Final = 4


def _clean_mp4(file: BinaryIO) -> None:
    seen: set[bytes] = set()
    scale = 0
    to_blank: list[_Part] = []
    for box in _boxes(file, 0, _size_of(file), Patience(PARTS_MAX)):
        if not seen and box.name != b"ftyp":
            raise BadMedia("this is no MP4")
        seen.add(box.name)
        if box.name in SECRETIVE:
            to_blank.append(box)
        elif box.name == b"mvhd":
            scale, length = _lengths(_read(file, box.content, 32), at_v0=12, at_v1=20)
            _check(length / scale if scale else math.inf)
        elif box.name == b"mehd" and scale:
            (length,) = struct.unpack(">Q", _duration(_read(file, box.content, 12), 4))
            _check(length / scale)
    if not {b"moov", b"mvhd"} <= seen:
        raise BadMedia("this is no video")
    for box in to_blank:
        _blank_box(file, box)


def _boxes(file: BinaryIO, begin: int, end: int, patience: Patience, depth: int = 0) -> Iterator[_Part]:
    """Yields boxes from begin to end, which they must fill, those inside containers after them."""
    if depth > DEPTH_MAX:
        raise BadMedia("the video has boxes in boxes in boxes")
    at = begin
    while at < end:
        patience.spend()
        size, name = struct.unpack(">I4s", _read(file, at, 8))
        content = at + 8
        if size == 1:
            (size,) = struct.unpack(">Q", _read(file, content, 8))
            content += 8
        elif size == 0:
            size = end - at
        box = _Part(name, at, content, at + size)
        if box.end < content or box.end > end:
            raise BadMedia("the video is cut off")
        yield box
        if name in CONTAINERS:
            yield from _boxes(file, content, box.end, patience, depth + 1)
        at = box.end


def _lengths(head: bytes, *, at_v0: int, at_v1: int) -> tuple[int, int]:
    """Returns units a second, and how many of them; all ones stand for not known, which is nothing."""
    if head[0] == 1:
        scale, length = struct.unpack_from(">IQ", head, at_v1)
        return scale, 0 if length == 2**64 - 1 else length
    scale, length = struct.unpack_from(">II", head, at_v0)
    return scale, 0 if length == 2**32 - 1 else length


def _duration(head: bytes, at: int) -> bytes:
    """A length as eight bytes, whichever version the box has."""
    return head[at : at + 8] if head[0] == 1 else bytes(4) + head[at : at + 4]


def _blank_box(file: BinaryIO, box: _Part) -> None:
    file.seek(box.begin + 4)
    file.write(b"free")
    _zero(file, box.content, box.end)


def _zero(file: BinaryIO, begin: int, end: int) -> None:
    file.seek(begin)
    while begin < end:
        begin += file.write(bytes(min(end - begin, 65_536)))


# ---------------------------------------------------------------------------------------------------------------- WebM
EBML, SEGMENT, INFO, CLUSTER = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x15\x49\xa9\x66", b"\x1f\x43\xb6\x75"
SCALE, DURATION = b"\x2a\xd7\xb1", b"\x44\x89"
TAGS, ATTACHMENTS = b"\x12\x54\xc3\x67", b"\x19\x41\xa4\x69"
VOID: Final = 0xEC
SCALE_NS: Final = 1_000_000
"""A tick, unless the file says otherwise."""
_UNKNOWN: Final = -1


def _clean_webm(file: BinaryIO) -> None:
    size = _size_of(file)
    patience = Patience(PARTS_MAX)
    parts = list(_elements(file, 0, size, patience))
    if [part.name for part in parts[:2]] != [EBML, SEGMENT]:
        raise BadMedia("this is no WebM")
    segment = parts[1]
    names: set[bytes] = set()
    for part in list(_elements(file, segment.content, segment.end, patience)):
        names.add(part.name)
        if part.name == INFO:
            _check(_seconds(file, part, patience))
        elif part.name in {TAGS, ATTACHMENTS}:
            _void(file, part)
    if not {INFO, CLUSTER} <= names:
        raise BadMedia("this is no video")


def _elements(file: BinaryIO, begin: int, end: int, patience: Patience) -> Iterator[_Part]:
    """Yields elements from begin to end. One of unknown size goes to the end."""
    at = begin
    while at < end:
        patience.spend()
        head = _read(file, at, 12)
        id_size = _width(head[0])
        size_size = _width(head[id_size])
        length = _number(head[id_size : id_size + size_size])
        content = at + id_size + size_size
        stop = end if length == _UNKNOWN else content + length
        if content > end or stop > end:
            raise BadMedia("the video is cut off")
        yield _Part(head[:id_size], at, content, stop)
        at = stop


def _width(first: int) -> int:
    """How many bytes a number takes whose first one this is."""
    width = 9 - first.bit_length()
    if width > 8:  # noqa: PLR2004
        raise BadMedia("this is no WebM")
    return width


def _number(raw: bytes) -> int:
    value = int.from_bytes(raw, "big") & ((1 << 7 * len(raw)) - 1)
    return _UNKNOWN if value == (1 << 7 * len(raw)) - 1 else value


def _seconds(file: BinaryIO, info: _Part, patience: Patience) -> float:
    scale, ticks = SCALE_NS, 0.0
    for part in _elements(file, info.content, info.end, patience):
        raw = _read(file, part.content, min(part.end - part.content, 8))
        if part.name == SCALE:
            scale = int.from_bytes(raw, "big")
        elif part.name == DURATION:
            (ticks,) = struct.unpack(">f" if len(raw) == 4 else ">d", raw)  # noqa: PLR2004
    return ticks * scale / 1e9


def _void(file: BinaryIO, part: _Part) -> None:
    """Turns an element into emptiness of the same size: one byte of id, then as wide a size as the head leaves."""
    width = min(8, part.content - part.begin - 1)
    content = part.begin + 1 + width
    if part.end - content >= 1 << 7 * width:
        raise BadMedia("the video has more words than pictures")
    file.seek(part.begin)
    file.write(bytes([VOID]) + ((1 << 7 * width) | part.end - content).to_bytes(width, "big"))
    _zero(file, content, part.end)
