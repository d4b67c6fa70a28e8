"""How long two people may not meet again, and why (rules, section 7).

The scripts that end rooms and invites decide in the same step, so they carry this table: core.live.script
writes it into them.
"""

from typing import Literal

Length = Literal["none", "short", "long"]

AFTER_INVITE: dict[str, Length] = {
    "declined": "long",
    "rescinded": "short",
    "expired": "short",
    "gone_caller": "short",  # the caller closed or logged out while ringing
    "gone_callee": "none",
    "gone_forced": "none",  # a ban, a deletion or a dead node ended it
    "busy": "none",
    "accepted": "none",
}
"""What an invite's end costs the pair; `gone` is three causes."""

AFTER_STARTED_ROOM: dict[str, Length] = {
    "left": "long",
    "lost": "long",
    "time_up": "long",
    "torch_out": "long",
    "media_failed": "long",  # only if media had connected, or it had been a text room before: see after_room
    "banned": "long",
    "deleted": "long",
}


def after_room(reason: str, *, started: bool, media_connected: bool, was_text: bool) -> Length:
    """Returns what the end of a room costs its pair.

    >>> after_room("never_joined", started=False, media_connected=False, was_text=True)
    'none'
    >>> after_room("media_failed", started=True, media_connected=False, was_text=False)
    'none'
    """
    if not started:
        return "none"
    if reason == "media_failed" and not media_connected and not was_text:
        return "none"
    return AFTER_STARTED_ROOM[reason]
