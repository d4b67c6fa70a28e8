"""What keeps a node a node: its lease, its inboxes, families brought back, and the sweeps nobody else does.

Everything here belongs to one incarnation. `run` ends with Dead when the lobby has declared it dead; whoever runs it
closes every socket and starts over with a new one.
"""

import asyncio
import contextlib
import random
import time
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import RedisError

from core import keys, logs
from core.actions import arrive, ip_bans, nodes, rehydrate, sweep
from core.actions import queue as wishes
from core.errors import Refusal, Unavailable
from core.live.family import Family
from core.live.inboxes import Inbox
from core.owned import run_together
from core.protocol.codes import Close
from web.catch_up import catch_up
from web.connection import Connection

if TYPE_CHECKING:
    from web.node import Node

AGAIN_S: Final = 0.2
"""Pause between tries to bring a family back."""
TICK_S: Final = 0.1
"""How often waiting pushes are looked at; a hole in the messages is filled BEHIND_S + this after it was seen."""
RECONCILE_S: Final = 60.0
"""Between comparisons of the hub with what Redis holds of it (architecture, section 4)."""
SOON_S: Final = 1.0
"""Between two comparisons that were asked for."""
SWEEP_S: Final = 1.0
"""Mean pause between looks whether somebody keeps the deadlines; drawn anew each time, so that nodes take turns."""
WATCH_AGAIN_S: Final = 1_200.0
"""Between two times that the lobby is told which cards are shown here: it forgets after an hour."""
UNWATCH_S: Final = 5.0
"""How often the lobby is told of cards that nobody here shows any more."""
USES_S: Final = 5.0
"""How often PostgreSQL is told which logins are in use."""
ANNOUNCED_AT_ONCE: Final = 128
"""Announcements under way at a time: half a batch."""

log = logs.get(__name__)


class Dead(Exception):
    """This incarnation was declared dead; nothing it says counts any more."""


class _LostAgain(Exception):
    """The family went once more while it was being brought back: from the beginning."""


class Upkeep:
    """The background of one node."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._inboxes: dict[str, Inbox] = {}
        self._lost: set[str] = set()
        self._is_lost = asyncio.Event()
        self._reconcile = asyncio.Event()
        self._watch = asyncio.Event()
        self._ip_bans_changed = asyncio.Event()
        node.hub.orders["!ip_bans"] = self._ip_bans_changed.set
        self.is_registered = False
        """Whether others know of this node: from its first registration to its farewell."""

    @property
    def is_bringing_back(self) -> bool:
        """Whether some family was lost and is not yet as this node left it."""
        return bool(self._lost)

    def reconcile_soon(self) -> None:
        """Something may be registered that this node does not hold."""
        self._reconcile.set()

    async def start(self) -> None:
        """Brings every family live, opens the inboxes and takes a lease; returns when this node may listen."""
        service = self._node.service
        service.live.on_lost = self._on_lost
        self._lost.clear()
        await rehydrate.bring_all_live(service)
        self._inboxes = {
            family.name: Inbox(service.live.redis, family, deliver=self._node.hub.deliver, on_gap=self._on_gap)
            for family in service.live.families()
        }
        for family in service.live.families():
            await self._stand_ready(family)
        await self._learn_ip_bans()
        self.is_registered = True

    async def run(self) -> None:
        """Runs until cancelled. Raises Dead."""
        await run_together(
            self._bring_back(),
            self._renew(),
            self._compare(),
            self._sweep(),
            self._keep_watching(),
            self._unwatch(),
            self._keep_learning_ip_bans(),
            self._tick(),
            self._note_uses(),
            *(inbox.run() for inbox in self._inboxes.values()),
        )

    async def farewell(self) -> None:
        """Gives the lease back; what this incarnation leaves behind is reaped like any dead node's."""
        self.is_registered = False
        try:
            await nodes.farewell(self._node.service)
        except Refusal as reason:
            log.info("no farewell", reason=reason.code)

    # ------------------------------------------------------------------------------------------------- families
    def _on_lost(self, family: Family) -> None:
        log.warning("family lost", family=family.name)
        self._lost.add(family.name)
        self._is_lost.set()

    def _on_gap(self, family: Family) -> None:
        """Something was missed, nobody knows whose: everybody takes his state anew."""
        log.warning("resync", family=family.name, connections=len(self._node.hub))
        for connection in self._node.hub:
            connection.close(Close.RESYNC)
        self._ip_bans_changed.set()

    async def _bring_back(self) -> None:
        while True:
            await self._is_lost.wait()
            self._is_lost.clear()
            await asyncio.gather(*(self._bring_one_back(name) for name in sorted(self._lost)))

    async def _bring_one_back(self, name: str) -> None:
        live = self._node.service.live
        family = live.family(name)
        began = time.monotonic()
        await self._stand_ready(family)
        if name == keys.LOBBY:
            self._watch.set()
            self._ip_bans_changed.set()
            await self._announce_all(family, [each for each in self._node.hub if each.arrival], self._announce)
        else:
            await self._announce_all(family, self._node.hub.bound_in(family), self._announce_binding)
        if family.epoch:  # else it was lost again meanwhile, and its turn comes again
            self._lost.discard(name)
        log.info("family back", family=name, epoch=family.epoch, seconds=round(time.monotonic() - began, 3))

    async def _stand_ready(self, family: Family) -> None:
        while True:
            await self._until_done(lambda: rehydrate.bring_live(self._node.service, family))
            with contextlib.suppress(_LostAgain):
                await self._until_done(lambda: self._open(family), family)
                return

    async def _open(self, family: Family) -> None:
        """Stands ready for what this family announces; the lobby, through which others find us, is told so."""
        await self._inboxes[family.name].open()
        if family.name == keys.LOBBY:
            settings = self._node.settings
            try:
                place = f"{settings.advertise_host}:{settings.metrics_port}"
                await nodes.register(self._node.service, settings.node_name, place)
            except Refusal as refusal:
                _raise_if_dead(refusal)
                raise

    async def _announce_all(self, family: Family, connections: list[Connection], announce: Any) -> None:
        """Gives up where the family is lost again: then all of it is said once more when it is back."""
        places = asyncio.Semaphore(ANNOUNCED_AT_ONCE)

        async def one(connection: Connection) -> None:
            async with places:
                with contextlib.suppress(_LostAgain):
                    if connection.is_open and not await self._until_done(lambda: announce(connection), family):
                        connection.close(Close.RESYNC)

        await asyncio.gather(*(one(connection) for connection in connections))

    async def _announce(self, connection: Connection) -> bool:
        if connection.arrival is None or connection.id not in self._node.hub:  # it went while the lobby was away
            return True
        if not await arrive.announce(self._node.service, connection.id, connection.arrival, connection.wish):
            return False
        if connection.is_bound:
            await self._node.mark_bound(connection)
        return True

    async def _announce_binding(self, connection: Connection) -> bool:
        if connection.binding is None:
            return True
        service, room_id = self._node.service, connection.binding.room_id
        if not await arrive.announce_binding(service, connection.id, connection.user_id, room_id):
            return False
        self._node.hub.restore(connection, service.live.shard(room_id).epoch)
        return True

    async def _until_done(self, ask: Any, family: Family | None = None) -> Any:
        """Asks until it can be done. Raises _LostAgain when it cannot because `family` is not live any more."""
        while True:
            try:
                return await ask()
            except Unavailable:
                if family and not family.epoch:
                    raise _LostAgain from None
                await asyncio.sleep(AGAIN_S)

    # -------------------------------------------------------------------------------------------------- the lease
    async def _renew(self) -> None:
        was_away = False
        while True:
            await asyncio.sleep(self._node.settings.node_renew_s)
            if keys.LOBBY in self._lost:
                continue
            try:
                await nodes.renew(self._node.service)
            except Unavailable:
                was_away = True
            except Refusal as refusal:
                if keys.LOBBY not in self._lost:
                    _raise_if_dead(refusal)
            else:
                if was_away:
                    self.reconcile_soon()
                was_away = False

    # ------------------------------------------------------------------------------------------------- small trades
    async def _compare(self) -> None:
        while True:
            try:
                async with asyncio.timeout(RECONCILE_S):
                    await self._reconcile.wait()
                    await asyncio.sleep(SOON_S)
            except TimeoutError:
                pass
            self._reconcile.clear()
            try:
                strays = await nodes.reconcile(self._node.service, self._node.hub.__contains__)
            except Exception as error:
                if not _is_passing(error):
                    raise
            else:
                if strays:
                    log.warning("strays removed", connections=strays)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(random.uniform(0.5, 1.5) * SWEEP_S)  # noqa: S311 - only spreads nodes in time
            try:
                await sweep.sweep_if_stale(self._node.service)
            except Exception as error:
                if not _is_passing(error):
                    raise

    async def _keep_watching(self) -> None:
        """The lobby forgets who looks at whom after an hour, and when it is lost. Then it is told at once; what it says
        of their presence counts when everybody has had time to come back."""
        hub, pause_s = self._node.hub, WATCH_AGAIN_S
        while True:
            try:
                async with asyncio.timeout(pause_s):
                    await self._watch.wait()
            except TimeoutError:
                was_lost = False
            else:
                was_lost = True
                self._watch.clear()
            pause_s = self._node.settings.hold_s + SOON_S if was_lost else WATCH_AGAIN_S
            try:
                presences = await wishes.watch(self._node.service, hub.cards.watched())
            except Unavailable:
                continue
            if not was_lost:
                hub.cards.refresh(presences, time.monotonic())

    async def _unwatch(self) -> None:
        while True:
            await asyncio.sleep(UNWATCH_S)
            if user_ids := self._node.hub.cards.take_unwatched():
                try:
                    await wishes.unwatch(self._node.service, user_ids)
                except Unavailable:
                    continue

    async def _keep_learning_ip_bans(self) -> None:
        """When it is told to, and once a minute."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RECONCILE_S):
                    await self._ip_bans_changed.wait()
            self._ip_bans_changed.clear()
            await self._learn_ip_bans()

    async def _learn_ip_bans(self) -> None:
        """Until then the last known list holds."""
        while True:
            try:
                return await ip_bans.learn(self._node.service)
            except Unavailable:
                await asyncio.sleep(AGAIN_S)

    async def _tick(self) -> None:
        hub, errands = self._node.hub, self._node.errands
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            hub.tick(now)
            for connection in hub.behind(now):
                errands.start(catch_up(self._node, connection), "catch up")

    async def _note_uses(self) -> None:
        service = self._node.service
        while True:
            await asyncio.sleep(USES_S)
            with contextlib.suppress(Unavailable):
                await service.uses.flush(service.record)


def _raise_if_dead(refusal: Refusal) -> None:
    if refusal.code == "dead":
        raise Dead from None


def _is_passing(error: Exception) -> bool:
    """True for what a store that comes back makes go away."""
    return isinstance(error, (Unavailable, RedisError, OSError))
