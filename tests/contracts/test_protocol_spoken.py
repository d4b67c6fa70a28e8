"""What real nodes say is what the protocol declares, message for message and field for field."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from core.protocol.generate.schema import name_of
from core.protocol.server import SERVER_MESSAGES
from tests.client import Client, Refused, Said, sign_up
from tests.clocks import Clock
from tests.contracts.declared import hold_to_the_declaration
from tests.processes import Node, Processes

OF_LATER_STEPS = {"intro.received", "code.unlocked", "account.banned", "session.replaced"}
"""Said by parts of the service that are not there yet."""
AFTER_A_LOST_REDIS = {"room.restored"}
"""tests/faults hear this one."""

SETTINGS: dict[str, Any] = {
    "COOLDOWN_LONG_S": "0",
    "COOLDOWN_SHORT_S": "0",
    "UPGRADE_AFTER_S": "0",
    "UPGRADE_AGAIN_S": "0",
}
OFFER = {"type": "offer", "sdp": "v=0"}
CANDIDATE = {"candidate": "candidate:1", "sdp_mid": None, "sdp_mline_index": 0}


class Listener(Client):
    """A client that holds whatever it takes in to the declaration, and notes what it has heard."""

    names: set[str]

    async def answer(self, ref: int) -> Said:
        """As Client.answer."""
        try:
            return self._checked(await super().answer(ref))
        except Refused as refused:
            self._checked(refused.failed)
            raise

    async def expect(self, what: str, /, *, within: float = 10.0, **fields: Any) -> Said:
        """As Client.expect."""
        return self._checked(await super().expect(what, within=within, **fields))

    def _checked(self, said: Said) -> Said:
        hold_to_the_declaration(said)
        self.names.add(said["type"])
        return said


@asynccontextmanager
async def listening(node: Node, token: str, names: set[str]) -> AsyncIterator[Listener]:
    """A tab that is welcome; what it has not taken in at its end is held to the declaration then."""
    async with aiohttp.ClientSession() as http, Listener(await http.ws_connect(f"{node.url}/ws")) as client:
        client.names = names
        await client.hello(token)
        yield client
        for said in client.heard:
            client._checked(said)


async def meet(anna: Client, ben: Client, mode: str, **seconds: int) -> str:
    """Anna invites, Ben accepts, both enter; returns the room."""
    await anna.ask("invite.send", to=ben.user_id, mode=mode, **seconds)
    invite = (await ben.expect("invite.received"))["invite"]
    await ben.ask("invite.accept", invite_id=invite["invite_id"], **seconds)
    room_id: str = (await anna.expect("room.opened"))["room"]["room_id"]
    await ben.expect("room.opened")
    for each in (anna, ben):
        await each.ask("room.enter", room_id=room_id, last_seq=0)
    for each in (anna, ben):
        await each.expect("room.started")
    return room_id


async def test_everything_that_two_people_hear_is_as_declared(processes: Processes, clock: Clock) -> None:
    node = await processes.node(**SETTINGS)
    names: set[str] = set()
    tokens = [await sign_up(node.url, name) for name in ("Anna", "Ben")]
    async with listening(node, tokens[0], names) as anna, listening(node, tokens[1], names) as ben:
        await look_around(anna, ben)
        room_id = await meet(anna, ben, "text")
        await talk(anna, ben, room_id, clock)
        await upgrade(anna, ben, room_id)
        await signal(anna, ben, room_id)
        await part_and_return(node, tokens[1], names, anna, room_id)
        await anna.ask("room.leave", room_id=room_id)
        await anna.expect("room.ended")
        assert (await anna.is_refused("room.burn", room_id=room_id)).code == "bad_message"
        assert (await anna.is_refused("room.enter", room_id=room_id, last_seq=0)).code == "room_ended"
        await node.stop()
        await anna.expect("node.draining")
    assert names == {name_of(struct) for struct in SERVER_MESSAGES} - OF_LATER_STEPS - AFTER_A_LOST_REDIS


async def look_around(anna: Client, ben: Client) -> None:
    """Cards, and invites that come to nothing."""
    await ben.ask("queue.join")
    await anna.ask("queue.browse", limit=5)
    await ben.ask("queue.leave")
    await anna.expect("card.changed")
    await ben.ask("queue.join")
    await anna.ask("invite.send", to=ben.user_id, mode="video", seconds=60)
    invite = (await ben.expect("invite.received"))["invite"]
    await ben.ask("invite.decline", invite_id=invite["invite_id"])
    await anna.expect("invite.ended", outcome="declined")
    sent = await anna.ask("invite.send", to=ben.user_id, mode="text")
    await ben.expect("invite.received")
    await anna.ask("invite.rescind", invite_id=sent["invite_id"])
    await ben.expect("invite.ended", outcome="rescinded")
    gone = await anna.is_refused("invite.rescind", invite_id=sent["invite_id"])
    assert (gone.code, gone.outcome) == ("invite_gone", "rescinded")
    anna.heard.clear()


async def talk(anna: Client, ben: Client, room_id: str, clock: Clock) -> None:
    """Messages, typing, reading back; the torch dims and is lit again."""
    await anna.chat(room_id, "hello", "a1")
    await ben.expect("chat.message")
    await ben.ask("chat.send", room_id=room_id, client_id="b1", kind="social", body={"instagram": "ben"})
    await anna.expect("chat.message")
    await anna.say("chat.typing", room_id=room_id)
    await ben.expect("chat.typed")
    await ben.ask("chat.read", room_id=room_id, seq=1)
    await anna.expect("chat.was_read")
    await ben.ask("chat.history", room_id=room_id, limit=10)
    await clock.forward(130)
    await ben.expect("torch.dimming")
    await anna.chat(room_id, "still here", "a2")
    await ben.chat(room_id, "me too", "b2")
    await ben.expect("torch.relit")


async def upgrade(anna: Client, ben: Client, room_id: str) -> None:
    """Anna asks twice: Ben declines, then accepts."""
    await anna.ask("video.request", room_id=room_id)
    await ben.expect("video.requested")
    await ben.ask("video.decline", room_id=room_id)
    await anna.expect("video.declined")
    await anna.ask("video.request", room_id=room_id)
    await ben.expect("video.requested")
    await ben.ask("video.accept", room_id=room_id)
    for each in (anna, ben):
        await each.expect("room.upgraded")


async def signal(anna: Client, ben: Client, room_id: str) -> None:
    """Signals of every form, and an outcome."""
    generation = (await anna.expect("rtc.negotiate"))["generation"]
    await ben.expect("rtc.negotiate")
    forms: tuple[dict[str, Any], ...] = (
        {"description": OFFER},
        {"candidate": CANDIDATE},
        {"candidate": None},
    )
    for form in forms:
        await anna.say("rtc.signal", room_id=room_id, generation=generation, **form)
        heard = await ben.expect("rtc.signal")
        assert {name: heard[name] for name in form} == form
        assert set(heard) == {"type", "room_id", "generation", *form}
    await anna.ask("rtc.outcome", room_id=room_id, generation=generation, outcome="connected", relay=False)
    await ben.ask("rtc.restart", room_id=room_id)
    await anna.expect("rtc.negotiate")


async def part_and_return(node: Node, token: str, names: set[str], anna: Client, room_id: str) -> None:
    """Ben's other tab takes over and is closed; a third one returns."""
    async with listening(node, token, names) as other:
        await other.ask("room.enter", room_id=room_id, last_seq=0)
    await anna.expect("room.partner_lost")
    async with listening(node, token, names) as third:
        await third.ask("room.enter", room_id=room_id, last_seq=0)
        await anna.expect("room.partner_returned")
        await third.barrier()


@pytest.mark.parametrize(
    "said",
    [
        {"type": "room.burnt", "room_id": "x"},
        {"type": "room.moved"},
        {"type": "room.moved", "room_id": "x", "colour": "red"},
        {"type": "room.moved", "room_id": 5},
        {"type": "done", "ref": 1, "room_id": "x"},
        {"type": "torch.relit", "room_id": "x", "dims_at_ms": None},
    ],
)
def test_what_is_not_declared_is_noticed(said: Said) -> None:
    with pytest.raises(AssertionError):
        hold_to_the_declaration(said)
