"""Who may meet, and which codes let people in (rules, section 4)."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from core.protocol.bodies import trim

ADMITTED: Final = frozenset({"paid", "qr_grace_period", "qr_verified"})
"""Paid statuses with which one may meet whatever ACCESS is."""
UNPAID: Final = "unpaid"

CODE_LENGTH: Final = 16
"""Of A-Z and 0-9: 82 bits."""
CODE_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_CODE: Final = re.compile(f"[A-Za-z0-9]{{{CODE_LENGTH}}}")

CodeFault = Literal["not_found", "code_spent", "code_locked"]


def admitting(access: str) -> frozenset[str]:
    """Returns the paid statuses with which one may enter the queue, invite and accept. `access`: open or code."""
    return ADMITTED | {UNPAID} if access == "open" else ADMITTED


def is_admitted(access: str, paid_status: str) -> bool:
    """Whether one may enter the queue, invite and accept."""
    return paid_status in admitting(access)


def read_code(typed: str) -> str | None:
    """Returns an invite code as it is stored, case folded and trimmed; None for what can be none."""
    trimmed = trim(typed)
    return trimmed.upper() if _CODE.fullmatch(trimmed) else None


@dataclass(frozen=True, slots=True)
class Code:
    """An invite code as it is now."""

    code: str
    type: Literal["user", "admin"]
    uses_remaining: int | None
    """None: without limit."""
    is_active: bool
    has_creator: bool
    """Of a user's code: whether he still is there, and not banned."""
    is_unlocked: bool
    """Of a user's code: whether he has met often enough."""


def fault_of(code: Code | None) -> CodeFault | None:
    """Returns why a code lets nobody in, or None where it does."""
    if code is None:
        return "not_found"
    if not code.is_active or code.uses_remaining == 0:
        return "code_spent"
    if code.type == "user" and not code.has_creator:
        return "code_spent"
    if code.type == "user" and not code.is_unlocked:
        return "code_locked"
    return None
