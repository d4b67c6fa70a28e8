"""What typing and signalling have in common: the way to the partner's connection, here or on another node."""

from functools import partial
from typing import TYPE_CHECKING

from core import logs
from core.actions import talk
from core.errors import Refusal
from core.live.family import Result, refusal_of

if TYPE_CHECKING:
    from web.connection import Connection

NO_GENERATION = 0
"""Stands for what is no signalling."""

log = logs.get(__name__)


def relay(
    connection: "Connection", name: str, ref: int, room_id: str, kind: str, payload: bytes, generation: int
) -> None:
    """Gives a push to the room's shard, which refuses it, passes it on, or drops it where nobody is there to hear."""
    connection.unanswered += 1
    fields = "{" + payload[len(f'{{"type":"{kind}",') :].decode()
    talk.relay(
        connection.node.service,
        connection.id,
        connection.user_id,
        room_id,
        kind,
        fields,
        generation,
        partial(_relayed, connection, name, ref, room_id, kind, payload),
    )


def _relayed(
    connection: "Connection", name: str, ref: int, room_id: str, kind: str, payload: bytes, result: Result
) -> None:
    connection.answered()
    if result[0]:
        refuse(connection, name, ref, result)
    elif result[1]:  # the partner's connection is here after all
        connection.node.hub.push(result[1], room_id, kind, payload)


def refuse(connection: "Connection", name: str, ref: int, result: Result) -> None:
    """Answers a request that was not awaited with what the shard refused it for."""
    try:
        refusal = refusal_of(result)
    except RuntimeError as error:
        log.error("request failed", conn=connection.id, request=name, error=str(error))
        refusal = Refusal("internal")
    if refusal:
        connection.refuse(name, ref, refusal)
