"""What every trade gets: the stores, the queues, the figures, and word that it is time to stop."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from redis.asyncio import Redis

from core.actions.service import Service
from workers.jobs import Jobs
from workers.metrics import Metrics
from workers.queues import Queue


@dataclass(slots=True)
class Shop:
    """One worker process."""

    service: Service
    metrics: Metrics
    reader: Redis
    """Connections of its own for those who wait on a stream."""
    jobs: Mapping[Queue, Jobs] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
