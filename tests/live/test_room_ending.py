"""The one way a room ends (rules, sections 7 and 8)."""

import pytest

from core import keys
from core.rules import cooldowns
from tests.live.conftest import OpenStage
from tests.live.stage import FAMILY, Room, Stage, refused

DAY_MS = 86_400_000


async def test_the_shard_leaves_it_to_the_lobby_to_tell_the_end(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await stage.pass_time(7)
    facts = await ada.leave()
    assert facts["last_seq"] == 0
    assert ("ended", facts) in stage.followups
    assert await ada.node.hears() == await ben.node.hears() == []


async def test_the_facts_say_what_the_lobby_must_know(stage: Stage) -> None:
    room, ada, ben = await stage.started("video")
    await ada.outcome("connected", 1)
    await stage.pass_time(31)
    facts = await ben.leave()
    view = await ada.view()
    assert facts == {
        "room_id": room.room_id,
        "user_1": ada.user_id,
        "user_2": ben.user_id,
        "reason": "left",
        "mode": "video",
        "started_at": view["started_at"],
        "ended_at": view["ended_at"],
        "seconds": 31,
        "cooldown_until": view["ended_at"] + DAY_MS,
        "last_seq": 0,
    }
    assert stage.followups == [("ended", facts)]


async def test_the_lobby_is_reminded_until_it_has_freed_the_seats(stage: Stage) -> None:
    room, ada, _ = await stage.started()
    facts = await ada.leave()
    for _ in range(3):
        await stage.later(3)
    assert stage.followups == [("ended", facts)] * 4
    await stage.hand.call("released", room.room_id)
    await stage.later(10)
    assert len(stage.followups) == 4
    assert await stage.redis.zcard(keys.deadlines(FAMILY)) == 0


async def test_ending_it_again_answers_the_same_and_changes_nothing(stage: Stage) -> None:
    room, ada, _ = await stage.started()
    facts = await ada.leave()
    written = len(await stage.journal())
    (again,) = await stage.hand.call("end_room", room.room_id, "banned")
    assert '"left"' in again
    await stage.hand.call("released", room.room_id)
    assert (await ada.view())["reason"] == facts["reason"]
    assert len(await stage.journal()) == written


@pytest.mark.parametrize("reason", ["banned", "deleted", "left", "lost"])
@pytest.mark.parametrize("status", ["unstarted", "active", "grace"])
async def test_others_may_end_it_in_any_state(stage: Stage, reason: str, status: str) -> None:
    room, ada, ben = await (stage.room() if status == "unstarted" else stage.started())
    if status == "grace":
        await ben.drop()
    (facts,) = await stage.hand.call("end_room", room.room_id, reason)
    assert f'"{reason}"' in facts
    assert (await ada.view())["status"] == "ended"


async def test_what_was_due_before_somebody_ends_it_has_happened(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    await ben.drop()
    await stage.pass_time(11)
    await stage.hand.call("end_room", room.room_id, "banned")
    assert (await ada.view())["reason"] == "lost"


async def test_the_record_hears_of_it_once_with_all_there_is_to_know(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ada.say("hello")
    await ben.say("hello")
    await ben.say("how are you?")
    await stage.pass_time(40)
    facts = await ada.leave()
    last = (await stage.journal())[-1]
    state = last["state"]
    assert [(event["event"], event["detail"], event["user_id"]) for event in last["events"]] == [
        ("ended", "left", ada.user_id)
    ]
    assert (state["status"], state["reason"], state["ended_at_ms"]) == ("ended", "left", facts["ended_at"])
    assert (state["seconds"], state["messages_1"], state["messages_2"], state["last_seq"]) == (40, 1, 2, 3)
    assert (state["connected_1"], state["connected_2"]) == (False, False)
    assert (state["counts_metrics"], state["counts_completion"]) == (True, True)
    assert state["cooldown_until_ms"] == facts["cooldown_until"]
    versions = [entry["state"]["version"] for entry in await stage.journal()]
    assert versions == list(range(1, len(versions) + 1))


@pytest.mark.parametrize(
    ("seconds", "metrics", "completion"), [(4, False, False), (6, True, False), (29, True, False), (31, True, True)]
)
async def test_metrics_count_from_five_seconds_and_completion_from_thirty(
    stage: Stage, seconds: int, metrics: bool, completion: bool
) -> None:
    _, ada, _ = await stage.started()
    await stage.pass_time(seconds)
    await ada.leave()
    state = (await stage.journal())[-1]["state"]
    assert (state["counts_metrics"], state["counts_completion"]) == (metrics, completion)


async def test_a_video_room_whose_media_never_connected_counts_for_nothing_whatever_ended_it(stage: Stage) -> None:
    _, ada, _ = await stage.started("video")
    await stage.pass_time(40)
    await ada.leave()
    state = (await stage.journal())[-1]["state"]
    assert (state["counts_metrics"], state["counts_completion"], state["seconds"]) == (False, False, 40)
    assert state["cooldown_until_ms"] == state["ended_at_ms"] + DAY_MS


async def test_a_room_that_never_started_counts_for_nothing(stage: Stage) -> None:
    _, ada, _ = await stage.room()
    await ada.leave()
    state = (await stage.journal())[-1]["state"]
    assert (state["counts_metrics"], state["counts_completion"], state["cooldown_until_ms"]) == (False, False, 0)


@pytest.mark.parametrize("reason", sorted(cooldowns.AFTER_STARTED_ROOM))
async def test_the_cooldown_is_what_the_rules_say(stage: Stage, reason: str) -> None:
    room, ada, _ = await stage.started()
    await stage.hand.call("end_room", room.room_id, reason)
    view = await ada.view()
    length = cooldowns.after_room(reason, started=True, media_connected=False, was_text=True)
    assert length == "long"
    assert view["cooldown_until"] == view["ended_at"] + DAY_MS


async def test_a_cooldown_of_zero_is_none(open_stage: OpenStage) -> None:
    stage = await open_stage(cooldown_long_s=0)
    _, ada, _ = await stage.started()
    assert (await ada.leave())["cooldown_until"] == 0


async def test_nothing_works_in_it_any_more_but_looking(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    await ada.say("last words")
    await ben.leave()
    for doing in (
        ada.enter(),
        ada.say("hello?"),
        ada.read(1),
        ada.ask_video(),
        ada.accept_video(),
        ada.restart(),
        ada.outcome("connected", 1),
        ada.rebind(),
    ):
        await refused("room_ended", doing)
    await ada.drop()
    assert len((await ada.view())["messages"]) == 1
    assert len((await ada.history())[0]) == 1
    assert (await room.hash())["conn_1"] == ""


async def test_its_bindings_are_gone_with_it(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ada.leave()
    for member in (ada, ben):
        assert await stage.redis.exists(keys.bindings_of(FAMILY, member.node.incarnation)) == 0


async def test_a_forgotten_room_leaves_no_deadline(stage: Stage) -> None:
    room, *_ = await stage.started()
    await stage.redis.delete(keys.key(FAMILY, f"room:{room.room_id}"))
    await stage.later(400)
    assert await stage.redis.zcard(keys.deadlines(FAMILY)) == 0


async def test_the_deadline_set_holds_the_next_instant(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    view = await ada.view()

    async def score(of: Room) -> float | None:
        found: float | None = await stage.redis.zscore(keys.deadlines(FAMILY), f"room:{of.room_id}")
        return found

    assert await score(room) == view["dims_at"]
    await ada.say("a message does not touch it")
    assert await score(room) == view["dims_at"]
    await ben.drop()
    assert await score(room) == (await ada.view())["grace_2"]
    await ben.enter()
    assert await score(room) == (await ada.view())["dims_at"]


async def test_ten_times_as_many_due_as_one_pass_takes(stage: Stage) -> None:
    rooms = [await stage.room(nodes=1) for _ in range(30)]
    await stage.pass_time(16)
    due = [(await stage.hand.call("sweep", 10))[0] for _ in range(4)]
    assert due == [10, 10, 10, 0]
    for _, ada, _ in rooms:
        assert (await ada.view())["reason"] == "never_joined"
