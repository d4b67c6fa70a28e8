"""What a picture or video may be, and what of it strangers may see."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.media import images, videos
from core.media.kinds import ENDINGS, BadMedia, TooMuch, kind_named, new_name, sniff
from tests.media import (
    SECRET,
    box,
    chunk,
    element,
    exif,
    jpeg,
    movie_header,
    mp4,
    png,
    segment,
    webm,
    webp,
    webp_chunk,
)

SCRIPT = b"<script>alert(1)</script>"
MADE: dict[str, Callable[[], bytes]] = {
    "image/jpeg": jpeg,
    "image/png": png,
    "image/webp": webp,
    "video/mp4": mp4,
    "video/webm": webm,
}


def cleaned(kind: str, raw: bytes, path: Path) -> bytes:
    """The video as it would be served."""
    path.write_bytes(raw)
    videos.clean(kind, path)
    return path.read_bytes()


# --------------------------------------------------------------------------------------------------------------- kinds


@pytest.mark.parametrize("kind", MADE)
def test_each_kind_is_told_by_its_bytes(kind: str) -> None:
    assert sniff(MADE[kind]()) == kind


@pytest.mark.parametrize(
    "raw",
    [b"", b"<html>" + SCRIPT, b"GIF89a" + bytes(20), b"%PDF-1.7", b"\x7fELF" + bytes(60), b"#!/bin/sh\n", b"PK\3\4"],
)
def test_other_bytes_are_none_of_ours(raw: bytes) -> None:
    assert sniff(raw) is None


def test_a_name_is_random_and_says_its_kind() -> None:
    for kind, ending in ENDINGS.items():
        names = {new_name(kind) for _ in range(50)}
        assert len(names) == 50
        assert all(name.endswith(f".{ending}") and kind_named(name) == kind for name in names)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a.jpg",
        "../../etc/passwd",
        "a" * 32,
        f"{'a' * 32}.html",
        f"{'a' * 31}/.jpg",
        f"{'a' * 32}.jpg\n",
        f"{'a' * 33}.jpg",
    ],
)
def test_a_name_that_we_never_gave_is_no_name(name: str) -> None:
    assert kind_named(name) is None


# ------------------------------------------------------------------------------------------------------------ pictures


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp"])
def test_a_plain_picture_stays_as_it_is(kind: str) -> None:
    assert images.clean(kind, MADE[kind]()) == MADE[kind]()


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("image/jpeg", jpeg(8, 8, exif(), segment(0xED, SECRET), segment(0xFE, SECRET), segment(0xE1, SECRET))),
        ("image/jpeg", jpeg(8, 8, segment(0xE2, b"MPF\0" + SECRET), after=jpeg(8, 8, exif()))),
        ("image/png", png(2, 2, chunk(b"eXIf", SECRET), chunk(b"iTXt", SECRET), chunk(b"tEXt", SECRET))),
        ("image/png", png(2, 2, chunk(b"zzZz", SECRET), after=SECRET)),
        ("image/webp", webp(2, 2, webp_chunk(b"EXIF", SECRET), webp_chunk(b"XMP ", SECRET), after=SECRET)),
    ],
)
def test_where_it_was_taken_is_left_out_and_so_is_what_follows_the_end(kind: str, raw: bytes) -> None:
    assert SECRET in raw
    assert images.clean(kind, raw) == MADE[kind]()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [2, 3, 6, 8])
def test_a_picture_taken_sideways_still_says_which_side_is_up(order: str, orientation: int) -> None:
    clean = images.clean("image/jpeg", jpeg(8, 8, exif(orientation, order)))
    assert SECRET not in clean
    assert struct.pack(">HHIH", 0x0112, 3, 1, orientation) in clean
    assert images.clean("image/jpeg", clean) == clean


def test_colours_stay() -> None:
    profile = segment(0xE2, b"ICC_PROFILE\0\1\1 colours")
    assert profile in images.clean("image/jpeg", jpeg(8, 8, profile))
    gamma = chunk(b"gAMA", struct.pack(">I", 45455))
    assert gamma in images.clean("image/png", png(2, 2, gamma))


def test_an_extended_webp_no_longer_announces_what_was_left_out() -> None:
    raw = webp(2, 2, webp_chunk(b"EXIF", SECRET), extended=True)
    clean = images.clean("image/webp", raw)
    assert SECRET not in clean
    assert clean[12:16] == b"VP8X"
    assert clean[20] == 0
    assert struct.unpack("<I", clean[4:8]) == (len(clean) - 8,)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("image/jpeg", jpeg(65_535, 65_535)),
        ("image/jpeg", jpeg(10_001, 1)),
        ("image/png", png(100_000, 100_000)),
        ("image/png", png(9_000, 9_000)),
        ("image/webp", webp(16_384, 16_384)),
        ("image/webp", webp(16_384, 1, extended=True)),
    ],
)
def test_a_few_bytes_do_not_become_a_picture_that_no_memory_holds(kind: str, raw: bytes) -> None:
    assert len(raw) < 1_000
    with pytest.raises(TooMuch, match="larger than"):
        images.clean(kind, raw)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("image/jpeg", jpeg(0, 8)),
        ("image/jpeg", jpeg(8, 8, segment(0xC0, struct.pack(">BHHB", 8, 8, 8, 1) + b"\1\x11\0"))),
        ("image/jpeg", b"\xff\xd8" + SCRIPT),
        ("image/jpeg", b"\xff\xd8\xff\xd9"),
        ("image/png", png(0, 0)),
        ("image/png", png()[:8] + chunk(b"IDAT", b"") + png()[8:]),
        ("image/png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13))),
        ("image/png", b"\x89PNG\r\n\x1a\n" + SCRIPT),
        ("image/webp", b"RIFF\x04\0\0\0WEBP"),
        ("image/webp", b"RIFF\xff\xff\xff\x7fWEBP" + SCRIPT),
    ],
)
def test_what_only_begins_like_a_picture_is_none(kind: str, raw: bytes) -> None:
    with pytest.raises(BadMedia):
        images.clean(kind, raw)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("image/jpeg", jpeg(8, 8, *[segment(0xFE, b"")] * 20_000)),
        ("image/png", png(8, 8, *[chunk(b"tEXt", b"")] * 20_000)),
        ("image/webp", webp(8, 8, *[webp_chunk(b"XXXX", b"")] * 20_000)),
    ],
)
def test_a_picture_of_a_million_parts_is_given_up(kind: str, raw: bytes) -> None:
    with pytest.raises(BadMedia, match="too many parts"):
        images.clean(kind, raw)


def test_a_jpeg_may_fill_as_it_likes_before_a_marker() -> None:
    assert images.clean("image/jpeg", jpeg(8, 8, b"\xff" * 100_000)) == jpeg()


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp"])
def test_a_picture_that_is_cut_off_anywhere_is_none(kind: str) -> None:
    whole = MADE[kind]()
    for length in range(len(whole)):
        with pytest.raises(BadMedia):
            images.clean(kind, whole[:length])


@given(
    kind=some.sampled_from(["image/jpeg", "image/png", "image/webp"]),
    junk=some.binary(max_size=200),
    at=some.integers(0, 60),
)
def test_nonsense_is_refused_or_cleaned_and_breaks_nothing(kind: str, junk: bytes, at: int) -> None:
    whole = MADE[kind]()
    try:
        clean = images.clean(kind, whole[:at] + junk + whole[at:])
    except BadMedia:
        return
    assert images.clean(kind, clean) == clean


# -------------------------------------------------------------------------------------------------------------- videos


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("video/mp4", mp4(59.9)),
        ("video/mp4", mp4(10, version=1)),
        ("video/mp4", mp4(0, box(b"mvex", box(b"mehd", bytes(4), struct.pack(">I", 30_000))))),
        ("video/webm", webm(59.9)),
        ("video/webm", webm(None, is_endless=True)),
    ],
)
def test_a_short_video_stays_as_it_is(kind: str, raw: bytes, tmp_path: Path) -> None:
    assert cleaned(kind, raw, tmp_path / "video") == raw


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("video/mp4", mp4(60.1)),
        ("video/mp4", mp4(3600, version=1)),
        ("video/mp4", mp4(0, box(b"mvex", box(b"mehd", bytes(4), struct.pack(">I", 90_000))))),
        ("video/webm", webm(61)),
    ],
)
def test_a_film_is_too_much(kind: str, raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(TooMuch, match="longer than 60 s"):
        cleaned(kind, raw, tmp_path / "video")


def test_where_a_video_was_taken_is_blanked_and_nothing_moves(tmp_path: Path) -> None:
    said = box(b"udta", box(b"\xa9xyz", SECRET))
    raw = mp4(10, said, box(b"trak", box(b"meta", SECRET)), after=box(b"uuid", bytes(16), SECRET))
    clean = cleaned("video/mp4", raw, tmp_path / "video")
    assert raw.count(SECRET) == 3
    assert SECRET not in clean
    assert len(clean) == len(raw)
    assert clean.find(b"mdat") == raw.find(b"mdat")
    assert clean.count(b"free") == 3
    tags = element(b"\x12\x54\xc3\x67", SECRET)
    raw = webm(10, tags, element(b"\x19\x41\xa4\x69", SECRET))
    clean = cleaned("video/webm", raw, tmp_path / "video")
    assert SECRET not in clean
    assert len(clean) == len(raw)
    assert cleaned("video/webm", clean, tmp_path / "video") == clean


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("video/mp4", mp4()[:-1]),
        ("video/mp4", mp4(after=SCRIPT)),
        ("video/mp4", box(b"ftyp", b"isom", bytes(4)) + box(b"mdat")),
        ("video/mp4", box(b"ftyp", b"isom", bytes(4)) + box(b"moov")),
        ("video/mp4", box(b"moov", movie_header(1))),
        ("video/mp4", mp4(1, struct.pack(">I4sQ", 1, b"udta", 2**63))),
        ("video/mp4", box(b"ftyp", b"isom", bytes(4)) + struct.pack(">I4s", 0, b"moov") * 2_000),
        ("video/webm", webm()[:-1]),
        ("video/webm", webm(float("nan"))),
        ("video/webm", webm(-1)),
        ("video/webm", webm()[:60]),
        ("video/webm", b"\x1a\x45\xdf\xa3" + SCRIPT),
        ("video/webm", webm().replace(b"\x1f\x43\xb6\x75", b"\x1f\x43\xb6\x76")),
    ],
)
def test_what_only_begins_like_a_video_is_none(kind: str, raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadMedia):
        cleaned(kind, raw, tmp_path / "video")


def test_a_video_of_a_million_parts_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="too many parts"):
        cleaned("video/mp4", mp4(1, box(b"free") * 200_000), tmp_path / "video")
