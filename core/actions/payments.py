"""Somebody paid, or got his money back: the payment provider says so."""

import time

import structlog

from core.actions import accounts
from core.actions.outbox import carry_out
from core.actions.service import Service
from core.errors import Refusal
from core.rules import payments

log = structlog.get_logger(__name__)


async def hear(service: Service, signature: str, body: bytes) -> None:
    """Takes in an event; one that came before, or is none of ours, changes nothing.

    Raises Refusal not_found (nothing is sold here), bad_request (not signed, or no event); Unavailable.
    """
    secret = service.settings.stripe_webhook_secret
    if not secret:
        raise Refusal("not_found")
    if not payments.is_signed(signature, body, secret, time.time()):
        raise Refusal("bad_request", "the signature is wrong or too old")
    try:
        notice = payments.read(body)
    except ValueError as fault:
        raise Refusal("bad_request", str(fault)) from None
    if notice is None:
        return
    for user_id, outbox_id in await service.record.payments.take(notice):
        log.info("payment_settled", kind=notice.kind, user=user_id)
        await carry_out(service, outbox_id, accounts.refresh_profile(service, user_id))
