"""A scripted client: says and hears exactly what the wire carries, over a real websocket.

    async with connect(node.url, token) as anna:
        await anna.ask("queue.join")                         # its reply; Refused when it is `failed`
        invite = await anna.expect("invite.received")        # the next message of that type, others stay in order
        await anna.silence()                                 # nothing came up to here, proven by a ping

Nothing sleeps: what must not come is proven absent by a round trip behind it.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import aiohttp
import orjson

PATIENCE_S: Final = 10.0
"""How long an expected message may take: far longer than it should, so that only what is lost fails."""
PROTOCOL: Final = 1

Said = dict[str, Any]


class Refused(Exception):
    """A request was answered `failed`."""

    def __init__(self, failed: Said) -> None:
        super().__init__(failed["code"], failed.get("message", ""))
        self.failed = failed
        self.code: str = failed["code"]

    @property
    def retry_after_ms(self) -> int | None:
        """When asking again can succeed."""
        return self.failed.get("retry_after_ms")

    @property
    def outcome(self) -> str | None:
        """What became of the invite."""
        return self.failed.get("outcome")


class Closed(Exception):
    """The socket ended while something was expected of it."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class Client:
    """One websocket. What was heard and not yet asked for is in `heard`, in order."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.welcome: Said = {}
        self.heard: deque[Said] = deque()
        self._answers: dict[int, Said] = {}
        self._refs = itertools.count(1)
        self._news = asyncio.Event()
        self._is_over = False
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Starts to listen."""
        self._reading = asyncio.create_task(self._read(), name="client")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leaves like a browser's tab that is closed."""
        await self.leave()

    @property
    def user_id(self) -> str:
        """Who this is, since its welcome."""
        user_id: str = self.welcome["user"]["user_id"]
        return user_id

    @property
    def room(self) -> Said | None:
        """The room of its welcome."""
        room: Said | None = self.welcome["room"]
        return room

    @property
    def is_over(self) -> bool:
        """Whether the socket has ended."""
        return self._is_over

    # ------------------------------------------------------------------------------------------------ saying
    async def hello(self, token: str, **fields: Any) -> Said:
        """Opens; returns the welcome."""
        self.welcome = await self.ask("hello", token=token, protocol=PROTOCOL, **fields)
        return self.welcome

    async def say(self, what: str, /, **fields: Any) -> int:
        """Sends a message without waiting for its answer; returns its ref."""
        ref = next(self._refs)
        try:
            await self.socket.send_str(orjson.dumps({"type": what, "ref": ref, **fields}).decode())
        except ConnectionError:
            raise Closed(self.socket.close_code) from None
        return ref

    async def ask(self, what: str, /, **fields: Any) -> Said:
        """Sends a message and returns its reply. Raises Refused, Closed."""
        return await self.answer(await self.say(what, **fields))

    async def answer(self, ref: int) -> Said:
        """Returns the reply to a ref. Raises Refused, Closed."""
        await self._until(lambda: ref in self._answers, f"an answer to {ref}")
        answer = self._answers.pop(ref)
        if answer["type"] == "failed":
            raise Refused(answer)
        return answer

    async def is_refused(self, what: str, /, **fields: Any) -> Refused:
        """Sends a message that must be refused; returns how it was."""
        try:
            answer = await self.ask(what, **fields)
        except Refused as refused:
            return refused
        raise AssertionError(f"{what} was not refused: {answer}")

    async def chat(self, room_id: str, body: str, client_id: str) -> Said:
        """Says something in a room; returns `chat.sent`."""
        return await self.ask("chat.send", room_id=room_id, client_id=client_id, kind="text", body=body)

    # ------------------------------------------------------------------------------------------------ hearing
    async def expect(self, what: str, /, *, within: float = PATIENCE_S, **fields: Any) -> Said:
        """Takes the first message of this type (and with these fields) out of what was heard, waiting for it."""

        def find() -> Said | None:
            return next((each for each in self.heard if each["type"] == what and _fits(each, fields)), None)

        await self._until(lambda: find() is not None, f"{what} {fields or ''}", within)
        found = find()
        assert found is not None
        self.heard.remove(found)
        return found

    async def next(self, within: float = PATIENCE_S) -> Said:
        """Takes the next message, whatever it is."""
        await self._until(lambda: bool(self.heard), "a message", within)
        return self.heard.popleft()

    async def barrier(self) -> None:
        """Returns when everything that was sent before now has been heard."""
        await self.ask("ping")

    async def silence(self) -> None:
        """Fails if anything was heard that was not asked for."""
        await self.barrier()
        assert not self.heard, f"heard {list(self.heard)}"

    async def hears_nothing_of(self, *kinds: str) -> None:
        """Fails if a message of these types was heard."""
        await self.barrier()
        assert not [each for each in self.heard if each["type"] in kinds], f"heard {list(self.heard)}"

    # ------------------------------------------------------------------------------------------------ ending
    async def closed(self, within: float = PATIENCE_S) -> int | None:
        """Waits until the server closes; returns the close code (1006: without one)."""
        async with asyncio.timeout(within):
            while not self._is_over:
                self._news.clear()
                await self._news.wait()
        return self.socket.close_code

    async def leave(self) -> None:
        """Closes, as a tab does. After the end it does nothing."""
        if not self._is_over:
            await self.socket.close()
        await self._stop_reading()

    async def vanish(self) -> None:
        """Is gone without a word, as a phone in a tunnel, except that the kernel resets the connection."""
        connection = self.socket._response.connection  # there is no public way to the transport
        if connection and connection.transport:  # else it is over already
            connection.transport.abort()
        await self._stop_reading()

    async def _stop_reading(self) -> None:
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                said = orjson.loads(message.data)
                if "ref" in said:
                    assert said["ref"] not in self._answers, f"answered twice: {said}"
                    self._answers[said["ref"]] = said
                else:
                    self.heard.append(said)
                self._news.set()
        finally:
            self._is_over = True
            self._news.set()

    async def _until(self, holds: Any, what: str, within: float = PATIENCE_S) -> None:
        try:
            async with asyncio.timeout(within):
                while not holds():
                    if self._is_over:
                        raise Closed(self.socket.close_code)
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{what} did not come; heard {list(self.heard)}") from None


@asynccontextmanager
async def connect(
    url: str, token: str | None = None, *, headers: Mapping[str, str] | None = None, **hello: Any
) -> AsyncIterator[Client]:
    """A client of the node at `url` (http://...), welcomed when a token is given."""
    async with aiohttp.ClientSession() as http:
        socket = await http.ws_connect(f"{url}/ws", headers=headers, max_msg_size=0, autoping=True)
        async with Client(socket) as client:
            if token is not None:
                await client.hello(token, **hello)
            yield client


async def sign_up(url: str, name: str = "Anna", gender: str = "unspecified", **fields: str) -> str:
    """Makes a guest; returns the token."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/api/v1/guests", json={"name": name, "gender": gender, **fields}) as answer,
    ):
        body = await answer.json()
        assert answer.status == 201, body
        token: str = body["token"]
        return token


def _fits(said: Said, fields: Mapping[str, Any]) -> bool:
    return all(said.get(name) == value for name, value in fields.items())
