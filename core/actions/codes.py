"""Invite codes: letting in, looking up, and telling somebody that his own has opened."""

from contextlib import AbstractAsyncContextManager

from msgspec.json import encode

from core.actions import accounts
from core.actions.guesses import counted
from core.actions.outbox import carry_out
from core.actions.service import Service
from core.errors import Refusal
from core.rules import access
from core.rules.access import Code

FAILURES = frozenset({"not_found", "code_spent", "code_locked"})
"""What counts for LIMIT_CODE."""


def failures_counted(service: Service, address: str) -> AbstractAsyncContextManager[None]:
    """Around whatever reads a code: failures of an address count, and over the limit no code is looked at.

    Raises Refusal rate_limited; Unavailable with Redis away.
    """
    return counted(service, FAILURES, ("code", address))


async def redeem(service: Service, user_id: str, typed: str) -> None:
    """Lets a user in by a code; the lobby has heard of it as a rule when this returns.

    Raises Refusal already_admitted, not_found, code_spent, code_locked, forbidden; Unavailable.
    """
    outbox_id = await service.record.codes.redeem(user_id, access.read_code(typed))
    await carry_out(service, outbox_id, accounts.refresh_profile(service, user_id))


async def look_up(service: Service, typed: str) -> Code:
    """Returns a code that lets somebody in now. Raises Refusal not_found, code_spent, code_locked; Unavailable."""
    code = access.read_code(typed)
    found = await service.record.codes.get(code) if code else None
    fault = access.fault_of(found)
    if found is None or fault:
        raise Refusal(fault or "not_found")
    return found


async def unlocked(service: Service, user_id: str, code: str) -> None:
    """A user's own code has opened: he may meet for good, and all his connections hear of it. Raises Unavailable."""
    await accounts.refresh_profile(service, user_id)
    await service.live.lobby.call("tell", user_id, "code.unlocked", encode({"code": code}).decode())
