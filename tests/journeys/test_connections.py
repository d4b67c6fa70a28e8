"""Connections come and go: what others notice of it, and what stays (rules, section 11)."""

import time

from core import keys
from tests.line import Line
from tests.world import World, eventually

SETTINGS = {"PING_S": "1", "PONG_S": "2", "ROOM_PING_S": "1", "ROOM_PONG_S": "2"}  # silence is noticed in three seconds
HOUR = 3_600
DAY = 86_400


async def test_an_idle_tab_closes(world: World) -> None:
    """Situation 1: an idle user's tab closes: gone for others within 6 s."""
    ann, bob = await world.people("Ann", "Bob")
    assert await bob.sees(ann)
    closed_at = time.monotonic()
    await ann.closes()
    changed = await bob.tab.expect("card.changed", user_id=ann.user_id, within=18)
    assert changed["presence"] == "offline"
    assert time.monotonic() - closed_at >= 4.9  # not before the absence is over
    assert not await bob.sees(ann)
    assert (await bob.tab.is_refused("invite.send", to=ann.user_id, mode="text")).code == "offline"


async def test_a_caller_who_drops_and_is_back_in_time_still_rings(world: World) -> None:
    """Situation 2: caller drops while ringing: back within 5 s keeps the invite."""
    ann, bob = await world.people("Ann", "Bob")
    invite_id = await ann.invites(bob)
    await ann.vanishes()
    await ann.is_missed()
    await world.time_passes(3.5)
    welcome = await ann.comes_back(node=world.nodes[1])
    assert welcome["presence"] == "available"
    assert [invite["invite_id"] for invite in welcome["invites"]] == [invite_id]
    await world.time_passes(5)
    room_id = await bob.accepts(invite_id)
    assert await ann.is_told_of_a_room() == room_id


async def test_a_caller_who_stays_away_is_gone(world: World) -> None:
    """Situation 2: caller drops while ringing: later it is gone and accept fails invite_gone."""
    ann, bob = await world.people("Ann", "Bob")
    invite_id = await ann.invites(bob)
    await ann.vanishes()
    await ann.is_missed()
    await world.time_passes(5)
    assert (await bob.tab.expect("invite.ended", invite_id=invite_id))["outcome"] == "gone"
    refused = await bob.tab.is_refused("invite.accept", invite_id=invite_id)
    assert (refused.code, refused.outcome) == ("invite_gone", "gone")
    assert HOUR - 10 <= await world.cooldown_s(ann, bob) <= HOUR
    assert (await ann.comes_back())["invites"] == []
    await world.silence(bob)


async def test_a_callee_drops(world: World) -> None:
    """Situation 3: callee drops while ringing: gone, no cooldown."""
    ann, bob = await world.people("Ann", "Bob")
    invite_id = await ann.invites(bob)
    await bob.vanishes()
    await bob.is_missed()
    await world.time_passes(5)
    assert (await ann.tab.expect("invite.ended", invite_id=invite_id))["outcome"] == "gone"
    assert await world.cooldown_s(ann, bob) == 0
    assert (await bob.comes_back())["invites"] == []
    await world.silence(ann)
    await ann.invites(bob)


async def test_a_tab_closes_between_accept_and_entering(world: World) -> None:
    """Situation 4: tab closed between accept and entering: never_joined."""
    ann, bob = await world.people("Ann", "Bob")
    room = await world.opens_room(ann, bob)
    await ann.enters(room.room_id)
    await bob.closes()
    await bob.is_missed()
    assert (await ann.tab.is_refused("chat.send", room_id=room.room_id, client_id="a", kind="text", body="?")).code == (
        "too_early"
    )
    await world.time_passes(15)
    ended = await ann.tab.expect("room.ended")
    assert (ended["reason"], ended["seconds"], ended["cooldown_ends_at_ms"]) == ("never_joined", 0, None)
    welcome = await bob.comes_back(room)
    assert welcome["room"] is None
    assert welcome["last_room"]["reason"] == "never_joined"
    assert welcome["presence"] == "available"
    await world.silence(ann, bob)
    await ann.invites(bob)  # no cooldown, and both are free
    await eventually(
        lambda: world.rows("select from active_rooms where room_id = $1 and status = 'ended'", room.room_id)
    )
    assert not await world.rows("select from chat_history where room_id = $1", room.room_id)


async def test_one_drops_in_a_room_and_is_back_in_time(world: World) -> None:
    """Situation 5: one drops in a room and is back in time: as it was, with what was missed."""
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob)
    before = await ann.enters(room.room_id)
    for number in range(1, 4):
        await ann.says(room, f"before the tunnel {number}")
        await bob.hears(f"before the tunnel {number}")
    await bob.vanishes()
    lost = await ann.tab.expect("room.partner_lost")
    assert 0 < lost["grace_ends_at_ms"] - await world.now_ms() <= 10_000
    for number in range(1, 4):
        await ann.says(room, f"in the tunnel {number}")
    await world.time_passes(7)
    state = (await bob.comes_back(room, world.nodes[0], last_seq=3))["room"]
    assert [message["body"] for message in state["messages"]] == [f"in the tunnel {number}" for number in range(1, 4)]
    assert [message["seq"] for message in state["messages"]] == [4, 5, 6]
    for same in ("room_id", "epoch", "mode", "started_at_ms", "opened_at_ms", "ends_at_ms"):
        assert state[same] == before[same]
    assert (state["status"], state["grace"], state["partner_present"]) == ("active", [], True)
    returned = await ann.tab.expect("room.partner_returned")
    assert returned["torch"]["state"] == state["torch"]["state"] == "lit"
    await bob.says(room, "here I am again")
    await ann.hears("here I am again")
    await world.time_passes(10)  # the grace of then means nothing now
    await world.silence(ann, bob)
    assert await room.goes_on()


async def test_an_old_socket_times_out_after_a_new_one_came(world: World) -> None:
    """Situation 6: the same member has a new socket and the old one times out later: nothing happens."""
    ann, bob = await world.people("Ann", "Bob", at=world.nodes)
    async with Line(world.nodes[1:]) as line:
        old = await bob.opens(url=line.url)
        room = await world.meet(ann, bob)
        line.goes_silent()
        bob.tabs = []
        await bob.comes_back(room, world.nodes[0])
        conns = keys.key(keys.LOBBY, f"conns:{bob.user_id}")

        async def is_alone() -> bool:
            return int(await world.redis.hlen(conns)) == 2  # type: ignore[misc]  # his first tab is an idle one

        await eventually(is_alone, within=18, what="the old socket's time-out")
        await world.silence(ann, bob)
        await bob.says(room, "it was nothing")
        await ann.hears("it was nothing")
        await ann.says(room, "what was nothing?")
        await bob.hears("what was nothing?")
        assert not old.is_over  # nothing reached it, not even its end


async def test_both_drop_and_both_return(world: World) -> None:
    """Situation 7: both drop: when both are back, it goes on."""
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob)
    await ann.says(room, "am I still there?")
    await ann.vanishes()
    await bob.vanishes()
    for each in room.members:
        await each.is_missed()
    await world.time_passes(5)
    first = (await bob.comes_back(room, world.nodes[0]))["room"]
    assert first["status"] == "grace_period"
    assert first["torch"] == {"state": "frozen", "dims_at_ms": None, "out_at_ms": None}
    second = (await ann.comes_back(room, world.nodes[1]))["room"]
    assert second["status"] == "active"
    assert [message["body"] for message in first["messages"]] == ["am I still there?"]
    await bob.tab.expect("room.partner_returned")
    await bob.says(room, "you are")
    await ann.hears("you are")
    await world.time_passes(10)
    await world.silence(ann, bob)


async def test_both_drop_and_nobody_returns(world: World) -> None:
    """Situation 7: both drop: when nobody comes back, it is lost, once, for both."""
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob)
    for each in room.members:
        await each.vanishes()
    for each in room.members:
        await each.is_missed()
    await world.time_passes(10)
    history = await eventually(lambda: world.rows("select * from chat_history where room_id = $1", room.room_id))
    assert {str(row["user_id"]) for row in history} == {ann.user_id, bob.user_id}
    assert {row["end_reason"] for row in history} == {"lost"}
    for each in room.members:
        welcome = await each.comes_back(room)
        assert welcome["room"] is None
        assert welcome["last_room"]["reason"] == "lost"
    assert DAY - 30 <= await world.cooldown_s(ann, bob) <= DAY
    await world.silence(ann, bob)


async def test_one_of_two_returns(world: World) -> None:
    """Situation 8: one of two returns: still grace, and the one who stays away ends it."""
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob)
    for each in room.members:
        await each.vanishes()
    for each in room.members:
        await each.is_missed()
    await world.time_passes(6)
    state = (await ann.comes_back(room))["room"]
    assert (state["status"], state["partner_present"]) == ("grace_period", False)
    assert [grace["user_id"] for grace in state["grace"]] == [bob.user_id]
    await world.silence(ann)
    await world.time_passes(4)
    assert (await ann.tab.expect("room.ended"))["reason"] == "lost"
    assert (await bob.comes_back(room))["last_room"]["reason"] == "lost"


async def test_a_reload_inside_grace(world: World) -> None:
    """Situation 9: reload inside grace: the page finds its room in the welcome and enters it."""
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob)
    await ann.says(room, "do not reload")
    await bob.closes()
    await ann.tab.expect("room.partner_lost")
    await world.time_passes(3)
    state = (await bob.comes_back(node=world.nodes[0]))["room"]
    assert (state["room_id"], state["bound_elsewhere"], state["status"]) == (room.room_id, False, "grace_period")
    await world.silence(ann)  # shown is not bound
    entered = await bob.enters(room.room_id)
    assert entered["status"] == "active"
    assert [message["body"] for message in entered["messages"]] == ["do not reload"]
    await ann.tab.expect("room.partner_returned")
    await bob.says(room, "too late")
    await ann.hears("too late")


async def test_the_network_changes_under_a_client(world: World) -> None:
    """Situation 10: Wi-Fi to 5G without reload: the client library resumes by itself."""
    ann, bob = await world.people("Ann", "Bob")
    async with Line(world.nodes[1:]) as wifi:
        room = await world.opens_room(ann, bob)
        await ann.enters(room.room_id)
        phone = await world.device(bob)
        phone.urls = [wifi.url]
        await bob.vanishes()
        await phone.moves()
        await phone.is_in(room.room_id)
        await ann.says(room, "are you on the train?")
        await phone.until(lambda: phone.texts == ["are you on the train?"])
        wifi.goes_silent()
        phone.say("yes")
        phone.say("it goes into a tunnel")
        took = await phone.until(lambda: phone.welcomes == 3 and phone.is_seated and phone.is_calm, within=27)
        assert took >= 2.9  # only silence told it
        for text in ("yes", "it goes into a tunnel"):
            await ann.hears(text)
        await ann.says(room, "and out again")
        await phone.until(lambda: phone.texts[-1] == "and out again")
        assert phone.is_whole
        assert phone.ended is None


async def test_the_one_who_waits_leaves(world: World) -> None:
    """Situation 11: the waiting one leaves in grace."""
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob)
    await bob.vanishes()
    await ann.tab.expect("room.partner_lost")
    await ann.says(room, "I cannot wait any longer")
    await ann.leaves(room)
    ended = await ann.tab.expect("room.ended")
    assert ended["reason"] == "left"
    welcome = await bob.comes_back(room)
    assert welcome["room"] is None
    assert welcome["presence"] == "available"
    last = welcome["last_room"]
    assert {key: last[key] for key in ("room_id", "reason", "ended_at_ms")} == {
        key: ended[key] for key in ("room_id", "reason", "ended_at_ms")
    }
    assert [message["body"] for message in last["messages"]] == ["I cannot wait any longer"]
    await world.time_passes(10)
    await world.silence(ann, bob)


async def test_a_phone_sleeps_for_minutes(world: World) -> None:
    """Situation 13: phone asleep for minutes, then awake: presence and wish are right again."""
    ann, bob, cid = await world.people("Ann", "Bob", "Cid", wish=False)
    await ann.wishes()
    async with Line(world.nodes) as air:
        for each in (bob, cid):
            await each.closes()
            await each.opens(url=air.url)
        await bob.wishes()  # Cid does not
        assert await ann.sees(bob)
        air.goes_silent()
        for each in (bob, cid):
            each.tabs.clear()
            await each.is_missed()
        await world.time_passes(240)
        changed = await ann.tab.expect("card.changed", user_id=bob.user_id)
        assert changed["presence"] == "offline"
        assert not await ann.sees(bob)
        for sleeper, presence, wish in ((bob, "available", True), (cid, "online", False)):
            await sleeper.opens(url=air.url)
            assert (sleeper.tab.welcome["presence"], sleeper.tab.welcome["wish"]) == (presence, wish)
        assert await ann.sees(bob)
        assert not await ann.sees(cid)
        await ann.invites(bob)


async def test_a_phone_sleeps_through_the_end_of_its_meeting(world: World) -> None:
    """Situation 13: phone asleep for minutes, then awake: it hears how its meeting ended, and may be invited again."""
    ann, bob, cid = await world.people("Ann", "Bob", "Cid")
    async with Line(world.nodes[1:]) as air:
        await bob.opens(url=air.url)
        room = await world.meet(ann, bob)
        await bob.tabs.pop(0).leave()
        air.goes_silent()
        bob.tabs.clear()
        await ann.tab.expect("room.partner_lost", within=27)
        await ann.says(room, "asleep?")
        await world.time_passes(10)
        assert (await ann.tab.expect("room.ended"))["reason"] == "lost"
        await world.time_passes(200)
        await bob.opens(url=air.url, room={"room_id": room.room_id, "last_seq": 0})
        welcome = bob.tab.welcome
        assert (welcome["room"], welcome["presence"], welcome["wish"]) == (None, "available", True)
        assert welcome["last_room"]["reason"] == "lost"
        assert [message["body"] for message in welcome["last_room"]["messages"]] == ["asleep?"]
        await cid.invites(bob)
