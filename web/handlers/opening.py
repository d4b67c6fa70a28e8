"""ping"""

import time
from typing import TYPE_CHECKING

from core.protocol.client import Ping
from core.protocol.server import Pong

if TYPE_CHECKING:
    from web.connection import Connection


def ping(connection: "Connection", message: Ping) -> None:
    """Answers at once."""
    now_ms = connection.node.service.live.clock.now_ms()
    connection.reply("ping", time.perf_counter(), Pong(ref=message.ref, server_at_ms=now_ms))
