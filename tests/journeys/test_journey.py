"""From signing up to looking back, on two nodes with a worker: everything that is recorded of it is right."""

import time
from typing import Any

import orjson

from core import keys
from tests.world import ROOM_SHARDS, Person, World, eventually

DAY_MS = 86_400_000
SDP = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=a description that no log may hold\r\nt=0 0\r\n"


async def test_two_people_sign_up_meet_talk_and_part(world: World) -> None:
    """The way of everybody: sign up, browse, invite, accept, chat, leave; then history and every row."""
    ann, bob = await world.people("Ann", "Bob", at=world.nodes)
    cards = {card["user_id"]: card for card in await ann.looks()}
    assert cards[bob.user_id]["name"] == "Bob"
    assert cards[bob.user_id]["presence"] == "available"
    assert cards[bob.user_id]["cooldown_ends_at_ms"] is None

    room = await world.meet(ann, bob)
    for number, (speaker, listener) in enumerate([(ann, bob), (bob, ann), (ann, bob)], 1):
        assert await speaker.says(room, f"words of the journey, number {number}") == number
        await listener.hears(f"words of the journey, number {number}")
    await bob.tab.ask("chat.read", room_id=room.room_id, seq=3)
    assert (await ann.tab.expect("chat.was_read"))["seq"] == 3
    await world.time_passes(40)
    await ann.leaves(room)
    ended = await room.ends("left")
    assert 40 <= ended["seconds"] <= 50
    assert ended["cooldown_ends_at_ms"] == ended["ended_at_ms"] + DAY_MS

    rows = await eventually(lambda: world.rows("select * from chat_history where room_id = $1", room.room_id))
    assert {str(row["user_id"]): (str(row["partner_id"]), row["partner_name"]) for row in rows} == {
        ann.user_id: (bob.user_id, "Bob"),
        bob.user_id: (ann.user_id, "Ann"),
    }
    for row in rows:
        assert (row["chat_mode"], row["end_reason"], row["message_count"]) == ("text", "left", 3)
        assert row["duration"] == ended["seconds"]

    (active,) = await world.rows(
        "select *, ms(started_at) as start, ms(ended_at) as the_end from active_rooms where room_id = $1", room.room_id
    )
    assert (str(active["user_1"]), str(active["user_2"])) == (ann.user_id, bob.user_id)
    assert (active["status"], active["end_reason"], active["chat_mode"]) == ("ended", "left", "text")
    assert (active["start"], active["the_end"]) == (room.started["started_at_ms"], ended["ended_at_ms"])
    assert (active["user_1_read_seq"], active["user_2_read_seq"], active["last_seq"]) == (0, 3, 3)
    assert active["duration_seconds"] is None

    messages = await room.recorded()
    assert [(row["seq"], str(row["sender_id"]), row["kind"], orjson.loads(row["body"])) for row in messages] == [
        (1, ann.user_id, "text", "words of the journey, number 1"),
        (2, bob.user_id, "text", "words of the journey, number 2"),
        (3, ann.user_id, "text", "words of the journey, number 3"),
    ]
    events = await world.rows(
        "select event, n, version from room_events where room_id = $1 order by version, n", room.room_id
    )
    assert [row["event"] for row in events] == ["opened", "entered", "entered", "started", "ended"]
    for user_id in (ann.user_id, bob.user_id):
        (user,) = await world.rows("select * from users where user_id = $1", user_id)
        assert (user["session_count"], user["successful_sessions"]) == (1, 1)
        assert user["timer_total_seconds"] == ended["seconds"]
        assert orjson.loads(user["last_sessions"]) == [
            {"ended_at_ms": ended["ended_at_ms"], "seconds": ended["seconds"]}
        ]
        (completion,) = await world.rows("select * from session_completions where user_id = $1", user_id)
        assert (str(completion["room_id"]), completion["duration_seconds"]) == (room.room_id, ended["seconds"])
    (cooldown,) = await eventually(
        lambda: world.rows(
            "select *, ms(expires_at) as ends from cooldowns where user_id_1 = least($1::uuid, $2::uuid)"
            " and user_id_2 = greatest($1::uuid, $2::uuid)",
            ann.user_id,
            bob.user_id,
        )
    )
    assert cooldown["ends"] == ended["cooldown_ends_at_ms"]

    for member, partner in ((ann, bob), (bob, ann)):
        await _looks_back(member, partner, room.room_id, ended["seconds"])
        refused = await member.tab.is_refused("invite.send", to=partner.user_id, mode="text")
        assert refused.code == "cooldown"
        assert 0 < (refused.retry_after_ms or 0) <= DAY_MS
        assert not await member.sees(partner)
        marked = {card["user_id"]: card for card in await member.looks(include_cooldown=True)}
        assert marked[partner.user_id]["cooldown_ends_at_ms"] == ended["cooldown_ends_at_ms"]
    stranger = await world.person("Eve")
    assert (await stranger.ask_http("GET", f"/api/v1/history/{room.room_id}"))[0] == 404


async def _looks_back(member: Person, partner: Person, room_id: str, seconds: int) -> None:
    status, page, _ = await member.ask_http("GET", "/api/v1/history")
    assert status == 200
    (item,) = page["items"]
    assert item["room_id"] == room_id
    assert item["partner"] == {"user_id": partner.user_id, "name": partner.name}
    assert (item["seconds"], item["mode"], item["reason"], item["message_count"]) == (seconds, "text", "left", 3)
    status, meeting, _ = await member.ask_http("GET", f"/api/v1/history/{room_id}")
    assert status == 200
    assert [message["seq"] for message in meeting["messages"]] == [1, 2, 3]
    status, me, _ = await member.ask_http("GET", "/api/v1/me")
    assert me["metrics"]["session_count"] == me["metrics"]["successful_sessions"] == 1
    assert me["metrics"]["timer_total_seconds"] == seconds


async def test_a_call_and_its_signals(world: World) -> None:
    """A video call of an agreed length, signalled across two nodes, ended by its clock."""
    cid, dan = await world.people("Cid", "Dan", at=world.nodes)
    world.keep_secret(SDP.splitlines()[2])
    cid_hears: dict[str, Any]
    invite_id = await cid.invites(dan, "video", seconds=100)
    room_id = await dan.accepts(invite_id, seconds=201)
    await cid.tab.expect("invite.ended", outcome="accepted")
    await cid.is_told_of_a_room()
    for each in (cid, dan):
        await each.enters(room_id)
    for each in (cid, dan):
        started = await each.tab.expect("room.started")
        assert started["ends_at_ms"] - started["started_at_ms"] == 150_000  # the mean, rounded down
        negotiate = await each.tab.expect("rtc.negotiate")
        assert (negotiate["generation"], negotiate["polite"]) == (1, each is dan)
    for sender, receiver, kind in ((cid, dan, "offer"), (dan, cid, "answer")):
        await sender.tab.say("rtc.signal", room_id=room_id, generation=1, description={"type": kind, "sdp": SDP})
        heard = await receiver.tab.expect("rtc.signal")
        assert heard["description"] == {"type": kind, "sdp": SDP}
    await cid.tab.ask("rtc.outcome", room_id=room_id, generation=1, outcome="connected")
    await world.time_passes(150)
    for each in (cid, dan):
        cid_hears = await each.tab.expect("room.ended")
        assert (cid_hears["reason"], cid_hears["seconds"]) == ("time_up", 150)
    rows = await eventually(lambda: world.rows("select * from chat_history where room_id = $1", room_id))
    assert [(row["chat_mode"], row["end_reason"], row["duration"]) for row in rows] == [("video", "time_up", 150)] * 2
    assert await world.value("select duration_seconds from active_rooms where room_id = $1", room_id) == 150


async def test_what_is_recorded_goes_from_the_journals(world: World) -> None:
    """Nothing is left in Redis that PostgreSQL has, but what people may still ask for."""
    eve, fay = await world.people("Eve", "Fay")
    room = await world.meet(eve, fay)
    await eve.says(room, "a few words for the record")
    await fay.hears("a few words for the record")
    began = time.monotonic()

    async def nothing_waits() -> bool:
        return not any([await world.redis.xlen(keys.journal(family)) for family in keys.families(ROOM_SHARDS)])

    await eventually(nothing_waits)
    assert time.monotonic() - began < 15
    assert await world.redis.llen(keys.key(room.shard, f"log:{room.room_id}")) == 1  # type: ignore[misc]
    await eve.leaves(room)
    await room.ends("left")


async def test_no_log_tells_what_was_said(world: World) -> None:
    """No token, no message and no description is in a log line of any process, whatever went wrong."""
    ann, bob = await world.people("Ann", "Bob", at=world.nodes)
    room = await world.meet(ann, bob)
    await ann.says(room, "a secret of the two of us")
    await bob.hears("a secret of the two of us")
    for body in ("a secret that is too long " * 30, "another secret\0 with a hole"):
        world.keep_secret(body)
        await ann.tab.is_refused("chat.send", room_id=room.room_id, client_id="x", kind="text", body=body)
    await ann.tab.is_refused("chat.send", room_id=room.room_id, client_id="y", kind="secret kind", body="more secrets")
    await ann.tab.is_refused(
        "rtc.signal", room_id=room.room_id, generation=1, description={"type": "offer", "sdp": SDP}
    )
    await ann.tab.is_refused("a secret request", ref_is="none")
    for secret in ("more secrets", "a secret request", SDP.splitlines()[2]):
        world.keep_secret(secret)
    status, _, _ = await world.ask_http(
        world.nodes[0],
        "GET",
        "/api/v1/me?token=a-secret-in-an-address",
        headers={"Authorization": f"Bearer {ann.token}x"},
    )
    assert status == 401
    world.keep_secret("a-secret-in-an-address")
    await bob.vanishes()
    await ann.tab.expect("room.partner_lost")
    await bob.comes_back(room)
    await bob.leaves(room)
    assert len(world.secrets) > 8
    assert world.betrayed() == []
