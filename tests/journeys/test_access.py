"""Under ACCESS=code: nobody meets who was not let in; who meets often enough lets in others (rules, section 4)."""

import asyncio
import hashlib
import hmac
import time

import orjson

from tests.world import Person, World, eventually, outcome_of

SECRET = "whsec_of_the_journey"
SETTINGS = {
    "ACCESS": "code",
    "QR_UNLOCK_AT": "2",
    "COMPLETION_S": "2",
    "CODE_USES": "2",
    "COOLDOWN_LONG_S": "0",
    "COOLDOWN_SHORT_S": "0",
    "STRIPE_WEBHOOK_SECRET": SECRET,
}
PARTY = "PARTY00000000016"


async def code_of_an_operator(world: World) -> str:
    """One that lets in whoever has it."""
    await world.rows("insert into invite_codes (code, type) values ($1, 'admin') on conflict do nothing", PARTY)
    return PARTY


async def redeems(person: Person, code: str) -> tuple[int, str]:
    """Status and, where it was refused, the code of the refusal."""
    status, body, _ = await person.ask_http("POST", "/api/v1/invite-codes/redeem", json={"code": code})
    return status, body.get("code", "")


async def access_of(person: Person) -> dict[str, object]:
    _, me, _ = await person.ask_http("GET", "/api/v1/me")
    access: dict[str, object] = me["access"]
    return access


async def meet_for(world: World, caller: Person, callee: Person, seconds: float) -> None:
    """A whole room."""
    room = await world.meet(caller, callee)
    await world.time_passes(seconds)
    await caller.leaves(room)
    await room.ends("left")


async def the_provider_says(world: World, kind: str, **about: str) -> None:
    """A signed event, at any node."""
    event = {"id": f"evt_{kind}_{about['payment_intent']}", "type": kind, "created": 1, "data": {"object": about}}
    body, at = orjson.dumps(event), int(time.time())
    mac = hmac.new(SECRET.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={at},v1={mac}", "Content-Type": "application/json"}
    status, _, _ = await world.ask_http(world.nodes[1], "POST", "/api/v1/webhooks/stripe", data=body, headers=headers)
    assert status == 200


async def test_who_is_let_in_while_connected_meets_at_once(world: World) -> None:
    ann, bob = await world.people("Ann", "Bob", wish=False)
    code = await code_of_an_operator(world)
    assert await outcome_of(ann.wishes()) == "not_admitted"
    assert await outcome_of(ann.tab.ask("invite.send", to=bob.user_id, mode="text")) == "not_admitted"
    assert (await access_of(ann))["admitted"] is False
    assert await redeems(ann, f" {code.lower()} ") == (200, "")
    await ann.wishes()
    assert (await access_of(ann))["admitted"] is True
    assert await outcome_of(ann.tab.ask("invite.send", to=bob.user_id, mode="text")) == "offline"
    assert await redeems(bob, code) == (200, "")
    await bob.wishes()
    room = await world.meet(ann, bob)
    await ann.leaves(room)
    await room.ends("left")
    await world.silence(ann, bob)


async def test_meetings_unlock_the_own_code_and_every_tab_hears_it(world: World) -> None:
    code = await code_of_an_operator(world)
    ann, bob, cid = await world.people("Ann", "Bob", "Cid", wish=False)
    for person in (ann, bob):
        assert await redeems(person, code) == (200, "")
        await person.wishes()
    other = next(node for node in world.nodes if node is not ann.node)
    await ann.opens(other)
    await meet_for(world, ann, bob, 1.2)  # too short to count
    await meet_for(world, ann, bob, 2.5)
    own = await world.value("select my_invite_code from users where user_id = $1", ann.user_id)
    assert await redeems(cid, own) == (403, "code_locked")
    assert (await ann.ask_http("GET", "/api/v1/me/invite-code.svg"))[1]["code"] == "code_locked"
    assert (await access_of(ann))["invite_code"] is None
    await meet_for(world, ann, bob, 2.5)
    for tab in ann.tabs:
        assert (await tab.expect("code.unlocked"))["code"] == own
    await bob.tab.expect("code.unlocked")
    assert await access_of(ann) == {
        "admitted": True,
        "paid_status": "qr_verified",
        "invite_code": own,
        "uses_remaining": 2,
        "qr_unlocked": True,
        "unlock_at": 2,
    }
    status, picture, _ = await ann.ask_http("GET", "/api/v1/me/invite-code.svg")
    assert (status, b"<svg" in picture) == (200, True)
    assert (await ann.comes_back())["user"]["paid_status"] == "qr_verified"
    assert await redeems(cid, own) == (200, "")
    assert (await access_of(ann))["uses_remaining"] == 1
    await meet_for(world, bob, ann, 2.5)  # once unlocked, it is not said again
    await meetings_counted(world, ann, 3)
    await world.all_is_said(ann, bob)
    assert not any(
        said["type"] == "code.unlocked" for person in (ann, bob) for tab in person.tabs for said in tab.heard
    )


async def meetings_counted(world: World, person: Person, number: int) -> None:
    """Waits until so many are recorded, and everything is carried to the lobby that follows from them."""

    async def are_counted() -> bool:
        counted = "select successful_sessions = $2 and not exists (select from outbox) from users where user_id = $1"
        return bool(await world.value(counted, person.user_id, number))

    await eventually(are_counted)


async def test_who_paid_meets_and_who_got_it_back_is_out_everywhere(world: World) -> None:
    ann, bob, cid = await world.people("Ann", "Bob", "Cid", wish=False)
    for person in (ann, bob, cid):
        about = {"client_reference_id": person.user_id, "payment_intent": f"pi_{person.name}", "payment_status": "paid"}
        await the_provider_says(world, "checkout.session.completed", **about)
        await person.wishes()
    assert await bob.sees(ann)
    invite_id, other_id = await ann.invites(bob), await cid.invites(ann)
    await the_provider_says(world, "charge.refunded", payment_intent="pi_Ann")
    for tab, gone in ((bob.tab, invite_id), (ann.tab, invite_id), (ann.tab, other_id), (cid.tab, other_id)):
        assert (await tab.expect("invite.ended", invite_id=gone))["outcome"] == "gone"
    assert (await bob.tab.expect("card.changed", user_id=ann.user_id))["presence"] == "online"
    assert not await bob.sees(ann)
    assert await outcome_of(ann.wishes()) == "not_admitted"
    assert await world.cooldown_s(ann, bob) == 0
    room = await world.meet(bob, cid)  # nobody else is touched
    await bob.leaves(room)
    await room.ends("left")


async def test_a_room_goes_on_though_a_member_may_meet_no_more(world: World) -> None:
    code = await code_of_an_operator(world)
    ann, bob = await world.people("Ann", "Bob", wish=False)
    about = {"client_reference_id": ann.user_id, "payment_intent": "pi_room", "payment_status": "paid"}
    await asyncio.gather(the_provider_says(world, "checkout.session.completed", **about), redeems(bob, code))
    for person in (ann, bob):
        await person.wishes()
    room = await world.meet(ann, bob)
    await the_provider_says(world, "charge.refunded", payment_intent="pi_room")
    await ann.says(room, "still here")
    await bob.hears("still here")
    await bob.leaves(room)
    await room.ends("left")
    assert not await bob.sees(ann)
    assert await outcome_of(bob.tab.ask("invite.send", to=ann.user_id, mode="text")) == "offline"
