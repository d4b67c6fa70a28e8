"""What a commit has left to be done in the live state: by its maker at once, else by whoever finds it left over."""

from collections.abc import Awaitable

import structlog

from core.actions.service import Service
from core.errors import Unavailable

log = structlog.get_logger(__name__)


async def carry_out(service: Service, outbox_id: int | None, step: Awaitable[None]) -> None:
    """Runs what an outbox row stands for, as its maker; what cannot be done now is left to the courier.

    None: the row stays all the same, for there is more to it.
    """
    try:
        await step
        if outbox_id is not None:
            await service.record.outbox.done(outbox_id)
    except Unavailable as reason:
        log.info("left to the courier", reason=reason.message)
