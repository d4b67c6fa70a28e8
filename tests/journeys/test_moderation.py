"""Rules, section 12, over two nodes and a worker: what is decided on one is felt on the other within a second."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from core.passwords import Passwords
from tests.client import connect
from tests.world import Person, Room, World, eventually, outcome_of

PASSWORD = "correct horse battery staple"
SETTINGS = {
    "ADMIN_USERNAME": "root",
    "ADMIN_PASSWORD_HASH": asyncio.run(Passwords().hash(PASSWORD)),
    "TRUSTED_PROXIES": "127.0.0.0/8",
    "COOLDOWN_SHORT_S": "0",
}
FELT_S = 3.0
"""What is promised within a second, on a machine that does other things too."""
RACES = 200
AT_ONCE = 10
REPORTERS = 4


@dataclass
class Operator:
    """Somebody who moderates, at the first node."""

    world: World
    token: str

    async def ask(self, method: str, path: str, **options: Any) -> Any:
        """Returns the body of what must succeed."""
        headers = {"Authorization": f"Bearer {self.token}"}
        node = self.world.nodes[0]
        status, body, _ = await self.world.ask_http(node, method, f"/api/v1/admin{path}", headers=headers, **options)
        assert status < 300, body
        return body

    async def ban(self, person: Person, reason: str = "rude") -> None:
        await self.ask("POST", "/bans", json={"user_id": person.user_id, "reason": reason})

    async def decides(self, person: Person, decision: str) -> Any:
        return await self.ask("POST", f"/bans/{person.user_id}/review", json={"decision": decision})


@pytest.fixture
async def operator(world: World) -> Operator:
    login = {"username": "root", "password": PASSWORD}
    status, made, _ = await world.ask_http(world.nodes[0], "POST", "/api/v1/admin/sessions", json=login)
    assert status == 201
    world.keep_secret(made["token"])
    return Operator(world, made["token"])


async def report(by: Person, whom: Person, room: Room | str) -> tuple[int, str]:
    """Returns status and code of the answer."""
    room_id = room if isinstance(room, str) else room.room_id
    body = {"user_id": whom.user_id, "room_id": room_id, "reason": "rude"}
    status, answer, _ = await by.ask_http("POST", "/api/v1/reports", json=body)
    return status, answer.get("code", "")


async def met(world: World, one: Person, other: Person) -> str:
    """They have met, and are free again; returns the room."""
    room = await world.meet(one, other)
    await one.leaves(room)
    await room.ends("left")
    return room.room_id


async def is_turned_away(person: Person) -> None:
    """His token is refused everywhere, as banned."""
    for node in person.world.nodes:
        async with connect(node.url) as tab:
            assert (await tab.is_refused("hello", token=person.token, protocol=1)).code == "banned"
            assert await tab.closed() == 4503
        headers = {"Authorization": f"Bearer {person.token}"}
        status, body, _ = await person.world.ask_http(node, "GET", "/api/v1/me", headers=headers)
        assert (status, body["code"]) == (403, "banned")


async def test_the_fourth_report_comes_in_the_middle_of_a_call(world: World) -> None:
    """Situation 33: fourth report in the middle of a call: it ends `banned`, and he is gone everywhere."""
    bad, first, second, third, last, innocent = await world.people("Bad", "Ann", "Bob", "Cid", "Dan", "Eve")
    for each in (first, second, third, last):
        room_id = await met(world, each, bad)
        if each is not last:
            assert await report(each, bad, room_id) == (201, "")
    await bad.opens(world.nodes[1 - world.nodes.index(bad.node)])
    call = await world.meet(innocent, bad, "video", seconds=300)
    assert await report(last, bad, room_id) == (201, "")
    since = time.monotonic()
    ended = await innocent.tab.expect("room.ended", within=FELT_S)
    assert (ended["room_id"], ended["reason"]) == (call.room_id, "banned")
    assert ended["cooldown_ends_at_ms"]
    for tab in bad.tabs:
        assert (await tab.expect("account.banned", within=FELT_S))["reason"] == "reported by 4 different users"
        assert await tab.closed(within=FELT_S) == 4503
    assert time.monotonic() - since < FELT_S
    await is_turned_away(bad)
    assert not await innocent.sees(bad)


async def test_a_report_needs_a_started_room_of_both_of_the_last_day(world: World) -> None:
    """Situation 34: report needs a started room of both within 24 h."""
    ann, bob, cleo, dan = await world.people("Ann", "Bob", "Cleo", "Dan")
    never = await world.opens_room(ann, bob)
    assert await report(ann, bob, never) == (403, "no_shared_room")
    await ann.leaves(never)
    await never.ends("left")
    room_id = await met(world, ann, bob)
    assert await report(cleo, bob, room_id) == (403, "no_shared_room")
    assert await report(ann, cleo, room_id) == (403, "no_shared_room")
    other = await met(world, cleo, dan)
    await world.time_passes(86_400 - 60)
    assert await report(ann, bob, room_id) == (201, "")
    await world.time_passes(120)
    assert await report(cleo, dan, other) == (403, "no_shared_room")


async def test_after_a_vindication_only_later_reports_count(world: World, operator: Operator) -> None:
    """Situation 35: vindicated: only later reports count; he comes back with the token he had, and blocks stay."""
    bob, *early = await world.people("Bob", "Ann", "Cid", "Dan", "Eve")
    for each in early:
        assert await report(each, bob, await met(world, each, bob)) == (201, "")
    assert await bob.tab.closed(within=FELT_S) == 4503
    await operator.decides(bob, "vindicated")
    await bob.comes_back()
    await bob.wishes()
    assert not await early[0].sees(bob)
    late = await world.people("Fay", "Gus", "Hal", "Ida")
    for each in late[:3]:
        assert await report(each, bob, await met(world, each, bob)) == (201, "")
    assert not bob.tab.is_over
    assert await report(late[3], bob, await met(world, late[3], bob)) == (201, "")
    assert await bob.tab.closed(within=FELT_S) == 4503


async def test_a_report_in_a_room_ends_it_and_keeps_the_two_apart(world: World) -> None:
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob)
    await bob.says(room, "something one reports")
    await ann.hears("something one reports")
    assert await report(ann, bob, room) == (201, "")
    await room.ends("left")
    await world.time_passes(2 * 86_400)  # whatever cooldown there was
    assert not await ann.sees(bob)
    assert await outcome_of(bob.tab.ask("invite.send", to=ann.user_id, mode="text")) == "offline"
    said = "select session_data -> 'messages' -> 0 ->> 'body' from reports where reporter_user_id = $1"
    evidence = await world.value(said, ann.user_id)
    assert evidence == "something one reports"


async def test_a_block_by_hand_ends_a_room_and_an_invite_of_the_two(world: World) -> None:
    ann, bob, cleo = await world.people("Ann", "Bob", "Cleo")
    room = await world.meet(ann, bob)
    assert (await bob.ask_http("POST", "/api/v1/blocks", json={"user_id": ann.user_id}))[0] == 204
    await room.ends("left")
    invite_id = await cleo.invites(ann)
    assert (await ann.ask_http("POST", "/api/v1/blocks", json={"user_id": cleo.user_id}))[0] == 204
    for each in (ann, cleo):
        assert (await each.tab.expect("invite.ended", invite_id=invite_id, within=FELT_S))["outcome"] == "gone"
    assert not await cleo.sees(ann)
    assert (await ann.ask_http("DELETE", f"/api/v1/blocks/{cleo.user_id}"))[0] == 204
    await cleo.invites(ann)


async def test_a_ban_is_felt_on_the_other_node(world: World, operator: Operator) -> None:
    away = world.nodes[1]
    bad = await world.person("Bad", away)
    ann, bob = await world.people("Ann", "Bob")
    to_him, from_him = await ann.invites(bad), await bad.invites(bob)
    began = time.monotonic()
    await operator.ban(bad, "you know why")
    assert (await bad.tab.expect("account.banned", within=FELT_S))["reason"] == "you know why"
    assert await bad.tab.closed(within=FELT_S) == 4503
    assert (await ann.tab.expect("invite.ended", invite_id=to_him, within=FELT_S))["outcome"] == "gone"
    assert (await bob.tab.expect("invite.ended", invite_id=from_him, within=FELT_S))["outcome"] == "gone"
    assert time.monotonic() - began < FELT_S
    await is_turned_away(bad)
    await operator.decides(bad, "vindicated")
    assert (await bad.comes_back())["wish"] is False
    await bad.wishes()
    assert await ann.invites(bad) != to_him


async def test_banned_addresses_are_refused_on_every_node(world: World, operator: Operator) -> None:
    async def answers(address: str) -> list[int]:
        """Of an upgrade and of HTTP, at each node."""
        found = []
        headers = {"X-Forwarded-For": address}
        async with aiohttp.ClientSession() as http:
            for node in world.nodes:
                try:
                    socket = await http.ws_connect(f"{node.url}/ws", headers=headers)
                except aiohttp.WSServerHandshakeError as refused:
                    found.append(refused.status)
                else:
                    found.append(200)
                    await socket.close()
                async with http.get(f"{node.url}/api/v1/blacklist", headers=headers) as answer:
                    found.append(answer.status)
        return found

    await operator.ask("POST", "/ip-bans", json={"cidr": "2001:db8:7::1", "reason": "noise"})
    began = time.monotonic()

    async def is_refused() -> bool:
        return await answers("2001:db8:7::2") == [403] * 4

    await eventually(is_refused, within=FELT_S)
    assert time.monotonic() - began < FELT_S
    assert await answers("2001:db8:7:1::2") == [200] * 4
    assert await answers("2001:db8:7::2, 198.51.100.9") == [200] * 4  # what is left of the last hop may be made up
    await operator.ask("DELETE", "/ip-bans", params={"cidr": "2001:db8:7::/64"})

    async def is_served() -> bool:
        return await answers("2001:db8:7::2") == [200] * 4

    await eventually(is_served, within=FELT_S)


async def test_four_reports_at_once_ban_once(world: World) -> None:
    """From both nodes, some hundreds of times: one ban each, at the fourth report however they come."""
    banned = "select count(*) from ban_records where user_id = $1"

    async def one_round(number: int) -> None:
        target = await world.signs_up(f"Target {number}")
        reporters = [await world.signs_up(f"Reporter {number}.{n}", world.nodes[n % 2]) for n in range(REPORTERS)]
        rooms = [await past_room(world, each, target) for each in reporters]
        answers = await asyncio.gather(*(report(*each) for each in zip(reporters, [target] * 4, rooms, strict=True)))
        assert answers == [(201, "")] * REPORTERS
        assert await world.value(banned, target.user_id) == 1
        assert (await target.ask_http("GET", "/api/v1/me"))[0] == 403

    for first in range(0, RACES, AT_ONCE):
        await asyncio.gather(*(one_round(number) for number in range(first, first + AT_ONCE)))
    assert await world.value("select count(*) from ban_records where report_count <> 4 and report_count <> 0") == 0
    assert await world.value("select count(*) from outbox") == 0


async def past_room(world: World, one: Person, other: Person) -> str:
    """A meeting of the two as history has it: the race is about the reports."""
    meeting = (
        "insert into chat_history (room_id, user_id, partner_id, partner_name, started_at, ended_at, duration, "
        "chat_mode, end_reason, message_count) "
        "values (gen_random_uuid(), $1, $2, '', now(), instant($3), 0, 'text', 'left', 0) returning room_id"
    )
    return str(await world.value(meeting, one.user_id, other.user_id, await world.now_ms()))
