"""What every action gets first: the settings, the live state, the record and the limits of one process."""

from dataclasses import dataclass
from typing import Self

from core.actions.follow import follow
from core.ids import new_incarnation
from core.live.limits import Limits
from core.live.live import Live
from core.record import Record
from core.settings import Settings


@dataclass(slots=True)
class Service:
    """One process's hands. `live.run()` must run somewhere for anything to happen."""

    settings: Settings
    live: Live
    record: Record
    limits: Limits

    @classmethod
    async def open(cls, settings: Settings, *, incarnation: str | None = None) -> Self:
        """Connects to both stores without waiting for either."""
        live = await Live.open(settings, incarnation=incarnation or new_incarnation(), follow=follow)
        return cls(settings, live, await Record.connect(settings), Limits(settings, live.redis))

    async def close(self) -> None:
        await self.live.close()
        await self.record.close()
