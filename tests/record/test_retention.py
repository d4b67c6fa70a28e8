"""What goes, when, and what never does."""

import pytest

from core.ids import new_id
from core.record import Record
from core.record.outbox import USER_DELETED
from core.record.retention import BATCH, JOBS
from tests.record.pen import FAMILY, Pen, record_all, sign_up

HOUR_MS = 3_600_000


@pytest.fixture
async def pen(record: Record) -> Pen:
    await record.shards.raise_epoch(FAMILY)
    return Pen()


async def count(record: Record, table: str) -> int:
    rows: int = await record.database.fetchval(f"select count(*) from {table}")
    return rows


async def age(record: Record, table: str, column: str, length: str) -> None:
    await record.database.execute(f"update {table} set {column} = now() - interval '{length}'")


ROWS = {
    "cooldowns": "(user_id_1, user_id_2, expires_at) values (lpad('1', 32, '0')::uuid, gen_random_uuid(), now())",
    "rate_limits": "(scope, key, tat, expires_at) values ('auth', 'x', now(), now())",
    "session_completions": """(user_id, room_id, partner_id, duration_seconds, completed_at)
        values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 60, now())""",
    "chat_history": """(room_id, user_id, partner_id, partner_name, started_at, ended_at, duration, chat_mode,
        end_reason) values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '', now(), now(), 1, 'text',
        'left')""",
    "reports": """(report_id, reporter_user_id, reported_user_id, reason, room_id, session_data, reported_profile)
        values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'rude', gen_random_uuid(), '{}', '{}')""",
    "ip_bans": "(ip_address, reason) values ('203.0.113.7', 'rude')",
    "referral_mappings": """(referral_code, target_user_id, target_name, created_by_name, expires_at)
        select 'ABCDEFGHIJ', user_id, 'Ada', 'Bob', now() from users""",
    "referral_notifications": """(notification_id, for_user_id, referred_name, introduced_by_name)
        select gen_random_uuid(), user_id, 'Cyd', 'Bob' from users""",
    "password_resets": "(token_hash, user_id, expires_at) select sha256('x'), user_id, now() from users",
    "admin_sessions": "(token_hash, username, expires_at) values (sha256('x'), 'root', now())",
}


@pytest.mark.parametrize(
    ("job", "table", "column", "young", "old"),
    [
        ("cooldowns", "cooldowns", "expires_at", "-1 minute", "1 second"),
        ("limits", "rate_limits", "expires_at", "-1 minute", "1 second"),
        ("completions", "session_completions", "completed_at", "89 days", "91 days"),
        ("intros", "referral_mappings", "expires_at", "-1 minute", "1 second"),
        ("notifications", "referral_notifications", "created_at", "89 days", "91 days"),
        ("history", "chat_history", "ended_at", "364 days", "366 days"),
        ("reports", "reports", "reviewed_at", "364 days", "366 days"),
        ("ip_bans", "ip_bans", "expires_at", "-1 minute", "1 second"),
        ("resets", "password_resets", "expires_at", "-1 minute", "2 days"),
        ("admin_sessions", "admin_sessions", "expires_at", "-1 minute", "2 days"),
        ("sessions", "sessions", "ended_at", "6 days", "8 days"),
    ],
)
async def test_each_thing_stays_as_long_as_its_setting_says(
    record: Record, job: str, table: str, column: str, young: str, old: str
) -> None:
    await sign_up(record, "Ada")
    if table == "sessions":
        await record.database.execute("update sessions set is_active = false, ended_why = 'expired', ended_at = now()")
    else:
        await record.database.execute(f"insert into {table} {ROWS[table]}")
    await age(record, table, column, young)
    assert (await record.retention.prune(job)).rows == 0
    await age(record, table, column, old)
    assert await record.retention.prune(job, dry_run=True) == (job, 1, True)
    assert await count(record, table) == 1
    assert await record.retention.prune(job) == (job, 1, False)
    assert await count(record, table) == 0


async def test_reports_without_review_stay(record: Record) -> None:
    await record.database.execute(
        "insert into reports (report_id, reporter_user_id, reported_user_id, reason, room_id, session_data, "
        "reported_profile, created_at) values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'rude', "
        "gen_random_uuid(), '{}', '{}', now() - interval '9 years')"
    )
    assert (await record.retention.prune("reports")).rows == 0


async def test_a_dry_run_of_everything_finds_what_the_real_one_deletes(record: Record, pen: Pen) -> None:
    for _ in range(3):
        room = pen.room().opens().starts()
        room.says(room.caller, "hello")
        room.ends("left", seconds=60)
    await record_all(record, pen)
    await age(record, "active_rooms", "ended_at", "2 hours")
    planned = {one.job: one.rows for one in await record.retention.prune_all(dry_run=True)}
    assert planned["ended_rooms"] == 3
    assert await count(record, "active_rooms") == 3
    done = {one.job: one.rows for one in await record.retention.prune_all()}
    assert done == planned
    assert set(done) == set(JOBS)
    assert await count(record, "room_messages") == 3


async def test_open_rooms_and_the_last_hour_stay(record: Record, pen: Pen) -> None:
    pen.room().opens().starts()
    pen.room().opens().starts().ends("left", seconds=60)
    await record_all(record, pen)
    await record.database.execute("update active_rooms set created_at = now() - interval '9 years'")
    await record.database.execute(
        "update active_rooms set ended_at = now() - interval '59 minutes' where status = 'ended'"
    )
    assert (await record.retention.prune("ended_rooms")).rows == 0
    await record.database.execute(
        "update active_rooms set ended_at = now() - interval '61 minutes' where status = 'ended'"
    )
    assert (await record.retention.prune("ended_rooms")).rows == 1
    assert (await record.retention.prune("torches")).rows == 0
    await age(record, "text_room_activity", "updated_at", "2 hours")
    assert (await record.retention.prune("torches")).rows == 1
    assert await count(record, "text_room_activity") == 1


async def test_messages_go_with_the_history_that_keeps_them(record: Record) -> None:
    for day, has_history in ((366, True), (366, False), (1, False)):
        await record.database.execute(
            "insert into room_messages (room_id, seq, kind, body, sent_at) "
            "select overlay(uuid_at(now() - make_interval(days => $1))::text placing $2 from 25)::uuid, n, 'text', "
            "'\"x\"', now() from generate_series(1, 3) n",
            day,
            f"{new_id()[24:]}",
        )
        if has_history:
            await record.database.execute(
                "insert into chat_history (room_id, user_id, partner_id, partner_name, started_at, ended_at, duration, "
                "chat_mode, end_reason) select room_id, gen_random_uuid(), gen_random_uuid(), '', now(), now(), 1, "
                "'text', 'left' from room_messages group by room_id"
            )
    assert await record.retention.prune("messages", dry_run=True) == ("messages", 3, True)
    assert (await record.retention.prune("messages")).rows == 3
    assert await count(record, "room_messages") == 6
    await age(record, "chat_history", "ended_at", "366 days")
    assert (await record.retention.prune("history")).rows == 1
    assert (await record.retention.prune("messages")).rows == 3


async def test_many_rows_go_in_several_batches(record: Record) -> None:
    await record.database.execute(
        "insert into rate_limits select 'auth', n::text, now(), now() - interval '1 hour' "
        f"from generate_series(1, {2 * BATCH + 5}) n"
    )
    assert await record.retention.prune_batch("limits") == BATCH
    assert (await record.retention.prune("limits")).rows == BATCH + 5


async def test_guests_past_their_expiry_go_with_all_that_is_theirs(record: Record, pen: Pen) -> None:
    ada, bob = await sign_up(record, "Ada"), await sign_up(record, "Bob")
    pen.room(caller=ada, callee=bob).opens().starts().ends("left", seconds=60)
    await record_all(record, pen)
    await record.database.execute("insert into blocks values ($1, $2, 'hand')", ada, bob)
    await record.database.execute(
        "update users set account_expires_at = now() - interval '1 hour' where user_id = $1", bob
    )
    assert await record.retention.prune("guests", dry_run=True) == ("guests", 1, True)
    assert await record.users.exists(bob)
    assert (await record.retention.prune("guests")).rows == 1
    assert not await record.users.exists(bob)
    assert await record.users.exists(ada)
    assert await count(record, "blocks") == 0
    assert await count(record, "sessions") == 1
    (item,), _ = await record.history.page(ada, None, 10)
    assert item.partner_name == "deleted user"
    assert await record.database.fetchval("select partner_name from chat_history") == ""
    told = await record.database.fetch("select payload from outbox where kind = $1", USER_DELETED)
    assert [row["payload"]["user_id"] for row in told] == [bob]


async def test_a_guest_in_a_room_is_never_deleted(record: Record, pen: Pen) -> None:
    ada, bob = await sign_up(record, "Ada"), await sign_up(record, "Bob")
    room = pen.room(caller=ada, callee=bob).opens().starts()
    first = await record_all(record, pen)
    await age(record, "users", "account_expires_at", "1 hour")
    assert (await record.retention.prune("guests")).rows == 0
    room.ends("left", seconds=60)
    await record_all(record, pen.entries[2:], after=first.position)
    assert (await record.retention.prune("guests")).rows == 2


async def test_permanent_accounts_are_never_deleted_by_age(record: Record) -> None:
    ada = await sign_up(record, "Ada")
    await record.database.execute(
        "update users set account_type = 'permanent', email = 'ada@example.org', password_hash = 'hash', "
        "account_expires_at = now() - interval '1 day' where user_id = $1",
        ada,
    )
    assert (await record.retention.prune("guests")).rows == 0
