"""A node's own life as the lobby sees it: registered, renewed, gone."""

from collections.abc import Callable

from msgspec.json import decode

from core import keys
from core.actions.arrive import depart
from core.actions.service import Service

LOOK_AT_ONCE = 1_000


async def register(service: Service, name: str, address: str) -> None:
    """Takes a lease. A predecessor of the same name is dead from now on. Raises Refusal("dead") when dead."""
    await service.live.lobby.call("register", service.live.incarnation, name, address)


async def renew(service: Service) -> None:
    """Renews the lease. Raises Refusal("dead"): close every socket 4003 and begin anew."""
    await service.live.lobby.call("renew", service.live.incarnation)


async def farewell(service: Service) -> None:
    """Gives the lease back: every socket is closed."""
    await service.live.lobby.call("farewell", service.live.incarnation)


async def reconcile(service: Service, is_held: Callable[[str], bool]) -> int:
    """Removes from Redis the connections of this incarnation that it does not hold; returns how many.

    A connection that is just arriving counts as held. Bindings go first, as at any departure.
    """
    incarnation = service.live.incarnation
    strays = 0
    async for raw_conn, raw_user in service.live.redis.hscan_iter(keys.connections_of(incarnation), count=LOOK_AT_ONCE):
        conn, user_id = raw_conn.decode(), raw_user.decode()
        if is_held(conn):
            continue
        (seat,) = await service.live.lobby.call("seat", user_id)
        await depart(service, conn, user_id, decode(seat)["room_id"] if seat else None)
        strays += 1
    return strays
