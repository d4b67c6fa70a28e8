"""What the payment provider says, and whether it is he who says it (rules, section 4).

Stripe's scheme: the header `t=<seconds>,v1=<hex>,v1=<hex>` signs `<t>.<body>` with HMAC-SHA256, once with each secret
that is valid at the moment.
"""

import hashlib
import hmac
import re
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Raw, Struct

from core.protocol.payloads import is_id

TOLERANCE_S: Final = 300
"""How old, or how far ahead of our clock, a signature may be."""
PAID: Final = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
"""The second says that money of a slow method has come: the first had said payment_status `unpaid`."""
REFUNDED: Final = "charge.refunded"

_INSTANT: Final = re.compile(r"[0-9]{1,12}")
_NAME: Final = re.compile(r"[\x21-\x7e]{1,255}")
"""Stripe's ids."""


class Notice(NamedTuple):
    """Somebody paid, or got everything back."""

    event_id: str
    kind: str
    at_ms: int
    payment_id: str
    user_id: str | None
    """Who paid; None for a refund."""


def is_signed(header: str, body: bytes, secret: str, now_s: float) -> bool:
    """Whether one of the signatures is right and not too old."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    instants = [value for name, _, value in parts if name == "t"]
    if len(instants) != 1 or not _INSTANT.fullmatch(instants[0]) or abs(now_s - int(instants[0])) > TOLERANCE_S:
        return False
    right = hmac.new(secret.encode(), instants[0].encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    given = [value.encode("utf-8", "surrogateescape") for name, _, value in parts if name == "v1"]
    return any(hmac.compare_digest(right, one) for one in given)


def read(body: bytes) -> Notice | None:
    """Returns what an event says, None for one that is none of ours. Raises ValueError for what is no event."""
    try:
        event = msgspec.json.decode(body, type=_Event)
        if event.type in PAID:
            paid = msgspec.json.decode(event.data.object, type=_Session)
            is_ours = paid.payment_status != "unpaid" and is_id(paid.client_reference_id or "")
            return _notice(event, paid.payment_intent or paid.id, paid.client_reference_id) if is_ours else None
        if event.type == REFUNDED:
            refund = msgspec.json.decode(event.data.object, type=_Charge)
            return _notice(event, refund.payment_intent, None) if refund.is_whole else None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from None
    return None


class _Data(Struct):
    object: Raw


class _Event(Struct):
    id: str
    type: str
    data: _Data
    created: int = 0


class _Session(Struct):
    """Of Stripe's Checkout Session what matters here."""

    id: str = ""
    client_reference_id: str | None = None
    payment_intent: str | dict[str, Any] | None = None
    payment_status: str | None = None


class _Charge(Struct):
    """Of Stripe's Charge what matters here."""

    payment_intent: str | dict[str, Any] | None = None
    refunded: bool | None = None
    amount: int | None = None
    amount_refunded: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything was given back: a part of the price changes nothing."""
        if self.refunded is not None:
            return self.refunded
        return self.amount is None or self.amount_refunded is None or self.amount_refunded >= self.amount


def _notice(event: _Event, payment: str | dict[str, Any] | None, user_id: str | None) -> Notice | None:
    """An id may come with the object it stands for."""
    payment_id = payment.get("id") if isinstance(payment, dict) else payment
    if not isinstance(payment_id, str) or not all(map(_NAME.fullmatch, (event.id, payment_id))):
        return None
    return Notice(event.id, event.type, min(max(event.created, 1), 2**33) * 1000, payment_id, user_id)
