"""What people and operators entrust to the service reaches no log line, whatever goes wrong with it."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from tests.contracts.town import OPERATOR
from tests.contracts.town import PASSWORD as OPERATORS
from tests.post_office import PostOffice, post_office
from tests.processes import Processes
from tests.servers import Stores
from tests.world import NO_LIMITS, World

FIRST: Final = "an old horse on a new battery"
SECOND: Final = "a new horse on an old battery"
THIRD: Final = "no horse and no battery at all"
ADDRESS: Final = "Ann.Somebody@example.org"


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as office:
        yield office


@pytest.fixture
async def world(processes: Processes, stores: Stores, office: PostOffice) -> AsyncIterator[World]:
    """One node and one worker, which send mail, let in by codes, and have an operator."""
    async with World(processes, stores) as world:
        await world.opens(NO_LIMITS, OPERATOR, {"SMTP_URL": office.url, "MAIL_FROM": "meet@example.org"}, nodes=1)
        yield world


class Caller:
    """Asks over HTTP, and is answered as expected."""

    def __init__(self, world: World, token: str = "") -> None:
        self.world = world
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def __call__(self, status: int, method: str, path: str, **options: Any) -> Any:
        """Returns the body of an answer with this status."""
        node = self.world.nodes[0]
        heard, body, _ = await self.world.ask_http(node, method, f"/api/v1{path}", headers=self.headers, **options)
        assert heard == status, body
        return body


async def test_no_log_tells_a_password_an_address_a_token_or_a_code(world: World, office: PostOffice) -> None:
    anybody = Caller(world)
    person = await world.person("Ann")
    await _an_account(anybody, Caller(world, person.token), office)
    await _an_operator_and_his_codes(anybody, world)
    await _nonsense(anybody)
    assert office.refused == 1
    assert {FIRST, SECOND, THIRD, ADDRESS, OPERATORS} <= world.secrets
    assert world.betrayed() == []


async def _an_account(anybody: Caller, ann: Caller, office: PostOffice) -> None:
    """Made, logged into and out of, rightly and wrongly; the password changed, forgotten and set anew."""
    world = ann.world
    await ann(400, "POST", "/me/account", json={"email": ADDRESS, "password": "password1234"})
    await ann(400, "POST", "/me/account", json={"email": f"{ADDRESS} and more", "password": FIRST})
    await ann(200, "POST", "/me/account", json={"email": ADDRESS, "password": FIRST})
    await ann(409, "POST", "/me/account", json={"email": ADDRESS, "password": FIRST})
    await anybody(401, "POST", "/sessions", json={"email": ADDRESS, "password": THIRD})
    again = Caller(
        world, (await anybody(201, "POST", "/sessions", json={"email": ADDRESS, "password": FIRST}))["token"]
    )
    await ann(401, "GET", "/me")
    await again(401, "PUT", "/me/password", json={"old": THIRD, "new": SECOND})
    await again(204, "PUT", "/me/password", json={"old": FIRST, "new": SECOND})
    office.refuses = 1  # what a worker says of a failure is tempting
    await anybody(202, "POST", "/password-resets", json={"email": ADDRESS})
    token = await office.token()
    world.keep_secret(token)
    await anybody(404, "POST", f"/password-resets/{token[::-1]}", json={"password": THIRD})
    await anybody(204, "POST", f"/password-resets/{token}", json={"password": THIRD})
    await anybody(404, "POST", f"/password-resets/{token}", json={"password": THIRD})
    await again(401, "GET", "/me")
    await anybody(201, "POST", "/sessions", json={"email": ADDRESS, "password": THIRD})


async def _an_operator_and_his_codes(anybody: Caller, world: World) -> None:
    """Logged in rightly and wrongly; codes that are made, used, mistaken and deactivated; an introduction."""
    await anybody(401, "POST", "/admin/sessions", json={"username": "root", "password": "not the operator's"})
    made = await anybody(201, "POST", "/admin/sessions", json={"username": "root", "password": OPERATORS})
    operator = Caller(world, made["token"])
    code = (await operator(201, "POST", "/admin/invite-codes", json={"label": "for everybody"}))["code"]
    guest = {"name": "Bob", "gender": "male", "invite_code": code}
    bob = Caller(world, (await anybody(201, "POST", "/guests", json=guest))["token"])
    await bob(409, "POST", "/invite-codes/redeem", json={"code": code})
    await anybody(404, "GET", f"/invite-codes/{code[::-1]}")
    await operator(204, "POST", f"/admin/invite-codes/{code}/deactivate")
    await anybody(410, "GET", f"/invite-codes/{code}")
    target = (await anybody(201, "POST", "/guests", json={"name": "Cid", "gender": "male"}))["user"]["user_id"]
    intro = (await bob(201, "POST", "/intros", json={"target_user_id": target}))["code"]
    await anybody(201, "POST", "/guests", json={"name": "Dan", "gender": "male", "intro_code": intro})
    await operator(204, "DELETE", "/admin/sessions/current")
    await operator(401, "GET", "/admin/audit")


async def _nonsense(anybody: Caller) -> None:
    """Secrets where they do not belong."""
    await anybody(400, "POST", "/sessions", json={"email": ADDRESS, "password": SECOND, "new": "and a secret field"})
    await anybody(400, "POST", "/sessions", json={"email": [ADDRESS], "password": {"password": SECOND}})
    await anybody(404, "GET", "/nothing/a-secret-in-an-address", params={"password": SECOND})
    anybody.world.keep_secret("a-secret-in-an-address")
    await anybody(415, "POST", "/sessions", data=f"email={ADDRESS}&password={SECOND}")
