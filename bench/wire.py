"""A WebSocket client that costs next to nothing, so that the generator is never what is measured.

Frames are masked with zeros, which a server unmasks at the same price as any; of what comes in, only headers are read.
`ask` and `expect` are the comfortable way for what happens before the measurement; while it lasts, `hear` gets every
text frame where it lies in the buffer.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Self, cast

from msgspec.json import decode, encode

from bench.stage import Process
from dev.stores import HOST

Hear = Callable[[bytes, int, int], None]
"""(buffer, where the payload begins, where it ends)"""

TEXT: Final = 0x81
PING: Final = 0x89
CLOSE: Final = 0x88
PONG_FRAME: Final = b"\x8a\x80\0\0\0\0"
NO_MASK: Final = b"\0\0\0\0"
SHORT: Final = 126
MEDIUM: Final = 0x1_0000


def framed(payload: bytes) -> bytes:
    """A client's text frame."""
    length = len(payload)
    if length < SHORT:
        return bytes((TEXT, 0x80 | length)) + NO_MASK + payload
    if length < MEDIUM:
        return bytes((TEXT, 0x80 | 126)) + length.to_bytes(2, "big") + NO_MASK + payload
    return bytes((TEXT, 0x80 | 127)) + length.to_bytes(8, "big") + NO_MASK + payload


class Gone(Exception):
    """The server closed the connection, or refused what was asked."""


class Wire(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.hear: Hear = self._note
        self.is_open = False
        self.close_code = 0
        self._rest = b""
        self._refs = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._expected: list[tuple[str, asyncio.Future[dict[str, Any]]]] = []
        self._heard: deque[dict[str, Any]] = deque(maxlen=64)
        self.upgraded: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, node: Process) -> Self:
        """Connects and upgrades."""
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(cls, HOST, node.port)
        wire.transport.write(
            f"GET /ws HTTP/1.1\r\nHost: {HOST}:{node.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await wire.upgraded
        return wire

    async def hello(self, token: str, **more: Any) -> dict[str, Any]:
        """Says who it is; returns the welcome."""
        return await self.ask("hello", token=token, protocol=1, **more)

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Sends a request and returns its answer. Raises Gone for a refusal."""
        ref = next(self._refs)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[ref] = answer
        self.transport.write(framed(encode({"type": kind, "ref": ref, **fields})))
        found = await answer
        if found["type"] == "failed":
            raise Gone(f"{kind}: {found}")
        return found

    async def expect(self, kind: str) -> dict[str, Any]:
        """Returns the next push of a kind, or the oldest that came already."""
        for found in self._heard:
            if found["type"] == kind:
                self._heard.remove(found)
                return found
        push: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._expected.append((kind, push))
        return await push

    def close(self) -> None:
        """Hangs up."""
        self.transport.abort()

    # ------------------------------------------------------------------------------------------ asyncio.Protocol
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        gone = Gone(f"connection lost: close code {self.close_code}, {exc}")
        if not self.upgraded.done():
            self.upgraded.set_exception(gone)
        for waiting in (*self._asked.values(), *(push for _, push in self._expected)):
            if not waiting.done():
                waiting.set_exception(gone)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        if not self.is_open:
            at = self._upgrade(data)
        while end - at >= 2:
            length, begin = data[at + 1], at + 2
            if length == 126:
                begin = at + 4
                length = data[at + 2] << 8 | data[at + 3] if end >= begin else end
            elif length == 127:
                begin = at + 10
                length = int.from_bytes(data[at + 2 : begin], "big") if end >= begin else end
            stop = begin + length
            if stop > end:
                break
            if data[at] == TEXT:
                self.hear(data, begin, stop)
            else:
                self._control(data[at], data[begin:stop])
            at = stop
        self._rest = data[at:] if at < end else b""

    def _upgrade(self, data: bytes) -> int:
        head = data.find(b"\r\n\r\n")
        if head < 0:
            return 0
        if not data.startswith(b"HTTP/1.1 101"):
            self.upgraded.set_exception(Gone(data[:200].decode(errors="replace")))
            return len(data)
        self.is_open = True
        self.upgraded.set_result(None)
        return head + 4

    def _control(self, first: int, payload: bytes) -> None:
        if first == PING:
            self.transport.write(PONG_FRAME)
        elif first == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big")

    def _note(self, data: bytes, begin: int, stop: int) -> None:
        found: dict[str, Any] = decode(data[begin:stop])
        waiting = self._asked.pop(found["ref"], None) if "ref" in found else None
        if waiting is None:
            for expected in self._expected:
                if expected[0] == found["type"]:
                    self._expected.remove(expected)
                    waiting = expected[1]
                    break
        if waiting is None:
            self._heard.append(found)
        elif not waiting.done():
            waiting.set_result(found)


async def meet(caller: Wire, callee: Wire, callee_id: str, mode: str = "text") -> str:
    """Invite, acceptance, both enter; returns the room that has started."""
    length = {"seconds": 1800} if mode == "video" else {}
    invite = await caller.ask("invite.send", to=callee_id, mode=mode, **length)
    await callee.expect("invite.received")
    await callee.ask("invite.accept", invite_id=invite["invite_id"], **length)
    room_id: str = (await caller.expect("room.opened"))["room"]["room_id"]
    await caller.ask("room.enter", room_id=room_id, last_seq=0)
    await callee.ask("room.enter", room_id=room_id, last_seq=0)
    await caller.expect("room.started")
    await callee.expect("room.started")
    return room_id
