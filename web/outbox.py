"""What one connection is sent: frames gathered for one turn of the loop, then written at once; never awaited, never
without bound.

The transport's own buffer is the queue. A peer that lets more than BUFFER_MAX pile up does not read: it is cut off.
Server frames are not masked, so a frame is its header and its payload.
"""

import asyncio
import struct
from typing import Final

from core.protocol.codes import Close

BUFFER_MAX: Final = 256 * 1024
"""Bytes that may wait for one peer beyond what the kernel has taken."""
LARGE: Final = 64 * 1024
"""One frame larger than this (the state of a long room, which the peer asked for) widens the bound until it was read;
many small ones do not."""
REASON_MAX: Final = 123
"""Bytes of a close frame's reason (RFC 6455, 5.5)."""
ABNORMAL: Final = 1006
"""The close code of a socket that broke (RFC 6455, 7.1.5)."""
NO_CODE: Final = 1005
"""How a close frame without a code is named (the same)."""

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
"""First byte of a frame: FIN and the opcode."""
SHORT_MAX, MEDIUM_MAX = 125, 0xFFFF

_short: Final = [bytes((TEXT, length)) for length in range(SHORT_MAX + 1)]
_medium: Final = struct.Struct("!BBH").pack
_long: Final = struct.Struct("!BBQ").pack


def header(length: int) -> bytes:
    """Returns what stands before `length` bytes of text."""
    if length <= SHORT_MAX:
        return _short[length]
    if length <= MEDIUM_MAX:
        return _medium(TEXT, 126, length)
    return _long(TEXT, 127, length)


def control(first: int, payload: bytes) -> bytes:
    """Returns a control frame; its payload has at most 125 bytes."""
    return bytes((first, len(payload))) + payload


class Post:
    """Empties the outboxes that were filled in one turn of the loop, at its end: one write per peer, however much."""

    def __init__(self) -> None:
        self._filled: list[Outbox] = []

    def add(self, outbox: "Outbox") -> None:
        """`outbox` has something to write."""
        if not self._filled:
            asyncio.get_running_loop().call_soon(self._collect)
        self._filled.append(outbox)

    def _collect(self) -> None:
        filled, self._filled = self._filled, []
        for outbox in filled:
            outbox.flush()


class Outbox:
    """Writes to one peer.

    `code` is 0 while the connection is open, then the close code that was decided first; from then on nothing is sent.
    """

    __slots__ = ("_bound", "_large", "_parts", "_post", "_transport", "code", "reason", "sent")

    def __init__(self, transport: asyncio.WriteTransport, post: Post) -> None:
        self._transport = transport
        self._post = post
        self._parts: list[bytes] = []
        self._bound = BUFFER_MAX
        self._large = 0
        self.code = 0
        self.reason = ""
        self.sent = 0

    @property
    def waiting(self) -> int:
        """Bytes the peer has yet to take."""
        self.flush()
        return self._transport.get_write_buffer_size()

    def send(self, payload: bytes) -> None:
        """Sends a text frame. After the end it does nothing."""
        if self.code:
            return
        if not self._parts:
            self._post.add(self)
        self.sent += 1
        if len(payload) > LARGE:
            self._large += len(payload)
        self._parts += (header(len(payload)), payload)

    def flush(self) -> None:
        """Writes what was gathered, or cuts off a peer that does not read."""
        if not self._parts:
            return
        data = b"".join(self._parts)
        self._parts.clear()
        transport = self._transport
        waiting = transport.get_write_buffer_size()
        if waiting > self._bound:
            self.cut(Close.TOO_SLOW)
            return
        if self._large:
            self._bound = waiting + self._large + BUFFER_MAX
            self._large = 0
        elif self._bound != BUFFER_MAX and waiting <= BUFFER_MAX:
            self._bound = BUFFER_MAX
        self._write(data)

    def _write(self, data: bytes) -> None:
        """A peer that broke off is gone before whoever reads from it has heard of it; uvloop then refuses to write."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def ping(self) -> None:
        """Asks for a sign of life."""
        if not self.code:
            self._write(control(PING, b""))

    def pong(self, payload: bytes) -> None:
        """Gives one."""
        if not self.code and self.waiting <= self._bound:
            self._write(control(PONG, payload))

    def close(self, code: int, reason: str = "") -> None:
        """Says good-bye with `code`; the peer answers with its own close frame. Only the first call counts."""
        self.flush()
        if self.code:
            return
        self.code, self.reason = code, reason
        words = (reason or _meaning(code)).encode()[:REASON_MAX].decode(errors="ignore").encode()
        self._write(control(CLOSE, struct.pack("!H", code) + words))

    def cut(self, code: int, reason: str = "") -> None:
        """Ends at once: a peer with nothing outstanding still hears the code, any other does not read anyway."""
        if self.code or self.waiting:
            self.code, self.reason = self.code or code or ABNORMAL, self.reason or reason
            self._transport.abort()
        else:
            self.close(code, reason)
            self._transport.close()

    def echo(self, code: int | None) -> None:
        """Answers the peer's close frame, unless it was the answer to ours."""
        if not self.code:
            self.flush()
            self.code = code or NO_CODE
            self._write(control(CLOSE, b"" if code is None else struct.pack("!H", code)))

    def end(self) -> None:
        """The connection is over. What is still to be read may be; a peer that does not is aborted by the scanner."""
        self.flush()
        self.code = self.code or ABNORMAL
        self._transport.close()


def _meaning(code: int) -> str:
    return next((each.meaning for each in Close if each == code), "")
