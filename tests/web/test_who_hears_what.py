"""Which connections hear of what, on one node and across two."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.client import Client, Refused, connect, sign_up
from tests.processes import Node, Processes
from tests.servers import Stores
from tests.web.test_way_of_two import meet

CANDIDATE = {"candidate": "candidate:1 1 udp 1 198.51.100.7 46154 typ host", "sdp_mid": "0", "sdp_mline_index": 0}


@dataclass
class Town:
    """Two nodes, and who lives where: everybody at the first, or every other at the second."""

    first: Node
    second: Node


@pytest.fixture(scope="module")
async def two_nodes(session_wide_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Node]]:
    await session_wide_stores.empty()
    environ = {
        **session_wide_stores.environ(),
        "LIMIT_SIGNUP": "off",
        "LIMIT_CONNECT": "off",
        "HOLD_S": "0",
        "LIMIT_CHAT": "off",
        "LIMIT_SOCKET": "off",
    }
    processes = Processes(environ, Path(tmp_path_factory.mktemp("nodes")))
    yield await processes.nodes(2)
    await processes.close()


@pytest.fixture(params=["one node", "two nodes"])
def town(two_nodes: list[Node], request: pytest.FixtureRequest) -> Town:
    """Where the test takes place."""
    return Town(two_nodes[0], two_nodes[0 if request.param == "one node" else 1])


async def test_an_invite_rings_on_every_tab_of_the_callee_and_its_end_is_news_to_all_others(town: Town) -> None:
    tokens = [await sign_up(town.first.url, name) for name in ("Anna", "Ben")]
    async with (
        connect(town.first.url, tokens[0]) as anna,
        connect(town.second.url, tokens[0]) as annas_other,
        connect(town.first.url, tokens[1]) as ben,
        connect(town.second.url, tokens[1]) as bens_other,
    ):
        await ben.ask("queue.join")
        invite_id = (await anna.ask("invite.send", to=ben.user_id, mode="text"))["invite_id"]
        for each in (ben, bens_other):
            invite = (await each.expect("invite.received"))["invite"]
            assert (invite["invite_id"], invite["from"]["name"], invite["to"]["name"]) == (invite_id, "Anna", "Ben")
            assert (invite["mode"], invite["seconds"]) == ("text", None)
        await ben.ask("invite.decline", invite_id=invite_id)
        for each in (anna, annas_other, bens_other):
            assert (await each.expect("invite.ended"))["outcome"] == "declined"
        for each in (anna, annas_other, ben, bens_other):
            await each.silence()


async def test_an_invite_that_rings_is_in_the_welcome(town: Town) -> None:
    tokens = [await sign_up(town.first.url, name) for name in ("Anna", "Ben")]
    async with connect(town.first.url, tokens[0]) as anna, connect(town.second.url, tokens[1]) as ben:
        await ben.ask("queue.join")
        invite_id = (await anna.ask("invite.send", to=ben.user_id, mode="video", seconds=300))["invite_id"]
        for token in tokens:
            async with connect(town.second.url, token) as tab:
                assert [(each["invite_id"], each["seconds"]) for each in tab.welcome["invites"]] == [(invite_id, 300)]
        assert (await ben.expect("invite.received"))["invite"]["invite_id"] == invite_id


async def test_the_last_tab_to_enter_has_the_room(town: Town) -> None:
    tokens = [await sign_up(town.first.url, name) for name in ("Anna", "Ben")]
    async with (
        connect(town.first.url, tokens[0]) as anna,
        connect(town.first.url, tokens[1]) as ben,
        connect(town.second.url, tokens[1]) as bens_other,
    ):
        room_id = await meet(anna, ben)
        opened = await bens_other.expect("room.opened")
        assert opened["room"]["room_id"] == room_id
        assert (await bens_other.is_refused("chat.read", room_id=room_id, seq=0)).code == "not_bound"
        await bens_other.ask("room.enter", room_id=room_id, last_seq=0)
        assert await ben.expect("room.moved") == {"type": "room.moved", "room_id": room_id}
        await anna.chat(room_id, "who?", "c1")
        await bens_other.expect("chat.message")
        assert (await ben.is_refused("chat.typing", room_id=room_id)).code == "not_bound"
        await ben.hears_nothing_of("chat.message")
        await ben.leave()
        await anna.hears_nothing_of("room.partner_lost")
        await bens_other.ask("room.leave", room_id=room_id)
        assert (await anna.expect("room.ended"))["reason"] == "left"


async def test_both_hear_the_end_on_every_connection_once(town: Town) -> None:
    tokens = [await sign_up(town.first.url, name) for name in ("Anna", "Ben")]
    async with (
        connect(town.first.url, tokens[0]) as anna,
        connect(town.second.url, tokens[0]) as annas_other,
        connect(town.second.url, tokens[1]) as ben,
        connect(town.first.url, tokens[1]) as bens_other,
    ):
        room_id = await meet(anna, ben)
        await anna.chat(room_id, "bye", "c1")
        await annas_other.ask("room.leave", room_id=room_id)
        for each in (anna, annas_other, ben, bens_other):
            ended = await each.expect("room.ended")
            assert (ended["room_id"], ended["reason"]) == (room_id, "left")
            assert ended["cooldown_ends_at_ms"] > ended["ended_at_ms"]
        assert [each["type"] for each in ben.heard] == ["chat.message"]
        for each in (anna, annas_other, ben, bens_other):
            await each.hears_nothing_of("room.ended")
        assert (await anna.is_refused("chat.read", room_id=room_id, seq=1)).code == "room_ended"


async def test_typing_and_read_marks_reach_the_partner_alone(town: Town) -> None:
    tokens = [await sign_up(town.first.url, name) for name in ("Anna", "Ben")]
    async with connect(town.first.url, tokens[0]) as anna, connect(town.second.url, tokens[1]) as ben:
        room_id = await meet(anna, ben)
        await anna.say("chat.typing", room_id=room_id)
        assert await ben.expect("chat.typed") == {"type": "chat.typed", "room_id": room_id}
        await anna.chat(room_id, "hello", "c1")
        await ben.expect("chat.message")
        await ben.ask("chat.read", room_id=room_id, seq=1)
        assert (await anna.expect("chat.was_read"))["seq"] == 1
        page = await ben.ask("chat.history", room_id=room_id, limit=10)
        assert [message["body"] for message in page["messages"]] == ["hello"]
        assert page["more"] is False
        await anna.silence()
        await ben.silence()


async def test_signals_of_the_present_generation_reach_the_partner(town: Town) -> None:
    tokens = [await sign_up(town.first.url, name) for name in ("Anna", "Ben")]
    async with connect(town.first.url, tokens[0]) as anna, connect(town.second.url, tokens[1]) as ben:
        room_id = await meet(anna, ben, "video", seconds=300)
        assert (await anna.expect("rtc.negotiate"))["polite"] is False
        negotiate = await ben.expect("rtc.negotiate")
        assert (negotiate["generation"], negotiate["polite"]) == (1, True)
        offer = {"type": "offer", "sdp": "v=0\r\n" * 1_000}
        await anna.say("rtc.signal", room_id=room_id, generation=1, description=offer)
        heard = await ben.expect("rtc.signal")
        assert heard == {"type": "rtc.signal", "room_id": room_id, "generation": 1, "description": offer}
        await ben.say("rtc.signal", room_id=room_id, generation=1, candidate=CANDIDATE)
        assert (await anna.expect("rtc.signal"))["candidate"] == CANDIDATE
        await ben.say("rtc.signal", room_id=room_id, generation=1, candidate=None)
        ended = await anna.expect("rtc.signal")
        assert ended["candidate"] is None
        assert "description" not in ended
        for old in (0,):
            await anna.say("rtc.signal", room_id=room_id, generation=old, candidate=CANDIDATE)
        newer = await anna.is_refused("rtc.signal", room_id=room_id, generation=2, candidate=CANDIDATE)
        assert newer.code == "bad_message"
        assert (await anna.is_refused("rtc.signal", room_id=room_id, generation=1)).code == "invalid_body"
        await anna.ask("rtc.outcome", room_id=room_id, generation=1, outcome="connected")
        await ben.ask("rtc.restart", room_id=room_id)
        for each in (anna, ben):
            assert (await each.expect("rtc.negotiate"))["generation"] == 2
        await anna.say("rtc.signal", room_id=room_id, generation=1, candidate=CANDIDATE)
        await anna.say("rtc.signal", room_id=room_id, generation=2, candidate=CANDIDATE)
        assert (await ben.expect("rtc.signal"))["generation"] == 2
        await anna.silence()
        await ben.silence()


async def test_signals_are_for_members_of_started_video_rooms(town: Town) -> None:
    tokens = [await sign_up(town.first.url, name) for name in ("Anna", "Ben", "Cleo")]
    async with (
        connect(town.first.url, tokens[0]) as anna,
        connect(town.second.url, tokens[1]) as ben,
        connect(town.first.url, tokens[2]) as cleo,
    ):
        await ben.ask("queue.join")
        await anna.ask("invite.send", to=ben.user_id, mode="text")
        invite_id = (await ben.expect("invite.received"))["invite"]["invite_id"]
        await ben.ask("invite.accept", invite_id=invite_id)
        room_id = (await anna.expect("room.opened"))["room"]["room_id"]
        signal = {"room_id": room_id, "generation": 1, "candidate": CANDIDATE}
        assert (await anna.is_refused("rtc.signal", **signal)).code == "not_bound"
        await anna.ask("room.enter", room_id=room_id, last_seq=0)
        assert (await anna.is_refused("rtc.signal", **signal)).code == "too_early"
        assert (await anna.is_refused("chat.typing", room_id=room_id)).code == "too_early"
        assert (await anna.is_refused("chat.send", room_id=room_id, client_id="c", kind="text", body="x")).code == (
            "too_early"
        )
        await ben.ask("room.enter", room_id=room_id, last_seq=0)
        await anna.expect("room.started")
        assert (await anna.is_refused("rtc.signal", **signal)).code == "not_video"
        assert (await cleo.is_refused("rtc.signal", **signal)).code == "not_in_room"
        assert (await cleo.is_refused("chat.typing", room_id=room_id)).code == "not_in_room"
        await anna.ask("room.leave", room_id=room_id)
        await ben.expect("room.ended")
        assert (await ben.is_refused("rtc.signal", **signal)).code == "room_ended"


async def test_text_becomes_video_for_both(two_nodes: list[Node], session_wide_stores: Stores, tmp_path: Path) -> None:
    processes = Processes({**session_wide_stores.environ(), "UPGRADE_AFTER_S": "0"}, tmp_path)
    first, second = await processes.nodes(2)
    async with (
        connect(first.url, await sign_up(first.url, "Anna")) as anna,
        connect(second.url, await sign_up(second.url, "Ben")) as ben,
    ):
        room_id = await meet(anna, ben)
        await anna.chat(room_id, "shall we?", "c1")
        await ben.expect("chat.message")
        await anna.ask("video.request", room_id=room_id)
        assert (await ben.expect("video.requested"))["room_id"] == room_id
        await ben.ask("video.accept", room_id=room_id)
        for each in (anna, ben):
            room = (await each.expect("room.upgraded"))["room"]
            assert (room["mode"], room["torch"], room["last_seq"]) == ("video", None, 2)
            said = (await each.expect("chat.message"))["message"]
            assert (said["kind"], said["body"], said["seq"]) == ("system", "upgraded", 2)
            assert (await each.expect("rtc.negotiate"))["generation"] == room["generation"]
        await ben.say("rtc.signal", room_id=room_id, generation=room["generation"], candidate=CANDIDATE)
        await anna.expect("rtc.signal")
        await ben.chat(room_id, "better", "c1")
        assert (await anna.expect("chat.message"))["message"]["seq"] == 3
        await anna.silence()
    await processes.close()


async def test_cards_change_for_those_who_show_them(town: Town) -> None:
    tokens = [await sign_up(town.first.url, name) for name in ("Anna", "Ben", "Cleo")]
    async with (
        connect(town.first.url, tokens[0]) as anna,
        connect(town.second.url, tokens[1]) as ben,
        connect(town.first.url, tokens[2]) as cleo,
    ):
        await ben.ask("queue.join")
        await _sees(anna, ben)
        await ben.ask("queue.leave")
        assert (await anna.expect("card.changed", user_id=ben.user_id))["presence"] == "online"
        for wish in ("join", "leave", "join"):
            await ben.ask(f"queue.{wish}")
        assert (await anna.expect("card.changed", user_id=ben.user_id))["presence"] == "available"
        await anna.barrier()
        assert not [each for each in anna.heard if each.get("user_id") == ben.user_id]
        await cleo.silence()


async def test_a_logout_is_felt_on_every_node(town: Town) -> None:
    token = await sign_up(town.first.url, "Anna")
    async with connect(town.first.url, token) as anna, connect(town.second.url, token) as other:
        async with aiohttp.ClientSession() as http:
            headers = {"Authorization": f"Bearer {token}"}
            async with http.delete(f"{town.second.url}/api/v1/sessions/current", headers=headers) as answer:
                assert answer.status == 204
        assert [await each.closed(within=1) for each in (anna, other)] == [4507, 4507]


async def test_one_connection_too_many_closes_the_oldest_outside_a_room(town: Town) -> None:
    tokens = [await sign_up(town.first.url, name) for name in ("Anna", "Ben")]
    async with connect(town.first.url, tokens[0]) as anna, connect(town.second.url, tokens[1]) as ben:
        room_id = await meet(anna, ben)
        async with connect(town.second.url, tokens[0]) as second:
            tabs = [connect(town.first.url, tokens[0]) for _ in range(4)]
            opened = [await tab.__aenter__() for tab in tabs]
            assert await second.closed() == 4506
            await ben.chat(room_id, "still there?", "c1")
            await anna.expect("chat.message")
            for tab in tabs:
                await tab.__aexit__(None, None, None)
            assert all(not each.heard or each.heard[0]["type"] != "room.moved" for each in opened)


async def _sees(client: Client, other: Client) -> None:
    page = await client.ask("queue.browse", limit=50)
    assert other.user_id in [card["user_id"] for card in page["cards"]]


async def test_of_two_tabs_that_fight_over_a_room_exactly_one_has_it(town: Town) -> None:
    tokens = [await sign_up(town.first.url, name) for name in ("Anna", "Ben")]
    async with (
        connect(town.first.url, tokens[0]) as anna,
        connect(town.first.url, tokens[1]) as ben,
        connect(town.second.url, tokens[1]) as other,
    ):
        room_id = await meet(anna, ben)
        for round_ in range(20):
            refs = [(tab, await tab.say("room.enter", room_id=room_id, last_seq=0)) for tab in (ben, other, ben, other)]
            for tab, ref in refs:
                await tab.answer(ref)
            await anna.chat(room_id, "who is it?", f"c{round_}")
            holders = [tab for tab in (ben, other) if not await _is_bystander(tab, room_id)]
            assert len(holders) == 1, f"round {round_}"
            await holders[0].expect("chat.message", within=2)
        await anna.hears_nothing_of("room.partner_lost")


async def _is_bystander(tab: Client, room_id: str) -> bool:
    try:
        await tab.ask("chat.read", room_id=room_id, seq=0)
    except Refused as refused:
        return refused.code == "not_bound"
    return False
