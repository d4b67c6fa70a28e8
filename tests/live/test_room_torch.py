"""The torch of a text room (rules, section 10)."""

from tests.live.conftest import OpenStage
from tests.live.stage import Member, Stage, refused


async def torch(member: Member) -> tuple[str, int, int]:
    view = await member.view()
    return view["torch_state"], view["dims_at"], view["out_at"]


async def test_two_silent_minutes_dim_it_and_a_third_puts_it_out(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    started_at = (await ada.view())["started_at"]
    await stage.later(119)
    assert await ada.hears() == []
    await stage.later(2)
    told = {"room_id": room.room_id, "out_at_ms": started_at + 180_000}
    assert await ada.hears() == await ben.hears() == [("torch.dimming", told)]
    assert await torch(ada) == ("dimming", started_at + 120_000, started_at + 180_000)
    await stage.later(58)
    assert (await ada.view())["status"] == "active"
    await stage.later(2)
    view = await ada.view()
    assert (view["reason"], view["ended_at"], view["seconds"]) == ("torch_out", started_at + 180_000, 180)


async def test_it_is_said_once_however_often_somebody_looks(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    await stage.later(121)
    for _ in range(3):
        await ada.view()
        await stage.sweep()
        await stage.pass_time(2)
    assert [kind for kind, _ in await ada.hears()] == ["torch.dimming"]


async def test_whoever_notices_first_says_it(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await stage.pass_time(121)
    await ben.view()
    assert [kind for kind, _ in await ada.hears()] == ["torch.dimming"]
    await stage.sweep()
    assert await ada.hears() == []


async def test_whoever_looks_after_it_went_out_does_not_say_that_it_dims(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    await stage.later(200)
    assert await ada.hears() == []
    assert (await ada.view())["reason"] == "torch_out"


async def test_a_message_relights_it_for_both(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    await stage.later(121)
    await ada.hears()
    await ben.hears()
    _, sent_at, *_ = await ada.say("still here")
    # Ben has been silent for long: one minute without anybody is what is left.
    told = ("torch.relit", {"room_id": room.room_id, "dims_at_ms": sent_at + 60_000})
    assert await ada.hears() == [told]
    assert [kind for kind, _ in await ben.hears()] == ["chat.message", "torch.relit"]
    assert await torch(ben) == ("lit", sent_at + 60_000, sent_at + 120_000)


async def test_one_who_talks_alone_keeps_it_alive(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    for _ in range(6):
        await stage.later(55)
        await ada.say("and another thing")
    assert "torch.dimming" not in [kind for kind, _ in await ben.hears()]


async def test_the_second_change_is_said_again(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    await stage.later(121)
    await ada.say("once")
    await stage.later(61)
    assert [kind for kind, _ in await ada.hears()] == ["torch.dimming", "torch.relit", "torch.dimming"]


async def test_messages_that_change_nothing_say_nothing(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ada.say("hello")
    await ben.say("hello")
    assert [kind for kind, _ in await ada.hears()] == ["chat.message"]


async def test_reading_typing_and_returning_feed_nothing(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ada.say("one")
    before = await torch(ada)
    await stage.pass_time(10)
    await ben.read(1)
    await ben.relay("chat.typed")
    await ben.enter()  # takes over
    assert await torch(ada) == before


async def test_in_grace_it_is_frozen_and_moves_by_the_length_of_the_grace(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    _, dims_at, out_at = await torch(ada)
    await stage.pass_time(100)
    await ben.drop()
    frozen_at = int((await room.hash())["frozen_at"])
    assert await torch(ada) == ("frozen", 0, 0)
    await stage.later(8)
    view = await ben.enter()
    length = view["dims_at"] - dims_at
    assert (view["torch_state"], view["out_at"]) == ("lit", out_at + length)
    assert 8_000 <= length < 10_000
    assert int((await room.hash())["wrote_1"]) - view["started_at"] == length
    assert frozen_at + length <= await stage.now()


async def test_in_grace_it_does_not_go_out(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await stage.later(175)
    await ben.drop()
    await stage.later(8)
    assert (await ada.view())["status"] == "grace_period"
    view = await ben.enter()
    assert view["torch_state"] == "dimming"
    assert [kind for kind, _ in await ada.hears()] == ["torch.dimming", "room.partner_lost", "room.partner_returned"]
    await stage.later(6)
    assert (await ada.view())["reason"] == "torch_out"


async def test_what_was_written_in_grace_never_moves_past_now(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    await ben.drop()
    await stage.pass_time(8)
    await ada.say("where are you?")
    view = await ben.enter()
    facts = await room.hash()
    assert int(facts["wrote_1"]) <= await stage.now()
    assert int(facts["wrote_1"]) - view["started_at"] < 10_000


async def test_written_in_grace_while_dimming_it_is_relit_on_return_not_before(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await stage.later(125)
    await ben.drop()
    await ada.hears()
    await ada.say("hurry")
    assert await ada.hears() == []
    await ben.enter()
    assert [kind for kind, _ in await ada.hears()] == ["room.partner_returned", "torch.relit"]


async def test_both_away_at_different_times_count_once(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    _, dims_at, _ = await torch(ada)
    await ada.drop()
    await stage.pass_time(5)
    await ben.drop()
    await stage.pass_time(4)
    await ada.enter()
    await stage.pass_time(4)
    view = await ben.enter()
    assert 13_000 <= view["dims_at"] - dims_at < 14_500
    assert (await room.hash())["frozen_at"] == "0"


async def test_a_video_room_has_none(stage: Stage) -> None:
    _, ada, ben = await stage.started("video", 600)
    await ada.outcome("connected", 1)
    await stage.later(400)
    assert await torch(ada) == ("", 0, 0)
    assert (await ada.view())["status"] == "active"
    await ben.drop()
    await ben.enter()
    assert [fields["torch"] for kind, fields in await ada.hears() if kind == "room.partner_returned"] == [None]


async def test_an_outage_of_ours_counts_like_grace(stage: Stage) -> None:
    room, ada, _ = await stage.started()
    started_at = (await ada.view())["started_at"]
    await stage.pass_time(100)
    await stage.outage(4_000)  # longer than the torch lives, and than stage.CALM
    view = await ada.view()
    facts = await room.hash()
    assert (view["status"], view["torch_state"]) == ("active", "lit")
    assert started_at + 100_000 <= int(facts["wrote_1"]) == int(facts["wrote_2"]) <= await stage.now()


async def test_an_outage_counts_exactly_once_whoever_looks_first(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    before = await room.hash()
    await stage.pass_time(100)
    await stage.gap(30)
    await ada.say("I looked first")
    await ben.view()
    await stage.sweep()
    after = await room.hash()
    assert int(after["wrote_2"]) - int(before["wrote_2"]) == 30_000
    assert int(after["wrote_1"]) >= int(before["wrote_1"]) + 100_000


async def test_a_message_after_an_outage_is_not_moved_by_it(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    await stage.gap(30)
    _, sent_at, *_ = await ada.say("we are back")  # before anybody else looked
    await stage.pass_time(40)
    await ben.view()
    assert (await room.hash())["wrote_1"] == str(sent_at)


async def test_an_outage_inside_a_grace_is_part_of_it(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    before = await room.hash()
    await stage.pass_time(60)
    await ben.drop()
    await stage.pass_time(8)
    await stage.gap(6)
    await ada.view()
    await ben.enter()
    shifted = int((await room.hash())["wrote_1"]) - int(before["wrote_1"])
    assert 8_000 <= shifted < 9_500


async def test_an_outage_before_a_grace_and_the_grace_both_count(stage: Stage) -> None:
    room, _, ben = await stage.started()
    before = await room.hash()
    await stage.pass_time(60)
    await stage.gap(20)
    await ben.drop()
    await stage.pass_time(8)
    await ben.enter()
    shifted = int((await room.hash())["wrote_1"]) - int(before["wrote_1"])
    assert 28_000 <= shifted < 29_500


async def test_an_outage_before_the_start_does_not_count(stage: Stage) -> None:
    room, ada, ben = await stage.room()
    await stage.gap(20)
    await ada.enter()
    view = await ben.enter()
    assert (await room.hash())["wrote_1"] == str(view["started_at"])


async def test_the_record_hears_when_each_last_wrote_and_since_when_it_dims(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    _, sent_at, *_ = await ada.say("hello")
    await ben.drop()
    state = (await stage.journal())[-1]["state"]
    assert (state["torch_1_ms"], state["torch_2_ms"], state["warned_at_ms"]) == (sent_at, state["started_at_ms"], 0)
    await ben.enter()
    _, dims_at, _ = await torch(ada)
    await stage.later(125)
    assert (await stage.journal())[-1]["state"]["warned_at_ms"] == dims_at


async def test_short_periods_work_the_same(open_stage: OpenStage) -> None:
    stage = await open_stage(torch_dim_s=0.9, torch_out_s=0.6)
    _, ada, _ = await stage.started()
    await stage.later(1)
    assert [kind for kind, _ in await ada.hears()] == ["torch.dimming"]
    await stage.later(0.6)
    await refused("room_ended", ada.say("too late"))
