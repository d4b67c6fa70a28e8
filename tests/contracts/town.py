"""People in every state that a token can be in, and what two of them have that a third one has no business with.

One real node, one worker; everything was made through the product.
"""

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from core.passwords import Passwords
from tests.client import sign_up
from tests.world import NO_LIMITS, Person, Room, World, eventually

PASSWORD: Final = "correct horse battery staple"
OPERATOR: Final = {"ADMIN_USERNAME": "root", "ADMIN_PASSWORD_HASH": asyncio.run(Passwords().hash(PASSWORD))}
SETTINGS: Final = {**NO_LIMITS, **OPERATOR, "HOLD_S": "0"}
WORDS: Final = "words that only two may read"
MOMENT_DAYS: Final = 1 / 86_400


@dataclass
class Town:
    """Ann and Bob are in a room; Cid rings Dan; Eve knows none of them."""

    world: World
    ann: Person
    bob: Person
    eve: Person
    cid: Person
    room: Room
    past: Room
    """Of Ann and Bob, over, with messages."""
    invite_id: str
    """Cid's to Dan, pending."""
    intro_code: str
    """By which Bob introduces newcomers to Ann."""
    notification_id: str
    """Ann's: somebody came by it."""
    invite_code: str
    """An operator's."""
    tokens: dict[str, str] = field(repr=False)
    """A token by the state it is in."""

    async def ask(self, method: str, path: str, *, as_: str = "", **options: Any) -> tuple[int, Any]:
        """Returns status and body of a request under /api/v1 or elsewhere, with the token of that state."""
        token = {"Authorization": f"Bearer {self.tokens[as_]}"} if as_ else {}
        headers = {**options.pop("headers", {}), **token}
        status, body, _ = await self.world.ask_http(self.world.nodes[0], method, path, headers=headers, **options)
        return status, body


async def operator_token(world: World) -> str:
    """Logs an operator in."""
    node = world.nodes[0]
    body = {"username": "root", "password": PASSWORD}
    status, made, _ = await world.ask_http(node, "POST", "/api/v1/admin/sessions", json=body)
    assert status == 201, made
    world.keep_secret(made["token"])
    token: str = made["token"]
    return token


async def settle(world: World) -> Town:
    """Everybody comes to live here."""
    expired = await _somebody_expired(world)
    left = await world.signs_up("Lea")
    status, _, _ = await left.ask_http("DELETE", "/api/v1/sessions/current")
    assert status == 204
    ann, bob, eve = [await world.person(name) for name in ("Ann", "Bob", "Eve")]
    cid, dan = [await world.person(name) for name in ("Cid", "Dan")]
    past = await world.meet(cid, ann)
    await ann.says(past, WORDS)
    await ann.leaves(past)
    await past.ends("left")
    await eventually(lambda: _is_recorded(ann, past))
    room = await world.meet(ann, bob)
    intro_code, notification_id = await _somebody_introduced(bob, ann)
    operator = await operator_token(world)
    invite_code = await _operators_code(world, operator)
    return Town(
        world,
        ann,
        bob,
        eve,
        cid,
        room,
        past,
        await cid.invites(dan),
        intro_code,
        notification_id,
        invite_code,
        {
            "nobody's": "nobody-has-ever-had-this-token-nobody-has-ever",
            "expired": expired,
            "logged out": left.token,
            "deleted": await _somebody_deleted(world),
            "replaced": await _somebody_replaced(world),
            "banned": await _somebody_banned(world, operator),
            "operator": operator,
            "operator, expired": await _operator_expired(world),
            "operator, logged out": await _operator_left(world),
            "Ann": ann.token,
            "Eve": eve.token,
        },
    )


async def _somebody_expired(world: World) -> str:
    """Returns the token of a guest of a node that keeps them for a second."""
    brief = await world.processes.node(GUEST_DAYS=str(MOMENT_DAYS))
    token = await sign_up(brief.url, "Xavier")
    world.keep_secret(token)

    async def is_over() -> bool:
        return (await world.ask_http(brief, "GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"}))[
            0
        ] == 401

    await eventually(is_over)
    await brief.stop()
    return token


async def _somebody_deleted(world: World) -> str:
    gone = await world.signs_up("Gus")
    assert (await gone.ask_http("DELETE", "/api/v1/me"))[0] == 204
    return gone.token


async def _somebody_replaced(world: World) -> str:
    """Returns the token of a login that was followed by another."""
    ivy = await world.signs_up("Ivy")
    account = {"email": "ivy@example.org", "password": PASSWORD}
    assert (await ivy.ask_http("POST", "/api/v1/me/account", json=account))[0] == 200
    assert (await ivy.ask_http("POST", "/api/v1/sessions", json=account))[0] == 201
    return ivy.token


async def _somebody_banned(world: World, operator: str) -> str:
    rude = await world.signs_up("Rudi")
    headers = {"Authorization": f"Bearer {operator}"}
    ban = {"user_id": rude.user_id, "reason": "as an example"}
    status, *_ = await world.ask_http(world.nodes[0], "POST", "/api/v1/admin/bans", json=ban, headers=headers)
    assert status == 201
    return rude.token


async def _is_recorded(person: Person, room: Room) -> bool:
    _, export, _ = await person.ask_http("GET", "/api/v1/me/export")
    return room.room_id in {meeting["room_id"] for meeting in export["meetings"]}


async def _operator_expired(world: World) -> str:
    token = await operator_token(world)
    digest = hashlib.sha256(token.encode()).digest()
    changed = "update admin_sessions set expires_at = now() where token_hash = $1 returning 1"
    assert await world.rows(changed, digest)  # twelve hours would be long
    return token


async def _operator_left(world: World) -> str:
    token = await operator_token(world)
    headers = {"Authorization": f"Bearer {token}"}
    status, *_ = await world.ask_http(world.nodes[0], "DELETE", "/api/v1/admin/sessions/current", headers=headers)
    assert status == 204
    return token


async def _somebody_introduced(by: Person, to: Person) -> tuple[str, str]:
    """Returns the link's code and the notification's id."""
    status, made, _ = await by.ask_http("POST", "/api/v1/intros", json={"target_user_id": to.user_id})
    assert status == 201, made
    guest = {"name": "Fay", "gender": "female", "intro_code": made["code"]}
    assert (await by.ask_http("POST", "/api/v1/guests", json=guest))[0] == 201
    _, page, _ = await to.ask_http("GET", "/api/v1/notifications")
    return made["code"], page["items"][0]["notification_id"]


async def _operators_code(world: World, token: str) -> str:
    path, body = "/api/v1/admin/invite-codes", {"label": "for everybody here"}
    headers = {"Authorization": f"Bearer {token}"}
    status, made, _ = await world.ask_http(world.nodes[0], "POST", path, json=body, headers=headers)
    assert status == 201, made
    code: str = made["code"]
    return code
