"""Writing to peers, of whom one may be gone at any moment."""

import asyncio

from web.outbox import Outbox, Post, header


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
