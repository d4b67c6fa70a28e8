"""A node dies; its people go on at another one."""

import asyncio

import pytest

from tests.client import Closed, connect, sign_up
from tests.processes import Processes
from tests.web.test_way_of_two import meet


async def test_a_room_outlives_the_node_of_both(processes: Processes) -> None:
    dying, other = await processes.nodes(2)
    tokens = [await sign_up(dying.url, "Anna"), await sign_up(dying.url, "Ben")]
    async with connect(dying.url, tokens[0]) as anna, connect(dying.url, tokens[1]) as ben:
        room_id = await meet(anna, ben)
        for number in range(1, 4):
            await anna.chat(room_id, f"before {number}", f"c{number}")
        for _ in range(3):
            await ben.expect("chat.message")
        await dying.kill()
        assert await anna.closed() == 1006
        with pytest.raises(Closed):
            await ben.ask("ping")
    async with (
        connect(other.url, tokens[0], room={"room_id": room_id, "last_seq": 3}) as anna,
        connect(other.url, tokens[1], room={"room_id": room_id, "last_seq": 1}) as ben,
    ):
        assert anna.room is not None
        assert ben.room is not None
        assert anna.room["room_id"] == ben.room["room_id"] == room_id
        assert anna.room["messages"] == []
        assert [message["seq"] for message in ben.room["messages"]] == [2, 3]
        await ben.chat(room_id, "still here", "c1")
        assert (await anna.expect("chat.message"))["message"]["seq"] == 4
        again = await anna.chat(room_id, "before 3", "c3")
        assert again["seq"] == 3
        await ben.hears_nothing_of("chat.message", "room.ended")


async def test_the_partner_of_one_who_was_lost_hears_it_and_hears_of_the_return(processes: Processes) -> None:
    node = await processes.node()
    tokens = [await sign_up(node.url, "Anna"), await sign_up(node.url, "Ben")]
    async with connect(node.url, tokens[0]) as anna:
        async with connect(node.url, tokens[1]) as ben:
            room_id = await meet(anna, ben)
            await ben.vanish()
        lost = await anna.expect("room.partner_lost")
        assert lost["room_id"] == room_id
        for number in range(1, 4):
            await anna.chat(room_id, f"where are you? {number}", f"c{number}")
        async with connect(node.url, tokens[1], room={"room_id": room_id, "last_seq": 0}) as ben:
            assert ben.room is not None
            assert [message["seq"] for message in ben.room["messages"]] == [1, 2, 3]
            await anna.expect("room.partner_returned")
            await ben.chat(room_id, "in a tunnel", "c1")
            await anna.expect("chat.message")


async def test_messages_said_while_somebody_enters_come_once_and_in_order(processes: Processes) -> None:
    first, second = await processes.nodes(2, LIMIT_CHAT="off", LIMIT_SOCKET="off")
    tokens = [await sign_up(first.url, "Anna"), await sign_up(first.url, "Ben")]
    async with connect(first.url, tokens[0]) as anna, connect(first.url, tokens[1]) as ben:
        room_id = await meet(anna, ben)
        talking = asyncio.create_task(_talk(anna, room_id, 400))
        for tab in range(10):
            node = (first, second)[tab % 2]
            async with connect(node.url, tokens[1], room={"room_id": room_id, "last_seq": 0}) as again:
                assert again.room is not None
                heard = [message["seq"] for message in again.room["messages"]]
                while len(heard) < again.room["last_seq"] + 15:
                    heard.append((await again.expect("chat.message"))["message"]["seq"])
                assert heard == list(range(heard[0], heard[0] + len(heard)))
        await talking


async def _talk(client: object, room_id: str, number: int) -> None:
    for each in range(number):
        await client.chat(room_id, f"word {each}", f"w{each}")  # type: ignore[attr-defined]
