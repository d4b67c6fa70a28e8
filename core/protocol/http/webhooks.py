"""What others tell us: the payment provider."""

from typing import Final

from core.protocol.http.base import Answer, Route

WEBHOOK_MAX: Final = 1024 * 1024
"""Bytes of an event: far more than any has."""


class Heard(Answer, frozen=True, kw_only=True):
    """The event was taken in, or is none of ours; it need not come again."""

    received: bool = True


ROUTES: Final = (
    Route(
        "POST",
        "/api/v1/webhooks/stripe",
        "Stripe's events, signed in the header Stripe-Signature; 404 without STRIPE_WEBHOOK_SECRET",
        200,
        Heard,
        needs_token=False,
        takes=("application/json",),
        problems=("not_found", "banned", "rate_limited", "unavailable"),
    ),
)
