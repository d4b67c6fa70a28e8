"""Rules, section 4: who may enter the queue, invite and accept."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from redis.asyncio import Redis

from core.errors import Refusal
from core.settings import Limit, Settings
from tests.live.lobby import Lobby


@pytest.fixture
async def lobby(redis: Redis, settings: Settings) -> AsyncIterator[Lobby]:
    """A lobby under ACCESS=code."""
    lobby = await Lobby.open(redis, dataclasses.replace(settings, access="code"))
    yield lobby
    await lobby.close()


async def code(doing: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as refused:
        await doing
    return refused.value.code


async def test_who_was_not_let_in_neither_queues_nor_invites_nor_accepts(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann", wish=False)
    bob, cid = await lobby.people("Bob", "Cid", paid_status="paid")
    assert await code(ann.wishes()) == "not_admitted"
    assert await ann.presence() == "online"
    await ann.wishes(False)
    assert await ann.sees() == {"Bob", "Cid"}  # he may look
    assert await code(ann.invite(bob)) == "not_admitted"
    assert await code(bob.invite(ann)) == "offline"
    assert await bob.invite(cid)


@pytest.mark.parametrize("status", ["paid", "qr_grace_period", "qr_verified"])
async def test_who_was_let_in_meets(lobby: Lobby, status: str) -> None:
    ann, bob = await lobby.people("Ann", "Bob", paid_status=status)
    seat = await bob.accept(await ann.rings(bob))
    assert seat["user_1"] == ann.user_id


async def test_under_open_access_everybody_meets(redis: Redis, settings: Settings) -> None:
    lobby = await Lobby.open(redis, settings)
    ann, bob = await lobby.people("Ann", "Bob")
    await bob.becomes("unpaid")
    await bob.accept(await ann.rings(bob))
    await lobby.close()


async def test_not_admitted_stands_between_invalid_duration_and_rate_limited(redis: Redis, settings: Settings) -> None:
    limits = {**settings.limits, "invite": Limit.parse("1/1m")}
    lobby = await Lobby.open(redis, dataclasses.replace(settings, access="code", limits=limits))
    ann, bob = await lobby.people("Ann", "Bob", paid_status="paid")
    await ann.rings(bob)
    assert await code(ann.invite(bob)) == "rate_limited"
    await ann.becomes("unpaid")
    assert await code(ann.invite(bob, "video", 1)) == "invalid_duration"
    assert await code(ann.invite(bob)) == "not_admitted"
    await lobby.close()


async def test_who_may_no_longer_meet_is_out_of_the_queue_and_his_invites_are_gone(lobby: Lobby) -> None:
    ann, bob, cid = await lobby.people("Ann", "Bob", "Cid", paid_status="paid")
    invite_id = await ann.rings(bob)
    other_id = await cid.rings(ann)
    await ann.becomes("unpaid")
    assert await ann.presence() == "online"
    for refused in (bob.accept(invite_id), cid.rescind(other_id)):
        with pytest.raises(Refusal) as gone:
            await refused
        assert (gone.value.code, gone.value.outcome) == ("invite_gone", "gone")
    assert [await lobby.cooldown(ann, other) for other in (bob, cid)] == [0, 0]
    await ann.becomes("paid")
    assert await ann.presence() == "available"  # he still wishes to


async def test_a_room_goes_on_when_a_member_may_no_longer_meet(lobby: Lobby) -> None:
    ann, bob = await lobby.people("Ann", "Bob", paid_status="paid")
    seat = await bob.accept(await ann.rings(bob))
    await ann.becomes("unpaid")
    assert await ann.seat() == seat["room_id"]
    await lobby.release(seat)
    assert (await ann.presence(), await bob.presence()) == ("online", "available")


async def test_an_older_word_of_postgresql_does_not_replace_a_newer_one(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann", wish=False)
    await ann.becomes("paid")
    ann.paid_status = "unpaid"  # as somebody who had asked before brings it now
    await ann.log_in()
    await ann.wishes()


async def test_every_connection_hears_how_its_user_is_now(lobby: Lobby) -> None:
    (ann,) = await lobby.people("Ann", wish=False)
    await ann.becomes("paid")
    assert [(kind, data["paid_status"]) for kind, data in await ann.hears() if kind == "!me"] == [("!me", "paid")]
