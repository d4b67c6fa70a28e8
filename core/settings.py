"""Every setting: its name, default, bounds and meaning. One environment variable each; read once, then a frozen fact.

Lengths are seconds unless the name ends in `_DAYS`; fractions are allowed, so that tests run the same code with short
periods. A variable that is set but empty counts as not set.
"""

import dataclasses
import difflib
import ipaddress
import math
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Self, TextIO, TypeVar
from urllib.parse import urlsplit, urlunsplit

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: METRICS_PORT where it is not set, by part of the service.
METRICS_PORTS: Final[Mapping[str, int]] = MappingProxyType({"web": 9100, "live": 9110, "default": 9120, "all": 9130})

#: Variables that begin so and are no setting are warned of: most likely a typing error.
WATCHED_PREFIXES: Final = ("LIMIT_", "RETAIN_", "TORCH_", "COOLDOWN_", "UPGRADE_", "MEDIA_")

#: The limits of rules section 14 with their defaults; each is the setting LIMIT_<NAME>.
LIMIT_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "auth": "6/10m",
        "auth_account": "30/10m",
        "http": "500/1m",
        "report": "10/1h",
        "turn": "60/1h",
        "code": "5/1h",
        "signup": "20/1h",
        "invite": "20/1m",
        "chat": "1/1.5s burst 5",
        "socket": "20/1s burst 60",
        "connect": "120/1m",
    }
)

LONGEST_S: Final = 10 * 365 * 86_400  # ten years: keeps every instant well inside what a double in Lua holds exactly
LONGEST_DAYS: Final = 100 * 365
MOST_SHARDS: Final = 256  # a room's shard is the last byte of its id
MOST_PORTS: Final = 65_535

_UNITS_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LIMIT: Final = re.compile(r"(\d+)\s*/\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)(?:\s+burst\s+(\d+))?")


class SettingsError(Exception):
    """What is wrong with the environment, one line for each fault."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` calls every `period_ms` on average, and at most `burst` of them at once."""

    count: int
    period_ms: int
    burst: int

    @property
    def every_ms(self) -> float:
        """How long one call takes to be forgotten."""
        return self.period_ms / self.count

    @classmethod
    def parse(cls, text: str) -> "Limit | None":
        """`N/PERIOD` (burst N), `N/PERIOD burst B`, or `off` (None). ValueError for anything else."""
        if text.strip().lower() == "off":
            return None
        found = _LIMIT.fullmatch(text.strip().lower())
        if not found:
            raise ValueError("should be N/PERIOD, N/PERIOD burst B (like 20/1m or 1/1.5s burst 5), or off")
        count, period_ms = int(found[1]), round(float(found[2]) * _UNITS_MS[found[3]])
        burst = int(found[4]) if found[4] else count
        if not (count >= 1 and burst >= 1 and 1 <= period_ms <= LONGEST_S * 1_000):
            raise ValueError("needs a count, a burst and a period above nothing")
        return cls(count, period_ms, burst)

    def __str__(self) -> str:
        unit = next(u for u in ("h", "m", "s", "ms") if self.period_ms % _UNITS_MS[u] == 0 or u == "ms")
        plain = f"{self.count}/{self.period_ms // _UNITS_MS[unit]}{unit}"
        return plain if self.burst == self.count else f"{plain} burst {self.burst}"


# ------------------------------------------------------------------------------------------ readers: text to value
def _number(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("should be a number") from None
    if math.isnan(value) or not least <= value <= most:
        raise ValueError(f"should be between {least:g} and {most:g}")
    return value


def _seconds(default: float, *, least: float = 0.001) -> float:
    return _setting(default, lambda text: _number(text, least, LONGEST_S))


def _seconds_or_none(default: float) -> float:
    return _seconds(default, least=0)


def _days(default: float, *, least: float = 0.000_001) -> float:
    return _setting(default, lambda text: _number(text, least, LONGEST_DAYS))


def _count(default: int, *, least: int = 1, most: int = 1_000_000) -> int:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d+", text):
            raise ValueError("should be a whole number")
        return int(_number(text, least, most))

    return _setting(default, read)


def _text(default: str = "") -> str:
    return _setting(default, str)


def _secret(default: str = "") -> str:
    return _setting(default, str, is_secret=True)


def _choice(default: str, *choices: str) -> str:
    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"should be one of {', '.join(choices)}")
        return text.lower()

    return _setting(default, read)


def _flag(default: bool) -> bool:
    def read(text: str) -> bool:
        if text.lower() not in {"0", "1", "false", "true"}:
            raise ValueError("should be 0 or 1")
        return text.lower() in {"1", "true"}

    return _setting(default, read)


def _url(*schemes: str, default: str = "") -> str:
    def read(text: str) -> str:
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError as fault:
            raise ValueError(f"is no address ({fault})") from None
        if parts.scheme not in schemes:
            raise ValueError(f"should begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        if not (parts.netloc or parts.path.strip("/")):
            raise ValueError("names no place")
        return text

    return _setting(default, read)


def _origins() -> tuple[str, ...]:
    def read(text: str) -> tuple[str, ...]:
        origins = tuple(origin.rstrip("/").lower() for origin in _listed(text))
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
                raise ValueError(f"holds {origin!r}; should be origins like https://meet.example, comma-separated")
        return origins

    return _setting((), read)


def _networks() -> tuple[Network, ...]:
    def read(text: str) -> tuple[Network, ...]:
        try:
            return tuple(ipaddress.ip_network(item, strict=False) for item in _listed(text))
        except ValueError as fault:
            raise ValueError(f"should be CIDRs, comma-separated ({fault})") from None

    return _setting((), read)


def _names() -> tuple[str, ...]:
    return _setting((), lambda text: tuple(_listed(text)))


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _setting(default: T, read: Callable[[str], T], *, is_secret: bool = False) -> T:
    declared: T = field(default=default, metadata={"read": read, "is_secret": is_secret})
    return declared


def default_limits() -> Mapping[str, Limit | None]:
    """The limits of rules section 14, each on."""
    return MappingProxyType({name: Limit.parse(text) for name, text in LIMIT_DEFAULTS.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field per setting, named like its variable in lower case. The comments give what the name does not say."""

    # ---- where things are
    database_url: str = _url("postgresql", "postgres")
    redis_url: str = _url("redis", "rediss", "unix")
    jobs_redis_url: str = _url("redis", "rediss", "unix")  # arq's own; REDIS_URL unless set
    host: str = _text("127.0.0.1")
    port: int = _count(8080, least=0, most=MOST_PORTS)  # 0: any that is free
    metrics_port: int = _count(METRICS_PORTS["web"], least=0, most=MOST_PORTS)
    node_name: str = _text()  # host:port unless set
    advertise_host: str = _text()  # the host that /metrics/targets names
    public_url: str = _url("http", "https")  # http://HOST:PORT unless set
    allowed_origins: tuple[str, ...] = _origins()  # none: only the host that was asked
    trusted_proxies: tuple[Network, ...] = _networks()
    # ---- who may do what
    admin_username: str = _text()
    admin_password_hash: str = _secret()  # argon2id, by `python -m web hash-password`
    access: str = _choice("open", "open", "code")  # who may meet: everybody, or who was let in
    # ---- other services
    turn_urls: tuple[str, ...] = _names()
    turn_secret: str = _secret()
    turn_ttl_s: float = _seconds(600)
    stripe_webhook_secret: str = _secret()
    smtp_url: str = _url("smtp", "smtps")
    mail_from: str = _text()
    reset_s: float = _seconds(1_800)
    media_url: str = _url("file")  # .data/media unless set
    media_selfie_max_mb: float = _setting(5.0, lambda text: _number(text, 0.001, 1_000))
    media_video_max_mb: float = _setting(30.0, lambda text: _number(text, 0.001, 10_000))
    # ---- how the processes run
    log_format: str = _choice("json", "json", "console")
    log_level: str = _choice("info", "debug", "info", "warning", "error")
    room_shards: int = _count(8, most=MOST_SHARDS)  # affects new rooms only
    journal_max_mb: float = _setting(512.0, lambda text: _number(text, 0.01, 1_000_000))
    redis_wait_replicas: int = _count(0, least=0, most=100)
    test_clock: bool = _flag(default=False)  # lets tests shift the clock of the rules
    web: int = _count(1, least=0, most=64)  # nodes that `make run` starts
    workers: int = _count(1, least=0, most=64)  # workers that `make run` starts
    pg_bin: str = _text()  # folder of initdb and postgres; the wheel's unless set
    redis_bin: str = _text()  # a redis-server or valkey-server; the wheel's unless set
    # ---- presence, invites, connections
    invite_ttl_s: float = _seconds(20)
    grace_s: float = _seconds(10)
    join_s: float = _seconds(15)
    absence_s: float = _seconds_or_none(5)
    hello_s: float = _seconds(10)
    ping_s: float = _seconds(15)
    pong_s: float = _seconds(10)
    room_ping_s: float = _seconds(3)
    room_pong_s: float = _seconds(3)
    last_room_s: float = _seconds_or_none(300)
    node_lease_s: float = _seconds(10)
    node_renew_s: float = _seconds(3)
    tick_gap_s: float = _seconds(5)
    hold_s: float = _seconds_or_none(15)
    drain_s: float = _seconds_or_none(30)
    connections_per_user: int = _count(5, most=1_000)
    # ---- rooms
    media_s: float = _seconds(45)
    seconds_min: float = _seconds(60)
    seconds_max: float = _seconds(1_800)
    torch_dim_s: float = _seconds(120)
    torch_out_s: float = _seconds(60)
    upgrade_after_s: float = _seconds_or_none(60)
    upgrade_answer_s: float = _seconds(30)
    upgrade_again_s: float = _seconds_or_none(60)
    upgrade_seconds: float = _seconds(300)
    cooldown_long_s: float = _seconds_or_none(86_400)
    cooldown_short_s: float = _seconds_or_none(3_600)
    metrics_s: float = _seconds_or_none(5)
    completion_s: float = _seconds_or_none(30)
    text_max: int = _count(500, most=10_000)
    # ---- people
    report_window_s: float = _seconds(86_400)
    reports_to_ban: int = _count(4)
    qr_unlock_at: int = _count(4)
    code_uses: int = _count(4)
    guest_days: float = _days(7)
    session_days: float = _days(30)
    intro_days: float = _days(90)
    ip_ban_days: float = _days(90)
    # ---- how long things are kept
    retain_rooms_s: float = _seconds_or_none(3_600)
    retain_sessions_days: float = _days(7, least=0)
    retain_completions_days: float = _days(90, least=0)
    retain_history_days: float = _days(365, least=0)
    retain_reports_days: float = _days(365, least=0)
    # ---- LIMIT_<NAME> each; None is off
    limits: Mapping[str, Limit | None] = field(default_factory=default_limits)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, part: str = "web") -> Self:
        """Reads and checks everything, and fills in what follows from other settings.

        `part` (a key of METRICS_PORTS) says whose METRICS_PORT is meant where that is not set. Raises SettingsError
        with every fault found, DATABASE_URL and REDIS_URL missing included.
        """
        reading = _read(environ, part)
        faults = [f"{row.name}={row.value!r} {row.fault}" for row in reading.rows if row.fault]
        faults += [
            f"{name} is not set (`make run` brings a store of its own; production names one)"
            for name in ("DATABASE_URL", "REDIS_URL")
            if not environ.get(name, "").strip()
        ]
        if faults:
            raise SettingsError(faults)
        made = cls(**reading.values)
        if disagreements := _disagreements(made):
            raise SettingsError(disagreements)
        return made


class Row(NamedTuple):
    """A setting as `--settings` shows it; `fault` says why its value cannot stand, if it cannot."""

    name: str
    value: str
    source: str
    fault: str = ""


class _Reading(NamedTuple):
    values: dict[str, Any]
    rows: list[Row]


def explain(environ: Mapping[str, str], *, part: str = "web") -> list[Row]:
    """Every setting with its value (secrets hidden) and where that came from. Never raises for a malformed value."""
    return _read(environ, part).rows


def warnings(environ: Mapping[str, str]) -> list[str]:
    """A line for each variable that looks like a setting of ours and is none."""
    known = names()
    lines = []
    for name in sorted(environ):
        if name.startswith(WATCHED_PREFIXES) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            lines.append(f"{name} is no setting" + (f"; is {near[0]} meant?" if near else ""))
    return lines


def names() -> list[str]:
    """The variables that are settings, in the order of this page."""
    plain = [each.name.upper() for each in dataclasses.fields(Settings) if each.name != "limits"]
    return plain + [f"LIMIT_{name.upper()}" for name in LIMIT_DEFAULTS]


def print_settings(environ: Mapping[str, str], out: TextIO, *, part: str = "web") -> int:
    """Writes the table of `--settings`; answers the exit status: 0, or 1 when a value cannot stand."""
    rows = explain(environ, part=part)
    wide = max(len(row.name) for row in rows)
    for row in rows:
        fault = f"  <-- {row.fault}" if row.fault else ""
        out.write(f"{row.name:<{wide}}  {row.value or '-':<32}  {row.source}{fault}\n")
    out.writelines(f"warning: {line}\n" for line in warnings(environ))
    return 1 if any(row.fault for row in rows) else 0


def _read(environ: Mapping[str, str], part: str) -> _Reading:
    """The one pass over all settings that both `from_env` and `explain` stand on."""
    values: dict[str, Any] = {}
    rows: list[Row] = []
    for each in dataclasses.fields(Settings):
        if each.name == "limits":
            continue
        name = each.name.upper()
        value, source, fault = _take(environ, name, each.default, each.metadata["read"])
        if source == "default":
            value, source = _derived(each.name, values, part) or (value, source)
        values[each.name] = value
        shown = environ[name] if fault else _shown(value)
        rows.append(Row(name, _hidden(shown, is_secret=each.metadata["is_secret"]), source, fault))
    limits: dict[str, Limit | None] = {}
    for short, default in LIMIT_DEFAULTS.items():
        name = f"LIMIT_{short.upper()}"
        value, source, fault = _take(environ, name, Limit.parse(default), Limit.parse)
        limits[short] = value
        rows.append(Row(name, environ[name] if fault else ("off" if value is None else str(value)), source, fault))
    return _Reading(values | {"limits": MappingProxyType(limits)}, rows)


def _take(
    environ: Mapping[str, str], name: str, default: object, read: Callable[[str], object]
) -> tuple[Any, str, str]:
    text = environ.get(name, "").strip()
    if not text:
        return default, "default", ""
    try:
        return read(text), "environment", ""
    except ValueError as fault:
        return default, "environment", str(fault)


def _derived(name: str, known: Mapping[str, Any], part: str) -> tuple[Any, str] | None:
    """The value of a setting that was not set and follows from others, with the words for its source."""
    if name == "metrics_port":
        return METRICS_PORTS[part], "default"
    if name == "jobs_redis_url":
        return known["redis_url"], "REDIS_URL"
    if name == "node_name":
        return f"{_in_url(known['host'])}:{known['port']}", "HOST and PORT"
    if name == "public_url":
        return f"http://{_in_url(known['host'])}:{known['port']}", "HOST and PORT"
    if name == "advertise_host":
        is_everywhere = known["host"] in {"0.0.0.0", "::"}  # noqa: S104
        return (socket.gethostname(), "the machine's name") if is_everywhere else (known["host"], "HOST")
    if name == "media_url":
        return Path(".data/media").resolve().as_uri(), "default"
    return None


def _disagreements(made: Settings) -> list[str]:
    rules = (
        (made.seconds_min <= made.seconds_max, "SECONDS_MIN should not be above SECONDS_MAX"),
        (made.node_renew_s < made.node_lease_s, "NODE_RENEW_S should be below NODE_LEASE_S"),
        (not made.turn_urls or bool(made.turn_secret), "TURN_URLS needs TURN_SECRET"),
        (not made.smtp_url or bool(made.mail_from), "SMTP_URL needs MAIL_FROM"),
        (not made.admin_password_hash or bool(made.admin_username), "ADMIN_PASSWORD_HASH needs ADMIN_USERNAME"),
        (
            not made.admin_password_hash or made.admin_password_hash.startswith("$argon2id$"),
            "ADMIN_PASSWORD_HASH should be what `python -m web hash-password` prints",
        ),
    )
    return [line for holds, line in rules if not holds]


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _hidden(text: str, *, is_secret: bool) -> str:
    """`text` without what nobody should read over a shoulder: secrets, and passwords inside URLs."""
    if is_secret:
        return "(hidden)" if text else ""
    try:
        parts = urlsplit(text)
        has_password = bool(parts.password)
    except ValueError:
        return text
    if not has_password:
        return text
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{place}"))
