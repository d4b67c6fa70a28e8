"""From PostgreSQL to Redis: whoever has changed something carries it over himself; couriers take what he leaves."""

from collections.abc import Awaitable

import structlog

from core.actions.service import Service
from core.errors import Unavailable

log = structlog.get_logger(__name__)


async def carry(service: Service, outbox_id: int, step: Awaitable[None]) -> None:
    """Runs what an outbox row stands for, as its maker; what cannot be done now is left to the courier."""
    try:
        await step
        await service.record.outbox.done(outbox_id)
    except Unavailable as reason:
        log.info("left to the courier", reason=reason.message)
