"""What a worker answers on METRICS_PORT: /metrics, /healthz, /readyz."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from workers.jobs import dumps
from workers.shop import Shop

PROBE_S: Final = 2.0
"""A store that takes longer to say that it is there is taken for away."""


async def listen(shop: Shop, is_working: Callable[[], bool]) -> web.AppRunner:
    """Serves until cleaned up. `is_working`: whether arq's workers run."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(shop.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthz(_: web.Request) -> web.Response:
        return _json({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        fit = {
            "redis": await _answers(shop.service.live.redis),
            "jobs": all([await _answers(queue.redis) for queue in shop.jobs.values()]),
            "rehydrated": shop.service.live.is_live,
            "working": is_working(),
            "not_draining": not shop.stopping.is_set(),
        }
        has_postgresql = await shop.service.record.is_there()
        checks = {name: "ok" if is_fit else "failing" for name, is_fit in fit.items()}
        checks["postgresql"] = "ok" if has_postgresql else "degraded"
        body = {
            "ready": all(fit.values()),
            "degraded": [] if has_postgresql else ["postgresql: away"],
            "checks": checks,
        }
        return _json(body, status=200 if body["ready"] else 503)

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    settings = shop.service.settings
    await web.TCPSite(runner, settings.host, settings.metrics_port).start()
    return runner


def _json(body: object, *, status: int = 200) -> web.Response:
    return web.Response(body=dumps(body), status=status, content_type="application/json")


async def _answers(redis: Redis) -> bool:
    try:
        async with asyncio.timeout(PROBE_S):
            return bool(await cast("Any", redis.ping()))
    except (TimeoutError, RedisError, OSError):
        return False
