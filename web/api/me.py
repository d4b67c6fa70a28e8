"""GET /me"""

import msgspec
from aiohttp import web

from core.actions.accounts import Caller
from core.actions.service import Service
from core.errors import Refusal
from core.protocol.http.accounts import Access, Metrics, MyAccount, PastMeeting
from core.protocol.payloads import Me
from core.record.users import Account
from core.rules.access import is_admitted
from core.settings import Settings
from web.api.answers import json
from web.api.callers import caller_of
from web.api.wiring import SERVICE

routes = web.RouteTableDef()


@routes.get("/api/v1/me")
async def me(request: web.Request) -> web.Response:
    """Tells a user all that only he may know."""
    caller = await caller_of(request)
    service = request.app[SERVICE]
    return json(_my_account(await account_of(service, caller), service.settings))


async def account_of(service: Service, caller: Caller) -> Account:
    """Returns all that is known of the caller. Raises Refusal(not_authenticated); Unavailable."""
    account = await service.record.users.me(caller.user_id)
    if account is None:
        raise Refusal("not_authenticated")  # deleted a moment ago
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
