"""Races (rules, section 11): two nodes at once, hundreds of times, one winner each.

Each node has its own batcher and its own connection to Redis, so what is gathered here really crosses.
"""

import asyncio
import random
from typing import Any

from core.errors import Refusal
from tests.live.stage import Member, Stage

ROUNDS = 200


async def outcome(doing: Any) -> str:
    try:
        await doing
    except Refusal as refusal:
        return refusal.code
    return "done"


async def events(stage: Stage, member: Member) -> list[str]:
    return [
        event["event"]
        for entry in await stage.journal()
        if entry["state"]["room_id"] == member.room.room_id
        for event in entry["events"]
    ]


async def test_a_member_returns_exactly_when_his_grace_expires(stage: Stage) -> None:
    async def one(n: int) -> str:
        _, ada, ben = await shared(stage, *nodes)
        await ben.drop()
        deadline = (await ada.view())["grace_2"]
        await stage.pass_time((deadline - await stage.now()) / 1_000 - random.Random(n).uniform(0, 0.004))
        back, *_ = await asyncio.gather(outcome(ben.enter()), stage.sweep())
        view = await ada.view()
        said = await events(stage, ada)
        if back == "done":
            assert view["status"] == "active"
            assert (said.count("returned"), said.count("ended")) == (1, 0)
        else:
            assert (back, view["reason"], view["ended_at"]) == ("room_ended", "lost", deadline)
            assert (said.count("returned"), said.count("ended")) == (0, 1)
        await stage.redis.delete("{r3}:journal")
        return back

    nodes = await stage.node(), await stage.node()
    backs = [await one(n) for n in range(ROUNDS)]
    assert set(backs) == {"done", "room_ended"}, "the race was never close"


async def shared(stage: Stage, first: Any, second: Any) -> tuple[Any, Member, Member]:
    """A started room of two members on two nodes that are there already."""
    room, ada, ben = await stage.room_on(first, second)
    await ada.enter()
    await ben.enter()
    return room, ada, ben


async def test_both_leave_at_once_it_ends_once(stage: Stage) -> None:
    nodes = await stage.node(), await stage.node()
    for _ in range(ROUNDS):
        _, ada, ben = await shared(stage, *nodes)
        stage.followups.clear()
        codes = await asyncio.gather(outcome(ada.leave()), outcome(ben.leave()))
        assert sorted(codes) == ["done", "room_ended"]
        assert len(stage.followups) == 1
        assert (await events(stage, ada)).count("ended") == 1
        await stage.redis.delete("{r3}:journal")


async def test_both_clocks_hit_zero_and_both_leave_and_the_sweep_comes(stage: Stage) -> None:
    nodes = await stage.node(), await stage.node()
    for n in range(ROUNDS):
        room, ada, ben = await stage.room_on(*nodes, mode="video", seconds=60)
        await ada.enter()
        await ben.enter()
        await ada.outcome("connected", 1)
        stage.followups.clear()
        jobs = [ada.leave(), ben.leave(), stage.sweep(), stage.hand.call("end_room", room.room_id, "banned")]
        random.Random(n).shuffle(jobs)
        await asyncio.gather(stage.pass_time(60), *(outcome(job) for job in jobs))
        said = await events(stage, ada)
        assert said.count("ended") == 1
        ended = [entry["state"] for entry in await stage.journal() if entry["state"]["room_id"] == room.room_id][-1]
        reasons = {facts["reason"] for kind, facts in stage.followups if facts["room_id"] == room.room_id}
        assert reasons == {ended["reason"]}
        await stage.redis.delete("{r3}:journal")


async def test_the_same_member_enters_from_two_nodes_at_once(stage: Stage) -> None:
    nodes = await stage.node(), await stage.node(), await stage.node()
    for _ in range(ROUNDS):
        _, ada, ben = await shared(stage, nodes[0], nodes[1])
        twin = Member(ada.room, "Ada", nodes[2], ada.user_id)
        first = ada.conn
        await asyncio.gather(ada.enter(), twin.enter())
        view = await ben.view()
        assert view["status"] == "active"
        assert view["conn_1"] in {ada.conn, twin.conn}
        moved = [to for node in nodes for to, kind, _ in await node.hears() if kind == "!moved"]
        beaten = twin.conn if view["conn_1"] == ada.conn else ada.conn
        assert moved.count(f"c:{beaten}") == moved.count(f"c:{first}") == 1
        assert len(moved) == 2
        await ben.leave()


async def test_both_enter_at_once_it_starts_once(stage: Stage) -> None:
    nodes = await stage.node(), await stage.node()
    for _ in range(ROUNDS):
        _, ada, ben = await stage.room_on(*nodes)
        views = await asyncio.gather(ada.enter(), ben.enter())
        assert sorted(view["started_at"] > 0 for view in views) == [False, True]
        assert (await events(stage, ada)).count("started") == 1
        await stage.redis.delete("{r3}:journal")


async def test_the_old_socket_closes_while_the_new_one_enters(stage: Stage) -> None:
    nodes = await stage.node(), await stage.node(), await stage.node()
    for _ in range(ROUNDS):
        _, ada, ben = await shared(stage, nodes[0], nodes[1])
        older = Member(ada.room, "Ada", nodes[0], ada.user_id, ada.conn)
        await asyncio.gather(older.drop(), ada.enter(node=nodes[2]))
        view = await ben.view()
        assert (view["status"], view["conn_1"]) == ("active", ada.conn)
        await ben.leave()


async def test_both_ask_for_video_at_once_it_is_agreed_once(stage: Stage) -> None:
    nodes = await stage.node(), await stage.node()
    for _ in range(100):
        _, ada, ben = await shared(stage, *nodes)
        await stage.pass_time(61)
        assert set(await asyncio.gather(outcome(ada.ask_video()), outcome(ben.ask_video()))) == {"done"}
        view = await ada.view()
        assert (view["mode"], view["last_seq"]) == ("video", 1)
        await ben.leave()


async def test_created_by_two_at_once_it_opens_once(stage: Stage) -> None:
    nodes = await stage.node(), await stage.node()
    for _ in range(ROUNDS):
        room, ada, ben = stage.room_to_be(*nodes)
        seat = await room.seat(ada, ben)
        await asyncio.gather(*(node.family.call("create", seat) for node in nodes))
        opened = [kind for node in nodes for _, kind, _ in await node.hears() if kind == "!opened"]
        assert len(opened) == 2
