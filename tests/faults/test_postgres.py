"""PostgreSQL is away for a while (rules, section 11; architecture, section 8)."""

import asyncio
import time
from typing import Any

from tests.world import NO_LIMITS, Person, World, eventually, talk

AWAY_S = 5.0
"""Longer than any time-out towards PostgreSQL that a request waits for; nothing here changes after more of it."""


async def test_postgresql_is_away_for_a_while(fragile_world: World) -> None:
    """Situation 19: PostgreSQL down for 60 s: known users reconnect, meet and chat; nothing acknowledged is lost;
    sign-up, login and history answer 503 with Retry-After."""
    world = fragile_world
    assert world.stores.postgres
    nodes = await world.opens(NO_LIMITS, {"COOLDOWN_LONG_S": "10"})
    ann, bob, cid, dan = await world.people("Ann", "Bob", "Cid", "Dan")
    before = await world.meet(cid, dan)
    await cid.says(before, "while all is well")
    await cid.leaves(before)
    await before.ends("left")
    await eventually(lambda: world.rows("select from chat_history where room_id = $1", before.room_id))
    room, hers, his = await world.meet_on_devices(ann, bob)
    await talk(hers, 5)
    for process in world.processes.all:
        process.expects_errors = True
    world.stores.postgres.kill()
    away_since = time.monotonic()

    for path in ("/api/v1/me", "/api/v1/history"):
        await _is_unavailable(cid, "GET", path)
    guest: dict[str, Any] = {"json": {"name": "Eve", "gender": "female"}}
    await _is_unavailable(cid, "POST", "/api/v1/guests", **guest)

    await hers.moves()  # a known user comes back
    await hers.is_back()
    await asyncio.gather(talk(hers, 60), talk(his, 60))
    for device in (hers, his):
        await device.has(125)
    await cid.closes()
    await cid.opens(nodes[1])
    assert cid.tab.welcome["wish"] is True
    await dan.closes()
    await dan.opens(nodes[0])
    eve_id = "01990000-0000-7000-8000-000000000000"  # nobody can say whether she exists
    assert (await cid.tab.is_refused("invite.send", to=eve_id, mode="text")).code == "offline"
    await world.time_passes(10)  # the cooldown of these two is over
    again = await world.meet(dan, cid)
    await dan.says(again, "nothing seems to be wrong")
    await cid.hears("nothing seems to be wrong")
    await dan.leaves(again)
    await again.ends("left")
    status, past, _ = await cid.ask_http("GET", f"/api/v1/history/{again.room_id}")
    assert (status, past.get("code")) in ((200, None), (503, "unavailable"))

    await asyncio.sleep(max(0.0, away_since + AWAY_S - time.monotonic()))
    assert (await world.ask_http(nodes[0], "GET", "/readyz"))[0] == 200  # degraded, and still ready
    await world.stores.postgres.start()
    await room.is_told_alike(hers, his, within=60)
    for device in (hers, his):
        assert device.ended is None
        assert not device.pushes("room.partner_returned") or device is his
    rows = await eventually(lambda: world.rows("select * from chat_history where room_id = $1", again.room_id))
    assert [(row["end_reason"], row["message_count"]) for row in rows] == [("left", 1)] * 2
    assert [row["body"] for row in await again.recorded()] == ['"nothing seems to be wrong"']
    status, page, _ = await cid.ask_http("GET", "/api/v1/history")
    assert status == 200
    assert [item["room_id"] for item in page["items"]] == [again.room_id, before.room_id]
    await world.person("Fay")
    assert await world.value("select count(*) from dead_letters") == 0


async def _is_unavailable(person: Person, method: str, path: str, **options: Any) -> None:
    status, problem, headers = await person.ask_http(method, path, **options)
    assert (status, problem["code"]) == (503, "unavailable"), path
    assert int(headers["Retry-After"]) >= 1
    assert "detail" not in problem or "PostgreSQL" not in problem["detail"]
