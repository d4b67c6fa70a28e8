"""Accounts with a password: staying, logging in, changing it, having forgotten it.

What counts for an account is kept under a digest of its address, so an address that nobody has behaves like any other.
"""

import hashlib
import secrets
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any, Final

from msgspec.json import decode

from core.actions import accounts
from core.actions.accounts import TOKEN_BYTES, Caller, SignedIn
from core.actions.guesses import counted
from core.actions.outbox import carry_out
from core.actions.service import Service
from core.errors import Refusal, Unavailable
from core.passwords import check_password
from core.record.accounts import Credentials
from core.record.sessions import Login

TRIES: Final = 3
"""How often a password is looked at again because the account changed meanwhile."""
WRONG: Final = frozenset({"wrong_credentials", "not_found"})
"""What a wrong guess is refused with; everything else costs nothing."""

TAKEN: Final = frozenset({"email_taken"})
"""The same of an address."""


@dataclass(frozen=True, slots=True)
class LoggedIn(SignedIn):
    """A login as its client gets it, and whether it ended another one."""

    replaced: bool


async def stay(service: Service, caller: Caller, email: str, password: str, *, subject: str) -> dict[str, Any]:
    """Gives a guest an address and a password; he keeps his login, which lasts longer from now on. Returns his Me.

    That somebody has an address is worth guessing, so email_taken counts like a wrong password, for `subject`, the
    name under which the client's address is limited. Raises Refusal already_permanent, email_taken, weak_password,
    rate_limited; Unavailable.
    """
    account = await service.record.accounts.account(caller.user_id)
    if account.account_type == "permanent":
        raise Refusal("already_permanent")
    check_password(password, account.name, email)
    async with counted(service, TAKEN, ("auth", subject)):
        if await service.record.accounts.credentials(email) is not None:
            raise Refusal("email_taken")  # before it costs a hash; of two that race, the schema lets one through
        hashed = await service.passwords.hash(password)
        promoted = await service.record.accounts.make_permanent(
            caller.user_id, email, hashed, service.settings.session_days
        )
    profile_row, *session_rows = promoted.outbox_ids
    await carry_out(service, profile_row, accounts.refresh_profile(service, caller.user_id))
    for row, each in zip(session_rows, promoted.extended, strict=True):
        await carry_out(service, row, accounts.extend_session(service, caller.user_id, **each._asdict()))
    return await _me(service, caller.user_id)


async def log_in(
    service: Service, email: str | None, password: str, *, subject: str, ip: str | None, device: str | None
) -> LoggedIn:
    """Logs in with address and password, and ends every older login of the user on every node.

    `email`: None for what cannot be an address; `subject`: the name under which the client's address is limited. Raises
    Refusal wrong_credentials, banned, rate_limited; Unavailable, also while Redis is away.
    """
    await service.live.lobby.call("now")  # nobody is logged out by a login that cannot be told
    async with _guess(service, subject, email or ""):
        for _ in range(TRIES):
            found = await service.record.accounts.credentials(email) if email else None
            is_right = await service.passwords.verify(found.password_hash if found else None, password)
            if found is None or not is_right:
                break
            token = secrets.token_urlsafe(TOKEN_BYTES)
            login = await service.record.sessions.log_in(
                found.user_id,
                accounts.digest(token),
                ip,
                device,
                service.settings.session_days,
                password_hash=found.password_hash,
            )
            if login is not None:
                return await _begin(service, found, password, token, login)
        raise Refusal("wrong_credentials")


async def change(service: Service, caller: Caller, old: str, new: str, *, subject: str) -> None:
    """Changes the password; every other login is over.

    Raises Refusal wrong_credentials, weak_password, session_replaced, rate_limited; forbidden for guests; Unavailable.
    """
    async with _guess(service, subject, (await service.record.accounts.account(caller.user_id)).email or ""):
        for _ in range(TRIES):
            account = await service.record.accounts.account(caller.user_id)
            if account.password_hash is None:
                raise Refusal("forbidden", "a guest has no password")
            if not await service.passwords.verify(account.password_hash, old):
                break
            check_password(new, account.name, account.email or "")
            hashed = await service.passwords.hash(new)
            if await service.record.accounts.change_password(
                caller.user_id, caller.session_id, account.password_hash, hashed
            ):
                return
        raise Refusal("wrong_credentials")


async def ask_for_reset(service: Service, email: str) -> None:
    """Whoever has this address gets a mail; nobody learns whether anybody has. Raises Unavailable."""
    await service.record.resets.ask(email, service.settings.reset_s)


async def new_reset_link(service: Service, reset_id: int) -> str | None:
    """Returns the link for one mail; its token exists nowhere else. None: there is nothing to be sent any more."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    if not await service.record.resets.arm(reset_id, accounts.digest(token), service.settings.reset_s):
        return None
    return f"{service.settings.public_url.rstrip('/')}/#/reset/{token}"


async def reset(service: Service, token: str, password: str, *, subject: str) -> None:
    """Sets a new password and ends every login of the user.

    Raises Refusal not_found for a token that is unknown, used or expired, weak_password, rate_limited; Unavailable.
    """
    async with counted(service, WRONG, ("auth", subject)):
        whose = await service.record.resets.whose(accounts.digest(token))
        if whose is None:
            raise Refusal("not_found")
        check_password(password, whose.name, whose.email)
        hashed = await service.passwords.hash(password)
        ended = await service.record.accounts.reset_password(whose.user_id, accounts.digest(token), hashed)
    if ended is not None:
        ending = accounts.end_session(service, ended.user_id, ended.session_id, "password")
        await carry_out(service, ended.outbox_id, ending)


async def _begin(service: Service, found: Credentials, password: str, token: str, login: Login) -> LoggedIn:
    user_id, session = found.user_id, login.session
    if login.ended is not None and login.outbox_id is not None:
        ending = accounts.end_session(service, user_id, login.ended, "replaced")
        await carry_out(service, login.outbox_id, ending)
    me = await _me(service, user_id)
    with suppress(Refusal):  # another login came right behind, or PostgreSQL is asked when the token comes
        await accounts.remember(service, token, user_id, session.session_id, session.expires_at_ms, me)
    if service.passwords.is_outdated(found.password_hash):
        with suppress(Unavailable):
            hashed = await service.passwords.hash(password)
            await service.record.accounts.renew_hash(user_id, found.password_hash, hashed)
    return LoggedIn(token, session.expires_at_ms, me, login.replaced)


async def _me(service: Service, user_id: str) -> dict[str, Any]:
    profile = await service.record.users.profile(user_id)
    if profile is None:
        raise Refusal("not_authenticated")  # deleted a moment ago
    me: dict[str, Any] = decode(profile.me_json())
    return me


def require_mail(service: Service) -> None:
    """Raises Refusal(not_found) where no mail can be sent."""
    if not service.settings.smtp_url:
        raise Refusal("not_found")


def _guess(service: Service, subject: str, email: str) -> AbstractAsyncContextManager[None]:
    """A guess at a password: it counts for the client's address and for the account."""
    account = hashlib.sha256(email.strip().lower().encode()).hexdigest()
    return counted(service, WRONG, ("auth", subject), ("auth_account", account))
