"""Recording: each entry exactly once, whatever is repeated, interrupted or poisoned."""

import asyncio
import itertools
from typing import Any

import asyncpg
import pytest

from core.errors import Unavailable
from core.ids import new_id
from core.record import Record
from core.record.entries import Raw
from core.record.journal import Moved, WrongEpoch
from tests.record.pen import FAMILY, MINUTE, NOON, Pen, message, record_all, sign_up

EVERYTHING = (
    *("active_rooms", "text_room_activity", "room_messages", "room_events", "chat_history"),
    *("session_completions", "cooldowns", "dead_letters", "users", "outbox"),
)


@pytest.fixture
async def pen(record: Record) -> Pen:
    await record.shards.raise_epoch(FAMILY)
    return Pen()


async def snapshot(record: Record) -> dict[str, list[Any]]:
    """Every recorded row, without the instants of writing."""
    tables = {}
    for table in EVERYTHING:
        rows = await record.database.fetch(
            f"select to_jsonb(t) - 'updated_at' - 'dead_letter_id' - 'at' - 'outbox_id' as row from {table} t"
        )
        tables[table] = sorted(str(row["row"]) for row in rows)
    return tables


async def a_whole_evening(record: Record, pen: Pen) -> tuple[str, str]:
    """Ada and Bob meet, talk and part; Ada then meets Cyd for ten seconds. Returns Ada and Bob."""
    ada, bob, cyd = [await sign_up(record, name) for name in ("Ada", "Bob", "Cyd")]
    first = pen.room(caller=ada, callee=bob).opens().starts()
    first.says(ada, "hello", after_ms=1000)
    first.says(bob, {"chess": "bob64"}, after_ms=2000, kind="social")
    first.changes("lost", status="grace_period", connected_2=False, grace_2_ms=NOON + 12_000)
    first.changes("returned", status="active", connected_2=True, grace_2_ms=0)
    first.ends("left", seconds=60)
    pen.cooldown(ada, bob, NOON + 86_400_000)
    second = pen.room(caller=cyd, callee=ada, mode="video").opens().starts()
    second.ends("time_up", seconds=10)
    return ada, bob


async def test_a_meeting_is_recorded_whole(record: Record, pen: Pen) -> None:
    ada, bob = await a_whole_evening(record, pen)
    done = await record_all(record, pen)
    assert (done.entries, done.dead, done.stopped_at) == (len(pen.entries), 0, "")
    assert done.position == pen.entries[-1][0].decode()

    items, more = await record.history.page(ada, None, 10)
    assert not more
    assert sorted((item.partner_name, item.seconds, item.mode, item.reason, item.message_count) for item in items) == [
        ("Bob", 60, "text", "left", 2),
        ("Cyd", 10, "video", "time_up", 0),
    ]
    room_id = next(item.room_id for item in items if item.partner_name == "Bob")
    assert done.rooms == [(room_id, 2)]
    assert [message["body"] for message in await bodies(record, room_id)] == ["hello", {"chess": "bob64"}]
    timeline = [event["event"] for event in await record.rooms.timeline(room_id)]
    assert sorted(timeline) == ["ended", "lost", "opened", "returned", "started"]
    assert await record.rooms.cooldowns(None, 10) == [(*sorted((ada, bob)), NOON + 86_400_000)]

    account = await record.users.me(ada)
    assert account is not None
    assert (account.session_count, account.timer_total_seconds, account.successful_sessions) == (2, 70, 1)
    assert account.last_sessions == [
        {"seconds": 60, "ended_at_ms": NOON + 60_000},
        {"seconds": 10, "ended_at_ms": NOON + 10_000},
    ]


async def bodies(record: Record, room_id: str) -> list[dict[str, Any]]:
    return [
        dict(row)
        for row in await record.database.fetch(
            "select body, seq from room_messages where room_id = $1 order by seq", room_id
        )
    ]


async def test_the_same_batch_again_changes_nothing(record: Record, pen: Pen) -> None:
    await a_whole_evening(record, pen)
    first = await record_all(record, pen)
    before = await snapshot(record)
    again = await record_all(record, pen)
    assert (again.entries, again.position) == (0, first.position)
    assert await snapshot(record) == before


async def test_everything_again_after_the_position_started_over_changes_nothing(record: Record, pen: Pen) -> None:
    await a_whole_evening(record, pen)
    await record_all(record, pen)
    before = await snapshot(record)
    raised = await record.shards.raise_epoch(FAMILY)
    again = await record_all(record, pen, epoch=raised.epoch)
    assert again.entries == len(pen.entries)
    assert await snapshot(record) == before


async def test_cut_into_batches_anywhere_it_comes_to_the_same(record: Record, pen: Pen) -> None:
    ada, _ = await a_whole_evening(record, pen)
    position = "0-0"
    for entry in pen.entries:
        position = (await record_all(record, [entry], after=position)).position
    account = await record.users.me(ada)
    assert account is not None
    assert (account.session_count, account.timer_total_seconds, account.successful_sessions) == (2, 70, 1)
    (room,) = await record.database.fetch("select * from active_rooms where chat_mode = 'text'")
    assert (room["status"], room["version"]) == ("ended", 5)


async def test_overlapping_batches_are_recorded_once(record: Record, pen: Pen) -> None:
    await a_whole_evening(record, pen)
    await record_all(record, pen.entries[:5])
    done = await record_all(record, pen)
    assert done.entries == len(pen.entries) - 5
    assert done.dead == 0


async def test_recorders_that_race_record_once(record: Record, pen: Pen) -> None:
    ada, _ = await a_whole_evening(record, pen)
    done = await asyncio.gather(*(record_all(record, pen) for _ in range(6)))
    assert sorted(one.entries for one in done) == [0, 0, 0, 0, 0, len(pen.entries)]
    account = await record.users.me(ada)
    assert account is not None
    assert account.session_count == 2


async def test_killed_before_the_commit_nothing_was_written(
    record: Record, pen: Pen, database: asyncpg.Connection
) -> None:
    await a_whole_evening(record, pen)
    before = await snapshot(record)
    # Somebody holds a lock on what is written last: the recorder stands between its writes and its commit.
    async with database.transaction():
        await database.execute("lock table session_completions in access exclusive mode")
        recording = asyncio.create_task(record_all(record, pen))
        await waits_for_a_lock(database)
        await database.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' "
            "and datname = current_database()"
        )
        with pytest.raises(Unavailable):
            await recording
    assert await snapshot(record) == before
    shard = await record.shards.get(FAMILY)
    assert shard is not None
    assert shard.position == "0-0"
    assert (await record_all(record, pen)).entries == len(pen.entries)


async def waits_for_a_lock(database: asyncpg.Connection) -> None:
    waiting = (
        "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())"
    )
    async with asyncio.timeout(5):
        while not await database.fetchval(waiting):
            await asyncio.sleep(0.01)


async def test_under_another_epoch_nothing_is_recorded(record: Record, pen: Pen) -> None:
    await a_whole_evening(record, pen)
    await record.shards.raise_epoch(FAMILY)
    with pytest.raises(WrongEpoch):
        await record_all(record, pen, epoch=1)
    with pytest.raises(WrongEpoch):
        await record.journal.record_batch("r7", 1, "0-0", pen.entries)
    assert (await snapshot(record))["room_messages"] == []


async def test_raising_the_epoch_waits_for_the_batch_under_way(record: Record, pen: Pen) -> None:
    async with record.database.transaction() as connection:
        await connection.execute("select from shards where shard = $1 for update", FAMILY)
        raising = asyncio.create_task(record.shards.raise_epoch(FAMILY))
        await connection.execute("select pg_sleep(0.1)")
        assert not raising.done()
    assert (await raising).epoch == 2


async def test_a_hole_before_the_batch_is_never_jumped(record: Record, pen: Pen) -> None:
    await a_whole_evening(record, pen)
    await record_all(record, pen.entries[:2])
    with pytest.raises(Moved) as moved:
        await record_all(record, pen.entries[4:], after=pen.entries[3][0].decode())
    assert moved.value.position == pen.entries[1][0].decode()


async def test_messages_are_one_by_their_client_id_and_by_their_seq(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    room.says(room.caller, "hello", client_id="same")
    room.state["last_seq"] = 1
    room.says(room.caller, "hello again", client_id="same")
    room.state["last_seq"] = 0
    room.says(room.callee, "I was first", client_id="other")
    await record_all(record, pen)
    assert [row["body"] for row in await bodies(record, room.room_id)] == ["hello"]


async def test_an_older_state_never_replaces_a_newer_one(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    newest, older = pen.entries[-1], pen.entries[-2]
    reordered: list[Raw] = [(b"1-1", newest[1]), (b"1-2", older[1])]
    await record_all(record, reordered)
    state = await record.rooms.state(room.room_id)
    assert state is not None
    assert (state["version"], state["started_at_ms"]) == (2, NOON)
    await record_all(record, [(b"1-3", older[1])], after="1-2")
    assert (await record.rooms.state(room.room_id) or {})["version"] == 2


async def test_a_new_epoch_outranks_any_version_of_the_old_one(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    room.state.update(epoch=2, version=0)
    room.changes("restored", status="grace_period", grace_1_ms=NOON + 10_000)
    await record_all(record, pen)
    state = await record.rooms.state(room.room_id)
    assert state is not None
    assert (state["epoch"], state["version"], state["status"]) == (2, 1, "grace_period")


async def test_what_has_ended_stays_ended(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    room.ends("left")
    room.state.update(epoch=2, reason="", ended_at_ms=0)
    room.changes("returned", status="active")
    await record_all(record, pen.entries[:-1])
    await record_all(record, pen)
    assert (await record.rooms.state(room.room_id) or {})["status"] == "ended"


async def test_a_room_ended_twice_has_one_history(record: Record, pen: Pen) -> None:
    ada = await sign_up(record, "Ada")
    room = pen.room(caller=ada).opens().starts()
    room.ends("left", seconds=60)
    room.ends("lost", seconds=90)
    await record_all(record, pen)
    items, _ = await record.history.page(ada, None, 10)
    account = await record.users.me(ada)
    assert account is not None
    assert (len(items), account.session_count) == (1, 1)


async def test_a_room_that_never_started_leaves_no_history(record: Record, pen: Pen) -> None:
    ada = await sign_up(record, "Ada")
    room = pen.room(caller=ada).opens()
    room.changes("ended", status="ended", reason="never_joined", ended_at_ms=NOON + 15_000, seconds=0)
    await record_all(record, pen)
    assert await record.history.page(ada, None, 10) == ([], False)
    assert (await record.rooms.state(room.room_id) or {})["reason"] == "never_joined"


async def test_short_meetings_are_history_but_move_no_counter(record: Record, pen: Pen) -> None:
    ada = await sign_up(record, "Ada")
    pen.room(caller=ada).opens().starts().ends("left", seconds=4)
    await record_all(record, pen)
    items, _ = await record.history.page(ada, None, 10)
    account = await record.users.me(ada)
    assert account is not None
    assert len(items) == 1
    assert (account.session_count, account.timer_total_seconds, account.successful_sessions) == (0, 0, 0)


async def test_the_last_ten_sessions_are_kept_newest_first(record: Record, pen: Pen) -> None:
    ada = await sign_up(record, "Ada")
    order = [7, 3, 12, 1, 9, 5, 11, 2, 8, 4, 10, 6]
    for seconds in order:
        pen.room(caller=ada).opens().starts().ends("left", seconds=seconds * 10)
    half = len(pen.entries) // 2
    first = await record_all(record, pen.entries[:half])
    await record_all(record, pen.entries[half:], after=first.position)
    account = await record.users.me(ada)
    assert account is not None
    assert [one["seconds"] for one in account.last_sessions] == [n * 10 for n in range(12, 2, -1)]
    assert (account.session_count, account.timer_total_seconds) == (12, sum(order) * 10)


async def test_the_fourth_meeting_unlocks_the_own_code_once(record: Record, pen: Pen) -> None:
    ada = await sign_up(record, "Ada")
    await record.database.execute(
        "update users set my_invite_code = 'ABCDEFGHIJKLMNOP', paid_status = 'qr_grace_period' where user_id = $1", ada
    )
    ends = [pen.room(caller=ada).opens().starts().ends("left", seconds=60) for _ in range(6)]
    position = "0-0"
    for i, entry in enumerate(pen.entries):
        position = (await record_all(record, [entry], after=position)).position
        account = await record.users.me(ada)
        assert account is not None
        assert account.qr_unlocked == (i >= [entry_id for entry_id, _ in pen.entries].index(ends[3]))
    account = await record.users.me(ada)
    assert account is not None
    assert account.profile.paid_status == "qr_verified"
    assert account.successful_sessions == 6
    told = await record.database.fetch("select payload from outbox where kind = 'code_unlocked'")
    assert [row["payload"] for row in told] == [{"user_id": ada, "code": "ABCDEFGHIJKLMNOP"}]


@pytest.mark.parametrize(
    ("before", "after", "falls_back_to"),
    [("paid", "paid", "qr_verified"), ("unpaid", "unpaid", None), ("qr_grace_period", "qr_verified", None)],
)
async def test_who_came_without_a_code_has_one_when_it_unlocks(
    record: Record, pen: Pen, before: str, after: str, falls_back_to: str | None
) -> None:
    ada = await sign_up(record, "Ada")
    await record.database.execute(
        "update users set paid_status = $1::text, "
        "paid_status_before = case when $1 = 'paid' then 'qr_grace_period' end where user_id = $2",
        before,
        ada,
    )
    for _ in range(4):
        pen.room(caller=ada).opens().starts().ends("left", seconds=60)
    await record_all(record, pen)
    row = await record.database.fetchrow("select * from users where user_id = $1", ada)
    assert row
    assert (row["qr_unlocked"], row["paid_status"], row["paid_status_before"]) == (True, after, falls_back_to)
    code = await record.codes.get(row["my_invite_code"])
    assert code
    assert (code.type, code.uses_remaining, code.is_unlocked) == ("user", 4, True)
    told = await record.database.fetch("select payload from outbox where kind = 'code_unlocked'")
    assert [row["payload"] for row in told] == [{"user_id": ada, "code": code.code}]


async def test_meetings_of_the_deleted_are_recorded_for_their_partners(record: Record, pen: Pen) -> None:
    ada, bob = await sign_up(record, "Ada"), await sign_up(record, "Bob")
    pen.room(caller=ada, callee=bob).opens().starts().ends("deleted", seconds=60)
    await record.users.delete(bob)
    assert (await record_all(record, pen)).dead == 0
    (item,), _ = await record.history.page(ada, None, 10)
    assert (item.partner_id, item.partner_name) == (None, "deleted user")


async def test_an_end_brings_its_cooldown_though_the_lobby_was_lost_before_it_said_so(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    room.state["cooldown_until_ms"] = NOON + 86_400_000
    room.ends()
    pen.room().opens().ends("never_joined", seconds=0)
    await record_all(record, pen)
    pair = sorted((room.caller, room.callee))
    assert await record.rooms.cooldowns(None, 10) == [(*pair, NOON + 86_400_000)]


async def test_cooldowns_are_never_shortened(record: Record, pen: Pen) -> None:
    ada, bob = sorted((new_id(), new_id()))
    pen.cooldown(ada, bob, NOON + 5 * MINUTE, "declined")
    pen.cooldown(ada, bob, NOON + 9 * MINUTE, "left")
    pen.cooldown(ada, bob, NOON + 7 * MINUTE, "rescinded")
    await record_all(record, pen.entries[:1])
    await record_all(record, pen)
    row = await record.database.fetchrow("select ms(expires_at) as until, why from cooldowns")
    assert row is not None
    assert (row["until"], row["why"]) == (NOON + 9 * MINUTE, "left")
    pen.cooldown(ada, bob, NOON + 8 * MINUTE, "gone")
    await record_all(record, pen)
    assert await record.rooms.cooldowns(None, 10) == [(ada, bob, NOON + 9 * MINUTE)]


# ------------------------------------------------------------------------------------------------ the torch
async def test_messages_feed_the_torch_of_their_sender(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    room.says(room.caller, "hello", after_ms=30_000)
    room.says(room.callee, "hi", after_ms=10_000)
    room.says(room.callee, "upgraded", after_ms=90_000, kind="system", client_id="")
    await record_all(record, pen)
    state = await record.rooms.state(room.room_id)
    assert state is not None
    assert (state["torch_1_ms"], state["torch_2_ms"]) == (NOON + 30_000, NOON + 10_000)


async def test_a_state_never_moves_a_torch_back(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    room.says(room.caller, "hello", after_ms=30_000)
    first = await record_all(record, pen)
    room.changes("torch", torch_1_ms=NOON + 20_000, torch_2_ms=NOON + 25_000, warned_at_ms=NOON + 120_000)
    await record_all(record, pen.entries[3:], after=first.position)
    state = await record.rooms.state(room.room_id)
    assert state is not None
    assert (state["torch_1_ms"], state["torch_2_ms"]) == (NOON + 30_000, NOON + 25_000)
    assert state["warned_at_ms"] == NOON + 120_000


async def test_a_video_room_has_no_torch(record: Record, pen: Pen) -> None:
    room = pen.room(mode="video").opens()
    room.changes("started", started_at_ms=NOON, torch_1_ms=NOON, torch_2_ms=NOON)
    room.says(room.caller, "hello", after_ms=30_000)
    await record_all(record, pen)
    assert await record.database.fetchval("select count(*) from text_room_activity") == 0


async def test_an_upgraded_room_is_a_video_room_without_torch(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    room.says(room.caller, "hello", after_ms=30_000)
    room.changes("upgraded", mode="video", upgraded_at_ms=NOON + 70_000, agreed_seconds=300)
    room.says(room.callee, "there you are", after_ms=80_000)
    await record_all(record, pen)
    state = await record.rooms.state(room.room_id)
    assert state is not None
    assert (state["mode"], state["torch_1_ms"], state["torch_2_ms"]) == ("video", 0, 0)


# ------------------------------------------------------------------------------------------------ poison
@pytest.mark.parametrize("place", [0, 1, 49, 98, 99])
async def test_what_cannot_be_stored_becomes_a_dead_letter_and_the_rest_is_recorded(
    record: Record, pen: Pen, place: int
) -> None:
    room = pen.room().opens().starts()
    for i in range(100):
        room.says(room.caller, "a\0b" if i == place else f"message {i}")
    done = await record_all(record, pen)
    assert (done.entries, done.dead) == (102, 1)
    assert done.rooms == [(room.room_id, 100)]
    assert [row["seq"] for row in await bodies(record, room.room_id)] == [n for n in range(1, 101) if n != place + 1]
    (letter,) = await record.dead_letters.newest(limit=10)
    assert (letter["source"], letter["name"]) == ("journal", FAMILY)
    assert room.room_id in letter["args"]["fields"][1]
    again = await record.shards.raise_epoch(FAMILY)
    await record_all(record, pen, epoch=again.epoch)
    assert len(await record.dead_letters.newest(limit=10)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        message("no uuid", 1, "", "", "text", b'"x"'),
        message(new_id(), '"one"', "", "", "text", b'"x"'),
        message(new_id(), 0, "", "", "text", b'"x"'),
        message(new_id(), 1, "", "", "text", b"no json"),
        message(new_id(), 1, "", "", "text", b'"\\ud800"'),
        message(new_id(), 1, "", "", "text", b'"\xff\xfe"'),
        message(new_id(), 1, "", "", "sound", b'"x"'),
        message(new_id(), 1, "", b"\xff\xfe", "text", b'"x"'),
        b'{"room_id":"01890a5d-ac96-774b-bcce-b302099a8057"}',
        ("room", "d", "no json", "ev", "[]"),
        ("room", "d", '{"room_id": "x", "epoch": 1, "version": 1, "status": "active"}', "ev", "[]"),
        ("room", "d", '{"epoch": 1}', "ev", "[]"),
        ("cooldown", "a", new_id(), "b", "", "until", NOON, "why", "left"),
        ("cooldown", "a", new_id(), "b", new_id(), "until", "soon", "why", "left"),
        ("cooldown",),
    ],
)
async def test_poison_of_every_kind_is_buried_alone(record: Record, pen: Pen, fields: tuple[Any, ...] | bytes) -> None:
    before = pen.room().opens().starts()
    before.says(before.caller, "before")
    if isinstance(fields, bytes):
        pen.say(fields)
    else:
        pen.write(*fields)
    after = pen.room().opens().starts()
    after.says(after.caller, "after")
    done = await record_all(record, pen)
    assert (done.entries, done.dead, done.stopped_at) == (len(pen.entries), 1, "")
    assert len(await bodies(record, before.room_id)) == len(await bodies(record, after.room_id)) == 1


async def test_a_broken_end_does_not_take_the_counters_of_others_along(record: Record, pen: Pen) -> None:
    ada = await sign_up(record, "Ada")
    good = pen.room(caller=ada).opens().starts()
    bad = pen.room().opens().starts()
    good.ends("left", seconds=60)
    bad.changes("ended", status="ended", reason="left", ended_at_ms=NOON + 60_000, seconds=-5)
    await record_all(record, pen)
    account = await record.users.me(ada)
    assert account is not None
    assert (account.session_count, account.successful_sessions) == (1, 1)
    assert len(await record.dead_letters.newest(limit=10)) == 1


async def test_an_entry_newer_than_this_code_stops_the_drain_before_it(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    pen.write("hologram", "d", "{}")
    room.says(room.caller, "not yet")
    done = await record_all(record, pen)
    assert done.entries == 2
    assert "hologram" in done.stopped_at
    assert done.position == pen.entries[1][0].decode()
    assert await record.dead_letters.newest(limit=10) == []
    stuck = await record_all(record, pen.entries[2:], after=done.position)
    assert (stuck.entries, stuck.position) == (0, done.position)


async def test_another_version_of_a_known_kind_stops_the_drain_too(record: Record, pen: Pen) -> None:
    for number, place, newer in ((0, 3, b"2"), (2, 0, b"msg2")):
        pen.entries.clear()
        room = pen.room().opens().starts()
        room.says(room.caller, "hello")
        pen.entries[number][1][place] = newer  # type: ignore[index]
        assert (await record_all(record, pen)).entries == number


async def test_a_deadline_that_was_set_aside_is_a_dead_letter(record: Record, pen: Pen) -> None:
    pen.write("dead", "member", "room:x", "error", "attempt to index a nil value")
    done = await record_all(record, pen)
    assert (done.entries, done.dead) == (1, 0)
    (letter,) = await record.dead_letters.newest(limit=10)
    assert (letter["source"], letter["args"]) == ("deadline", {"member": "room:x"})


async def test_fields_in_another_order_mean_the_same(record: Record, pen: Pen) -> None:
    room = pen.room().opens().starts()
    said = f'"sent_at_ms":{NOON},"body":"hello","kind":"text","client_id":"c1","from":"{room.caller}","seq":1'
    pen.say(f'{{{said},"room_id":"{room.room_id}","something_new":"x"}}'.encode())
    await record_all(record, pen)
    assert [row["body"] for row in await bodies(record, room.room_id)] == ["hello"]


async def test_postgresql_away_is_unavailable_and_nothing_else(record: Record, pen: Pen) -> None:
    closed = await Record.connect(type(record.retention._settings)(database_url="postgresql://127.0.0.1:1/none"))
    try:
        with pytest.raises(Unavailable):
            await record_all(closed, pen)
        assert not await closed.is_there()
    finally:
        await closed.close()
    assert await record.is_there()


async def test_rooms_that_end_at_once_in_two_shards_do_not_lock_each_other_out(record: Record) -> None:
    people = [await sign_up(record, f"User {i}") for i in range(10)]
    for family in ("r3", "r4"):
        await record.shards.raise_epoch(family)
    pens = {"r3": Pen(), "r4": Pen()}
    for family, order in (("r3", people), ("r4", people[::-1])):
        for caller, callee in itertools.pairwise(order):
            pens[family].room(caller=caller, callee=callee).opens().starts().ends("left", seconds=60)
    await asyncio.gather(*(record.journal.record_batch(family, 1, "0-0", pen.entries) for family, pen in pens.items()))
    totals = await record.database.fetchrow("select sum(session_count) as n, sum(successful_sessions) as s from users")
    assert totals is not None
    assert (totals["n"], totals["s"]) == (36, 36)
