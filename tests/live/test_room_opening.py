"""A room opens: accepted, entered by both, started (rules, section 8)."""

import msgspec

from tests.live.stage import Room, Stage, refused


async def test_an_accepted_room_is_announced_to_every_node_that_holds_one_of_the_two(stage: Stage) -> None:
    room, ada, ben = await stage.room("video", 240)
    ((kind, view),) = await ada.hears()
    assert kind == "!opened"
    assert (view["slot"], view["mode"], view["status"], view["started_at"]) == (1, "video", "active", 0)
    assert view["messages"] == []
    ((_, other),) = await ben.hears()
    assert (other["slot"], other["room_id"]) == (2, room.room_id)


async def test_creating_it_twice_opens_it_once(stage: Stage) -> None:
    room, ada, ben = await stage.room()
    await ada.node.hears()
    assert await stage.hand.call("create", await room.seat(ada, ben)) == ["live"]
    assert await ada.node.hears() == []
    assert await stage.events() == ["opened"]


async def test_creating_it_again_after_its_deadline_finds_it_over(stage: Stage) -> None:
    room, ada, ben = await stage.room()
    seat = await room.seat(ada, ben)
    await stage.pass_time(16)
    state, facts_json = await stage.hand.call("create", seat)
    assert (state, msgspec.json.decode(facts_json)["reason"]) == ("ended", "never_joined")


async def test_it_starts_when_both_are_in_at_the_same_time(stage: Stage) -> None:
    room, ada, ben = await stage.room()
    view = await ada.enter()
    assert view["started_at"] == 0
    view = await ben.enter()
    assert view["started_at"] > 0
    torch = {
        "state": "lit",
        "dims_at_ms": view["started_at"] + 120_000,
        "out_at_ms": view["started_at"] + 180_000,
    }
    told = {"room_id": room.room_id, "started_at_ms": view["started_at"], "ends_at_ms": None, "torch": torch}
    assert ("room.started", told) in await ada.hears()
    assert ("room.started", told) in await ben.hears()


async def test_both_torch_instants_begin_at_the_start(stage: Stage) -> None:
    room, ada, ben = await stage.room()
    await ada.enter()
    await stage.pass_time(5)
    view = await ben.enter()
    facts = await room.hash()
    assert facts["wrote_1"] == facts["wrote_2"] == str(view["started_at"])


async def test_one_after_the_other_is_not_together(stage: Stage) -> None:
    _, ada, ben = await stage.room()
    await ada.enter()
    await ada.drop()
    view = await ben.enter()
    assert view["started_at"] == 0


async def test_before_the_start_a_lost_connection_starts_no_grace(stage: Stage) -> None:
    room, ada, ben = await stage.room()
    await ada.enter()
    await ada.drop()
    facts = await room.hash()
    assert (facts["status"], facts["grace_1"], facts["conn_1"]) == ("active", "0", "")
    await ben.enter()
    assert (await ada.enter())["started_at"] > 0


async def test_nobody_comes_it_ends_never_joined_at_its_deadline(stage: Stage) -> None:
    _, ada, _ = await stage.room()
    opened_at = (await ada.view())["opened_at"]
    await stage.later(14)
    assert (await ada.view())["status"] == "active"
    await stage.later(3)
    view = await ada.view()
    assert (view["reason"], view["ended_at"]) == ("never_joined", opened_at + 15_000)
    assert (view["seconds"], view["cooldown_until"]) == (0, 0)


async def test_one_in_and_one_missing_ends_never_joined_even_if_nobody_sweeps(stage: Stage) -> None:
    _, ada, ben = await stage.room()
    await ada.enter()
    await stage.pass_time(16)
    await refused("room_ended", ben.enter())
    assert (await ada.view())["reason"] == "never_joined"


async def test_leaving_before_the_start_ends_it_left_without_cooldown(stage: Stage) -> None:
    _, ada, _ = await stage.room()
    facts = await ada.leave()
    assert (facts["reason"], facts["started_at"], facts["cooldown_until"]) == ("left", 0, 0)


async def test_chat_typing_reading_and_upgrade_wait_for_the_start(stage: Stage) -> None:
    _, ada, _ = await stage.room()
    await ada.enter()
    for doing in (ada.say("hello?"), ada.read(1), ada.ask_video(), ada.relay("chat.typed")):
        await refused("too_early", doing)


async def test_a_stranger_is_not_in_the_room(stage: Stage) -> None:
    _, ada, _ = await stage.room()
    _, eve, _ = await stage.room()
    eve.room = ada.room
    for doing in (eve.enter(), eve.view(), eve.leave(), eve.say("hi"), eve.history(), eve.relay("chat.typed")):
        await refused("not_in_room", doing)
    await eve.drop()
    assert (await ada.view())["status"] == "active"


async def test_nobody_is_in_a_room_that_does_not_exist(stage: Stage) -> None:
    _, ada, _ = await stage.room()
    ada.room = Room(stage)
    for doing in (ada.enter(), ada.view(), ada.leave(), ada.say("hi"), ada.history(), ada.ask_video()):
        await refused("not_in_room", doing)


async def test_a_room_ended_before_it_was_created_never_opens(stage: Stage) -> None:
    _, ada, ben = await stage.room()
    room = Room(stage, "video", 300)
    assert await stage.hand.call("end_room", room.room_id, "banned") == [""]
    await ada.node.hears()
    seat = await room.seat(ada, ben)
    for _ in range(2):
        state, facts_json = await stage.hand.call("create", seat)
        facts = msgspec.json.decode(facts_json)
        assert state == "ended"
        assert (facts["reason"], facts["started_at"], facts["cooldown_until"]) == ("banned", 0, 0)
    assert await ada.node.hears() == []  # it never opened; the lobby tells the end


async def test_a_seat_found_too_late_ends_at_its_joining_deadline(stage: Stage) -> None:
    _, ada, ben = await stage.room()
    room = Room(stage)
    seat = await room.seat(ada, ben)
    await stage.pass_time(60)
    state, facts_json = await stage.hand.call("create", seat)
    facts = msgspec.json.decode(facts_json)
    assert (state, facts["reason"]) == ("ended", "never_joined")
    assert facts["ended_at"] == msgspec.json.decode(seat)["opened_at"] + 15_000
