"""What stands in front of the nodes: a page knows one address, and behind it nodes come and go."""

import asyncio
import contextlib
from typing import Final, Self
from urllib.parse import urlsplit

CHUNK: Final = 65_536


class Balancer:
    """Forwards each TCP connection to the first of its nodes that takes it: `async with Balancer(urls) as way`."""

    def __init__(self, urls: list[str]) -> None:
        self._targets = [(parts.hostname, parts.port) for parts in map(urlsplit, urls)]
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._is_cut = False

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    @property
    def url(self) -> str:
        """Where the page is."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """The network is gone: nothing gets through, old or new, until `mend`."""
        self._is_cut = True
        for writer in list(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        """The network is back."""
        self._is_cut = False

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        node = None if self._is_cut else await self._node()
        if node is None:
            writer.transport.abort()
            return
        node_reader, node_writer = node
        both = {writer, node_writer}
        self._open |= both
        ways = [asyncio.ensure_future(_pour(*way)) for way in ((reader, node_writer), (node_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in both:
                end.transport.abort()
            await asyncio.gather(*ways, return_exceptions=True)
            self._open -= both

    async def _node(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for host, port in self._targets:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(host, port)
        return None


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
