"""What was received by a node is there when that node is not."""

from pathlib import Path

from tests.media import mp4, png
from tests.world import NO_LIMITS, World

IMMUTABLE = "public, max-age=31536000, immutable"


async def test_a_selfie_outlives_the_node_that_received_it(world: World, tmp_path: Path) -> None:
    first, second = await world.opens(NO_LIMITS, {"MEDIA_URL": (tmp_path / "media").as_uri()})
    ann, bob = await world.people("Ann", "Bob", at=[first, second])
    urls = []
    for what, kind, raw in (("selfie", "image/png", png()), ("video", "video/mp4", mp4(30, size=1_000_000))):
        headers = {"Authorization": f"Bearer {ann.token}", "Content-Type": kind}
        status, body, _ = await world.ask_http(first, "PUT", f"/api/v1/me/{what}", data=raw, headers=headers)
        assert status == 200
        urls.append(body["url"])
    await first.kill()
    await ann.opens(second)
    assert [ann.tab.welcome["user"][field] for field in ("selfie_url", "video_url")] == urls
    status, body, told = await world.ask_http(second, "GET", urls[0])
    assert (status, body, told["Cache-Control"]) == (200, png(), IMMUTABLE)
    assert told["X-Content-Type-Options"] == "nosniff"
    part = {"Range": "bytes=500000-500099"}
    status, body, told = await world.ask_http(second, "GET", urls[1], headers=part)
    assert (status, len(body), told["Cache-Control"]) == (206, 100, IMMUTABLE)
    await ann.wishes()
    (card,) = await bob.looks()
    assert [card["selfie_url"], card["video_url"]] == urls
