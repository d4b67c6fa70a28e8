"""Outages of ours: nobody is late because of them, and rooms come back from the record (architecture, 3 and 6)."""

from typing import Any

import msgspec

from core import keys
from core.ids import new_id, new_room_id
from core.record.rooms import ClientId, StoredRoom
from tests.live.conftest import OpenStage
from tests.live.stage import EPOCH, FAMILY, SHARD, Member, Room, Stage, chat_limit, refused

OUTAGE_S = 4_000.0
"""Longer than stage.CALM."""


async def release_hold(stage: Stage) -> None:
    """The hold is over: as if its seconds had passed, of the clock that tests do not move."""
    await stage.redis.hset(keys.marker(FAMILY), "held_until", "1")  # type: ignore[misc]


# -- holds


async def test_grace_is_held_after_an_outage_even_if_the_returning_member_comes_before_any_sweep(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ben.drop()
    await stage.pass_time(11)
    await stage.outage(OUTAGE_S)
    assert (await ben.enter())["status"] == "active"
    assert (await ada.view())["status"] == "active"


async def test_a_held_grace_ends_at_the_end_of_the_hold(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ben.drop()
    await stage.pass_time(11)
    await stage.outage(OUTAGE_S)
    await stage.sweep()
    view = await ada.view()
    assert view["status"] == "grace_period"
    assert 14_000 < view["grace_2"] - await stage.now() <= 15_000
    await release_hold(stage)
    await stage.later(16)
    ended = await ada.view()
    assert (ended["reason"], ended["ended_at"]) == ("lost", view["grace_2"])


async def test_joining_is_held(stage: Stage) -> None:
    _, ada, ben = await stage.room()
    await ada.enter()
    await stage.pass_time(16)
    await stage.outage(OUTAGE_S)
    await stage.sweep()
    assert (await ben.enter())["started_at"] > 0


async def test_a_grace_that_begins_during_the_hold_lasts_as_long_as_the_hold(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await stage.outage(OUTAGE_S)
    await ben.drop()
    told = [data for kind, data in await ada.hears() if kind == "room.partner_lost"]
    assert 14_000 < told[0]["grace_ends_at_ms"] - await stage.now() <= 15_000


async def test_the_end_of_a_call_is_not_held(stage: Stage) -> None:
    _, ada, _ = await stage.started("video", 60)
    await ada.outcome("connected", 1)
    ends_at = (await ada.view())["ends_at"]
    await stage.pass_time(61)
    await stage.outage(OUTAGE_S)
    view = await ada.view()
    assert (view["reason"], view["ended_at"]) == ("time_up", ends_at)


async def test_the_media_deadline_does_not_run_in_an_outage(stage: Stage) -> None:
    _, ada, _ = await stage.started("video")
    await stage.pass_time(44)
    await stage.gap(30)
    await stage.later(20)
    assert (await ada.view())["status"] == "active"
    await stage.later(12)
    assert (await ada.view())["reason"] == "media_failed"


# -- rehydrate


class Stored:
    """A room as core.record tells it to rehydrate: as of its last journaled state."""

    def __init__(self, stage: Stage, opened_at: int, **state: Any) -> None:
        self.stage = stage
        self.room = Room(stage, state.get("mode", "text"), room_id=new_room_id(SHARD))
        self.user_1, self.user_2 = new_id(), new_id()
        self.messages: list[dict[str, Any]] = []
        self.older: list[dict[str, Any]] = []
        """Known by their client ids only."""
        self.state: dict[str, Any] = {
            "room_id": self.room.room_id,
            "user_1": self.user_1,
            "user_2": self.user_2,
            "name_1": "Ada",
            "name_2": "Ben",
            "opened_at_ms": opened_at,
            "started_at_ms": opened_at + 1_000,
            "agreed_seconds": 0,
            "ends_at_ms": 0,
            "mode": "text",
            "status": "active",
            "connected_1": True,
            "connected_2": True,
            "grace_1_ms": 0,
            "grace_2_ms": 0,
            "media_connected_at_ms": 0,
            "upgraded_at_ms": 0,
            "generation": 1,
            "last_seq": 0,
            "messages_1": 0,
            "messages_2": 0,
            "read_1": 0,
            "read_2": 0,
            "reason": "",
            "ended_at_ms": 0,
            "seconds": 0,
            "counts_metrics": False,
            "counts_completion": False,
            "cooldown_until_ms": 0,
            "epoch": EPOCH,
            "version": 7,
            "torch_1_ms": opened_at + 1_000,
            "torch_2_ms": opened_at + 1_000,
            "warned_at_ms": 0,
            **state,
        }

    def said(self, seq: int, at_ms: int) -> None:
        self.messages.append(
            {
                "room_id": self.room.room_id,
                "from": self.user_1,
                "kind": "text",
                "body": f"message {seq}",
                "client_id": f"c{seq}",
                "seq": seq,
                "sent_at_ms": at_ms,
            }
        )
        self.state["last_seq"] = seq

    async def load(self, outage_s: float = 0) -> tuple[Member, Member]:
        """Rehydrates the shard with this room alone; nobody is connected to it."""
        ada = Member(self.room, "Ada", await self.stage.node(), self.user_1)
        ben = Member(self.room, "Ben", await self.stage.node(), self.user_2)
        card: dict[str, Any] = {"gender": "unspecified", "selfie_url": None, "video_url": None, "socials": {}}
        client_ids = [ClientId(1, m["client_id"], m["seq"], m["sent_at_ms"]) for m in (*self.older, *self.messages)]
        stored = StoredRoom(
            state=self.state,
            card_1=msgspec.json.encode({"user_id": self.user_1, "name": "Ada", **card}).decode(),
            card_2=msgspec.json.encode({"user_id": self.user_2, "name": "Ben", **card}).decode(),
            messages=[msgspec.json.encode(message).decode() for message in self.messages],
            client_ids=client_ids,
        )
        load = ("load", stored.state, stored.card_1, stored.card_2, stored.messages, stored.marks())
        assert await self.stage.hand.call(*load, round(outage_s * 1000)) == [1]
        assert await self.stage.hand.call(*load, 0) == [0]
        return ada, ben


async def test_a_room_comes_back_into_grace_with_its_messages_and_its_client_ids(stage: Stage) -> None:
    now = await stage.now()
    stored = Stored(stage, now - 30_000)
    for seq in range(1, 4):
        stored.said(seq, now - 10_000 + seq)
    ada, ben = await stored.load()
    view = await ada.view(2, epoch=EPOCH + 1)
    assert (view["status"], view["torch_state"], view["last_seq"]) == ("grace_period", "frozen", 3)
    assert [msgspec.json.decode(message) for message in view["messages"]] == stored.messages
    assert 9_000 < view["grace_1"] - now < 12_000
    assert view["grace_1"] == view["grace_2"]
    assert view["generation"] == EPOCH * 1_000_000
    assert (await ada.say("message 2", "c2"))[:3] == [2, now - 10_000 + 2, 0]
    await ada.enter()
    await ben.enter()
    assert (await ben.say("and on"))[0] == 4


async def test_an_announced_binding_lifts_the_grace_and_nothing_is_said(stage: Stage) -> None:
    stored = Stored(stage, await stage.now() - 30_000)
    ada, ben = await stored.load()
    await ada.rebind(ada.node.connect())
    assert (await ada.view())["status"] == "grace_period"
    await ben.rebind(ben.node.connect())
    view = await ada.view()
    assert (view["status"], view["torch_state"]) == ("active", "lit")
    assert view["generation"] == EPOCH * 1_000_000
    assert await ada.hears() == await ben.hears() == []
    await ada.rebind()
    await refused("not_bound", ada.rebind("elsewhere.4"))


async def test_who_does_not_come_back_is_lost_at_the_deadline(stage: Stage) -> None:
    stored = Stored(stage, await stage.now() - 30_000)
    ada, _ = await stored.load()
    await ada.enter()
    grace = (await ada.view())["grace_2"]
    await stage.later(12)
    view = await ada.view()
    assert (view["reason"], view["ended_at"]) == ("lost", grace)
    assert (await stage.journal())[-1]["state"]["version"] > 7


async def test_the_outage_counts_as_grace_for_the_torch(stage: Stage) -> None:
    now = await stage.now()
    stored = Stored(stage, now - 101_000)  # 100 s of the torch are gone, 60 of them while we were away
    ada, ben = await stored.load(outage_s=60)
    await ada.rebind(ada.node.connect())
    await ben.rebind(ben.node.connect())
    view = await ada.view()
    assert view["torch_state"] == "lit"
    assert 79_000 < view["dims_at"] - now < 82_000


async def test_the_torch_goes_on_where_it_was(stage: Stage) -> None:
    now = await stage.now()
    stored = Stored(stage, now - 131_000, warned_at_ms=now - 10_000)
    ada, ben = await stored.load()
    await ada.enter()
    view = await ben.enter()
    assert view["torch_state"] == "dimming"
    assert 49_000 < view["out_at"] - now < 52_000
    assert "torch.dimming" not in [kind for kind, _ in await ada.hears()]


async def test_a_room_that_was_in_grace_has_been_frozen_since(stage: Stage) -> None:
    now = await stage.now()
    stored = Stored(stage, now - 101_000, status="grace_period", connected_2=False, grace_2_ms=now + 2_000)
    ada, ben = await stored.load()
    await ada.enter()
    view = await ben.enter()
    assert 27_000 < view["dims_at"] - now < 30_000  # 120 - 100 and the 8 s since Ben was lost


async def test_a_room_not_started_may_still_be_entered(stage: Stage) -> None:
    now = await stage.now()
    stored = Stored(stage, now - 14_000, started_at_ms=0, torch_1_ms=0, torch_2_ms=0)
    ada, ben = await stored.load()
    assert (await ada.view())["status"] == "active"
    await stage.later(5)
    await ada.enter()
    assert (await ben.enter())["started_at"] > now


async def test_a_call_ends_when_it_ends(stage: Stage) -> None:
    now = await stage.now()
    stored = Stored(
        stage,
        now - 60_000,
        mode="video",
        agreed_seconds=62,
        ends_at_ms=now + 3_000,
        media_connected_at_ms=now - 50_000,
        torch_1_ms=0,
        torch_2_ms=0,
    )
    ada, ben = await stored.load()
    await ada.rebind(ada.node.connect())
    await ben.rebind(ben.node.connect())
    await stage.later(4)
    view = await ada.view()
    assert (view["reason"], view["ended_at"]) == ("time_up", now + 3_000)


async def test_media_that_had_not_connected_gets_its_time_again(stage: Stage) -> None:
    now = await stage.now()
    stored = Stored(stage, now - 41_000, mode="video", agreed_seconds=300, ends_at_ms=now + 260_000)
    ada, ben = await stored.load(outage_s=20)
    await stage.pass_time(5)
    await ada.enter()
    await ben.enter()
    await stage.later(44)
    assert (await ada.view())["status"] == "active"
    await stage.later(2)
    assert (await ada.view())["reason"] == "media_failed"


async def test_re_sending_after_a_new_epoch_is_free_up_to_a_hundred_messages(open_stage: OpenStage) -> None:
    stage = await open_stage(limits=chat_limit("1/1.5s burst 5"))
    ada, ben = await Stored(stage, await stage.now() - 30_000).load()
    await ada.enter()
    await ben.enter()
    for n in range(105):
        assert (await ada.say(str(n)))[0] == n + 1
    await refused("rate_limited", ada.say("one too many"))


async def test_what_was_not_re_sent_within_a_minute_costs_as_ever(open_stage: OpenStage) -> None:
    stage = await open_stage(limits=chat_limit("1/1.5s burst 5"))
    ada, ben = await Stored(stage, await stage.now() - 30_000).load()
    await ada.enter()
    await ben.enter()
    await stage.later(61)
    for n in range(5):
        await ada.say(str(n))
    await refused("rate_limited", ada.say("one too many"))


async def test_a_room_that_ended_within_the_hour_answers_late_repeats(stage: Stage) -> None:
    now = await stage.now()
    stored = Stored(
        stage,
        now - 600_000,
        status="ended",
        reason="left",
        ended_at_ms=now - 300_000,
        seconds=299,
        cooldown_until_ms=now + 1_000_000,
        counts_metrics=True,
    )
    stored.said(1, now - 400_000)
    ada, _ = await stored.load()
    view = await ada.view()
    assert (view["status"], view["reason"], view["seconds"]) == ("ended", "left", 299)
    assert (await ada.say("message 1", "c1"))[:3] == [1, now - 400_000, 0]
    await refused("room_ended", ada.say("new"))
    assert 3_200_000 < await stage.redis.pttl(keys.key(FAMILY, f"room:{stored.room.room_id}")) <= 3_300_000
    await stage.later(10)
    assert stage.followups == []
    assert await stage.journal() == []


async def test_a_long_room_comes_back_with_all_its_client_ids(stage: Stage) -> None:
    now = await stage.now()
    stored = Stored(stage, now - 30_000)
    for seq in range(1, 1_501):
        stored.said(seq, now - 20_000 + seq)
    stored.older, stored.messages = stored.messages[:-200], stored.messages[-200:]
    ada, _ = await stored.load()
    assert (await ada.say("", "c7"))[:3] == [7, now - 20_000 + 7, 0]
    page, first_seq, last_seq = await ada.history(limit=100)
    assert (first_seq, last_seq, len(page)) == (1_301, 1_500, 100)
