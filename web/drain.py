"""Going away without hurting anybody: everyone is told, at an instant of his own, to connect elsewhere.

Those outside rooms go first, those in a room last; over DRAIN_S, or faster where there are few: another node can take
AT_ONCE of them in a second without noticing.
"""

import asyncio
from typing import Final

from core import logs
from core.protocol.codes import Close
from core.protocol.server import NodeDraining, encode
from web.connection import Connection
from web.hub import Hub

AT_ONCE: Final = 200
"""Connections told to go per second, unless DRAIN_S is too short for that."""
NOTICE_S: Final = 0.2
"""Between being told and being closed, at least: a client that hears it first need not be surprised."""
SHARE: Final = 0.8
"""Part of DRAIN_S in which everybody is closed; the rest is for their answers and their departures."""

log = logs.get(__name__)


def schedule(hub: Hub, drain_s: float) -> list[tuple[float, Connection]]:
    """Returns when each connection is to be closed, in seconds from now; ascending."""
    leaving = sorted(hub, key=lambda connection: connection.seat is not None)
    if not leaving:
        return []
    length = min(drain_s * SHARE, NOTICE_S + len(leaving) / AT_ONCE)
    first = min(NOTICE_S, length)
    step = (length - first) / len(leaving)
    return [(first + number * step, connection) for number, connection in enumerate(leaving)]


async def drain(hub: Hub, drain_s: float) -> None:
    """Tells everybody, closes them one after the other, and returns when nobody is left or DRAIN_S is over."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    plan = schedule(hub, drain_s)
    log.info("draining", connections=len(plan), seconds=round(plan[-1][0], 3) if plan else 0)
    for after, connection in plan:
        if connection.arrival:
            connection.push(encode(NodeDraining(reconnect_after_ms=round(after * 1000))))
    for after, connection in plan:
        await asyncio.sleep(max(0.0, began + after - loop.time()))
        connection.close(Close.DRAINING)
    await hub.emptied(max(0.0, began + drain_s - loop.time()))
    for connection in hub:
        connection.cut(Close.DRAINING)
