"""A room as the shard tells it, in the words of the protocol.

The shard answers a `view` (core/lua/room/3_view.lua): plain facts about both members, instants in ms with 0 for "none",
cards and messages as JSON texts. Which of the two is looking is its `slot`.
"""

from typing import Any

import msgspec

from core.protocol.payloads import (
    Card,
    Ended,
    Grace,
    Message,
    ReadMarks,
    RoomState,
    TorchState,
    VideoRequest,
)

View = dict[str, Any]

_card = msgspec.json.Decoder(Card).decode
_messages = msgspec.json.Decoder(list[Message]).decode


def room_state(view: View, conn: str) -> RoomState:
    """Returns the room as `conn`, a connection of the member in `view["slot"]`, is told of it."""
    mine = view["slot"]
    other = 3 - mine
    bound = view[f"conn_{mine}"]
    return RoomState(
        room_id=view["room_id"],
        epoch=view["epoch"],
        mode=view["mode"],
        status=view["status"],
        initiator=mine == 1,
        partner=_partner(view, other),
        partner_present=view[f"conn_{other}"] != "",
        bound_elsewhere=bound not in {"", conn},
        opened_at_ms=view["opened_at"],
        started_at_ms=view["started_at"] or None,
        ends_at_ms=view["ends_at"] or None,
        torch=_torch(view),
        grace=[
            Grace(user_id=view[f"user_{slot}"], grace_ends_at_ms=view[f"grace_{slot}"])
            for slot in (1, 2)
            if view[f"grace_{slot}"]
        ],
        video_request=_video_request(view),
        generation=view["generation"],
        messages=messages_of(view),
        more=view["more"],
        last_seq=view["last_seq"],
        read=ReadMarks(mine=view[f"read_{mine}"], partner=view[f"read_{other}"]),
    )


def ended_of(view: View) -> Ended | None:
    """Returns how the room ended; None while it goes on."""
    if view["status"] != "ended":
        return None
    return Ended(
        room_id=view["room_id"],
        reason=view["reason"],
        seconds=view["seconds"],
        cooldown_ends_at_ms=view["cooldown_until"] or None,
        ended_at_ms=view["ended_at"],
        messages=messages_of(view),
    )


def messages_of(view: View) -> list[Message]:
    """Returns the view's messages, ascending."""
    return _messages(f"[{','.join(view['messages'])}]")


def _partner(view: View, slot: int) -> Card:
    """The partner's card as it was when the room opened. They are busy: with us."""
    return msgspec.structs.replace(
        _card(view[f"card_{slot}"]), presence="busy", introduced_by=None, cooldown_ends_at_ms=None
    )


def _torch(view: View) -> TorchState | None:
    if not view["torch_state"]:
        return None
    return TorchState(state=view["torch_state"], dims_at_ms=view["dims_at"] or None, out_at_ms=view["out_at"] or None)


def _video_request(view: View) -> VideoRequest | None:
    if not view["request_from"]:
        return None
    asking = view[f"user_{view['request_from']}"]
    return VideoRequest(from_=asking, request_ends_at_ms=view["request_ends_at"])
