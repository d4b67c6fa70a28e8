"""Writing to peers, of whom one may be gone at any moment."""

import asyncio

import pytest

from core.protocol.codes import Close
from web.outbox import BUFFER_MAX, LARGE, Outbox, Post, header


async def test_one_who_broke_off_keeps_nothing_from_the_others() -> None:
    """Also when uvloop has closed his transport and his reader does not know it yet."""
    ends: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ends.put((reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        (gone_reader, gone), (there_reader, there) = [await asyncio.open_connection("127.0.0.1", port) for _ in "ab"]
        writers = [(await ends.get())[1] for _ in "ab"]
        post = Post()
        outboxes = [Outbox(writer.transport, post) for writer in writers]
        writers[0].transport.abort()
        assert await gone_reader.read() == b""  # and by now the transport is closed
        for outbox in outboxes:
            outbox.send(b"{}")
        async with asyncio.timeout(5):
            assert await there_reader.readexactly(4) == header(2) + b"{}"
        outboxes[0].ping()
        outboxes[0].pong(b"")
        outboxes[0].cut(4002)
        outboxes[0].end()
        for each in (gone, there, *writers):
            each.close()


class Pipe(asyncio.WriteTransport):
    """A peer that reads nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0
        self.is_aborted = False

    def get_write_buffer_size(self) -> int:
        return self.size

    def is_closing(self) -> bool:
        return self.is_aborted

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.size += len(data)

    def abort(self) -> None:
        self.is_aborted = True


@pytest.mark.parametrize("at_once", [1, 8, 100])
async def test_one_who_reads_nothing_is_cut_off_however_much_comes_in_one_turn(at_once: int) -> None:
    pipe = Pipe()
    outbox = Outbox(pipe, Post())
    while not pipe.is_aborted:
        for _ in range(at_once):
            outbox.send(b"x" * 10_000)
        outbox.flush()
        assert pipe.size < BUFFER_MAX + 2 * at_once * 10_100
    assert outbox.code == Close.TOO_SLOW


async def test_a_large_answer_may_wait_until_it_was_read() -> None:
    pipe = Pipe()
    outbox = Outbox(pipe, Post())
    outbox.send(b"x" * 4 * BUFFER_MAX)
    outbox.flush()
    outbox.send(b"well?")
    outbox.flush()
    assert not pipe.is_aborted
    pipe.size = 0
    for _ in range(3):
        outbox.send(b"x" * LARGE)
        outbox.send(b"x" * LARGE)
        outbox.send(b"x" * LARGE)
        outbox.flush()
    assert pipe.is_aborted
