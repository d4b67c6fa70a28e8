"""Introductions over HTTP and at sockets (rules, section 13)."""

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.ids import new_id
from core.settings import Settings
from tests.web.api_world import Answer, Guest, House, house_on

DAY_MS = 86_400_000
CODE = re.compile(r"[A-Z0-9]{10}")


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """Few families are brought live faster than many."""
    return Settings.from_env({**environ, "ROOM_SHARDS": "2", "PUBLIC_URL": "https://meet.example/"})


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with house_on(settings) as house:
        yield house


async def introduce(maker: Guest, target: Guest | str) -> Answer:
    """Makes a link for `target`."""
    target_user_id = target if isinstance(target, str) else target.user_id
    return await maker.house.ask("POST", "/api/v1/intros", token=maker.token, json={"target_user_id": target_user_id})


async def code_for(maker: Guest, target: Guest) -> str:
    answer = await introduce(maker, target)
    assert answer.status == 201
    return str(answer.body["code"])


# --------------------------------------------------------------------------------------------------------------- links


async def test_a_link_is_made_for_somebody_else_and_says_two_names(house: House) -> None:
    ada, ben = await house.guest("Ada"), await house.guest("Ben")
    made = await introduce(ada, ben)
    assert made.status == 201
    assert set(made.body) == {"code", "url", "expires_at_ms"}
    assert CODE.fullmatch(made.body["code"])
    assert made.body["url"] == f"https://meet.example/#/intro/{made.body['code']}"
    left = made.body["expires_at_ms"] - house.service.live.clock.now_ms()
    assert abs(left - 90 * DAY_MS) < 60_000
    looked_up = await house.ask("GET", f"/api/v1/intros/{made.body['code']}")
    assert looked_up.status == 200
    assert looked_up.body == {"target_name": "Ben", "created_by_name": "Ada"}


async def test_a_link_that_is_asked_for_again_is_the_same_and_lasts_on(
    house: House, database: asyncpg.Connection
) -> None:
    ada, ben, cleo = [await house.guest(name) for name in ("Ada", "Ben", "Cleo")]
    first = await introduce(ada, ben)
    await database.execute("update referral_mappings set expires_at = now() + interval '1 day'")
    again = await introduce(ada, ben)
    assert again.body["code"] == first.body["code"]
    assert again.body["expires_at_ms"] >= first.body["expires_at_ms"]
    others = [await code_for(cleo, ben), await code_for(ada, cleo), await code_for(ben, ada)]
    assert len({first.body["code"], *others}) == 4
    await database.execute("update referral_mappings set expires_at = now()")
    assert await code_for(ada, ben) != first.body["code"]


async def test_nobody_introduces_to_himself_or_to_nobody(house: House) -> None:
    ada = await house.guest("Ada")
    answer = await introduce(ada, ada)
    assert answer.refusal == (400, "bad_request")
    assert answer.body["errors"] == [{"field": "target_user_id", "message": "should be somebody else"}]
    for nobody in (new_id(), "", "ada", "\0"):
        assert (await introduce(ada, nobody)).refusal == (404, "not_found")
    answer = await house.ask("POST", "/api/v1/intros", json={"target_user_id": ada.user_id})
    assert answer.refusal == (401, "not_authenticated")


async def test_nobody_introduces_to_whom_he_may_not_see(house: House, database: asyncpg.Connection) -> None:
    ada, ben, cleo, dan = [await house.guest(name) for name in ("Ada", "Ben", "Cleo", "Dan")]
    await database.execute("insert into blocks values ($1, $2, 'hand')", ben.user_id, ada.user_id)
    await database.execute("insert into blocks values ($1, $2, 'hand')", ada.user_id, cleo.user_id)
    await database.execute(
        "update users set ban_status = 'temporary', banned_at = now() where user_id = $1", dan.user_id
    )
    for hidden in (ben, cleo, dan):
        assert (await introduce(ada, hidden)).refusal == (404, "not_found")
    assert await database.fetchval("select count(*) from referral_mappings") == 0


async def test_a_code_that_is_none_or_over_is_not_found(house: House, database: asyncpg.Connection) -> None:
    ada, ben = await house.guest("Ada"), await house.guest("Ben")
    code = await code_for(ada, ben)
    await database.execute("update referral_mappings set expires_at = now()")
    for wrong in (code, code.lower(), "AAAAAAAAAA", "A", "A" * 500, "%00", "%2e%2e%2f"):
        assert (await house.ask("GET", f"/api/v1/intros/{wrong}")).refusal == (404, "not_found")
    assert (await house.sign_up("Cleo", intro_code=code)).refusal == (404, "not_found")
    assert await database.fetchval("select count(*) from users") == 2


async def test_links_to_the_deleted_and_the_banned_lead_nowhere(house: House, database: asyncpg.Connection) -> None:
    ada, ben, cleo = [await house.guest(name) for name in ("Ada", "Ben", "Cleo")]
    to_ben, to_cleo = await code_for(ada, ben), await code_for(ada, cleo)
    await house.service.record.users.delete(ben.user_id)
    await database.execute(
        "update users set ban_status = 'permanent', banned_at = now() where user_id = $1", cleo.user_id
    )
    for code in (to_ben, to_cleo):
        assert (await house.ask("GET", f"/api/v1/intros/{code}")).refusal == (404, "not_found")
        assert (await house.sign_up("Dan", intro_code=code)).refusal == (404, "not_found")


@pytest.mark.parametrize("blocker", ["maker", "target"])
async def test_who_blocks_stops_the_links_between_the_two(
    house: House, database: asyncpg.Connection, blocker: str
) -> None:
    ada, ben, cleo = [await house.guest(name) for name in ("Ada", "Ben", "Cleo")]
    code, other = await code_for(ada, ben), await code_for(cleo, ben)
    pair = (ada.user_id, ben.user_id) if blocker == "maker" else (ben.user_id, ada.user_id)
    await database.execute("insert into blocks values ($1, $2, 'hand')", *pair)
    assert (await house.ask("GET", f"/api/v1/intros/{code}")).refusal == (404, "not_found")
    assert (await house.sign_up("Dan", intro_code=code)).refusal == (404, "not_found")
    assert (await ben.get("/api/v1/notifications")).body == {"items": [], "unread": 0}
    assert (await house.sign_up("Dan", intro_code=other)).status == 201


async def test_a_link_outlives_its_maker_and_serves_many(house: House, database: asyncpg.Connection) -> None:
    ada, ben = await house.guest("Ada"), await house.guest("Ben")
    code = await code_for(ada, ben)
    assert (await house.sign_up("Cleo", intro_code=code)).status == 201
    await house.service.record.users.delete(ada.user_id)
    assert (await house.ask("GET", f"/api/v1/intros/{code}")).body["created_by_name"] == "Ada"
    dan = await house.sign_up("Dan", intro_code=code)
    row = await database.fetchrow("select * from users where user_id = $1", dan.body["user"]["user_id"])
    assert row
    assert str(row["introduced_to"]) == ben.user_id
    assert row["introduced_by"] is None
    heard = (await ben.get("/api/v1/notifications")).body
    assert [(each["name"], each["introduced_by_name"]) for each in heard["items"]] == [("Dan", "Ada"), ("Cleo", "Ada")]


# --------------------------------------------------------------------------------------------- those who came by them


async def test_a_newcomer_is_introduced_in_the_moment_of_signing_up(house: House, database: asyncpg.Connection) -> None:
    ada, ben = await house.guest("Ada"), await house.guest("Ben")
    code = await code_for(ada, ben)
    cleo = (await house.sign_up("Cleo", intro_code=code)).body["user"]
    row = await database.fetchrow("select * from users where user_id = $1", cleo["user_id"])
    assert row
    assert (str(row["introduced_to"]), str(row["introduced_by"])) == (ben.user_id, ada.user_id)
    assert row["introduced_via_code"] == code
    heard = (await ben.get("/api/v1/notifications")).body
    (item,) = heard["items"]
    assert item.pop("notification_id")
    assert abs(item.pop("created_at_ms") - house.service.live.clock.now_ms()) < 60_000
    assert item == {
        "kind": "introduced",
        "user_id": cleo["user_id"],
        "name": "Cleo",
        "introduced_by_name": "Ada",
        "read": False,
    }
    assert heard["unread"] == 1
    assert await database.fetchval("select count(*) from outbox") == 0


async def test_who_signs_up_without_a_link_is_introduced_to_nobody(house: House, database: asyncpg.Connection) -> None:
    await house.guest("Ada")
    assert (await house.sign_up("Ben", intro_code=None)).status == 201
    assert await database.fetchval("select count(*) from users where introduced_to is not null") == 0
    assert await database.fetchval("select count(*) from referral_notifications") == 0


# ------------------------------------------------------------------------------------------------------- notifications


async def test_a_notification_is_read_by_whom_it_is_for(house: House, database: asyncpg.Connection) -> None:
    ada, ben = await house.guest("Ada"), await house.guest("Ben")
    await house.sign_up("Cleo", intro_code=await code_for(ada, ben))
    (item,) = (await ben.get("/api/v1/notifications")).body["items"]
    path = f"/api/v1/notifications/{item['notification_id']}/read"
    assert (await house.ask("POST", path, token=ada.token)).refusal == (404, "not_found")
    assert (await ben.get("/api/v1/notifications")).body["unread"] == 1
    for _ in range(2):
        assert (await house.ask("POST", path, token=ben.token)).status == 204
    heard = (await ben.get("/api/v1/notifications")).body
    assert heard["unread"] == 0
    assert heard["items"] == [{**item, "read": True}]
    assert await database.fetchval("select count(*) from outbox") == 0
    for nothing in (new_id(), "x", "%00"):
        answer = await house.ask("POST", f"/api/v1/notifications/{nothing}/read", token=ben.token)
        assert answer.refusal == (404, "not_found")


async def test_a_newcomer_who_was_deleted_leaves_a_name(house: House) -> None:
    ada, ben = await house.guest("Ada"), await house.guest("Ben")
    cleo = (await house.sign_up("Cleo", intro_code=await code_for(ada, ben))).body["user"]
    await house.service.record.users.delete(cleo["user_id"])
    (item,) = (await ben.get("/api/v1/notifications")).body["items"]
    assert (item["user_id"], item["name"]) == (None, "Cleo")
