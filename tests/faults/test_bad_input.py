"""Whatever strangers send: a coded refusal, nothing changed, nothing told of our insides, and nobody else disturbed."""

import asyncio
import os
from typing import Any, Final

import aiohttp
import asyncpg
import orjson
from aiohttp import WSMsgType

from core import keys
from core.protocol.codes import HTTP_CODES, SOCKET_CODES
from tests.client import PROTOCOL
from tests.faults.nonsense import Targets, first_frames, frames, requests
from tests.processes import Node
from tests.world import NO_LIMITS, ROOM_SHARDS, Person, World, eventually

SEED: Final = int(os.environ.get("FUZZ_SEED", "20261122"))
FRAMES: Final = 2_000
FIRST_FRAMES: Final = 200
REQUESTS: Final = 600
STRANGERS: Final = 4
ANSWER_S: Final = 10.0
BAD_MESSAGES_MAX: Final = 20
FORBIDDEN: Final = ("Traceback", 'File "', "asyncpg", "redis.exceptions", "user_script", "/core/", "/web/")
"""What an answer must not hold."""
PASSING: Final = (
    "answers:",
    "inbox",
    "leases",
    "marker",
    "watch:",
    "names",
    "node:",
    "tomb:",
    "clock_shift_ms",
    "arq:",
)
"""Keys of the machinery, that change while nobody does anything."""


async def test_nonsense_changes_nothing(world: World) -> None:
    """2,000 frames and 600 requests that make no sense, sent while others meet, ring and wait."""
    await world.opens(NO_LIMITS, {"INVITE_TTL_S": "600", "TORCH_DIM_S": "3600"})
    ann, bob, cid, dan, eve = await world.people("Ann", "Bob", "Cid", "Dan", "Eve")
    room = await world.meet(ann, bob)
    await ann.says(room, "a talk that nobody disturbs")
    await bob.hears("a talk that nobody disturbs")
    call = await world.meet(cid, dan, "video", seconds=1800)
    await cid.tab.ask("rtc.outcome", room_id=call.room_id, generation=1, outcome="connected")
    fay = await world.person("Fay")
    ringing = await fay.invites(eve)
    bystanders = [ann, bob, cid, dan, eve, fay]
    strangers = [await world.signs_up(f"Mal {number}") for number in range(STRANGERS)]
    targets = Targets(
        (room.room_id, call.room_id), (ringing,), tuple(each.user_id for each in bystanders if each is not eve)
    )
    await eventually(lambda: _nothing_waits(world))
    before = await _everything(world, strangers)

    await asyncio.gather(
        *(
            _talks_nonsense(mal, world.nodes[number % 2], SEED + number, targets)
            for number, mal in enumerate(strangers)
        ),
        _begins_with_nonsense(world, targets),
        _asks_nonsense(world, targets, strangers[0]),
    )
    await _sends_too_much(world, strangers[0])

    await eventually(lambda: _nothing_waits(world))
    after = await _everything(world, strangers)
    assert after.keys() == before.keys()
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}
    await world.silence(*bystanders)
    for each in bystanders:
        assert not each.tab.is_over
    await bob.says(room, "did you notice anything?")
    await ann.hears("did you notice anything?")
    assert await eve.accepts(ringing) == await fay.is_told_of_a_room()


async def _talks_nonsense(mal: Person, node: Node, seed: int, targets: Targets) -> None:
    """One stranger, who comes back whenever he is thrown out."""
    left = list(frames(seed, FRAMES // STRANGERS, targets))
    async with aiohttp.ClientSession() as http:
        while left:
            async with http.ws_connect(f"{node.url}/ws", max_msg_size=0) as socket:
                await socket.send_json({"type": "hello", "ref": 0, "token": mal.token, "protocol": PROTOCOL})
                assert (await socket.receive_json(timeout=ANSWER_S))["type"] == "welcome"
                bad = 0
                while left and bad < BAD_MESSAGES_MAX:
                    frame = left.pop()
                    bad += await _is_refused(socket, frame) == "bad_message"
                if bad == BAD_MESSAGES_MAX:
                    assert (await socket.receive(timeout=ANSWER_S)).type is WSMsgType.CLOSE
                    assert socket.close_code == 4500


async def _begins_with_nonsense(world: World, targets: Targets) -> None:
    async with aiohttp.ClientSession() as http:
        for number, frame in enumerate(first_frames(SEED, FIRST_FRAMES, targets)):
            async with http.ws_connect(f"{world.nodes[number % 2].url}/ws", max_msg_size=0) as socket:
                code = await _is_refused(socket, frame)
                closed = await socket.receive(timeout=ANSWER_S)
                assert closed.type is WSMsgType.CLOSE, (frame, closed)
                expected = {"not_authenticated": 4501, "protocol_too_old": 4504}.get(code, 4500)
                assert socket.close_code == expected, (frame, code)


async def _is_refused(socket: aiohttp.ClientWebSocketResponse, frame: bytes | str) -> str:
    """Sends a frame and returns the code of its refusal."""
    await socket.send_frame(frame.encode() if isinstance(frame, str) else frame, _kind(frame))
    heard = await socket.receive(timeout=ANSWER_S)
    assert heard.type is WSMsgType.TEXT, (frame, heard)
    said = orjson.loads(heard.data)
    assert said["type"] == "failed", (frame, said)
    assert said["code"] in SOCKET_CODES, (frame, said)
    assert said["code"] not in ("internal", "unavailable"), (frame, said)
    assert not [word for word in FORBIDDEN if word in heard.data], (frame, said)
    return str(said["code"])


def _kind(frame: bytes | str) -> WSMsgType:
    return WSMsgType.TEXT if isinstance(frame, str) else WSMsgType.BINARY


async def _asks_nonsense(world: World, targets: Targets, mal: Person) -> None:
    for number, request in enumerate(requests(SEED, REQUESTS, targets, mal.token)):
        status, body, _ = await world.ask_http(
            world.nodes[number % 2], request.method, request.path, allow_redirects=False, **request.options
        )
        assert 400 <= status < 500, (request, status, body)
        assert not [word for word in FORBIDDEN if word in str(body)], (request, body)
        if request.path.startswith("/api/"):
            assert body["code"] in HTTP_CODES, (request, body)
            assert body["status"] == status


async def _sends_too_much(world: World, mal: Person) -> None:
    """Frames that are too large, and requests that are none."""
    await mal.opens()
    await mal.tab.socket.send_str('{"type":"ping","ref":1,"x":"' + "x" * 70_000 + '"}')
    assert await mal.tab.closed() == 1009
    world.keep_secret("a-token-in-a-broken-line")
    for raw in (
        b"\0" * 100,
        b"GET /?a-token-in-a-broken-line HTTP/9.9\r\n\r\n",
        b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization Bearer a-token-in-a-broken-line\r\n\r\n",
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", world.nodes[0].port)
        writer.write(raw)
        writer.write_eof()
        async with asyncio.timeout(ANSWER_S):
            answer = (await reader.read()).decode(errors="replace")
        assert not answer or answer.split(" ", 2)[1].startswith("4"), answer
        assert not [word for word in FORBIDDEN if word in answer], answer
        writer.close()


async def _nothing_waits(world: World) -> bool:
    return not any([await world.redis.xlen(keys.journal(family)) for family in keys.families(ROOM_SHARDS)])


async def _everything(world: World, strangers: list[Person]) -> dict[str, Any]:
    """Every key and every row that means something to anybody but the strangers."""
    theirs = [each.user_id for each in strangers]
    found: dict[str, Any] = {}
    async for raw in world.redis.scan_iter(count=1_000):
        name = raw.decode()
        if any(word in name for word in (*PASSING, *theirs)) or name.startswith("limit:") or "}:of:" in name:
            continue
        found[name] = await _value(world, raw, theirs)
    connection = await asyncpg.connect(world.stores.database_url)
    try:
        for table in await connection.fetch(
            "select relname from pg_class where relkind = 'r' and relnamespace = current_schema::regnamespace"
        ):
            if table["relname"] not in ("shards", "rate_limits"):
                rows = await connection.fetch(f'select t::text as row from "{table["relname"]}" t')
                found[table["relname"]] = sorted(row["row"] for row in rows)
    finally:
        await connection.close()
    return found


async def _value(world: World, key: bytes, theirs: list[str]) -> Any:
    redis: Any = world.redis
    kind = (await redis.type(key)).decode()
    if kind == "hash":
        return await redis.hgetall(key)
    if kind == "list":
        return await redis.lrange(key, 0, -1)
    if kind == "set":
        return await redis.smembers(key)
    if kind == "stream":
        return await redis.xlen(key)
    if kind == "zset":
        members = [member.decode() for member in await redis.zrange(key, 0, -1)]
        return sorted(member for member in members if not any(each in member for each in theirs))
    return await redis.get(key)
