"""What the schema itself forbids, and how migrations are applied."""

import asyncio

import asyncpg
import pytest

from core.ids import new_id
from core.record import Record
from sql.migrate import migrate
from tests.record.pen import sign_up

FOURTEEN = {
    *("users", "sessions", "session_completions", "cooldowns", "chat_history", "referral_notifications", "reports"),
    *(
        "ban_records",
        "ip_bans",
        "invite_codes",
        "active_rooms",
        "referral_mappings",
        "text_room_activity",
        "rate_limits",
    ),
}
HELPERS = {
    *("room_messages", "invite_code_uses", "blocks", "room_events", "shards", "outbox", "password_resets"),
    *("stripe_events", "admin_sessions", "audit_log", "dead_letters", "schema_migrations"),
}


async def test_all_tables_are_there_and_say_what_they_are(record: Record) -> None:
    rows = await record.database.fetch(
        "select c.relname, obj_description(c.oid) as comment from pg_class c "
        "where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
    )
    comments = {row["relname"]: row["comment"] for row in rows}
    assert set(comments) == FOURTEEN | HELPERS
    assert [name for name, comment in comments.items() if not comment and name != "schema_migrations"] == []


async def test_every_instant_knows_its_zone(record: Record) -> None:
    naive = await record.database.fetch(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'public' and data_type = 'timestamp without time zone'"
    )
    assert naive == []


async def test_migrations_run_twice_even_without_memory_of_the_first_time(database: asyncpg.Connection) -> None:
    assert await migrate(database) == []
    await database.execute("drop table schema_migrations")
    assert len(await migrate(database)) >= 4


async def test_recorded_facts_refer_to_no_user_by_foreign_key(record: Record) -> None:
    rows = await record.database.fetch(
        "select conrelid::regclass::text as holder from pg_constraint "
        "where contype = 'f' and confrelid = 'users'::regclass"
    )
    facts = {"active_rooms", "room_messages", "room_events", "chat_history", "session_completions", "cooldowns"}
    survivors = {"reports", "ban_records", "invite_code_uses"}
    assert {row["holder"] for row in rows} & (facts | survivors) == set()


async def test_every_foreign_key_into_users_has_an_index_so_that_deletions_are_cheap(record: Record) -> None:
    bare = await record.database.fetch(
        "select c.conrelid::regclass::text, a.attname from pg_constraint c "
        "join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] "
        "where c.contype = 'f' and not exists "
        "(select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])"
    )
    assert [tuple(row) for row in bare] == []


async def test_e_mail_addresses_are_one_without_case(record: Record) -> None:
    query = (
        "insert into users (user_id, name, gender, account_type, email, password_hash) "
        "values ($1, 'Ada', 'female', 'permanent', $2, 'hash')"
    )
    await record.database.execute(query, new_id(), "Ada@Example.org")
    with pytest.raises(asyncpg.UniqueViolationError):
        await record.database.execute(query, new_id(), "ada@example.org")


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("users", "user_id, name, gender", "gen_random_uuid(), '', 'female'"),
        ("users", "user_id, name, gender", "gen_random_uuid(), 'Ada', 'other'"),
        ("users", "user_id, name, gender, account_type", "gen_random_uuid(), 'Ada', 'female', 'permanent'"),
        ("cooldowns", "user_id_1, user_id_2, expires_at", "gen_random_uuid(), lpad('1', 32, '0')::uuid, now()"),
        ("session_completions", "user_id, room_id, partner_id, duration_seconds, completed_at",
         "gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 0, now()"),
        ("invite_codes", "code, type", "'lower case here!', 'admin'"),
        ("invite_codes", "code, type", "'ABCDEFGHIJKLMNOP', 'user'"),
        ("invite_codes", "code, type, max_uses, uses_remaining", "'ABCDEFGHIJKLMNOP', 'user', 4, 5"),
        ("room_messages", "room_id, seq, kind, body, sent_at", "gen_random_uuid(), 0, 'text', '\"x\"', now()"),
        ("active_rooms", "room_id, user_1, user_2, name_1, name_2, created_at, chat_mode, status, epoch, version",
         "gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'A', 'B', now(), 'text', 'ended', 1, 1"),
    ],
)  # fmt: skip
async def test_rows_that_cannot_be_true_are_refused(record: Record, table: str, columns: str, values: str) -> None:
    with pytest.raises((asyncpg.CheckViolationError, asyncpg.NotNullViolationError)):
        await record.database.execute(f"insert into {table} ({columns}) values ({values})")


async def test_a_second_active_login_is_refused_by_the_schema_itself(record: Record) -> None:
    ada = await sign_up(record, "Ada")
    with pytest.raises(asyncpg.UniqueViolationError):
        await record.database.execute(
            "insert into sessions (token_hash, user_id, expires_at) "
            "values (sha256('other'), $1, now() + interval '1 day')",
            ada,
        )


async def test_one_report_per_pair_for_ever_and_it_survives_both(record: Record) -> None:
    ada, bob = await sign_up(record, "Ada"), await sign_up(record, "Bob")
    query = (
        "insert into reports (report_id, reporter_user_id, reported_user_id, reason, room_id, session_data, "
        "reported_profile) values (gen_random_uuid(), $1, $2, 'rude', gen_random_uuid(), '{}', '{}')"
    )
    await record.database.execute(query, ada, bob)
    with pytest.raises(asyncpg.UniqueViolationError):
        await record.database.execute(query, ada, bob)
    await record.users.delete(ada)
    await record.users.delete(bob)
    assert await record.database.fetchval("select count(*) from reports") == 1


async def test_the_last_use_of_a_code_is_had_once(record: Record) -> None:
    await record.database.execute(
        "insert into invite_codes (code, type, max_uses, uses_remaining) values ('ABCDEFGHIJKLMNOP', 'user', 4, 1)"
    )
    take = "update invite_codes set uses_remaining = uses_remaining - 1 where code = $1 and uses_remaining > 0"
    taken = await asyncio.gather(*(record.database.execute(take, "ABCDEFGHIJKLMNOP") for _ in range(8)))
    assert sum(taken) == 1


async def test_a_banned_network_is_found_by_an_address_in_it(record: Record) -> None:
    await record.database.execute("insert into ip_bans (ip_address, reason) values ('2001:db8:1:2::/64', 'rude')")
    found = "select exists (select from ip_bans where ip_address::inet >>= $1::text::inet)"
    assert await record.database.fetchval(found, "2001:db8:1:2::99")
    assert not await record.database.fetchval(found, "2001:db8:1:3::99")


async def test_a_room_knows_its_shard_by_its_id(record: Record) -> None:
    await record.database.execute(
        "insert into active_rooms (room_id, user_1, user_2, name_1, name_2, created_at, chat_mode, status, epoch, "
        "version) values ('0190aaaa-0000-7000-8000-0000000000c8', gen_random_uuid(), gen_random_uuid(), 'A', 'B', "
        "now(), 'text', 'active', 1, 1)"
    )
    assert await record.database.fetchval("select shard from active_rooms") == 0xC8


async def test_instants_keep_their_milliseconds(record: Record) -> None:
    assert await record.database.fetchval("select ms(instant(1795361901299))") == 1795361901299
    assert await record.database.fetchval("select instant(0)") is None
