"""SIGTERM: everybody is told to connect elsewhere, and nobody loses a room."""

import asyncio

import aiohttp
import pytest

from tests.client import Client, connect, sign_up
from tests.processes import Processes
from tests.web.test_way_of_two import meet


async def test_a_node_that_is_told_to_go_sends_its_people_elsewhere(processes: Processes) -> None:
    leaving, staying = await processes.nodes(2)
    tokens = [await sign_up(leaving.url, name) for name in ("Anna", "Ben", "Cleo")]
    async with (
        connect(leaving.url, tokens[0]) as anna,
        connect(leaving.url, tokens[1]) as ben,
        connect(leaving.url, tokens[2]) as cleo,
    ):
        room_id = await meet(anna, ben)
        await anna.chat(room_id, "one", "c1")
        stopping = asyncio.create_task(leaving.stop())
        notices = [await each.expect("node.draining") for each in (cleo, anna, ben)]
        times = [notice["reconnect_after_ms"] for notice in notices]
        assert times[0] < min(times[1:])  # who is idle goes first
        assert [await each.closed() for each in (anna, ben, cleo)] == [4000] * 3
        async with (
            connect(staying.url, tokens[0], room={"room_id": room_id, "last_seq": 1}) as anna_again,
            connect(staying.url, tokens[1], room={"room_id": room_id, "last_seq": 0}) as ben_again,
        ):
            assert ben_again.room is not None
            assert [message["body"] for message in ben_again.room["messages"]] == ["one"]
            await anna_again.chat(room_id, "two", "c2")
            await ben_again.expect("chat.message")
            await ben_again.hears_nothing_of("room.ended")
        assert await stopping == 0


async def test_nobody_is_let_in_while_it_drains(processes: Processes) -> None:
    node = await processes.node(DRAIN_S="3")
    async with connect(node.url, await sign_up(node.url)) as anna:
        stubborn = asyncio.create_task(_ignore_the_end(anna))
        stopping = asyncio.create_task(node.stop())
        await anna.expect("node.draining")
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(f"{node.url}/ws")
            assert refused.value.status == 503
            assert await node.readiness(http) == 503
            async with http.get(f"{node.url}/healthz") as answer:
                assert answer.status == 200
        assert await stopping == 0
        await stubborn


async def test_an_idle_node_goes_at_once(processes: Processes) -> None:
    node = await processes.node()
    assert await node.stop(timeout=3) == 0


async def test_what_a_node_held_is_gone_when_it_has_gone(processes: Processes) -> None:
    leaving, staying = await processes.nodes(2, ABSENCE_S="0", HOLD_S="0")
    async with (
        connect(staying.url, await sign_up(staying.url, "Anna")) as anna,
        connect(leaving.url, await sign_up(leaving.url, "Ben")) as ben,
    ):
        await ben.ask("queue.join")
        page = await anna.ask("queue.browse", limit=10)
        assert [card["name"] for card in page["cards"]] == ["Ben"]
        assert await leaving.stop() == 0
        changed = await anna.expect("card.changed", within=5)
        assert (changed["user_id"], changed["presence"]) == (ben.user_id, "offline")


async def _ignore_the_end(client: Client) -> None:
    """A client whose kernel reads, and that does nothing about a close frame."""
    response = client.socket._response
    assert response.connection is not None
    assert response.connection.transport is not None
    response.connection.transport.set_write_buffer_limits(0)
    await client.closed()
