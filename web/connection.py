"""One connection's life: hello, then one message after the other, then the end.

Everything a connection does to the live state goes through its one reader, so attach, bind, unbind and detach are in
order by themselves; the detach is the node's errand, because it has to outlive the socket. A refusal becomes `failed`
in `refuse` and nowhere else.
"""

import asyncio
import math
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from aiohttp import WSMsgType, web
from aiohttp.abc import AbstractStreamWriter

from core import logs
from core.actions.arrive import Arrival, RoomRef, arrive, told
from core.errors import Refusal, Unavailable
from core.live.limits import Bucket
from core.protocol.client import PROTOCOL, BadMessage, Hello, Request, decode
from core.protocol.codes import ERROR_CODES, HELLO_REFUSED, Close
from core.protocol.payloads import Outcome
from core.protocol.server import Said, encode, failed
from web.binding import Binding
from web.greeting import welcome
from web.handlers import HANDLERS
from web.limits import Tally
from web.outbox import ABNORMAL, Outbox

if TYPE_CHECKING:
    from web.node import Node

UNANSWERED_MAX: Final = 8
"""Requests that may be on their way at once; then the socket is not read (architecture, section 2)."""
BAD_MESSAGES_MAX: Final = 20
"""bad_message in a minute; then 4500."""
RATE_LIMITED_MAX: Final = 100
"""rate_limited in a minute; then 4005."""
READ_S: Final = 10.0
"""How long a client may take to read the large answer it asked for."""
LARGE: Final = 64 * 1024
"""Bytes that may wait for a client while it is heard."""
EXPIRED_AGAIN_S: Final = 1.0
"""How often an expired session in a room is looked at: it is closed at most this long after the room's end."""
FINAL_TYPES: Final = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})
CLOSED_INSTEAD: Final = {
    "not_registered": Close.RESYNC,
    "dead": Close.RESYNC,
    "too_many_connections": Close.PUSHED_OUT,
}
"""Refusals of a connection, not of a request: it is closed instead of answered."""

NOT_KNOWN_YET: Final = frozenset({"not_registered", "not_bound"})
"""What is said of a connection that a family which was lost and is back has not been told of yet."""

Socket = web.WebSocketResponse[bool]

log = logs.get(__name__)


class Connection:
    """A socket and what this node knows of who is at its other end. Instants are seconds of time.monotonic()."""

    __slots__ = (
        "_bad_messages",
        "_begun_at",
        "_gate",
        "_pace",
        "_rate_limited",
        "_socket",
        "_writer",
        "arrival",
        "binding",
        "client",
        "ended_room",
        "ends_at",
        "heard_at",
        "id",
        "is_waiting",
        "look_at",
        "node",
        "outbox",
        "page",
        "pinged_at",
        "received",
        "seat",
        "subject",
        "unanswered",
        "user_id",
        "wish",
    )

    def __init__(
        self, node: "Node", conn_id: str, subject: str, socket: Socket, writer: AbstractStreamWriter, outbox: Outbox
    ) -> None:
        now = time.monotonic()
        self.node = node
        self.id = conn_id
        self.subject = subject
        """The name under which its address is limited."""
        self.outbox = outbox
        self.user_id = ""
        self.arrival: Arrival | None = None
        """Who it is; None before its welcome."""
        self.client = ""
        self.wish = False
        self.binding: Binding | None = None
        """The room this connection is in, or is entering."""
        self.seat: str | None = None
        """The room its user is in, as far as was announced."""
        self.ended_room = ""
        """The room whose end it was told last."""
        self.page: frozenset[str] = frozenset()
        self.heard_at = now
        self.pinged_at = 0.0
        self.look_at = 0
        self.ends_at = math.inf
        self.is_waiting = False
        self.unanswered = 0
        self.received = 0
        self._socket = socket
        self._writer = writer
        self._begun_at = now
        self._gate: asyncio.Future[None] | None = None
        self._pace = Bucket()
        self._bad_messages = Tally(BAD_MESSAGES_MAX)
        self._rate_limited = Tally(RATE_LIMITED_MAX)

    # ------------------------------------------------------------------------------------------------- its life
    async def serve(self) -> None:
        """Runs until the socket is closed by either side."""
        node = self.node
        node.hub.add(self)
        node.heartbeat.watch(self)
        try:
            if await self._open():
                await self._read()
            await self._see_off()
        finally:
            self._end()

    async def _open(self) -> bool:
        """Waits for hello and answers it; False: refused, and a close frame was sent."""
        try:
            async with asyncio.timeout(self.node.settings.hello_s):
                first = await self._socket.receive()
        except TimeoutError:
            self.close(Close.NO_HELLO)
            return False
        if first.type in FINAL_TYPES:
            self._note_end(first.type, first.data)
            return False
        self.heard_at = time.monotonic()
        ref = None
        try:
            hello = _hello(first.type, first.data)
            ref = hello.ref
            await self._arrive(hello)
        except BadMessage as error:
            self.refuse("hello", error.ref, error)
            self.close(Close.BAD_MESSAGES)
        except Refusal as refusal:
            self.refuse("hello", ref, refusal)
            self.close(HELLO_REFUSED.get(refusal.code, Close.INTERNAL))
            self.node.upkeep.reconcile_soon()
        except Exception:
            log.exception("hello failed", conn=self.id)
            self.refuse("hello", ref, Refusal("internal"))
            self.close(Close.INTERNAL)
            self.node.upkeep.reconcile_soon()
        return not self.outbox.code

    async def _arrive(self, hello: Hello) -> None:
        if hello.protocol < PROTOCOL:
            raise Refusal("protocol_too_old")
        if hello.client:
            self.client = f"{hello.client.name} {hello.client.version}"
        room = RoomRef(hello.room.room_id, hello.room.last_seq, hello.room.epoch) if hello.room else None
        begun = time.perf_counter()
        hub = self.node.hub
        hub.arrivals.begin(self.id)
        self.is_waiting = True
        try:
            arrival = await arrive(self.node.service, self.id, hello.token, room, self._on_bind)
        except BaseException:
            hub.arrivals.end(self.id)
            raise
        finally:
            self.is_waiting = False
        missed = hub.arrivals.end(self.id, arrival.user_id)
        self.user_id, self.wish = arrival.user_id, arrival.wish
        self.ends_at = self._instant(arrival.expires_at_ms)
        view = arrival.view
        self.seat = view["room_id"] if view else None
        if arrival.last_room:
            self.ended_room = arrival.last_room["room_id"]
        self.reply("hello", begun, welcome(self.node, self.id, hello.ref, arrival))
        self.arrival = replace(arrival, invites=[], view=None, last_room=None)
        if self.binding and view:
            hub.bind(self, self.binding, view)
        elif self.binding:
            hub.unbind(self)
        hub.greet(self, missed)
        self.node.heartbeat.watch(self)
        self.node.errands.start(self.node.service.limits.refund("connect", self.subject), "refund")
        self.node.service.uses.note(arrival.session_id)
        if arrival.last_room:
            self.node.errands.start(told(self.node.service, self.user_id, arrival.last_room), "told")

    def _on_bind(self, user_id: str, room_id: str) -> None:
        self.user_id = user_id
        self.enter(room_id)

    async def _read(self) -> None:
        receive = self._socket.receive
        while not self.outbox.code:
            message = await receive()
            if message.type is WSMsgType.TEXT:
                answer = self._take(message.data)
                if answer is not None:
                    await self._wait_for(answer)
                if self.unanswered >= UNANSWERED_MAX:
                    await self._wait_for_answers()
            elif message.type in FINAL_TYPES:
                self._note_end(message.type, message.data)
            else:
                self._take_other(message.type, message.data)

    def _take(self, frame: bytes) -> Awaitable[None] | None:
        """Takes one frame. What can be done at once is done; the rest is returned, to be awaited."""
        now = self.heard_at = time.monotonic()
        self.received += 1
        try:
            message = decode(frame)
        except BadMessage as error:
            self.refuse("unknown", error.ref, error)
            return None
        name = str(message.__struct_config__.tag)
        limit = self.node.socket_limit
        if limit and (wait_ms := self._pace.wait_ms(limit, now * 1000)):
            self.refuse(name, message.ref, Refusal("rate_limited", retry_after_ms=wait_ms))
            return None
        handler = HANDLERS.get(type(message))
        self.node.metrics.received[name] += 1
        if handler is None:
            self.refuse(name, message.ref, BadMessage("hello was said already", message.ref))
            return None
        try:
            answer = handler(self, message)
        except Refusal as refusal:
            self.refuse(name, message.ref, refusal)
            return None
        return None if answer is None else self._answer(name, message, answer)

    def _take_other(self, kind: WSMsgType, data: Any) -> None:
        now = self.heard_at = time.monotonic()
        if kind is WSMsgType.PING:
            limit = self.node.socket_limit
            if not limit or not self._pace.wait_ms(limit, now * 1000):
                self.outbox.pong(data)
        elif kind is WSMsgType.BINARY:
            self.received += 1
            self.refuse("unknown", None, BadMessage("text frames only"))

    async def _answer(self, name: str, message: Request, answer: Awaitable[Said | None]) -> None:
        begun = time.perf_counter()
        try:
            reply = await answer
        except Refusal as refusal:
            self.refuse(name, message.ref, refusal)
        except Exception:
            log.exception("request failed", conn=self.id, request=name)
            self.refuse(name, message.ref, Refusal("internal"))
        else:
            if reply is not None:
                self.reply(name, begun, reply)

    async def _wait_for(self, answer: Awaitable[None]) -> None:
        self.is_waiting = True
        try:
            await answer
        finally:
            self.is_waiting = False
        if self.outbox.waiting > LARGE and not self.outbox.code:
            try:
                async with asyncio.timeout(READ_S):
                    await self._writer.drain()
            except TimeoutError:
                self.cut(Close.TOO_SLOW)
            except ConnectionError:
                return  # the next read says so

    async def _wait_for_answers(self) -> None:
        self.is_waiting = True
        self._gate = asyncio.get_running_loop().create_future()
        try:
            await self._gate
        finally:
            self._gate = None
            self.is_waiting = False

    async def _see_off(self) -> None:
        """Waits for the peer's answer to our close frame; the scanner ends the wait of those who give none."""
        while True:
            message = await self._socket.receive()
            if message.type in FINAL_TYPES:
                self._note_end(message.type, message.data)
                return

    def _note_end(self, kind: WSMsgType, data: Any) -> None:
        if kind is WSMsgType.CLOSE:
            self.outbox.echo(data)
        elif not self.outbox.code:
            self.outbox.code = (kind is WSMsgType.ERROR and self._socket.close_code) or ABNORMAL

    def _end(self) -> None:
        """The socket is done with: nothing of it stays, whatever its peer does."""
        node = self.node
        binding, self.binding = self.binding, None
        node.hub.remove(self, binding)
        self.outbox.end()
        node.heartbeat.watch(self)
        if self.user_id:
            room_id = binding.room_id if binding else None
            node.errands.start(node.departure(self.id, self.user_id, room_id), "departure")
        node.metrics.closed[self.outbox.code] += 1
        log.info(
            "connection ended",
            conn=self.id,
            user_id=self.user_id or None,
            client=self.client or None,
            code=self.outbox.code,
            reason=self.outbox.reason or None,
            seconds=round(time.monotonic() - self._begun_at, 3),
            received=self.received,
            sent=self.outbox.sent,
        )

    # ------------------------------------------------------------------------------------------- what it is sent
    def push(self, payload: bytes) -> None:
        """Sends a frame."""
        self.outbox.send(payload)

    def reply(self, name: str, begun: float, said: Said) -> None:
        """Sends the answer to a request called `name` that was heard at `begun` of time.perf_counter()."""
        self.node.metrics.sent[str(said.__struct_config__.tag)] += 1
        self.outbox.send(encode(said))
        self.node.metrics.handled(name, time.perf_counter() - begun)

    def refuse(self, name: str, ref: int | None, refusal: Refusal) -> None:
        """The one place where a refusal becomes `failed`, and where those who are refused too often are closed."""
        if refusal.code in NOT_KNOWN_YET and self.node.upkeep.is_bringing_back:
            refusal = Unavailable("this connection is being announced again")
        code = refusal.code
        if code in CLOSED_INSTEAD:
            self.close(CLOSED_INSTEAD[code])
            return
        if code not in ERROR_CODES:
            log.error("unknown refusal", code=code, request=name)
            code = "internal"
        metrics = self.node.metrics
        metrics.refused[name, code] += 1
        metrics.sent["failed"] += 1
        outcome = cast("Outcome | None", refusal.outcome)
        self.outbox.send(encode(failed(ref, code, refusal.message, refusal.retry_after_ms, outcome)))
        if code == "bad_message" and self._bad_messages.add(time.monotonic()):
            self.close(Close.BAD_MESSAGES)
        elif code == "rate_limited" and self._rate_limited.add(time.monotonic()):
            self.close(Close.FLOODING)

    def answered(self) -> None:
        """One of the requests that were not awaited has its answer."""
        self.unanswered -= 1
        if self._gate and not self._gate.done() and self.unanswered < UNANSWERED_MAX:
            self._gate.set_result(None)

    # ------------------------------------------------------------------------------------------------- its room
    @property
    def is_bound(self) -> bool:
        """Whether it is in a room: then its loss must be noticed fast."""
        return self.binding is not None

    def enter(self, room_id: str) -> Binding:
        """Stands ready for what is announced as soon as the bind is done, before it is sent."""
        binding = self.binding
        if binding and binding.room_id == room_id:
            binding.enter_again()
            return binding
        if binding:
            self.node.hub.unbind(self)
        self.binding = Binding(room_id, self.outbox.send, self._on_room_over)
        return self.binding

    def _on_room_over(self) -> None:
        self.node.hub.unbind(self)

    # ----------------------------------------------------------------------------------------------- its session
    def extend(self, session_id: int, expires_at_ms: int) -> None:
        """A login lasts longer than it was made for."""
        if self.arrival and self.arrival.session_id == session_id:
            self.arrival.expires_at_ms = expires_at_ms
            self.ends_at = self._instant(expires_at_ms)

    def _instant(self, at_ms: int) -> float:
        """When that is by time.monotonic()."""
        return time.monotonic() + (at_ms - self.node.service.live.clock.now_ms()) / 1000

    # -------------------------------------------------------------------------------------------------- its end
    @property
    def is_open(self) -> bool:
        """Whether no close frame has been sent yet."""
        return not self.outbox.code

    def ping(self) -> None:
        """Asks for a sign of life."""
        self.outbox.ping()

    def close(self, code: int, reason: str = "") -> None:
        """Says good-bye; the socket ends when the peer answers, or CLOSE_S later."""
        if not self.outbox.code:
            self.outbox.close(code, reason)
            self.node.heartbeat.watch(self)
        self._open_gate()

    def cut(self, code: int) -> None:
        """Ends it at once."""
        self.outbox.cut(code)
        self._open_gate()

    def expire(self) -> float:
        """Closes it because its session is over; in a room, or while it waits for an answer, says when to ask again."""
        if self.seat or self.is_waiting:
            return time.monotonic() + EXPIRED_AGAIN_S
        self.close(Close.NOT_AUTHENTICATED)
        return math.inf

    def _open_gate(self) -> None:
        if self._gate and not self._gate.done():
            self._gate.set_result(None)


def _hello(kind: WSMsgType, data: Any) -> Hello:
    if kind is not WSMsgType.TEXT:
        raise BadMessage("hello comes first, as text")
    message = decode(data)
    if not isinstance(message, Hello):
        raise BadMessage("hello comes first", message.ref)
    return message
