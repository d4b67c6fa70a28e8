"""Who may do what: every route and every message, with every kind of token, and with what belongs to somebody else.

A route or message that is missing in the tables fails the first two tests: whoever adds one says here who may use it,
and what a stranger hears who tries it on other people's rooms, invites and notifications.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pytest

from core.protocol.client import CLIENT_MESSAGES, PROTOCOL
from core.protocol.codes import Close
from core.protocol.generate.schema import name_of
from core.protocol.http import ROUTES
from tests.client import Client, Refused, Said, connect
from tests.contracts.town import SETTINGS, WORDS, Town, settle
from tests.processes import Processes
from tests.servers import Stores
from tests.world import World

NOBODY: Final = "0198c0de-0000-7000-8000-00000000dead"
NO_TOKEN: Final = "nobody-was-ever-sent-this-one-nobody-was-ever"
NO_PASSWORD: Final = "nobody has this one"
Status = tuple[int, str | None]
Make = Callable[[Town], Any]


@dataclass(frozen=True)
class Access:
    """Who may use a route: `by` says it, as the declaration does in its own words."""

    by: Literal["anybody", "user", "operator"]
    path: Make = lambda _: {}
    """What stands in the braces of the path; whatever its owner would say."""
    options: Make = lambda _: {}
    """Body and query, such that only the token is wrong."""
    foreign: dict[str, "Foreign"] = field(default_factory=dict)
    """What Eve tries, who has nothing to do with it, by name."""


@dataclass(frozen=True)
class Foreign:
    """A request of Eve's with a good token, and how it ends."""

    answer: Status
    path: Make = lambda _: {}
    options: Make = lambda _: {}


def _json(**fields: Any) -> dict[str, Any]:
    return {"json": fields}


def _bytes(content_type: str) -> dict[str, Any]:
    return {"data": b"no picture", "headers": {"Content-Type": content_type}}


ROUTE: Final[dict[str, Access]] = {
    "GET /healthz": Access("anybody"),
    "GET /readyz": Access("anybody"),
    # -- who one is
    "POST /api/v1/guests": Access("anybody", options=lambda _: _json(name="Neil", gender="male")),
    "POST /api/v1/sessions": Access("anybody", options=lambda _: _json(email="neil@example.org", password=NO_PASSWORD)),
    "DELETE /api/v1/sessions/current": Access("user"),
    "POST /api/v1/password-resets": Access("anybody", options=lambda _: _json(email="neil@example.org")),
    "POST /api/v1/password-resets/{token}": Access(
        "anybody", path=lambda _: {"token": NO_TOKEN}, options=lambda _: _json(password=NO_PASSWORD)
    ),
    "GET /api/v1/me": Access("user"),
    "PATCH /api/v1/me": Access("user", options=lambda _: _json(name="Neil")),
    "DELETE /api/v1/me": Access("user"),
    "POST /api/v1/me/account": Access("user", options=lambda _: _json(email="neil@example.org", password=NO_PASSWORD)),
    "GET /api/v1/me/export": Access("user"),
    "PUT /api/v1/me/password": Access("user", options=lambda _: _json(old=NO_PASSWORD, new=NO_PASSWORD)),
    # -- what was
    "GET /api/v1/history": Access("user"),
    "GET /api/v1/history/{room_id}": Access(
        "user",
        path=lambda town: {"room_id": town.past.room_id},
        foreign={
            "another's past room": Foreign((404, "not_found"), lambda town: {"room_id": town.past.room_id}),
            "another's room that goes on": Foreign((404, "not_found"), lambda town: {"room_id": town.room.room_id}),
            "nobody's": Foreign((404, "not_found"), lambda _: {"room_id": NOBODY}),
        },
    ),
    # -- invite codes
    "POST /api/v1/invite-codes/redeem": Access("user", options=lambda town: _json(code=town.invite_code)),
    "GET /api/v1/invite-codes/{code}": Access("anybody", path=lambda town: {"code": town.invite_code}),
    "GET /api/v1/me/invite-code.svg": Access("user"),
    "GET /api/v1/admin/invite-codes": Access("operator"),
    "POST /api/v1/admin/invite-codes": Access("operator", options=lambda _: _json(label="for the party")),
    "POST /api/v1/admin/invite-codes/{code}/deactivate": Access(
        "operator", path=lambda town: {"code": town.invite_code}
    ),
    "POST /api/v1/webhooks/stripe": Access("anybody", options=lambda _: _json(id="evt_1", type="charge.refunded")),
    # -- pictures
    "PUT /api/v1/me/selfie": Access("user", options=lambda _: _bytes("image/png")),
    "DELETE /api/v1/me/selfie": Access("user"),
    "PUT /api/v1/me/video": Access("user", options=lambda _: _bytes("video/mp4")),
    "DELETE /api/v1/me/video": Access("user"),
    "GET /media/{name}": Access("anybody", path=lambda _: {"name": "nobody-has-such-a-name.png"}),
    # -- keeping away
    "POST /api/v1/reports": Access(
        "user",
        options=lambda town: _json(user_id=town.bob.user_id, room_id=town.room.room_id, reason="rude"),
        foreign={
            "over another's room": Foreign(
                (403, "no_shared_room"),
                options=lambda town: _json(user_id=town.bob.user_id, room_id=town.room.room_id, reason="rude"),
            ),
            "over another's past room": Foreign(
                (403, "no_shared_room"),
                options=lambda town: _json(user_id=town.ann.user_id, room_id=town.past.room_id, reason="rude"),
            ),
        },
    ),
    "GET /api/v1/blocks": Access("user"),
    "POST /api/v1/blocks": Access(
        "user",
        options=lambda town: _json(user_id=town.bob.user_id),
        foreign={
            "herself": Foreign((400, "bad_request"), options=lambda town: _json(user_id=town.eve.user_id)),
            "nobody": Foreign((404, "not_found"), options=lambda _: _json(user_id=NOBODY)),
        },
    ),
    "DELETE /api/v1/blocks/{user_id}": Access(
        "user",
        path=lambda town: {"user_id": town.cid.user_id},
        foreign={"of another": Foreign((404, "not_found"), lambda town: {"user_id": town.cid.user_id})},
    ),
    "GET /api/v1/blacklist": Access("anybody"),
    # -- introductions
    "POST /api/v1/intros": Access(
        "user",
        options=lambda town: _json(target_user_id=town.bob.user_id),
        foreign={
            "to herself": Foreign((400, "bad_request"), options=lambda town: _json(target_user_id=town.eve.user_id))
        },
    ),
    "GET /api/v1/intros/{code}": Access("anybody", path=lambda town: {"code": town.intro_code}),
    "GET /api/v1/notifications": Access("user"),
    "GET /api/v1/turn": Access("user"),
    "POST /api/v1/notifications/{notification_id}/read": Access(
        "user",
        path=lambda town: {"notification_id": town.notification_id},
        foreign={
            "another's": Foreign((404, "not_found"), lambda town: {"notification_id": town.notification_id}),
            "nobody's": Foreign((404, "not_found"), lambda _: {"notification_id": NOBODY}),
        },
    ),
    # -- operators
    "POST /api/v1/admin/sessions": Access(
        "anybody", options=lambda _: _json(username="root", password="not the right one")
    ),
    "DELETE /api/v1/admin/sessions/current": Access("operator"),
    "GET /api/v1/admin/audit": Access("operator"),
    "GET /api/v1/admin/reports": Access("operator"),
    "GET /api/v1/admin/bans": Access("operator"),
    "POST /api/v1/admin/bans": Access("operator", options=lambda town: _json(user_id=town.bob.user_id, reason="rude")),
    "POST /api/v1/admin/bans/{user_id}/review": Access(
        "operator",
        path=lambda town: {"user_id": town.bob.user_id},
        options=lambda _: _json(decision="permanent"),
    ),
    "GET /api/v1/admin/ip-bans": Access("operator"),
    "POST /api/v1/admin/ip-bans": Access("operator", options=lambda _: _json(cidr="192.0.2.1", reason="rude")),
    "GET /api/v1/admin/rooms/{room_id}/timeline": Access("operator", path=lambda town: {"room_id": town.past.room_id}),
    "GET /api/v1/admin/users/{user_id}": Access("operator", path=lambda town: {"user_id": town.bob.user_id}),
    "GET /api/v1/admin/explain": Access(
        "operator", options=lambda town: {"params": {"a": town.ann.user_id, "b": town.bob.user_id}}
    ),
    "GET /api/v1/admin/nodes": Access("operator"),
    "POST /api/v1/admin/nodes/{node_id}/drain": Access("operator", path=lambda _: {"node_id": "none"}),
    "DELETE /api/v1/admin/ip-bans": Access("operator", options=lambda _: {"params": {"cidr": "192.0.2.1"}}),
}

REFUSED_TO: Final[dict[str, dict[str, Status]]] = {
    "user": {
        "": (401, "not_authenticated"),
        "nobody's": (401, "not_authenticated"),
        "expired": (401, "not_authenticated"),
        "logged out": (401, "not_authenticated"),
        "deleted": (401, "not_authenticated"),
        "replaced": (401, "session_replaced"),
        "banned": (403, "banned"),
        "operator": (401, "not_authenticated"),
        "operator, logged out": (401, "not_authenticated"),
    },
    "operator": {
        "": (401, "not_authenticated"),
        "nobody's": (401, "not_authenticated"),
        "expired": (401, "not_authenticated"),
        "logged out": (401, "not_authenticated"),
        "deleted": (401, "not_authenticated"),
        "replaced": (401, "session_replaced"),
        "banned": (403, "banned"),
        "operator, logged out": (401, "not_authenticated"),
        "operator, expired": (401, "not_authenticated"),
        "Ann": (403, "forbidden"),
    },
}
"""What each token hears where another one is asked for. The empty one: no token at all."""

SPOKEN: Final[dict[str, tuple[Make, str]]] = {
    "ping": (lambda _: {}, "pong"),
    # -- one's own
    "queue.join": (lambda _: {}, "done"),
    "queue.browse": (lambda _: {"limit": 5}, "queue.page"),
    "queue.leave": (lambda _: {}, "done"),
    "invite.send": (lambda _: {"to": NOBODY, "mode": "text"}, "user_not_found"),
    # -- another's invite
    "invite.accept": (lambda town: {"invite_id": town.invite_id}, "not_yours"),
    "invite.decline": (lambda town: {"invite_id": town.invite_id}, "not_yours"),
    "invite.rescind": (lambda town: {"invite_id": town.invite_id}, "not_yours"),
    # -- another's room
    "room.enter": (lambda town: {"room_id": town.room.room_id, "last_seq": 0}, "not_in_room"),
    "room.leave": (lambda town: {"room_id": town.room.room_id}, "not_in_room"),
    "chat.send": (
        lambda town: {"room_id": town.room.room_id, "client_id": "e1", "kind": "text", "body": "hear me"},
        "not_in_room",
    ),
    "chat.typing": (lambda town: {"room_id": town.room.room_id}, "not_in_room"),
    "chat.read": (lambda town: {"room_id": town.room.room_id, "seq": 0}, "not_in_room"),
    "chat.history": (lambda town: {"room_id": town.room.room_id, "limit": 10}, "not_in_room"),
    "video.request": (lambda town: {"room_id": town.room.room_id}, "not_in_room"),
    "video.accept": (lambda town: {"room_id": town.room.room_id}, "not_in_room"),
    "video.decline": (lambda town: {"room_id": town.room.room_id}, "not_in_room"),
    "rtc.signal": (lambda town: {"room_id": town.room.room_id, "generation": 1, "candidate": None}, "not_in_room"),
    "rtc.outcome": (
        lambda town: {"room_id": town.room.room_id, "generation": 1, "outcome": "failed"},
        "not_in_room",
    ),
    "rtc.restart": (lambda town: {"room_id": town.room.room_id}, "not_in_room"),
}
"""What Eve says with a good token, and the name or code of what she hears. `hello` has tests of its own."""

TURNED_AWAY: Final = {
    "nobody's": Close.NOT_AUTHENTICATED,
    "expired": Close.NOT_AUTHENTICATED,
    "logged out": Close.NOT_AUTHENTICATED,
    "deleted": Close.NOT_AUTHENTICATED,
    "replaced": Close.SESSION_REPLACED,
    "banned": Close.BANNED,
    "operator": Close.NOT_AUTHENTICATED,
}
"""How hello ends with a token that is not good for it."""


@pytest.fixture(scope="module")
async def town(session_wide_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Everybody, on one node; what they say is in no log."""
    await session_wide_stores.empty()
    processes = Processes({**session_wide_stores.environ(), **SETTINGS}, tmp_path_factory.mktemp("town"))
    try:
        await processes.node()
        await processes.worker()
        async with World(processes, session_wide_stores) as world:
            town = await settle(world)
            yield town
            assert not world.betrayed()
    finally:
        await processes.close()


def test_every_route_is_in_the_table() -> None:
    declared = {f"{route.method} {route.path}": route for route in ROUTES}
    assert set(ROUTE) == set(declared)
    for name, route in declared.items():
        by = "operator" if route.needs_admin else "user" if route.needs_token else "anybody"
        assert ROUTE[name].by == by, name
        names_something = "{" in route.path or any(each.endswith("_id") for each in _fields(route.body))
        assert not names_something or ROUTE[name].foreign or by != "user", f"{name}: whose is what it names?"


def test_every_message_is_in_the_table() -> None:
    assert set(SPOKEN) | {"hello"} == {name_of(message) for message in CLIENT_MESSAGES}


@pytest.mark.parametrize("name", [name for name, access in ROUTE.items() if access.by != "anybody"])
async def test_a_route_is_closed_to_every_other_token(town: Town, name: str) -> None:
    access = ROUTE[name]
    expected = REFUSED_TO[access.by]
    heard = {token: await _answer(town, name, token, access.path, access.options) for token in expected}
    assert heard == expected


@pytest.mark.parametrize("name", [name for name, access in ROUTE.items() if access.by == "anybody"])
async def test_an_open_route_asks_for_no_token(town: Town, name: str) -> None:
    access = ROUTE[name]
    assert await _answer(town, name, "", access.path, access.options) not in {
        (401, "not_authenticated"),
        (403, "forbidden"),
    }


@pytest.mark.parametrize(("name", "what"), [(name, what) for name, access in ROUTE.items() for what in access.foreign])
async def test_what_belongs_to_others_is_not_reached(town: Town, name: str, what: str) -> None:
    foreign = ROUTE[name].foreign[what]
    before = await _all_of_ann(town)
    assert await _answer(town, name, "Eve", foreign.path, foreign.options) == foreign.answer
    assert await _all_of_ann(town) == before


@pytest.mark.parametrize("token", TURNED_AWAY)
async def test_hello_is_refused(town: Town, token: str) -> None:
    async with connect(town.world.nodes[0].url) as client:
        refused = await client.is_refused("hello", token=town.tokens[token], protocol=PROTOCOL)
        assert await client.closed() == TURNED_AWAY[token]
        assert TURNED_AWAY[token] == {"not_authenticated": 4501, "session_replaced": 4502, "banned": 4503}[refused.code]


@pytest.mark.parametrize("name", SPOKEN)
async def test_nothing_is_heard_before_hello(town: Town, name: str) -> None:
    """Not even of Ann, whose room it is: another first frame ends the connection."""
    async with connect(town.world.nodes[0].url) as client:
        await client.say(name, **SPOKEN[name][0](town))
        assert await client.closed() == Close.BAD_MESSAGES
        assert not client.heard


@pytest.mark.parametrize("name", SPOKEN)
async def test_a_stranger_says_it(town: Town, name: str) -> None:
    """To the room or invite of others nothing happens, and its members hear nothing."""
    fields, expected = SPOKEN[name]
    await town.world.all_is_said()
    before = {person.name: list(person.tab.heard) for person in (town.ann, town.bob)}
    assert await _heard(town.eve.tab, name, fields(town)) == expected
    await town.world.all_is_said()
    assert {person.name: list(person.tab.heard) for person in (town.ann, town.bob)} == before
    assert await town.room.goes_on()


async def test_a_stranger_claims_a_room_in_hello(town: Town) -> None:
    """She is welcome as herself: neither in that room, nor told what is said there, nor how a past one was."""
    for room in (town.room, town.past):
        claim = {"room_id": room.room_id, "last_seq": 0}
        tab = await town.eve.opens(room=claim)
        assert tab.welcome["room"] is None
        assert tab.welcome["last_room"] is None
        assert tab.welcome["user"]["user_id"] == town.eve.user_id
        await town.eve.closes()
    assert await town.room.goes_on()


async def test_an_export_holds_nothing_of_others_and_no_secret(town: Town) -> None:
    """Nothing of Ann is in Eve's; nothing by which somebody could be Ann is in her own."""
    _, hers = await town.ask("GET", "/api/v1/me/export", as_="Ann")
    _, eves = await town.ask("GET", "/api/v1/me/export", as_="Eve")
    assert WORDS in str(hers)
    for secret in (WORDS, town.ann.user_id, town.bob.user_id, town.past.room_id):
        assert secret not in str(eves)
    for secret in town.tokens.values():
        assert secret not in str(hers)
        assert hashlib.sha256(secret.encode()).hexdigest() not in str(hers)
    assert not {"token_hash", "password_hash"} & set(re.findall(r"'(\w+)':", str(hers)))


async def test_a_token_in_an_address_is_not_looked_at(town: Town) -> None:
    for method, path in (("GET", "/api/v1/me"), ("GET", "/api/v1/admin/audit")):
        query = {"token": town.tokens["Ann"], "access_token": town.tokens["operator"]}
        assert (await town.ask(method, path, params=query))[0] == 401


async def _all_of_ann(town: Town) -> dict[str, Any]:
    """Everything that she can look at without naming it."""
    pages = [name for name, access in ROUTE.items() if access.by == "user" and name[:4] == "GET " and "{" not in name]
    found = {name: await town.ask("GET", name[4:], as_="Ann") for name in pages}
    _, export = found["GET /api/v1/me/export"]
    del export["exported_at_ms"], export["sessions"]  # when she looked
    return found


async def _answer(town: Town, name: str, token: str, path: Make, options: Make) -> Status:
    method, _, pattern = name.partition(" ")
    status, body = await town.ask(method, pattern.format(**path(town)), as_=token, **options(town))
    return status, body.get("code") if isinstance(body, dict) else None


async def _heard(client: Client, name: str, fields: Said) -> str:
    """The name of the reply, or the code of the refusal."""
    try:
        return str((await client.ask(name, **fields))["type"])
    except Refused as refused:
        return refused.code


def _fields(body: Any) -> tuple[str, ...]:
    return body.__struct_fields__ if body else ()
