"""Each of the fourteen tables: written through the product, then everything is restarted, and read through the product.

Redis comes back empty, so nothing that is read back was kept there. Only HTTP and websockets write and read.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from core import keys
from dev.scratch import scratch_folder
from tests.contracts.town import OPERATOR, operator_token
from tests.processes import Processes
from tests.servers import own_stores
from tests.world import ALL, NO_LIMITS, Person, Room, World, eventually

SETTINGS: Final = {
    **NO_LIMITS,
    **OPERATOR,
    "LIMIT_CODE": "3/1h",
    "COMPLETION_S": "1",
    "GRACE_S": "600",  # a restart on a busy machine takes its time
    "REPORTS_TO_BAN": "1",
    "TRUSTED_PROXIES": "127.0.0.1",  # so that a test can come from anywhere
}
PASSWORD: Final = "an old horse on a new battery"
SWEPT_MS: Final = 2_000
"""An outage begins at the last sweep that was seen."""
GUESSER: Final = {"X-Forwarded-For": "198.51.100.1"}
BANNED: Final = {"X-Forwarded-For": "203.0.113.77"}


@dataclass
class Story:
    """One installation before and after its restart."""

    world: World
    operator: str = field(default="", repr=False)
    kept: dict[str, Any] = field(default_factory=dict)
    """What was written, by table: whatever is needed to find it again."""
    stopped_at_ms: int = 0

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """A request of nobody in particular."""
        status, body, _ = await self.world.ask_http(self.world.nodes[0], method, f"/api/v1{path}", **options)
        return status, body

    async def operate(self, method: str, path: str, **options: Any) -> Any:
        """A request of the operator, who is not refused."""
        headers = {"Authorization": f"Bearer {self.operator}"}
        status, body = await self.ask(method, f"/admin{path}", headers=headers, **options)
        assert status < 300, body
        return body

    async def met(self, caller: str, callee: str) -> Room:
        """Two new people who talked, parted, and were recorded."""
        ann, bob = await self.world.people(caller, callee)
        room = await self.world.meet(ann, bob)
        await ann.says(room, f"{caller} speaks to {callee}")
        await self.world.time_passes(5)
        await bob.leaves(room)
        await room.ends("left")
        return room


async def of(person: Person, method: str, path: str, **options: Any) -> Any:
    """A request of somebody who is not refused."""
    status, body, _ = await person.ask_http(method, f"/api/v1{path}", **options)
    assert status < 300, body
    return body


# ------------------------------------------------------------------------------------------------------- who one is
async def write_users(story: Story) -> Person:
    ann = await story.world.signs_up("Ann")
    story.world.keep_secret(PASSWORD)
    story.world.keep_secret("ann@example.org")
    await of(ann, "PATCH", "/me", json={"name": "Anne", "socials": {"web": "ann.example"}})
    await of(ann, "POST", "/me/account", json={"email": "Ann@example.org", "password": PASSWORD})
    return ann


async def read_users(story: Story, ann: Person) -> None:
    status, made = await story.ask("POST", "/sessions", json={"email": "ann@example.org", "password": PASSWORD})
    assert status == 201, made
    story.world.keep_secret(made["token"])
    assert made["user"]["user_id"] == ann.user_id
    assert (made["user"]["name"], made["user"]["socials"]) == ("Anne", {"web": "ann.example"})


async def write_sessions(story: Story) -> tuple[Person, Person]:
    bob, cid = [await story.world.signs_up(name) for name in ("Bob", "Cid")]
    await of(cid, "DELETE", "/sessions/current")
    return bob, cid


async def read_sessions(_: Story, people: tuple[Person, Person]) -> None:
    bob, cid = people
    assert (await of(bob, "GET", "/me"))["user_id"] == bob.user_id
    assert (await bob.opens()).user_id == bob.user_id
    assert (await cid.ask_http("GET", "/api/v1/me"))[0] == 401


# ------------------------------------------------------------------------------------------------------ meetings
async def write_session_completions(story: Story) -> Room:
    return await story.met("Dan", "Eve")


async def read_session_completions(_: Story, room: Room) -> None:
    for member, partner in (room.members, room.members[::-1]):
        (completion,) = (await of(member, "GET", "/me/export"))["completions"]
        assert (completion["room_id"], completion["partner_id"]) == (room.room_id, partner.user_id)


async def write_cooldowns(story: Story) -> tuple[Room, int]:
    room = await story.met("Fay", "Gil")
    (card,) = [card for card in await room.caller.looks(include_cooldown=True) if card["name"] == "Gil"]
    return room, card["cooldown_ends_at_ms"]


async def read_cooldowns(_: Story, kept: tuple[Room, int]) -> None:
    room, ends_at_ms = kept
    for member, partner in (room.members, room.members[::-1]):
        await member.opens()
        await member.wishes()
        refused = await member.tab.is_refused("invite.send", to=partner.user_id, mode="text")
        assert refused.code in {"cooldown", "offline"}
    (card,) = [card for card in await room.caller.looks(include_cooldown=True) if card["name"] == "Gil"]
    assert card["cooldown_ends_at_ms"] == ends_at_ms


async def write_chat_history(story: Story) -> tuple[Room, Any]:
    room = await story.met("Hal", "Ida")

    async def is_there() -> Any:
        status, body, _ = await room.caller.ask_http("GET", f"/api/v1/history/{room.room_id}")
        return body if status == 200 else None

    return room, await eventually(is_there)


async def read_chat_history(_: Story, kept: tuple[Room, Any]) -> None:
    room, meeting = kept
    assert await of(room.caller, "GET", f"/history/{room.room_id}") == meeting
    assert [message["body"] for message in meeting["messages"]] == ["Hal speaks to Ida"]
    assert [item["room_id"] for item in (await of(room.callee, "GET", "/history"))["items"]] == [room.room_id]


async def write_active_rooms(story: Story) -> tuple[Room, Any]:
    jim, kim = await story.world.people("Jim", "Kim")
    room = await story.world.meet(jim, kim, "video", seconds=1_000)
    await jim.says(room, "this goes on")
    await kim.tab.ask("rtc.outcome", room_id=room.room_id, generation=1, outcome="connected")
    return room, await jim.enters(room.room_id)


async def read_active_rooms(_: Story, kept: tuple[Room, Any]) -> None:
    room, before = kept
    for member in room.members:
        after = (await member.comes_back(room))["room"]
        for same in ("room_id", "mode", "opened_at_ms", "started_at_ms", "ends_at_ms", "messages", "last_seq"):
            assert after[same] == before[same], same
        assert after["epoch"] > before["epoch"]
        assert after["partner"]["user_id"] != member.user_id


async def write_text_room_activity(story: Story) -> tuple[Room, Any]:
    leo, mia = await story.world.people("Leo", "Mia")
    room = await story.world.meet(leo, mia)
    await leo.says(room, "this keeps the fire going")
    await mia.says(room, "so does this")
    return room, (await leo.enters(room.room_id))["torch"]


async def read_text_room_activity(story: Story, kept: tuple[Room, Any]) -> None:
    """Both instants have moved by no more than the outage: coming back feeds nothing."""
    room, before = kept
    leo, mia = room.members
    assert (await leo.comes_back(room))["room"]["torch"]["state"] == "frozen"
    after = (await mia.comes_back(room))["room"]["torch"]
    assert after["state"] == "lit"
    outage_ms = await story.world.now_ms() - story.stopped_at_ms
    assert 0 <= after["dims_at_ms"] - before["dims_at_ms"] <= outage_ms + SWEPT_MS
    assert after["out_at_ms"] - after["dims_at_ms"] == before["out_at_ms"] - before["dims_at_ms"]


# ------------------------------------------------------------------------------------------------- letting people in
async def write_invite_codes(story: Story) -> str:
    code: str = (await story.operate("POST", "/invite-codes", json={"label": "for the party"}))["code"]
    status, _ = await story.ask("POST", "/guests", json={"name": "Ned", "gender": "male", "invite_code": code})
    assert status == 201
    return code


async def read_invite_codes(story: Story, code: str) -> None:
    assert await story.ask("GET", f"/invite-codes/{code.lower()}") == (200, {"type": "admin", "uses_remaining": None})
    (found,) = [each for each in (await story.operate("GET", "/invite-codes"))["items"] if each["code"] == code]
    assert (found["label"], found["uses"], found["is_active"]) == ("for the party", 1, True)


async def write_referral_mappings(story: Story) -> str:
    ona, pia = [await story.world.signs_up(name) for name in ("Ona", "Pia")]
    code: str = (await of(ona, "POST", "/intros", json={"target_user_id": pia.user_id}))["code"]
    return code


async def read_referral_mappings(story: Story, code: str) -> None:
    status, intro = await story.ask("GET", f"/intros/{code}")
    assert (status, intro) == (200, {"target_name": "Pia", "created_by_name": "Ona"})


async def write_referral_notifications(story: Story) -> Person:
    quin, rob = [await story.world.signs_up(name) for name in ("Quin", "Rob")]
    code = (await of(quin, "POST", "/intros", json={"target_user_id": rob.user_id}))["code"]
    for name in ("Sam", "Tim"):
        status, _ = await story.ask("POST", "/guests", json={"name": name, "gender": "male", "intro_code": code})
        assert status == 201
    (sams,) = [each for each in (await of(rob, "GET", "/notifications"))["items"] if each["name"] == "Sam"]
    await of(rob, "POST", f"/notifications/{sams['notification_id']}/read")
    return rob


async def read_referral_notifications(_: Story, rob: Person) -> None:
    page = await of(rob, "GET", "/notifications")
    assert {each["name"]: each["read"] for each in page["items"]} == {"Sam": True, "Tim": False}
    assert {each["introduced_by_name"] for each in page["items"]} == {"Quin"}
    assert page["unread"] == 1
    welcome = (await rob.opens()).welcome
    assert [each["name"] for each in welcome["notifications"]] == ["Tim"]


# -------------------------------------------------------------------------------------------------------- moderation
async def write_reports(story: Story) -> Room:
    room = await story.met("Una", "Vic")
    report = {"user_id": room.callee.user_id, "room_id": room.room_id, "reason": "he was rude"}
    await of(room.caller, "POST", "/reports", json=report)
    return room


async def read_reports(story: Story, room: Room) -> None:
    report = {"user_id": room.callee.user_id, "room_id": room.room_id, "reason": "he was rude again"}
    status, body, _ = await room.caller.ask_http("POST", "/api/v1/reports", json=report)
    assert (status, body["code"]) == (409, "already_reported")
    reports = (await story.operate("GET", "/reports", params={"state": "all"}))["items"]
    (found,) = [each for each in reports if each["reported"]["user_id"] == room.callee.user_id]
    assert (found["reason"], found["reporter"]["name"], found["profile"]["name"]) == ("he was rude", "Una", "Vic")
    assert [message["body"] for message in found["evidence"]["messages"]] == ["Una speaks to Vic"]


async def write_ban_records(story: Story) -> Person:
    room = await story.met("Walt", "Xena")
    report = {"user_id": room.callee.user_id, "room_id": room.room_id, "reason": "she was very rude"}
    await of(room.caller, "POST", "/reports", json=report)
    review = {"decision": "permanent", "note": "seen by all of us"}
    await story.operate("POST", f"/bans/{room.callee.user_id}/review", json=review)
    return room.callee


async def read_ban_records(story: Story, xena: Person) -> None:
    bans = (await story.operate("GET", "/bans"))["items"]
    (found,) = [each for each in bans if each["user_id"] == xena.user_id]
    assert (found["name"], found["ban_status"], found["review_status"]) == ("Xena", "permanent", "reviewed_ban")
    assert (found["reviewed_by"], found["note"], found["report_count"]) == ("root", "seen by all of us", 1)
    status, blacklist = await story.ask("GET", "/blacklist")
    assert status == 200
    assert "Xena" in {each["name"] for each in blacklist["items"]}
    status, body, _ = await xena.ask_http("GET", "/api/v1/me")
    assert (status, body["code"]) == (403, "banned")


async def write_ip_bans(story: Story) -> str:
    ban = {"cidr": "203.0.113.0/24", "reason": "a house of robots", "days": 3}
    cidr: str = (await story.operate("POST", "/ip-bans", json=ban))["cidr"]
    return cidr


async def read_ip_bans(story: Story, cidr: str) -> None:
    (found,) = [each for each in (await story.operate("GET", "/ip-bans"))["items"] if each["cidr"] == cidr]
    assert found["reason"] == "a house of robots"
    status, body = await story.ask("GET", "/blacklist", headers=BANNED)
    assert (status, body["code"]) == (403, "banned")


# ------------------------------------------------------------------------------------------------------------ limits
async def write_rate_limits(story: Story) -> None:
    heard = [(await story.ask("GET", f"/invite-codes/NOBODYHASTHIS0{n:02}", headers=GUESSER))[0] for n in range(4)]
    assert heard == [404, 404, 404, 429]


async def read_rate_limits(story: Story, _: None) -> None:
    status, body = await story.ask("GET", "/invite-codes/NOBODYHASTHIS099", headers=GUESSER)
    assert (status, body["code"]) == (429, "rate_limited")
    assert 0 < body["retry_after_ms"] <= 1_200_000
    assert (await story.ask("GET", "/invite-codes/NOBODYHASTHIS099"))[0] == 404  # from elsewhere


Write = Callable[[Story], Awaitable[Any]]
Read = Callable[[Story, Any], Awaitable[None]]
TABLES: Final[dict[str, tuple[Write, Read]]] = {
    "text_room_activity": (write_text_room_activity, read_text_room_activity),
    "active_rooms": (write_active_rooms, read_active_rooms),
    "rate_limits": (write_rate_limits, read_rate_limits),
    "users": (write_users, read_users),
    "sessions": (write_sessions, read_sessions),
    "session_completions": (write_session_completions, read_session_completions),
    "cooldowns": (write_cooldowns, read_cooldowns),
    "chat_history": (write_chat_history, read_chat_history),
    "referral_notifications": (write_referral_notifications, read_referral_notifications),
    "reports": (write_reports, read_reports),
    "ban_records": (write_ban_records, read_ban_records),
    "ip_bans": (write_ip_bans, read_ip_bans),
    "invite_codes": (write_invite_codes, read_invite_codes),
    "referral_mappings": (write_referral_mappings, read_referral_mappings),
}
"""In this order: the torch has burnt for a while when everything stops."""


@pytest.fixture(scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Everything was written, everything was killed, everything runs again."""
    with scratch_folder("test") as folder:
        async with own_stores(folder) as stores:
            processes = Processes({**stores.environ(), **SETTINGS}, tmp_path_factory.mktemp("story"))
            try:
                async with World(processes, stores) as world:
                    await world.opens()
                    story = Story(world, await operator_token(world))
                    for table, (write, _) in TABLES.items():
                        story.kept[table] = await write(story)
                    await _all_is_recorded(world)
                    await _everything_restarts(story)
                    yield story
                    assert not world.betrayed()
            finally:
                await processes.close()


async def _all_is_recorded(world: World) -> None:
    async def nothing_waits() -> bool:
        return not any([await world.redis.xlen(keys.journal(family)) for family in ALL])

    async def the_limit_is_kept() -> bool:
        return bool(await world.value("select count(*) from rate_limits"))

    await eventually(nothing_waits)
    await eventually(the_limit_is_kept, within=20)


async def _everything_restarts(story: Story) -> None:
    world = story.world
    assert world.stores.redis
    assert world.stores.postgres
    story.stopped_at_ms = await world.now_ms()
    _, torch = story.kept["text_room_activity"]
    assert torch["dims_at_ms"] - story.stopped_at_ms < 110_000  # it would tell if it began anew
    shift_ms = await world.clock.shift_ms()
    for process in world.processes.all:
        process.expects_errors = True
        await process.kill()
    await world.redis.flushall()
    world.stores.redis.kill()
    world.stores.postgres.kill()
    await asyncio.gather(world.stores.redis.start(), world.stores.postgres.start())
    await world.clock.forward(shift_ms / 1000)
    await asyncio.gather(*(process.start() for process in world.processes.all))


@pytest.mark.parametrize("table", TABLES)
async def test_what_was_written_is_read_back_after_a_restart(story: Story, table: str) -> None:
    await TABLES[table][1](story, story.kept[table])
