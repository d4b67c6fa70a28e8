"""The wiring of a node, in the order in which it starts; it ends in the opposite one.

settings, logs      before this page (__main__)
stores              connected when first needed
metrics port        from here on somebody can see why it is not ready
families live       adopted, or rehydrated
inboxes, lease      others know of this node and can tell it something
background          lease, inboxes, reconciling, sweeps, heartbeat
port                websockets, HTTP, the client, the operators' pages
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from core import logs
from core.actions.service import Service
from core.owned import end
from core.settings import Settings
from web import api, malformed
from web.drain import drain
from web.node import Node
from web.upgrade import Upgrade

CLIENT: Final = Path(__file__).parent / "client"
OPS: Final = Path(__file__).parent / "ops"
BACKLOG: Final = 2_048
"""Connections that may wait to be accepted: a node's clients come back all at once when another one dies."""
HANDLERS_S: Final = 1.0
"""How long requests may take to end once the port is closed."""
FAREWELL_S: Final = 5.0
"""How long departures may take at the end; what they leave behind is reaped."""

log = logs.get(__name__)


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Runs a node until `stop` is set and everybody has left. Raises what a background task fails with."""
    malformed.tell_less()
    service = await Service.open(settings)
    node = Node(settings, service)
    node.hub.orders["!drain"] = stop.set  # an operator said so
    try:
        async with asyncio.TaskGroup() as tasks:
            stopping = tasks.create_task(stop.wait(), name="stop")
            metrics = await _listen(_metrics_app(node), settings.host, settings.metrics_port)
            is_ready = asyncio.Event()
            background = [
                tasks.create_task(node.run(is_ready), name="node"),
                tasks.create_task(node.heartbeat.run(), name="heartbeat"),
            ]
            getting_ready = tasks.create_task(is_ready.wait(), name="ready")
            await asyncio.wait({stopping, getting_ready}, return_when=asyncio.FIRST_COMPLETED)
            if is_ready.is_set():
                port = await _listen(_app(node), settings.host, settings.port)
                log.info("listening", node=settings.node_name, incarnation=service.live.incarnation)
                await stopping
                await _leave(node)
                await port.cleanup()
                await node.errands.finish(0)
            await end((getting_ready, *background))
            await metrics.cleanup()
    finally:
        await service.close()


async def _leave(node: Node) -> None:
    node.is_draining = True
    await drain(node.hub, node.settings.drain_s)
    late = await node.errands.finish(FAREWELL_S)
    try:
        async with asyncio.timeout(FAREWELL_S):
            await node.upkeep.farewell()
    except TimeoutError:
        log.info("no farewell", reason="Redis does not answer")
    log.info("drained", late_departures=late)


def _app(node: Node) -> web.Application:
    app = web.Application()
    app.on_response_prepare.append(_as_a_page)
    api.install(app, node.service, is_draining=lambda: not node.is_accepting)
    app.router.add_get("/ws", Upgrade(node).handle)
    app.router.add_get("/", _page(CLIENT / "index.html"))
    app.router.add_static("/client", CLIENT)
    app.router.add_get("/ops", _page(OPS / "index.html"))
    app.router.add_static("/ops", OPS)
    return app


def _metrics_app(node: Node) -> web.Application:
    async def metrics(_: web.Request) -> web.Response:
        await node.count()
        return web.Response(body=generate_latest(node.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def targets(_: web.Request) -> web.Response:
        return web.json_response(await node.targets())

    app = web.Application()
    api.install_health(app, node.service, is_draining=lambda: not node.is_accepting)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/metrics/targets", targets)
    return app


async def _as_a_page(_: web.Request, response: web.StreamResponse) -> None:
    """The client's files are asked for again after each deploy, and its scripts have the type of RFC 9239."""
    if isinstance(response, web.FileResponse):
        response.headers.setdefault("Cache-Control", "no-cache")
        if response.content_type == "application/javascript":
            response.content_type = "text/javascript"


def _page(file: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(file)

    return page


async def _listen(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Serves `app`; signals are ours to handle (aiohttp would close the port first and then wait two minutes)."""
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=HANDLERS_S)
    await runner.setup()
    await web.TCPSite(runner, host, port, backlog=BACKLOG).start()
    return runner
