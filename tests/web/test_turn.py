"""Credentials for relays (protocol, GET /turn)."""

import base64
import hashlib
import hmac
import time

import pytest

from core.settings import Settings
from tests.web.api_world import house_on

URLS = ["turn:turn.example:3478", "turns:turn.example:5349?transport=tcp"]
SECRET = "shared with the relay"


async def test_a_relay_that_knows_the_secret_lets_him_in_until_then(environ: dict[str, str]) -> None:
    """As coturn's use-auth-secret has it: the password is the HMAC-SHA1 of "<until>:<who>"."""
    relay = {"TURN_URLS": ",".join(URLS), "TURN_SECRET": SECRET, "TURN_TTL_S": "600", "LIMIT_TURN": "2/1h"}
    async with house_on(Settings.from_env({**environ, "ROOM_SHARDS": "2", **relay})) as house:
        ada = await house.guest("Ada")
        answer = await ada.get("/api/v1/turn")
        assert answer.status == 200
        (server,) = answer.body["ice_servers"]
        assert server["urls"] == URLS
        until, _, who = server["username"].partition(":")
        assert who == ada.user_id
        assert int(until) * 1000 == answer.body["expires_at_ms"]
        assert 590 < int(until) - time.time() <= 600
        mac = hmac.new(SECRET.encode(), server["username"].encode(), hashlib.sha1).digest()
        assert base64.b64decode(server["credential"]) == mac
        assert (await ada.get("/api/v1/turn")).status == 200
        refused = await ada.get("/api/v1/turn")
        assert refused.refusal == (429, "rate_limited")
        assert int(refused.headers["retry-after"]) > 1_700
        assert (await (await house.guest("Ben")).get("/api/v1/turn")).status == 200


@pytest.mark.parametrize("token", ["", "nobody"])
async def test_nobody_else_gets_any(environ: dict[str, str], token: str) -> None:
    async with house_on(Settings.from_env({**environ, "ROOM_SHARDS": "2"})) as house:
        assert (await house.ask("GET", "/api/v1/turn", token=token)).refusal == (401, "not_authenticated")


async def test_without_relays_the_list_is_empty(environ: dict[str, str]) -> None:
    async with house_on(Settings.from_env({**environ, "ROOM_SHARDS": "2"})) as house:
        answer = await (await house.guest("Ada")).get("/api/v1/turn")
        assert (answer.status, answer.body["ice_servers"]) == (200, [])
