"""Pictures, read as far as is needed: how large they are, and copied without what strangers have no business seeing.

A photograph tells where it was taken (Exif, XMP, IPTC), and some files are two things at once. What is kept is what
shows the picture: every part is named here, anything else, and whatever follows the end, is left out.
"""

import re
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from core.media.kinds import BadMedia, Patience, TooMuch

SIDE_MAX: Final = 10_000
PIXELS_MAX: Final = 50_000_000
"""More than the cameras of telephones take. A few bytes can declare a picture that no memory holds."""
PARTS_MAX: Final = 10_000
"""Segments or chunks. Cameras and painters make hundreds; millions of empty ones would cost seconds to look at."""


class Size(NamedTuple):
    """Pixels."""

    width: int
    height: int


def clean(kind: str, raw: bytes) -> bytes:
    """Returns the picture and nothing else. Raises BadMedia, TooMuch."""
    try:
        return _CLEANERS[kind](raw)
    except (struct.error, IndexError):
        raise BadMedia("the picture is cut off") from None


def _check(size: Size) -> None:
    if size.width < 1 or size.height < 1:
        raise BadMedia("the picture has no size")
    if max(size) > SIDE_MAX or size.width * size.height > PIXELS_MAX:
        raise TooMuch(f"the picture is larger than {SIDE_MAX} pixels a side or {PIXELS_MAX} in all")


# ---------------------------------------------------------------------------------------------------------------- JPEG
SOI, EOI, SOS, APP0, APP1, APP15, COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xEF, 0xFE
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Start of frame, of whatever coding."""
KEPT_APPS: Final = ((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
"""Density and colours. APP2 may also hold further pictures, APP0 a thumbnail."""
_FILL: Final = re.compile(rb"(?:\xff(?=\xff))*")
"""Before a marker there may be any number of these."""
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""Inside a scan FF is stuffed or a restart."""
UPRIGHT: Final = 1
ORIENTATION: Final = 0x0112
SHORT: Final = 3


def _clean_jpeg(raw: bytes) -> bytes:
    kept = [b"\xff\xd8"]
    at, sizes, scans = 2, 0, 0
    patience = Patience(PARTS_MAX)
    while True:
        patience.spend()
        if fill := _FILL.match(raw, at):
            at = fill.end()
        lead, marker = struct.unpack_from(">BB", raw, at)
        if lead != 0xFF or marker in {0x00, SOI}:  # noqa: PLR2004
            raise BadMedia("this is no JPEG")
        if marker == EOI:
            break
        (length,) = struct.unpack_from(">H", raw, at + 2)
        body = raw[at + 4 : at + 2 + length]
        if length < 2 or len(body) != length - 2:  # noqa: PLR2004
            raise BadMedia("the picture is cut off")
        end = at + 2 + length
        if marker in FRAMES:
            _, height, width = struct.unpack_from(">BHH", body)
            _check(Size(width, height))
            sizes += 1
        if marker == SOS:
            scans += 1
            found = _NEXT_MARKER.search(raw, end)
            if found is None:
                raise BadMedia("the picture is cut off")
            end = found.start()
        if marker == APP1:
            kept.append(_orientation_only(body))
        elif _is_shown(marker, body):
            kept.append(raw[at:end])
        at = end
    if sizes != 1 or not scans:
        raise BadMedia("this is no picture")
    return b"".join((*kept, b"\xff\xd9"))


def _is_shown(marker: int, body: bytes) -> bool:
    if APP0 <= marker <= APP15:
        return any(marker == app and body.startswith(name) for app, name in KEPT_APPS)
    return marker != COM


def _orientation_only(body: bytes) -> bytes:
    """Of Exif nothing stays but which side is up."""
    orientation = _orientation(body)
    if orientation == UPRIGHT:
        return b""
    entry = struct.pack(">HHIHH", ORIENTATION, SHORT, 1, orientation, 0)
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
    return b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif


def _orientation(body: bytes) -> int:
    """Returns 1 to 8, as Exif counts; 1 where it says nothing that makes sense."""
    order = {b"II": "<", b"MM": ">"}.get(body[6:8])
    if not body.startswith(b"Exif\0\0") or order is None:
        return UPRIGHT
    tiff = body[6:]
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, directory)
        for number in range(entries):
            tag, kind, count, value = struct.unpack_from(order + "HHIH", tiff, directory + 2 + 12 * number)
            if (tag, kind, count) == (ORIENTATION, SHORT, 1) and 1 <= value <= 8:  # noqa: PLR2004
                return int(value)
    except struct.error:
        pass
    return UPRIGHT


# ----------------------------------------------------------------------------------------------------------------- PNG
PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
PNG_KEPT: Final = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT".split())


def _clean_png(raw: bytes) -> bytes:
    if not raw.startswith(PNG_SIGNATURE):
        raise BadMedia("this is no PNG")
    kept = [PNG_SIGNATURE]
    seen: set[bytes] = set()
    at = len(PNG_SIGNATURE)
    patience = Patience(PARTS_MAX)
    while b"IEND" not in seen:
        patience.spend()
        length, name = struct.unpack_from(">I4s", raw, at)
        end = at + 12 + length
        if end > len(raw):
            raise BadMedia("the picture is cut off")
        if (name == b"IHDR") != (not seen):
            raise BadMedia("this is no PNG")
        if name == b"IHDR":
            _check(Size(*struct.unpack_from(">II", raw, at + 8)))
        seen.add(name)
        if name in PNG_KEPT:
            kept.append(raw[at:end])
        at = end
    if b"IDAT" not in seen:
        raise BadMedia("this is no picture")
    return b"".join(kept)


# ---------------------------------------------------------------------------------------------------------------- WebP
WEBP_KEPT: Final = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
WEBP_METADATA: Final = 0x08 | 0x04
"""Flags of VP8X: Exif and XMP follow."""


def _clean_webp(raw: bytes) -> bytes:
    riff, length, webp = struct.unpack_from("<4sI4s", raw)
    if (riff, webp) != (b"RIFF", b"WEBP") or length + 8 > len(raw):
        raise BadMedia("this is no WebP, or it is cut off")
    kept: list[bytes] = []
    at, is_picture = 12, False
    patience = Patience(PARTS_MAX)
    while at < length + 8:
        patience.spend()
        name, size = struct.unpack_from("<4sI", raw, at)
        body = raw[at + 8 : at + 8 + size]
        if len(body) != size:
            raise BadMedia("the picture is cut off")
        if measure := _WEBP_SIZES.get(name):
            _check(measure(body))
        if name == b"VP8X":
            body = bytes([body[0] & ~WEBP_METADATA]) + body[1:]
        if name in WEBP_KEPT:
            kept.append(struct.pack("<4sI", name, size) + body + b"\0" * (size % 2))
        is_picture = is_picture or name in {b"VP8 ", b"VP8L", b"ANMF"}
        at += 8 + size + size % 2
    if not is_picture:
        raise BadMedia("this is no picture")
    parts = b"".join(kept)
    return struct.pack("<4sI4s", b"RIFF", len(parts) + 4, b"WEBP") + parts


def _vp8(body: bytes) -> Size:
    sync, width, height = struct.unpack_from("<3x3sHH", body)
    if sync != b"\x9d\x01\x2a":
        raise BadMedia("this is no picture")
    return Size(width & 0x3FFF, height & 0x3FFF)


def _vp8l(body: bytes) -> Size:
    signature, bits = struct.unpack_from("<BI", body)
    if signature != 0x2F:  # noqa: PLR2004
        raise BadMedia("this is no picture")
    return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)


def _three_bytes(at: int) -> Callable[[bytes], Size]:
    """Width and height, each less one, in 24 bits each."""

    def measure(body: bytes) -> Size:
        if len(body) < at + 6:
            raise BadMedia("the picture is cut off")
        return Size(*(int.from_bytes(body[i : i + 3], "little") + 1 for i in (at, at + 3)))

    return measure


_WEBP_SIZES: Final[dict[bytes, Callable[[bytes], Size]]] = {
    b"VP8 ": _vp8,
    b"VP8L": _vp8l,
    b"VP8X": _three_bytes(4),
    b"ANMF": _three_bytes(6),
}
_CLEANERS: Final = {"image/jpeg": _clean_jpeg, "image/png": _clean_png, "image/webp": _clean_webp}
