"""Clients that are wrong, too fast, too slow or gone, and that nobody else suffers from them."""

import asyncio
import json

import aiohttp
import pytest

from tests.client import Refused, connect, sign_up
from tests.processes import Node
from tests.web.conftest import metrics
from tests.web.test_way_of_two import meet


async def test_a_frame_that_is_not_understood_is_answered_with_its_ref(node: Node) -> None:
    async with connect(node.url, await sign_up(node.url)) as anna:
        for frame in (
            {"type": "no.such", "ref": 101},
            {"type": "queue.join", "ref": 101, "more": 1},
            {"type": "queue.browse", "ref": 101},
            {"type": "queue.browse", "ref": 101, "limit": 51},
            {"type": "queue.browse", "ref": 101, "limit": "5"},
        ):
            await anna.socket.send_str(json.dumps(frame))
            with pytest.raises(Refused, match="bad_message"):
                await anna.answer(101)
        for text in ("{", "null", '{"type":"queue.join","ref":"x"}', '{"type":"queue.join"}'):
            await anna.socket.send_str(text)
            failed = await anna.expect("failed")
            assert failed["code"] == "bad_message"
            assert "ref" not in failed
        await anna.socket.send_bytes(b"\x00\x01")
        assert (await anna.expect("failed"))["code"] == "bad_message"
        await anna.silence()


async def test_twenty_bad_messages_in_a_minute_are_enough(node: Node) -> None:
    async with connect(node.url, await sign_up(node.url)) as anna:
        for _ in range(19):
            await anna.is_refused("no.such")
        await anna.barrier()
        await anna.is_refused("no.such")
        assert await anna.closed() == 4500


async def test_a_frame_larger_than_64_kib_closes_the_socket(node: Node) -> None:
    async with connect(node.url, await sign_up(node.url)) as anna:
        await anna.is_refused("chat.send", room_id="x", client_id="c", kind="text", body="x" * 65_000)
        await anna.socket.send_str(json.dumps({"type": "ping", "ref": 1, "x": "y" * 65_536}))
        assert await anna.closed() == 1009


async def test_text_that_is_not_utf_8_is_not_understood(node: Node) -> None:
    async with connect(node.url, await sign_up(node.url)) as anna:
        await anna.socket.send_frame(b'{"type":"chat.typing","ref":77,"room_id":"\xff"}', aiohttp.WSMsgType.TEXT)
        with pytest.raises(Refused, match="bad_message"):
            await anna.answer(77)


async def test_a_peer_that_closes_is_answered_with_its_code(node: Node) -> None:
    async with connect(node.url, await sign_up(node.url)) as anna:
        await anna.socket.close(code=4321)
        assert anna.socket.close_code == 4321


async def test_one_who_does_not_answer_pings_is_closed(node: Node) -> None:
    token = await sign_up(node.url)
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{node.url}/ws", autoping=False) as socket:
        await socket.send_json({"type": "hello", "ref": 1, "token": token, "protocol": 1})
        heard = []
        async with asyncio.timeout(5):
            while True:
                message = await socket.receive()
                heard.append(message.type)
                if message.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING}:
                    break
        assert heard == [aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING, aiohttp.WSMsgType.CLOSE]
        assert message.data == 4002


async def test_one_who_answers_pings_stays(node: Node) -> None:
    async with connect(node.url, await sign_up(node.url)) as anna:
        with pytest.raises(AssertionError, match="did not come"):
            await anna.expect("nothing", within=3)
        await anna.silence()


async def test_any_frame_is_a_sign_of_life(node: Node) -> None:
    token = await sign_up(node.url)
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{node.url}/ws", autoping=False) as socket:
        await socket.send_json({"type": "hello", "ref": 1, "token": token, "protocol": 1})
        pongs = 0
        async with asyncio.timeout(10):
            async for message in socket:
                if message.type is aiohttp.WSMsgType.PING:  # answered by a frame of another kind
                    await socket.send_json({"type": "ping", "ref": 2})
                elif message.type is aiohttp.WSMsgType.TEXT:
                    pongs += message.data.startswith('{"type":"pong"')
                if pongs == 5:
                    break
        assert not socket.closed


async def test_a_member_who_is_silent_is_missed_within_seconds(node: Node) -> None:
    token = await sign_up(node.url, "Ben")
    async with connect(node.url, await sign_up(node.url, "Anna")) as anna, connect(node.url, token) as ben:
        room_id = await meet(anna, ben)
        ben.socket._autoping = False
        lost = await anna.expect("room.partner_lost", within=3)
        assert lost["room_id"] == room_id
        assert await ben.closed() == 4002


async def test_the_connections_of_a_node_can_be_seen(node: Node) -> None:
    async with connect(node.url, await sign_up(node.url)) as anna:
        await anna.ask("ping")
        page = await metrics(node)
    assert page['cresset_connections{state="idle"}'] >= 1
    assert page['cresset_messages_total{direction="in",type="ping"}'] >= 1
    assert page['cresset_messages_total{direction="out",type="welcome"}'] >= 1
    assert page['cresset_handling_seconds_count{type="hello"}'] >= 1


async def test_one_line_tells_of_each_connection_and_never_its_token(node: Node) -> None:
    token = await sign_up(node.url)
    async with connect(node.url, token, client={"name": "test", "version": "1"}) as anna:
        user_id = anna.user_id
    async with connect(node.url, await sign_up(node.url)) as other:
        await other.barrier()
    lines = [line for line in node.lines() if line.get("user_id") == user_id]
    assert [line["event"] for line in lines] == ["connection ended"]
    assert lines[0]["client"] == "test 1"
    assert token not in node.log.read_text()
