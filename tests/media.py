"""Pictures and videos made of nothing: as small as they may be, as large as they say."""

import struct
import zlib
from typing import Final

SECRET: Final = b"52.5163N 13.3777E"
"""Where it was taken; nobody may read it in what is served."""


# ---------------------------------------------------------------------------------------------------------------- JPEG
def segment(marker: int, body: bytes) -> bytes:
    """A part of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def exif(orientation: int = 1, order: str = ">") -> bytes:
    """Exif that says which side is up, and where that was."""
    ifd = struct.pack(order + "H", 2)
    ifd += struct.pack(order + "HHII", 0x010F, 2, len(SECRET), 38)
    ifd += struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = (b"MM" if order == ">" else b"II") + struct.pack(order + "HI", 42, 8) + ifd + bytes(4) + SECRET
    return segment(0xE1, b"Exif\0\0" + tiff)


def jpeg(width: int = 8, height: int = 8, *more: bytes, after: bytes = b"") -> bytes:
    """A grey picture with `more` segments, and bytes after its end."""
    quantities = segment(0xDB, b"\0" + b"\1" * 64)
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    codes = b"".join(segment(0xC4, bytes([table]) + b"\1" + bytes(15) + b"\0") for table in (0x00, 0x10))
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x3f\xff\x00\x12"
    jfif = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    return b"\xff\xd8" + jfif + b"".join(more) + quantities + frame + codes + scan + b"\xff\xd9" + after


# ----------------------------------------------------------------------------------------------------------------- PNG
def chunk(name: bytes, body: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int = 2, height: int = 2, *more: bytes, after: bytes = b"") -> bytes:
    """A black picture with `more` chunks; of a large one only the first lines are there."""
    lines = min(height, 8) * (b"\0" + bytes(min(width, 8)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + after


# ---------------------------------------------------------------------------------------------------------------- WebP
def webp_chunk(name: bytes, body: bytes) -> bytes:
    """A part of a WebP."""
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def webp(width: int = 2, height: int = 2, *more: bytes, extended: bool = False, after: bytes = b"") -> bytes:
    """A picture of the lossless kind, after it `more` chunks."""
    picture = webp_chunk(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"\x11")
    head = b""
    if extended:
        sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        head = webp_chunk(b"VP8X", b"\x0c\0\0\0" + sides)
    parts = head + picture + b"".join(more)
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WEBP" + parts + after


# ----------------------------------------------------------------------------------------------------------------- MP4
def box(name: bytes, *parts: bytes) -> bytes:
    """A part of an MP4."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, name) + body


def movie_header(seconds: float, *, version: int = 0) -> bytes:
    """How long it is, in thousandths."""
    if version:
        return box(b"mvhd", b"\1\0\0\0", bytes(16), struct.pack(">IQ", 1000, round(seconds * 1000)), bytes(80))
    return box(b"mvhd", bytes(12), struct.pack(">II", 1000, round(seconds * 1000)), bytes(80))


def mp4(seconds: float = 10, *in_movie: bytes, version: int = 0, size: int = 100, after: bytes = b"") -> bytes:
    """A video of nothing, with `size` bytes of it."""
    movie = box(b"moov", movie_header(seconds, version=version), *in_movie)
    return box(b"ftyp", b"isom", bytes(4), b"isommp42") + movie + box(b"mdat", bytes(size)) + after


# ---------------------------------------------------------------------------------------------------------------- WebM
def element(name: bytes, *parts: bytes, is_endless: bool = False) -> bytes:
    """A part of a WebM."""
    body = b"".join(parts)
    size = b"\x01" + (b"\xff" * 7 if is_endless else len(body).to_bytes(7, "big"))
    return name + size + body


def webm(seconds: float | None = 10, *in_segment: bytes, is_endless: bool = False, size: int = 100) -> bytes:
    """A video of nothing; without seconds as a recorder in a browser makes it."""
    head = element(b"\x1a\x45\xdf\xa3", b"\x42\x86\x81\x01", b"\x42\x82\x84webm")
    info = [b"\x2a\xd7\xb1\x83\x0f\x42\x40"]
    if seconds is not None:
        info.append(b"\x44\x89\x88" + struct.pack(">d", seconds * 1000))
    cluster = element(b"\x1f\x43\xb6\x75", bytes(size), is_endless=is_endless)
    parts = (element(b"\x15\x49\xa9\x66", *info), *in_segment, cluster)
    return head + element(b"\x18\x53\x80\x67", *parts, is_endless=is_endless)
