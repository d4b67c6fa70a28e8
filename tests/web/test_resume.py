"""A node dies; its people go on at another one."""

import asyncio
import contextlib

import pytest

from core.ids import new_room_id
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


async def test_one_who_asks_for_a_room_that_is_none_keeps_the_place_he_has(processes: Processes) -> None:
    node = await processes.node()
    tokens = [await sign_up(node.url, "Anna"), await sign_up(node.url, "Ben")]
    async with connect(node.url, tokens[1]) as ben:
        async with connect(node.url, tokens[0]) as anna:
            room_id = await meet(anna, ben)
            assert (await anna.is_refused("room.enter", room_id=new_room_id(0), last_seq=0)).code == "not_in_room"
            await ben.chat(room_id, "still there?", "c1")
            await anna.expect("chat.message")
        await ben.expect("room.partner_lost", within=2)


async def test_both_return_to_a_call_at_once_and_may_negotiate_it(processes: Processes) -> None:
    node = await processes.node(LIMIT_SOCKET="off")
    tokens = [await sign_up(node.url, "Anna"), await sign_up(node.url, "Ben")]
    async with connect(node.url, tokens[0]) as anna, connect(node.url, tokens[1]) as ben:
        room_id = await meet(anna, ben, "video", seconds=300)
    for _ in range(20):
        room = {"room_id": room_id, "last_seq": 0}
        async with contextlib.AsyncExitStack() as both:
            entering = (both.enter_async_context(connect(node.url, token, room=room)) for token in tokens)
            for each in await asyncio.gather(*entering):
                assert each.room is not None
                negotiate = await each.expect("rtc.negotiate")
                while negotiate["generation"] < each.room["generation"]:
                    negotiate = await each.expect("rtc.negotiate")
                generation = negotiate["generation"]
                ref = await each.say("rtc.signal", room_id=room_id, generation=generation, candidate=None)
                await each.barrier()
                assert ref not in each._answers  # it is answered only when refused


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
