"""A node with settings of the test's own: limits, readers that do not read, sessions that end."""

import aiohttp
import pytest

from tests.client import Client, connect, sign_up
from tests.processes import Node, Processes
from tests.web.conftest import metrics
from tests.web.test_way_of_two import meet


async def test_who_connects_too_often_without_a_good_hello_is_turned_away(processes: Processes) -> None:
    node = await processes.node(LIMIT_CONNECT="3/1m")
    token = await sign_up(node.url)
    for _ in range(6):  # a good hello gives the connect back
        async with connect(node.url, token) as anna:
            await anna.barrier()
    async with aiohttp.ClientSession() as http:
        for _ in range(3):
            async with http.ws_connect(f"{node.url}/ws"):
                pass
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{node.url}/ws")
        assert refused.value.status == 429
        assert refused.value.headers is not None
        assert int(refused.value.headers["Retry-After"]) >= 1


async def test_a_session_that_expires_is_closed(processes: Processes) -> None:
    node = await processes.node(GUEST_DAYS=str(1.5 / 86_400))
    token = await sign_up(node.url)
    async with connect(node.url, token) as anna:
        assert await anna.closed() == 4501
    async with connect(node.url) as anna:
        assert (await anna.is_refused("hello", token=token, protocol=1)).code == "not_authenticated"


async def test_who_talks_too_fast_is_told_how_long_to_wait_and_closed_when_it_goes_on(processes: Processes) -> None:
    node = await processes.node(LIMIT_SOCKET="1/10s burst 3")
    async with connect(node.url, await sign_up(node.url)) as anna:
        for _ in range(3):
            await anna.ask("ping")
        refused = await anna.is_refused("ping")
        assert refused.code == "rate_limited"
        assert refused.retry_after_ms is not None
        assert 5_000 < refused.retry_after_ms <= 10_000
        for _ in range(99):
            await anna.say("ping")
        assert await anna.closed() == 4005


async def test_a_session_that_expires_in_a_room_is_closed_at_its_end(processes: Processes) -> None:
    node = await processes.node(GUEST_DAYS=str(3 / 86_400), LIMIT_SOCKET="off")
    async with (
        connect(node.url, await sign_up(node.url, "Anna")) as anna,
        connect(node.url, await sign_up(node.url, "Ben")) as ben,
    ):
        room_id = await meet(anna, ben)
        last = anna.welcome["server_at_ms"] + 4_000
        while (await anna.ask("ping"))["server_at_ms"] < last:
            await ben.ask("ping")
        await anna.chat(room_id, "still here", "c1")
        await anna.ask("room.leave", room_id=room_id)
        for each in (anna, ben):
            await each.expect("room.ended")
            assert await each.closed() == 4501


async def test_one_who_does_not_read_is_cut_off_and_nobody_else_waits(processes: Processes) -> None:
    node = await processes.node(
        LIMIT_CHAT="off", LIMIT_SOCKET="off", TEXT_MAX="10000", ROOM_PING_S="60", ROOM_PONG_S="60"
    )
    async with (
        connect(node.url, await sign_up(node.url, "Anna")) as anna,
        connect(node.url, await sign_up(node.url, "Ben")) as ben,
    ):
        room_id = await meet(anna, ben)
        stop_reading(ben)
        text = "x" * 10_000
        for number in range(0, 4_000, 8):
            refs = [
                await anna.say("chat.send", room_id=room_id, client_id=f"c{number + each}", kind="text", body=text)
                for each in range(8)
            ]
            for ref in refs:
                await anna.answer(ref)
            if any(each["type"] == "room.partner_lost" for each in anna.heard):
                break
        await anna.expect("room.partner_lost")
        await anna.chat(room_id, "are you there?", "last")
    assert await closed_with(node, 4001) == 1


async def test_a_long_room_is_no_reason_to_cut_somebody_off(processes: Processes) -> None:
    node = await processes.node(LIMIT_CHAT="off", LIMIT_SOCKET="off", TEXT_MAX="10000")
    token = await sign_up(node.url, "Ben")
    async with connect(node.url, await sign_up(node.url, "Anna")) as anna, connect(node.url, token) as ben:
        room_id = await meet(anna, ben)
        for number in range(200):
            await anna.chat(room_id, "x" * 10_000, f"c{number}")
        async with connect(node.url, token, room={"room_id": room_id, "last_seq": 0}) as again:
            assert again.room is not None
            assert len(again.room["messages"]) == 200
            refs = [await again.say("chat.history", room_id=room_id, limit=100) for _ in range(8)]
            for ref in refs:
                assert len((await again.answer(ref))["messages"]) == 100
            await anna.chat(room_id, "well?", "last")
            await again.expect("chat.message")


async def test_requests_come_back_each_with_its_ref_and_writes_in_order(processes: Processes) -> None:
    node = await processes.node(LIMIT_CHAT="off", LIMIT_SOCKET="off")
    async with (
        connect(node.url, await sign_up(node.url, "Anna")) as anna,
        connect(node.url, await sign_up(node.url, "Ben")) as ben,
    ):
        room_id = await meet(anna, ben)
        refs = [
            await anna.say("chat.send", room_id=room_id, client_id=f"c{number}", kind="text", body=f"{number}")
            for number in range(300)
        ]
        assert [(await anna.answer(ref))["seq"] for ref in refs] == list(range(1, 301))
        bodies = [(await ben.expect("chat.message"))["message"]["body"] for _ in range(300)]
        assert bodies == [str(number) for number in range(300)]


def stop_reading(client: Client) -> None:
    """From now on what the server sends piles up."""
    response = client.socket._response
    assert response.connection is not None
    assert response.connection.transport is not None
    response.connection.transport.pause_reading()


async def closed_with(node: Node, code: int) -> float:
    """How many connections ended with this code."""
    return (await metrics(node)).get(f'cresset_connections_closed_total{{code="{code}"}}', 0)
