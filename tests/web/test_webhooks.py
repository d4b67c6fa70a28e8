"""The payment provider's events: signed, in any order, any number of times."""

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import msgspec
import pytest

from core.protocol.http.webhooks import WEBHOOK_MAX
from core.settings import Settings
from tests.servers import Stores
from tests.web.api_world import Answer, Guest, House, house_on

SECRET = "whsec_of_the_test"
PATH = "/api/v1/webhooks/stripe"
WRONG = "0" * 64


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """Who has not paid may not meet."""
    return Settings.from_env(
        {**environ, "ROOM_SHARDS": "2", "ACCESS": "code", "STRIPE_WEBHOOK_SECRET": SECRET, "LIMIT_HTTP": "off"}
    )


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with house_on(settings) as house:
        yield house


numbers = itertools.count()


def event(kind: str, *, event_id: str = "", **about: Any) -> bytes:
    """An event as Stripe sends it, without what nobody reads."""
    event_id = event_id or f"evt_{next(numbers)}"
    told = {"id": event_id, "object": "event", "type": kind, "created": int(time.time()), "data": {"object": about}}
    return msgspec.json.encode(told)


def paid(guest: Guest | str, payment: str = "pi_1", **more: Any) -> bytes:
    user_id = guest if isinstance(guest, str) else guest.user_id
    return event(
        "checkout.session.completed",
        **{"id": "cs_1", "client_reference_id": user_id, "payment_intent": payment, "payment_status": "paid", **more},
    )


def refunded(payment: str = "pi_1", **more: Any) -> bytes:
    return event("charge.refunded", **{"id": "ch_1", "payment_intent": payment, "refunded": True, **more})


def signature(body: bytes, *, age_s: float = 0, secret: str = SECRET) -> str:
    at = int(time.time() - age_s)
    return f"t={at},v1={hmac.new(secret.encode(), b'%d.' % at + body, hashlib.sha256).hexdigest()}"


async def send(house: House, body: bytes, header: str | None = None) -> Answer:
    signed = signature(body) if header is None else header
    return await house.ask(
        "POST", PATH, data=body, headers={"Stripe-Signature": signed, "Content-Type": "application/json"}
    )


async def hears(house: House, *bodies: bytes) -> None:
    for body in bodies:
        answer = await send(house, body)
        assert (answer.status, answer.body) == (200, {"received": True})


async def status(guest: Guest) -> str:
    access = (await guest.get("/api/v1/me")).body["access"]
    assert access["admitted"] is (access["paid_status"] != "unpaid" or guest.house.service.settings.access == "open")
    return str(access["paid_status"])


async def test_who_paid_is_let_in_and_a_refund_takes_that_back(house: House, database: asyncpg.Connection) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    await hears(house, paid(ada))
    assert [await status(each) for each in (ada, bob)] == ["paid", "unpaid"]
    row = await database.fetchrow("select payment_id, paid_at, paid_at is null as unpaid from users where name = 'Ada'")
    assert row
    assert row["payment_id"] == "pi_1"
    assert abs(row["paid_at"].timestamp() - time.time()) < 60
    await hears(house, refunded())
    assert await status(ada) == "unpaid"
    assert (
        await database.fetchval("select count(*) from users where payment_id is not null or paid_at is not null") == 0
    )
    assert await database.fetchval("select count(*) from outbox") == 0


async def test_the_lobby_hears_of_it(house: House, database: asyncpg.Connection) -> None:
    ada = await house.guest()
    hashed = await database.fetchval("select encode(token_hash, 'hex') from sessions")
    for body, expected in ((paid(ada), "paid"), (refunded(), "unpaid")):
        await hears(house, body)
        *_, me = await house.service.live.lobby.call("identify", hashed)
        assert msgspec.json.decode(me)["paid_status"] == expected


@pytest.mark.parametrize("before", ["qr_grace_period", "qr_verified"])
async def test_a_refund_falls_back_to_what_he_was(house: House, database: asyncpg.Connection, before: str) -> None:
    ada = await house.guest()
    await database.execute("update users set paid_status = $1", before)
    await hears(house, paid(ada))
    assert await status(ada) == "paid"
    await hears(house, refunded())
    assert await status(ada) == before


async def test_a_refund_that_comes_first_wins_all_the_same(house: House) -> None:
    ada = await house.guest()
    await hears(house, refunded(), paid(ada))
    assert await status(ada) == "unpaid"
    await hears(house, paid(ada, "pi_2"))
    assert await status(ada) == "paid"


async def test_an_event_counts_once_however_often_it_comes(house: House, database: asyncpg.Connection) -> None:
    ada = await house.guest()
    payment, refund = paid(ada), refunded()
    await asyncio.gather(*(hears(house, payment) for _ in range(10)))
    assert await status(ada) == "paid"
    await hears(house, refund, payment, refund, payment)
    assert await status(ada) == "unpaid"
    assert await database.fetchval("select count(*) from stripe_events") == 2


async def test_payment_and_refund_at_once_end_as_if_one_had_come_after_the_other(house: House) -> None:
    ada = await house.guest()
    for number in range(30):
        both = [paid(ada, f"pi_{number}"), refunded(f"pi_{number}")]
        await asyncio.gather(*(hears(house, body) for body in both[:: 1 if number % 2 else -1]))
        assert await status(ada) == "unpaid"


async def test_who_paid_twice_and_got_one_back_stays_paid(house: House) -> None:
    for order in itertools.permutations((0, 1, 2)):
        ada = await house.guest()
        first, second = f"pi_{ada.user_id}_1", f"pi_{ada.user_id}_2"
        events = [paid(ada, first), paid(ada, second), refunded(second)]
        await hears(house, *(events[place] for place in order))
        assert await status(ada) == "paid"
        await hears(house, refunded(first))
        assert await status(ada) == "unpaid"


async def test_a_refund_in_part_changes_nothing(house: House) -> None:
    ada = await house.guest()
    await hears(house, paid(ada), refunded(refunded=False, amount=1000, amount_refunded=400))
    assert await status(ada) == "paid"


async def test_money_that_is_still_to_come_counts_when_it_has_come(house: House) -> None:
    ada = await house.guest()
    await hears(house, paid(ada, payment_status="unpaid"))
    assert await status(ada) == "unpaid"
    session = {"id": "cs_1", "client_reference_id": ada.user_id, "payment_intent": "pi_1", "payment_status": "paid"}
    await hears(house, event("checkout.session.async_payment_succeeded", **session))
    assert await status(ada) == "paid"


async def test_what_concerns_nobody_here_is_answered_and_changes_nothing(
    house: House, database: asyncpg.Connection
) -> None:
    ada = await house.guest()
    await hears(
        house,
        event("invoice.paid", client_reference_id=ada.user_id, payment_intent=["anything"]),
        event("customer.created"),
        paid("0197c0e2-7a1b-7c3d-8e4f-5a6b7c8d9e03"),
        paid("nobody", "pi_2"),
        paid(ada, client_reference_id=None),
        paid(ada, payment_intent=None, id=""),
        paid(ada, payment_intent="pi\0"),
        refunded("pi_unknown"),
        refunded(payment_intent=None),
    )
    assert await status(ada) == "unpaid"
    assert await database.fetchval("select count(*) from users where paid_status <> 'unpaid'") == 0


async def test_one_payment_is_one_users(house: House) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    await hears(house, paid(ada), paid(bob))
    assert [await status(each) for each in (ada, bob)] == ["paid", "unpaid"]


async def test_what_is_not_rightly_signed_is_refused(house: House, database: asyncpg.Connection) -> None:
    body = paid(await house.guest())
    right = signature(body)
    at, mac = right.split(",")
    for header in (
        "",
        "nonsense",
        at,
        mac,
        f"{at},v1={WRONG}",
        f"{at},v0={mac[3:]}",
        f"t=,{mac}",
        f"t=x,{mac}",
        f"t=-1,{mac}",
        f"{at},{at},{mac}",
        f"{at},v1=é",
        signature(body, secret="another"),
        signature(body + b" "),
        signature(body, age_s=330),
        signature(body, age_s=-330),
    ):
        answer = await send(house, body, header)
        assert answer.refusal == (400, "bad_request"), header
    assert (await house.ask("POST", PATH, data=body)).refusal == (400, "bad_request")
    assert await database.fetchval("select count(*) from stripe_events") == 0


async def test_one_right_signature_of_several_and_a_clock_that_differs_are_enough(house: House) -> None:
    ada = await house.guest()
    body = paid(ada)
    at, mac = signature(body, age_s=270).split(",")
    assert (await send(house, body, f"{at}, v1={WRONG}, {mac}, v0=x")).status == 200
    assert await status(ada) == "paid"


async def test_what_is_signed_and_no_event_is_refused(house: House) -> None:
    for body in (b"", b"{", b"[]", b"5", b"\xff", b'{"id":5,"type":"x","data":{"object":{}}}', b"[" * 50_000):
        assert (await send(house, body)).refusal == (400, "bad_request")
    session = event("checkout.session.completed", payment_intent=5)
    assert (await send(house, session)).refusal == (400, "bad_request")
    assert (await send(house, b" " * (WEBHOOK_MAX + 1))).refusal == (413, "too_large")


async def test_a_long_event_is_read(house: House) -> None:
    ada = await house.guest()
    await hears(house, paid(ada, metadata={"much": "x" * 100_000}))
    assert await status(ada) == "paid"


async def test_where_nothing_is_sold_there_is_no_such_address(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "ROOM_SHARDS": "2"})) as house:
        assert (await send(house, paid("x"))).refusal == (404, "not_found")


async def test_who_guesses_signatures_is_counted(environ: dict[str, str]) -> None:
    settings = {**environ, "ROOM_SHARDS": "2", "STRIPE_WEBHOOK_SECRET": SECRET, "LIMIT_HTTP": "3/1m"}
    async with house_on(Settings.from_env(settings)) as house:
        answers = [(await send(house, b"{}", "t=1,v1=x")).status for _ in range(4)]
        assert answers == [400, 400, 400, 429]
        await hears(house, *(event("customer.created") for _ in range(5)))


async def test_while_postgresql_is_away_the_provider_is_told_to_come_again(fragile: Stores) -> None:
    async with house_on(Settings.from_env({**fragile.environ(), "STRIPE_WEBHOOK_SECRET": SECRET})) as house:
        ada = await house.guest()
        body = paid(ada)
        assert fragile.postgres
        await fragile.postgres.stop()
        assert (await send(house, body)).refusal == (503, "unavailable")
        await fragile.postgres.start()
        await hears(house, body)
        assert await status(ada) == "paid"
