"""Sending a mail by SMTP_URL: smtp:// (encrypted where the server offers it) or smtps:// (encrypted from the start)."""

from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from core.settings import Settings

ANSWER_S: Final = 10.0
"""How long the server may take for any one thing."""


class NotSent(Exception):
    """A mail did not go out, as far as is known. Says why without naming anybody."""


async def send(settings: Settings, to: str, subject: str, text: str) -> None:
    """Hands one mail to the server. Raises NotSent."""
    server = urlsplit(settings.smtp_url)
    try:
        await aiosmtplib.send(
            _message(settings.mail_from, to, subject, text),
            recipients=[to],
            hostname=server.hostname,
            port=server.port,
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=server.scheme == "smtps",
            timeout=ANSWER_S,
        )
    except (
        aiosmtplib.SMTPException,
        OSError,
        ValueError,
        LookupError,
    ) as error:  # also of the standard library's parser
        code = getattr(error, "code", "")  # its text would name the address
        raise NotSent(f"{type(error).__name__} {code}".strip()) from None


def _message(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
