"""A member is lost and comes back, or does not (rules, section 8)."""

import contextlib

from core import keys
from core.errors import Refusal
from tests.live.stage import FAMILY, Stage, refused


async def test_a_lost_connection_starts_grace_and_the_partner_hears_until_when(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    await ben.drop()
    ((kind, told),) = await ada.hears()
    view = await ada.view()
    assert (kind, view["status"], view["torch_state"]) == ("room.partner_lost", "grace_period", "frozen")
    assert told == {"room_id": room.room_id, "grace_ends_at_ms": view["grace_2"]}
    assert (view["dims_at"], view["out_at"], view["conn_2"]) == (0, 0, "")


async def test_back_in_time_it_is_as_it_was_with_what_was_missed(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ada.say("one")
    await ben.drop()
    await ada.say("two")
    await stage.later(9)
    await ada.hears()
    view = await ben.enter(last_seq=1)
    assert (view["status"], view["grace_2"], view["torch_state"]) == ("active", 0, "lit")
    assert ['"two"' in message for message in view["messages"]] == [True]
    ((kind, told),) = await ada.hears()
    assert (kind, told["torch"]["state"]) == ("room.partner_returned", "lit")
    assert told["torch"]["dims_at_ms"] == view["dims_at"]


async def test_not_back_in_time_it_ends_lost_at_the_deadline(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ben.drop()
    grace = (await ada.view())["grace_2"]
    await stage.later(12)
    view = await ada.view()
    assert (view["status"], view["reason"], view["ended_at"]) == ("ended", "lost", grace)


async def test_who_returns_after_the_deadline_finds_it_ended_even_if_nobody_swept(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ben.drop()
    await stage.pass_time(11)
    await refused("room_ended", ben.enter())
    assert [kind for kind, _ in await ada.hears()] == ["room.partner_lost"]


async def test_both_lost_the_earlier_deadline_ends_it(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ada.drop()
    await stage.later(4)
    await ben.drop()
    view = await ada.view()
    assert view["grace_1"] < view["grace_2"]
    await stage.later(7)
    ended = await ada.view()
    assert (ended["reason"], ended["ended_at"]) == ("lost", view["grace_1"])


async def test_one_back_one_missing_is_still_grace(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ada.drop()
    await stage.later(4)
    await ben.drop()
    view = await ada.enter()
    assert (view["status"], view["grace_1"], view["torch_state"]) == ("grace_period", 0, "frozen")
    await stage.later(7)  # ada's deadline is past, ben's is not
    view = await ben.enter()
    assert (view["status"], view["torch_state"]) == ("active", "lit")


async def test_losing_a_connection_that_is_not_bound_changes_nothing(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    await ada.drop("someone.7")
    await ada.drop("")
    assert (await ada.view())["status"] == "grace_period"  # the second was the bound one
    await ada.drop(ada.conn)
    assert await stage.events() == ["opened", "entered", "entered", "started", "lost"]


async def test_another_connection_of_mine_takes_over_and_the_older_one_is_told(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    older = ada.conn
    view = await ada.enter()
    assert (view["status"], view["conn_1"]) == ("active", ada.conn)
    assert await ada.node.hears() == [(f"c:{older}", "!moved", {"room_id": room.room_id})]
    assert await ben.hears() == []
    await ada.drop(older)  # the stale tab closes, or times out later
    assert (await ada.view())["status"] == "active"
    await refused("not_bound", ada.say("from the stale tab", conn=older))


async def test_entering_again_on_the_same_connection_changes_nothing(stage: Stage) -> None:
    _, ada, ben = await stage.started("video")
    before = await ada.view()
    assert await ada.enter(conn=ada.conn) == before
    assert await ada.hears() == await ben.hears() == []


async def test_a_take_over_on_another_node_within_grace_of_the_partner(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ben.drop()
    view = await ada.enter(node=await stage.node())
    assert view["status"] == "grace_period"
    view = await ben.enter()
    assert view["status"] == "active"


async def test_the_one_who_waits_may_leave_in_grace(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ben.drop()
    facts = await ada.leave()
    assert facts["reason"] == "left"
    await refused("room_ended", ben.enter())
    await refused("room_ended", ada.leave())


async def test_a_dead_node_puts_its_members_into_grace_in_full_from_its_declaration(stage: Stage) -> None:
    rooms = [await stage.started() for _ in range(3)]
    dead = await stage.node()
    for _, ada, _ in rooms:
        await ada.enter(node=dead)
    unstarted, eve, _ = await stage.room()
    await eve.enter(node=dead)
    now = await stage.now()
    assert await stage.hand.call("reap", dead.incarnation, 3) == [1]
    assert await stage.hand.call("reap", dead.incarnation, 3) == [0]
    for _, ada, _ in rooms:
        view = await ada.view()
        assert (view["status"], view["conn_1"]) == ("grace_period", "")
        assert 10_000 <= view["grace_1"] - now < 12_000
    assert (await unstarted.hash())["status"] == "active"


async def test_who_moved_to_another_node_is_not_lost_with_the_dead_one(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    dead = ada.node
    await ada.enter(node=ben.node)
    assert await stage.hand.call("reap", dead.incarnation, 100) == [0]
    assert (await ada.view())["status"] == "active"


async def test_a_node_that_was_reaped_and_wakes_up_changes_nothing(stage: Stage) -> None:
    """It may be fresh from a long pause, with what its people said before they went elsewhere."""
    room, ada, ben = await stage.started()
    late, old = ada.node, ada.conn
    assert await stage.hand.call("reap", late.incarnation, 100) == [0]
    await ada.enter(node=ben.node)
    before = await room.hash()
    for doing in (
        late.family.call("enter", room.room_id, ada.user_id, old, 0, -1),
        late.family.call("rebind", room.room_id, ada.user_id, old),
        late.family.call("leave", room.room_id, ada.user_id),
    ):
        await refused("not_registered", doing)
    for op in (("lose", old), ("outcome", old, 1, "failed"), ("read", old, 1), ("ask_video", old)):
        name, *args = op
        with contextlib.suppress(Refusal):
            await late.family.call(name, room.room_id, ada.user_id, *args)
    assert await room.hash() == before
    assert not await stage.redis.exists(keys.inbox(FAMILY, late.incarnation))


async def test_an_index_that_is_out_of_date_loses_nobody(stage: Stage) -> None:
    room, ada, _ = await stage.started()
    dead = await stage.node()
    await stage.redis.sadd(keys.bindings_of(FAMILY, dead.incarnation), f"{room.room_id}:1")  # type: ignore[misc]
    assert await stage.hand.call("reap", dead.incarnation, 100) == [0]
    assert (await ada.view())["status"] == "active"
