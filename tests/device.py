"""A client that comes back by itself, as the browser's library does (web/client/lib): the same promises, no page.

    device = await world.device(ann)
    await device.until(lambda: device.is_seated)
    device.say("hello")                       # sent now, or as soon as that is possible; never twice, never lost
    await device.until(lambda: device.is_calm)

It says hello with its room, last_seq and epoch; sends again, under the old client_id, what was not acknowledged; takes
the whole state after a new epoch and sends its own messages that are missing in it again; watches the link while it is
in a room and goes elsewhere when nobody answers.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, Self

import aiohttp

from tests.client import Client, Closed, Refused, Said, connect

PATIENCE_S: Final = 15.0
ALERT_S: Final = 3.0
"""In a room: quiet for so long is asked about, and an answer that takes so long is none (web/client/lib/seat.js)."""
UNHURRIED_S: Final = 15.0
WELCOME_S: Final = 10.0
"""From opening a socket to the welcome (web/client/lib/connection.js)."""
FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 2.0
"""Full jitter below a ceiling that doubles (web/client/lib/backoff.js, URGENT)."""
FIRST_FINAL_CLOSE: Final = 4500
TOO_BIG: Final = 1009
SOON: Final = frozenset({"rate_limited", "unavailable", "too_early"})
"""Refusals of the moment."""
SOON_S: Final = 0.2


@dataclass
class Unsent:
    """Said by the user and not acknowledged."""

    client_id: str
    body: str


class Device:
    """One user's client. What it holds of its room is what it would show."""

    _names = itertools.count(1)

    def __init__(self, token: str, urls: Sequence[str], keep_secret: Callable[[str], None]) -> None:
        self.urls = list(urls)
        self.user_id = ""
        self.welcome: Said = {}
        self.welcomes = 0
        self.closes: list[int | None] = []
        """How its sockets ended."""
        self.room_id = ""
        self.epoch = 0
        self.is_started = False
        self.is_seated = False
        self.ended: Said | None = None
        """How its room ended."""
        self.messages: dict[int, Said] = {}
        self.acknowledged: dict[str, str] = {}
        """client_id -> body of what the server has taken."""
        self.outbox: list[Unsent] = []
        self.heard: list[Said] = []
        """Every push, in order."""
        self.name = f"d{next(Device._names)}"
        self._token = token
        self._keep_secret = keep_secret
        self._numbers = itertools.count(1)
        self._client: Client | None = None
        self._news = asyncio.Event()
        self._to_send = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._attempts = 0

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name=f"device {self.name}")
        await self.until(lambda: self.welcomes > 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stops()

    # --------------------------------------------------------------------------------------------- what it shows
    @property
    def is_connected(self) -> bool:
        return self._client is not None

    @property
    def is_calm(self) -> bool:
        """Everything said has been acknowledged and nothing is missing."""
        return not self.outbox and self.is_whole

    @property
    def is_whole(self) -> bool:
        """No message is missing between those that are here."""
        return not self.messages or len(self.messages) == self.last_seq - min(self.messages) + 1

    @property
    def last_seq(self) -> int:
        """Up to which there is no hole."""
        return max(self.messages, default=0)

    @property
    def texts(self) -> list[str]:
        """What was said in the room, in its order."""
        return [str(self.messages[seq]["body"]) for seq in sorted(self.messages)]

    @property
    def node(self) -> str:
        """The name of the node that welcomed it last."""
        return str(self.welcome.get("node", ""))

    def pushes(self, kind: str) -> list[Said]:
        """Returns what it was told of this kind."""
        return [each for each in self.heard if each["type"] == kind]

    async def until(self, holds: Callable[[], Any], *, within: float = PATIENCE_S, what: str = "") -> float:
        """Waits until something is true of it; returns how many seconds that took."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(within):
                while not holds():
                    if self._running and self._running.done():
                        self._running.result()
                        raise AssertionError(f"{self.name} has stopped: {self.closes}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(
                f"{what or 'it'} did not come true in {within:g} s: connected {self.is_connected}, seated "
                f"{self.is_seated}, ended {self.ended}, closes {self.closes}, outbox {len(self.outbox)}, "
                f"messages {len(self.messages)}, heard {self.heard[-5:]}"
            ) from None
        return time.monotonic() - began

    async def is_back(self, *, within: float = PATIENCE_S, welcomes: int = 2) -> float:
        """Waits for its seat in the room after so many welcomes; returns how many seconds that took."""
        return await self.until(lambda: self.welcomes >= welcomes and self.is_seated, within=within, what="its return")

    async def is_in_epoch(self, epoch: int, *, within: float = PATIENCE_S) -> float:
        """Waits until it has taken its room's state from a new life of Redis."""
        return await self.until(lambda: self.epoch >= epoch and self.is_seated, within=within, what=f"epoch {epoch}")

    async def is_settled(self, *, within: float = PATIENCE_S) -> float:
        """Waits until everything it said was acknowledged."""
        return await self.until(lambda: self.is_calm, within=within, what="every acknowledgement")

    async def has(self, seq: int, *, within: float = PATIENCE_S) -> float:
        """Waits for the message with this number and all before it."""
        return await self.until(lambda: self.last_seq >= seq and self.is_whole, within=within, what=f"message {seq}")

    # ----------------------------------------------------------------------------------------------- what it does
    async def ask(self, what: str, /, **fields: Any) -> Said:
        """One request over the link there is. Raises Refused, Closed."""
        if self._client is None:
            raise Closed(None)
        return await self._client.ask(what, **fields)

    def say(self, body: str) -> str:
        """Says something in the room; returns its client_id. It goes out when it can."""
        self._keep_secret(body)
        unsent = Unsent(f"{self.name}-{next(self._numbers)}", body)
        self.outbox.append(unsent)
        self._to_send.set()
        return unsent.client_id

    async def is_in(self, room_id: str) -> None:
        """Takes a seat in a room that has opened."""
        self.room_id, self.messages, self.ended, self.is_started = room_id, {}, None, False
        await self._enter()
        await self.until(lambda: self.is_started, what="room.started")

    async def stops(self) -> None:
        """Is gone and does not come back."""
        assert self._running
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def moves(self) -> None:
        """Drops its link and takes another one, to the first of `urls`."""
        before = self.welcomes
        if self._client:
            await self._client.leave()
        await self.until(lambda: self.welcomes > before)

    # ------------------------------------------------------------------------------------------------- one attempt
    async def _run(self) -> None:
        for attempt in itertools.count():
            url = self.urls[attempt % len(self.urls)]  # whoever sends us away, the next one may take us
            try:
                async with AsyncExitStack() as exits:
                    async with asyncio.timeout(WELCOME_S):
                        client = await exits.enter_async_context(connect(url))
                        exits.push_async_callback(client.vanish)
                        await self._open(client)
                    await self._use(client)
            except (aiohttp.ClientError, OSError, Refused, Closed) as error:  # a timeout is an OSError
                code = error.code if isinstance(error, Closed) else None
                self.closes.append(code)
                if code is not None and (code >= FIRST_FINAL_CLOSE or code == TOO_BIG):
                    return
            finally:
                self._client, self.is_seated = None, False
                self._changed()
            await asyncio.sleep(random.random() * min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(self._attempts, 16)))
            self._attempts += 1

    async def _open(self, client: Client) -> None:
        claim = {}
        claimed = self.room_id and not self.ended
        if claimed:
            claim = {"room": {"room_id": self.room_id, "last_seq": self.last_seq, "epoch": self.epoch}}
        try:
            welcome = await client.hello(self._token, **claim)
        except Refused:
            await client.closed()
            raise Closed(client.socket.close_code) from None
        self._attempts = 0
        self._client, self.welcome, self.user_id = client, welcome, welcome["user"]["user_id"]
        if claimed and welcome["room"]:
            self._take(welcome["room"])
            self.is_seated = True
        elif claimed:
            self._over(welcome["last_room"] or {"room_id": self.room_id, "reason": "unknown"})
        self.welcomes += 1
        self._changed()

    async def _use(self, client: Client) -> None:
        sending = asyncio.create_task(self._send_all(client), name=f"sending {self.name}")
        try:
            await self._listen(client)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _listen(self, client: Client) -> None:
        while True:
            try:
                self._hear(await client.next(ALERT_S if self.is_seated else UNHURRIED_S), client)
            except AssertionError:  # quiet: is anybody there?
                try:
                    async with asyncio.timeout(ALERT_S):
                        await client.barrier()
                except TimeoutError:
                    raise Closed(None) from None

    async def _send_all(self, client: Client) -> None:
        while True:
            self._to_send.clear()
            while self.outbox and (self.is_started or self.ended):
                if not await self._send(client, self.outbox[0]):
                    break
            await self._to_send.wait()

    async def _send(self, client: Client, unsent: Unsent) -> bool:
        """One after the other, so that a refusal never changes their order."""
        try:
            sent = await client.chat(self.room_id, unsent.body, unsent.client_id)
        except Refused as refused:
            if refused.code in SOON:
                await asyncio.sleep((refused.retry_after_ms or SOON_S * 1000) / 1000)
                return True
            if refused.code == "not_bound":
                return False  # whoever takes the seat sends again
            self.outbox.remove(unsent)  # the room ended first
            self._changed()
            return True
        except (Closed, AssertionError):
            return False
        self.acknowledged[unsent.client_id] = unsent.body
        self.outbox.remove(unsent)
        said = {"seq": sent["seq"], "from": self.user_id, "body": unsent.body, "client_id": unsent.client_id}
        self.messages.setdefault(sent["seq"], said)
        self._changed()
        return True

    # --------------------------------------------------------------------------------------------------- its room
    def _hear(self, push: Said, client: Client) -> None:
        self.heard.append(push)
        about = push.get("room_id") or push.get("message", {}).get("room_id")
        if about == self.room_id:
            kind = push["type"]
            if kind == "chat.message":
                self.messages[push["message"]["seq"]] = push["message"]
            elif kind == "room.started":
                self.is_started = True
                self._to_send.set()
            elif kind == "room.ended":
                self._over(push)
            elif kind == "room.restored":
                self._entering = asyncio.ensure_future(self._enter(client))
        self._changed()

    async def _enter(self, client: Client | None = None) -> None:
        """Takes the seat, and the state with it; as often as the server says "in a moment"."""
        client = client or self._client
        while client is self._client and client is not None and not self.ended:
            try:
                entered = await client.ask("room.enter", room_id=self.room_id, last_seq=self.last_seq, epoch=self.epoch)
            except Refused as refused:
                if refused.code not in SOON:
                    return
                await asyncio.sleep((refused.retry_after_ms or SOON_S * 1000) / 1000)
            except Closed:
                return
            else:
                self._take(entered["room"])
                self.is_seated = True
                self._changed()
                return

    def _take(self, state: Said) -> None:
        """What follows our last_seq; after a new epoch the whole, and ours that are missing in it go out again."""
        if state["epoch"] != self.epoch and self.epoch:
            mine = [each for _, each in sorted(self.messages.items()) if each["from"] == self.user_id]
            self.messages = {}
            there = {each["client_id"] for each in state["messages"] if each["from"] == self.user_id}
            waiting = {each.client_id for each in self.outbox}
            self.outbox[:0] = [
                Unsent(each["client_id"], each["body"])
                for each in mine
                if each["client_id"] not in there | waiting and each["seq"] > state["last_seq"] - len(state["messages"])
            ]
        self.epoch = state["epoch"]
        self.is_started = self.is_started or bool(state["started_at_ms"])
        for message in state["messages"]:
            self.messages[message["seq"]] = message
        self.state = state
        self._to_send.set()

    def _over(self, ended: Said) -> None:
        for message in ended.get("messages", []):
            self.messages[message["seq"]] = message
        self.ended = ended
        self.is_seated = False
        self._to_send.set()

    def _changed(self) -> None:
        self._news.set()
