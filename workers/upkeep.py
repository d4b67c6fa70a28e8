"""What keeps a worker a worker: families brought live, a lease of its own, figures of the journals and the sweeps."""

import asyncio
from typing import Any, Final, cast

from redis.exceptions import RedisError

from core import keys, logs
from core.actions import rehydrate
from core.errors import Refusal, Unavailable
from core.ids import new_incarnation
from core.live.family import Family
from core.record import entries
from workers.shop import Shop

LOOK_S: Final = 2.0
"""Between two looks at the journals: an alert needs no finer figure."""
AGAIN_S: Final = 0.2

log = logs.get(__name__)


class Upkeep:
    """The background of one worker process."""

    def __init__(self, shop: Shop, name: str, address: str) -> None:
        self._shop = shop
        self._name = name
        self._address = address
        self._lease = new_incarnation()
        self._is_lost = asyncio.Event()

    async def run(self) -> None:
        """Runs until cancelled."""
        live = self._shop.service.live
        live.on_lost = self._on_lost
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(live.run(), name="live")
            tasks.create_task(self._bring_back(), name="bring back")
            tasks.create_task(self._renew(), name="lease")
            tasks.create_task(self._look(), name="look")

    async def farewell(self) -> None:
        """Gives the lease back."""
        try:
            await self._shop.service.live.lobby.call("farewell", self._lease)
        except Refusal as refusal:
            log.info("no farewell", reason=refusal.code)

    def _on_lost(self, family: Family) -> None:
        log.warning("family lost", family=family.name)
        self._is_lost.set()

    async def _bring_back(self) -> None:
        while True:
            await rehydrate.bring_all_live(self._shop.service)
            await self._is_lost.wait()
            self._is_lost.clear()

    async def _renew(self) -> None:
        """A worker holds nothing that others would have to reap: declared dead, it simply takes another lease."""
        is_registered = False
        while True:
            try:
                if is_registered:
                    await self._shop.service.live.lobby.call("renew", self._lease)
                else:
                    await self._shop.service.live.lobby.call("register", self._lease, self._name, self._address)
                    is_registered = True
            except Unavailable:
                await asyncio.sleep(AGAIN_S)
                continue
            except Refusal:
                is_registered, self._lease = False, new_incarnation()
                continue
            await asyncio.sleep(self._shop.service.settings.node_renew_s)

    async def _look(self) -> None:
        """How far recording and sweeping are behind, as anybody can see."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                for family in self._shop.service.live.families():
                    await self._look_at(family.name)
            except (Unavailable, RedisError, OSError) as error:
                log.debug("no figures", error=type(error).__name__)

    async def _look_at(self, family: str) -> None:
        redis, metrics = self._shop.service.live.redis, self._shop.metrics
        shard = await self._shop.service.record.shards.get(family)
        now_ms = self._shop.service.live.clock.now_ms()
        if shard is not None:
            oldest = await redis.xrange(keys.journal(family), f"({shard.position}", count=1)
            lag_ms = now_ms - entries.id_of(oldest[0][0])[0] if oldest else 0
            metrics.journal_lag.labels(family).set(max(0, lag_ms) / 1000)
        metrics.journal_waiting.labels(family).set(await redis.xlen(keys.journal(family)))
        tick = await cast("Any", redis.hget(keys.marker(family), "tick"))
        if tick:
            metrics.sweep_age.labels(family).set(max(0, now_ms - int(tick)) / 1000)
