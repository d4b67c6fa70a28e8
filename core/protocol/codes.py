"""Every code a client can hear, with its meaning and where it appears."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

FIRST_FINAL_CLOSE: Final = 4500
"""4000-4499: come back by yourself; 4500-4999: do not."""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code of `failed` (where = "socket"), of problem+json (where = "http"), or of both."""

    code: str
    meaning: str
    where: tuple[str, ...]
    status: int | None = None
    """The HTTP status that goes with it; None on the socket only."""


def _socket(code: str, meaning: str) -> ErrorCode:
    return ErrorCode(code, meaning, ("socket",))


def _http(code: str, status: int, meaning: str) -> ErrorCode:
    return ErrorCode(code, meaning, ("http",), status)


def _both(code: str, status: int, meaning: str) -> ErrorCode:
    return ErrorCode(code, meaning, ("socket", "http"), status)


_ALL: Final = (
    # the frame itself
    _socket("bad_message", "the frame was not understood: not JSON, unknown name or field, wrong type"),
    _socket(
        "invalid_body", "understood, but the content may not be: empty, too long, unknown kind, NUL, bad client_id"
    ),
    # hello, and every request that needs a session
    _both("not_authenticated", 401, "no token, an unknown one, or an expired session"),
    _both("session_replaced", 401, "a newer login of the same user made this session inactive"),
    _both("banned", 403, "the user or the address is banned"),
    _socket("protocol_too_old", "the server does not speak this version of the protocol any more"),
    # invites
    _socket("invalid_target", "nobody can invite himself"),
    _socket("user_not_found", "there is no such user"),
    _socket("invalid_duration", "video needs `seconds` within its bounds, text takes none, other modes do not exist"),
    _both("not_admitted", 403, "ACCESS=code: neither paid nor let in by a code"),
    _both("rate_limited", 429, "too often; again after retry_after_ms"),
    _socket("already_inviting", "one outgoing invite at a time"),
    _socket("busy", "one of the two is in a room"),
    _socket("offline", "the other cannot be invited now"),
    _socket("reciprocal_pending", "the other's invite in the other mode is waiting for your answer"),
    _socket("cooldown", "these two may not meet again yet; again after retry_after_ms"),
    _socket("invite_gone", "the invite is over; `outcome` says how"),
    _socket("not_yours", "only the callee accepts or declines, only the caller rescinds"),
    # rooms
    _socket("not_in_room", "not a member of this room"),
    _socket("not_bound", "another connection of yours is in this room, or none: room.enter first"),
    _socket("room_ended", "you were a member; the room is over"),
    _socket("too_early", "not yet: the room has not started, or it is too young to ask for video"),
    _socket("partner_away", "the partner is in grace and cannot be asked or answered"),
    _socket("not_video", "rtc.* needs a video room"),
    _socket("nothing_asked", "there is no video request to answer"),
    _socket("already_video", "the room is a video room already"),
    # ours
    _both("unavailable", 503, "a store is down or the room is being brought back; again after retry_after_ms"),
    _both("internal", 500, "our fault; it has been logged"),
    # HTTP
    _http("bad_request", 400, "the request was not understood; `errors` says where"),
    _http("weak_password", 400, "too short, too long, or too common"),
    _http("wrong_credentials", 401, "no such e-mail address, or another password"),
    _http("forbidden", 403, "not for you"),
    _http("code_locked", 403, "this invite code is not unlocked yet"),
    _http("no_shared_room", 403, "a report needs a started room of both within its window"),
    _http("not_found", 404, "nothing here"),
    _http("method_not_allowed", 405, "this address does not take this method; see the Allow header"),
    _http("email_taken", 409, "another account has this e-mail address"),
    _http("already_permanent", 409, "the account has an e-mail address and a password already"),
    _http("already_admitted", 409, "no code is needed any more; none was used up"),
    _http("already_reported", 409, "one report per pair, for ever"),
    _http("code_spent", 410, "the code has been used up or deactivated"),
    _http("too_large", 413, "the body is larger than this route takes"),
    _http("unsupported_media", 415, "the body has another Content-Type than this route takes"),
)

ERROR_CODES: Final[Mapping[str, ErrorCode]] = MappingProxyType({each.code: each for each in _ALL})
"""Every error code by its name."""

OUR_FAULTS: Final = frozenset({"unavailable", "internal"})
"""Codes with which nobody is told any detail."""

SOCKET_CODES: Final = tuple(each.code for each in _ALL if "socket" in each.where)
"""What `failed.code` can be."""

HTTP_CODES: Final = tuple(each.code for each in _ALL if "http" in each.where)
"""What problem+json's `code` can be."""


class Close(IntEnum):
    """Close codes of the WebSocket; `meaning` says why, `may_come_back` whether to reconnect by oneself."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> "Close":
        """Makes a member that is its number and knows its meaning."""
        close = int.__new__(cls, value)
        close._value_ = value
        close.meaning = meaning
        return close

    TOO_BIG = 1009, "a frame larger than 64 KiB"
    DRAINING = 4000, "this node is going away"
    TOO_SLOW = 4001, "too slow: did not read what it was sent"
    NO_PONG = 4002, "no pong"
    RESYNC = 4003, "resync: this node may have missed something"
    INTERNAL = 4004, "internal or unavailable"
    FLOODING = 4005, "flooding: rate_limited 100 times in a minute"
    BAD_MESSAGES = 4500, "bad messages: 20 in a minute, or the first one was not hello"
    NOT_AUTHENTICATED = 4501, "not authenticated, or the session expired"
    SESSION_REPLACED = 4502, "a newer login took over"
    BANNED = 4503, "banned"
    PROTOCOL_TOO_OLD = 4504, "protocol too old"
    PUSHED_OUT = 4506, "pushed out by a newer connection"
    LOGGED_OUT = 4507, "logged out or deleted"
    NO_HELLO = 4508, "no hello in time"

    @property
    def may_come_back(self) -> bool:
        """Whether a client reconnects by itself; with 1009 it would only do the same again."""
        return self < FIRST_FINAL_CLOSE and self != Close.TOO_BIG


HELLO_REFUSED: Final[Mapping[str, Close]] = MappingProxyType(
    {
        "not_authenticated": Close.NOT_AUTHENTICATED,
        "session_replaced": Close.SESSION_REPLACED,
        "banned": Close.BANNED,
        "protocol_too_old": Close.PROTOCOL_TOO_OLD,
        "unavailable": Close.INTERNAL,
        "internal": Close.INTERNAL,
    }
)
"""How the socket is closed after `hello` was refused with a code."""
