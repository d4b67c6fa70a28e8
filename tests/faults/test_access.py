"""Who was let in stays so, whatever is lost (rules, section 4)."""

import pytest
from redis.asyncio import Redis

from core import keys
from tests.world import NO_LIMITS, World, eventually, outcome_of

CODE = "PARTY00000000016"


@pytest.mark.parametrize("days", [0, 3], ids=["lately", "days ago"])
async def test_who_was_let_in_while_connected_still_is_after_redis_was_lost(fragile_world: World, days: int) -> None:
    """Whether PostgreSQL brings him back with the lobby, or, not seen with a login for a day, his node alone does."""
    world = fragile_world
    await world.opens(NO_LIMITS, {"ACCESS": "code"})
    await world.rows("insert into invite_codes (code, type) values ($1, 'admin')", CODE)
    ann, bob = await world.people("Ann", "Bob", wish=False)
    status, _, _ = await ann.ask_http("POST", "/api/v1/invite-codes/redeem", json={"code": CODE})
    assert status == 200
    await ann.wishes()
    await world.all_is_said()
    await world.rows("update sessions set last_active_at = now() - $1 * interval '1 day'", days)
    await Redis.from_url(world.stores.redis_url).flushall()

    async def is_available() -> bool:
        if (await world.epochs())[keys.LOBBY] < 2:
            return False
        return bool(await world.redis.sismember(keys.key(keys.LOBBY, "available"), ann.user_id))  # type: ignore[misc]

    await eventually(is_available)

    async def is_still_refused() -> bool:
        return await outcome_of(bob.tab.ask("queue.join")) == "not_admitted"  # not `unavailable` any more

    await eventually(is_still_refused)
    assert await outcome_of(ann.tab.ask("invite.send", to=bob.user_id, mode="text")) == "offline"
