"""A mail server of a test's own: keeps what it is sent, and refuses as often as it is told to."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope

LINK: Final = re.compile(r"#/reset/([A-Za-z0-9_-]{43})\s")
PATIENCE_S: Final = 15.0


class PostOffice:
    """Speaks SMTP on a port of this machine."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = 0
        """How many more mails are answered 451."""
        self.refused = 0
        self.url = ""
        self._news = asyncio.Event()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Takes a mail."""
        if self.refuses:
            self.refuses -= 1
            self.refused += 1
            return "451 Requested action aborted: error in processing"
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        assert envelope.rcpt_tos == [mail["To"]]
        self.mails.append(mail)
        self._news.set()
        return "250 OK"

    async def mail(self, number: int = 1) -> EmailMessage:
        """Waits for so many mails; returns the last of them."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.mails) < number:
                self._news.clear()
                await self._news.wait()
        return self.mails[number - 1]

    async def token(self, number: int = 1) -> str:
        """Waits for so many mails; returns the token of the last one's link."""
        found = LINK.search((await self.mail(number)).get_content())
        assert found
        return found[1]


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    """A mail server until the end of the block."""
    office = PostOffice()
    listening = socket.create_server(("127.0.0.1", 0))
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(office, hostname="post.example", loop=asyncio.get_running_loop()), sock=listening
    )
    office.url = f"smtp://127.0.0.1:{listening.getsockname()[1]}"
    try:
        yield office
    finally:
        server.close()
        await server.wait_closed()
