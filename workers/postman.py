"""Sends the mails of password resets, and tries again until they are too late to be of use.

What is to be sent stands in PostgreSQL, so a killed postman's mail is sent by another one; at worst twice, and then
the token of the later one is good.
"""

import asyncio
import random
from typing import Final

from core import logs
from core.actions import passwords
from core.record.resets import Due
from workers import mail
from workers.queues import DEFAULT
from workers.shop import Shop
from workers.trade import EVERY_SECOND, tick

AT_ONCE: Final = 10
LEASE_S: Final = 60.0
"""A postman who has not been heard of for so long was killed: longer than he may take."""
ROUND_S: Final = 45.0
PAUSE_FIRST_S: Final = 1.0
PAUSE_MOST_S: Final = 60.0

SUBJECT: Final = "Your password"
TEXT: Final = """\
Hello,

somebody, most likely you, asked for a new password of this account. This link lets you choose one, once,
within {minutes} minutes:

{link}

Whoever is logged in with your account then has to log in again. If it was not you, you need do nothing.
"""

log = logs.get(__name__)


async def deliver_mail(shop: Shop) -> None:
    """One round: what is due goes out, what is too late becomes a dead letter."""
    settings, resets = shop.service.settings, shop.service.record.resets
    if not settings.smtp_url:
        return
    if buried := await resets.bury_overdue(settings.reset_s):
        log.error("mails given up", mails=buried)
    while due := await resets.claim(AT_ONCE, LEASE_S, settings.reset_s):
        await asyncio.gather(*(_send(shop, each) for each in due))


async def _send(shop: Shop, due: Due) -> None:
    settings, resets = shop.service.settings, shop.service.record.resets
    link = await passwords.new_reset_link(shop.service, due.reset_id)
    if link is None:
        return
    text = TEXT.format(minutes=max(1, round(settings.reset_s / 60)), link=link)
    try:
        await mail.send(settings, due.email, SUBJECT, text)
    except mail.NotSent as reason:
        pause = min(PAUSE_FIRST_S * 2.0 ** (due.tries - 1), PAUSE_MOST_S) * random.uniform(0.75, 1.25)  # noqa: S311
        await resets.failed(due.reset_id, pause)
        log.warning("mail not sent", reset=due.reset_id, tries=due.tries, error=str(reason))
    else:
        await resets.sent(due.reset_id)
        log.info("mail sent", reset=due.reset_id, tries=due.tries)


QUEUE = DEFAULT
JOBS = ()
TICKS = (tick(deliver_mail, timeout_s=ROUND_S, **EVERY_SECOND),)
