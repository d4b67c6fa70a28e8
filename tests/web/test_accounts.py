"""Accounts over HTTP: staying, logging in, changing oneself, being gone."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest
from argon2 import PasswordHasher
from redis.asyncio import Redis

from core import keys, passwords
from core.actions import accounts
from core.record.outbox import SESSION_EXTENDED, USER_FORGOTTEN
from core.settings import Settings
from tests.servers import Stores
from tests.web.api_world import Answer, Guest, House, Room, house_on
from tests.world import NO_LIMITS
from web.api import middleware
from workers import courier, janitor
from workers.metrics import Metrics
from workers.shop import Shop

DAY_MS = 86_400_000
pytestmark = pytest.mark.usefixtures("cheap")

RACES = 400
PASSWORD = "blaise et amélie"
OTHER = "something else entirely"


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """Few families are brought live faster than many."""
    return Settings.from_env({**environ, "ROOM_SHARDS": "2"})


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with house_on(settings) as house:
        yield house


async def stay(guest: Guest, email: str = "Ada@Example.org", password: str = PASSWORD) -> Answer:
    body = {"email": email, "password": password}
    return await guest.house.ask("POST", "/api/v1/me/account", token=guest.token, json=body)


async def log_in(house: House, email: str = "ada@example.org", password: str = PASSWORD) -> Answer:
    return await house.ask("POST", "/api/v1/sessions", json={"email": email, "password": password})


async def change(guest: Guest, **fields: object) -> Answer:
    return await guest.house.ask("PATCH", "/api/v1/me", token=guest.token, json=fields)


async def change_password(guest: Guest, old: str, new: str) -> Answer:
    body = {"old": old, "new": new}
    return await guest.house.ask("PUT", "/api/v1/me/password", token=guest.token, json=body)


async def resident(house: House, name: str = "Ada", email: str = "Ada@Example.org") -> Guest:
    """Somebody with an address and a password."""
    guest = await house.guest(name)
    answer = await stay(guest, email)
    assert answer.status == 200, answer.body
    return guest


async def is_known(guest: Guest) -> bool:
    return (await guest.get("/api/v1/me")).status == 200


# ---------------------------------------------------------------------------------------------------- POST /me/account


async def test_a_guest_stays_with_the_token_he_has(house: House, database: asyncpg.Connection) -> None:
    ada = await house.guest()
    answer = await stay(ada, "  Ada@Example.org ")
    assert answer.status == 200
    assert set(answer.body) == {"user"}
    assert answer.body["user"]["account_type"] == "permanent"
    me = (await ada.get("/api/v1/me")).body
    assert (me["email"], me["account_expires_at_ms"]) == ("Ada@Example.org", None)
    stored = await database.fetchval("select password_hash from users")
    assert stored.startswith("$argon2id$")
    assert await database.fetchval("select count(*) from outbox") == 0


async def test_the_login_of_who_stays_lasts_as_long_as_anybodys(
    house: House, database: asyncpg.Connection, redis: Redis
) -> None:
    ada = await resident(house)
    row = await database.fetchrow("select ms(created_at) as made, ms(expires_at) as ends from sessions")
    assert row is not None
    assert row["ends"] - row["made"] == 30 * DAY_MS
    kept = keys.key(keys.LOBBY, f"session:{accounts.digest(ada.token).hex()}")
    assert int(await redis.hget(kept, "expires_at") or 0) == row["ends"]  # type: ignore[misc]
    assert await redis.pttl(kept) > 29 * DAY_MS
    await database.execute("update users set created_at = now() - interval '9 days'")
    assert (await house.service.record.retention.prune("guests")).rows == 0


async def test_what_the_maker_could_not_say_of_the_longer_login_can_be_said_later(
    house: House, database: asyncpg.Connection
) -> None:
    ada = await house.guest()
    record = house.service.record
    promoted = await record.accounts.make_permanent(ada.user_id, "ada@example.org", "hash", 30)
    rows = await database.fetch("select kind, payload::text from outbox order by outbox_id")
    assert [row["kind"] for row in rows] == ["profile_changed", SESSION_EXTENDED]
    for _ in range(2):
        await accounts.extend_session(house.service, ada.user_id, **promoted.extended[0]._asdict())
    assert await is_known(ada)


async def test_an_address_belongs_to_one_account_whatever_its_case(house: House) -> None:
    await resident(house)
    bob = await house.guest("Bob")
    assert (await stay(bob, "ADA@example.ORG")).refusal == (409, "email_taken")
    assert (await bob.get("/api/v1/me")).body["account_type"] == "guest"
    assert (await stay(bob, "bob@example.org")).status == 200


async def test_of_many_who_want_one_address_at_once_one_has_it(house: House) -> None:
    guests = [await house.guest(f"Ada {n}") for n in range(6)]
    answers = await asyncio.gather(*(stay(guest) for guest in guests))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409, 409]


async def test_who_tries_which_addresses_are_taken_is_stopped(environ: dict[str, str]) -> None:
    """An address that is taken counts like a wrong password; one that is free costs nothing."""
    async with house_on(Settings.from_env({**environ, "ROOM_SHARDS": "2", "LIMIT_AUTH": "3/10m"})) as house:
        assert (await stay(await house.guest())).status == 200
        eve = await house.guest("Eve")
        for _ in range(3):
            assert (await stay(eve)).refusal == (409, "email_taken")
        refused = await stay(eve, "free@example.org")
        assert refused.refusal == (429, "rate_limited")
        assert int(refused.headers["retry-after"]) > 0


async def test_who_stays_already_hears_so(house: House) -> None:
    ada = await resident(house)
    assert (await stay(ada, "other@example.org")).refusal == (409, "already_permanent")
    assert (await ada.get("/api/v1/me")).body["email"] == "Ada@Example.org"


@pytest.mark.parametrize("password", ["short", "k" * 129, "password1", "ada@example.org", "aaaaaaaa", "Ada Lovelace"])
async def test_a_weak_password_is_refused_and_changes_nothing(house: House, password: str) -> None:
    ada = await house.guest("Ada Lovelace")
    assert (await stay(ada, "ada@example.org", password)).refusal == (400, "weak_password")
    assert (await ada.get("/api/v1/me")).body["account_type"] == "guest"


@pytest.mark.parametrize(
    "email",
    [
        *("", " ", "ada", "@", "ada@", "@example.org", "ada@example", "a da@example.org", "ada@exa mple.org"),
        *("ada@example..org", "ada@-example.org", ".ada@example.org", "ada.@example.org", "a..b@example.org"),
        *("ada@example.org\nBcc: bob@example.org", "a\0da@example.org", "ada@example.org,bob@example.org"),
        *(
            "x" * 65 + "@example.org",
            "ada@" + "x" * 64 + ".org",
            "ada@" + "example." * 32 + "org",
            "<ada@example.org>",
            "=?utf-8?q??=@example.org",
        ),
    ],
)
async def test_what_is_no_address_is_refused_with_the_field(house: House, email: str) -> None:
    ada = await house.guest()
    answer = await stay(ada, email)
    assert answer.refusal == (400, "bad_request")
    assert [error["field"] for error in answer.body["errors"]] == ["email"]


async def test_addresses_as_people_have_them_are_taken(house: House) -> None:
    for email in ("a@b.co", "ada+tag@mail.example.org", "o'brien_x-y@1and1.example", "ADA@EXAMPLE.TEST"):
        assert (await stay(await house.guest(), email)).status == 200


# ----------------------------------------------------------------------------------------------------- POST /sessions


async def test_address_and_password_log_in_and_replace_the_login_before(house: House) -> None:
    ada = await resident(house)
    answer = await log_in(house, " ADA@example.org ")
    assert answer.status == 201
    assert set(answer.body) == {"token", "expires_at_ms", "user", "replaced"}
    assert answer.body["replaced"] is True
    assert answer.body["user"]["user_id"] == ada.user_id
    expires_in = answer.body["expires_at_ms"] - house.service.live.clock.now_ms()
    assert 30 * DAY_MS - 60_000 < expires_in <= 30 * DAY_MS
    assert answer.headers["cache-control"] == "no-store"
    assert (await ada.get("/api/v1/me")).refusal == (401, "session_replaced")
    assert await is_known(Guest(house, "Ada", ada.user_id, answer.body["token"]))


async def test_who_had_logged_out_replaces_nobody(house: House) -> None:
    ada = await resident(house)
    await ada.delete("/api/v1/sessions/current")
    assert (await log_in(house)).body["replaced"] is False


async def test_a_login_that_had_expired_is_not_called_replaced(house: House, database: asyncpg.Connection) -> None:
    await resident(house)
    await database.execute("update sessions set expires_at = now() - interval '1 minute'")
    assert (await log_in(house)).body["replaced"] is False
    assert await database.fetchval("select count(*) from sessions where is_active") == 1


async def test_another_password_an_unknown_address_and_no_address_are_refused_alike(house: House) -> None:
    await resident(house)
    refused = [
        await log_in(house, password=OTHER),
        await log_in(house, "nobody@example.org"),
        await log_in(house, "no address"),
        await log_in(house, "a\0da@example.org"),
        await log_in(house, password=""),
    ]
    assert {answer.refusal for answer in refused} == {(401, "wrong_credentials")}
    assert len({str(answer.body) for answer in refused}) == 1


async def test_a_banned_user_hears_it_only_with_his_password(house: House, database: asyncpg.Connection) -> None:
    await resident(house)
    await database.execute("update users set ban_status = 'temporary', banned_at = now()")
    assert (await log_in(house, password=OTHER)).refusal == (401, "wrong_credentials")
    assert (await log_in(house)).refusal == (403, "banned")


async def test_a_hash_of_older_parameters_is_made_anew_at_the_next_login(
    house: House, database: asyncpg.Connection
) -> None:
    await resident(house)
    old = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1).hash(PASSWORD)
    await database.execute("update users set password_hash = $1", old)
    assert (await log_in(house, password=OTHER)).status == 401
    assert await database.fetchval("select password_hash from users") == old
    assert (await log_in(house)).status == 201
    assert (await database.fetchval("select password_hash from users")).startswith("$argon2id$v=19$m=64,t=1,p=4$")
    assert (await log_in(house)).status == 201


async def test_of_logins_that_race_at_two_processes_exactly_one_is_active_on_both(environ: dict[str, str]) -> None:
    settings = Settings.from_env({**environ, **NO_LIMITS, "ROOM_SHARDS": "1"})
    async with house_on(settings) as here, house_on(settings) as there:
        people = [await resident(here, f"Ada {n}", f"ada{n}@example.org") for n in range(4)]

        async def race(number: int) -> None:
            for _ in range(RACES // len(people)):
                answers = await asyncio.gather(*(log_in(house, f"ada{number}@example.org") for house in (here, there)))
                assert [answer.status for answer in answers] == [201, 201]
                for house in (here, there):
                    told = [await house.ask("GET", "/api/v1/me", token=answer.body["token"]) for answer in answers]
                    assert sorted(answer.status for answer in told) == [200, 401]
                    assert {answer.body.get("code") for answer in told} == {None, "session_replaced"}

        await asyncio.gather(*(race(number) for number in range(len(people))))
        active = await here.service.record.database.fetch("select user_id from sessions where is_active")
        assert sorted(row["user_id"] for row in active) == sorted(person.user_id for person in people)


# ------------------------------------------------------------------------------------------------------------- limits


async def test_failures_of_an_address_are_limited_and_only_failures_count(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "LIMIT_AUTH": "3/10m"})) as house:
        await resident(house)
        for _ in range(5):
            assert (await log_in(house)).status == 201
        assert [(await log_in(house, password=OTHER)).status for _ in range(4)] == [401, 401, 401, 429]
        answer = await log_in(house)
        assert answer.refusal == (429, "rate_limited")
        assert 0 < answer.body["retry_after_ms"] <= 200_000
        assert int(answer.headers["retry-after"]) == -(-answer.body["retry_after_ms"] // 1000)


async def test_an_address_that_is_taken_costs_no_hash(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries one after the other keeps nobody from logging in."""
    await resident(house)
    bob = await house.guest("Bob")
    monkeypatch.setattr(passwords, "WAITING_MAX", -passwords.THREADS)
    assert (await stay(bob, "bob@example.org")).refusal == (503, "unavailable")
    assert (await stay(bob)).refusal == (409, "email_taken")


async def test_a_login_that_took_too_long_is_no_failure(
    environ: dict[str, str], database: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house_on(Settings.from_env({**environ, "LIMIT_AUTH": "1/10m"})) as house:
        await resident(house)
        with monkeypatch.context() as patch:
            patch.setattr(middleware, "ANSWER_S", 0.3)
            async with database.transaction():
                await database.execute("select from users for update")
                assert (await log_in(house)).refusal == (503, "unavailable")
        assert (await log_in(house)).status == 201


async def test_of_guesses_that_come_at_once_no_more_are_looked_at(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "LIMIT_AUTH": "4/10m"})) as house:
        await resident(house)
        answers = await asyncio.gather(*(log_in(house, password=OTHER) for _ in range(12)))
        assert sorted(answer.status for answer in answers) == [401] * 4 + [429] * 8


async def test_failures_of_an_account_are_limited_from_wherever_they_come(environ: dict[str, str]) -> None:
    settings = {**environ, "LIMIT_AUTH": "off", "LIMIT_AUTH_ACCOUNT": "2/10m", "TRUSTED_PROXIES": "127.0.0.1"}
    async with house_on(Settings.from_env(settings)) as house:
        await resident(house)
        await resident(house, "Bob", "bob@example.org")
        for email in ("Ada@Example.org", "ada@example.org"):
            assert (await log_in(house, email, OTHER)).status == 401
        assert (await log_in(house)).refusal == (429, "rate_limited")  # a right one is refused too
        assert (await log_in(house, "bob@example.org")).status == 201
        tried = [(await log_in(house, "nobody@example.org")).status for _ in range(3)]
        assert tried == [401, 401, 429]  # an address that nobody has behaves like any other


async def test_a_wrong_old_password_counts_as_a_guess(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "LIMIT_AUTH_ACCOUNT": "2/10m"})) as house:
        ada = await resident(house)
        assert (await change_password(ada, OTHER, "a third one")).refusal == (401, "wrong_credentials")
        assert (await change_password(ada, OTHER, "a third one")).refusal == (401, "wrong_credentials")
        assert (await change_password(ada, PASSWORD, "a third one")).refusal == (429, "rate_limited")
        assert (await log_in(house)).refusal == (429, "rate_limited")


# --------------------------------------------------------------------------------------------------- PUT /me/password


async def test_a_changed_password_is_the_only_one_from_then_on(house: House) -> None:
    ada = await resident(house)
    assert (await change_password(ada, PASSWORD, OTHER)).status == 204
    assert await is_known(ada)
    assert (await log_in(house)).refusal == (401, "wrong_credentials")
    assert (await log_in(house, password=OTHER)).status == 201


async def test_a_password_is_changed_only_by_who_knows_it_and_not_for_a_weak_one(house: House) -> None:
    ada = await resident(house)
    assert (await change_password(ada, "not this one", OTHER)).refusal == (401, "wrong_credentials")
    for weak in ("short", "password1", "ada@example.org", "k" * 129):
        assert (await change_password(ada, PASSWORD, weak)).refusal == (400, "weak_password")
    assert (await log_in(house)).status == 201


async def test_a_guest_has_no_password_to_change(house: House) -> None:
    ada = await house.guest()
    assert (await change_password(ada, PASSWORD, OTHER)).refusal == (403, "forbidden")


async def test_of_two_who_change_it_at_once_one_is_wrong(house: House) -> None:
    ada = await resident(house)
    answers = await asyncio.gather(*(change_password(ada, PASSWORD, f"new password {n}") for n in range(2)))
    assert sorted(answer.status for answer in answers) == [204, 401]
    (winner,) = [n for n, answer in enumerate(answers) if answer.status == 204]
    assert (await log_in(house, password=f"new password {winner}")).status == 201


# ---------------------------------------------------------------------------------------------------------- PATCH /me


async def test_a_user_changes_how_he_looks(house: House, redis: Redis) -> None:
    ada = await house.guest()
    answer = await change(ada, name="  Ada L. ", gender="nonbinary", socials={" mastodon ": " @ada "})
    assert answer.status == 200
    assert answer.body == (await ada.get("/api/v1/me")).body
    assert (answer.body["name"], answer.body["gender"]) == ("Ada L.", "nonbinary")
    assert answer.body["socials"] == {"mastodon": "@ada"}
    card = await redis.hget(keys.key(keys.LOBBY, f"profile:{ada.user_id}"), "card")  # type: ignore[misc]
    assert b'"name":"Ada L."' in (card or b"")
    assert b'"mastodon":"@ada"' in (card or b"")


async def test_what_is_left_out_or_null_stays(house: House) -> None:
    ada = await house.guest()
    await change(ada, socials={"mastodon": "@ada"})
    assert (await change(ada)).status == 200
    answer = await change(ada, name=None, gender="male", socials=None)
    assert (answer.body["name"], answer.body["gender"]) == ("Ada", "male")
    assert answer.body["socials"] == {"mastodon": "@ada"}
    assert (await change(ada, socials={})).body["socials"] == {}


async def test_a_wrong_change_is_refused_with_the_field_and_changes_nothing(house: House) -> None:
    ada = await house.guest()
    many = {f"place {n}": "@ada" for n in range(11)}
    cases: list[tuple[str, object]] = [
        *(("name", value) for value in ("", "x" * 51, "a\nb", 5)),
        *(("gender", value) for value in ("robot", "", 5)),
        *(
            ("socials", {platform: handle})
            for platform, handle in (("", "x"), ("x", ""), ("x", "y" * 31), ("x", "a\0b"))
        ),
        *(("socials", many), ("socials", {"x": "1", " x": "2"}), ("socials", {"x": 1}), ("socials", [])),
        *((field, "x") for field in ("email", "account_type", "paid_status", "user_id")),
    ]
    for field, value in cases:
        answer = await change(ada, **{"name": "Eve", field: value})
        assert answer.refusal == (400, "bad_request"), (field, value)
        assert [error["field"].partition("[")[0] for error in answer.body["errors"]] == [field]
    me = (await ada.get("/api/v1/me")).body
    assert (me["name"], me["gender"], me["socials"]) == ("Ada", "female", {})


# --------------------------------------------------------------------------------------------------------- DELETE /me


async def test_who_is_deleted_is_nobody_anywhere(house: House, database: asyncpg.Connection, redis: Redis) -> None:
    ada = await resident(house)
    assert (await ada.delete("/api/v1/me")).status == 204
    assert (await ada.get("/api/v1/me")).refusal == (401, "not_authenticated")
    assert (await ada.delete("/api/v1/me")).refusal == (401, "not_authenticated")
    assert (await log_in(house)).refusal == (401, "wrong_credentials")
    assert await database.fetchval("select (select count(*) from users) + (select count(*) from sessions)") == 0
    assert not await redis.exists(keys.key(keys.LOBBY, f"profile:{ada.user_id}"))
    assert await database.fetchval("select count(*) from outbox where kind <> $1", USER_FORGOTTEN) == 0
    again = await house.guest("Eve")
    assert (await stay(again)).status == 200  # the address is free


async def test_a_room_ends_deleted_and_the_partners_history_says_so(house: House, database: asyncpg.Connection) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    room = await Room(house, ada, bob).start()
    (seat,) = await house.service.live.shard(room.room_id).call("view", room.room_id, ada.user_id, 0, -1)
    assert seat["status"] == "active"
    await house.service.live.lobby.call("load_seats", [await seat_of(room)])
    await ada.delete("/api/v1/me")
    item = (await bob.get(f"/api/v1/history/{room.room_id}")).body
    assert item["reason"] == "deleted"
    await house.record()
    item = (await bob.get(f"/api/v1/history/{room.room_id}")).body
    assert item["partner"] == {"user_id": None, "name": "deleted user"}
    await house.service.record.users.forget(ada.user_id)
    left = await database.fetch("select user_id::text as user_id, partner_name from chat_history")
    assert [(row["user_id"], row["partner_name"]) for row in left] == [(bob.user_id, "")]


async def test_a_login_that_races_a_deletion_leaves_no_token_behind(house: House) -> None:
    for n in range(5):
        ada = await resident(house, email=f"ada{n}@example.org")
        login, gone = await asyncio.gather(log_in(house, f"ada{n}@example.org"), ada.delete("/api/v1/me"))
        assert gone.status in (204, 401)
        if gone.status == 401:  # replaced first
            assert gone.body["code"] == "session_replaced"
            assert login.status == 201
        elif login.status == 201:
            late = Guest(house, "Ada", ada.user_id, login.body["token"])
            assert (await late.get("/api/v1/me")).refusal == (401, "not_authenticated")


async def seat_of(room: Room) -> str:
    """The seat record of a room that was opened without an invite."""
    facts = {"room_id": room.room_id, "user_1": room.caller.user_id, "user_2": room.callee.user_id}
    return msgspec.json.encode({**facts, "opened_at": 1}).decode()


async def test_a_guest_who_expired_is_gone_from_the_lobby_too_but_never_from_a_room(
    house: House, database: asyncpg.Connection, redis: Redis
) -> None:
    ada, bob, cyd = [await house.guest(name) for name in ("Ada", "Bob", "Cyd")]
    room = await Room(house, ada, bob).start()  # PostgreSQL has not heard of it
    await house.service.live.lobby.call("load_seats", [await seat_of(room)])
    await database.execute("update users set account_expires_at = now() - interval '1 hour'")
    shop = Shop(service=house.service, metrics=Metrics(), reader=redis)
    await janitor.tidy(shop)
    left = await database.fetch("select user_id::text as user_id from users")
    assert {row["user_id"] for row in left} == {ada.user_id, bob.user_id}
    await database.execute("update outbox set created_at = now() - interval '1 minute'")
    await courier.deliver(shop)
    assert (await cyd.get("/api/v1/me")).refusal == (401, "not_authenticated")
    assert not await redis.exists(keys.key(keys.LOBBY, f"profile:{cyd.user_id}"))
    assert await is_known(ada)
    await room.leave()
    await house.record()
    await janitor.tidy(shop)
    assert await database.fetchval("select count(*) from users") == 0
    await database.execute("update outbox set created_at = now() - interval '1 minute', next_try_at = now()")
    await courier.deliver(shop)
    assert await database.fetchval("select count(*) from outbox") == 0
    assert await database.fetchval("select count(*) from chat_history") == 0


# ------------------------------------------------------------------------------------------------------ GET /me/export


BETWEEN_TWO = """
insert into blocks (blocker_id, blocked_id, why) values ('{ada}', '{bob}', 'hand');
insert into cooldowns (user_id_1, user_id_2, expires_at)
values (least('{ada}'::uuid, '{bob}'), greatest('{ada}'::uuid, '{bob}'), now() + interval '1 day')
on conflict do nothing;
insert into reports (report_id, reporter_user_id, reported_user_id, reason, room_id, session_data, reported_profile)
values (gen_random_uuid(), '{ada}', '{bob}', 'rude', gen_random_uuid(), '[]', '[]');
insert into referral_notifications (notification_id, for_user_id, referred_user_id, referred_name, introduced_by_name)
values (gen_random_uuid(), '{ada}', '{bob}', 'Bob', 'Cyd');
insert into referral_mappings
    (referral_code, target_user_id, target_name, created_by_user_id, created_by_name, expires_at)
values ('ABCDEFGHIJ', '{bob}', 'Bob', '{ada}', 'Ada', now() + interval '1 day');
insert into session_completions (user_id, room_id, partner_id, duration_seconds, completed_at)
values ('{ada}', gen_random_uuid(), '{bob}', 60, now());
insert into invite_codes (code, created_by, type, max_uses, uses_remaining)
values ('ABCDEFGH01234567', '{ada}', 'user', 4, 3);
update users set my_invite_code = 'ABCDEFGH01234567' where user_id = '{ada}';
"""


async def test_a_user_can_have_all_that_is_held_of_him_and_nothing_of_others(
    environ: dict[str, str], database: asyncpg.Connection
) -> None:
    settings = Settings.from_env({**environ, "ROOM_SHARDS": "2", "METRICS_S": "0", "COMPLETION_S": "0"})
    async with house_on(settings) as house:
        ada, bob, eve = await resident(house), await house.guest("Bob"), await house.guest("Eve")
        room = await house.past_room(ada, bob, "hello", "hi")
        await house.past_room(bob, eve, "a secret")
        await house.record()
        await database.execute(BETWEEN_TWO.format(ada=ada.user_id, bob=bob.user_id))
        locked = (await ada.get("/api/v1/me/export")).body
        assert locked["codes"] == []
        await database.execute("update users set qr_unlocked = true where user_id = $1", ada.user_id)
        answer = await ada.get("/api/v1/me/export")
        assert answer.status == 200
        assert answer.headers["content-disposition"] == 'attachment; filename="cresset.json"'
        held = answer.body
        assert held["account"] == (await ada.get("/api/v1/me")).body
        (meeting,) = held["meetings"]
        assert (meeting["room_id"], meeting["partner"]["name"]) == (room.room_id, "Bob")
        assert [message["body"] for message in meeting["messages"]] == ["hello", "hi"]
        lists = ("sessions", "completions", "cooldowns", "blocks", "reports", "intros", "notifications", "codes")
        assert {name: len(held[name]) for name in lists} == dict.fromkeys(lists, 1)
        assert held["sessions"][0]["ip_address"] == "127.0.0.1"
        assert held["cooldowns"][0]["user_id"] == bob.user_id
        assert (held["reports"][0]["reason"], held["blocks"][0]["name"]) == ("rude", "Bob")
        assert (held["codes"][0]["code"], held["codes"][0]["uses_remaining"]) == ("ABCDEFGH01234567", 3)
        told = str(held)
        stored = await database.fetchval("select password_hash from users where user_id = $1", ada.user_id)
        assert not any(secret in told for secret in ("a secret", ada.token, stored, accounts.digest(ada.token).hex()))
        theirs = (await eve.get("/api/v1/me/export")).body
        assert {name: len(theirs[name]) for name in lists} == {**dict.fromkeys(lists, 0), "sessions": 1, "cooldowns": 1}
        assert [message["body"] for message in theirs["meetings"][0]["messages"]] == ["a secret"]


# --------------------------------------------------------------------------------------------------------- being there


async def test_a_login_in_use_is_noted_a_little_later_and_once_a_minute(
    house: House, database: asyncpg.Connection
) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    long_ago = "update sessions set last_active_at = now() - interval '1 hour'"
    lately = "select user_id::text as user_id from sessions where last_active_at > now() - interval '1 minute'"
    await database.execute(long_ago)
    assert await is_known(ada)
    assert await database.fetch(lately) == []
    await house.service.uses.flush(house.service.record)
    assert [row["user_id"] for row in await database.fetch(lately)] == [ada.user_id]
    await database.execute(long_ago)
    assert await is_known(ada)
    assert await is_known(bob)
    await house.service.uses.flush(house.service.record)
    assert [row["user_id"] for row in await database.fetch(lately)] == [bob.user_id]


async def test_accounts_logins_and_what_ended_them_outlive_both_stores(fragile: Stores) -> None:
    settings = Settings.from_env({**fragile.environ(), "ROOM_SHARDS": "2"})
    async with house_on(settings) as house:
        ada = await resident(house)
        replaced = await resident(house, "Bob", "bob@example.org")
        bob = (await log_in(house, "bob@example.org")).body["token"]
        await change(ada, name="Ada L.", socials={"mastodon": "@ada"})
    assert fragile.postgres
    assert fragile.redis
    await asyncio.gather(fragile.postgres.stop(), fragile.redis.stop())
    await asyncio.gather(fragile.postgres.start(), fragile.redis.start())
    async with Redis.from_url(fragile.redis_url) as client:
        await client.flushdb()
    async with house_on(settings) as house:
        me = (await house.ask("GET", "/api/v1/me", token=ada.token)).body
        assert (me["name"], me["email"], me["account_type"]) == ("Ada L.", "Ada@Example.org", "permanent")
        assert me["socials"] == {"mastodon": "@ada"}
        assert (await house.ask("GET", "/api/v1/me", token=bob)).status == 200
        assert (await house.ask("GET", "/api/v1/me", token=replaced.token)).refusal == (401, "session_replaced")
        assert (await log_in(house)).status == 201
        assert (await house.ask("GET", "/api/v1/me", token=ada.token)).refusal == (401, "session_replaced")


# ------------------------------------------------------------------------------------------------------ stores are away


async def test_while_a_store_is_away_nobody_logs_in(fragile: Stores) -> None:
    async with house_on(Settings.from_env({**fragile.environ(), "LIMIT_AUTH": "1/10m"})) as house:
        ada = await resident(house)
        assert fragile.postgres
        await fragile.postgres.stop()
        for answer in (
            await log_in(house),
            await log_in(house),
            await stay(ada),
            await change(ada, name="Eve"),
            await change_password(ada, PASSWORD, OTHER),
            await ada.delete("/api/v1/me"),
        ):
            assert answer.refusal == (503, "unavailable")
        await fragile.postgres.start()
        assert fragile.redis
        await fragile.redis.stop()
        answer = await log_in(house)
        assert answer.refusal == (503, "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        await fragile.redis.start()
