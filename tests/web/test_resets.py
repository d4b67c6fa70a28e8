"""A forgotten password: asked for over HTTP, sent by a worker, used once."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from core.settings import Settings
from tests.post_office import PostOffice, post_office
from tests.processes import Processes
from tests.servers import Stores
from tests.web.api_world import Answer, House, house_on
from tests.web.test_accounts import OTHER, PASSWORD, log_in, resident
from tests.world import NO_LIMITS, World
from workers import postman
from workers.metrics import Metrics
from workers.shop import Shop

pytestmark = pytest.mark.usefixtures("cheap")

MAIL = {"MAIL_FROM": "Cresset <meet@cresset.example>", "PUBLIC_URL": "https://meet.example/"}


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as office:
        yield office


@asynccontextmanager
async def house_with(environ: dict[str, str], office: PostOffice, **more: str) -> AsyncIterator[House]:
    settings = {**environ, "ROOM_SHARDS": "2", "SMTP_URL": office.url, **MAIL, **more}
    async with house_on(Settings.from_env(settings)) as house:
        yield house


@pytest.fixture
async def house(environ: dict[str, str], office: PostOffice) -> AsyncIterator[House]:
    async with house_with(environ, office) as house:
        yield house


async def ask(house: House, email: str = "ada@example.org") -> Answer:
    return await house.ask("POST", "/api/v1/password-resets", json={"email": email})


async def use(house: House, token: str, password: str = OTHER) -> Answer:
    return await house.ask("POST", f"/api/v1/password-resets/{token}", json={"password": password})


async def a_round(house: House) -> None:
    """A postman makes his round."""
    await postman.deliver_mail(Shop(service=house.service, metrics=Metrics(), reader=house.service.live.redis))


async def fresh_token(house: House, office: PostOffice) -> str:
    assert (await ask(house)).status == 202
    await a_round(house)
    return await office.token(len(office.mails))


async def test_who_forgot_his_password_gets_a_mail_and_chooses_another_one(
    house: House, office: PostOffice, database: asyncpg.Connection
) -> None:
    ada = await resident(house)
    token = await fresh_token(house, office)
    (mail,) = office.mails
    assert (mail["To"], mail["From"]) == ("Ada@Example.org", MAIL["MAIL_FROM"])
    assert f"https://meet.example/#/reset/{token}" in mail.get_content()
    assert "30 minutes" in mail.get_content()
    stored = await database.fetchval("select token_hash from password_resets")
    assert stored == hashlib.sha256(token.encode()).digest()
    assert token not in str(await database.fetch("select r::text, o::text from password_resets r, outbox o"))

    assert (await use(house, token)).status == 204
    assert (await ada.get("/api/v1/me")).refusal == (401, "not_authenticated")
    assert (await log_in(house)).refusal == (401, "wrong_credentials")
    assert (await log_in(house, password=OTHER)).status == 201
    assert (await use(house, token, "a third password")).refusal == (404, "not_found")
    assert (await log_in(house, password=OTHER)).status == 201


async def test_the_answer_is_the_same_for_an_address_that_nobody_has(house: House, office: PostOffice) -> None:
    await resident(house)
    await house.guest("Bob")
    answers = [await ask(house, "  ADA@example.org "), await ask(house, "nobody@example.org")]
    assert [(answer.status, answer.body) for answer in answers] == [(202, b"")] * 2
    await a_round(house)
    assert len(office.mails) == 1
    assert (await ask(house, "no address")).refusal == (400, "bad_request")


async def test_a_mailbox_is_not_filled_by_strangers(
    house: House, office: PostOffice, database: asyncpg.Connection
) -> None:
    await resident(house)
    for _ in range(3):
        assert (await ask(house)).status == 202
    await a_round(house)
    assert (await ask(house)).status == 202
    await a_round(house)
    assert len(office.mails) == 1
    await database.execute("update password_resets set sent_at = now() - interval '2 minutes'")
    await fresh_token(house, office)
    assert len(office.mails) == 2


async def test_every_mail_that_was_sent_is_good_until_one_is_used(
    house: House, office: PostOffice, database: asyncpg.Connection
) -> None:
    await resident(house)
    first = await fresh_token(house, office)
    await database.execute("update password_resets set sent_at = now() - interval '2 minutes'")
    second = await fresh_token(house, office)
    assert first != second
    assert (await use(house, first)).status == 204
    assert (await use(house, second, "a third password")).refusal == (404, "not_found")
    assert (await log_in(house, password=OTHER)).status == 201


async def test_a_token_is_used_once_however_many_try_at_once(house: House, office: PostOffice) -> None:
    await resident(house)
    token = await fresh_token(house, office)
    answers = await asyncio.gather(*(use(house, token, f"new password {n}") for n in range(5)))
    assert sorted(answer.status for answer in answers) == [204, 404, 404, 404, 404]
    (winner,) = [n for n, answer in enumerate(answers) if answer.status == 204]
    assert (await log_in(house, password=f"new password {winner}")).status == 201


async def test_a_weak_password_does_not_use_up_the_token(house: House, office: PostOffice) -> None:
    await resident(house)
    token = await fresh_token(house, office)
    for weak in ("short", "password1", "ada@example.org"):
        assert (await use(house, token, weak)).refusal == (400, "weak_password")
    assert (await use(house, token)).status == 204


async def test_a_token_lasts_as_long_as_its_setting_says(
    house: House, office: PostOffice, database: asyncpg.Connection
) -> None:
    await resident(house)
    token = await fresh_token(house, office)
    left = await database.fetchval("select extract(epoch from expires_at - now()) from password_resets")
    assert 1_790 < left <= 1_800
    await database.execute("update password_resets set expires_at = now() - interval '1 second'")
    assert (await use(house, token)).refusal == (404, "not_found")


async def test_a_password_that_was_changed_makes_mails_worthless(house: House, office: PostOffice) -> None:
    ada = await resident(house)
    token = await fresh_token(house, office)
    body = {"old": PASSWORD, "new": OTHER}
    assert (await house.ask("PUT", "/api/v1/me/password", token=ada.token, json=body)).status == 204
    assert (await use(house, token, "a third password")).refusal == (404, "not_found")


async def test_guesses_at_tokens_are_limited_by_address(environ: dict[str, str], office: PostOffice) -> None:
    async with house_with(environ, office, LIMIT_AUTH="2/10m") as house:
        await resident(house)
        token = await fresh_token(house, office)
        tried = [(await use(house, "x" * 43)).status for _ in range(3)]
        assert tried == [404, 404, 429]
        assert (await use(house, token)).refusal == (429, "rate_limited")


async def test_without_a_mail_server_there_is_no_such_route(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "ROOM_SHARDS": "2"})) as house:
        assert (await ask(house)).refusal == (404, "not_found")
        assert (await ask(house, "no address")).refusal == (404, "not_found")
        assert (await use(house, "x" * 43)).refusal == (404, "not_found")


async def test_a_mail_that_cannot_be_sent_comes_again_and_is_given_up_when_it_is_of_no_use_any_more(
    house: House, office: PostOffice, database: asyncpg.Connection
) -> None:
    await resident(house)
    office.refuses = 2
    await ask(house)
    for tries in (1, 2):
        await a_round(house)
        row = await database.fetchrow("select tries, next_try_at > now() as waits from password_resets")
        assert row is not None
        assert (row["tries"], row["waits"]) == (tries, True)
        await a_round(house)  # not yet
        assert office.refused == tries
        await database.execute("update password_resets set next_try_at = now()")
    await a_round(house)
    token = await office.token()
    assert (await use(house, token)).status == 204

    office.refuses = 1
    await database.execute("update password_resets set sent_at = now() - interval '2 minutes'")
    await ask(house)
    await a_round(house)
    await database.execute("update password_resets set next_try_at = now(), created_at = now() - interval '31 minutes'")
    await a_round(house)
    assert len(office.mails) == 1
    letter = await database.fetchrow("select source, name, args::text as args, error, tries from dead_letters")
    assert letter is not None
    assert (letter["source"], letter["name"], letter["tries"]) == ("job", "password_reset", 1)
    assert "example" not in letter["args"] + letter["error"]
    assert await database.fetchval("select count(*) from password_resets where sent_at is null") == 0


async def test_an_address_that_no_header_can_hold_stands_in_nobodys_way(
    house: House, office: PostOffice, database: asyncpg.Connection
) -> None:
    """None is taken any more; the mail of this one cannot even be written."""
    await resident(house, "Eve", "eve@example.org")
    await resident(house)
    await database.execute("update users set email = '=?utf-8?q??=@example.org' where name = 'Eve'")
    await database.execute("insert into password_resets (user_id, expires_at) select user_id, now() from users")
    await a_round(house)
    assert [mail["To"] for mail in office.mails] == ["Ada@Example.org"]
    assert await database.fetchval(
        "select next_try_at < now() + interval '10 s' from password_resets where sent_at is null"
    )


async def test_a_postman_who_is_killed_is_followed_by_another(
    house: House, office: PostOffice, database: asyncpg.Connection
) -> None:
    await resident(house)
    await ask(house)
    (claimed,) = await house.service.record.resets.claim(10, 60, 1_800)
    assert await house.service.record.resets.claim(10, 60, 1_800) == []
    await database.execute("update password_resets set next_try_at = now()")  # a minute later
    await a_round(house)
    assert len(office.mails) == 1
    assert await database.fetchval("select tries from password_resets") == claimed.tries + 1


async def test_a_server_that_is_not_there_is_no_error_of_ours(environ: dict[str, str], office: PostOffice) -> None:
    async with house_with(environ, office, SMTP_URL="smtp://127.0.0.1:1") as house:
        await resident(house)
        assert (await ask(house)).status == 202
        await a_round(house)
        assert office.mails == []


async def test_a_reset_from_the_mail_to_the_sockets_and_nothing_of_it_in_a_log(
    stores: Stores, office: PostOffice, processes: Processes
) -> None:
    office.refuses = 1
    settings = {**NO_LIMITS, **MAIL, "SMTP_URL": office.url, "HOLD_S": "0"}
    async with World(processes, stores) as world:
        await world.opens(settings, nodes=1, workers=1)
        ada = await world.person("Ada")
        for secret in ("Ada@Example.org", "ada@example.org", PASSWORD, OTHER):
            world.keep_secret(secret)
        body = {"email": "Ada@Example.org", "password": PASSWORD}
        assert (await ada.ask_http("POST", "/api/v1/me/account", json=body))[0] == 200
        wanted = {"email": "ada@example.org"}
        assert (await ada.ask_http("POST", "/api/v1/password-resets", json=wanted))[0] == 202
        token = await office.token()
        world.keep_secret(token)
        assert office.refused == 1
        path = f"/api/v1/password-resets/{token}"
        assert (await ada.ask_http("POST", path, json={"password": OTHER}))[0] == 204
        assert await ada.tab.closed(within=3) == 4507
        login = {"email": "ada@example.org", "password": OTHER}
        status, answer, _ = await ada.ask_http("POST", "/api/v1/sessions", json=login)
        assert (status, answer["replaced"]) == (201, False)
        world.keep_secret(answer["token"])
        assert not world.betrayed()
