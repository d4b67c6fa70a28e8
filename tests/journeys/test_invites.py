"""Who may invite whom, and who may answer (rules, sections 6 and 11)."""

from core.ids import new_id
from tests.world import World


async def test_a_second_outgoing_invite(world: World) -> None:
    """Situation 25: second outgoing refused, until the first is over."""
    ann, bob, cid = await world.people("Ann", "Bob", "Cid")
    invite_id = await ann.invites(bob)
    await ann.opens(world.nodes[1])
    for tab in ann.tabs:
        for callee in (bob, cid):
            assert (await tab.is_refused("invite.send", to=callee.user_id, mode="text")).code == "already_inviting"
    await ann.tabs[0].ask("invite.rescind", invite_id=invite_id)
    assert (await bob.tab.expect("invite.ended"))["outcome"] == "rescinded"
    await ann.invites(cid)
    await world.silence(bob, cid)


async def test_an_invite_to_somebody_in_a_room(world: World) -> None:
    """Situation 26: invite to a busy user refused."""
    ann, bob, cid = await world.people("Ann", "Bob", "Cid")
    assert await cid.sees(bob)
    room = await world.meet(ann, bob)
    await cid.tab.expect("card.changed", user_id=bob.user_id, presence="busy")
    for member in room.members:
        assert (await cid.tab.is_refused("invite.send", to=member.user_id, mode="text")).code == "busy"
        assert (await member.tab.is_refused("invite.send", to=cid.user_id, mode="text")).code == "busy"
    await world.silence(ann, bob)
    await ann.leaves(room)
    await room.ends("left")
    await cid.invites(bob)


async def test_a_room_opens_while_others_ring(world: World) -> None:
    """Situation 26: whoever enters a room ends what rang on either side: busy, and it costs nothing."""
    ann, bob, cid, dan = await world.people("Ann", "Bob", "Cid", "Dan")
    to_bob, to_ann = await cid.invites(bob), await dan.invites(ann)
    await world.opens_room(ann, bob)
    for caller, invite_id in ((cid, to_bob), (dan, to_ann)):
        assert (await caller.tab.expect("invite.ended", invite_id=invite_id))["outcome"] == "busy"
    assert await world.cooldown_s(cid, bob) == 0
    assert await world.cooldown_s(dan, ann) == 0
    await cid.invites(dan)


async def test_a_stranger_answers(world: World) -> None:
    """Situation 30: accept or decline by a stranger: not_yours, and nothing happens."""
    ann, bob, eve = await world.people("Ann", "Bob", "Eve")
    invite_id = await ann.invites(bob)
    for tab, deed in (
        (eve.tab, "invite.accept"),
        (eve.tab, "invite.decline"),
        (eve.tab, "invite.rescind"),
        (ann.tab, "invite.accept"),
        (ann.tab, "invite.decline"),
        (bob.tab, "invite.rescind"),
    ):
        assert (await tab.is_refused(deed, invite_id=invite_id)).code == "not_yours"
    for nobodys in (new_id(), "", "x" * 36):
        assert (await eve.tab.is_refused("invite.accept", invite_id=nobodys)).code == "invite_gone"
    await world.silence(ann, bob, eve)
    room_id = await bob.accepts(invite_id)
    assert await ann.is_told_of_a_room() == room_id
    for deed in ("room.enter", "chat.history"):
        more = {"last_seq": 0} if deed == "room.enter" else {"limit": 10}
        assert (await eve.tab.is_refused(deed, room_id=room_id, **more)).code == "not_in_room"
    assert (await eve.tab.is_refused("room.leave", room_id=room_id)).code == "not_in_room"
    await world.silence(eve)
