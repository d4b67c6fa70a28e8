"""Media of a video room, as the server judges it: it must come to be, and both must say that it is lost (rules,
section 8)."""

from tests.world import Room, World, eventually

DAY = 86_400
GENERATION = 1


async def outcome(room: Room, *outcomes: tuple[int, str], generation: int = GENERATION) -> None:
    """Members (0 the caller, 1 the callee) say what became of their media."""
    for who, what in outcomes:
        tab = room.members[who].tab
        await tab.ask("rtc.outcome", room_id=room.room_id, generation=generation, outcome=what)


async def counted(world: World, room: Room) -> tuple[int, int, list[tuple[str, int]]]:
    """Returns meetings counted for both, completions, and the history's lines, once they are recorded."""

    async def lines() -> list[tuple[str, int]] | None:
        rows = await world.rows("select end_reason, duration from chat_history where room_id = $1", room.room_id)
        return [(row["end_reason"], row["duration"]) for row in rows] if len(rows) == 2 else None

    history = await eventually(lines, what="two lines of history")
    ids = [member.user_id for member in room.members]
    meetings = await world.value("select sum(session_count) from users where user_id = any ($1::uuid[])", ids)
    completions = await world.value("select count(*) from session_completions where room_id = $1", room.room_id)
    return meetings, completions, history


async def test_media_that_never_connects(world: World) -> None:
    """Situation 38: media that never connected: media_failed after MEDIA_S, no cooldown, no metrics, no completion."""
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob, "video", seconds=300)
    await world.time_passes(44)
    await outcome(room, (0, "failed"), (1, "failed"))  # they may still find a way: it goes on
    assert await room.goes_on()
    await world.time_passes(2)
    ended = await room.ends("media_failed")
    assert (ended["seconds"], ended["cooldown_ends_at_ms"]) == (45, None)
    assert not await world.has_cooldown(ann, bob)
    assert await counted(world, room) == (0, 0, [("media_failed", 45)] * 2)
    await ann.invites(bob, "video", seconds=300)


async def test_media_that_one_of_two_has_lost(world: World) -> None:
    """Situation 38: once connected, media_failed needs `failed` from both members in the same generation."""
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob, "video", seconds=300)
    await outcome(room, (1, "connected"))  # one is enough
    await world.time_passes(60)
    await outcome(room, (0, "failed"))
    await ann.tab.ask("rtc.restart", room_id=room.room_id)
    for member in room.members:
        await member.tab.expect("rtc.negotiate", generation=GENERATION + 1)
    await outcome(room, (1, "failed"), generation=GENERATION + 1)  # of another generation than hers
    assert await room.goes_on()
    await outcome(room, (0, "failed"), generation=GENERATION + 1)
    ended = await room.ends("media_failed")
    assert ended["seconds"] == 60
    assert DAY - 10 <= await world.cooldown_s(ann, bob) <= DAY  # they have seen each other
    assert await counted(world, room) == (2, 2, [("media_failed", 60)] * 2)


async def test_the_time_for_media_stands_still_in_grace(world: World) -> None:
    """Situation 38: MEDIA_S does not run in grace."""
    ann, bob = await world.people("Ann", "Bob")
    room = await world.meet(ann, bob, "video", seconds=300)
    await world.time_passes(40)
    await bob.vanishes()
    await ann.tab.expect("room.partner_lost")
    await world.time_passes(8)
    await bob.comes_back(room)
    await ann.tab.expect("room.partner_returned")
    await world.time_passes(3)
    await outcome(room, (0, "failed"))  # settles what is due, and it goes on
    assert await room.goes_on()
    await world.time_passes(3)
    assert (await room.ends("media_failed"))["seconds"] >= 45 + 8
