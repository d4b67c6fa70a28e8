"""Messages (rules, section 9)."""

import asyncio

import msgspec
import pytest

from core import keys
from core.errors import Refusal
from core.live import script
from core.live.family import LIBRARIES_MAX
from core.live.script import PREFIX
from tests.live.conftest import OpenStage
from tests.live.stage import FAMILY, Member, Stage, chat_limit, refused


async def seqs(member: Member, last_seq: int = 0) -> list[int]:
    return [msgspec.json.decode(message)["seq"] for message in (await member.view(last_seq))["messages"]]


async def test_seq_is_one_two_three_in_one_order_for_both_and_for_the_record(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    said = [await (ada if n % 3 else ben).say(str(n)) for n in range(10)]
    assert [seq for seq, *_ in said] == list(range(1, 11))
    assert await seqs(ada) == await seqs(ben) == list(range(1, 11))
    assert [int(entry["seq"]) for entry in await stage.journal("msg")] == list(range(1, 11))


async def test_the_partner_hears_what_the_log_and_the_record_hold(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    seq, sent_at, fresh, local = await ada.say('"Grüße" \\ 🎈', "c-1")
    assert (seq, fresh, local) == (1, 1, "")
    ((kind, told),) = await ben.hears()
    assert kind == "chat.message"
    assert told == {
        "room_id": room.room_id,
        "seq": 1,
        "from": ada.user_id,
        "kind": "text",
        "body": '"Grüße" \\ 🎈',
        "client_id": "c-1",
        "sent_at_ms": sent_at,
    }
    assert msgspec.json.decode((await ben.view())["messages"][0]) == told
    (entry,) = await stage.journal("msg")
    assert entry == {"k": "msg", **told}


async def test_a_partner_on_the_callers_node_is_answered_not_announced_to(stage: Stage) -> None:
    _, ada, ben = await stage.started(nodes=1)
    *_, local = await ada.say("hello")
    assert local == ben.conn
    assert await ben.hears() == []


async def test_an_announced_message_carries_its_seq(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ada.say("hello")
    (_, fields) = (await stage.redis.xrevrange(keys.inbox(FAMILY, ben.node.incarnation), count=1))[0]
    assert fields[b"seq"] == b"1"


async def test_a_partner_who_is_away_finds_it_on_return(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ben.drop()
    assert (await ada.say("are you there?"))[3] == ""
    assert len((await ben.enter())["messages"]) == 1


async def test_a_repeat_answers_the_same_and_delivers_nothing(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    first = await ada.say("once", "same")
    await ben.hears()
    seq, sent_at, fresh, local = await ada.say("another body", "same")
    assert (seq, sent_at, fresh, local) == (*first[:2], 0, "")
    assert await ben.hears() == []
    assert len(await stage.journal("msg")) == 1
    assert '"once"' in (await ada.view())["messages"][0]


async def test_the_same_client_id_of_the_other_member_is_another_message(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    assert (await ada.say("mine", "same"))[0] == 1
    assert (await ben.say("mine", "same"))[0] == 2


async def test_a_repeat_is_answered_from_any_connection_and_across_reconnects(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    first = await ada.say("once", "same")
    assert (await ada.say("once", "same", conn="elsewhere.9"))[:3] == [*first[:2], 0]
    await ada.drop()
    assert (await ada.say("once", "same"))[:3] == [*first[:2], 0]
    await ada.enter(node=await stage.node())
    assert (await ada.say("once", "same"))[:3] == [*first[:2], 0]


async def test_a_repeat_is_answered_for_an_hour_after_the_end(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    first = await ada.say("once", "same")
    await ben.leave()
    assert (await ada.say("once", "same"))[:3] == [*first[:2], 0]
    await refused("room_ended", ada.say("something new"))
    for name in ("room", "log", "cids"):
        kept_ms = await stage.redis.pttl(keys.key(FAMILY, f"{name}:{room.room_id}"))
        assert 3_590_000 < kept_ms <= 3_600_000


async def test_a_new_message_needs_the_bound_connection(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    await refused("not_bound", ada.say("hi", conn="elsewhere.9"))
    await ada.drop()
    await refused("not_bound", ada.say("hi"))


@pytest.fixture
async def limited(open_stage: OpenStage) -> Stage:
    return await open_stage(limits=chat_limit("1/1.5s burst 5"))


async def test_five_at_once_then_one_per_one_and_a_half_seconds(limited: Stage) -> None:
    room, ada, ben = await limited.started()
    for n in range(5):
        await ada.say(str(n))
    refusal = await refused("rate_limited", ada.say("too much"))
    assert refusal.retry_after_ms is not None
    assert 0 < refusal.retry_after_ms <= 1_500
    await ben.say("each has his own")
    await limited.rest(room, 1.5)
    assert (await ada.say("again"))[0] == 7
    await refused("rate_limited", ada.say("too much"))


async def test_a_repeat_costs_no_token_even_over_the_limit(limited: Stage) -> None:
    room, ada, _ = await limited.started()
    for n in range(5):
        await ada.say(str(n), f"c{n}")
    assert (await ada.say("0", "c0"))[:1] == [1]
    await refused("rate_limited", ada.say("too much", "c9"))
    await limited.rest(room, 1.5)
    assert (await ada.say("too much", "c9"))[0] == 6  # what was refused was not written


async def test_the_limit_goes_by_the_true_clock(limited: Stage) -> None:
    _, ada, _ = await limited.started()
    for n in range(5):
        await ada.say(str(n))
    await limited.pass_time(100)
    await refused("rate_limited", ada.say("too much"))


async def test_the_limit_holds_across_reconnects(limited: Stage) -> None:
    _, ada, _ = await limited.started()
    for n in range(5):
        await ada.say(str(n))
    await ada.drop()
    await ada.enter(node=await limited.node())
    await refused("rate_limited", ada.say("too much"))


async def test_a_full_journal_refuses_messages_but_never_leaving_or_returning(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ada.say("before", "same")
    await ben.drop()
    await stage.redis.hset(keys.marker(FAMILY), "journal_full", "1")  # type: ignore[misc]
    refusal = await refused("unavailable", ada.say("now"))
    assert refusal.retry_after_ms
    assert (await ada.say("before", "same"))[0] == 1
    await ben.enter()
    assert (await ada.leave())["reason"] == "left"


async def test_read_marks_only_grow_and_never_pass_the_last_message(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    for n in range(3):
        await ada.say(str(n))
    await ada.hears()
    for seq in (2, 1, 2, 9):
        await ben.read(seq)
    told = [(kind, fields["seq"]) for kind, fields in await ada.hears()]
    assert told == [("chat.was_read", 2), ("chat.was_read", 3)]
    assert (await ben.view())["read_2"] == 3
    assert (await room.hash())["read_1"] == "0"


async def test_read_marks_are_recorded_ten_seconds_late_at_most(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ada.say("hello")
    written = len(await stage.journal())
    await ben.read(1)
    assert len(await stage.journal()) == written
    await stage.later(11)
    entry = (await stage.journal())[-1]
    assert (entry["state"]["read_2"], entry["events"]) == (1, [])
    await stage.later(11)
    assert len(await stage.journal()) == written + 1


async def test_typing_is_passed_on_and_forgotten(stage: Stage) -> None:
    room, ada, ben = await stage.started()
    assert await ada.relay("chat.typed") == [""]
    assert await ben.hears() == [("chat.typed", {"room_id": room.room_id})]
    await ben.drop()
    assert await ada.relay("chat.typed") == [""]
    assert len(await stage.journal()) == 4


async def test_typing_to_a_partner_on_my_own_node_is_answered(stage: Stage) -> None:
    _, ada, ben = await stage.started(nodes=1)
    assert await ada.relay("chat.typed") == [ben.conn]


async def test_typing_into_a_room_that_is_over_is_refused(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    await ben.leave()
    await refused("room_ended", ada.relay("chat.typed"))


async def test_history_pages_backwards(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    for n in range(1, 8):
        await ada.say(str(n))
    messages, first_seq, last_seq = await ada.history(before_seq=6, limit=3)
    assert [msgspec.json.decode(message)["seq"] for message in messages] == [3, 4, 5]
    assert (first_seq, last_seq) == (1, 7)
    messages, *_ = await ada.history(limit=2)
    assert [msgspec.json.decode(message)["seq"] for message in messages] == [6, 7]
    assert (await ada.history(before_seq=1))[0] == []


async def test_history_of_a_room_without_messages_is_empty(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    assert await ada.history() == [[], 0, 0]


async def test_a_view_holds_the_newest_200_after_last_seq(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    await asyncio.gather(*(ada.say(str(n)) for n in range(1, 251)))
    view = await ada.view()
    assert (await seqs(ada))[0] == 51
    assert (len(view["messages"]), view["more"], view["first_seq"], view["last_seq"]) == (200, True, 1, 250)
    assert await seqs(ada, 247) == [248, 249, 250]
    assert (await ada.view(50))["more"] is False
    assert (await ada.view(49))["more"] is True
    assert await seqs(ada, 250) == []


async def test_a_seq_beyond_the_last_or_another_epoch_gets_the_whole_state(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    for n in range(3):
        await ada.say(str(n))
    assert await seqs(ada, 4) == [1, 2, 3]
    assert len((await ada.view(2, epoch=1))["messages"]) == 1
    assert len((await ada.view(2, epoch=7))["messages"]) == 3


async def test_the_log_keeps_what_is_not_recorded_and_the_newest_200(stage: Stage) -> None:
    room, ada, _ = await stage.started()
    log = keys.key(FAMILY, f"log:{room.room_id}")
    await asyncio.gather(*(ada.say(str(n)) for n in range(1, 301)))
    await stage.hand.call("recorded", [room.room_id, 50], ["00000000-0000-7000-8000-000000000003", 5])
    assert await stage.redis.llen(log) == 250  # type: ignore[misc]
    await stage.hand.call("recorded", [room.room_id, 290])
    assert await stage.redis.llen(log) == 200  # type: ignore[misc]
    await stage.hand.call("recorded", [room.room_id, 40])  # late and older
    messages, first_seq, last_seq = await ada.history(limit=100)
    assert (first_seq, last_seq, len(messages)) == (101, 300, 100)
    assert (await ada.say("next"))[0] == 301
    assert (await room.hash())["recorded_seq"] == "290"
    assert not await stage.redis.exists(keys.key(FAMILY, "room:00000000-0000-7000-8000-000000000003"))


async def test_hundreds_at_once_from_two_nodes_leave_no_hole(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    said = await asyncio.gather(*((ada if n % 2 else ben).say(str(n)) for n in range(600)))
    assert sorted(seq for seq, *_ in said) == list(range(1, 601))
    assert [int(entry["seq"]) for entry in await stage.journal("msg")] == list(range(1, 601))


async def test_the_same_message_sent_twice_at_once_is_one(stage: Stage) -> None:
    _, ada, _ = await stage.started()
    other = await stage.node()
    ghost = Member(ada.room, "Ada", other, ada.user_id, ada.conn)
    for n in range(200):
        answers = await asyncio.gather(ada.say("twice", f"c{n}"), ghost.say("twice", f"c{n}"))
        assert {answer[0] for answer in answers} == {n + 1}
        assert sorted(answer[2] for answer in answers) == [0, 1]


async def test_an_op_that_refuses_disturbs_no_other(stage: Stage) -> None:
    _, ada, ben = await stage.started()
    answers = await asyncio.gather(
        ada.say("one"), ben.say("no", conn="elsewhere.1"), ada.say("two"), return_exceptions=True
    )
    assert isinstance(answers[1], Refusal)
    assert [answer[0] for answer in answers if isinstance(answer, list)] == [1, 2]


async def test_a_library_that_redis_does_not_have_any_more_is_loaded_again(stage: Stage) -> None:
    """However many versions of it were there."""
    _, ada, _ = await stage.started()
    assert (await ada.say("one"))[0] == 1
    await stage.redis.function_flush()  # type: ignore[misc]
    assert (await ada.say("two"))[0] == 2
    for number in range(LIBRARIES_MAX):
        name = f"{PREFIX}old_{number}"
        text = f"#!lua name={name}\nredis.register_function('{name}', function() return 1 end)"
        await stage.redis.function_load(text)  # type: ignore[misc]
    assert (await ada.say("three"))[0] == 3
    other = await stage.node()
    await stage.redis.function_delete(script.library("room", stage.settings).name)  # type: ignore[misc]
    assert (await other.family.call("now"))[0]
    assert len(await stage.redis.function_list(f"{PREFIX}*")) == 1  # type: ignore[misc]
