"""Operators: logging in and out, and what is written down of them."""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import asyncpg
import pytest
from redis.asyncio import Redis

from core.passwords import Passwords
from core.settings import Settings
from tests.web.api_world import Answer, House, house_on

PASSWORD = "correct horse battery staple"
HASH = asyncio.run(Passwords().hash(PASSWORD))
HOUR_MS = 3_600_000


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """Few families are brought live faster than many."""
    return Settings.from_env({**environ, "ROOM_SHARDS": "2", "ADMIN_USERNAME": "root", "ADMIN_PASSWORD_HASH": HASH})


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with house_on(settings) as house:
        yield house


async def log_in(house: House, username: str = "root", password: str = PASSWORD) -> Answer:
    return await house.ask("POST", "/api/v1/admin/sessions", json={"username": username, "password": password})


async def audit(house: House, token: str, query: str = "") -> Answer:
    return await house.ask("GET", f"/api/v1/admin/audit{query}", token=token)


async def test_an_operator_logs_in_for_twelve_hours_and_that_is_written_down(house: House) -> None:
    answer = await log_in(house)
    assert answer.status == 201
    assert set(answer.body) == {"token", "expires_at_ms"}
    assert 12 * HOUR_MS - 60_000 < answer.body["expires_at_ms"] - house.service.live.clock.now_ms() <= 12 * HOUR_MS
    found = await audit(house, answer.body["token"])
    assert found.status == 200
    assert found.body["more"] is False
    (entry,) = found.body["items"]
    assert entry.pop("at_ms") > 0
    assert entry == {
        "audit_id": 1,
        "admin": "root",
        "act": "logged_in",
        "target": None,
        "detail": {},
        "ip_address": "127.0.0.1",
    }


async def test_of_an_operators_token_only_its_hash_is_stored(
    house: House, database: asyncpg.Connection, redis: Redis
) -> None:
    token = (await log_in(house)).body["token"]
    await audit(house, token)
    stored = [row["token_hash"] for row in await database.fetch("select token_hash from admin_sessions")]
    assert stored == [hashlib.sha256(token.encode()).digest()]
    rows = str(await database.fetch("select s::text from admin_sessions s union all select a::text from audit_log a"))
    dumps = b"".join([name + (await redis.dump(name) or b"") for name in await redis.keys()])
    assert token not in rows
    assert token.encode() not in dumps


async def test_a_wrong_name_or_password_is_refused_alike(house: House) -> None:
    for username, password in (("root", "wrong"), ("toor", PASSWORD), ("", ""), ("root", ""), ("rööt", PASSWORD)):
        assert (await log_in(house, username, password)).refusal == (401, "wrong_credentials")
    for body in (
        {},
        {"username": "root"},
        {"username": "root", "password": 5},
        {"username": "x" * 201, "password": ""},
    ):
        answer = await house.ask("POST", "/api/v1/admin/sessions", json=body)
        assert answer.refusal == (400, "bad_request")


async def test_failures_are_limited_by_address_and_successes_are_not(environ: dict[str, str]) -> None:
    settings = {**environ, "ADMIN_USERNAME": "root", "ADMIN_PASSWORD_HASH": HASH, "LIMIT_AUTH": "3/10m"}
    async with house_on(Settings.from_env(settings)) as house:
        assert [(await log_in(house)).status for _ in range(5)] == [201] * 5
        guesses = await asyncio.gather(*(log_in(house, password=f"guess {n}") for n in range(8)))
        assert sorted(answer.status for answer in guesses) == [401] * 3 + [429] * 5
        refused = await log_in(house)
        assert refused.refusal == (429, "rate_limited")
        assert 0 < refused.body["retry_after_ms"] <= 200_000


async def test_an_operator_logs_out(house: House) -> None:
    token, other = [(await log_in(house)).body["token"] for _ in range(2)]
    assert (await house.ask("DELETE", "/api/v1/admin/sessions/current", token=token)).status == 204
    assert (await audit(house, token)).refusal == (401, "not_authenticated")
    acts = [entry["act"] for entry in (await audit(house, other)).body["items"]]
    assert acts == ["logged_out", "logged_in", "logged_in"]


async def test_a_users_token_opens_nothing_here_nor_an_operators_there(house: House) -> None:
    ada = await house.guest()
    token = (await log_in(house)).body["token"]
    assert (await audit(house, ada.token)).refusal == (403, "forbidden")
    assert (await audit(house, "nobody")).refusal == (401, "not_authenticated")
    assert (await audit(house, "")).refusal == (401, "not_authenticated")
    assert (await house.ask("GET", "/api/v1/me", token=token)).refusal == (401, "not_authenticated")


async def test_a_login_ends_with_its_time(house: House, database: asyncpg.Connection) -> None:
    token = (await log_in(house)).body["token"]
    await database.execute("update admin_sessions set expires_at = now()")
    assert (await audit(house, token)).refusal == (401, "not_authenticated")


async def test_a_login_outlives_a_restart_and_ends_with_the_password(environ: dict[str, str]) -> None:
    first = {**environ, "ADMIN_USERNAME": "root", "ADMIN_PASSWORD_HASH": HASH}
    async with house_on(Settings.from_env(first)) as house:
        token = (await log_in(house)).body["token"]
    async with house_on(Settings.from_env(first)) as house:
        assert (await audit(house, token)).status == 200
    changed = {**first, "ADMIN_PASSWORD_HASH": await Passwords().hash("another")}
    async with house_on(Settings.from_env(changed)) as house:
        assert (await audit(house, token)).refusal == (401, "not_authenticated")


async def test_where_no_operator_is_named_nobody_logs_in(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env(environ)) as house:
        assert (await log_in(house)).refusal == (404, "not_found")
        assert (await audit(house, "nobody")).refusal == (401, "not_authenticated")


async def test_the_audit_log_comes_in_pages(house: House) -> None:
    token = [(await log_in(house)).body["token"] for _ in range(5)][-1]
    seen: list[int] = []
    query = "?limit=2"
    while True:
        page = (await audit(house, token, query)).body
        seen += [entry["audit_id"] for entry in page["items"]]
        if not page["more"]:
            break
        query = f"?limit=2&before={seen[-1]}"
    assert seen == [5, 4, 3, 2, 1]
    for wrong in ("limit=0", "limit=201", "before=0", "before=x"):
        assert (await audit(house, token, f"?{wrong}")).refusal == (400, "bad_request")


async def test_the_command_makes_a_hash_that_lets_in() -> None:
    command = [sys.executable, "-m", "web", "hash-password"]
    done = await asyncio.to_thread(_run, command, PASSWORD + "\n")
    password_hash = done.stdout.splitlines()[-1]
    assert password_hash.startswith("$argon2id$")
    assert PASSWORD not in done.stdout + done.stderr
    assert await Passwords().verify(password_hash, PASSWORD)
    assert not await Passwords().verify(password_hash, PASSWORD + "!")
    assert (await asyncio.to_thread(_run, command, "")).returncode == os.EX_DATAERR


def _run(command: list[str], typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=False)
