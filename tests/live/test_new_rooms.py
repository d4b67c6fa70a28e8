"""Where rooms begin, and arrivals that a loss of the lobby has crossed."""

import pytest
from redis.asyncio import Redis

from core import keys
from core.actions import arrive, sweep
from core.errors import Unavailable
from core.ids import shard_of
from core.settings import Settings
from tests.journeys.one_process import Installation
from tests.workers.town import open_service


async def test_no_room_begins_where_the_journal_is_nearly_full(settings: Settings, redis: Redis) -> None:
    async with open_service(settings) as service:
        full = [shard for shard in service.live.shards() if shard.name != "r3"]
        for shard in full:
            await redis.hset(keys.marker(shard.name), "journal_full", "2")  # type: ignore[misc]
        await sweep.sweep_if_stale(service)
        assert {shard_of(service.live.new_room_id()) for _ in range(50)} == {3}
        await redis.hset(keys.marker("r3"), "journal_full", "2")  # type: ignore[misc]
        await sweep.sweep_if_stale(service)
        with pytest.raises(Unavailable):
            service.live.new_room_id()
        await redis.hset(keys.marker("r5"), "journal_full", "1")  # type: ignore[misc]
        await sweep.sweep_if_stale(service)
        assert shard_of(service.live.new_room_id()) == 5


async def test_who_arrives_while_the_lobby_is_lost_and_back_comes_again(environ: dict[str, str]) -> None:
    """He would be welcomed, and nobody would know of him."""
    place = await Installation.open(Settings.from_env({**environ, "ROOM_SHARDS": "2"}))
    try:
        node = await place.boots("first")
        _, token = await place.logs_in("Ann")
        lobby = node.service.live.lobby
        ask = lobby.call

        async def call(op: str, *args: object) -> list[object]:
            answer = await ask(op, *args)
            if op == "attach":
                lobby.epoch += 1  # as after a loss: brought back before the arrival went on
            return answer

        lobby.call = call  # type: ignore[method-assign]
        with pytest.raises(Unavailable):
            await arrive.arrive(node.service, node.new_connection(), token, None, lambda *_: None)
    finally:
        await place.close()
