"""GET /me, PATCH /me, DELETE /me, POST /me/account, PUT /me/password"""

import msgspec
from aiohttp import web

from core.actions import accounts, passwords
from core.actions.service import Service
from core.errors import Refusal
from core.protocol.http.accounts import (
    Access,
    Metrics,
    MyAccount,
    NewAccount,
    PasswordChange,
    PastMeeting,
    Permanent,
    ProfileChange,
    check_email,
    check_name,
    check_profile_socials,
)
from core.protocol.payloads import Me
from core.record.users import Account
from core.rules.access import is_admitted
from core.settings import Settings
from web.address import subject
from web.api.answers import json
from web.api.callers import address_of, caller_of
from web.api.reading import body_of, checked
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.get("/api/v1/me")
async def me(request: web.Request) -> web.Response:
    """Tells a user all that only he may know."""
    caller = await caller_of(request)
    return json(await my_account(request.app[SERVICE], caller.user_id))


@routes.patch("/api/v1/me")
async def change(request: web.Request) -> web.Response:
    """Changes how a user looks."""
    caller = await caller_of(request)
    wanted = await body_of(request, ProfileChange)
    name = None if wanted.name is None else checked("name", check_name, wanted.name)
    socials = None if wanted.socials is None else checked("socials", check_profile_socials, wanted.socials)
    service = request.app[SERVICE]
    await accounts.change_profile(service, caller.user_id, name, wanted.gender, socials)
    return json(await my_account(service, caller.user_id))


@routes.delete("/api/v1/me")
async def delete(request: web.Request) -> web.Response:
    """Deletes a user."""
    caller = await caller_of(request)
    await accounts.delete(request.app[SERVICE], caller.user_id)
    return web.Response(status=204)


@routes.post("/api/v1/me/account")
async def stay(request: web.Request) -> web.Response:
    """Makes a guest permanent."""
    caller = await caller_of(request)
    wanted = await body_of(request, NewAccount)
    email = checked("email", check_email, wanted.email)
    address = subject(address_of(request))
    user = await passwords.stay(request.app[SERVICE], caller, email, wanted.password, subject=address)
    return json(Permanent(user=msgspec.convert(user, Me)))


@routes.put("/api/v1/me/password")
async def change_password(request: web.Request) -> web.Response:
    """Replaces the password, and ends every other login."""
    caller = await caller_of(request)
    wanted = await body_of(request, PasswordChange)
    address = subject(address_of(request))
    await passwords.change(request.app[SERVICE], caller, wanted.old, wanted.new, subject=address)
    return web.Response(status=204)


async def my_account(service: Service, user_id: str) -> MyAccount:
    """Returns all that only a user himself may know. Raises not_authenticated for one who is gone; Unavailable."""
    return _my_account(await account_of(service, user_id), service.settings)


async def account_of(service: Service, user_id: str) -> Account:
    """Returns all that is known of a user. Raises Refusal(not_authenticated) for one who is gone; Unavailable."""
    account = await service.record.users.me(user_id)
    if account is None:
        raise Refusal("not_authenticated")
    return account


def access_of(account: Account, settings: Settings) -> Access:
    """Returns whether a user may meet, and how far his own invite code is."""
    paid_status = account.profile.paid_status
    return Access(
        admitted=is_admitted(settings.access, paid_status),
        paid_status=paid_status,  # type: ignore[arg-type]
        invite_code=account.invite_code if account.qr_unlocked else None,
        uses_remaining=account.uses_remaining,
        qr_unlocked=account.qr_unlocked,
        unlock_at=settings.qr_unlock_at,
    )


def _my_account(account: Account, settings: Settings) -> MyAccount:
    profile = msgspec.convert(account.profile, Me, from_attributes=True)
    return MyAccount(
        **msgspec.structs.asdict(profile),
        email=account.email,
        created_at_ms=account.created_at_ms,
        account_expires_at_ms=account.account_expires_at_ms,
        metrics=Metrics(
            session_count=account.session_count,
            timer_total_seconds=account.timer_total_seconds,
            last_sessions=msgspec.convert(account.last_sessions, list[PastMeeting]),
            successful_sessions=account.successful_sessions,
        ),
        access=access_of(account, settings),
    )
