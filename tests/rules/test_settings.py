"""Settings: rules section 15. What is set counts, what is malformed stops the start, what is unknown is warned of."""

import io
import re

import pytest

from core import settings
from core.settings import Limit, Settings, SettingsError

STORES = {"DATABASE_URL": "postgresql://cresset@127.0.0.1/cresset", "REDIS_URL": "redis://127.0.0.1:6379/0"}

RULES_SECTION_15 = """
DATABASE_URL REDIS_URL JOBS_REDIS_URL HOST=127.0.0.1 PORT=8080 METRICS_PORT=9100 NODE_NAME ADVERTISE_HOST PUBLIC_URL
ALLOWED_ORIGINS TRUSTED_PROXIES ADMIN_USERNAME ADMIN_PASSWORD_HASH TURN_URLS TURN_SECRET TURN_TTL_S=600
STRIPE_WEBHOOK_SECRET SMTP_URL MAIL_FROM RESET_S=1800 MEDIA_URL MEDIA_SELFIE_MAX_MB=5 MEDIA_VIDEO_MAX_MB=30 ACCESS=open
LOG_FORMAT=json LOG_LEVEL=info ROOM_SHARDS=8 JOURNAL_MAX_MB=512 REDIS_WAIT_REPLICAS=0 TEST_CLOCK=0 WEB=1 WORKERS=1
PG_BIN REDIS_BIN
INVITE_TTL_S=20 GRACE_S=10 JOIN_S=15 ABSENCE_S=5 HELLO_S=10 PING_S=15 PONG_S=10 ROOM_PING_S=3 ROOM_PONG_S=3
LAST_ROOM_S=300 NODE_LEASE_S=10 NODE_RENEW_S=3 TICK_GAP_S=5 HOLD_S=15 DRAIN_S=30 MEDIA_S=45 SECONDS_MIN=60
SECONDS_MAX=1800 TORCH_DIM_S=120 TORCH_OUT_S=60 UPGRADE_AFTER_S=60 UPGRADE_ANSWER_S=30 UPGRADE_AGAIN_S=60
UPGRADE_SECONDS=300 COOLDOWN_LONG_S=86400 COOLDOWN_SHORT_S=3600 METRICS_S=5 COMPLETION_S=30 REPORT_WINDOW_S=86400
CONNECTIONS_PER_USER=5 TEXT_MAX=500 QR_UNLOCK_AT=4 CODE_USES=4 REPORTS_TO_BAN=4 GUEST_DAYS=7 SESSION_DAYS=30
INTRO_DAYS=90 IP_BAN_DAYS=90 RETAIN_ROOMS_S=3600 RETAIN_SESSIONS_DAYS=7 RETAIN_COMPLETIONS_DAYS=90
RETAIN_HISTORY_DAYS=365 RETAIN_REPORTS_DAYS=365
"""

RULES_SECTION_14 = """
LIMIT_AUTH 6/10m · LIMIT_AUTH_ACCOUNT 30/10m · LIMIT_HTTP 500/1m · LIMIT_REPORT 10/1h · LIMIT_TURN 60/1h ·
LIMIT_CODE 5/1h · LIMIT_SIGNUP 20/1h · LIMIT_INVITE 20/1m · LIMIT_CHAT 1/1.5s burst 5 · LIMIT_SOCKET 20/1s burst 60 ·
LIMIT_CONNECT 120/1m
"""


def read(**environ: str) -> Settings:
    return Settings.from_env(STORES | environ)


def faults_of(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(**environ)
    return "\n".join(caught.value.lines)


def rules_settings() -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in RULES_SECTION_15.split())


def rules_limits() -> dict[str, str]:
    words = RULES_SECTION_14.replace("\n", " ").split("·")
    return dict(word.strip().split(" ", 1) for word in words if word.strip())


def test_every_setting_of_the_rules_exists_and_no_other() -> None:
    assert set(settings.names()) == set(rules_settings()) | set(rules_limits())


@pytest.mark.parametrize(("name", "default"), [item for item in rules_settings().items() if item[1]])
def test_defaults_are_those_of_the_rules(name: str, default: str) -> None:
    rows = {row.name: row.value for row in settings.explain(STORES)}
    assert rows[name] == default


@pytest.mark.parametrize(("name", "default"), rules_limits().items())
def test_limits_are_those_of_the_rules(name: str, default: str) -> None:
    assert read().limits[name.removeprefix("LIMIT_").lower()] == Limit.parse(default)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("20/1m", Limit(20, 60_000, 20)),
        ("1/1.5s burst 5", Limit(1, 1_500, 5)),
        ("500 / 250ms burst 7", Limit(500, 250, 7)),
        ("OFF", None),
        ("1/2d", Limit(1, 172_800_000, 1)),
    ],
)
def test_a_limit_reads_as_it_is_written(text: str, limit: Limit | None) -> None:
    assert read(LIMIT_CHAT=text).limits["chat"] == limit
    assert limit is None or Limit.parse(str(limit)) == limit


@pytest.mark.parametrize("text", ["", "20", "0/1m", "20/0s", "20/1m burst 0", "-1/1m", "20/m", "20/1y", "many"])
def test_a_malformed_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"should be|needs"):
        Limit.parse(text)


def test_lengths_take_fractions() -> None:
    short = read(GRACE_S="0.25", GUEST_DAYS="0.5", SECONDS_MIN="1.5", COOLDOWN_LONG_S="0")
    assert (short.grace_s, short.guest_days, short.seconds_min, short.cooldown_long_s) == (0.25, 0.5, 1.5, 0)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("PORT", "eighty", "whole number"),
        ("PORT", "65536", "between 0 and 65535"),
        ("GRACE_S", "0", "between 0.001"),
        ("GRACE_S", "nan", "between"),
        ("GRACE_S", "inf", "between"),
        ("GRACE_S", "-1", "between"),
        ("GRACE_S", "10s", "a number"),
        ("ROOM_SHARDS", "257", "between 1 and 256"),
        ("ROOM_SHARDS", "0", "between 1 and 256"),
        ("REDIS_URL", "http://127.0.0.1", "redis://"),
        ("DATABASE_URL", "127.0.0.1:5432", "postgresql://"),
        ("LOG_FORMAT", "xml", "json, console"),
        ("TEST_CLOCK", "maybe", "0 or 1"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "CIDRs"),
        ("ALLOWED_ORIGINS", "meet.example", "origins"),
        ("ALLOWED_ORIGINS", "https://meet.example/path", "origins"),
        ("LIMIT_CHAT", "often", "N/PERIOD"),
        ("SECONDS_MIN", "2000", "SECONDS_MAX"),
        ("NODE_RENEW_S", "11", "NODE_LEASE_S"),
        ("TURN_URLS", "turn:turn.example:3478", "TURN_SECRET"),
        ("ADMIN_PASSWORD_HASH", "secret", "hash-password"),
    ],
)
def test_a_malformed_value_stops_the_start_and_says_which(name: str, text: str, says: str) -> None:
    told = faults_of(**{name: text})
    assert name in told
    assert says in told


def test_every_fault_is_told_at_once() -> None:
    assert len(faults_of(PORT="x", GRACE_S="y", LIMIT_CHAT="z").splitlines()) == 3


def test_stores_must_be_named() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({})
    assert re.search("DATABASE_URL is not set", str(caught.value))
    assert re.search("REDIS_URL is not set", str(caught.value))


def test_access_is_open_or_by_code() -> None:
    assert Settings.from_env({**STORES, "ACCESS": "Code"}).access == "code"
    assert "should be one of open, code" in faults_of(ACCESS="closed")


def test_empty_counts_as_not_set() -> None:
    assert read(PORT="", GRACE_S=" ", LIMIT_CHAT="") == read()


def test_what_is_not_set_follows_from_what_is() -> None:
    node = read(HOST="0.0.0.0", PORT="8443")
    assert (node.node_name, node.public_url) == ("0.0.0.0:8443", "http://0.0.0.0:8443")
    assert node.advertise_host not in {"", "0.0.0.0"}
    assert node.jobs_redis_url == STORES["REDIS_URL"]
    assert node.media_url.startswith("file:///")
    assert read(HOST="::1").public_url == "http://[::1]:8080"


@pytest.mark.parametrize(("part", "port"), [("web", 9100), ("live", 9110), ("default", 9120), ("all", 9130)])
def test_metrics_ports_differ_by_part_unless_set(part: str, port: int) -> None:
    assert Settings.from_env(STORES, part=part).metrics_port == port
    assert Settings.from_env(STORES | {"METRICS_PORT": "9999"}, part=part).metrics_port == 9999


def test_lists_are_read() -> None:
    node = read(
        ALLOWED_ORIGINS="https://Meet.example/, http://127.0.0.1:8080",
        TRUSTED_PROXIES="10.0.0.1, 2001:db8::/32",
        TURN_URLS="turn:a.example, turns:b.example",
        TURN_SECRET="s",
    )
    assert node.allowed_origins == ("https://meet.example", "http://127.0.0.1:8080")
    assert [str(network) for network in node.trusted_proxies] == ["10.0.0.1/32", "2001:db8::/32"]
    assert node.turn_urls == ("turn:a.example", "turns:b.example")


def test_unknown_settings_of_ours_are_warned_of_and_others_are_not() -> None:
    environ = {
        "LIMIT_CHATS": "1/1s",
        "TORCH_S": "1",
        "MEDIA_S": "1",
        "LIMIT_CHAT": "1/1s",
        "PATH": "/bin",
        "GRACES": "1",
    }
    assert settings.warnings(environ) == [
        "LIMIT_CHATS is no setting; is LIMIT_CHAT meant?",
        "TORCH_S is no setting; is TORCH_OUT_S meant?",
    ]


def test_the_table_names_sources_and_hides_secrets() -> None:
    out = io.StringIO()
    environ = STORES | {
        "DATABASE_URL": "postgresql://u:hunter2@db/x",
        "TURN_SECRET": "hunter2",
        "PORT": "81",
        "LIMIT_X": "1",
    }
    assert settings.print_settings(environ, out) == 0
    assert "hunter2" not in out.getvalue()
    assert "postgresql://u:***@db/x" in out.getvalue()
    lines = {line.split()[0]: line for line in out.getvalue().splitlines()}
    assert lines["PORT"].split() == ["PORT", "81", "environment"]
    assert lines["NODE_NAME"].endswith("HOST and PORT")
    assert lines["GRACE_S"].split() == ["GRACE_S", "10", "default"]
    assert "warning: LIMIT_X is no setting" in out.getvalue()


def test_the_table_shows_what_is_malformed_and_the_fault_hides_passwords_too() -> None:
    out = io.StringIO()
    assert settings.print_settings(STORES | {"PORT": "x"}, out) == 1
    assert "<-- should be a whole number" in out.getvalue()
    assert "hunter2" not in faults_of(REDIS_URL="http://u:hunter2@db/x")
