"""A fuzzer reads docs/protocol/openapi.json, asks for everything in it, well and badly, and believes every word.

It finds no 500 and no answer that is not written there: no status, no code, no content type, no field. What it asks is
the same in each run.
"""

import asyncio
import functools
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from core.protocol.http import ROUTES
from core.protocol.http.base import Route, problems_of
from tests.contracts.town import PASSWORD, SETTINGS, Town, settle
from tests.processes import Processes
from tests.servers import Stores
from tests.world import World

pytestmark = pytest.mark.system

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "protocol" / "openapi.json"
REQUESTS: Final = 10
"""To each route, of each kind: as declared, and against the declaration."""
CHECKED: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
OURS: Final = {f"{route.method} {route.path}": route for route in ROUTES}
WEIGHS_PASSWORDS: Final = 4
"""As many to those that do: a password takes a node a tenth of a second, on purpose."""
ENDS_A_LOGIN: Final = {"DELETE /api/v1/sessions/current", "DELETE /api/v1/me", "DELETE /api/v1/admin/sessions/current"}
"""Their token is of no use afterwards: each request gets one of its own."""


@pytest.fixture(scope="module")
async def town(session_wide_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A node and a worker; at the end neither has logged an error, and no log holds a secret."""
    await session_wide_stores.empty()
    processes = Processes({**session_wide_stores.environ(), **SETTINGS}, tmp_path_factory.mktemp("openapi"))
    try:
        await processes.node()
        await processes.worker()
        async with World(processes, session_wide_stores) as world:
            yield await settle(world)
            assert not world.betrayed()
    finally:
        await processes.close()


@pytest.mark.parametrize("name", OURS)
async def test_every_answer_is_as_documented(town: Town, name: str) -> None:
    statuses = await asyncio.to_thread(_Fuzzer(town, OURS[name]).run)
    assert sum(statuses.values()) >= 1


@schemathesis.serializer("video/mp4", "video/webm")
def _as_it_is(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@functools.cache
def _document() -> Any:
    load_all_checks()
    return schemathesis.openapi.from_path(DOCUMENT)


class _Fuzzer:
    """Asks for one route again and again."""

    def __init__(self, town: Town, route: Route) -> None:
        self.town = town
        self.route = route
        self.name = f"{route.method} {route.path}"
        self.http = requests.Session()
        self.url = town.world.nodes[0].url
        self.operation = _document()[route.path][route.method]
        self.statuses: Counter[int] = Counter()
        self.ids = itertools.cycle([*_ids(town), {}])

    def run(self) -> Counter[int]:
        """Returns how often each status came."""
        can_be_asked_badly = self.route.body or self.route.query
        for mode in GenerationMode if can_be_asked_badly else [GenerationMode.POSITIVE]:
            asking = given(case=self.operation.as_strategy(generation_mode=mode))(self.ask)
            settings(
                max_examples=WEIGHS_PASSWORDS if self._weighs_passwords() else REQUESTS,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(asking)()
        return self.statuses

    def ask(self, case: Any) -> None:
        """One request, and whether its answer may be."""
        known = next(self.ids)
        for name in set(case.path_parameters or {}) & set(known):
            case.path_parameters[name] = known[name]
        if isinstance(case.body, dict):
            case.body |= {name: known[name] for name in set(case.body) & set(known) if isinstance(case.body[name], str)}
        token = self._token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = case.call(base_url=self.url, headers=headers, session=self.http, timeout=30)
        self.statuses[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS.get_by_names(CHECKED))
        if answer.status_code >= 400:
            assert answer.json()["code"] in problems_of(self.route)

    def _weighs_passwords(self) -> bool:
        fields = self.route.body.__struct_fields__ if self.route.body else ()
        return bool({"password", "old"} & set(fields)) or (self.route.needs_admin and self.name in ENDS_A_LOGIN)

    def _token(self) -> str:
        if not (self.route.needs_token or self.route.needs_admin):
            return ""
        if self.name in ENDS_A_LOGIN:
            return self._fresh_token()
        return self.town.tokens["operator" if self.route.needs_admin else "Ann"]

    def _fresh_token(self) -> str:
        path, body = ("/api/v1/guests", {"name": "Gus", "gender": "male"})
        if self.route.needs_admin:
            path, body = ("/api/v1/admin/sessions", {"username": "root", "password": PASSWORD})
        made = self.http.post(f"{self.url}{path}", json=body, timeout=30)
        assert made.status_code == 201, made.text
        token: str = made.json()["token"]
        return token


def _ids(town: Town) -> list[Mapping[str, str]]:
    """What there is, by the name that paths and bodies give it."""
    return [
        {
            "room_id": town.past.room_id,
            "user_id": town.bob.user_id,
            "target_user_id": town.bob.user_id,
            "notification_id": town.notification_id,
            "code": town.intro_code,
        },
        {"room_id": town.room.room_id, "user_id": town.eve.user_id},
    ]
