"""A login that expires while its user is in a room."""

import pytest

from tests.client import Refused
from tests.processes import Processes
from tests.servers import Stores
from tests.world import NO_LIMITS, World

LOGIN_S = 8.0
"""By the true clock: sockets are closed by it."""
SHORT = {**NO_LIMITS, "HOLD_S": "0", "GUEST_DAYS": str(LOGIN_S / 86_400)}


async def test_a_login_that_expires_in_a_room_lasts_until_its_end(stores: Stores, processes: Processes) -> None:
    async with World(processes, stores) as world:
        await world.opens(SHORT, nodes=1, workers=0)
        ann, bob = await world.people("Ann", "Bob")
        room = await world.meet(ann, bob)
        eve = await world.person("Eve", wish=False)  # came last, and is in no room
        assert await eve.tab.closed(within=LOGIN_S + 5) == 4501
        with pytest.raises(Refused) as refused:
            await eve.opens()
        assert refused.value.code == "not_authenticated"

        await ann.says(room, "still here")
        await bob.hears("still here")
        await bob.vanishes()  # and comes back with a login that is over
        await ann.tab.expect("room.partner_lost")
        welcome = await bob.comes_back(room)
        assert [message["body"] for message in welcome["room"]["messages"]] == ["still here"]
        await ann.tab.expect("room.partner_returned")

        await ann.leaves(room)
        await room.ends("left")
        assert [await each.tab.closed(within=5) for each in (ann, bob)] == [4501, 4501]
        assert await ann.is_let_in() == "not_authenticated"
