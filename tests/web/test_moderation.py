"""Moderation over HTTP: reports and their evidence, blocks, bans and reviews, banned addresses."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from core import keys
from core.actions import ip_bans, rehydrate
from core.errors import Unavailable
from core.passwords import Passwords
from core.protocol.http import ROUTES
from core.protocol.http.base import PROBES, problems_of
from core.settings import Settings
from tests.clocks import Clock
from tests.servers import Stores
from tests.web.api_world import Answer, Guest, House, Room, house_on
from workers import courier
from workers.metrics import Metrics
from workers.shop import Shop

PASSWORD = "correct horse battery staple"
OPERATOR = {"ADMIN_USERNAME": "root", "ADMIN_PASSWORD_HASH": asyncio.run(Passwords().hash(PASSWORD))}
NOBODY = "0197c0e2-7a1b-7c3d-8e4f-5a6b7c8d9e03"
DAY_MS = 86_400_000


@pytest.fixture
def environ(stores: Stores) -> dict[str, str]:
    """Few families are brought live faster than many; everybody may report as often as he likes."""
    return {
        **stores.environ(),
        **OPERATOR,
        "ROOM_SHARDS": "2",
        "LIMIT_REPORT": "off",
        "LIMIT_CHAT": "off",
        "TRUSTED_PROXIES": "127.0.0.1",
    }


@pytest.fixture
async def house(environ: dict[str, str]) -> AsyncIterator[House]:
    async with house_on(Settings.from_env(environ)) as house:
        yield house


@dataclass
class Operator:
    """Somebody who moderates."""

    house: House
    token: str

    async def get(self, path: str) -> Answer:
        return await self.house.ask("GET", f"/api/v1/admin{path}", token=self.token)

    async def post(self, path: str, **fields: Any) -> Answer:
        return await self.house.ask("POST", f"/api/v1/admin{path}", token=self.token, json=fields)

    async def delete(self, path: str) -> Answer:
        return await self.house.ask("DELETE", f"/api/v1/admin{path}", token=self.token)

    async def acts(self) -> list[tuple[str, str | None]]:
        """Returns (act, target) of what operators did, newest first, logins left out."""
        items = (await self.get("/audit")).body["items"]
        return [(item["act"], item["target"]) for item in items if item["act"] != "logged_in"]


@pytest.fixture
async def operator(house: House) -> Operator:
    login = {"username": "root", "password": PASSWORD}
    return Operator(house, (await house.ask("POST", "/api/v1/admin/sessions", json=login)).body["token"])


async def report(by: Guest, whom: Guest | str, room: Room | str, reason: str = "rude") -> Answer:
    body = {
        "user_id": whom if isinstance(whom, str) else whom.user_id,
        "room_id": room if isinstance(room, str) else room.room_id,
        "reason": reason,
    }
    return await by.house.ask("POST", "/api/v1/reports", token=by.token, json=body)


async def reported_by(house: House, whom: Guest, *names: str) -> list[Guest]:
    """So many meet him, one after the other, and report him."""
    reporters = []
    for name in names:
        reporter = await house.guest(name)
        room = await house.past_room(reporter, whom, "hello")
        assert (await report(reporter, whom, room)).status == 201
        reporters.append(reporter)
    return reporters


# ------------------------------------------------------------------------------------------------------- POST /reports


@pytest.mark.parametrize("state", ["going on", "ended", "recorded", "forgotten by Redis"])
async def test_a_report_carries_what_was_said_wherever_that_is(
    house: House, operator: Operator, redis: Redis, state: str
) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    room = await Room(house, ada, bob).start()
    for number in range(60):
        await room.say(ada if number % 2 else bob, f"words {number}")
    if state != "going on":
        await room.leave()
    if state in {"recorded", "forgotten by Redis"}:
        await house.record()
    if state == "forgotten by Redis":
        family = house.service.live.shard(room.room_id).name
        await redis.delete(*(keys.key(family, f"{kind}:{room.room_id}") for kind in ("room", "log", "cids")))
    answer = await report(ada, bob, room, "  rude\u3000")
    assert answer.status == 201, answer.body
    assert set(answer.body) == {"report_id"}
    (found,) = (await operator.get("/reports")).body["items"]
    evidence = found.pop("evidence")
    assert [message["body"] for message in evidence.pop("messages")] == [f"words {number}" for number in range(10, 60)]
    assert evidence.pop("started_at_ms") > 0
    assert evidence.pop("seconds") >= 0
    assert evidence == {"room_id": room.room_id, "mode": "text"}
    assert found.pop("created_at_ms") > 0
    assert found.pop("profile")["name"] == "Bob"
    assert found == {
        "report_id": answer.body["report_id"],
        "reporter": {"user_id": ada.user_id, "name": "Ada"},
        "reported": {"user_id": bob.user_id, "name": "Bob"},
        "reason": "rude",
        "reviewed_at_ms": None,
        "ban_status": "none",
        "counting": 1,
    }


async def test_one_report_per_pair_for_ever_and_the_other_may_report_too(house: House) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    room, later = await house.past_room(ada, bob), await house.past_room(ada, bob)
    assert (await report(ada, bob, room)).status == 201
    for each in (room, later):
        assert (await report(ada, bob, each)).refusal == (409, "already_reported")
    assert (await report(bob, ada, room)).status == 201


async def test_of_many_at_once_one_is_taken(house: House, database: asyncpg.Connection) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    room = await house.past_room(ada, bob)
    answers = await asyncio.gather(*(report(ada, bob, room) for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
    assert await database.fetchval("select count(*) from reports") == 1


async def test_a_report_needs_a_started_room_of_both(house: House) -> None:
    ada, bob, eve = [await house.guest(name) for name in ("Ada", "Bob", "Eve")]
    past = await house.past_room(ada, bob)
    never = await Room(house, ada, eve).open()
    for by, whom, room in (
        (eve, bob, past),
        (ada, eve, past),
        (ada, ada, past),
        (ada, eve, never),
        (ada, bob, house.service.live.new_room_id()),
        (ada, bob, NOBODY),
        (ada, bob, "not an id"),
        (ada, "not an id", past),
        (ada, NOBODY, past),
    ):
        assert (await report(by, whom, room)).refusal == (403, "no_shared_room")


@pytest.mark.parametrize("recorded", [False, True], ids=["in the live log", "recorded"])
async def test_a_report_may_be_made_for_a_day(house: House, clock: Clock, redis: Redis, recorded: bool) -> None:
    ada, bob, eve = [await house.guest(name) for name in ("Ada", "Bob", "Eve")]
    first, second = await house.past_room(ada, bob), await house.past_room(ada, eve)
    if recorded:
        await house.record()
        await redis.delete(*[name for room in (first, second) for name in await redis.keys(f"*:room:{room.room_id}")])
    await clock.forward(86_390)
    assert (await report(ada, bob, first)).status == 201
    await clock.forward(20)
    assert (await report(ada, eve, second)).refusal == (403, "no_shared_room")


async def test_a_wrong_report_is_refused_with_the_field(house: House) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    room = await house.past_room(ada, bob)
    for reason in ("", "   ", "x" * 1_001, "a\0b"):
        answer = await report(ada, bob, room, reason)
        assert answer.refusal == (400, "bad_request")
        assert [error["field"] for error in answer.body["errors"]] == ["reason"]
    assert (await report(ada, bob, room, "🔥" * 1_000)).status == 201


async def test_reports_of_one_user_are_limited(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "LIMIT_REPORT": "2/1h"})) as house:
        ada = await house.guest("Ada")
        rooms = [(bob := await house.guest("Bob"), await house.past_room(ada, bob)) for _ in range(3)]
        answers = [await report(ada, bob, room) for bob, room in rooms]
        assert [answer.status for answer in answers] == [201, 201, 429]
        assert 0 < answers[-1].body["retry_after_ms"] <= 1_800_000


async def test_what_was_reported_outlives_both(house: House, operator: Operator) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    room = await house.past_room(ada, bob, "words")
    await report(ada, bob, room)
    for each in (ada, bob):
        await house.service.record.users.delete(each.user_id)
    (found,) = (await operator.get("/reports")).body["items"]
    assert found["reporter"] == {"user_id": ada.user_id, "name": None}
    assert found["reported"] == {"user_id": bob.user_id, "name": "Bob"}
    assert found["evidence"]["messages"][0]["body"] == "words"
    assert (await operator.post(f"/bans/{bob.user_id}/review", decision="permanent")).refusal == (404, "not_found")
    reviewed = await operator.post(f"/bans/{bob.user_id}/review", decision="vindicated")
    assert reviewed.body == {"ban": None, "networks": []}
    assert (await operator.get("/reports")).body["items"] == []


# ------------------------------------------------------------------------------------------------------------- blocks


async def test_one_blocks_and_unblocks_by_hand(house: House) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    for _ in range(2):
        assert (await house.ask("POST", "/api/v1/blocks", token=ada.token, json={"user_id": bob.user_id})).status == 204
    (item,) = (await ada.get("/api/v1/blocks")).body["items"]
    assert item.pop("created_at_ms") > 0
    assert item == {"user_id": bob.user_id, "name": "Bob", "why": "hand"}
    assert (await bob.get("/api/v1/blocks")).body == {"items": []}  # nobody is told who blocked him
    assert (await bob.delete(f"/api/v1/blocks/{ada.user_id}")).refusal == (404, "not_found")
    assert (await ada.delete(f"/api/v1/blocks/{bob.user_id}")).status == 204
    assert (await ada.delete(f"/api/v1/blocks/{bob.user_id}")).refusal == (404, "not_found")
    assert (await ada.get("/api/v1/blocks")).body == {"items": []}


async def test_a_block_of_one_leaves_that_of_the_other(house: House, redis: Redis) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    for one, other in ((ada, bob), (bob, ada)):
        await house.ask("POST", "/api/v1/blocks", token=one.token, json={"user_id": other.user_id})
    await ada.delete(f"/api/v1/blocks/{bob.user_id}")
    hidden = keys.key(keys.LOBBY, f"blocks:{ada.user_id}")
    assert await redis.smembers(hidden) == {bob.user_id.encode()}  # type: ignore[misc]
    await bob.delete(f"/api/v1/blocks/{ada.user_id}")
    assert not await redis.exists(hidden)


async def test_nobody_blocks_himself_or_nobody(house: House) -> None:
    ada = await house.guest("Ada")
    for user_id, refusal in (
        (ada.user_id, (400, "bad_request")),
        (NOBODY, (404, "not_found")),
        ("x", (404, "not_found")),
    ):
        answer = await house.ask("POST", "/api/v1/blocks", token=ada.token, json={"user_id": user_id})
        assert answer.refusal == refusal


async def test_a_reports_block_cannot_be_lifted(house: House) -> None:
    ada, bob = await house.guest("Ada"), await house.guest("Bob")
    room = await house.past_room(ada, bob)
    await house.ask("POST", "/api/v1/blocks", token=ada.token, json={"user_id": bob.user_id})
    await report(ada, bob, room)
    await house.ask("POST", "/api/v1/blocks", token=ada.token, json={"user_id": bob.user_id})
    assert [item["why"] for item in (await ada.get("/api/v1/blocks")).body["items"]] == ["report"]
    assert (await ada.delete(f"/api/v1/blocks/{bob.user_id}")).refusal == (403, "forbidden")


# --------------------------------------------------------------------------------------------------------------- bans


async def test_the_fourth_reporter_bans_until_a_review(house: House, operator: Operator) -> None:
    bob = await house.guest("Bob")
    await reported_by(house, bob, "Ada", "Cleo", "Dan")
    assert (await bob.get("/api/v1/me")).status == 200
    await reported_by(house, bob, "Eve")
    assert (await bob.get("/api/v1/me")).refusal == (403, "banned")
    (ban,) = (await operator.get("/bans?state=pending")).body["items"]
    assert ban.pop("ban_id")
    assert ban.pop("banned_at_ms") > 0
    assert ban == {
        "user_id": bob.user_id,
        "name": "Bob",
        "ban_status": "temporary",
        "reason": "reported by 4 different users",
        "report_count": 4,
        "review_status": "pending",
        "reviewed_at_ms": None,
        "reviewed_by": None,
        "note": None,
        "ip_addresses": ["127.0.0.1"],
    }
    assert {item["ban_status"] for item in (await operator.get("/reports")).body["items"]} == {"temporary"}
    assert (await house.ask("GET", "/api/v1/blacklist")).body == {"items": []}


async def test_the_room_of_the_fourth_report_ends_banned_whoever_carries_it(
    house: House, database: asyncpg.Connection
) -> None:
    bob, eve = await house.guest("Bob"), await house.guest("Eve")
    await reported_by(house, bob, "Ada", "Cleo", "Dan")
    room = await Room(house, eve, bob).start()
    await house.service.live.lobby.call("load_seats", [room.seat])
    await house.service.record.reports.file(eve.user_id, bob.user_id, room.room_id, "rude", None, {})  # and dies
    await database.execute("update outbox set created_at = now() - interval '1 minute'")
    await courier.deliver(Shop(service=house.service, metrics=Metrics(), reader=house.service.live.redis))
    await house.record()
    assert await database.fetchval("select end_reason from chat_history where room_id = $1", room.room_id) == "banned"


async def test_only_reports_after_a_vindication_count(house: House, operator: Operator) -> None:
    bob = await house.guest("Bob")
    await reported_by(house, bob, "Ada", "Cleo", "Dan", "Eve")
    answer = await operator.post(f"/bans/{bob.user_id}/review", decision="vindicated", note="they were four friends")
    assert answer.status == 200
    assert answer.body["networks"] == []
    ban = answer.body["ban"]
    assert (ban["review_status"], ban["reviewed_by"], ban["note"], ban["ban_status"]) == (
        "reviewed_vindicate",
        "root",
        "they were four friends",
        "temporary",
    )
    assert (await bob.get("/api/v1/me")).status == 200
    assert (await operator.get("/reports")).body["items"] == []
    assert [item["counting"] for item in (await operator.get("/reports?state=reviewed")).body["items"]] == [0] * 4
    await reported_by(house, bob, "Fay", "Gus", "Hal")
    assert (await bob.get("/api/v1/me")).status == 200
    await reported_by(house, bob, "Ida")
    assert (await bob.get("/api/v1/me")).refusal == (403, "banned")
    assert [item["review_status"] for item in (await operator.get("/bans")).body["items"]] == [
        "pending",
        "reviewed_vindicate",
    ]
    assert await operator.acts() == [("reviewed_vindicated", bob.user_id)]


async def test_a_confirmed_ban_is_public_and_takes_the_addresses_along(house: House, operator: Operator) -> None:
    hop = {"X-Forwarded-For": "198.51.100.7"}
    made = await house.ask("POST", "/api/v1/guests", json={"name": "Bob", "gender": "male"}, headers=hop)
    bob = Guest(house, "Bob", made.body["user"]["user_id"], made.body["token"])
    assert (await operator.post("/bans", user_id=bob.user_id, reason="a crook")).status == 201
    answer = await operator.post(f"/bans/{bob.user_id}/review", decision="permanent", note="seen it myself")
    assert answer.body["networks"] == ["198.51.100.7/32"]
    (line,) = (await house.ask("GET", "/api/v1/blacklist")).body["items"]
    assert line.pop("banned_at_ms") > 0
    assert line == {"name": "Bob", "reason": "a crook"}
    (banned,) = (await operator.get("/ip-bans")).body["items"]
    assert 89.9 * DAY_MS < banned.pop("expires_at_ms") - banned.pop("banned_at_ms") <= 90 * DAY_MS
    assert banned == {"cidr": "198.51.100.7/32", "user_id": bob.user_id, "reason": "a crook"}
    await ip_bans.learn(house.service)
    assert (await house.ask("GET", "/api/v1/blacklist", headers=hop)).refusal == (403, "banned")
    assert (await house.ask("POST", "/api/v1/guests", json={}, headers=hop)).refusal == (403, "banned")
    assert (await house.ask("GET", "/healthz", headers=hop)).status == 200
    again = await operator.post(f"/bans/{bob.user_id}/review", decision="vindicated")  # a mistake
    assert again.body["networks"] == ["198.51.100.7/32"]
    assert (await house.ask("GET", "/api/v1/blacklist")).body == {"items": []}
    assert (await operator.get("/ip-bans")).body["items"] == []
    await ip_bans.learn(house.service)
    assert (await bob.get("/api/v1/me")).status == 200
    assert (await house.ask("GET", "/api/v1/blacklist", headers=hop)).status == 200


async def test_who_is_vindicated_frees_no_address_of_somebody_else(
    house: House, operator: Operator, database: asyncpg.Connection
) -> None:
    hops = {"Bob": ["198.51.100.7", "198.51.100.8"], "Eve": ["198.51.100.7"]}
    banned = {}
    for name, addresses in hops.items():
        banned[name] = guest = await house.guest(name)
        await operator.post("/bans", user_id=guest.user_id, reason=f"as {name}")
        came_from = "update ban_records set ip_addresses = $2 where user_id = $1"
        await database.execute(came_from, guest.user_id, [ipaddress.ip_address(address) for address in addresses])
        answer = await operator.post(f"/bans/{guest.user_id}/review", decision="permanent")
        assert answer.body["networks"] == [f"{address}/32" for address in addresses]
    answer = await operator.post(f"/bans/{banned['Bob'].user_id}/review", decision="vindicated")
    assert answer.body["networks"] == ["198.51.100.8/32"]
    (left,) = (await operator.get("/ip-bans")).body["items"]
    assert (left["cidr"], left["user_id"], left["reason"]) == ("198.51.100.7/32", banned["Eve"].user_id, "as Eve")
    answer = await operator.post(f"/bans/{banned['Eve'].user_id}/review", decision="vindicated")
    assert answer.body["networks"] == ["198.51.100.7/32"]


async def test_a_review_does_not_lock_the_operator_or_a_proxy_out(house: House, operator: Operator) -> None:
    bob = await house.guest("Bob")  # from 127.0.0.1, as the operator, which is the proxy's address too
    await operator.post("/bans", user_id=bob.user_id, reason="a crook")
    answer = await operator.post(f"/bans/{bob.user_id}/review", decision="permanent")
    assert answer.body["networks"] == []
    assert (await operator.get("/ip-bans")).body["items"] == []


async def test_a_ban_by_hand_stands_as_it_is(house: House, operator: Operator) -> None:
    bob = await house.guest("Bob")
    first = await operator.post("/bans", user_id=bob.user_id, reason=" a crook ")
    assert first.status == 201
    assert (first.body["reason"], first.body["review_status"], first.body["report_count"]) == ("a crook", "pending", 0)
    second = await operator.post("/bans", user_id=bob.user_id, reason="another reason")
    assert second.body == first.body
    assert (await bob.get("/api/v1/me")).refusal == (403, "banned")
    for user_id in (NOBODY, "x"):
        assert (await operator.post("/bans", user_id=user_id, reason="a crook")).refusal == (404, "not_found")
        review = await operator.post(f"/bans/{user_id}/review", decision="permanent")
        assert review.refusal == (404, "not_found")
    assert (await operator.post("/bans", user_id=bob.user_id, reason=" ")).refusal == (400, "bad_request")
    assert (await operator.post(f"/bans/{bob.user_id}/review", decision="maybe")).refusal == (400, "bad_request")
    assert await operator.acts() == [("banned", bob.user_id)] * 2


async def test_who_was_reported_is_reviewed_before_he_is_banned(house: House, operator: Operator) -> None:
    bob, cleo = await house.guest("Bob"), await house.guest("Cleo")
    await reported_by(house, bob, "Ada")
    await reported_by(house, cleo, "Ada")
    await operator.post(f"/bans/{bob.user_id}/review", decision="vindicated")
    await operator.post(f"/bans/{cleo.user_id}/review", decision="permanent")
    assert (await operator.get("/reports")).body["items"] == []
    assert (await bob.get("/api/v1/me")).status == 200
    assert (await cleo.get("/api/v1/me")).refusal == (403, "banned")
    dan = await house.guest("Dan")
    assert (await operator.post(f"/bans/{dan.user_id}/review", decision="permanent")).refusal == (404, "not_found")


async def test_reports_and_bans_come_in_pages(house: House, operator: Operator) -> None:
    bob = await house.guest("Bob")
    await reported_by(house, bob, "Ada", "Cleo", "Dan")
    for name in ("Eve", "Fay", "Gus"):
        await operator.post("/bans", user_id=(await house.guest(name)).user_id, reason="a crook")
    for path, id_name, names in (
        ("/reports?", "report_id", ["Dan", "Cleo", "Ada"]),
        ("/bans?", "ban_id", ["Gus", "Fay", "Eve"]),
    ):
        first = (await operator.get(f"{path}limit=2")).body
        rest = (await operator.get(f"{path}limit=2&before={first['items'][-1][id_name]}")).body
        assert (first["more"], rest["more"]) == (True, False)
        found = first["items"] + rest["items"]
        assert [item["name"] if path == "/bans?" else item["reporter"]["name"] for item in found] == names
        for wrong in ("limit=0", "limit=201", "before=x", "state=odd"):
            assert (await operator.get(f"{path}{wrong}")).refusal == (400, "bad_request")


# -------------------------------------------------------------------------------------------------- banned addresses


async def test_an_operator_bans_networks(house: House, operator: Operator) -> None:
    made = [
        (await operator.post("/ip-bans", cidr=cidr, reason="noise", **days)).body
        for cidr, days in (
            ("198.51.100.77/24", {}),
            ("2001:db8::1", {"days": 2}),
            ("192.0.2.1", {"days": None}),
        )
    ]
    assert made == [{"cidr": "198.51.100.0/24"}, {"cidr": "2001:db8::/64"}, {"cidr": "192.0.2.1/32"}]
    items = (await operator.get("/ip-bans")).body["items"]
    assert [(item["cidr"], item["expires_at_ms"] is None) for item in items] == [
        ("192.0.2.1/32", True),
        ("198.51.100.0/24", True),
        ("2001:db8::/64", False),
    ]
    page = (await operator.get("/ip-bans?limit=2&after=192.0.2.1/32")).body
    assert [item["cidr"] for item in page["items"]] == ["198.51.100.0/24", "2001:db8::/64"]
    await ip_bans.learn(house.service)

    async def status(address: str) -> int:
        return (await house.ask("GET", "/api/v1/blacklist", headers={"X-Forwarded-For": address})).status

    refused = ("198.51.100.1", "2001:db8::ffff", "192.0.2.1", "6.6.6.6, 192.0.2.1", "::ffff:192.0.2.1")
    assert [await status(address) for address in refused] == [403] * 5
    served = ("198.51.101.1", "2001:db8:0:1::1", "192.0.2.2", "192.0.2.1, 6.6.6.6")
    assert [await status(address) for address in served] == [200] * 4
    assert (await operator.delete("/ip-bans?cidr=198.51.100.0/24")).status == 204
    assert (await operator.delete("/ip-bans?cidr=198.51.100.0/24")).refusal == (404, "not_found")
    await ip_bans.learn(house.service)
    assert await status("198.51.100.1") == 200
    acts = await operator.acts()
    assert acts == [("lifted_addresses", "198.51.100.0/24")] + [
        ("banned_addresses", each["cidr"]) for each in reversed(made)
    ]


async def test_a_banned_address_is_refused_at_every_route_as_documented(house: House, operator: Operator) -> None:
    await operator.post("/ip-bans", cidr="192.0.2.1", reason="noise")
    await ip_bans.learn(house.service)
    for route in ROUTES:
        answer = await house.ask(route.method, route.path, headers={"X-Forwarded-For": "192.0.2.1"})
        is_refused = answer.status == 403 and answer.refusal == (403, "banned")
        assert is_refused == ("banned" in problems_of(route)) == (route.path not in PROBES), route.path


async def test_a_ban_of_addresses_ends_with_its_days(house: House, operator: Operator, clock: Clock) -> None:
    await operator.post("/ip-bans", cidr="192.0.2.1", reason="noise", days=1)
    await ip_bans.learn(house.service)
    hop = {"X-Forwarded-For": "192.0.2.1"}
    assert (await house.ask("GET", "/api/v1/blacklist", headers=hop)).status == 403
    await clock.forward(86_500)
    await house.service.live.lobby.call("now")
    assert (await house.ask("GET", "/api/v1/blacklist", headers=hop)).status == 200


async def test_nobody_bans_his_own_address_or_nonsense(house: House, operator: Operator) -> None:
    for cidr in ("127.0.0.1", "127.0.0.0/8", "0.0.0.0/0"):
        assert (await operator.post("/ip-bans", cidr=cidr, reason="noise")).refusal == (403, "forbidden")
    for cidr in ("", "here", "192.0.2.1/33"):
        answer = await operator.post("/ip-bans", cidr=cidr, reason="noise")
        assert answer.refusal == (400, "bad_request")
        assert [error["field"] for error in answer.body["errors"]] == ["cidr"]
    for days in (0, -1, 36_501, "x"):
        assert (await operator.post("/ip-bans", cidr="192.0.2.1", reason="x", days=days)).refusal == (
            400,
            "bad_request",
        )
    assert (await operator.delete("/ip-bans")).refusal == (400, "bad_request")


# ------------------------------------------------------------------------------------------------------- lost and back


async def test_a_lobby_that_is_lost_bans_whom_it_banned_before(house: House, operator: Operator, redis: Redis) -> None:
    await operator.post("/ip-bans", cidr="192.0.2.1", reason="noise")
    await ip_bans.learn(house.service)
    hop = {"X-Forwarded-For": "192.0.2.1"}
    await redis.flushdb()
    with pytest.raises(Unavailable):
        await ip_bans.learn(house.service)
    assert (await house.ask("GET", "/api/v1/blacklist", headers=hop)).refusal == (403, "banned")
    await rehydrate.bring_all_live(house.service)
    await ip_bans.learn(house.service)
    assert (await house.ask("GET", "/api/v1/blacklist", headers=hop)).refusal == (403, "banned")


async def test_bans_blocks_and_networks_come_back_after_redis_was_lost(environ: dict[str, str], redis: Redis) -> None:
    settings = Settings.from_env(environ)
    async with house_on(settings) as house:
        login = await house.ask("POST", "/api/v1/admin/sessions", json={"username": "root", "password": PASSWORD})
        operator = Operator(house, login.body["token"])
        ada, bob, eve = [await house.guest(name) for name in ("Ada", "Bob", "Eve")]
        await operator.post("/bans", user_id=bob.user_id, reason="a crook")
        await operator.post("/ip-bans", cidr="192.0.2.1", reason="noise")
        await house.ask("POST", "/api/v1/blocks", token=ada.token, json={"user_id": eve.user_id})
    await redis.flushdb()
    async with house_on(settings) as house:
        for each in (ada, bob, eve):
            each.house = house
        await ip_bans.learn(house.service)
        assert (await bob.get("/api/v1/me")).refusal == (403, "banned")
        assert [item["name"] for item in (await ada.get("/api/v1/blocks")).body["items"]] == ["Eve"]
        hidden = await redis.smembers(keys.key(keys.LOBBY, f"blocks:{eve.user_id}"))  # type: ignore[misc]
        assert hidden == {ada.user_id.encode()}
        hop = {"X-Forwarded-For": "192.0.2.1"}
        assert (await house.ask("GET", "/api/v1/blacklist", headers=hop)).refusal == (403, "banned")
