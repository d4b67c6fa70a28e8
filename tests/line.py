"""The way between a client and the nodes: a forwarder that can fall silent, as networks do.

    async with Line(world.nodes) as line:
        tab = await ann.opens(url=line.url)
        line.goes_silent()       # what is connected stays connected and hears nothing; new connections work

It takes the first node that answers, so it also stands for a load balancer.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final, Self

from tests.processes import Node

CHUNK: Final = 64 * 1024


class Line:
    """A port in front of some nodes."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)
        self._server: asyncio.Server | None = None
        self._links: list[_Link] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for link in self._links:
            link.cut()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where clients connect to."""
        assert self._server
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def goes_silent(self) -> None:
        """Nothing passes any more on what is connected now, and neither end is told."""
        for link in self._links:
            link.is_silent = True

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for node in self.nodes:
            with contextlib.suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", node.port)
                link = _Link(writer, far_writer)
                self._links.append(link)
                await asyncio.gather(link.carry(reader, far_writer), link.carry(far_reader, writer))
                return
        writer.transport.abort()


class _Link:
    """One connection through the line."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self.is_silent = False
        self._writers = writers

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Passes on what comes, and the end."""
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if not self.is_silent:
                    writer.write(data)
                    await writer.drain()
        if not self.is_silent:
            for each in self._writers:
                each.close()

    def cut(self) -> None:
        """Ends it at once, in both directions."""
        for writer in self._writers:
            writer.transport.abort()
