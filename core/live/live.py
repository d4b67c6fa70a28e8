"""The live state as one process sees it: every family, and what one family leaves another to do."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Self

import structlog
from redis.asyncio import BlockingConnectionPool, Redis

from core import keys
from core.clock import Clock
from core.errors import Unavailable
from core.ids import new_room_id, shard_of
from core.live import script
from core.live.family import Family
from core.live.line import ANSWER_S
from core.settings import Settings

FOLLOWUPS_AT_ONCE = 256
"""Second halves under way at a time: as many as fit one batch."""
CONNECTIONS = 64
"""Redis connections of one process: a batch and an inbox per family, and a few for plain reads."""

log = structlog.get_logger(__name__)
Follow = Callable[["Live", str, str], Awaitable[None]]


def connect(url: str, *, connections: int = CONNECTIONS) -> "Redis":
    """Returns a client that waits for a free connection, and never for ever for an answer."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=ANSWER_S,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=2.0,
        health_check_interval=15,
    )
    return Redis(connection_pool=pool)


class Live:
    """Every family of this installation. `run` sends what is queued and follows up; no family is live at first.

    `on_lost` is told of a family that is no longer what this process took it for (see core.actions.rehydrate);
    `follow` runs the second halves.
    """

    def __init__(self, settings: Settings, incarnation: str, follow: Follow) -> None:
        self.settings = settings
        self.incarnation = incarnation
        self.clock = Clock()
        self.redis = connect(settings.redis_url)
        self.on_lost: Callable[[Family], None] = _left_to_others
        self._follow = follow
        self._followups: set[tuple[str, str]] = set()
        self._due = asyncio.Event()
        self._places = asyncio.Semaphore(FOLLOWUPS_AT_ONCE)
        self._families = {name: self._family(name) for name in keys.families(settings.room_shards)}

    @classmethod
    async def open(cls, settings: Settings, *, incarnation: str, follow: Follow) -> Self:
        """Connects. Does not wait for Redis: families say `unavailable` until they are brought live."""
        return cls(settings, incarnation, follow)

    def _family(self, name: str) -> Family:
        return Family(
            name,
            self.redis,
            script.library(script.kind_of(name), self.settings),
            self.incarnation,
            clock=self.clock,
            on_lost=self._lost,
            on_followups=self._take_followups,
        )

    def loader(self, name: str, token: str, epoch: int) -> Family:
        """Returns a family that loads under the coming `epoch`, as the holder of the rehydrate token."""
        loader = self._family(name)
        loader.incarnation = token
        loader.epoch = -epoch
        return loader

    @property
    def lobby(self) -> Family:
        return self._families[keys.LOBBY]

    def families(self) -> list[Family]:
        """Returns every family, the lobby first."""
        return list(self._families.values())

    def family(self, name: str) -> Family:
        return self._families[name]

    def shards(self) -> list[Family]:
        return self.families()[1:]

    def shard(self, room_id: str) -> Family:
        """Returns the family in which a room lives; an id that is none of ours is nobody's room in any of them."""
        try:
            return self._families[keys.shard_family(shard_of(room_id))]
        except (KeyError, ValueError):
            return self.shards()[0]

    def new_room_id(self) -> str:
        """Returns an id for a room in a shard drawn at random, so that shards fill evenly.

        Raises Unavailable where the journals of all are too full.
        """
        open_to_new = [number for number, shard in enumerate(self.shards()) if not shard.is_full]
        if not open_to_new:
            raise Unavailable("every journal is full")
        return new_room_id(random.choice(open_to_new))  # noqa: S311  (spreads load, guards nothing)

    @property
    def is_live(self) -> bool:
        """True when this process believes every family to be live and the store to answer."""
        return all(family.epoch and not family.is_down for family in self._families.values())

    async def run(self) -> None:
        """Sends batches and runs second halves until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for family in self._families.values():
                tasks.create_task(family.run(), name=f"family {family.name}")
            tasks.create_task(self._run_followups(tasks), name="followups")

    async def close(self) -> None:
        await self.redis.aclose()

    def _lost(self, family: Family) -> None:
        self.on_lost(family)  # looked up when it happens: its owner sets it after opening

    def _take_followups(self, flat: Sequence[str]) -> None:
        for kind, data in zip(flat[::2], flat[1::2], strict=True):
            self._followups.add((kind, data))
        self._due.set()

    async def _run_followups(self, tasks: asyncio.TaskGroup) -> None:
        """Each once at a time. What fails now comes again: deadlines emit it until it is done."""
        under_way: set[tuple[str, str]] = set()

        async def one(kind: str, data: str) -> None:
            try:
                await self._follow(self, kind, data)
            except Unavailable:
                pass
            except Exception:
                log.exception("followup_failed", kind=kind)
            finally:
                under_way.discard((kind, data))
                self._places.release()

        while True:
            await self._due.wait()
            self._due.clear()
            todo, self._followups = self._followups - under_way, set()
            for kind, data in todo:
                await self._places.acquire()
                under_way.add((kind, data))
                tasks.create_task(one(kind, data), name=f"follow {kind}")


def _left_to_others(family: Family) -> None:
    log.warning("family_lost", family=family.name)
