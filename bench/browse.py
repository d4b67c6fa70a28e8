"""Browsing a page of 20: what the script takes, and what a caller waits. The cost must not grow with the queue."""

import random
import time
from typing import Any

from bench.figures import Benchmark, Figures, Shown, percentile
from bench.people import Person, come_online, people
from bench.stage import Stage, on_the_servers_core
from core import keys
from core.actions.rehydrate import bring_live
from core.live.family import Family

PAGE = 20
PAGES_LEAST = 300
PAGES_A_SECOND = 500
WORN_SHARE = 0.99
"""How much of the queue somebody has seen for whom hardly anybody new is left: the dearest page there is."""


async def measure(stage: Stage, size: int, seconds: float) -> Figures:
    """`size` users are available; pages are asked for one after the other, each by somebody drawn at random."""
    pages = max(PAGES_LEAST, int(seconds * PAGES_A_SECOND))
    async with stage.service(NODE_LEASE_S="3600", TICK_GAP_S="3600") as service:
        lobby = service.live.lobby
        await bring_live(service, lobby)
        everyone = people(size)
        conns = await come_online(lobby, everyone, wish=True)
        pairs = list(zip(conns, everyone, strict=True))
        with on_the_servers_core():
            waited, scripts, full = await _browse(service.live.redis, lobby, random.sample(pairs, min(pages, size)))
            worn = random.choice(pairs)
            await _show(service.live.redis, worn[1], random.sample(everyone, int(size * WORN_SHARE)))
            _, worn_scripts, _ = await _browse(service.live.redis, lobby, [worn])
    return {
        "script p50": percentile(scripts, 0.5),
        "script p99": percentile(scripts, 0.99),
        "call p50": percentile(waited, 0.5),
        "call p99": percentile(waited, 0.99),
        "cards on a page": full,
        "script, nearly all seen": max(worn_scripts),
    }


async def _browse(
    redis: Any, lobby: Family, browsers: list[tuple[str, Person]]
) -> tuple[list[float], list[float], float]:
    """What each call took, what each script took (both ms), and how many cards a page had."""
    await redis.config_set("slowlog-max-len", len(browsers) * 2)
    await redis.config_set("slowlog-log-slower-than", 0)
    await redis.slowlog_reset()
    waited, cards = [], 0
    for conn, person in browsers:
        begun = time.perf_counter()
        page, _ = await lobby.call("browse", conn, person.user_id, PAGE, 0, 0)
        waited.append((time.perf_counter() - begun) * 1000)
        cards += len(page)
    await redis.config_set("slowlog-log-slower-than", -1)
    slow = await redis.slowlog_get(len(browsers) * 2)
    scripts = [entry["duration"] / 1000 for entry in slow if entry["command"].lower().startswith(b"fcall")]
    return waited, scripts, cards / len(browsers)


async def _show(redis: Any, browser: Person, seen: list[Person]) -> None:
    """As if he had browsed through all of these."""
    ids = [person.user_id for person in seen]
    for first in range(0, len(ids), 1_000):
        await redis.sadd(keys.key(keys.LOBBY, f"seen:{browser.user_id}"), *ids[first : first + 1_000])


BENCHMARK = Benchmark(
    name="browse",
    title="Browse a page of 20",
    unit="available",
    sizes=(10_000, 100_000),
    quick=(100, 1_000),
    shown=(
        Shown("script p50", "ms"),
        Shown("script p99", "ms", most=5),
        Shown("call p50", "ms"),
        Shown("call p99", "ms", most=5),
        Shown("cards on a page", "cards"),
        Shown("script, nearly all seen", "ms"),
    ),
    measure=measure,
    remark="The cost must not grow with the queue. `nearly all seen`: somebody was shown 99 % of it, so that his page "
    "looks at all the 1,000 candidates a page may look at.",
)
