"""Introductions while something is away (rules, section 13; decision 0011)."""

from core.actions.service import Service
from core.settings import Settings
from tests.client import Refused, Said
from tests.world import NO_LIMITS, Person, World, eventually


async def link(maker: Person, target: Person) -> str:
    """Returns the code by which newcomers come introduced to `target`."""
    status, made, _ = await maker.ask_http("POST", "/api/v1/intros", json={"target_user_id": target.user_id})
    assert status == 201
    return str(made["code"])


def names_in(welcome: Said) -> list[str]:
    """Of whom a welcome says that they came."""
    return [notification["name"] for notification in welcome["notifications"]]


async def test_a_node_that_dies_after_its_commit_loses_no_introduction(world: World) -> None:
    await world.opens(NO_LIMITS)
    ada, ben = await world.people("Ada", "Ben")
    code = await link(ada, ben)
    dead_node = await Service.open(Settings.from_env(world.stores.environ()))
    intro = await dead_node.record.intros.link(code)
    created = await dead_node.record.users.create_guest("Cleo", "female", bytes(32), None, None, 7, intro=intro)
    await dead_node.close()
    told = (await ben.tab.expect("intro.received"))["notification"]
    assert (told["user_id"], told["name"]) == (created.profile.user_id, "Cleo")
    await world.silence(ada, ben)
    assert (await ben.opens(world.nodes[0])).welcome["notifications"] == [told]


async def test_a_welcome_waits_for_no_postgresql_and_outlives_an_empty_redis(fragile_world: World) -> None:
    world = fragile_world
    assert world.stores.postgres
    await world.opens(NO_LIMITS)
    ada, ben = await world.people("Ada", "Ben")
    code = await link(ada, ben)
    cleo = await world.signs_up("Cleo", intro_code=code)
    await cleo.opens()
    await cleo.wishes()
    told = (await ben.tab.expect("intro.received"))["notification"]
    for process in world.processes.all:
        process.expects_errors = True
    world.stores.postgres.kill()
    for node in world.nodes:
        assert (await ben.opens(node)).welcome["notifications"] == [told]
    await world.stores.postgres.start()
    await world.redis.flushdb()
    assert (await comes_back(ben))["notifications"] == [told]
    await comes_back(cleo)
    await cleo.wishes()
    first = (await ben.looks())[0]
    assert (first["user_id"], first["introduced_by"]) == (cleo.user_id, "Ada")


async def comes_back(person: Person) -> Said:
    """Opens a tab as soon as that can be done; returns the welcome."""

    async def tries() -> Said | None:
        try:
            return (await person.opens()).welcome
        except Refused:
            return None

    welcome: Said = await eventually(tries)
    return welcome
