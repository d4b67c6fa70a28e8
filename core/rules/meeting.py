"""Why one user cannot invite another just now: the refusals of invites (rules, section 6), in their order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Side:
    """One user as the lobby has him."""

    user_id: str
    is_present: bool
    wish: bool
    is_known: bool
    is_admitted: bool
    is_banned: bool
    room_id: str
    invites: str
    """Whom he rings; "" for nobody."""


def refusal(caller: Side, callee: Side, *, is_blocked: bool, has_cooldown: bool) -> str | None:
    """Returns the code that an invite would be refused with now, None where it would ring. Limits are not looked at.

    Of who may not be here at all, or is not, his own state comes first: banned, offline.
    """
    hidden = not callee.is_known or callee.is_banned or is_blocked or not callee.is_admitted or not callee.wish
    is_away = not (callee.is_present or callee.room_id)
    reasons = (
        (caller.user_id == callee.user_id, "invalid_target"),
        (caller.is_banned, "banned"),
        (not caller.is_present, "offline"),
        (not caller.is_admitted, "not_admitted"),
        (bool(caller.invites), "already_inviting"),
        (bool(caller.room_id), "busy"),
        (callee.invites == caller.user_id, None),
        (hidden or is_away, "offline"),
        (bool(callee.room_id), "busy"),
        (has_cooldown, "cooldown"),
    )
    return next((code for holds, code in reasons if holds), None)
