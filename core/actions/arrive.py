"""A connection comes and goes: hello, resume, and the end of a socket."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.json import decode

from core.actions import accounts, follow, intros
from core.actions.service import Service
from core.errors import Refusal, Unavailable

MESSAGES_MAX = 200
"""The most messages a welcome carries (protocol, RoomState)."""
AGAIN_S = 0.25
"""Pause between tries of what must not be dropped."""


@dataclass(frozen=True, slots=True)
class RoomRef:
    """The room a client believes to be in, and how far it has read."""

    room_id: str
    last_seq: int
    epoch: int | None = None


@dataclass(slots=True)
class Arrival:
    """What hello found. `view`: the room as the shard sees it (core/live/rooms.py); `last_room`: as Ended."""

    user_id: str
    session_id: int
    expires_at_ms: int
    me: dict[str, Any]
    presence: str
    wish: bool
    invites: list[dict[str, Any]]
    view: dict[str, Any] | None = None
    bound: bool = False
    last_room: dict[str, Any] | None = None
    notifications: list[dict[str, Any]] = field(default_factory=list)


async def arrive(
    service: Service, conn: str, token: str, room: RoomRef | None, on_bind: Callable[[str, str], None]
) -> Arrival:
    """Registers a connection for the user of `token`; with `room` naming his live room, binds it.

    `on_bind(user_id, room_id)` is called just before the bind is sent, so that nothing said meanwhile is missed. Raises
    Refusal not_authenticated, session_replaced, banned, too_many_connections; Unavailable also while the user's room is
    being brought back. After a refusal the connection may be registered: depart.
    """
    epoch = service.live.lobby.epoch
    found = await accounts.with_session(
        service, token, lambda token_hash: service.live.lobby.call("attach", conn, token_hash)
    )
    user_id, session_id, expires_at_ms, me, presence, wish, invites, seat, last_room, unread = found
    arrival = Arrival(
        user_id,
        session_id,
        expires_at_ms,
        decode(me),
        presence,
        bool(wish),
        [decode(invite) for invite in invites],
    )
    if seat:
        over = await _join_room(service, conn, arrival, seat, room, on_bind)
        if over:
            arrival.presence = "available" if arrival.wish else "online"  # his seat was freed a moment ago
            arrival.last_room = await _how_it_ended(service, user_id, RoomRef(over["room_id"], over["last_seq"]))
    if room and (arrival.view is None or arrival.view["room_id"] != room.room_id):
        arrival.last_room = await _how_it_ended(service, user_id, room)
    elif last_room and arrival.view is None:
        facts = decode(last_room)
        arrival.last_room = await _how_it_ended(service, user_id, RoomRef(facts["room_id"], facts["last_seq"]))
    arrival.notifications = await intros.unread(service, user_id, unread)
    if service.live.lobby.epoch != epoch:  # it was lost meanwhile, and this connection with it
        raise Unavailable("the lobby was lost")
    return arrival


async def told(service: Service, user_id: str, last_room: dict[str, Any]) -> None:
    """He has heard how that room ended; it is not said again."""
    await service.live.lobby.call("told", user_id, last_room["room_id"])


async def _join_room(
    service: Service, conn: str, arrival: Arrival, seat: str, room: RoomRef | None, on_bind: Callable[[str, str], None]
) -> dict[str, Any] | None:
    """Looks at the room of a seat, and takes the seat where hello names it.

    Returns the facts of its end where it is over: then the seat is free when this returns, for who has his welcome and
    wishes to meet can be invited.
    """
    room_id = decode(seat)["room_id"]
    shard = service.live.shard(room_id)
    state, *facts = await shard.call("create", seat)  # the second half, if nobody has run it yet
    if state == "ended":
        await follow.ended(service.live, facts[0])
        over: dict[str, Any] = decode(facts[0])
        return over
    try:
        if room and room.room_id == room_id:
            on_bind(arrival.user_id, room_id)
            arrival.view = await _enter(service, conn, arrival.user_id, room)
            arrival.bound = True
        else:
            (arrival.view,) = await shard.call("view", room_id, arrival.user_id, 0, -1)
    except Refusal as refusal:
        if refusal.code != "room_ended":
            raise
    if arrival.view and arrival.view["status"] != "ended":
        return None
    arrival.view = None
    facts_json = await follow.end_room(service.live, room_id, "lost")
    return decode(facts_json) if facts_json else None


async def _enter(service: Service, conn: str, user_id: str, room: RoomRef) -> dict[str, Any]:
    epoch = -1 if room.epoch is None else room.epoch
    shard = service.live.shard(room.room_id)
    view: dict[str, Any]
    (view,) = await shard.call("enter", room.room_id, user_id, conn, room.last_seq, epoch)
    return view


async def _how_it_ended(service: Service, user_id: str, room: RoomRef) -> dict[str, Any] | None:
    """Returns Ended for a room this user was in, from the shard or the record; None where neither knows it."""
    try:
        (view,) = await service.live.shard(room.room_id).call("view", room.room_id, user_id, room.last_seq, -1)
    except Unavailable:
        raise
    except Refusal:
        return await _recorded_end(service, user_id, room)
    if view["status"] != "ended":
        return None
    return {
        "room_id": room.room_id,
        "reason": view["reason"],
        "seconds": view["seconds"],
        "cooldown_ends_at_ms": view["cooldown_until"] or None,
        "ended_at_ms": view["ended_at"],
        "messages": [decode(message) for message in view["messages"]],
    }


async def depart(service: Service, conn: str, user_id: str, room_id: str | None) -> None:
    """The connection is gone: from its room, then from the lobby. Returns when both have confirmed it."""
    if room_id:
        await _until_confirmed(lambda: service.live.shard(room_id).call("lose", room_id, user_id, conn))
    await _until_confirmed(lambda: service.live.lobby.call("detach", conn, user_id))


async def mark_bound(service: Service, conn: str, user_id: str, *, is_bound: bool) -> None:
    """Tells the lobby whether a connection is in a room: one that is gives no place to a newer one."""
    await service.live.lobby.call("mark_bound", conn, user_id, int(is_bound))


async def announce(
    service: Service,
    conn: str,
    arrival: "Arrival",
    wish: bool,
) -> bool:
    """Says again, after the lobby was lost, that this connection is here. False: it may not be; close it 4003."""
    me = arrival.me
    try:
        await service.live.lobby.call(
            "restore",
            conn,
            arrival.user_id,
            arrival.session_id,
            arrival.expires_at_ms,
            int(wish),
            *accounts.profile(me),
        )
    except Unavailable:
        raise
    except Refusal:
        return False
    return True


async def announce_binding(service: Service, conn: str, user_id: str, room_id: str) -> bool:
    """Says again, after a shard was lost, that this connection is in its room. False: another one is, or it is over."""
    try:
        await service.live.shard(room_id).call("rebind", room_id, user_id, conn)
    except Unavailable:
        raise
    except Refusal:
        return False
    return True


async def _until_confirmed(ask: Callable[[], Awaitable[Any]]) -> None:
    while True:
        try:
            await ask()
        except Unavailable:
            await asyncio.sleep(AGAIN_S)
        except Refusal:
            return  # there is nothing left to undo
        else:
            return


async def _recorded_end(service: Service, user_id: str, room: RoomRef) -> dict[str, Any] | None:
    """The shard has forgotten the room: an hour has passed, or Redis was lost."""
    rooms = service.record.rooms
    try:
        state = await rooms.state(room.room_id)
        if state is None or user_id not in (state["user_1"], state["user_2"]) or state["status"] != "ended":
            return None
        messages = await rooms.messages_after(room.room_id, room.last_seq, MESSAGES_MAX)
    except Unavailable:
        return None  # the client hears `room: null`; its history will say the rest
    return {
        "room_id": room.room_id,
        "reason": state["reason"],
        "seconds": state["seconds"],
        "cooldown_ends_at_ms": state["cooldown_until_ms"] or None,
        "ended_at_ms": state["ended_at_ms"],
        "messages": [decode(message) for message in messages],
    }
