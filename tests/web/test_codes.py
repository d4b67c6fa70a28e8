"""Invite codes over HTTP: coming in by one at sign-up and later, looking at one, one's own."""

import asyncio
import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.passwords import Passwords
from core.settings import Settings
from tests.servers import Stores
from tests.web.api_world import Guest, House, house_on

CODE = "ABCDEFGH12345678"
NONE = "Z" * 16
CODES = "/api/v1/admin/invite-codes"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """Who was not let in may not meet; codes are looked at as often as one likes."""
    return Settings.from_env({**environ, "ROOM_SHARDS": "2", "ACCESS": "code", "LIMIT_CODE": "off", "CODE_USES": "2"})


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with house_on(settings) as house:
        yield house


async def admin_code(database: asyncpg.Connection, code: str = CODE) -> str:
    await database.execute("insert into invite_codes (code, type) values ($1, 'admin')", code)
    return code


async def user_code(database: asyncpg.Connection, guest: Guest, *, uses: int = 2, unlocked: bool = True) -> str:
    """The guest has a code of his own from now on."""
    await database.execute(
        "insert into invite_codes (code, created_by, type, max_uses, uses_remaining) values ($1, $2, 'user', 2, $3)",
        CODE,
        guest.user_id,
        uses,
    )
    await database.execute(
        "update users set my_invite_code = $1, qr_unlocked = $3 where user_id = $2", CODE, guest.user_id, unlocked
    )
    return CODE


async def redeem(guest: Guest, code: str) -> tuple[int, str]:
    """Returns status and, where it was refused, the code of the refusal."""
    answer = await guest.house.ask("POST", "/api/v1/invite-codes/redeem", token=guest.token, json={"code": code})
    return answer.refusal if answer.status != 200 else (200, "")


async def remaining(database: asyncpg.Connection, code: str = CODE) -> int | None:
    left: int | None = await database.fetchval("select uses_remaining from invite_codes where code = $1", code)
    return left


# -------------------------------------------------------------------------------------------------------- at sign-up


@pytest.mark.parametrize("typed", [CODE, CODE.lower(), f" \u3000{CODE}\n"])
async def test_a_newcomer_with_a_code_is_let_in_and_gets_a_locked_code(
    house: House, database: asyncpg.Connection, typed: str
) -> None:
    await admin_code(database)
    answer = await house.sign_up("Ada", invite_code=typed)
    assert answer.status == 201
    assert answer.body["user"]["paid_status"] == "qr_grace_period"
    me = await house.ask("GET", "/api/v1/me", token=answer.body["token"])
    assert me.body["access"] == {
        "admitted": True,
        "paid_status": "qr_grace_period",
        "invite_code": None,
        "uses_remaining": 2,
        "qr_unlocked": False,
        "unlock_at": 4,
    }
    row = await database.fetchrow("select * from users")
    assert row
    assert row["invite_code_used"] == CODE
    assert re.fullmatch(r"[A-Z0-9]{16}", row["my_invite_code"])
    own = await database.fetchrow("select * from invite_codes where code = $1", row["my_invite_code"])
    assert own
    assert (own["type"], own["created_by"], own["max_uses"]) == ("user", row["user_id"], 2)
    assert await remaining(database) is None  # an operator's code lets in whoever has it


async def test_without_a_code_one_signs_up_and_is_not_let_in(house: House) -> None:
    for nothing in ({}, {"invite_code": None}, {"invite_code": " "}):
        answer = await house.sign_up("Ada", **nothing)
        assert answer.status == 201
        me = await house.ask("GET", "/api/v1/me", token=answer.body["token"])
        assert me.body["access"]["admitted"] is False
        assert me.body["access"]["paid_status"] == "unpaid"


async def test_under_open_access_codes_do_the_same(environ: dict[str, str], database: asyncpg.Connection) -> None:
    async with house_on(Settings.from_env({**environ, "ROOM_SHARDS": "2"})) as house:
        await admin_code(database)
        answer = await house.sign_up("Ada", invite_code=CODE)
        assert answer.body["user"]["paid_status"] == "qr_grace_period"


async def test_a_sign_up_with_a_code_that_lets_nobody_in_makes_nothing_and_burns_nothing(
    house: House, database: asyncpg.Connection
) -> None:
    ada = await house.guest()
    for change, refusal in (
        ("delete from invite_codes", (404, "not_found")),
        ("update invite_codes set is_active = false", (410, "code_spent")),
        ("update invite_codes set uses_remaining = 0", (410, "code_spent")),
        ("update users set qr_unlocked = false", (403, "code_locked")),
    ):
        await database.execute("delete from invite_codes")
        await user_code(database, ada)
        await database.execute(change)
        before = await remaining(database)
        assert (await house.sign_up("Bob", invite_code=CODE)).refusal == refusal
        assert (await house.ask("GET", f"/api/v1/invite-codes/{CODE}")).refusal == refusal
        assert await remaining(database) == before
    for typed in ("x", "é" * 16, "A" * 17, "'; drop table users", CODE[:-1] + "\0"):
        assert (await house.sign_up("Bob", invite_code=typed)).refusal == (404, "not_found")
    assert await database.fetchval("select count(*) from users") == 1
    assert await database.fetchval("select count(*) from sessions") == 1


async def test_a_code_dies_with_its_owner(house: House, database: asyncpg.Connection) -> None:
    ada = await house.guest()
    await user_code(database, ada)
    await house.service.record.users.delete(ada.user_id)
    assert (await house.sign_up("Bob", invite_code=CODE)).refusal == (410, "code_spent")


async def test_a_code_rests_while_its_owner_is_banned(house: House, database: asyncpg.Connection) -> None:
    await user_code(database, await house.guest())
    await database.execute("update users set ban_status = 'temporary', banned_at = now()")
    assert (await house.sign_up("Bob", invite_code=CODE)).refusal == (410, "code_spent")
    await database.execute("update users set ban_status = 'none', banned_at = null")
    assert (await house.sign_up("Bob", invite_code=CODE)).status == 201


async def test_a_users_code_lets_in_so_many(house: House, database: asyncpg.Connection) -> None:
    await user_code(database, await house.guest())
    for left in (1, 0):
        assert (await house.sign_up("Bob", invite_code=CODE)).status == 201
        assert await remaining(database) == left
    assert (await house.sign_up("Bob", invite_code=CODE)).refusal == (410, "code_spent")


# -------------------------------------------------------------------------------------------------------------- later


async def test_who_redeems_later_is_let_in_where_it_is_decided(house: House, database: asyncpg.Connection) -> None:
    ada = await house.guest()
    await admin_code(database)
    answer = await house.ask("POST", "/api/v1/invite-codes/redeem", token=ada.token, json={"code": f" {CODE.lower()} "})
    assert answer.status == 200
    assert answer.body == (await ada.get("/api/v1/me")).body["access"]
    assert answer.body["admitted"] is True
    *_, me = await house.service.live.lobby.call(
        "identify", await database.fetchval("select encode(token_hash, 'hex') from sessions")
    )
    assert '"paid_status":"qr_grace_period"' in me
    assert await database.fetchval("select count(*) from outbox") == 0


async def test_who_needs_no_code_burns_none(house: House, database: asyncpg.Connection) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    await user_code(database, ada)
    assert await redeem(bob, CODE) == (200, "")
    for status in ("qr_grace_period", "qr_verified", "paid"):
        await database.execute("update users set paid_status = $1 where user_id = $2", status, bob.user_id)
        assert await redeem(bob, CODE) == (409, "already_admitted")
        assert await redeem(bob, NONE) == (409, "already_admitted")
    assert await remaining(database) == 1


async def test_nobody_lets_himself_in(house: House, database: asyncpg.Connection) -> None:
    ada = await house.guest()
    await user_code(database, ada)
    assert await redeem(ada, CODE) == (403, "forbidden")
    assert await remaining(database) == 2


async def test_a_wrong_body_is_refused_and_a_token_asked_for(house: House) -> None:
    ada = await house.guest()
    for body in ({}, {"code": None}, {"code": 5}, {"code": CODE, "more": 1}):
        answer = await house.ask("POST", "/api/v1/invite-codes/redeem", token=ada.token, json=body)
        assert answer.refusal == (400, "bad_request")
    answer = await house.ask("POST", "/api/v1/invite-codes/redeem", json={"code": CODE})
    assert answer.refusal == (401, "not_authenticated")


async def test_two_who_redeem_twice_at_once_each_use_one(house: House, database: asyncpg.Connection) -> None:
    await user_code(database, await house.guest("Ada"))
    bob = await house.guest("Bob")
    outcomes = await asyncio.gather(*(redeem(bob, CODE) for _ in range(5)))
    assert sorted(outcomes) == [(200, ""), *[(409, "already_admitted")] * 4]
    assert await remaining(database) == 1


# --------------------------------------------------------------------------------------------------------- looking at


async def test_anybody_may_look_whether_a_code_lets_him_in(house: House, database: asyncpg.Connection) -> None:
    await user_code(database, await house.guest(), uses=1)
    await admin_code(database, NONE)
    look = await house.ask("GET", f"/api/v1/invite-codes/{CODE.lower()}")
    assert (look.status, look.body) == (200, {"type": "user", "uses_remaining": 1})
    assert (await house.ask("GET", f"/api/v1/invite-codes/{NONE}")).body == {"type": "admin", "uses_remaining": None}
    for typed in ("x", "%00", "%2e%2e", "é" * 16):
        assert (await house.ask("GET", f"/api/v1/invite-codes/{typed}")).refusal == (404, "not_found")


# ------------------------------------------------------------------------------------------------------------- limits


async def test_only_failures_count_and_over_the_limit_no_code_is_looked_at(
    environ: dict[str, str], database: asyncpg.Connection
) -> None:
    environ |= {"ROOM_SHARDS": "2", "LIMIT_CODE": "3/1h", "LIMIT_SIGNUP": "4/1h"}
    async with house_on(Settings.from_env(environ)) as house:
        await admin_code(database)
        ada, bob = await house.guest("Ada"), await house.guest("Bob")
        for _ in range(5):
            assert (await house.ask("GET", f"/api/v1/invite-codes/{CODE}")).status == 200
        assert await redeem(ada, CODE) == (200, "")
        assert await redeem(ada, CODE) == (409, "already_admitted")
        assert await redeem(bob, NONE) == (404, "not_found")
        assert (await house.ask("GET", f"/api/v1/invite-codes/{NONE}")).refusal == (404, "not_found")
        assert (await house.sign_up("Cid", invite_code=NONE)).refusal == (404, "not_found")
        refused = await house.sign_up("Cid", invite_code=CODE)
        assert refused.refusal == (429, "rate_limited")
        assert 0 < refused.body["retry_after_ms"] <= 1_200_000
        assert await redeem(bob, CODE) == (429, "rate_limited")
        assert (await house.ask("GET", f"/api/v1/invite-codes/{CODE}")).refusal == (429, "rate_limited")
        assert (await house.sign_up("Cid")).status == 201  # no code, no check; a failed sign-up was given back
        assert (await house.sign_up("Dot")).status == 201
        assert (await house.sign_up("Eve")).refusal == (429, "rate_limited")


async def test_of_many_wrong_guesses_at_once_no_more_than_the_limit_are_answered(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "ROOM_SHARDS": "2", "LIMIT_CODE": "5/1h"})) as house:
        guesses = [house.ask("GET", f"/api/v1/invite-codes/{NONE}") for _ in range(30)]
        answers = [(await answer).refusal for answer in asyncio.as_completed(guesses)]
        assert answers.count((404, "not_found")) == 5
        assert answers.count((429, "rate_limited")) == 25


async def test_a_right_guess_behind_a_crowd_of_wrong_ones_is_not_looked_at(
    environ: dict[str, str], database: asyncpg.Connection
) -> None:
    async with house_on(Settings.from_env({**environ, "ROOM_SHARDS": "2", "LIMIT_CODE": "5/1h"})) as house:
        await admin_code(database)
        ada = await house.guest()
        *_, last = await asyncio.gather(*(redeem(ada, typed) for typed in [*[NONE] * 40, CODE]))
        assert last == (429, "rate_limited")


async def test_with_redis_away_no_code_is_looked_at(fragile: Stores) -> None:
    async with house_on(Settings.from_env(fragile.environ())) as house:
        assert fragile.redis
        await fragile.redis.stop()
        assert (await house.ask("GET", f"/api/v1/invite-codes/{CODE}")).refusal == (503, "unavailable")
        assert (await house.sign_up("Ada", invite_code=CODE)).refusal == (503, "unavailable")
        assert (await house.sign_up("Ada")).refusal == (503, "unavailable")


# ---------------------------------------------------------------------------------------------------------- one's own


async def test_the_picture_holds_the_link_once_the_code_is_unlocked(house: House, database: asyncpg.Connection) -> None:
    ada = await house.guest()
    path = "/api/v1/me/invite-code.svg"
    assert (await ada.get(path)).refusal == (404, "not_found")
    await user_code(database, ada, unlocked=False)
    assert (await ada.get(path)).refusal == (403, "code_locked")
    await database.execute("update users set qr_unlocked = true")
    answer = await ada.get(path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"
    assert b"<svg" in answer.body
    assert (await ada.get("/api/v1/me")).body["access"]["invite_code"] == CODE
    assert (await house.ask("GET", path)).refusal == (401, "not_authenticated")


# ---------------------------------------------------------------------------------------------------------- operators


@pytest.fixture
async def office(environ: dict[str, str]) -> AsyncIterator[House]:
    """A house with an operator."""
    named = {"ADMIN_USERNAME": "root", "ADMIN_PASSWORD_HASH": await Passwords().hash(PASSWORD)}
    async with house_on(Settings.from_env({**environ, **named, "ROOM_SHARDS": "2", "ACCESS": "code"})) as house:
        yield house


async def operator(house: House) -> str:
    """Returns an operator's token."""
    answer = await house.ask("POST", "/api/v1/admin/sessions", json={"username": "root", "password": PASSWORD})
    return str(answer.body["token"])


async def test_an_operator_makes_codes_that_let_in_until_he_deactivates_them(office: House) -> None:
    token = await operator(office)
    made = await office.ask("POST", CODES, token=token, json={"label": " for the party "})
    assert made.status == 201
    code = made.body["code"]
    assert re.fullmatch(r"[A-Z0-9]{16}", code)
    for _ in range(6):
        assert (await office.sign_up("Ada", invite_code=code)).status == 201
    (listed,) = (await office.ask("GET", f"{CODES}?type=admin", token=token)).body["items"]
    assert listed.pop("created_at_ms") > 0
    assert listed == {
        "code": code,
        "type": "admin",
        "label": "for the party",
        "created_by": None,
        "max_uses": None,
        "uses_remaining": None,
        "uses": 6,
        "is_active": True,
    }
    for _ in range(2):
        assert (await office.ask("POST", f"{CODES}/{code.lower()}/deactivate", token=token)).status == 204
    assert (await office.sign_up("Ada", invite_code=code)).refusal == (410, "code_spent")
    assert (await office.ask("POST", f"{CODES}/{NONE}/deactivate", token=token)).refusal == (404, "not_found")
    acts = (await office.ask("GET", "/api/v1/admin/audit", token=token)).body["items"]
    assert [(act["act"], act["target"], act["detail"]) for act in acts[:-1]] == [
        ("code_deactivated", code, {}),
        ("code_deactivated", code, {}),
        ("code_made", code, {"label": "for the party"}),
    ]


async def test_an_operator_sees_all_codes_newest_first_page_by_page(office: House) -> None:
    token = await operator(office)
    made = [(await office.ask("POST", CODES, token=token, json={"label": ""})).body["code"] for _ in range(3)]
    guest = await office.sign_up("Ada", invite_code=made[0])
    seen, path = [], f"{CODES}?limit=3"
    while True:
        page = (await office.ask("GET", path, token=token)).body
        seen += page["items"]
        if not page["more"]:
            break
        path = f"{CODES}?limit=3&before={seen[-1]['code']}"
    assert [each["code"] for each in seen[1:]] == made[::-1]
    assert (seen[0]["type"], seen[0]["created_by"], seen[0]["uses_remaining"]) == (
        "user",
        guest.body["user"]["user_id"],
        4,
    )


async def test_codes_are_the_operators_business(office: House) -> None:
    guest = await office.guest()
    token = await operator(office)
    for method, path in (("GET", CODES), ("POST", CODES), ("POST", f"{CODES}/{NONE}/deactivate")):
        assert (await office.ask(method, path, json={"label": ""})).refusal == (401, "not_authenticated")
        assert (await office.ask(method, path, json={"label": ""}, token=guest.token)).refusal == (403, "forbidden")
    for body in ({}, {"label": None}, {"label": "a\0"}, {"label": "x" * 201}, {"label": "", "code": CODE}):
        assert (await office.ask("POST", CODES, token=token, json=body)).refusal == (400, "bad_request")
    for query in ("limit=0", "type=other"):
        assert (await office.ask("GET", f"{CODES}?{query}", token=token)).refusal == (400, "bad_request")
