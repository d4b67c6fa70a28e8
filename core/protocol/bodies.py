"""Is what was said any good? Pure checks of content; the shape has been seen to by `decode`."""

import re
from typing import Final

from msgspec import UNSET

from core.errors import Refusal
from core.protocol.client import ChatSend, RtcSignal
from core.protocol.payloads import Body

TEXT_MAX: Final = 500
"""Code points; the default of the setting TEXT_MAX."""

SOCIALS_MAX: Final = 10
HANDLE_MAX: Final = 30
"""Platforms in one social message, and code points in the name of a platform or in a handle."""

SDP_MAX: Final = 48 * 1024
CANDIDATE_MAX: Final = 2 * 1024
"""Bytes in UTF-8."""

NUL: Final = "\0"
"""PostgreSQL stores no NUL in text."""

_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SEPARATORS: Final = "\x1c\x1d\x1e\x1f"
"""Python takes these four for white space; Unicode does not."""

_WHITE_SPACE: Final = "".join(
    character
    for character in map(chr, range(0x3001))  # U+3000 IDEOGRAPHIC SPACE is the last one
    if character.isspace() and character not in _SEPARATORS
)


def _invalid(message: str) -> Refusal:
    return Refusal("invalid_body", message)


def trim(text: str) -> str:
    """Returns `text` without Unicode white space (the property White_Space) at either end."""
    return text.strip(_WHITE_SPACE)


def check_client_id(client_id: str) -> str:
    """Returns a client_id that keeps to its pattern; raises Refusal(invalid_body)."""
    if _CLIENT_ID.fullmatch(client_id) is None:
        raise _invalid("client_id: 1 to 64 of A-Z a-z 0-9 _ -")
    return client_id


def check_text(body: str, text_max: int = TEXT_MAX) -> str:
    """Returns the text trimmed, 1..text_max code points without NUL; raises Refusal(invalid_body)."""
    text = trim(body)
    if not text:
        raise _invalid("the text is empty")
    if len(text) > text_max:
        raise _invalid(f"the text is longer than {text_max}")
    if NUL in text:
        raise _invalid("the text contains NUL")
    return text


def check_socials(body: dict[str, str]) -> dict[str, str]:
    """Returns 1..10 platforms and handles, all trimmed; raises Refusal(invalid_body)."""
    if not 1 <= len(body) <= SOCIALS_MAX:
        raise _invalid(f"1 to {SOCIALS_MAX} handles")
    socials = {trim(platform): trim(handle) for platform, handle in body.items()}
    if len(socials) < len(body):
        raise _invalid("the same platform twice")
    for word in (*socials.keys(), *socials.values()):
        if not 1 <= len(word) <= HANDLE_MAX:
            raise _invalid(f"platforms and handles have 1 to {HANDLE_MAX} characters")
        if NUL in word:
            raise _invalid("a platform or handle contains NUL")
    return socials


def check_body(kind: str, body: Body, text_max: int = TEXT_MAX) -> Body:
    """Returns the body as it is to be kept; raises Refusal(invalid_body)."""
    if kind == "text" and isinstance(body, str):
        return check_text(body, text_max)
    if kind == "social" and isinstance(body, dict):
        return check_socials(body)
    raise _invalid("kind is text (a string) or social ({platform: handle})")


def check_chat(message: ChatSend, text_max: int = TEXT_MAX) -> Body:
    """Returns the body of `chat.send` as it is to be kept; raises Refusal(invalid_body)."""
    check_client_id(message.client_id)
    return check_body(message.kind, message.body, text_max)


def check_signal(message: RtcSignal) -> None:
    """Raises Refusal(invalid_body) for an `rtc.signal` that is empty or too long to be relayed."""
    if message.description is None and message.candidate is UNSET:
        raise _invalid("neither a description nor a candidate")
    if message.description is not None and _bytes(message.description.sdp) > SDP_MAX:
        raise _invalid("sdp is longer than 48 KiB")
    if message.candidate and _bytes(message.candidate.candidate) > CANDIDATE_MAX:
        raise _invalid("candidate is longer than 2 KiB")


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
