"""Two people meet: the whole way over real sockets, on one node and on two."""

import pytest

from tests.client import Client, connect, sign_up
from tests.processes import Processes


async def meet(anna: Client, ben: Client, mode: str = "text", **seconds: int) -> str:
    """Anna invites Ben, both enter; returns the room."""
    await ben.ask("queue.join")
    sent = await anna.ask("invite.send", to=ben.user_id, mode=mode, **seconds)
    invite = (await ben.expect("invite.received"))["invite"]
    assert invite["invite_id"] == sent["invite_id"]
    await ben.ask("invite.accept", invite_id=invite["invite_id"], **seconds)
    await anna.expect("invite.ended", outcome="accepted")
    room_id: str = (await anna.expect("room.opened"))["room"]["room_id"]
    assert (await ben.expect("room.opened"))["room"]["room_id"] == room_id
    for each in (anna, ben):
        await each.ask("room.enter", room_id=room_id, last_seq=0)
    for each in (anna, ben):
        await each.expect("room.started")
    return room_id


@pytest.mark.parametrize("number_of_nodes", [1, 2])
async def test_two_people_meet_and_talk(processes: Processes, number_of_nodes: int) -> None:
    nodes = await processes.nodes(number_of_nodes)
    first, last = nodes[0].url, nodes[-1].url
    async with (
        connect(first, await sign_up(first, "Anna")) as anna,
        connect(last, await sign_up(last, "Ben")) as ben,
    ):
        room_id = await meet(anna, ben)
        for number, (speaker, listener) in enumerate([(anna, ben), (ben, anna), (anna, ben)], 1):
            sent = await speaker.chat(room_id, f"message {number}", f"c{number}")
            assert sent["seq"] == number
            heard = (await listener.expect("chat.message"))["message"]
            assert (heard["seq"], heard["body"], heard["from"]) == (number, f"message {number}", speaker.user_id)
        await anna.ask("room.leave", room_id=room_id)
        for each in (anna, ben):
            ended = await each.expect("room.ended")
            assert ended["reason"] == "left"
        for each in (anna, ben):
            await each.silence()
