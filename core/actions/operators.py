"""Who runs this installation: one operator, named by ADMIN_USERNAME and ADMIN_PASSWORD_HASH.

Logins are in PostgreSQL and nowhere else: an operator can do little without it, and asks seldom.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

import structlog

from core.actions import accounts
from core.actions.guesses import counted
from core.actions.service import Service
from core.errors import Refusal
from core.record.audit import Operator
from core.settings import Settings

SESSION_S: Final = 12 * 3_600
"""A working day and some: who comes back tomorrow logs in again."""
WRONG: Final = frozenset({"wrong_credentials"})
"""What counts as a guess."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login as its operator gets it."""

    token: str
    expires_at_ms: int


async def log_in(service: Service, username: str, password: str, address: str, subject: str) -> LoggedIn:
    """Logs an operator in from an address, whose failures are counted under `subject`.

    Raises Refusal not_found (no operator is named), wrong_credentials, rate_limited; Unavailable.
    """
    settings = service.settings
    if not settings.admin_password_hash:
        raise Refusal("not_found", "no operator is named: ADMIN_USERNAME and ADMIN_PASSWORD_HASH")
    async with counted(service, WRONG, ("auth", subject)):
        is_right = await service.passwords.verify(settings.admin_password_hash, password)
        if not (hmac.compare_digest(username.encode(), settings.admin_username.encode()) and is_right):
            log.warning("operator_refused")
            raise Refusal("wrong_credentials", "no such operator, or another password")
    token = secrets.token_urlsafe(accounts.TOKEN_BYTES)
    by = Operator(settings.admin_username, address)
    expires_at_ms = await service.record.operators.log_in(by, _digest(token), _credential(settings), SESSION_S)
    return LoggedIn(token, expires_at_ms)


async def authenticate(service: Service, token: str, address: str) -> Operator:
    """Returns whose token it is. Raises Refusal not_authenticated, forbidden (a user's); Unavailable."""
    if service.settings.admin_password_hash:
        username = await service.record.operators.username(_digest(token), _credential(service.settings))
        if username is not None:
            return Operator(username, address)
    await accounts.authenticate(service, token)
    raise Refusal("forbidden", "this is for operators")


async def log_out(service: Service, by: Operator, token: str) -> None:
    """Ends the login of this token."""
    await service.record.operators.log_out(by, _digest(token))


def _credential(settings: Settings) -> bytes:
    return _digest(f"{settings.admin_username}\0{settings.admin_password_hash}")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
