"""Selfies and intro videos over HTTP: what comes in, what is served, and what is left of it."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from msgspec.json import decode
from redis.asyncio import Redis
from yarl import URL

from core import keys
from core.actions import media
from core.media.kinds import new_name
from core.media.local import LocalStorage
from core.settings import Settings
from tests.media import SECRET, exif, jpeg, mp4, png, webm, webp
from tests.web.api_world import Answer, Guest, House, house_on
from web.api import patience
from workers import courier
from workers.metrics import Metrics
from workers.shop import Shop

SELFIE, VIDEO = "/api/v1/me/selfie", "/api/v1/me/video"
TWO_HOURS_S = 7_200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def settings(environ: dict[str, str], folder: Path) -> Settings:
    """Few families are brought live faster than many; files of up to 100 kB."""
    small = {"MEDIA_SELFIE_MAX_MB": "0.1", "MEDIA_VIDEO_MAX_MB": "0.1"}
    return Settings.from_env({**environ, **small, "ROOM_SHARDS": "2", "MEDIA_URL": folder.as_uri()})


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with house_on(settings) as house:
        yield house


async def put(who: Guest, path: str, raw: bytes | AsyncIterator[bytes], kind: str) -> Answer:
    """Sends bytes as they are."""
    return await who.house.ask("PUT", path, token=who.token, data=raw, headers={"Content-Type": kind})


async def has_selfie(who: Guest, raw: bytes = b"") -> str:
    """Sends a picture that is taken; returns its address."""
    answer = await put(who, SELFIE, raw or png(), "image/png")
    assert answer.status == 200, answer.body
    return str(answer.body["url"])


def files_in(folder: Path) -> set[str]:
    """The addresses of what is kept."""
    assert not list((folder / "drafts").iterdir())
    return {f"/media/{path.name}" for path in folder.glob("*/*")}


def grow_old(path: Path) -> None:
    then = time.time() - TWO_HOURS_S
    os.utime(path, (then, then))


def shop_of(house: House) -> Shop:
    return Shop(service=house.service, metrics=Metrics(), reader=house.service.live.redis)


# ------------------------------------------------------------------------------------------------------------ received


@pytest.mark.parametrize(
    ("path", "kind", "raw"),
    [
        (SELFIE, "image/jpeg", jpeg()),
        (SELFIE, "image/png", png()),
        (SELFIE, "image/webp", webp()),
        (VIDEO, "video/mp4", mp4(30, size=50_000)),
        (VIDEO, "video/webm", webm(None, is_endless=True)),
    ],
)
async def test_what_is_sent_is_shown_to_anybody_who_has_its_address(
    house: House, folder: Path, path: str, kind: str, raw: bytes
) -> None:
    ada = await house.guest()
    answer = await put(ada, path, raw, kind)
    assert (answer.status, set(answer.body)) == (200, {"url"})
    url = answer.body["url"]
    field = "selfie_url" if path == SELFIE else "video_url"
    assert (await ada.get("/api/v1/me")).body[field] == url
    shown = await house.ask("GET", url)
    assert (shown.status, shown.body) == (200, raw)
    assert shown.headers["content-type"] == kind
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in shown.headers["content-security-policy"]
    (kept,) = folder.glob("*/*.*")
    assert not kept.stat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IRWXO)
    assert ada.user_id not in url


async def test_a_part_of_a_video_is_shown(house: House) -> None:
    ada = await house.guest()
    raw = mp4(30, size=50_000)
    url = (await put(ada, VIDEO, raw, "video/mp4")).body["url"]
    part = await house.ask("GET", url, headers={"Range": "bytes=100-299"})
    assert (part.status, part.body) == (206, raw[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(raw)}"
    assert part.headers["cache-control"] == "public, max-age=31536000, immutable"
    head = await house.ask("HEAD", url)
    assert (head.status, head.headers["content-length"]) == (200, str(len(raw)))
    beyond = await house.ask("GET", url, headers={"Range": "bytes=60000-"})
    assert beyond.status == 416


async def test_nobody_learns_where_a_selfie_was_taken(house: House) -> None:
    ada = await house.guest()
    raw = jpeg(8, 8, exif(6))
    assert SECRET in raw
    url = (await put(ada, SELFIE, raw, "image/jpeg")).body["url"]
    assert SECRET not in (await house.ask("GET", url)).body


async def test_others_see_it_at_once(house: House, redis: Redis) -> None:
    ada = await house.guest()
    url = await has_selfie(ada)
    profile = await redis.hgetall(keys.key(keys.LOBBY, f"profile:{ada.user_id}"))  # type: ignore[misc]
    assert decode(profile[b"card"])["selfie_url"] == url
    assert decode(profile[b"me"])["selfie_url"] == url


async def test_another_one_takes_the_place_of_the_old_one(house: House, folder: Path) -> None:
    ada = await house.guest()
    old, new = await has_selfie(ada), await has_selfie(ada)
    assert old != new
    assert (await house.ask("GET", old)).refusal == (404, "not_found")
    assert files_in(folder) == {new}


async def test_of_many_at_once_one_stays(house: House, folder: Path) -> None:
    ada = await house.guest()
    urls = await asyncio.gather(*(has_selfie(ada) for _ in range(10)))
    assert files_in(folder) == {(await ada.get("/api/v1/me")).body["selfie_url"]}
    assert len(set(urls)) == 10


async def test_it_can_be_taken_away(house: House, folder: Path, database: asyncpg.Connection) -> None:
    ada = await house.guest()
    url = await has_selfie(ada)
    await put(ada, VIDEO, webm(), "video/webm")
    for _ in range(2):
        for path in (SELFIE, VIDEO):
            answer = await ada.delete(path)
            assert (answer.status, answer.body) == (200, {"url": None})
    me = (await ada.get("/api/v1/me")).body
    assert (me["selfie_url"], me["video_url"]) == (None, None)
    assert (await house.ask("GET", url)).refusal == (404, "not_found")
    assert files_in(folder) == set()
    assert await database.fetchval("select count(*) from outbox") == 0


# ------------------------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("path", "kind", "raw"),
    [
        (SELFIE, "image/png", jpeg()),
        (SELFIE, "image/jpeg", b"<html><script>alert(1)</script></html>"),
        (SELFIE, "image/jpeg", b""),
        (SELFIE, "image/png", png()[:-1]),
        (SELFIE, "image/png", b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"),
        (SELFIE, "image/gif", b"GIF89a" + bytes(20)),
        (SELFIE, "image/svg+xml", b"<svg/>"),
        (SELFIE, "video/mp4", mp4()),
        (SELFIE, "text/html", png()),
        (SELFIE, "application/octet-stream", png()),
        (VIDEO, "video/webm", mp4()),
        (VIDEO, "video/mp4", mp4()[:-1]),
        (VIDEO, "image/png", png()),
    ],
)
async def test_what_it_is_not_is_unsupported(house: House, folder: Path, path: str, kind: str, raw: bytes) -> None:
    ada = await house.guest()
    assert (await put(ada, path, raw, kind)).refusal == (415, "unsupported_media")
    assert not list(folder.glob("*/*"))
    assert (await ada.get("/api/v1/me")).body["selfie_url"] is None


async def test_a_file_that_is_two_things_is_served_as_one(house: House) -> None:
    ada = await house.guest()
    url = await has_selfie(ada, png(2, 2, after=b"<html><script>alert(1)</script>PK\3\4"))
    shown = await house.ask("GET", url)
    assert (shown.body, shown.headers["content-type"]) == (png(), "image/png")


@pytest.mark.parametrize(
    ("path", "kind", "raw"),
    [
        (SELFIE, "image/png", png(2, 2, after=bytes(100_000))),
        (VIDEO, "video/mp4", mp4(10, size=100_000)),
        (SELFIE, "image/png", png(60_000, 60_000)),
        (SELFIE, "image/jpeg", jpeg(65_535, 65_535)),
        (VIDEO, "video/mp4", mp4(61)),
        (VIDEO, "video/webm", webm(3600)),
    ],
)
async def test_what_is_too_much_is_too_large(house: House, folder: Path, path: str, kind: str, raw: bytes) -> None:
    ada = await house.guest()
    answer = await put(ada, path, raw, kind)
    assert answer.refusal == (413, "too_large")
    assert not list(folder.glob("*/*"))


async def test_a_body_without_a_length_is_read_no_further_than_it_may_be(house: House, folder: Path) -> None:
    ada = await house.guest()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield png()
        while sent < 50_000_000:
            sent += 10_000
            yield bytes(10_000)

    assert (await put(ada, SELFIE, endless(), "image/png")).refusal == (413, "too_large")
    assert sent < 50_000_000
    assert not list(folder.glob("*/*"))


async def test_strangers_send_nothing(house: House, folder: Path) -> None:
    for path in (SELFIE, VIDEO):
        answer = await house.ask("PUT", path, data=png(), headers={"Content-Type": "image/png"})
        assert answer.refusal == (401, "not_authenticated")
        assert (await house.ask("DELETE", path)).refusal == (401, "not_authenticated")
    assert not folder.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/secret.txt",
        "/media/../secret.txt",
        "/media/..%2fsecret.txt",
        "/media/%2e%2e%2fsecret.txt",
        "/media/ab/../../secret.txt",
        "/media//etc/passwd",
        "/media/%00",
        "/media/drafts",
        f"/media/{'a' * 32}.jpg",
        f"/media/{'a' * 32}.jpg%00.png",
        f"/media/{'a' * 5000}",
    ],
)
async def test_nothing_else_is_ever_shown(house: House, folder: Path, path: str) -> None:
    folder.mkdir()
    for secret in (folder / "secret.txt", folder.parent / "secret.txt"):
        secret.write_text("secret")
    async with house.client.session.get(URL(f"{house.client.make_url('/')}"[:-1] + path, encoded=True)) as answer:
        assert answer.status == 404
        assert "secret" not in await answer.text()


# -------------------------------------------------------------------------------------------------------- what may fail


async def test_while_bytes_come_the_answer_may_wait_but_not_for_ever() -> None:
    from aiohttp.test_utils import make_mocked_request  # noqa: PLC0415

    request = make_mocked_request("PUT", SELFIE)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(0.5) as limit:
        await asyncio.sleep(0)
        patience.begin(request, limit)
        patience.renew(request)
        assert limit.when() == pytest.approx(loop.time() + patience.ANSWER_S, abs=0.5)
        request[patience._UNTIL] = loop.time() + 1
        patience.renew(request)
        assert limit.when() == pytest.approx(loop.time() + 1, abs=0.5)


async def test_who_stops_sending_is_not_waited_for(house: House, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await house.guest()
    monkeypatch.setattr(patience, "ANSWER_S", 0.2)
    is_over = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield png()[:20]
        await is_over.wait()

    answer = await put(ada, SELFIE, stalls(), "image/png")
    is_over.set()
    assert answer.refusal == (503, "unavailable")
    assert files_in(folder) == set()


async def test_a_thread_that_is_left_behind_writes_into_nothing_else(folder: Path, tmp_path: Path) -> None:
    async with LocalStorage(folder.as_uri()).draft() as draft:
        pass
    anothers = [(tmp_path / f"{number}").open("wb") for number in range(5)]  # one of them has the draft's number now
    with pytest.raises(ValueError, match="closed"):
        await draft.write(png())
    for file in anothers:
        file.close()
    assert [path.stat().st_size for path in tmp_path.iterdir() if path.is_file()] == [0] * 5


async def test_a_folder_that_cannot_be_written_is_unavailable(house: House, folder: Path) -> None:
    ada = await house.guest()
    folder.write_text("somebody put a file here")
    assert (await put(ada, SELFIE, png(), "image/png")).refusal == (503, "unavailable")
    assert (await ada.get("/api/v1/me")).body["selfie_url"] is None
    assert (await house.ask("GET", f"/media/{'a' * 32}.jpg")).status in {404, 503}


async def test_who_dies_between_the_file_and_its_row_leaves_a_file_that_is_found(house: House, folder: Path) -> None:
    ada = await house.guest()
    url = await has_selfie(ada)
    names = [new_name("image/png") for _ in range(3)]
    for name in names:
        async with house.service.media.draft() as draft:
            await draft.write(png())
            await house.service.media.put(draft, name)
    for path in folder.glob("*/*"):
        if path.name != names[0]:
            grow_old(path)
    draft_of_a_dead_node = folder / "drafts" / "tmp1"
    draft_of_a_living_node = folder / "drafts" / "tmp2"
    for left in (draft_of_a_dead_node, draft_of_a_living_node):
        left.write_bytes(png())
    grow_old(draft_of_a_dead_node)
    assert await media.drop_leftovers(house.service) == 2
    assert not draft_of_a_dead_node.exists()
    draft_of_a_living_node.unlink()
    assert files_in(folder) == {url, f"/media/{names[0]}"}
    assert await media.drop_leftovers(house.service) == 0


async def test_before_anything_was_sent_there_is_nothing_to_drop(house: House) -> None:
    assert await media.drop_leftovers(house.service) == 0


async def test_the_files_of_a_deleted_user_go_with_him(
    house: House, folder: Path, database: asyncpg.Connection
) -> None:
    ada, ben = await house.guest("Ada"), await house.guest("Ben")
    await has_selfie(ada)
    await put(ada, VIDEO, webm(), "video/webm")
    kept = await has_selfie(ben)
    assert (await ada.delete("/api/v1/me")).status == 204
    await database.execute("update outbox set created_at = now() - interval '1 minute'")
    await courier.deliver(shop_of(house))
    assert files_in(folder) == {kept}
    assert await database.fetchval("select count(*) from outbox where kind = 'user_deleted'") == 0


async def test_the_files_of_an_expired_guest_go_with_him(
    house: House, folder: Path, database: asyncpg.Connection
) -> None:
    ada = await house.guest("Ada")
    await has_selfie(ada)
    await database.execute("update users set account_expires_at = now() - interval '1 day'")
    assert (await house.service.record.retention.prune("guests")).rows == 1
    await database.execute("update outbox set created_at = now() - interval '1 minute'")
    await courier.deliver(shop_of(house))
    assert files_in(folder) == set()


async def test_what_was_shown_before_a_restart_is_shown_after_it(settings: Settings) -> None:
    async with house_on(settings) as house:
        url = await has_selfie(await house.guest())
    async with house_on(settings) as house:
        assert (await house.ask("GET", url)).body == png()
