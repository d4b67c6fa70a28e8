"""A view in the words of the protocol (core/live/rooms.py)."""

import msgspec

from core.live.rooms import ended_of, room_state
from tests.live.stage import Stage


async def test_each_member_is_told_of_the_other(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    await ada.say("hello")
    await ben.read(1)
    mine = room_state(await ada.view(), ada.conn)
    his = room_state(await ben.view(), ben.conn)
    assert (mine.room_id, mine.mode, mine.status) == (room.room_id, "text", "active")
    assert (mine.initiator, his.initiator) == (True, False)
    assert (mine.partner.user_id, mine.partner.name, mine.partner.presence) == (ben.user_id, "Ben", "busy")
    assert his.partner.user_id == ada.user_id
    assert (mine.partner.introduced_by, mine.partner.cooldown_ends_at_ms) == (None, None)
    assert (mine.partner_present, mine.bound_elsewhere, mine.grace) == (True, False, [])
    assert (mine.read.mine, mine.read.partner) == (0, 1)
    assert (his.read.mine, his.read.partner) == (1, 0)
    assert [(message.seq, message.from_, message.body) for message in his.messages] == [(1, ada.user_id, "hello")]
    assert mine.ends_at_ms is None
    assert mine.started_at_ms is not None
    assert mine.torch is not None
    assert (mine.torch.state, mine.more, mine.last_seq) == ("lit", False, 1)


async def test_another_connection_of_mine_is_bound(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    assert room_state(await ada.view(), "another.1").bound_elsewhere
    await ada.drop()
    state = room_state(await ada.view(), "another.1")
    assert not state.bound_elsewhere
    assert [(grace.user_id, grace.grace_ends_at_ms > state.opened_at_ms) for grace in state.grace] == [
        (ada.user_id, True)
    ]
    assert state.torch is not None
    assert (state.status, state.torch.state, state.torch.dims_at_ms, state.torch.out_at_ms) == (
        "grace_period",
        "frozen",
        None,
        None,
    )


async def test_before_the_start_there_is_no_torch_and_no_clock(stage: Stage) -> None:
    _, ada, _ = await stage.room("video")
    state = room_state(await ada.view(), "")
    assert (state.started_at_ms, state.ends_at_ms, state.torch, state.video_request) == (None, None, None, None)
    assert not state.partner_present


async def test_who_asks_for_video_is_named(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await stage.pass_time(61)
    await ben.ask_video()
    state = room_state(await ada.view(), ada.conn)
    assert state.video_request is not None
    assert state.video_request.from_ == ben.user_id
    assert state.video_request.request_ends_at_ms > state.opened_at_ms


async def test_what_nodes_are_sent_reads_the_same(stage: Stage) -> None:
    _, ada, ben = await stage.room()
    ((_, pushed),) = await ada.hears()
    assert room_state(pushed, "") == room_state(await ada.view(), "")
    assert room_state(pushed, "").messages == []
    await ada.enter()
    await ben.enter()
    await stage.pass_time(61)
    await ada.ask_video()
    await ben.accept_video()
    (upgraded,) = [data for kind, data in await ben.hears() if kind == "!upgraded"]
    view = await ben.view(1)
    assert room_state(upgraded, ben.conn) == room_state(view, ben.conn)


async def test_how_it_ended_with_what_was_not_seen(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    assert ended_of(await ada.view()) is None
    await ada.say("seen")
    await ada.say("not seen")
    facts = await ben.leave()
    ended = ended_of(await ada.view(1))
    assert ended is not None
    assert (ended.reason, ended.seconds, ended.ended_at_ms) == ("left", 0, facts["ended_at"])
    assert ended.cooldown_ends_at_ms == facts["cooldown_until"]
    assert [message.body for message in ended.messages] == ["not seen"]
    assert b'"from"' in msgspec.json.encode(ended)


async def test_a_room_that_never_started_has_no_cooldown_to_tell(stage: Stage) -> None:
    _, ada, _ = await stage.room()
    await ada.leave()
    ended = ended_of(await ada.view())
    assert ended is not None
    assert ended.cooldown_ends_at_ms is None
