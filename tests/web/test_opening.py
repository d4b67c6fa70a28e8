"""The first frame is hello; what is refused, and how the socket is closed then."""

import aiohttp
import pytest

from tests.client import Refused, connect, sign_up
from tests.processes import Node

NOBODY = "A" * 43
"""Looks like a token."""


async def test_a_welcome_tells_who_where_and_how(node: Node) -> None:
    async with connect(node.url, await sign_up(node.url, "Anna", "female")) as anna:
        welcome = anna.welcome
    assert welcome["user"]["name"] == "Anna"
    assert welcome["user"]["account_type"] == "guest"
    assert welcome["node"] == f"127.0.0.1:{node.port}"
    assert welcome["ping_ms"] == 600
    assert welcome["limits"] == {"text_max": 500, "chat_burst": 5, "chat_every_ms": 1500}
    assert (welcome["presence"], welcome["wish"]) == ("online", False)
    assert (welcome["invites"], welcome["room"], welcome["last_room"], welcome["notifications"]) == ([], None, None, [])


async def test_silence_is_closed(node: Node) -> None:
    async with connect(node.url) as nobody:
        assert await nobody.closed() == 4508


@pytest.mark.parametrize(
    ("frame", "ref"),
    [
        ('{"type":"ping","ref":7}', 7),
        ('{"type":"hello","ref":8}', 8),
        ('{"type":"hello","ref":9,"token":"x","protocol":1,"more":1}', 9),
        ("not json", None),
        ("[]", None),
    ],
)
async def test_another_first_frame_is_closed(node: Node, frame: str, ref: int | None) -> None:
    async with connect(node.url) as nobody:
        await nobody.socket.send_str(frame)
        if ref is None:
            failed = await nobody.expect("failed")
            assert failed["code"] == "bad_message"
        else:
            with pytest.raises(Refused, match="bad_message"):
                await nobody.answer(ref)
        assert await nobody.closed() == 4500


async def test_a_binary_first_frame_is_closed(node: Node) -> None:
    async with connect(node.url) as nobody:
        await nobody.socket.send_bytes(b'{"type":"ping","ref":1}')
        assert (await nobody.expect("failed"))["code"] == "bad_message"
        assert await nobody.closed() == 4500


@pytest.mark.parametrize(
    ("token", "protocol", "code", "close"),
    [(NOBODY, 1, "not_authenticated", 4501), ("", 1, "not_authenticated", 4501), (NOBODY, 0, "protocol_too_old", 4504)],
)
async def test_a_refused_hello_is_answered_and_closed(
    node: Node, token: str, protocol: int, code: str, close: int
) -> None:
    async with connect(node.url) as nobody:
        refused = await nobody.is_refused("hello", token=token, protocol=protocol)
        assert refused.code == code
        assert await nobody.closed() == close


async def test_what_is_said_behind_hello_is_answered_behind_the_welcome(node: Node) -> None:
    token = await sign_up(node.url)
    async with connect(node.url) as anna:
        hello = await anna.say("hello", token=token, protocol=1)
        join = await anna.say("queue.join")
        browse = await anna.say("queue.browse", limit=5)
        assert (await anna.answer(hello))["presence"] == "online"
        assert (await anna.answer(join))["type"] == "done"
        assert (await anna.answer(browse))["cards"] == []


async def test_hello_is_said_once(node: Node) -> None:
    token = await sign_up(node.url)
    async with connect(node.url, token) as anna:
        refused = await anna.is_refused("hello", token=token, protocol=1)
        assert refused.code == "bad_message"
        await anna.silence()


async def test_a_page_of_somebody_else_cannot_open_a_socket(node: Node) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{node.url}/ws", headers={"Origin": "https://evil.example"})
        assert refused.value.status == 403
    async with connect(node.url, await sign_up(node.url), headers={"Origin": node.url}) as anna:
        await anna.silence()


async def test_a_token_in_the_url_is_never_looked_at(node: Node) -> None:
    token = await sign_up(node.url)
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{node.url}/ws?token={token}") as socket:
        message = await socket.receive(timeout=5)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == 4508


async def test_no_compression_is_agreed_on(node: Node) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{node.url}/ws", compress=15) as socket:
        assert not socket.compress
