"""Who someone is: signing up as a guest, what a token stands for, how he looks, and that he is gone.

A token is 256 random bits, known to its client only; the stores know its SHA-256. The lobby keeps the sessions of
known users, so that they come and go while PostgreSQL is away; its fence outlives any stale copy of a session.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from msgspec.json import decode, encode

from core.actions import follow, intros
from core.actions.outbox import carry_out
from core.actions.service import Service
from core.errors import Refusal, Unavailable
from core.record.intros import Met
from core.record.users import ByCode
from core.rules.access import read_code

TOKEN_BYTES = 32
CARD_FIELDS = ("user_id", "name", "gender", "selfie_url", "video_url", "socials")
ROOM_ENDS = {"deleted": "deleted", "banned": "banned"}
"""How a room ends whose member's sessions ended so; `left` otherwise."""
ENDED_AS = {"replaced": "session_replaced", "banned": "banned"}
"""What a client hears of a session that was ended; anything else is not_authenticated."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session as its client gets it. `user`: the wire's Me."""

    token: str
    expires_at_ms: int
    user: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is. `user`: the wire's Me."""

    user_id: str
    session_id: int
    expires_at_ms: int
    user: dict[str, Any]


async def sign_up_guest(
    service: Service,
    name: str,
    gender: str,
    *,
    ip: str | None,
    device: str | None,
    invite_code: str | None = None,
    intro_code: str | None = None,
) -> SignedIn:
    """Makes a guest and logs him in; with an invite code (as it was typed) he is let in.

    Raises Refusal not_found (either code is none), code_spent, code_locked: nobody was made, no code used up;
    Unavailable.
    """
    intro = await intros.link(service, intro_code) if intro_code else None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    profile, session, introduced = await service.record.users.create_guest(
        name,
        gender,
        digest(token),
        ip,
        device,
        service.settings.guest_days,
        by_code=None if invite_code is None else ByCode(read_code(invite_code)),
        intro=intro,
    )
    me = decode(profile.me_json())
    try:
        await remember(service, token, profile.user_id, session.session_id, session.expires_at_ms, me)
        await intros.remember(service, [Met(profile.user_id, {}, [])])
    except Unavailable:
        log.info("session_not_remembered")  # the lobby asks PostgreSQL when the token comes
    if introduced:
        await intros.announce(service, introduced)
    return SignedIn(token, session.expires_at_ms, me)


async def authenticate(service: Service, token: str) -> Caller:
    """Returns whose token it is. Raises Refusal not_authenticated, session_replaced, banned; Unavailable."""
    user_id, session_id, expires_at_ms, me = await with_session(
        service, token, lambda token_hash: service.live.lobby.call("identify", token_hash)
    )
    return Caller(user_id, session_id, expires_at_ms, decode(me))


async def with_session(service: Service, token: str, ask: Callable[[str], Awaitable[list[Any]]]) -> list[Any]:
    """Asks the lobby about a token's hash; one it does not know is fetched from PostgreSQL first."""
    token_hash = digest(token).hex()
    try:
        return await ask(token_hash)
    except Refusal as refusal:
        if refusal.code != "unknown_session":
            raise
    found = await service.record.sessions.by_hash(digest(token))
    if found is None:
        raise Refusal("not_authenticated")
    if found.profile.is_banned:
        raise Refusal("banned")
    if not found.is_active:
        raise Refusal(ENDED_AS.get(found.ended_why or "", "not_authenticated"))
    me = decode(found.profile.me_json())
    await remember(service, token, found.user_id, found.session_id, found.expires_at_ms, me)
    return await ask(token_hash)


async def close_session(service: Service, token: str) -> None:
    """Logs out: felt on every node at once; a room ends `left`. Raises Refusal not_authenticated; Unavailable."""
    closed = await service.record.sessions.close(digest(token))
    if closed is None:
        raise Refusal("not_authenticated")
    await carry_out(service, closed.outbox_id, end_session(service, closed.user_id, closed.session_id, "logged_out"))


async def end_session(service: Service, user_id: str, session_id: int, why: str) -> None:
    """Carries the end of a session (and every older one) into the live state. Harmless twice."""
    (seat,) = await service.live.lobby.call("revoke", user_id, session_id, why)
    if seat and why != "replaced":
        await follow.end_room(service.live, decode(seat)["room_id"], ROOM_ENDS.get(why, "left"))


async def extend_session(service: Service, user_id: str, session_id: int, token_hash: str, expires_at_ms: int) -> None:
    """Tells the lobby, and who holds its sockets, that a login lasts longer. Harmless twice. Raises Unavailable."""
    await service.live.lobby.call("extend", user_id, session_id, token_hash, expires_at_ms)


async def change_profile(
    service: Service, user_id: str, name: str | None, gender: str | None, socials: dict[str, str] | None
) -> None:
    """Changes what is not None of how a user looks. Raises Unavailable."""
    outbox_id = await service.record.accounts.change_profile(user_id, name, gender, socials)
    await carry_out(service, outbox_id, refresh_profile(service, user_id))


async def delete(service: Service, user_id: str) -> None:
    """Deletes a user: felt on every node at once; a room ends `deleted`. Raises Refusal not_authenticated; Unavailable.

    What he had uploaded is removed by whoever applies the outbox row after us (workers/courier.py).
    """
    gone = await service.record.users.delete(user_id)
    if gone is None:
        raise Refusal("not_authenticated")
    ending = end_session(service, user_id, gone.session_id, "deleted")
    await carry_out(service, None if gone.media else gone.outbox_id, ending)


async def in_rooms(service: Service, user_ids: Sequence[str]) -> set[str]:
    """Returns those of these users who have a seat in a room. Raises Unavailable."""
    seats = await asyncio.gather(*(service.live.lobby.call("seat", user_id) for user_id in user_ids))
    return {user_id for user_id, (seat,) in zip(user_ids, seats, strict=True) if seat}


async def refresh_profile(service: Service, user_id: str) -> None:
    """Tells the lobby how a user looks now. Harmless twice. Raises Unavailable.

    Whoever tells looks again afterwards: of two that raced, the later word is what PostgreSQL says.
    """
    told = None
    while (found := await service.record.users.profile(user_id)) is not None and found != told:
        await service.live.lobby.call("put_profile", user_id, found.me_json(), found.card_json())
        told = found


def profile(me: dict[str, Any]) -> tuple[str, str]:
    """Returns Me and the card others see of it, as the lobby keeps them (JSON)."""
    return encode(me).decode(), encode({name: me[name] for name in CARD_FIELDS}).decode()


async def remember(
    service: Service, token: str, user_id: str, session_id: int, expires_at_ms: int, me: dict[str, Any]
) -> None:
    """Tells the lobby of a login. Raises Refusal where it knows that this one is over; Unavailable."""
    await service.live.lobby.call("put_session", digest(token).hex(), user_id, session_id, expires_at_ms, *profile(me))


def digest(token: str) -> bytes:
    """Returns what is stored of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()
