"""Addresses that may not connect. The lobby has the list; every process keeps a copy, which also holds while the
stores are away, and reads it again when it is told to.
"""

import ipaddress

from redis.exceptions import RedisError

from core import keys
from core.actions.outbox import carry_out
from core.actions.service import Service
from core.errors import Refusal, Unavailable
from core.record.audit import Operator
from core.rules.addresses import AddressBans, Network


async def put(service: Service, by: Operator, network: Network, reason: str, days: float | None) -> None:
    """Bans a network, for ever without `days`. Raises Refusal forbidden (the operator's own address); Unavailable."""
    if ipaddress.ip_address(by.ip) in network:
        raise Refusal("forbidden", "your own address is among these: you would lock yourself out")
    outbox_id = await service.record.ip_bans.put(by, network, reason, days)
    await carry_out(service, outbox_id, carry(service, str(network)))


async def lift(service: Service, by: Operator, network: Network) -> None:
    """Lifts the ban of exactly this network. Raises Refusal not_found; Unavailable."""
    outbox_id = await service.record.ip_bans.lift(by, network)
    if outbox_id is None:
        raise Refusal("not_found", "this network is not banned")
    await carry_out(service, outbox_id, carry(service, str(network)))


async def carry(service: Service, network: str) -> None:
    """Tells the lobby of a network as PostgreSQL has it, and every node with it. Harmless twice. Raises Unavailable."""
    while True:
        until_ms = await service.record.ip_bans.until_ms(network)
        if until_ms is None:
            await service.live.lobby.call("ip_unban", network)
        else:
            await service.live.lobby.call("ip_ban", network, until_ms)
        if await service.record.ip_bans.until_ms(network) == until_ms:
            return


async def learn(service: Service) -> None:
    """Reads the list anew. Raises Unavailable while the lobby is not live: what it has then is not the list."""
    try:
        async with service.live.redis.pipeline(transaction=True) as both:
            both.hget(keys.marker(keys.LOBBY), "epoch")
            both.hgetall(keys.ip_bans())
            epoch, found = await both.execute()
    except (RedisError, OSError) as error:
        raise Unavailable("Redis is away") from error
    if epoch is None:
        raise Unavailable("the lobby is being brought back")
    service.address_bans = AddressBans({network.decode(): int(until_ms) for network, until_ms in found.items()})
