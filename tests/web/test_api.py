"""HTTP as its users meet it: signing up, who one is, looking back."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator

import asyncpg
import pytest
from redis.asyncio import Redis

from core import keys
from core.actions import accounts
from core.protocol.http.base import BODY_MAX
from core.settings import Settings
from tests.servers import Stores
from tests.web.api_world import House, Room, house_on

DAY_MS = 86_400_000
UUID_7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NOBODY = "0197c0e2-7a1b-7c3d-8e4f-5a6b7c8d9e03"


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """Few families are brought live faster than many."""
    return Settings.from_env({**environ, "ROOM_SHARDS": "2"})


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with house_on(settings) as house:
        yield house


# -------------------------------------------------------------------------------------------------------- POST /guests


async def test_a_guest_signs_up_and_is_known(house: House) -> None:
    answer = await house.sign_up("  Ada\u3000", "nonbinary")
    assert answer.status == 201
    assert set(answer.body) == {"token", "expires_at_ms", "user"}
    user = answer.body["user"]
    assert UUID_7.fullmatch(user.pop("user_id"))
    assert user == {
        "name": "Ada",
        "gender": "nonbinary",
        "account_type": "guest",
        "paid_status": "unpaid",
        "selfie_url": None,
        "video_url": None,
        "socials": {},
    }
    expires_in = answer.body["expires_at_ms"] - house.service.live.clock.now_ms()
    assert 7 * DAY_MS - 60_000 < expires_in <= 7 * DAY_MS
    assert answer.headers["cache-control"] == "no-store"


async def test_of_a_token_only_its_hash_is_stored(house: House, database: asyncpg.Connection, redis: Redis) -> None:
    tokens = {(await house.guest()).token for _ in range(3)}
    assert len(tokens) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)  # 256 bits
    stored = {row["token_hash"] for row in await database.fetch("select token_hash from sessions")}
    assert stored == {hashlib.sha256(token.encode()).digest() for token in tokens}
    rows = str(await database.fetch("select s::text from sessions s union all select u::text from users u"))
    dumps = b"".join([name + (await redis.dump(name) or b"") for name in await redis.keys()])
    assert not any(token in rows or token.encode() in dumps for token in tokens)


async def test_address_and_device_are_noted_with_the_session(house: House, database: asyncpg.Connection) -> None:
    body = {"name": "Ada", "gender": "female"}
    await house.ask("POST", "/api/v1/guests", json=body, headers={"User-Agent": "Lovelace/" + "1" * 500})
    row = await database.fetchrow("select host(ip_address) as ip, device_info from sessions")
    assert row is not None
    assert row["ip"] == "127.0.0.1"
    assert row["device_info"] == "Lovelace/" + "1" * 191


async def test_a_device_that_names_itself_in_no_utf_8_signs_up_like_any(
    house: House, database: asyncpg.Connection
) -> None:
    body = b'{"name":"Ada","gender":"female"}'
    server = house.client.server
    assert server.port
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(
        b"POST /api/v1/guests HTTP/1.1\r\nHost: cresset\r\nUser-Agent: caf\xe9\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 201 ")
    writer.close()
    assert await database.fetchval("select device_info from sessions") == "caf?"


async def test_tokens_that_let_nobody_in_count_for_the_address_that_tries_them(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "ROOM_SHARDS": "2", "LIMIT_HTTP": "10/1m"})) as house:
        ada = await house.guest()
        login = await house.service.record.sessions.log_in(ada.user_id, accounts.digest("new"), None, None, 1)
        assert login is not None
        assert login.ended is not None
        await accounts.end_session(house.service, ada.user_id, login.ended, "replaced")
        answers = [(await ada.get("/api/v1/me")).refusal for _ in range(10)]
        assert answers == [(401, "session_replaced")] * 9 + [(429, "rate_limited")]  # signing up was the first


async def test_names_of_1_to_50_characters_are_taken(house: House) -> None:
    for name in ("a", "x" * 50, "🔥" * 50, "Ада Лавлейс", "O'Brien-Ó", "👩‍🚀", "\U0001fae8", "מרים\u200f"):
        assert (await house.sign_up(name)).body["user"]["name"] == name


async def test_other_names_are_refused_with_the_field(house: House) -> None:
    invisible = ("", " ", "\u3000\t", "\u200b", "\u202e")
    too_long = ("x" * 51, "🔥" * 51)
    breaking = ("a\0b", "a\nb", "a\x7fb", "a\u2028b")
    turning = ("Ada\u202e", "\u202aAda\u202c", "\u2067Ada\u2069")
    for name in (*invisible, *too_long, *breaking, *turning):
        answer = await house.sign_up(name)
        assert answer.refusal == (400, "bad_request"), repr(name)
        assert [error["field"] for error in answer.body["errors"]] == ["name"]


async def test_a_wrong_body_is_refused_with_the_field(house: House) -> None:
    ada = {"name": "Ada", "gender": "female"}
    for body, field in (
        ({"gender": "female"}, "name"),
        ({"name": "Ada"}, "gender"),
        ({**ada, "name": 5}, "name"),
        ({**ada, "name": None}, "name"),
        ({**ada, "gender": "robot"}, "gender"),
        ({**ada, "account_type": "permanent"}, "account_type"),
        ({**ada, "invite_code": 5}, "invite_code"),
        (["Ada"], ""),
        ("Ada", ""),
        (5, ""),
    ):
        answer = await house.ask("POST", "/api/v1/guests", json=body)
        assert answer.refusal == (400, "bad_request")
        assert [error["field"] for error in answer.body["errors"]] == [field]


async def test_what_is_not_json_is_refused(house: House) -> None:
    surrogate = b'{"name":"\\ud800","gender":"female"}'
    for raw in (b"", b"{", b"\xff\xfe", b'{"name":NaN}', b"\0", surrogate, b"[" * 50_000, b'{"a":' * 10_000):
        answer = await house.ask("POST", "/api/v1/guests", data=raw, headers={"Content-Type": "application/json"})
        assert answer.refusal == (400, "bad_request")
        assert answer.body["errors"]


async def test_another_content_type_is_refused(house: House) -> None:
    raw = b'{"name":"Ada","gender":"female"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/octet-stream"):
        answer = await house.ask("POST", "/api/v1/guests", data=raw, headers={"Content-Type": kind})
        assert answer.refusal == (415, "unsupported_media")


async def test_a_charset_beside_the_content_type_is_fine(house: House) -> None:
    raw = b'{"name":"Ada","gender":"female"}'
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert (await house.ask("POST", "/api/v1/guests", data=raw, headers=headers)).status == 201


async def test_a_body_too_large_is_refused_whether_it_says_so_or_not(house: House) -> None:
    headers = {"Content-Type": "application/json"}
    raw = b" " * (BODY_MAX + 1)

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(raw), 1_000):
            yield raw[start : start + 1_000]

    assert (await house.ask("POST", "/api/v1/guests", data=raw, headers=headers)).refusal == (413, "too_large")
    assert (await house.ask("POST", "/api/v1/guests", data=in_pieces(), headers=headers)).refusal == (413, "too_large")


async def test_an_unknown_invite_code_is_not_found_and_makes_nobody(house: House, database: asyncpg.Connection) -> None:
    assert (await house.sign_up(invite_code="A" * 16)).refusal == (404, "not_found")
    assert await database.fetchval("select count(*) from users") == 0


async def test_sign_ups_of_one_address_are_limited(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "LIMIT_SIGNUP": "2/1h"})) as house:
        await house.guest()
        await house.guest()
        answer = await house.sign_up()
        assert answer.refusal == (429, "rate_limited")
        assert 0 < answer.body["retry_after_ms"] <= 1_800_000
        assert int(answer.headers["retry-after"]) == -(-answer.body["retry_after_ms"] // 1000)


async def test_a_sign_up_that_is_refused_for_its_body_uses_up_nothing(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "LIMIT_SIGNUP": "1/1h"})) as house:
        assert (await house.sign_up("")).status == 400
        assert (await house.sign_up("Ada")).status == 201


# -------------------------------------------------------------------------------------------------------- whose token


async def test_without_a_known_token_nobody_is_authenticated(house: House) -> None:
    too_long = "Bearer " + "x" * 5_000
    for header in (
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer nobody",
        "Bearer a b",
        "Bearer é",
        "Token x",
        too_long,
    ):
        answer = await house.ask("GET", "/api/v1/me", headers={"Authorization": header} if header else {})
        assert answer.refusal == (401, "not_authenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_bearer_may_be_written_as_one_likes(house: House) -> None:
    ada = await house.guest()
    assert (await house.ask("GET", "/api/v1/me", headers={"Authorization": f"bearer {ada.token}"})).status == 200


async def test_a_newer_login_replaces_the_token(house: House) -> None:
    ada = await house.guest()
    login = await house.service.record.sessions.log_in(ada.user_id, b"x" * 32, None, None, 1)
    assert login
    await accounts.end_session(house.service, ada.user_id, login.session.session_id - 1, "replaced")
    for _ in range(2):
        assert (await ada.get("/api/v1/me")).refusal == (401, "session_replaced")


async def test_a_token_of_a_replaced_session_is_known_as_such_after_redis_forgot_it(house: House, redis: Redis) -> None:
    ada = await house.guest()
    await house.service.record.sessions.log_in(ada.user_id, b"x" * 32, None, None, 1)
    await redis.delete(keys.key(keys.LOBBY, f"session:{hashlib.sha256(ada.token.encode()).hexdigest()}"))
    assert (await ada.get("/api/v1/me")).refusal == (401, "session_replaced")


async def test_the_tokens_of_a_banned_user_are_refused(
    house: House, database: asyncpg.Connection, redis: Redis
) -> None:
    ada = await house.guest()
    await database.execute("update users set ban_status = 'temporary', banned_at = now()")
    await redis.delete(keys.key(keys.LOBBY, f"session:{hashlib.sha256(ada.token.encode()).hexdigest()}"))
    assert (await ada.get("/api/v1/me")).refusal == (403, "banned")


async def test_requests_are_limited_by_user_and_those_of_strangers_by_address(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "LIMIT_HTTP": "3/1h"})) as house:
        ada, bob = await house.guest("Ada"), await house.guest("Bob")
        assert [(await ada.get("/api/v1/me")).status for _ in range(4)] == [200, 200, 200, 429]
        assert (await bob.get("/api/v1/me")).status == 200
        assert (await house.ask("GET", "/api/v1/me", token="nobody")).status == 401
        answer = await house.ask("GET", "/api/v1/me", token="nobody")
        assert answer.refusal == (429, "rate_limited")
        assert answer.body["retry_after_ms"] > 0
        assert answer.headers["retry-after"]


# ------------------------------------------------------------------------------------------ DELETE /sessions/current


async def test_who_logs_out_is_nobody_from_then_on(house: House) -> None:
    ada = await house.guest()
    answer = await ada.delete("/api/v1/sessions/current")
    assert (answer.status, answer.body) == (204, b"")
    assert (await ada.get("/api/v1/me")).refusal == (401, "not_authenticated")
    assert (await ada.delete("/api/v1/sessions/current")).refusal == (401, "not_authenticated")


async def test_logging_out_concerns_nobody_else(house: House) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    await ada.delete("/api/v1/sessions/current")
    assert (await bob.get("/api/v1/me")).status == 200


# ------------------------------------------------------------------------------------------------------------ GET /me


async def test_me_tells_all_that_only_oneself_may_know(house: House) -> None:
    ada = await house.guest()
    answer = await ada.get("/api/v1/me")
    assert answer.status == 200
    me = answer.body
    now = house.service.live.clock.now_ms()
    assert now - 60_000 < me.pop("created_at_ms") <= now + 1_000
    assert now + 7 * DAY_MS - 60_000 < me.pop("account_expires_at_ms") <= now + 7 * DAY_MS + 1_000
    assert me == {
        "user_id": ada.user_id,
        "name": "Ada",
        "gender": "female",
        "account_type": "guest",
        "paid_status": "unpaid",
        "selfie_url": None,
        "video_url": None,
        "socials": {},
        "email": None,
        "metrics": {"session_count": 0, "timer_total_seconds": 0, "last_sessions": [], "successful_sessions": 0},
        "access": {
            "admitted": True,
            "paid_status": "unpaid",
            "invite_code": None,
            "uses_remaining": None,
            "qr_unlocked": False,
            "unlock_at": 4,
        },
    }


async def test_me_counts_meetings(environ: dict[str, str]) -> None:
    settings = Settings.from_env({**environ, "METRICS_S": "0", "COMPLETION_S": "0"})
    async with house_on(settings) as house:
        ada, bob = await house.guest("Ada"), await house.guest("Bob")
        await house.past_room(ada, bob)
        await house.record()
        metrics = (await bob.get("/api/v1/me")).body["metrics"]
        assert metrics["session_count"] == 1
        assert [set(session) for session in metrics["last_sessions"]] == [{"ended_at_ms", "seconds"}]


# ------------------------------------------------------------------------------------------------------- GET /history


async def test_both_see_their_meetings_newest_first(house: House) -> None:
    ada, bob, eve = [await house.guest(name) for name in ("Ada", "Bob", "Eve")]
    first = await house.past_room(ada, bob, "hello", "hi")
    second = await house.past_room(eve, ada, mode="video")
    await house.record()
    answer = await ada.get("/api/v1/history")
    assert answer.status == 200
    assert answer.body["more"] is False
    items = answer.body["items"]
    assert [item["room_id"] for item in items] == [second.room_id, first.room_id]
    assert items[1].pop("started_at_ms") <= items[0].pop("started_at_ms")
    assert items[1] == {
        "room_id": first.room_id,
        "partner": {"user_id": bob.user_id, "name": "Bob"},
        "seconds": 0,
        "mode": "text",
        "reason": "left",
        "message_count": 2,
    }
    assert [item["partner"]["name"] for item in (await bob.get("/api/v1/history")).body["items"]] == ["Ada"]


async def test_history_comes_in_pages(house: House) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    rooms = [(await house.past_room(ada, bob)).room_id for _ in range(5)]
    await house.record()
    seen: list[str] = []
    path = "/api/v1/history?limit=2"
    pages = []
    while True:
        page = (await ada.get(path)).body
        pages.append(len(page["items"]))
        seen += [item["room_id"] for item in page["items"]]
        if not page["more"]:
            break
        path = f"/api/v1/history?limit=2&before_at_ms={page['items'][-1]['started_at_ms']}"
    assert pages == [2, 2, 1]
    assert seen == rooms[::-1]


async def test_a_wrong_page_is_refused_with_the_parameter(house: House) -> None:
    ada = await house.guest()
    for field, value in (
        *(("limit", value) for value in ("0", "101", "-1", "many", "", "1.5")),
        *(("before_at_ms", value) for value in ("0", "-5", "1e99", "9" * 30, "null", "")),
    ):
        answer = await ada.get(f"/api/v1/history?{field}={value}")
        assert answer.refusal == (400, "bad_request")
        assert [error["field"] for error in answer.body["errors"]] == [field]


async def test_any_other_page_may_be_asked_for(house: House) -> None:
    ada = await house.guest()
    for query in ("limit=100", f"before_at_ms={2**53}", "before_at_ms=1", "colour=red"):
        assert (await ada.get(f"/api/v1/history?{query}")).body == {"items": [], "more": False}


@pytest.mark.parametrize("recorded", [False, True], ids=["only in the live log", "recorded"])
async def test_a_meeting_is_told_the_same_before_and_after_it_is_recorded(house: House, recorded: bool) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    room = await house.past_room(ada, bob, "hello", "hi", "bye")
    if recorded:
        await house.record()
    answer = await bob.get(f"/api/v1/history/{room.room_id}")
    assert answer.status == 200
    messages = answer.body.pop("messages")
    assert answer.body.pop("started_at_ms") > 0
    assert answer.body == {
        "room_id": room.room_id,
        "partner": {"user_id": ada.user_id, "name": "Ada"},
        "seconds": 0,
        "mode": "text",
        "reason": "left",
        "message_count": 3,
    }
    assert [(m["seq"], m["from"], m["body"], m["kind"]) for m in messages] == [
        (1, ada.user_id, "hello", "text"),
        (2, bob.user_id, "hi", "text"),
        (3, ada.user_id, "bye", "text"),
    ]
    assert {m["room_id"] for m in messages} == {room.room_id}


async def test_what_redis_has_let_go_comes_from_the_record(house: House, redis: Redis) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    room = await house.past_room(ada, bob, "one", "two", "three", "four")
    await house.record()
    family = house.service.live.shard(room.room_id).name
    await redis.ltrim(keys.key(family, f"log:{room.room_id}"), 2, -1)  # type: ignore[misc]
    half = (await ada.get(f"/api/v1/history/{room.room_id}")).body["messages"]
    await redis.delete(*[keys.key(family, f"{part}:{room.room_id}") for part in ("room", "log", "cids")])
    whole = (await ada.get(f"/api/v1/history/{room.room_id}")).body["messages"]
    assert [m["body"] for m in half] == [m["body"] for m in whole] == ["one", "two", "three", "four"]


async def test_a_meeting_is_nobody_elses_business(house: House) -> None:
    ada, bob, eve = [await house.guest(name) for name in ("Ada", "Bob", "Eve")]
    room = await house.past_room(ada, bob, "secret")
    assert (await eve.get(f"/api/v1/history/{room.room_id}")).refusal == (404, "not_found")
    await house.record()
    assert (await eve.get(f"/api/v1/history/{room.room_id}")).refusal == (404, "not_found")
    assert (await house.ask("GET", f"/api/v1/history/{room.room_id}")).refusal == (401, "not_authenticated")


async def test_a_meeting_that_never_was_is_not_found(house: House) -> None:
    ada = await house.guest()
    for room_id in (NOBODY, NOBODY.upper(), "x", "%00", "%2e%2e", "'; drop table users --", "é" * 36):
        assert (await ada.get(f"/api/v1/history/{room_id}")).refusal == (404, "not_found")


async def test_a_room_that_goes_on_or_never_started_is_no_past_meeting(house: House) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    going_on = await Room(house, ada, bob).start()
    assert (await ada.get(f"/api/v1/history/{going_on.room_id}")).refusal == (404, "not_found")
    await going_on.leave()
    assert (await ada.get(f"/api/v1/history/{going_on.room_id}")).status == 200
    never_started = await Room(house, ada, bob).open()
    await never_started.leave()
    assert (await ada.get(f"/api/v1/history/{never_started.room_id}")).refusal == (404, "not_found")


async def test_a_deleted_partner_has_no_name_any_more(house: House) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    room = await house.past_room(ada, bob, "hello")
    await house.record()
    await house.service.record.users.delete(bob.user_id)
    for partner in (
        (await ada.get("/api/v1/history")).body["items"][0]["partner"],
        (await ada.get(f"/api/v1/history/{room.room_id}")).body["partner"],
    ):
        assert partner == {"user_id": None, "name": "deleted user"}


# ------------------------------------------------------------------------------------------------ PostgreSQL is away


async def test_while_postgresql_is_away_known_users_stay_known_and_what_is_recorded_waits(fragile: Stores) -> None:
    async with house_on(Settings.from_env(fragile.environ())) as house:
        ada, bob = await house.guest("Ada"), await house.guest("Bob")
        room = await house.past_room(ada, bob, "hello")
        assert fragile.postgres
        await fragile.postgres.stop()
        for answer in (
            await house.sign_up("Eve"),
            await ada.get("/api/v1/me"),
            await ada.get("/api/v1/history"),
            await ada.get(f"/api/v1/history/{NOBODY}"),
            await ada.delete("/api/v1/sessions/current"),
        ):
            assert answer.refusal == (503, "unavailable")
            assert answer.body["retry_after_ms"] > 0
            assert int(answer.headers["retry-after"]) >= 1
            assert "PostgreSQL" not in str(answer.body)
        assert (await house.ask("GET", "/api/v1/me")).refusal == (401, "not_authenticated")
        messages = (await ada.get(f"/api/v1/history/{room.room_id}")).body["messages"]
        assert [message["body"] for message in messages] == ["hello"]
        await fragile.postgres.start()
        assert (await ada.get("/api/v1/history")).status == 200
