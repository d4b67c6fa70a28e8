"""The WebSocket as an AsyncAPI 3 document, seen from the server: it receives requests and sends the rest."""

from typing import Final

from msgspec import Struct

from core.protocol.client import CLIENT_MESSAGES, PROTOCOL
from core.protocol.codes import ERROR_CODES, FIRST_FINAL_CLOSE, SOCKET_CODES, Close
from core.protocol.exchanges import CHAPTERS, Exchange, refusals_of
from core.protocol.generate.schema import SOCKET_STRUCTS, Schema, components, name_of, referred, text_of
from core.protocol.server import PUSHES, Failed

CHANNEL: Final = "#/channels/socket"
INTRODUCTION: Final = (
    "Text frames, one flat JSON object each, its name in `type`. A request carries a `ref` and is answered by exactly "
    "one message with that ref; what has no ref happened. Clients ignore fields they do not know, the server refuses "
    "them."
)


def document() -> str:
    """Returns docs/protocol/asyncapi.json."""
    return text_of(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "Cresset, the socket", "version": f"{PROTOCOL}.0.0", "description": INTRODUCTION},
            "defaultContentType": "application/json",
            "channels": {
                "socket": {
                    "address": "/ws",
                    "title": "One connection of one user",
                    "messages": {
                        struct.__name__: {"$ref": f"#/components/messages/{struct.__name__}"}
                        for struct in SOCKET_STRUCTS
                    },
                    "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
                }
            },
            "operations": {
                **{
                    exchange.request.__name__: _received(exchange)
                    for chapter in CHAPTERS
                    for exchange in chapter.exchanges
                },
                **{push.__name__: _sent(push) for push in PUSHES},
            },
            "components": {
                "messages": {struct.__name__: _message(struct) for struct in SOCKET_STRUCTS},
                "schemas": components(SOCKET_STRUCTS),
            },
            "x-error-codes": {code: ERROR_CODES[code].meaning for code in SOCKET_CODES},
            "x-close-codes": {
                str(int(close)): {"meaning": close.meaning, "may_come_back": close.may_come_back} for close in Close
            },
            "x-first-final-close-code": FIRST_FINAL_CLOSE,
        }
    )


def _received(exchange: Exchange) -> Schema:
    return {
        "action": "receive",
        "channel": {"$ref": CHANNEL},
        "summary": _summary(exchange.request),
        "messages": [_in_channel(exchange.request)],
        "reply": {
            "channel": {"$ref": CHANNEL},
            "messages": [*map(_in_channel, exchange.replies), _in_channel(Failed)],
        },
        "x-refusals": refusals_of(exchange),
        "x-causes": [name_of(push) for push in exchange.pushes],
    }


def _sent(push: type[Struct]) -> Schema:
    return {
        "action": "send",
        "channel": {"$ref": CHANNEL},
        "summary": _summary(push),
        "messages": [_in_channel(push)],
    }


def _message(struct: type[Struct]) -> Schema:
    side = "client" if struct in CLIENT_MESSAGES else "push" if struct in PUSHES else "reply"
    return {
        "name": name_of(struct),
        "title": name_of(struct),
        "summary": _summary(struct),
        "tags": [{"name": side}],
        "payload": referred(struct),
    }


def _in_channel(struct: type[Struct]) -> Schema:
    return {"$ref": f"{CHANNEL}/messages/{struct.__name__}"}


def _summary(struct: type[Struct]) -> str:
    return (struct.__doc__ or "").strip()
