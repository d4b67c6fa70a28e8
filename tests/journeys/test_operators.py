"""What operators see of an installation that runs: users, rooms, processes, and why two cannot meet."""

import asyncio
from typing import Any

import pytest

from core.passwords import Passwords
from tests.world import World, eventually

PASSWORD = "correct horse battery staple"
SETTINGS = {"ADMIN_USERNAME": "root", "ADMIN_PASSWORD_HASH": asyncio.run(Passwords().hash(PASSWORD))}
NOBODY = "0198c0de-0000-7000-8000-00000000dead"


class Operator:
    """Somebody who looks after the installation, at its first node."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token

    async def asks(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        node = self.world.nodes[0]
        status, body, _ = await self.world.ask_http(node, method, f"/api/v1/admin{path}", headers=headers, **options)
        return status, body

    async def sees(self, path: str, **query: str) -> Any:
        """Returns the body of what must be there."""
        status, body = await self.asks("GET", path, params=query)
        assert status == 200, body
        return body

    async def explains(self, a: Any, b: Any) -> str | None:
        """Returns why a cannot invite b."""
        found = await self.sees("/explain", a=a.user_id, b=b.user_id)
        assert found["can_invite"] == (found["refusal"] is None)
        refusal: str | None = found["refusal"]
        return refusal


@pytest.fixture
async def operator(world: World) -> Operator:
    login = {"username": "root", "password": PASSWORD}
    status, made, _ = await world.ask_http(world.nodes[0], "POST", "/api/v1/admin/sessions", json=login)
    assert status == 201
    world.keep_secret(made["token"])
    return Operator(world, made["token"])


async def test_why_two_cannot_meet_is_what_an_invite_would_be_refused_with(world: World, operator: Operator) -> None:
    ann, bob, cleo = await world.people("Ann", "Bob", "Cleo")
    assert await operator.explains(ann, bob) is None
    assert await operator.explains(ann, ann) == "invalid_target"
    await bob.wishes(False)
    assert await operator.explains(ann, bob) == "offline"
    await bob.wishes()
    invite_id = await ann.invites(bob)
    assert await operator.explains(ann, cleo) == "already_inviting"
    assert await operator.explains(bob, ann) is None  # it would complete hers
    room_id = await bob.accepts(invite_id)
    for each in (ann, bob):
        await each.tab.ask("room.enter", room_id=room_id, last_seq=0)
    assert await operator.explains(ann, cleo) == "busy"
    assert await operator.explains(cleo, ann) == "busy"
    found = await operator.sees("/explain", a=ann.user_id, b=cleo.user_id)
    assert (found["a"]["presence"], found["a"]["room_id"], found["a"]["name"]) == ("busy", room_id, "Ann")
    await ann.tab.ask("room.leave", room_id=room_id)
    assert await operator.explains(bob, ann) == "cooldown"
    found = await operator.sees("/explain", a=bob.user_id, b=ann.user_id)
    assert found["cooldown_ends_at_ms"] > await world.now_ms()
    await cleo.ask_http("POST", "/api/v1/blocks", json={"user_id": ann.user_id})
    found = await operator.sees("/explain", a=ann.user_id, b=cleo.user_id)
    assert (found["refusal"], found["block"]) == ("offline", "hand")
    await operator.asks("POST", "/bans", json={"user_id": bob.user_id, "reason": "rude"})
    assert await operator.explains(bob, cleo) == "banned"
    assert await operator.explains(cleo, bob) == "offline"
    for wrong in ({"a": NOBODY, "b": ann.user_id}, {"a": ann.user_id, "b": "x"}):
        assert (await operator.asks("GET", "/explain", params=wrong))[0] == 404
    assert (await operator.asks("GET", "/explain", params={"a": ann.user_id}))[0] == 400


async def test_a_users_page_holds_what_there_is(world: World, operator: Operator) -> None:
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob)
    page = await operator.sees(f"/users/{ann.user_id}")
    assert page["user"]["name"] == "Ann"
    assert page["ban_status"] == "none"
    assert page["live"] == {
        "presence": "busy",
        "wish": True,
        "is_admitted": True,
        "is_banned": False,
        "connections": 1,
        "room_id": room.room_id,
        "invites": None,
        "ringing": 0,
    }
    (login,) = page["logins"]
    assert (login["ip_address"], login["is_active"]) == ("127.0.0.1", True)
    await ann.leaves(room)
    await bob.ask_http("POST", "/api/v1/reports", json={"user_id": ann.user_id, "room_id": room.room_id, "reason": "x"})

    async def is_recorded() -> bool:
        return bool((await operator.sees(f"/users/{ann.user_id}"))["meetings"])

    await eventually(is_recorded)
    page = await operator.sees(f"/users/{ann.user_id}")
    assert [meeting["room_id"] for meeting in page["meetings"]] == [room.room_id]
    assert (page["reports_made"], page["reports_received"]) == (0, 1)
    for nobody in (NOBODY, "x"):
        assert (await operator.asks("GET", f"/users/{nobody}"))[0] == 404


async def test_a_room_has_a_timeline(world: World, operator: Operator) -> None:
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob)
    await ann.leaves(room)
    await room.ends("left")

    async def told() -> Any:
        status, body = await operator.asks("GET", f"/rooms/{room.room_id}/timeline")
        return body if status == 200 and any(each["event"] == "ended" for each in body["events"]) else None

    found = await eventually(told)
    assert found["events"][0]["event"] == "opened"
    assert found["events"][-1]["detail"] == "left"
    facts = found["room"]
    assert (facts["user_1"], facts["user_2"], facts["status"], facts["reason"]) == (
        ann.user_id,
        bob.user_id,
        "ended",
        "left",
    )
    assert facts["opened_at_ms"] <= facts["started_at_ms"] <= facts["ended_at_ms"]
    for nobody in (NOBODY, "x"):
        assert (await operator.asks("GET", f"/rooms/{nobody}/timeline"))[0] == 404


async def test_a_node_that_is_told_to_drains_and_ends(world: World, operator: Operator) -> None:
    items = (await operator.sees("/nodes"))["items"]
    assert sorted(item["kind"] for item in items) == ["web", "web", "worker"]
    assert not any(item["is_draining"] for item in items)
    extra = await world.processes.node()
    ann = await world.person("Ann", extra)
    mine = next(item for item in (await operator.sees("/nodes"))["items"] if item["name"] == f"127.0.0.1:{extra.port}")
    assert mine["connections"] == 1
    assert (await operator.asks("POST", f"/nodes/{mine['id']}/drain"))[0] == 202
    await ann.tab.expect("node.draining")
    assert await ann.tab.closed() == 4000
    assert await extra.end() == 0
    assert mine["id"] not in {item["id"] for item in (await operator.sees("/nodes"))["items"]}
    worker = next(item for item in items if item["kind"] == "worker")
    for nobody in ("none", mine["id"], worker["id"]):
        assert (await operator.asks("POST", f"/nodes/{nobody}/drain"))[0] == 404
    acts = (await operator.sees("/audit"))["items"]
    assert (acts[0]["act"], acts[0]["target"]) == ("drained", mine["id"])
