"""The two classes of jobs: a killed worker's job waits for its class's longest timeout + 10 s, so they keep apart."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Queue:
    """A class of jobs."""

    name: str
    job_timeout_s: float
    poll_delay_s: float
    max_jobs: int

    @property
    def key(self) -> str:
        """zset of Redis: job ids by when they are due."""
        return f"arq:{self.name}"


LIVE: Final = Queue("live", job_timeout_s=5.0, poll_delay_s=0.02, max_jobs=100)
"""What people wait for: recording, sweeping."""
DEFAULT: Final = Queue("default", job_timeout_s=120.0, poll_delay_s=0.5, max_jobs=10)
"""What may take a while."""

BY_KIND: Final = {"live": (LIVE,), "default": (DEFAULT,), "all": (LIVE, DEFAULT)}
