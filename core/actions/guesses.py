"""Guesses are counted before they are looked at, and given back when they were no failures: however many come at once,
no more are tried than the limits allow."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from core.actions.service import Service
from core.errors import Refusal


@asynccontextmanager
async def counted(service: Service, failures: Collection[str], *limits: tuple[str, str]) -> AsyncIterator[None]:
    """Counts one of `failures` (codes of refusals) for each of these limits; whatever else comes of the block is free.

    Raises rate_limited, and Unavailable with Redis away: then the block was not begun.
    """
    taken: list[tuple[str, str]] = []
    try:
        for rule, subject in limits:
            await service.limits.take(rule, subject, strict=True)
            taken.append((rule, subject))
        yield
    except BaseException as reason:  # also of what took too long: nobody learned anything
        if not (isinstance(reason, Refusal) and reason.code in failures):
            await _give_back(service, taken)
        raise
    else:
        await _give_back(service, taken)


async def _give_back(service: Service, taken: list[tuple[str, str]]) -> None:
    for rule, subject in taken:
        await service.limits.refund(rule, subject)
