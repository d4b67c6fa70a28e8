"""What every action gets first: settings, live state, record, limits, media and passwords of one process."""

from dataclasses import dataclass, field
from typing import Self

from core.actions.follow import follow
from core.actions.uses import Uses
from core.ids import new_incarnation
from core.live.limits import Limits
from core.live.live import Live
from core.media.local import LocalStorage
from core.media.storage import Storage
from core.passwords import Passwords
from core.record import Record
from core.rules.addresses import AddressBans
from core.settings import Settings


@dataclass(slots=True)
class Service:
    """One process's hands. `live.run()` must run somewhere for anything to happen."""

    settings: Settings
    live: Live
    record: Record
    limits: Limits
    media: Storage
    passwords: Passwords = field(default_factory=Passwords)
    uses: Uses = field(default_factory=Uses)
    address_bans: AddressBans = field(default_factory=AddressBans)
    """The last known list (core.actions.ip_bans)."""

    @classmethod
    async def open(cls, settings: Settings, *, incarnation: str | None = None) -> Self:
        """Connects to both stores without waiting for either."""
        live = await Live.open(settings, incarnation=incarnation or new_incarnation(), follow=follow)
        return cls(
            settings,
            live,
            await Record.connect(settings),
            Limits(settings, live.redis),
            LocalStorage(settings.media_url),
        )

    async def close(self) -> None:
        self.passwords.close()
        await self.live.close()
        await self.record.close()
