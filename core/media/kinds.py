"""Which kinds of media there are, and which one some bytes really are."""

import re
import secrets
from typing import Final

import filetype

IMAGES: Final = ("image/jpeg", "image/png", "image/webp")
VIDEOS: Final = ("video/mp4", "video/webm")
ENDINGS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/webm": "webm",
}
"""How the name of a file of this content type ends."""

SNIFFED_BYTES: Final = 8_192
"""As many of the first bytes as telling kinds apart takes."""

_KINDS: Final = {ending: kind for kind, ending in ENDINGS.items()}
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{32}\.(?P<ending>jpg|png|webp|mp4|webm)")


class BadMedia(Exception):
    """The bytes are not what they should be; says what is wrong, for whoever sent them."""


class TooMuch(BadMedia):
    """What the bytes hold is larger, or longer, than may be."""


class Patience:
    """Counts parts, so that no file takes long, whatever it is made of."""

    def __init__(self, parts: int) -> None:
        self._left = parts

    def spend(self) -> None:
        """Counts one more. Raises BadMedia when these are too many."""
        self._left -= 1
        if self._left < 0:
            raise BadMedia("the file has too many parts")


def new_name(kind: str) -> str:
    """Returns a name for a file of this content type that nobody guesses: 192 random bits."""
    return f"{secrets.token_urlsafe(24)}.{ENDINGS[kind]}"


def kind_named(name: str) -> str | None:
    """Returns the content type of a name; None for one that we never gave."""
    found = _NAME.fullmatch(name)
    return _KINDS[found["ending"]] if found else None


def sniff(head: bytes) -> str | None:
    """Returns the content type that the first bytes of a file speak of; None for none of ours."""
    kind = filetype.guess_mime(head[:SNIFFED_BYTES])
    return kind if kind in ENDINGS else None
