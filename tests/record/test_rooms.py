"""Record to live: a room read back is the room that was journaled."""

from typing import Any

import orjson
import pytest

from core.ids import new_id
from core.record import Record
from core.record.rooms import SQL
from tests.record.pen import FAMILY, NOON, SHARD, Pen, record_all, sign_up


@pytest.fixture
async def pen(record: Record) -> Pen:
    await record.shards.raise_epoch(FAMILY)
    return Pen()


async def test_every_fact_of_a_state_comes_back_as_it_was(record: Record, pen: Pen) -> None:
    room = pen.room(mode="video").opens().starts()
    facts: dict[str, Any] = {
        "agreed_seconds": 300,
        "ends_at_ms": NOON + 300_001,
        "status": "grace_period",
        "connected_1": False,
        "grace_1_ms": NOON + 10_003,
        "media_connected_at_ms": NOON + 2_007,
        "generation": 1_000_003,
        "read_1": 4,
        "read_2": 5,
        "upgraded_at_ms": NOON + 61_000,
        "cooldown_until_ms": NOON + 86_400_001,
    }
    room.changes("lost", **facts)
    await record_all(record, pen)
    (stored,) = await record.rooms.open_in(SHARD, None, 10)
    assert stored.state == room.state


async def test_a_room_comes_back_with_messages_client_ids_torch_and_cards(record: Record, pen: Pen) -> None:
    ada, bob = await sign_up(record, "Ada"), await sign_up(record, "Bob")
    await record.database.execute(
        "update users set name = 'Ada L.', socials = '{\"chess\": \"ada\"}' where user_id = $1", ada
    )
    room = pen.room(caller=ada, callee=bob).opens().starts()
    for i in range(250):
        room.says(ada if i % 2 else bob, f'says "{i}"\n', after_ms=i * 10, client_id=f"id-{i}")
    room.says(ada, {"chess": "ada"}, after_ms=3_000, kind="social")
    room.says(bob, "upgraded", after_ms=4_000, kind="system", client_id="")
    await record_all(record, pen)

    (stored,) = await record.rooms.open_in(SHARD, None, 10)
    messages = [orjson.loads(message) for message in stored.messages]
    assert [message["seq"] for message in messages] == list(range(53, 253))
    assert messages[-2] == {
        "room_id": room.room_id,
        "from": ada,
        "kind": "social",
        "body": {"chess": "ada"},
        "client_id": "c251",
        "seq": 251,
        "sent_at_ms": NOON + 3_000,
    }
    assert messages[-1]["client_id"] == ""
    assert messages[0]["body"] == 'says "52"\n'
    assert len(stored.client_ids) == 251
    assert stored.client_ids[0] == (2, "id-0", 1, NOON)
    assert stored.client_ids[1] == (1, "id-1", 2, NOON + 10)
    assert (stored.state["last_seq"], stored.state["messages_1"], stored.state["messages_2"]) == (252, 126, 125)
    assert (stored.state["torch_1_ms"], stored.state["torch_2_ms"]) == (NOON + 3_000, NOON + 2_480)
    assert orjson.loads(stored.card_1)["name"] == "Ada L."
    assert orjson.loads(stored.card_1)["socials"] == {"chess": "ada"}
    assert orjson.loads(stored.card_2)["user_id"] == bob


@pytest.mark.parametrize(("missing", "back"), [(1, [2, 3, 4, 5]), (3, [4, 5]), (5, [1, 2, 3, 4])])
async def test_a_hole_in_the_record_does_not_shift_the_log(
    record: Record, pen: Pen, missing: int, back: list[int]
) -> None:
    room = pen.room().opens().starts()
    for _ in range(5):
        room.says(room.caller, "hello")
    await record_all(record, pen)
    await record.database.execute("delete from room_messages where seq = $1", missing)
    (stored,) = await record.rooms.open_in(SHARD, None, 10)
    assert [orjson.loads(message)["seq"] for message in stored.messages] == back
    assert stored.state["last_seq"] == back[-1]  # what is said next follows in the log
    assert len(stored.client_ids) == 4


async def test_reading_rooms_back_costs_nothing_for_all_the_others(record: Record, pen: Pen) -> None:
    await record.database.execute(
        "insert into room_messages (room_id, seq, kind, body, sent_at) "
        "select md5((n / 20)::text)::uuid, n % 20 + 1, 'text', '\"x\"', now() from generate_series(1, 40000) n"
    )
    await record.database.execute("analyze room_messages")
    ids = [
        row["room_id"] for row in await record.database.fetch("select distinct room_id from room_messages limit 250")
    ]
    plan = await record.database.fetch("explain " + SQL["messages_of_rooms"], ids, 200)
    assert "Seq Scan" not in "\n".join(row[0] for row in plan)


async def test_a_member_who_was_deleted_keeps_the_card_of_the_room(record: Record, pen: Pen) -> None:
    room = pen.room().opens()
    await record_all(record, pen)
    (stored,) = await record.rooms.open_in(SHARD, None, 10)
    assert orjson.loads(stored.card_1)["name"] == "Ada"
    assert orjson.loads(stored.card_2) | {"name": "Bob", "user_id": room.callee} == orjson.loads(stored.card_2)


async def test_open_rooms_come_in_chunks_each_once_and_ended_ones_apart(record: Record, pen: Pen) -> None:
    rooms = [pen.room().opens().starts() for _ in range(25)]
    for room in rooms[:5]:
        room.ends("left", seconds=60)
    await record_all(record, pen)
    seen: list[str] = []
    while chunk := await record.rooms.open_in(SHARD, seen[-1] if seen else None, 7):
        seen += [room.state["room_id"] for room in chunk]
    assert seen == sorted(room.room_id for room in rooms[5:])
    assert await record.rooms.open_in(SHARD + 1, None, 10) == []
    bare = await record.rooms.open_in(SHARD, None, 100, with_messages=False)
    assert [room.state["room_id"] for room in bare] == seen
    ended = await record.rooms.ended_in(SHARD, NOON + 60_000, None, 100)
    assert [room.state["room_id"] for room in ended] == sorted(room.room_id for room in rooms[:5])
    assert await record.rooms.ended_in(SHARD, NOON + 60_001, None, 100) == []


async def test_older_and_newer_messages_are_read_in_pages(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    for i in range(1, 31):
        room.says(room.caller, f"{i}")
    await record_all(record, pen)

    def seqs(messages: list[str]) -> list[int]:
        return [orjson.loads(message)["seq"] for message in messages]

    assert seqs(await record.rooms.messages_before(room.room_id, 21, 5)) == [16, 17, 18, 19, 20]
    assert seqs(await record.rooms.messages_after(room.room_id, 21, 5)) == [22, 23, 24, 25, 26]
    assert seqs(await record.rooms.messages_before(room.room_id, 1, 5)) == []
    assert await record.rooms.message_by_client_id(room.room_id, room.caller, "c7") == (7, NOON)
    assert await record.rooms.message_by_client_id(room.room_id, room.callee, "c7") is None


async def test_how_a_room_ended_is_told_to_its_members_and_to_nobody_else(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    for i in range(3):
        room.says(room.caller, f"{i}")
    room.state["cooldown_until_ms"] = NOON + 86_400_000
    room.ends("left", seconds=60)
    await record_all(record, pen)
    ended = await record.rooms.ended(room.callee, room.room_id, 1)
    assert ended is not None
    assert [message["seq"] for message in ended.pop("messages")] == [2, 3]
    assert ended == {
        "room_id": room.room_id,
        "reason": "left",
        "seconds": 60,
        "cooldown_ends_at_ms": NOON + 86_400_000,
        "ended_at_ms": NOON + 60_000,
    }
    assert await record.rooms.ended(new_id(), room.room_id, 0) is None
    await record.database.execute("delete from active_rooms")
    from_history = await record.rooms.ended(room.caller, room.room_id, 3)
    assert from_history is not None
    assert (from_history["reason"], from_history["cooldown_ends_at_ms"]) == ("left", None)
    assert await record.rooms.ended(new_id(), room.room_id, 0) is None


async def test_a_room_that_goes_on_has_not_ended(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    await record_all(record, pen)
    assert await record.rooms.ended(room.caller, room.room_id, 0) is None
    assert await record.history.item(room.caller, room.room_id) is None


async def test_history_comes_newest_first_in_pages(record: Record, pen: Pen) -> None:
    ada, bob = await sign_up(record, "Ada"), await sign_up(record, "Bob")
    for i in range(5):
        room = pen.room(caller=ada, callee=bob).opens()
        room.changes("started", started_at_ms=NOON + i)
        room.ends("left", seconds=60)
    await record_all(record, pen)
    page, more = await record.history.page(bob, None, 3)
    assert ([item.started_at_ms - NOON for item in page], more) == ([4, 3, 2], True)
    page, more = await record.history.page(bob, page[-1].started_at_ms, 3)
    assert ([item.started_at_ms - NOON for item in page], more) == ([1, 0], False)
    assert page[0].partner_id == ada
    item = await record.history.item(bob, page[0].room_id)
    assert item == page[0]


async def test_the_length_of_an_outage_is_known(record: Record) -> None:
    raised = await record.shards.raise_epoch(FAMILY)
    assert (raised.epoch, raised.alive_at_ms) == (1, None)
    assert await record.shards.touch(FAMILY, 1) == "0-0"
    assert await record.shards.touch(FAMILY, 2) is None
    await record.database.execute("update shards set alive_at = now() - interval '10 seconds'")
    again = await record.shards.raise_epoch(FAMILY)
    assert again.epoch == 2
    assert again.alive_at_ms is not None
    assert 10_000 <= again.now_ms - again.alive_at_ms < 20_000


async def test_limits_outlive_and_never_go_back(record: Record) -> None:
    from core.record.limits import Spent  # noqa: PLC0415

    now = await record.database.fetchval("select ms(now())")
    await record.limits.save(
        [Spent("auth", "a", now + 9_000), Spent("auth", "a", now + 5_000), Spent("code", "b", now - 1)]
    )
    await record.limits.save([Spent("auth", "a", now + 7_000)])
    await record.limits.save([])
    assert await record.limits.load(None, 10) == [Spent("auth", "a", now + 9_000)]
    assert await record.limits.load(Spent("auth", "a", 0), 10) == []
