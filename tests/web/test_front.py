"""What a browser and an operator find besides the websocket."""

import re

import aiohttp
import pytest
from yarl import URL

from tests.client import connect, sign_up
from tests.processes import Node


@pytest.mark.parametrize("page", ["/", "/ops"])
async def test_the_page_brings_everything_from_here_and_nothing_from_elsewhere(node: Node, page: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{node.url}{page}") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Referrer-Policy" in answer.headers
        scripts = re.findall(r'<script[^>]* src="([^"]+)"', await answer.text())
        assert scripts
        for script in scripts:
            async with http.get(f"{node.url}{script}") as found:
                assert found.status == 200
                assert found.content_type == "text/javascript"
                assert found.headers["X-Content-Type-Options"] == "nosniff"


async def test_nothing_outside_the_pages_is_served(node: Node) -> None:
    async with aiohttp.ClientSession() as http:
        beside = [f"/{page}/{path}" for page in ("client", "ops") for path in ("../app.py", "%2e%2e/app.py", "")]
        for path in (*beside, "/web/app.py"):
            async with http.get(URL(f"{node.url}{path}", encoded=True)) as answer:
                assert answer.status in {403, 404}


async def test_both_ports_say_whether_the_node_is_well(node: Node) -> None:
    async with aiohttp.ClientSession() as http:
        for port in (node.port, node.metrics_port):
            for path in ("/healthz", "/readyz"):
                async with http.get(f"http://127.0.0.1:{port}{path}") as answer:
                    assert answer.status == 200


async def test_the_metrics_port_names_every_node(node: Node) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(f"http://127.0.0.1:{node.metrics_port}/metrics/targets") as answer:
            targets = await answer.json()
        assert targets == [
            {
                "targets": [f"127.0.0.1:{node.metrics_port}"],
                "labels": {"cresset_node": f"127.0.0.1:{node.port}"},
            }
        ]
        async with http.get(f"{node.url}/metrics") as answer:
            assert answer.status == 404


async def test_a_plain_request_to_the_socket_is_told_so(node: Node) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{node.url}/ws") as answer:
        assert answer.status == 400


async def test_a_socket_is_of_no_use_to_one_who_was_never_here(node: Node) -> None:
    async with connect(node.url, await sign_up(node.url)) as anna:
        assert (await anna.is_refused("room.enter", room_id="no id", last_seq=0)).code == "not_in_room"
        assert (await anna.is_refused("invite.accept", invite_id=anna.user_id)).code == "invite_gone"
        assert (await anna.is_refused("invite.send", to=anna.user_id, mode="text")).code == "invalid_target"
        assert (await anna.is_refused("invite.send", to="no id", mode="text")).code == "user_not_found"
