"""What one connection is sent: whole frames straight into its transport, never awaited, never without bound.

The transport's own buffer is the queue. A peer that lets more than BUFFER_MAX pile up does not read: it is cut off.
Server frames are not masked, so a frame is its header and its payload, and one payload may be framed for many.
"""

import asyncio
import struct
from typing import Final

from core.protocol.codes import Close

BUFFER_MAX: Final = 256 * 1024
"""Bytes that may wait for one peer beyond what the kernel has taken. (`large` frames come on top, see `send`.)"""
LARGE: Final = 64 * 1024
"""A single payload of this size (the state of a long room, a page of history) widens the bound until it is read."""
REASON_MAX: Final = 123
"""Bytes of a close frame's reason (RFC 6455, 5.5)."""

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
"""First byte of a frame: FIN and the opcode."""
SHORT_MAX, MEDIUM_MAX = 125, 0xFFFF

_short: Final = [bytes((TEXT, length)) for length in range(SHORT_MAX + 1)]
_medium: Final = struct.Struct("!BBH").pack
_long: Final = struct.Struct("!BBQ").pack


def frame(payload: bytes) -> bytes:
    """Returns a text frame."""
    length = len(payload)
    if length <= SHORT_MAX:
        return _short[length] + payload
    if length <= MEDIUM_MAX:
        return _medium(TEXT, 126, length) + payload
    return _long(TEXT, 127, length) + payload


def control(first: int, payload: bytes) -> bytes:
    """Returns a control frame; its payload has at most 125 bytes."""
    return bytes((first, len(payload))) + payload


class Outbox:
    """Writes to one peer.

    `code` is 0 while the connection is open, then the close code that was decided first; from then on nothing is sent.
    """

    __slots__ = ("_bound", "_transport", "code", "reason", "sent")

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport
        self._bound = BUFFER_MAX
        self.code = 0
        self.reason = ""
        self.sent = 0

    @property
    def waiting(self) -> int:
        """Bytes the peer has yet to take."""
        return self._transport.get_write_buffer_size()

    def send(self, payload: bytes) -> None:
        """Sends a text frame, or cuts off a peer that does not read. After the end it does nothing."""
        if self.code:
            return
        transport = self._transport
        waiting = transport.get_write_buffer_size()
        if waiting > self._bound:
            self.cut(Close.TOO_SLOW)
            return
        length = len(payload)
        if length > LARGE:
            self._bound = waiting + length + BUFFER_MAX
        elif self._bound != BUFFER_MAX and waiting <= BUFFER_MAX:
            self._bound = BUFFER_MAX
        self.sent += 1
        transport.write(frame(payload))

    def ping(self) -> None:
        """Asks for a sign of life."""
        if not self.code:
            self._transport.write(control(PING, b""))

    def pong(self, payload: bytes) -> None:
        """Gives one."""
        if not self.code and self.waiting <= self._bound:
            self._transport.write(control(PONG, payload))

    def close(self, code: int, reason: str = "") -> None:
        """Says good-bye with `code`; the peer answers with its own close frame. Only the first call counts."""
        if self.code:
            return
        self.code, self.reason = code, reason
        words = (reason or _meaning(code)).encode()[:REASON_MAX].decode(errors="ignore").encode()
        self._transport.write(control(CLOSE, struct.pack("!H", code) + words))

    def cut(self, code: int, reason: str = "") -> None:
        """Ends at once: a peer with nothing outstanding still hears the code, any other does not read anyway."""
        if self.code or self.waiting:
            self.code, self.reason = self.code or code or ABNORMAL, self.reason or reason
            self._transport.abort()
            return
        self.close(code, reason)
        self._transport.close()

    def echo(self, code: int | None) -> None:
        """Answers the peer's close frame, unless it was the answer to ours."""
        if not self.code:
            self.code = code or NO_CODE
            self._transport.write(control(CLOSE, b"" if code is None else struct.pack("!H", code)))

    def end(self) -> None:
        """The connection is over. What is still to be read may be; a peer that does not is aborted by the scanner."""
        self.code = self.code or ABNORMAL
        self._transport.close()


ABNORMAL: Final = 1006
"""The close code of a socket that broke (RFC 6455, 7.1.5)."""
NO_CODE: Final = 1005
"""How a close frame without a code is named (RFC 6455, 7.1.5)."""


def _meaning(code: int) -> str:
    return next((each.meaning for each in Close if each == code), "")
