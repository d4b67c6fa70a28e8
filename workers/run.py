"""The wiring of a worker, in the order in which it starts; it ends in the opposite one.

settings, logs    before this page (__main__)
stores            connected when first needed
metrics port      from here on somebody can see why it is not ready
upkeep            families live, the lease, figures
arq's workers     one per queue, each under a supervisor
"""

import asyncio
import contextlib
import os
from typing import Final

from core import logs
from core.actions.service import Service
from core.live.live import connect
from core.owned import end
from core.settings import Settings
from workers import courier, janitor, jobs, port, postman, recorder, sexton, sweeper, tallyman
from workers.jobs import Jobs
from workers.metrics import Metrics
from workers.queues import BY_KIND
from workers.shop import Shop
from workers.supervisor import Supervisor
from workers.upkeep import Upkeep

TRADES: Final = (recorder, sweeper, courier, tallyman, janitor, postman, sexton)
FAREWELL_S: Final = 2.0

log = logs.get(__name__)


async def work(kind: str, settings: Settings, stop: asyncio.Event) -> None:
    """Works until `stop` is set. Raises what a background task fails with."""
    service = await Service.open(settings)
    queues = BY_KIND[kind]
    clients = {queue: jobs.connect(settings.jobs_redis_url, queue, is_patient=False) for queue in queues}
    shop = Shop(
        service=service,
        metrics=Metrics(),
        # A recorder per family waits on its stream, and does a second thing meanwhile.
        reader=connect(settings.redis_url, connections=2 * len(service.live.families()) + 8),
        jobs={queue: Jobs(client, queue) for queue, client in clients.items()},
        stopping=stop,
    )
    name = f"workers {kind} {settings.advertise_host}:{settings.metrics_port}"
    upkeep = Upkeep(shop, name, f"{settings.advertise_host}:{settings.metrics_port}")
    supervisors = [
        Supervisor(
            shop, queue, [trade for trade in TRADES if trade.QUEUE is queue], f"{os.uname().nodename}:{os.getpid()}"
        )
        for queue in queues
    ]
    try:
        listening = await port.listen(shop, lambda: all(each.is_working for each in supervisors))
        working = [asyncio.create_task(each.run(), name="supervisor") for each in supervisors]
        background = asyncio.create_task(upkeep.run(), name="upkeep")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        log.info("working", kind=kind, metrics_port=settings.metrics_port)
        done, _ = await asyncio.wait((*working, background, stopping), return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        await asyncio.gather(*(each.finish() for each in supervisors))
        await end((*working, stopping))
        await asyncio.gather(*(each.close() for each in supervisors))
        with contextlib.suppress(TimeoutError):  # Redis is away; the lease runs out
            async with asyncio.timeout(FAREWELL_S):
                await upkeep.farewell()
        await end((background,))
        await listening.cleanup()
        for task in done:
            task.result()
        log.info("stopped", kind=kind)
    finally:
        for client in clients.values():
            await client.aclose()
        await shop.reader.aclose()
        await service.close()
