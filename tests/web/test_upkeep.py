"""What a node does about its own death and about that of Redis."""

import asyncio
import contextlib
from typing import Any

import asyncpg
from redis.asyncio import Redis

from tests.client import Client, Refused, Said, connect, sign_up
from tests.processes import Processes
from tests.servers import Stores
from tests.web.conftest import until_not_ready
from tests.web.test_way_of_two import meet


async def test_a_node_that_was_paused_too_long_closes_its_sockets_and_starts_over(processes: Processes) -> None:
    paused, other = await processes.nodes(2, NODE_LEASE_S="1.5", NODE_RENEW_S="0.5", HOLD_S="0.5", GRACE_S="5")
    tokens = [await sign_up(other.url, "Anna"), await sign_up(other.url, "Ben")]
    async with connect(paused.url, tokens[0]) as anna, connect(other.url, tokens[1]) as ben:
        room_id = await meet(anna, ben)
        await anna.chat(room_id, "one", "c1")
        await ben.expect("chat.message")
        paused.pause()
        await ben.expect("room.partner_lost")
        async with connect(other.url, tokens[0], room={"room_id": room_id, "last_seq": 1}) as again:
            await ben.expect("room.partner_returned")
            paused.resume()
            assert await anna.closed() == 4003
            await ben.chat(room_id, "two", "c1")
            await again.expect("chat.message")
            await paused.ready()
            async with connect(paused.url, tokens[1]) as ben_elsewhere:
                assert ben_elsewhere.room is not None
                assert ben_elsewhere.room["bound_elsewhere"]
            await again.hears_nothing_of("room.partner_lost")


async def test_a_node_whose_predecessor_was_killed_takes_its_name(processes: Processes) -> None:
    node, other = await processes.nodes(2, HOLD_S="0", ABSENCE_S="0.5")
    async with (
        connect(other.url, await sign_up(other.url, "Anna")) as anna,
        connect(node.url, await sign_up(node.url, "Ben")) as ben,
    ):
        await ben.ask("queue.join")
        assert len((await anna.ask("queue.browse", limit=10))["cards"]) == 1
        await node.kill()
        await node.start()
        changed = await anna.expect("card.changed", within=15)  # a restart is a lost connection: the absence runs
        assert (changed["user_id"], changed["presence"]) == (ben.user_id, "offline")


async def test_redis_goes_and_comes_back_with_its_data(fragile: Stores, fragile_processes: Processes) -> None:
    node = await fragile_processes.node()
    async with (
        connect(node.url, await sign_up(node.url, "Anna")) as anna,
        connect(node.url, await sign_up(node.url, "Ben")) as ben,
        connect(node.url, await sign_up(node.url, "Cleo")) as cleo,
    ):
        room_id = await meet(anna, ben)
        assert fragile.redis is not None
        fragile.redis.kill()
        on_its_way = await cleo.say("queue.join")
        await until_not_ready(node)
        refused = await ben.is_refused("queue.join")
        assert refused.code == "unavailable"
        assert refused.retry_after_ms
        await fragile.redis.start()
        await node.ready()
        await _answered(cleo, on_its_way)
        assert (await _say_until_sent(anna, room_id))["seq"] == 1
        await ben.expect("chat.message")
        await ben.ask("queue.join")


async def test_redis_comes_back_empty(fragile: Stores, fragile_processes: Processes) -> None:
    nodes = await fragile_processes.nodes(2)
    await fragile_processes.worker()
    async with (
        connect(nodes[0].url, await sign_up(nodes[0].url, "Anna")) as anna,
        connect(nodes[1].url, await sign_up(nodes[1].url, "Ben")) as ben,
        connect(nodes[0].url, await sign_up(nodes[0].url, "Cleo")) as cleo,
    ):
        room_id = await meet(anna, ben)
        await cleo.ask("queue.join")
        await anna.chat(room_id, "one", "c1")
        await ben.expect("chat.message")
        await _recorded(fragile, room_id, 1)
        client = Redis.from_url(fragile.redis_url)
        await client.flushall()
        await client.aclose()
        restored = [await each.expect("room.restored", within=15) for each in (anna, ben)]
        assert restored[0]["epoch"] == restored[1]["epoch"] > 1
        for each in (anna, ben):
            entered = await each.ask("room.enter", room_id=room_id, last_seq=1, epoch=1)
            assert entered["room"]["epoch"] == restored[0]["epoch"]
            assert [message["body"] for message in entered["room"]["messages"]] == ["one"]
        assert (await _say_until_sent(anna, room_id))["seq"] == 2
        await ben.expect("chat.message")
        await ben.hears_nothing_of("room.ended", "room.partner_lost")
        page = await _ask_until_answered(anna, "queue.browse", limit=10, again=True)
        assert [card["name"] for card in page["cards"]] == ["Cleo"]


async def test_who_looks_at_a_card_hears_of_it_also_after_redis_was_lost(processes: Processes, redis: Redis) -> None:
    first, second = await processes.nodes(2, HOLD_S="1", ABSENCE_S="0.5", LIMIT_CONNECT="off")
    async with connect(first.url, await sign_up(first.url, "Anna")) as anna, contextlib.AsyncExitStack() as here:
        ben, cleo = [
            await here.enter_async_context(connect(second.url, await sign_up(second.url, name)))
            for name in ("Ben", "Cleo")
        ]
        for each in (ben, cleo):
            await each.ask("queue.join")
        assert len((await anna.ask("queue.browse", limit=10))["cards"]) == 2
        await redis.flushdb()
        await cleo.vanish()  # at the same moment: her node tells a lobby that knows nothing
        await anna.expect("card.changed", user_id=cleo.user_id, presence="offline")
        await _ask_until_answered(ben, "queue.leave")
        await anna.expect("card.changed", user_id=ben.user_id, presence="online")


async def test_a_hole_in_what_a_node_is_told_sends_everybody_for_his_state(processes: Processes, redis: Redis) -> None:
    node, other = await processes.nodes(2)
    tokens = [await sign_up(node.url, name) for name in ("Anna", "Ben")]
    async with connect(node.url, tokens[0]) as anna, connect(other.url, tokens[1]) as ben:
        room_id = await meet(anna, ben)
        await ben.chat(room_id, "one", "c1")
        (incarnation,) = [
            name
            for name in await redis.hkeys("{lobby}:inboxes")  # type: ignore[misc]
            if await redis.hget(b"{lobby}:node:" + name, "name") == f"127.0.0.1:{node.port}".encode()  # type: ignore[misc]
        ]
        await redis.hincrby("{lobby}:inboxes", incarnation, 1)  # type: ignore[misc]
        await ben.ask("room.leave", room_id=room_id)  # is announced to her behind the hole
        assert await anna.closed() == 4003
        await ben.expect("room.ended")
    async with connect(node.url, tokens[0], room={"room_id": room_id, "last_seq": 0}) as anna:
        assert anna.welcome["last_room"]["room_id"] == room_id
        assert [message["body"] for message in anna.welcome["last_room"]["messages"]] == ["one"]


async def test_redis_is_lost_again_while_its_families_are_brought_back(processes: Processes, redis: Redis) -> None:
    node = await processes.node(LIMIT_CONNECT="off", LIMIT_SIGNUP="off")
    async with contextlib.AsyncExitStack() as here:
        for number in range(50):
            token = await sign_up(node.url, f"Guest {number}")
            guest = await here.enter_async_context(connect(node.url, token))
        for attempt in range(8):
            await redis.flushdb()
            while not await redis.hexists("{lobby}:marker", "epoch"):  # type: ignore[misc]
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.001 * attempt)  # its inbox is opened, its lease taken, its connections announced
            await redis.flushdb()
            await _ask_until_answered(guest, "queue.join")


async def _say_until_sent(client: Client, room_id: str) -> Said:
    """Writes as a client does: `unavailable` is asked again after the time it names."""
    return await _ask_until_answered(
        client, "chat.send", room_id=room_id, client_id="again", kind="text", body="still here"
    )


async def _ask_until_answered(client: Client, what: str, /, **fields: Any) -> Said:
    async with asyncio.timeout(15):
        while True:
            try:
                return await client.ask(what, **fields)
            except Refused as refused:
                if refused.code != "unavailable":
                    raise
                await asyncio.sleep((refused.retry_after_ms or 100) / 1000)


async def _answered(client: Client, ref: int) -> None:
    """What was on its way when Redis went is answered: done once Redis is back, or `unavailable`."""
    try:
        await client.answer(ref)
    except Refused as refused:
        assert refused.code == "unavailable"  # noqa: PT017 - either will do


async def _recorded(stores: Stores, room_id: str, seq: int) -> None:
    """Waits until PostgreSQL has the room and its messages up to seq."""
    connection = await asyncpg.connect(stores.database_url)
    try:
        async with asyncio.timeout(15):
            while not await connection.fetchval(
                "select true from room_messages where room_id = $1 and seq = $2", room_id, seq
            ):
                await asyncio.sleep(0.05)
    finally:
        await connection.close()
