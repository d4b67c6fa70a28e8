"""chat.send, chat.typing, chat.read, chat.history"""

import time
from functools import partial
from typing import TYPE_CHECKING

from msgspec.json import Decoder, Encoder

from core.actions import talk
from core.live.family import Result
from core.protocol.bodies import check_chat
from core.protocol.client import ChatHistory, ChatRead, ChatSend, ChatTyping
from core.protocol.payloads import Message
from core.protocol.server import ChatPage, ChatTyped, Done, encode
from web.handlers import relaying

if TYPE_CHECKING:
    from web.connection import Connection

_json = Encoder().encode
_message = Decoder(Message).decode


def send(connection: "Connection", message: ChatSend) -> None:
    """Says something. The answer goes out when the journal has it; nobody waits for it here."""
    node = connection.node
    body = _json(check_chat(message, node.settings.text_max)).decode()
    prefix = (
        f'{{"room_id":"{message.room_id}","from":"{connection.user_id}","kind":"{message.kind}",'
        f'"body":{body},"client_id":"{message.client_id}"'
    )
    connection.unanswered += 1
    talk.say(
        node.service,
        connection.id,
        connection.user_id,
        message.room_id,
        message.client_id,
        prefix,
        partial(_sent, connection, message.ref, message.room_id, prefix, time.perf_counter()),
    )


def _sent(connection: "Connection", ref: int, room_id: str, prefix: str, begun: float, result: Result) -> None:
    """The shard has answered: the writer hears it, and so does the partner whose connection is here."""
    connection.answered()
    if result[0]:
        relaying.refuse(connection, "chat.send", ref, result)
        return
    _, seq, sent_at_ms, is_fresh, partner = result
    node = connection.node
    node.metrics.sent["chat.sent"] += 1
    connection.outbox.send(b'{"type":"chat.sent","ref":%d,"seq":%d,"sent_at_ms":%d}' % (ref, seq, sent_at_ms))
    if is_fresh:
        node.hub.wrote(connection, room_id, seq)
        if partner:
            text = f'{{"type":"chat.message","message":{prefix},"seq":{seq},"sent_at_ms":{sent_at_ms}}}}}'
            node.hub.chat(partner, room_id, seq, text.encode())
    node.metrics.handled("chat.send", time.perf_counter() - begun)


def typing(connection: "Connection", message: ChatTyping) -> None:
    """Relayed and forgotten."""
    node, binding = connection.node, connection.binding
    payload = encode(ChatTyped(room_id=message.room_id))
    if binding and binding.room_id == message.room_id and binding.is_started and (partner := node.hub.partner(binding)):
        node.hub.push(partner.id, message.room_id, "chat.typed", payload)
    else:
        relaying.relay(
            connection,
            "chat.typing",
            message.ref,
            message.room_id,
            "chat.typed",
            payload,
            relaying.NO_GENERATION,
        )


async def read(connection: "Connection", message: ChatRead) -> Done:
    """I have read up to here."""
    await talk.read(connection.node.service, connection.id, connection.user_id, message.room_id, message.seq)
    return Done(ref=message.ref)


async def history(connection: "Connection", message: ChatHistory) -> ChatPage:
    """Older messages of this room."""
    page, more = await talk.history(
        connection.node.service, connection.user_id, message.room_id, message.before_seq, message.limit
    )
    return ChatPage(ref=message.ref, messages=[_message(each) for each in page], more=more)
