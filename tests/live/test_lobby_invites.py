"""Rules, sections 6 and 7: invites and what they cost."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from redis.asyncio import Redis

from core.errors import Refusal
from core.ids import new_id
from core.settings import Limit, Settings
from tests.live.lobby import Lobby

HOUR, DAY = 3600, 86_400


@pytest.fixture
async def lobby(redis: "Redis", settings: Settings) -> AsyncIterator[Lobby]:
    lobby = await Lobby.open(redis, settings)
    yield lobby
    await lobby.close()


async def refusal(doing: Awaitable[Any]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await doing
    return refused.value


async def code(doing: Awaitable[Any]) -> str:
    return (await refusal(doing)).code


async def test_an_invite_rings_twenty_seconds_and_expires(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob", nodes=2)
    invite_id = await ann.rings(bob)
    ((kind, received),) = await bob.hears()
    assert kind == "!invite"
    assert received["from"]["name"] == "Ann"
    assert received["expires_at_ms"] - (await lobby.hand.call("now"))[0] <= 20_000
    await lobby.later(19.9)
    assert await bob.hears() == []
    await lobby.later(0.2)
    for person in (ann, bob):
        assert await person.hears() == [("invite.ended", {"invite_id": invite_id, "outcome": "expired", "not_to": ""})]
    refused = await refusal(bob.accept(invite_id))
    assert (refused.code, refused.outcome) == ("invite_gone", "expired")
    assert await lobby.cooldown(ann, bob) == HOUR


async def test_an_answer_that_comes_too_late_settles_the_expiry_itself(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    invite_id = await ann.rings(bob)
    await lobby.pass_time(20.1)  # nobody has swept
    assert (await refusal(bob.accept(invite_id))).outcome == "expired"


async def test_an_ended_invite_is_remembered_for_sixty_seconds(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    invite_id = await ann.rings(bob)
    await bob.decline(invite_id)
    kept_ms = await lobby.redis.pttl(f"{{lobby}}:invite:{invite_id}")
    assert 50_000 < kept_ms <= 60_000
    assert (await refusal(ann.rescind(invite_id))).outcome == "declined"
    assert (await refusal(bob.accept(new_id()))).code == "invite_gone"


async def test_refusals_come_in_the_order_of_the_rules(redis: "Redis", settings: Settings) -> None:
    """invalid_target, user_not_found, invalid_duration, rate_limited, already_inviting, busy, offline, cooldown."""
    limits = {**settings.limits, "invite": Limit.parse("4/1m")}
    lobby = await Lobby.open(redis, dataclasses.replace(settings, limits=limits))
    ann, bob, cid = await lobby.people("Ann", "Bob", "Cid")
    assert await code(ann.invite(ann, "nonsense", 3)) == "invalid_target"
    assert await code(ann.invite(new_id(), "nonsense", 3, known=False)) == "unknown_target"
    assert await code(ann.invite(bob, "nonsense", 3)) == "invalid_duration"
    await ann.rings(bob)
    assert await code(ann.invite(cid)) == "already_inviting"
    assert await code(ann.invite(cid)) == "already_inviting"
    assert await code(ann.invite(cid)) == "already_inviting"
    limited = await refusal(ann.invite(cid))
    assert limited.code == "rate_limited"
    assert 0 < (limited.retry_after_ms or 0) <= 15_000
    await lobby.pass_time(600)
    assert await code(ann.invite(cid)) == "rate_limited"  # limits go by the true clock
    await lobby.close()


@pytest.mark.parametrize(
    ("mode", "seconds"),
    [("video", -1), ("video", 59), ("video", 1801), ("video", 0), ("text", 60), ("text", 0), ("audio", -1), ("", 60)],
)
async def test_video_is_sent_with_sixty_to_eighteen_hundred_seconds_and_text_with_none(
    lobby: Lobby, mode: str, seconds: int
) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    assert await code(ann.invite(bob, mode, seconds)) == "invalid_duration"
    invite_id = await ann.rings(bob, "video", 60)
    if mode == "video":
        assert await code(bob.accept(invite_id, seconds)) == "invalid_duration"


async def test_agreed_seconds_are_the_floor_of_the_mean(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    seat = await bob.accept(await ann.rings(bob, "video", 300), 101)
    assert seat["seconds"] == 200
    assert (seat["user_1"], seat["user_2"]) == (ann.user_id, bob.user_id)
    assert await ann.seat() == await bob.seat() == seat["room_id"]
    assert await ann.presence() == await bob.presence() == "busy"


async def test_only_the_callee_answers_and_only_the_caller_rescinds(lobby: Lobby) -> None:
    ann, bob, cid = await lobby.people("Ann", "Bob", "Cid")
    invite_id = await ann.rings(bob)
    for doing in (
        ann.accept(invite_id),
        ann.decline(invite_id),
        bob.rescind(invite_id),
        cid.accept(invite_id),
        cid.decline(invite_id),
        cid.rescind(invite_id),
    ):
        assert await code(doing) == "not_yours"
    assert (await bob.accept(invite_id))["room_id"]


async def test_an_explicit_decline_costs_a_day_and_a_rescind_an_hour(lobby: Lobby) -> None:
    ann, bob, cid = await lobby.people("Ann", "Bob", "Cid")
    await bob.decline(await ann.rings(bob))
    assert await lobby.cooldown(ann, bob) == DAY
    await ann.rescind(await ann.rings(cid))
    assert await lobby.cooldown(ann, cid) == HOUR
    for doing in (ann.invite(bob), bob.invite(ann)):
        refused = await refusal(doing)
        assert refused.code == "cooldown"
        assert 0 < (refused.retry_after_ms or 0) <= DAY * 1000
    await lobby.pass_time(DAY + 1)
    assert (await ann.invite(bob))[0] == "sent"


async def test_a_cooldown_is_never_shortened(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    seat = await bob.accept(await ann.rings(bob))
    now, _ = await lobby.hand.call("now")
    await lobby.release(seat, cooldown_until=now + 5 * DAY * 1000)
    await lobby.release(seat, cooldown_until=now + 1000)
    assert await lobby.cooldown(ann, bob) == 5 * DAY


async def test_two_who_invite_each_other_in_the_same_mode_meet(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    await ann.rings(bob, "video", 100)
    assert await code(bob.invite(ann)) == "reciprocal_pending"
    answer = await bob.invite(ann, "video", 301)
    assert answer[0] == "opened"
    assert await ann.seat() == await bob.seat() != ""


async def test_accepting_ends_all_other_invites_of_both_with_busy_and_without_cooldown(lobby: Lobby) -> None:
    ann, bob, cid, dan, eve = await lobby.people("Ann", "Bob", "Cid", "Dan", "Eve")
    to_bob = await ann.rings(bob)
    others = [await cid.rings(ann), await dan.rings(bob), await bob.rings(eve)]
    await ann.node.hears()
    await bob.accept(to_bob)
    ended = {data["invite_id"]: data["outcome"] for _, kind, data in await ann.node.hears() if kind == "invite.ended"}
    assert ended == {to_bob: "accepted", **dict.fromkeys(others, "busy")}
    assert [await lobby.cooldown(*pair) for pair in ((cid, ann), (dan, bob), (bob, eve))] == [0, 0, 0]
    assert (await refusal(eve.accept(others[2]))).outcome == "busy"


async def test_who_cannot_be_invited_is_offline(lobby: Lobby) -> None:
    """Also when he does not wish to meet, or nobody knows him while PostgreSQL is away."""
    ann, bob, cid = await lobby.people("Ann", "Bob", "Cid")
    await bob.wishes(False)
    assert await code(ann.invite(bob)) == "offline"
    await cid.close()
    await lobby.later(5.1)
    assert await code(ann.invite(cid)) == "offline"
    assert await code(ann.invite(new_id(), known=True)) == "offline"


async def test_inviting_and_answering_need_no_wish_of_ones_own(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    await ann.wishes(False)
    invite_id = await ann.rings(bob)
    await bob.wishes(False)  # leaving the queue ends no invite
    assert (await bob.accept(invite_id))["room_id"]


async def test_nobody_in_a_room_invites_or_is_invited(lobby: Lobby) -> None:
    ann, bob, cid = await lobby.people("Ann", "Bob", "Cid")
    await bob.accept(await ann.rings(bob))
    assert await code(cid.invite(ann)) == "busy"
    assert await code(ann.invite(cid)) == "busy"
    assert any(kind == "seat" for kind, _ in lobby.followups)  # and the room behind the seat is looked at


async def test_a_caller_who_drops_while_ringing_may_come_back_within_five_seconds(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    invite_id = await ann.rings(bob)
    await ann.close()
    await lobby.later(4.9)
    (_, _, _, _, _, wish, invites, *_) = await ann.hello()
    assert wish == 1
    assert len(invites) == 1
    await lobby.later(1)
    assert (await bob.accept(invite_id))["room_id"]


async def test_a_caller_who_stays_away_is_gone_and_pays_an_hour(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    invite_id = await ann.rings(bob)
    await ann.close()
    await lobby.pass_time(5.1)
    assert (await refusal(bob.accept(invite_id))).outcome == "gone"
    assert await lobby.cooldown(ann, bob) == HOUR


async def test_a_callee_who_drops_while_ringing_is_gone_without_cooldown(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    invite_id = await ann.rings(bob)
    await bob.close()
    await lobby.later(5.1)
    assert ("invite.ended", {"invite_id": invite_id, "outcome": "gone", "not_to": ""}) in await ann.hears()
    assert await lobby.cooldown(ann, bob) == 0


async def test_a_dead_node_costs_nobody_a_cooldown(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob", nodes=2)
    invite_id = await ann.rings(bob)
    await lobby.lease_ends(ann.node)
    await lobby.sweep()
    ended = [data["outcome"] for kind, data in await bob.hears() if kind == "invite.ended"]
    assert ended == ["gone"]
    assert await lobby.cooldown(ann, bob) == 0
    assert (await refusal(bob.accept(invite_id))).outcome == "gone"


RACES = 200


async def outcome_of(doing: Awaitable[Any]) -> str:
    try:
        await doing
    except Refusal as refused:
        return f"{refused.code}:{refused.outcome or ''}"
    return "done"


async def test_an_accept_that_crosses_a_rescind_a_decline_or_the_expiry_has_one_outcome(lobby: Lobby) -> None:
    """Situation 28, from two nodes."""
    wins: dict[str, int] = {}
    for number in range(RACES):
        ann, bob = await lobby.people(f"Ann{number}", f"Bob{number}", nodes=2)
        invite_id = await ann.rings(bob)
        await bob.node.hears()
        rivals: list[Awaitable[Any]] = [bob.accept(invite_id), ann.rescind(invite_id), bob.decline(invite_id)]
        if number % 4 == 3:
            await lobby.pass_time(20.1)
            rivals = [bob.accept(invite_id), lobby.sweep()]
        if number % 2:
            rivals.reverse()
        await asyncio.gather(*(outcome_of(rival) for rival in rivals))
        told = [
            [data["outcome"] for kind, data in await person.hears() if kind == "invite.ended"] for person in (ann, bob)
        ]
        assert len(told[0]) == 1
        assert told[0] == told[1]
        wins[told[0][0]] = wins.get(told[0][0], 0) + 1
        assert bool(await ann.seat()) == bool(await bob.seat()) == (told[0] == ["accepted"])
    assert set(wins) <= {"accepted", "rescinded", "declined", "expired"}
    assert len(wins) >= 2


async def test_two_who_invite_each_other_at_once_get_one_room(lobby: Lobby) -> None:
    """Situation 23, from two nodes."""
    for number in range(RACES):
        ann, bob = await lobby.people(f"Ann{number}", f"Bob{number}", nodes=2)
        answers = await asyncio.gather(ann.invite(bob), bob.invite(ann))
        assert sorted(answer[0] for answer in answers) == ["opened", "sent"]
        assert await ann.seat() == await bob.seat() != ""


async def test_a_double_accept_from_two_tabs_on_two_nodes_makes_one_room(lobby: Lobby) -> None:
    """Situation 27."""
    for number in range(RACES):
        ann, bob = await lobby.people(f"Ann{number}", f"Bob{number}", nodes=2)
        invite_id = await ann.rings(bob)
        first = bob.conn
        await bob.hello(ann.node)
        second, there = bob.conn, bob.node
        room_ids = [lobby.room_id(), lobby.room_id()]
        answers = await asyncio.gather(
            there.family.call("accept", second, bob.user_id, invite_id, -1, room_ids[0]),
            there.family.call("accept", first, bob.user_id, invite_id, -1, room_ids[1]),
            return_exceptions=True,
        )
        refused = [answer for answer in answers if isinstance(answer, Refusal)]
        assert [(r.code, r.outcome) for r in refused] == [("invite_gone", "accepted")]
        assert await ann.seat() == await bob.seat() in room_ids


async def test_two_callers_ring_one_callee_and_one_is_accepted_the_other_busy(lobby: Lobby) -> None:
    """Situation 24; the second accept comes when he has just entered another room (29)."""
    for number in range(RACES):
        ann, bob, cid = await lobby.people(f"Ann{number}", f"Bob{number}", f"Cid{number}", nodes=2)
        from_ann, from_cid = await ann.rings(bob), await cid.rings(bob)
        results = await asyncio.gather(outcome_of(bob.accept(from_ann)), outcome_of(bob.accept(from_cid)))
        assert sorted(results) == ["done", "invite_gone:busy"]
        assert (await ann.seat() == "") != (await cid.seat() == "")
