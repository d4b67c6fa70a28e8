"""Video rooms: their clock, their media, and how text becomes video (rules, section 8)."""

import msgspec
import pytest

from tests.live.stage import Member, Stage, refused


async def negotiations(member: Member) -> list[tuple[int, bool]]:
    return [(data["generation"], data["polite"]) for kind, data in await member.hears() if kind == "rtc.negotiate"]


# -- the clock


async def test_it_is_over_when_the_agreed_time_is(stage: Stage) -> None:
    _, ada, _ = await stage.started("video", 240)
    await ada.outcome("connected", 1)
    view = await ada.view()
    assert view["ends_at"] == view["started_at"] + 240_000
    await stage.later(242)
    ended = await ada.view()
    assert (ended["reason"], ended["ended_at"], ended["seconds"]) == ("time_up", view["ends_at"], 240)


async def test_grace_does_not_stop_the_clock(stage: Stage) -> None:
    _, ada, ben = await stage.started("video", 60)
    await ada.outcome("connected", 1)
    ends_at = (await ada.view())["ends_at"]
    await stage.later(30)
    await ben.drop()
    await stage.pass_time(8)
    await ben.enter()
    assert (await ada.view())["ends_at"] == ends_at
    await stage.later(15)
    await ben.drop()
    await stage.later(9)
    view = await ada.view()
    assert (view["reason"], view["ended_at"]) == ("time_up", ends_at)


async def test_of_two_deadlines_that_are_past_the_earlier_one_counts(stage: Stage) -> None:
    _, ada, ben = await stage.started("video", 60)
    await ada.outcome("connected", 1)
    await stage.pass_time(45)
    await ben.drop()
    grace = (await ada.view())["grace_2"]
    await stage.later(100)  # nobody looked for long: the grace was over before the call
    view = await ada.view()
    assert (view["reason"], view["ended_at"], view["seconds"]) == ("lost", grace, 55)


async def test_messages_work_in_video_rooms_too(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    assert (await ada.say("can you hear me?"))[0] == 1
    assert "chat.message" in [kind for kind, _ in await ben.hears()]


# -- negotiation


async def test_both_negotiate_at_the_start_and_user_2_is_the_polite_one(stage: Stage) -> None:
    _, ada, ben = await stage.room("video")
    await ada.enter()
    await ben.enter()
    assert await negotiations(ada) == [(1, False)]
    assert await negotiations(ben) == [(1, True)]


async def test_the_generation_grows_on_return_takeover_and_restart_and_both_hear(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    await ben.drop()
    assert (await ben.enter())["generation"] == 2
    assert await negotiations(ada) == [(2, False)]
    assert (await ada.enter())["generation"] == 3
    assert await negotiations(ben) == [(2, True), (3, True)]
    await ben.restart()
    assert await negotiations(ada) == [(3, False), (4, False)]
    assert await negotiations(ben) == [(4, True)]


async def test_nobody_negotiates_alone(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    await ben.drop()
    await ada.enter()
    await ada.restart()
    assert await negotiations(ada) == []
    await ben.enter()
    assert len(await negotiations(ada)) == 1


async def test_text_rooms_negotiate_nothing(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ben.drop()
    assert (await ben.enter())["generation"] == 1
    assert await negotiations(ada) == []
    for doing in (ada.restart(), ada.outcome("connected", 1), ada.relay("rtc.signal", 1)):
        await refused("not_video", doing)


async def test_signals_reach_the_partner_in_the_current_generation_only(stage: Stage) -> None:
    room, ada, ben = await stage.started("video")
    await ada.restart()
    await ben.hears()
    assert await ada.relay("rtc.signal", 1, generation=1) == [""]
    await refused("bad_message", ada.relay("rtc.signal", 3, generation=3))
    assert await ben.hears() == []
    await ada.relay("rtc.signal", 2, generation=2, candidate=None)
    told = {"room_id": room.room_id, "generation": 2, "candidate": None}
    assert await ben.hears() == [("rtc.signal", told)]
    await ben.drop()
    assert await ada.relay("rtc.signal", 2, generation=2) == [""]


async def test_rtc_needs_the_bound_connection_of_a_started_room(stage: Stage) -> None:
    _, ada, _ = await stage.room("video")
    await ada.enter()
    await refused("too_early", ada.relay("rtc.signal", 1))
    ada.conn = "elsewhere.3"
    for doing in (ada.restart(), ada.outcome("connected", 1), ada.relay("rtc.signal", 1)):
        await refused("not_bound", doing)


# -- media


async def test_media_that_never_connects_ends_it_without_cooldown_metrics_or_completion(stage: Stage) -> None:
    _, ada, _ = await stage.started("video")
    started_at = (await ada.view())["started_at"]
    await stage.later(44)
    assert (await ada.view())["status"] == "active"
    await stage.later(2)
    view = await ada.view()
    assert (view["reason"], view["ended_at"], view["seconds"]) == ("media_failed", started_at + 45_000, 45)
    assert view["cooldown_until"] == 0
    state = (await stage.journal())[-1]["state"]
    assert (state["counts_metrics"], state["counts_completion"]) == (False, False)


async def test_one_connected_is_enough(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    await ben.outcome("connected", 1)
    await stage.later(50)
    assert (await ada.view())["status"] == "active"


async def test_the_media_deadline_does_not_run_in_grace(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    await stage.pass_time(40)
    await ben.drop()
    await stage.later(9)
    assert (await ada.view())["status"] == "grace_period"
    await ben.enter()
    await stage.later(4)
    assert (await ada.view())["status"] == "active"
    await stage.later(3)
    assert (await ada.view())["reason"] == "media_failed"


async def test_a_failure_before_anything_connected_waits_for_the_deadline(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    await ada.outcome("failed", 1)
    await ben.outcome("failed", 1)
    assert (await ada.view())["status"] == "active"


async def test_once_connected_it_takes_failed_from_both_in_one_generation(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    await ada.outcome("connected", 1)
    await ada.outcome("failed", 1)
    await ben.restart()
    await ben.outcome("failed", 2)
    await ada.outcome("failed", 1)  # late, of the older one
    assert (await ada.view())["status"] == "active"
    await ada.outcome("failed", 2)
    view = await ada.view()
    assert view["reason"] == "media_failed"
    assert view["cooldown_until"] == view["ended_at"] + 86_400_000


async def test_a_late_failed_of_an_older_generation_means_nothing(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    await ada.outcome("connected", 1)
    await ada.restart()
    await ada.outcome("failed", 1)
    await ben.outcome("failed", 1)
    assert (await ada.view())["status"] == "active"
    await ada.outcome("failed", 2)
    await ada.outcome("failed", 1)
    await ben.outcome("failed", 2)
    assert (await ada.view())["reason"] == "media_failed"


async def test_connected_takes_back_my_own_failed(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    await ada.outcome("failed", 1)
    await ada.outcome("connected", 1)
    await ben.outcome("failed", 1)
    assert (await ada.view())["status"] == "active"


async def test_an_outcome_of_the_future_is_not_understood(stage: Stage) -> None:
    _, ada, _ = await stage.started("video")
    await refused("bad_message", ada.outcome("connected", 2))


# -- text becomes video


async def asked(stage: Stage) -> tuple[Member, Member]:
    """A text room that is old enough, in which Ada asks for video."""
    _, ada, ben = await stage.started()
    await stage.pass_time(61)
    await ada.ask_video()
    return ada, ben


async def test_a_room_must_be_a_minute_old(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    refusal = await refused("too_early", ada.ask_video())
    assert 59_000 < (refusal.retry_after_ms or 0) <= 60_000
    await stage.pass_time(60)
    await ada.ask_video()


async def test_the_partner_hears_the_request_and_both_see_it(stage: Stage) -> None:
    ada, ben = await asked(stage)
    view = await ada.view()
    assert view["request_from"] == 1
    told = {"room_id": ada.room.room_id, "request_ends_at_ms": view["request_ends_at"]}
    assert await ben.hears() == [("video.requested", told)]
    assert await ada.hears() == []
    assert 29_000 < view["request_ends_at"] - await stage.now() <= 30_000


async def test_asking_twice_is_asking_once(stage: Stage) -> None:
    ada, ben = await asked(stage)
    await ada.ask_video()
    assert len(await ben.hears()) == 1


@pytest.mark.parametrize("answer", [Member.accept_video, Member.ask_video])
async def test_accepting_or_asking_back_makes_it_video(stage: Stage, answer: object) -> None:
    ada, ben = await asked(stage)
    await ada.say("before")
    await ada.hears()
    await ben.hears()
    await answer(ben)  # type: ignore[operator]
    for member, polite in ((ada, False), (ben, True)):
        (message_kind, message), (upgraded_kind, view), (negotiate_kind, negotiate) = await member.hears()
        assert (message_kind, upgraded_kind, negotiate_kind) == ("chat.message", "!upgraded", "rtc.negotiate")
        assert (message["seq"], message["kind"], message["body"]) == (2, "system", "upgraded")
        assert (message["from"], message["client_id"]) == (ben.user_id, "")
        assert (view["mode"], view["torch_state"], view["request_from"], view["last_seq"]) == ("video", "", 0, 2)
        assert view["ends_at"] == message["sent_at_ms"] + 300_000
        assert (negotiate["generation"], negotiate["polite"]) == (view["generation"], polite)
    assert (await ada.say("after"))[0] == 3
    entry = (await stage.journal("msg"))[1]
    assert (entry["seq"], entry["kind"], entry["body"], entry["client_id"]) == (2, "system", "upgraded", "")
    state = (await stage.journal())[-1]["state"]
    assert (state["mode"], state["agreed_seconds"], state["messages_1"]) == ("video", 300, 1)
    assert (state["upgraded_at_ms"], state["torch_1_ms"]) == (message["sent_at_ms"], 0)


async def test_the_upgraded_room_has_a_clock_and_no_torch(stage: Stage) -> None:
    ada, ben = await asked(stage)
    await ben.accept_video()
    generation = (await ada.view())["generation"]
    await ada.outcome("connected", generation)
    await stage.later(290)
    assert (await ada.view())["status"] == "active"
    await stage.later(11)
    view = await ada.view()
    assert (view["reason"], view["seconds"] >= 361) == ("time_up", True)
    for doing in (ada.ask_video(), ben.accept_video()):
        await refused("room_ended", doing)


async def test_an_upgrade_whose_media_never_connects_costs_the_cooldown_and_counts(stage: Stage) -> None:
    ada, ben = await asked(stage)
    await ben.accept_video()
    await stage.later(46)
    view = await ada.view()
    assert (view["reason"], view["cooldown_until"]) == ("media_failed", view["ended_at"] + 86_400_000)
    state = (await stage.journal())[-1]["state"]
    assert (state["counts_metrics"], state["counts_completion"]) == (True, True)


async def test_a_dimming_torch_is_gone_with_the_upgrade(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await stage.later(125)
    await ada.ask_video()
    await ben.accept_video()
    await stage.later(100)
    assert (await stage.journal())[-1]["state"]["warned_at_ms"] == 0
    assert "torch.relit" not in [kind for kind, _ in await ada.hears()]


async def test_declined_both_hear_and_may_ask_again_a_minute_later(stage: Stage) -> None:
    ada, ben = await asked(stage)
    await ben.hears()
    await ben.decline_video()
    told = ("video.declined", {"room_id": ada.room.room_id, "reason": "declined"})
    assert await ada.hears() == await ben.hears() == [told]
    assert (await ada.view())["request_from"] == 0
    refusal = await refused("too_early", ada.ask_video())
    assert 59_000 < (refusal.retry_after_ms or 0) <= 60_000
    await stage.pass_time(60)
    await ada.ask_video()


async def test_unanswered_it_expires_for_both(stage: Stage) -> None:
    ada, ben = await asked(stage)
    await ben.hears()
    await stage.later(31)
    told = ("video.declined", {"room_id": ada.room.room_id, "reason": "expired"})
    assert await ada.hears() == await ben.hears() == [told]
    await refused("nothing_asked", ben.accept_video())


async def test_too_late_to_accept_even_if_nobody_swept(stage: Stage) -> None:
    ada, ben = await asked(stage)
    await stage.pass_time(31)
    await refused("nothing_asked", ben.accept_video())
    assert [kind for kind, _ in await ada.hears()] == ["video.declined"]


async def test_only_the_one_who_was_asked_answers(stage: Stage) -> None:
    ada, ben = await asked(stage)
    await refused("nothing_asked", ada.accept_video())
    await refused("nothing_asked", ada.decline_video())
    await ben.decline_video()
    await refused("nothing_asked", ben.decline_video())


async def test_with_the_partner_away_one_can_neither_ask_nor_accept(stage: Stage) -> None:
    ada, ben = await asked(stage)
    await ada.drop()
    await refused("partner_away", ben.accept_video())
    await refused("partner_away", ben.ask_video())
    await ben.decline_video()
    await ada.enter()
    await stage.pass_time(60)
    await ben.drop()
    await refused("partner_away", ada.ask_video())


async def test_a_request_outlives_a_short_absence(stage: Stage) -> None:
    ada, ben = await asked(stage)
    await ada.drop()
    assert (await ada.enter())["request_from"] == 1
    await ben.accept_video()
    assert (await ada.view())["mode"] == "video"


async def test_a_video_room_is_video_already(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    for doing in (ada.ask_video(), ben.accept_video(), ben.decline_video()):
        await refused("already_video", doing)


async def test_the_log_and_the_push_hold_the_same_system_message(stage: Stage) -> None:
    ada, ben = await asked(stage)
    await ben.accept_video()
    pushed = [data for kind, data in await ada.hears() if kind == "chat.message"]
    assert [msgspec.json.decode(message) for message in (await ada.view())["messages"]] == pushed
