"""Whether a process is well, and how HTTP says no."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from core.errors import Refusal
from core.protocol.codes import ERROR_CODES, HTTP_CODES
from core.protocol.http import ROUTES
from core.settings import Settings
from tests.servers import Stores
from tests.web.api_world import Answer, House, house_on
from web.api.readiness import Health

WELL = {
    "redis": "ok",
    "rehydrated": "ok",
    "not_draining": "ok",
    "postgresql": "ok",
    "redis_settings": "ok",
}


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """Few families are brought live faster than many."""
    return Settings.from_env({**environ, "ROOM_SHARDS": "2"})


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with house_on(settings) as house:
        yield house


@pytest.fixture(autouse=True)
def every_probe_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes are shared for a moment; here every question is a new one."""
    monkeypatch.setattr("web.api.readiness.FRESH_MS", 0)


async def test_a_living_process_says_so(house: House) -> None:
    answer = await house.ask("GET", "/healthz")
    assert (answer.status, answer.body) == (200, {"alive": True})


async def test_a_process_that_is_well_is_ready(fragile: Stores) -> None:
    async with house_on(Settings.from_env(fragile.environ())) as house:
        await house.service.live.redis.config_set("appendfsync", "always")
        answer = await house.ask("GET", "/readyz")
        assert answer.body == {"ready": True, "degraded": [], "checks": WELL}
        assert answer.status == 200


async def test_a_draining_process_is_not_ready(house: House) -> None:
    house.is_draining = True
    answer = await house.ask("GET", "/readyz")
    assert answer.status == 503
    assert answer.body["ready"] is False
    assert answer.body["checks"]["not_draining"] == "failing"


async def test_a_process_whose_families_are_not_live_is_not_ready(settings: Settings) -> None:
    async with house_on(settings, live=False) as house:
        answer = await house.ask("GET", "/readyz")
        assert answer.status == 503
        assert answer.body["checks"]["redis"] == "ok"
        assert answer.body["checks"]["rehydrated"] == "failing"


async def test_without_redis_it_is_not_ready_but_alive(fragile: Stores) -> None:
    async with house_on(Settings.from_env(fragile.environ())) as house:
        assert fragile.redis
        await fragile.redis.stop()
        answer = await house.ask("GET", "/readyz")
        assert answer.status == 503
        assert answer.body["checks"]["redis"] == "failing"
        assert (await house.ask("GET", "/healthz")).status == 200
        await fragile.redis.start()
        assert (await house.ask("GET", "/readyz")).body["checks"]["redis"] == "ok"


async def test_without_postgresql_it_is_degraded_and_ready(fragile: Stores) -> None:
    async with house_on(Settings.from_env(fragile.environ())) as house:
        await house.service.live.redis.config_set("appendfsync", "always")
        assert fragile.postgres
        await fragile.postgres.stop()
        answer = await house.ask("GET", "/readyz")
        assert answer.status == 200
        assert answer.body == {
            "ready": True,
            "degraded": ["postgresql: away"],
            "checks": {**WELL, "postgresql": "degraded"},
        }


@pytest.mark.parametrize(
    ("name", "weaker"),
    [
        ("appendonly", "no"),
        ("appendfsync", "everysec"),
        ("no-appendfsync-on-rewrite", "yes"),
        ("maxmemory-policy", "allkeys-lru"),
    ],
)
async def test_what_is_weaker_than_promised_is_named(fragile: Stores, name: str, weaker: str) -> None:
    async with house_on(Settings.from_env(fragile.environ())) as house:
        redis = house.service.live.redis
        await redis.config_set("appendfsync", "always")
        wanted = (await redis.config_get(name))[name]
        await redis.config_set(name, weaker)
        answer = await house.ask("GET", "/readyz")
        assert answer.status == 200
        assert answer.body["degraded"] == [f"redis: {name} is {weaker}, should be {wanted}"]
        assert answer.body["checks"]["redis_settings"] == "degraded"


async def test_replicas_that_are_waited_for_should_be_demanded(fragile: Stores) -> None:
    async with house_on(Settings.from_env({**fragile.environ(), "REDIS_WAIT_REPLICAS": "1"})) as house:
        assert any("min-replicas-to-write" in line for line in (await house.ask("GET", "/readyz")).body["degraded"])


async def test_many_who_ask_at_once_share_one_probe(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.api.readiness.FRESH_MS", 60_000)
    health = Health(house.service, lambda: False)
    first = await health.readiness()
    redis = house.service.live.redis
    before = int((await redis.info("stats"))["total_commands_processed"])
    assert [await health.readiness() for _ in range(20)] == [first] * 20
    assert int((await redis.info("stats"))["total_commands_processed"]) - before < 20


# ------------------------------------------------------------------------------------------------------ how it says no


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/me", "/nothing", "/api/v1/me/", "/api/v1/%00"])
async def test_where_nothing_is_is_not_found(house: House, path: str) -> None:
    assert (await house.ask("GET", path)).refusal == (404, "not_found")


async def test_another_method_is_refused_with_those_that_are_allowed(house: House) -> None:
    answer = await house.ask("PUT", "/api/v1/guests")
    assert answer.refusal == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


async def test_every_route_that_is_promised_is_there_and_no_other(house: House) -> None:
    there = {
        f"{route.method} {route.resource.canonical}"
        for route in house.app.router.routes()
        if route.resource and route.method != "HEAD"
    }
    assert there == {f"{route.method} {route.path}" for route in ROUTES}


async def test_every_code_is_told_with_its_status_and_the_time_to_wait(settings: Settings) -> None:
    faults = [Refusal(code, "in other words", retry_after_ms=1_001) for code in HTTP_CODES]
    for code, answer in zip(HTTP_CODES, await answers_to(settings, *faults), strict=True):
        assert answer.refusal == (ERROR_CODES[code].status, code)
        assert answer.body["retry_after_ms"] == 1_001
        assert answer.headers["retry-after"] == "2"


async def test_words_of_our_own_go_with_every_code_but_those_that_are_our_fault(settings: Settings) -> None:
    faults = [Refusal("not_found", "secret"), Refusal("unavailable", "secret"), Refusal("internal", "secret")]
    details = [answer.body["detail"] for answer in await answers_to(settings, *faults)]
    assert details == ["secret", ERROR_CODES["unavailable"].meaning, ERROR_CODES["internal"].meaning]


async def test_whatever_else_escapes_is_internal_and_told_without_detail(settings: Settings) -> None:
    faults = [Refusal("too_early"), Refusal("unknown_session"), ZeroDivisionError("secret"), KeyError("secret")]
    for answer in await answers_to(settings, *faults):
        assert answer.refusal == (500, "internal")
        assert "secret" not in str(answer.body)


async def test_who_waits_too_long_hears_that_we_are_unavailable(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.api.middleware.ANSWER_S", 0.01)

    async def hang(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with house_on(settings, routes=[web.get("/api/v1/hangs", hang)]) as house:
        answer = await house.ask("GET", "/api/v1/hangs")
    assert answer.refusal == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"


async def test_every_answer_tells_browsers_what_it_is_not(house: House) -> None:
    answers = [await house.ask("GET", path) for path in ("/healthz", "/api/v1/me", "/nothing")]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["cache-control"] == "no-store"


async def test_pages_may_use_what_comes_from_here_and_nothing_inline(settings: Settings) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<p>", content_type="text/html")

    async with house_on(settings, routes=[web.get("/page", page)]) as house:
        policy = (await house.ask("GET", "/page")).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy


async def answers_to(settings: Settings, *faults: Exception) -> list[Answer]:
    """Returns the answers of a route that fails with each of `faults` in turn."""

    async def fail(request: web.Request) -> web.Response:
        raise faults[int(request.match_info["number"])]

    async with house_on(settings, routes=[web.get("/api/v1/fails/{number}", fail)]) as house:
        return [await house.ask("GET", f"/api/v1/fails/{number}") for number in range(len(faults))]
