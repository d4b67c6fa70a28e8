"""Assembles one library of one function per kind of family: rendered settings, what both share, one file per op.

NAME   the function's name, and the library's: another text has another name, so versions live side by side
S      every setting, lengths in whole milliseconds: grace_s -> S.grace_ms, limit chat -> S.chat_period_ms, S.chat_burst
C      cooldown in milliseconds by cause: C.declined, C.left, ...
A      paid statuses with which one may meet: A.paid, ...
"""

import hashlib
from pathlib import Path
from typing import Final, Literal, NamedTuple

from core.rules import access, cooldowns, intros
from core.settings import Settings

LENGTHS = (
    *(
        "invite_ttl",
        "grace",
        "join",
        "absence",
        "media",
        "torch_dim",
        "torch_out",
        "metrics",
        "completion",
        "last_room",
    ),
    *("upgrade_after", "upgrade_answer", "upgrade_again", "cooldown_long", "cooldown_short"),
    *("node_lease", "tick_gap", "hold"),
)
"""Settings in seconds that the scripts know in milliseconds."""

Kind = Literal["lobby", "room"]

PREFIX: Final = "cresset_"
"""Begins the names of our libraries."""
LUA = Path(__file__).parent.parent / "lua"
REHYDRATE_TOKEN_MS = 10_000
"""A rehydrate token lives this long after its holder's last batch; then another may begin."""
INBOX_ENTRIES = 10_000
"""An inbox holds about this many entries; a node that far behind starts over (architecture, section 4)."""
ANSWERS_MS = 3_600_000
"""The answers of a process's last batch are kept this long: longer than any process waits for its store."""
DAY_MS = 86_400_000


def kind_of(family: str) -> Kind:
    """Returns which script a family runs."""
    return "lobby" if family == "lobby" else "room"


class Library(NamedTuple):
    """What Redis is given once, to call its function by name."""

    name: str
    source: str


def library(kind: Kind, settings: Settings) -> Library:
    """Returns the library of one kind of family."""
    shared = sorted((LUA / "shared").glob("*.lua"))
    own = sorted((LUA / kind).glob("*.lua"))
    before = [path for path in shared if path.name < "8"]
    after = [path for path in shared if path.name >= "8"]
    parts = [_table("S", _settings(settings)), _table("C", _cooldowns(settings))]
    parts.append(_table("A", dict.fromkeys(sorted(access.admitting(settings.access)), 1)))
    parts += [f"-- {path.parent.name}/{path.name}\n{path.read_text()}" for path in (*before, *own, *after)]
    text = "\n".join(parts)
    name = f"{PREFIX}{kind}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return Library(name, f"#!lua name={name}\nlocal NAME = '{name}'\n{text}")


def _settings(settings: Settings) -> dict[str, int]:
    values: dict[str, int] = {
        "inbox_entries": INBOX_ENTRIES,
        "answers_ms": ANSWERS_MS,
        "rehydrate_token_ms": REHYDRATE_TOKEN_MS,
        "room_shards": settings.room_shards,
        "connections_per_user": settings.connections_per_user,
        "seconds_min": int(settings.seconds_min),
        "seconds_max": int(settings.seconds_max),
        "upgrade_ms": round(settings.upgrade_seconds * 1000),
        "test_clock": int(settings.test_clock),
        "newcomers_max": intros.NEWCOMERS_MAX,
        "unread_max": intros.UNREAD_MAX,
        "longest_session_ms": round(max(settings.guest_days, settings.session_days) * DAY_MS),
        "journal_max_bytes": int(settings.journal_max_mb * 1024 * 1024 / (settings.room_shards + 1)),
    }
    for name in LENGTHS:
        values[f"{name}_ms"] = round(getattr(settings, f"{name}_s") * 1000)
    for name in ("chat", "invite"):
        limit = settings.limits[name]
        values[f"{name}_period_ms"] = 0 if limit is None else max(1, limit.period_ms // limit.count)
        values[f"{name}_burst"] = 0 if limit is None else limit.burst
    return values


def _cooldowns(settings: Settings) -> dict[str, int]:
    lengths = {
        "none": 0,
        "short": round(settings.cooldown_short_s * 1000),
        "long": round(settings.cooldown_long_s * 1000),
    }
    table = {**cooldowns.AFTER_INVITE, **cooldowns.AFTER_STARTED_ROOM}
    return {cause: lengths[length] for cause, length in table.items()}


def _table(name: str, values: dict[str, int]) -> str:
    return f"local {name} = {{{', '.join(f'{field} = {value}' for field, value in values.items())}}}"
