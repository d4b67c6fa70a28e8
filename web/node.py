"""One web process: its hands (the service), its connections (the hub), and what it is doing with them."""

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

from redis.exceptions import RedisError

from core import keys, logs
from core.actions.arrive import depart, mark_bound
from core.actions.follow import follow
from core.actions.service import Service
from core.ids import new_incarnation
from core.live.limits import Limits
from core.live.live import Live
from core.owned import run_together
from core.protocol.codes import Close
from core.settings import Settings
from web.connection import Connection
from web.errands import Errands
from web.heartbeat import Heartbeat
from web.hub import Hub
from web.metrics import Metrics
from web.outbox import Post
from web.upkeep import Dead, Upkeep

EMPTY_S = 5.0
"""How long sockets that were closed may take to be gone: CLOSE_S for those who do not answer, and some."""

log = logs.get(__name__)


class Node:
    """What connections and background trades share. `service.live` is replaced when its incarnation was dead."""

    def __init__(self, settings: Settings, service: Service) -> None:
        self.settings = settings
        self.service = service
        self.metrics = Metrics()
        self.hub = Hub(self.metrics)
        self.heartbeat = Heartbeat(settings)
        self.post = Post()
        self.errands = Errands()
        self.upkeep = Upkeep(self)
        self.socket_limit = settings.limits["socket"]
        self.is_draining = False
        self.metrics.states = self._states
        self._numbers = itertools.count(1)

    @property
    def is_accepting(self) -> bool:
        """Whether new connections are welcome: registered, every family live as far as known, and not draining."""
        return self.upkeep.is_registered and not self.is_draining

    def new_connection_id(self) -> str:
        """Returns an id that names this incarnation."""
        return f"{self.service.live.incarnation}.{next(self._numbers)}"

    async def run(self, is_ready: asyncio.Event) -> None:
        """Lives one incarnation after the other; `is_ready` is set once this node may listen."""
        while True:
            await run_together(self.service.live.run(), self._live(is_ready))
            await self._reincarnate()

    async def _live(self, is_ready: asyncio.Event) -> None:
        """One incarnation, until it is declared dead and everybody has been sent away."""
        try:
            await self.upkeep.start()
            is_ready.set()
            await self.upkeep.run()
        except Dead:
            log.warning("declared dead", incarnation=self.service.live.incarnation, connections=len(self.hub))
            self.upkeep.is_registered = False
            await self.clear_out(Close.RESYNC)
            await self.errands.finish(EMPTY_S)

    async def _reincarnate(self) -> None:
        old = self.service.live
        self.service.live = await Live.open(self.settings, incarnation=new_incarnation(), follow=follow)
        self.service.limits = Limits(self.settings, self.service.live.redis)
        await old.close()

    async def departure(self, conn_id: str, user_id: str, room_id: str | None) -> None:
        """Sees a connection off in Redis; returns when that is confirmed."""
        await depart(self.service, conn_id, user_id, room_id)

    async def mark_bound(self, connection: Connection) -> None:
        """Tells the lobby whether a connection is in a room."""
        if connection.arrival:
            await mark_bound(self.service, connection.id, connection.user_id, is_bound=connection.is_bound)

    async def clear_out(self, code: int) -> None:
        """Closes every socket with `code`, and returns when they are gone and their departures are under way."""
        for connection in self.hub:
            connection.close(code)
        if not await self.hub.emptied(EMPTY_S):
            log.warning("sockets did not end", connections=len(self.hub))

    async def count(self) -> None:
        """Reads what only the lobby counts, for the next scrape."""
        try:
            async with asyncio.timeout(1.0):
                found = await self.service.live.redis.hgetall(keys.key(keys.LOBBY, "tally"))  # type: ignore[misc]
        except (RedisError, OSError):  # a timeout is an OSError
            return
        self.metrics.tally = {name.decode(): int(number) for name, number in found.items()}

    async def targets(self) -> list[dict[str, Any]]:
        """Returns every registered process as Prometheus's http_sd wants it. Raises Unavailable."""
        (rows,) = await self.service.live.lobby.call("nodes")
        return [{"targets": [place], "labels": {"cresset_node": name}} for _, name, place, _ in rows if place]

    def _states(self) -> Mapping[str, int]:
        welcomed, in_rooms = self.hub.welcomed, self.hub.in_rooms
        return {"opening": len(self.hub) - welcomed, "idle": max(0, welcomed - in_rooms), "in_room": in_rooms}
