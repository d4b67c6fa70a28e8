"""Rules, sections 3 and 5: sessions, presence, the queue, browsing; nodes that die."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from core import keys
from core.actions.sweep import sweep_family
from core.errors import Refusal
from core.settings import Settings
from tests.live.lobby import Lobby, Person

RACES = 200


@pytest.fixture
async def lobby(redis: "Redis", settings: Settings) -> AsyncIterator[Lobby]:
    lobby = await Lobby.open(redis, settings)
    yield lobby
    await lobby.close()


async def code(doing: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as refused:
        await doing
    return refused.value.code


# Presence


async def test_presence_is_derived_from_connections_wish_and_seat(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann", wish=False)
    assert await ann.presence() == "online"
    await ann.wishes()
    assert await ann.presence() == "available"
    await ann.wishes(False)
    assert await ann.presence() == "online"
    await ann.close()
    await lobby.later(4.9)
    assert await ann.presence() == "online"
    await lobby.later(0.2)
    assert await ann.presence() == "offline"


async def test_the_wish_survives_a_reconnect_and_a_long_absence(lobby: Lobby) -> None:
    """Situation 13: a phone asleep for minutes, then awake."""
    (ann,) = await lobby.people("Ann")
    await ann.close()
    await lobby.later(600)
    assert await ann.presence() == "offline"
    answer = await ann.hello()
    assert answer[4:6] == ["available", 1]
    assert await ann.presence() == "available"


async def test_one_of_two_connections_closing_changes_nothing(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann")
    first = ann.conn
    await ann.hello()
    await ann.close(first)
    await ann.close(first)  # and once more: harmless
    await lobby.later(60)
    assert await ann.presence() == "available"


async def test_a_wish_made_in_a_room_is_honoured_when_the_room_ends(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    await bob.wishes(False)
    await bob.wishes(True)
    seat = await bob.accept(await ann.rings(bob))
    await bob.wishes(False)
    await ann.wishes(True)
    assert await ann.presence() == await bob.presence() == "busy"
    assert await lobby.release(seat) == 2
    assert (await ann.presence(), await bob.presence()) == ("available", "online")


async def test_every_connection_of_both_hears_how_it_ended_and_is_free_by_then(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob", nodes=2)
    seat = await bob.accept(await ann.rings(bob))
    first = ann.node
    await ann.hello(bob.node)  # a second tab of hers, on another node
    for node in (first, bob.node):
        await node.hears()
    await lobby.release(seat, "torch_out", cooldown_until=4_000_000_000_000)
    told = [
        (to, data["reason"]) for node in (first, bob.node) for to, kind, data in await node.hears() if kind == "!ended"
    ]
    assert sorted(told) == sorted(
        [(f"u:{ann.user_id}", "torch_out"), (f"u:{ann.user_id}", "torch_out"), (f"u:{bob.user_id}", "torch_out")]
    )
    assert await ann.seat() == await bob.seat() == ""


async def test_release_frees_once_and_only_the_seats_of_that_room(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    seat = await bob.accept(await ann.rings(bob))
    await ann.node.hears()
    assert await lobby.release({**seat, "room_id": "another-room-00"}) == 0
    assert await ann.seat() == seat["room_id"]
    freed = await asyncio.gather(*(lobby.release(seat) for _ in range(5)))
    assert sorted(freed) == [0, 0, 0, 0, 2]
    told = [kind for _, kind, _ in await ann.node.hears() if kind == "!ended"]
    assert len(told) == 2  # one to each of the two


async def test_a_member_who_was_away_hears_of_the_end_in_the_next_welcome_once(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    seat = await bob.accept(await ann.rings(bob))
    await ann.close()
    await lobby.release(seat, "lost")
    for _ in range(2):  # until a welcome was sent: a node may die before
        *_, last_room, _ = await ann.hello()
        assert msgspec.json.decode(last_room)["reason"] == "lost"
    await lobby.hand.call("told", ann.user_id, "another-room-00")
    assert (await ann.hello())[-2] == last_room
    await lobby.hand.call("told", ann.user_id, seat["room_id"])
    *_, last_room, _ = await ann.hello()
    assert last_room == ""
    *_, last_room, _ = await bob.hello()
    assert last_room == ""  # he was there


async def test_a_seat_is_compared_with_its_room_every_thirty_seconds(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    seat = await bob.accept(await ann.rings(bob))
    await lobby.later(1.1)
    await lobby.later(15)
    await lobby.later(15.1)
    looks = [msgspec.json.decode(data)["room_id"] for kind, data in lobby.followups if kind == "seat"]
    assert looks == [seat["room_id"]] * 2


# Connections


async def test_a_sixth_connection_closes_the_oldest_that_is_not_bound(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann")
    conns = [ann.conn]
    for _ in range(4):
        await lobby.pass_time(1)
        await ann.hello()
        conns.append(ann.conn)
    await ann.node.family.call("mark_bound", conns[0], ann.user_id, 1)
    await ann.hello()
    closed = [(to, data["code"]) for to, kind, data in await ann.node.hears() if kind == "!close"]
    assert closed == [(f"c:{conns[1]}", 4506)]
    for conn in (*conns[2:], ann.conn):
        await ann.node.family.call("mark_bound", conn, ann.user_id, 1)
    assert await code(ann.hello()) == "too_many_connections"


async def test_an_op_of_a_connection_that_is_not_registered_is_refused(lobby: Lobby) -> None:
    """The fence against paused nodes: their late words change nothing."""
    ann, bob = await lobby.people("Ann", "Bob")
    invite_id = await bob.rings(ann)
    await ann.close()
    for doing in (ann.wishes(False), ann.browse(), ann.invite(bob), ann.accept(invite_id), ann.decline(invite_id)):
        assert await code(doing) == "not_registered"


async def test_a_fence_outlives_the_sessions_that_it_ended(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann")
    now, _ = await lobby.hand.call("now")
    await ann.log_in(now + round(lobby.settings.session_days * 86_400_000))
    await ann.hello()
    await lobby.hand.call("revoke", ann.user_id, ann.session_id, "logged_out")
    assert await code(ann.hello()) == "not_authenticated"
    session = await lobby.redis.pttl(keys.key(keys.LOBBY, f"session:{ann.token_hash}"))
    assert await lobby.redis.pttl(keys.key(keys.LOBBY, f"user:{ann.user_id}")) > session


@pytest.mark.parametrize("why", ["replaced", "logged_out", "deleted"])
async def test_what_is_kept_of_somebody_who_never_came_goes_with_his_logins(lobby: Lobby, why: str) -> None:
    ann = Person(lobby, "Ann", await lobby.node())
    await ann.log_in()
    user = keys.key(keys.LOBBY, f"user:{ann.user_id}")
    longest = round(lobby.settings.session_days * 86_400_000)
    await lobby.hand.call("revoke", ann.user_id, ann.session_id, why)
    assert longest < await lobby.redis.pttl(user)
    await lobby.redis.pexpire(user, 1_000)  # he was offline for a month when he logged in
    await lobby.hand.call("revoke", ann.user_id, ann.session_id, why)
    assert longest < await lobby.redis.pttl(user)
    await lobby.redis.delete(user)
    await lobby.hand.call("load_fences", [[ann.user_id, ann.session_id, why]])
    assert longest < await lobby.redis.pttl(user)


async def test_nobody_looks_like_somebody_who_logged_out_and_was_deleted(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann")
    await lobby.hand.call("revoke", ann.user_id, ann.session_id, "logged_out")
    await lobby.hand.call("revoke", ann.user_id, ann.session_id, "deleted")
    await ann.becomes("paid")  # somebody had looked before he went
    assert not await lobby.redis.exists(keys.key(keys.LOBBY, f"profile:{ann.user_id}"))


# Nodes


async def test_a_dead_nodes_users_are_offline_at_once_and_its_late_words_refused(lobby: Lobby) -> None:
    ann, bob, cid, _ = await lobby.people("Ann", "Bob", "Cid", "Dan", nodes=2)
    await cid.browse(again=True)
    await bob.browse(again=True)
    await lobby.lease_ends(ann.node)
    await lobby.sweep()
    assert await ann.presence() == await cid.presence() == "offline"
    assert await bob.presence() == "available"
    told = [data for _, kind, data in await bob.node.hears() if kind == "!card"]
    assert {data["user_id"] for data in told} == {ann.user_id, cid.user_id}
    assert await code(ann.node.renew()) == "dead"
    assert await code(ann.wishes(True)) == "not_registered"
    assert await code(ann.hello()) == "not_registered"


async def test_a_boot_under_a_known_name_reaps_its_predecessor(lobby: Lobby) -> None:
    """Its users have lost their connection, as any user may: those who are back in time keep what they had."""
    node = await lobby.node("eu-1")
    ann, bob = Person(lobby, "Ann", node), Person(lobby, "Bob", node)
    for each in (ann, bob):
        await each.log_in()
        await each.hello()
        await each.wishes()
    invite_id = await ann.rings(bob)
    successor = await lobby.node("eu-1")
    await lobby.sweep()
    assert ("dead", node.incarnation) in lobby.followups
    await lobby.later(4.5)
    await bob.hello(successor)
    (_, _, _, _, presence, wish, invites, *_) = await ann.hello(successor)
    assert (presence, wish) == ("available", 1)
    assert [msgspec.json.decode(invite)["invite_id"] for invite in invites] == [invite_id]
    await lobby.later(1)
    assert (await bob.accept(invite_id))["room_id"]


async def test_who_does_not_come_back_after_a_restart_is_offline(lobby: Lobby) -> None:
    node = await lobby.node("eu-1")
    ann, bob = Person(lobby, "Ann", node), Person(lobby, "Bob", await lobby.node("eu-2"))
    for each in (ann, bob):
        await each.log_in()
        await each.hello()
        await each.wishes()
    await ann.rings(bob)
    await lobby.node("eu-1")
    await lobby.sweep()
    assert await ann.presence() == "available"
    await lobby.later(5.1)
    assert await ann.presence() == "offline"
    assert [data["outcome"] for kind, data in await bob.hears() if kind == "invite.ended"] == ["gone"]
    assert await lobby.cooldown(ann, bob) == 0


async def test_a_dead_incarnation_is_followed_until_every_family_has_let_go(lobby: Lobby) -> None:
    node = await lobby.node("eu-1")
    await node.family.call("farewell", node.incarnation)
    families = keys.families(lobby.settings.room_shards)[1:]
    for family in families:
        lobby.followups.clear()
        await lobby.sweep()
        assert lobby.followups == [("dead", node.incarnation)]
        await lobby.hand.call("reaped", node.incarnation, family)
    lobby.followups.clear()
    await lobby.sweep()
    await lobby.sweep()
    assert lobby.followups == []
    assert not await lobby.redis.exists(keys.inbox(keys.LOBBY, node.incarnation))


async def test_a_node_whose_lease_was_over_cannot_renew_it_unseen(lobby: Lobby) -> None:
    """Whoever acted on the lease in between has dropped its connections: it would hold people whom nobody can see."""
    ann, bob = await lobby.people("Ann", "Bob", nodes=2)
    await lobby.lease_ends(ann.node)
    assert await code(bob.invite(ann)) == "offline"
    assert await code(ann.node.renew()) == "dead"
    assert await code(ann.node.renew()) == "dead"
    await lobby.sweep()
    assert ("dead", ann.node.incarnation) in lobby.followups


async def test_a_dead_node_of_thousands_is_reaped_in_one_round_of_sweeps(lobby: Lobby) -> None:
    node = await lobby.node("crowded")
    filling = lobby.redis.pipeline(transaction=False)
    for number in range(5_000):
        conn, user = f"{node.incarnation}.{number}", f"guest-{number}"
        filling.hset(keys.key(keys.LOBBY, f"conns:{user}"), conn, "1|1|0")
        filling.hset(keys.connections_of(node.incarnation), conn, user)
        filling.hset(keys.key(keys.LOBBY, f"user:{user}"), mapping={"present": 1, "wish": 1, "shown": "available"})
        filling.sadd(keys.key(keys.LOBBY, "available"), user)
    await filling.execute()
    await lobby.lease_ends(node)
    await sweep_family(lobby.hand)
    assert not await lobby.redis.exists(keys.key(keys.LOBBY, "available"), keys.connections_of(node.incarnation))


async def test_a_members_seat_outlives_his_node(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob", nodes=2)
    seat = await bob.accept(await ann.rings(bob))
    await lobby.lease_ends(ann.node)
    await lobby.sweep()
    assert await ann.seat() == seat["room_id"]
    assert await ann.presence() == "busy"
    answer = await ann.hello(bob.node)
    assert msgspec.json.decode(answer[7])["room_id"] == seat["room_id"]


async def test_after_an_outage_of_ours_leases_and_absences_are_held(lobby: Lobby) -> None:
    """Redis was away for a minute: nobody is late because of it."""
    ann, bob = await lobby.people("Ann", "Bob", nodes=2)
    invite_id = await ann.rings(bob)
    await bob.close()
    _, wall = await lobby.hand.call("now")
    await lobby.redis.hset(keys.marker(keys.LOBBY), "tick", wall - 60_000)  # type: ignore[misc]
    await lobby.lease_ends(ann.node)
    await lobby.pass_time(60)
    await lobby.sweep()
    assert await ann.presence() == await bob.presence() == "available"
    await bob.hello()
    assert (await bob.accept(invite_id))["room_id"]


# Browsing


async def test_a_card_is_shown_once_per_login_until_again(lobby: Lobby) -> None:
    ann, *_ = await lobby.people("Ann", "Bob", "Cid", "Dan")
    assert await ann.sees() == {"Bob", "Cid", "Dan"}
    assert await ann.sees() == set()
    assert await ann.sees(again=True) == {"Bob", "Cid", "Dan"}


async def test_a_page_is_as_long_as_asked_and_nobody_is_missed(lobby: Lobby) -> None:
    ann, *_ = await lobby.people("Ann", *(f"p{number}" for number in range(30)))
    pages = [await ann.sees(limit=7) for _ in range(6)]
    assert [len(page) for page in pages] == [7, 7, 7, 7, 2, 0]
    assert len(set().union(*pages)) == 30


async def test_who_does_not_wish_is_busy_or_away_is_not_on_the_page(lobby: Lobby) -> None:
    ann, bob, cid, dan, eve, _ = await lobby.people("Ann", "Bob", "Cid", "Dan", "Eve", "Fay")
    await bob.wishes(False)
    await dan.accept(await cid.rings(dan))
    await eve.close()
    await lobby.later(5.1)
    assert await ann.sees() == {"Fay"}


async def test_blocked_either_way_is_never_shown(lobby: Lobby) -> None:
    ann, bob, _ = await lobby.people("Ann", "Bob", "Cid")
    await lobby.hand.call("load_blocks", [[ann.user_id, bob.user_id]])
    assert await ann.sees() == {"Cid"}
    assert await bob.sees() == {"Cid"}
    assert await code(ann.invite(bob)) == "offline"


async def test_a_cooldown_hides_a_card_and_include_cooldown_brings_it_back_once_and_marked(lobby: Lobby) -> None:
    ann, bob, _ = await lobby.people("Ann", "Bob", "Cid")
    assert await ann.sees() == {"Bob", "Cid"}
    await ann.rescind(await ann.rings(bob))
    assert await ann.sees(again=True) == {"Cid"}
    (card,) = await ann.browse(include_cooldown=True)
    assert card["name"] == "Bob"
    assert card["cooldown_ends_at_ms"] > 0
    assert await ann.browse(include_cooldown=True) == []
    assert len(await ann.browse(include_cooldown=True, again=True)) == 2


async def test_changes_go_to_the_nodes_that_show_the_card_and_to_nobody_else(lobby: Lobby) -> None:
    ann, bob, cid = await lobby.people("Ann", "Bob", "Cid", nodes=3)
    await ann.browse()
    await bob.wishes(False)
    await bob.wishes(False)
    changed = [data for _, kind, data in await ann.node.hears() if kind == "!card"]
    assert changed == [{"user_id": bob.user_id, "presence": "online"}]
    assert await cid.node.hears() == []
    await ann.node.family.call("unwatch", ann.node.incarnation, [bob.user_id])
    await bob.wishes(True)
    assert await ann.node.hears() == []


# Sessions


async def test_a_new_login_closes_the_old_connections_4502_and_hides_the_old_token(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann")
    old = ann.token_hash
    old_session = ann.session_id
    await ann.log_in()
    await lobby.hand.call("revoke", ann.user_id, old_session, "replaced")
    closed = [data["code"] for _, kind, data in await ann.node.hears() if kind == "!close"]
    assert closed == [4502]
    conn = ann.node.connection()
    assert await code(ann.node.family.call("attach", conn, old)) == "session_replaced"
    profile = "{}"
    stale = ann.node.family.call("put_session", old, ann.user_id, old_session, 4_000_000_000_000, profile, profile)
    assert await code(stale) == "session_replaced"  # a copy read before the login, put after it


async def test_a_late_word_of_an_old_logins_end_leaves_the_new_logins_room_alone(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    old_session = ann.session_id
    await ann.log_in()
    await ann.hello()
    await bob.accept(await ann.rings(bob))
    assert await lobby.hand.call("revoke", ann.user_id, old_session, "logged_out") == [""]
    (seat,) = await lobby.hand.call("revoke", ann.user_id, ann.session_id, "logged_out")
    assert msgspec.json.decode(seat)["room_id"] == await ann.seat()


async def test_a_wish_is_told_to_every_node_that_would_have_to_say_it_again(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann")
    elsewhere = await lobby.node("other")
    await ann.hello(elsewhere)
    await ann.wishes(False)
    told = [(to, data) for to, kind, data in await elsewhere.hears() if kind == "!wish"]
    assert told == [(f"u:{ann.user_id}", {"wish": False})]


async def test_wish_and_seen_pass_to_a_new_login_within_the_absence_only(lobby: Lobby) -> None:
    ann, _ = await lobby.people("Ann", "Bob")
    await ann.sees()
    for wait, passes in ((4, True), (60, False)):
        before = ann.session_id
        await ann.log_in()
        await lobby.hand.call("revoke", ann.user_id, before, "replaced")
        await lobby.later(wait)
        answer = await ann.hello()
        assert answer[5] == int(passes)
        assert await ann.sees() == (set() if passes else {"Bob"})


async def test_log_out_is_felt_at_once_and_ends_the_callers_invite_with_a_cooldown(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob", nodes=2)
    invite_id = await ann.rings(bob)
    await lobby.hand.call("revoke", ann.user_id, ann.session_id, "logged_out")
    assert await ann.presence() == "offline"
    assert ("invite.ended", {"invite_id": invite_id, "outcome": "gone", "not_to": ""}) in await bob.hears()
    assert await lobby.cooldown(ann, bob) == 3600
    assert [data["code"] for _, kind, data in await ann.node.hears() if kind == "!close"] == [4507]
    assert await code(ann.hello()) == "not_authenticated"


async def test_an_expired_session_is_not_authenticated(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann")
    now, _ = await lobby.hand.call("now")
    await ann.log_in(expires_at_ms=now + 60_000)
    await ann.hello()
    await lobby.pass_time(61)
    assert await code(ann.hello()) == "not_authenticated"


async def test_an_attach_that_races_the_end_of_its_session_never_stays(lobby: Lobby) -> None:
    for number in range(RACES):
        ann, _ = await lobby.people(f"Ann{number}", f"Bob{number}", nodes=2)
        await asyncio.gather(
            ann.hello(),
            lobby.hand.call("revoke", ann.user_id, ann.session_id, "logged_out"),
            return_exceptions=True,
        )
        assert await lobby.redis.hlen(keys.key(keys.LOBBY, f"conns:{ann.user_id}")) == 0  # type: ignore[misc]
        assert await ann.presence() == "offline"


# The batcher


async def test_a_batch_that_is_sent_again_answers_the_same_and_does_nothing_twice(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob")
    family = ann.node.family
    invite_id = await ann.rings(bob)
    await bob.node.hears()
    family._number -= 1  # the answer of the last batch was lost: the same number goes out again
    answer = await family.call("rescind", ann.conn, ann.user_id, invite_id)
    assert answer[0] == "sent"  # the kept answer, not a rescind
    assert await bob.hears() == []


async def test_another_epoch_does_nothing_and_says_so(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann")
    await lobby.redis.hset(keys.marker(keys.LOBBY), "epoch", "2")  # type: ignore[misc]
    assert await code(ann.wishes(False)) == "unavailable"
    assert ann.node.family.epoch == 0
    assert await ann.presence() == "available"
