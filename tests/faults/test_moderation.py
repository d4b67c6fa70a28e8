"""Bans while the stores are away: the last known list holds, and nothing that was decided is lost."""

from typing import Any

from core.passwords import Passwords
from tests.client import connect
from tests.world import NO_LIMITS, World, eventually

PASSWORD = "correct horse battery staple"
BANNED = {"X-Forwarded-For": "203.0.113.5"}


async def test_the_last_known_bans_hold_while_the_stores_are_away(fragile_world: World) -> None:
    world = fragile_world
    assert world.stores.postgres
    assert world.stores.redis
    named = {"ADMIN_USERNAME": "root", "ADMIN_PASSWORD_HASH": await Passwords().hash(PASSWORD)}
    nodes = await world.opens(NO_LIMITS, named, {"TRUSTED_PROXIES": "127.0.0.0/8"})
    ann, bad = await world.people("Ann", "Bad")
    login = {"username": "root", "password": PASSWORD}
    _, made, _ = await world.ask_http(nodes[0], "POST", "/api/v1/admin/sessions", json=login)
    headers = {"Authorization": f"Bearer {made['token']}"}

    async def decides(path: str, **fields: Any) -> int:
        return (await world.ask_http(nodes[0], "POST", f"/api/v1/admin{path}", headers=headers, json=fields))[0]

    async def is_refused() -> bool:
        answers = [await world.ask_http(node, "GET", "/", headers=BANNED) for node in nodes]
        return [status for status, *_ in answers] == [403, 403]

    assert await decides("/ip-bans", cidr="203.0.113.0/24", reason="noise") == 201
    assert await decides("/bans", user_id=bad.user_id, reason="rude") == 201
    assert await bad.tab.closed() == 4503
    await eventually(is_refused, within=3)
    for process in world.processes.all:
        process.expects_errors = True

    world.stores.postgres.kill()
    assert await is_refused()
    async with connect(nodes[1].url) as tab:
        assert (await tab.is_refused("hello", token=bad.token, protocol=1)).code == "banned"
    assert await decides("/bans", user_id=ann.user_id, reason="rude") == 503
    world.stores.redis.kill()
    assert await is_refused()

    await world.stores.postgres.start()
    await world.stores.redis.start()
    for node in nodes:
        await node.stop()
    nodes = await world.opens(NO_LIMITS, named, {"TRUSTED_PROXIES": "127.0.0.0/8"}, workers=0)
    assert await is_refused()
    headers_of_bad = {"Authorization": f"Bearer {bad.token}"}
    assert (await world.ask_http(nodes[0], "GET", "/api/v1/me", headers=headers_of_bad))[0] == 403
