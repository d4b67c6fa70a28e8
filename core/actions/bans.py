"""Sending somebody away: until a review, for good, or not any more."""

import ipaddress

from msgspec.json import decode

from core.actions import follow, ip_bans
from core.actions.outbox import carry_out
from core.actions.service import Service
from core.errors import Refusal
from core.record.audit import Operator
from core.record.bans import Ban, Decision


async def ban(service: Service, by: Operator, user_id: str, reason: str) -> Ban:
    """Bans a user until a review; who is banned already stays so. Raises Refusal not_found; Unavailable."""
    outbox_id = await service.record.bans.ban(by, user_id, reason)
    if outbox_id is None:
        raise Refusal("not_found", "there is no such user")
    await carry_out(service, outbox_id, carry(service, user_id))
    return await _newest(service, user_id)


async def review(
    service: Service, by: Operator, user_id: str, decision: Decision, note: str | None
) -> tuple[Ban | None, list[str]]:
    """Decides about who was banned or reported. Raises Refusal not_found; Unavailable.

    Returns the ban (None where he had gone before anybody banned him), and the networks that are banned with him or
    free again. The operator's own address and TRUSTED_PROXIES are spared: nobody locks himself out.
    """
    spared = [*service.settings.trusted_proxies, ipaddress.ip_network(by.ip)]
    reviewed = await service.record.bans.review(
        by, user_id, decision, note, spared=spared, days=service.settings.ip_ban_days
    )
    if reviewed is None:
        raise Refusal("not_found", "nobody has banned or reported this user")
    await carry_out(service, reviewed.outbox_id, carry(service, user_id))
    for network, outbox_id in reviewed.networks.items():
        await carry_out(service, outbox_id, ip_bans.carry(service, network))
    bans, _ = await service.record.bans.page(reviewed=None, before=None, limit=1, user_id=user_id)
    return (bans[0] if bans else None), sorted(reviewed.networks)


async def carry(service: Service, user_id: str) -> None:
    """Makes the live side refuse a user, or not, as PostgreSQL says. Harmless twice. Raises Unavailable.

    Whoever carries looks again afterwards: of two that raced, the later word is what PostgreSQL says.
    """
    while True:
        reason = await service.record.bans.standing(user_id)
        if reason is None:
            await service.live.lobby.call("unban", user_id)
        else:
            (seat,) = await service.live.lobby.call("ban", user_id, reason)
            if seat:
                await follow.end_room(service.live, decode(seat)["room_id"], "banned")
        if await service.record.bans.standing(user_id) == reason:
            return


async def _newest(service: Service, user_id: str) -> Ban:
    (newest,), _ = await service.record.bans.page(reviewed=None, before=None, limit=1, user_id=user_id)
    return newest
