"""Arrivals, tallies, addresses and frames."""

import ipaddress
import struct

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from core.live.inboxes import Entry
from core.settings import Settings
from web.address import client_address, subject
from web.arrivals import Arrivals
from web.limits import Tally
from web.outbox import control, header
from web.upgrade import may_come_from


def said(number: int) -> Entry:
    return Entry("u:anna", "invite.ended", b"%d" % number, None)


class TestArrivals:
    def test_what_was_said_meanwhile_is_kept_for_the_one_it_was_said_to(self) -> None:
        arrivals = Arrivals()
        arrivals.note("anna", said(0))
        arrivals.begin("c1")
        arrivals.note("anna", said(1))
        arrivals.note("ben", said(2))
        arrivals.begin("c2")
        arrivals.note("anna", said(3))
        assert arrivals.end("c1", "anna") == [said(1), said(3)]
        assert arrivals.end("c2", "anna") == [said(3)]

    def test_a_refused_arrival_hears_nothing(self) -> None:
        arrivals = Arrivals()
        arrivals.begin("c1")
        arrivals.note("anna", said(1))
        assert arrivals.end("c1") == []

    def test_nothing_is_kept_when_nobody_is_arriving(self) -> None:
        arrivals = Arrivals()
        for number in range(3):
            arrivals.begin(f"c{number}")
            arrivals.note("anna", said(number))
        arrivals.begin("late")
        for number in range(3):
            arrivals.end(f"c{number}", "anna")
        assert arrivals.end("late", "anna") == []
        assert not arrivals._order
        assert not arrivals._kept


def test_a_tally_is_full_when_there_were_so_many_within_a_minute() -> None:
    slow, fast = Tally(3), Tally(3)
    assert [slow.add(at) for at in (0, 31, 62, 93, 124)] == [False] * 5
    assert [fast.add(at) for at in (0, 1, 59)] == [False, False, True]


class TestAddress:
    TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))

    @pytest.mark.parametrize(
        ("peer", "forwarded", "client"),
        [
            ("203.0.113.7", [], "203.0.113.7"),
            ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
            ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", ["1.1.1.1, 198.51.100.1, 10.2.3.4"], "198.51.100.1"),
            ("10.0.0.1", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", ["nonsense"], "10.0.0.1"),
            ("10.0.0.1", ["10.0.0.9"], "10.0.0.9"),
            ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
            ("fd00::1", ["[2001:db8::5]:4711"], "2001:db8::5"),
            ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", [], "10.0.0.1"),
        ],
    )
    def test_the_rightmost_hop_that_is_no_proxy_of_ours(self, peer: str, forwarded: list[str], client: str) -> None:
        assert str(client_address(asked(peer, forwarded), self.TRUSTED)) == client

    def test_an_ipv6_subscriber_is_one_64(self) -> None:
        one, other, stranger = (
            subject(ipaddress.ip_address(text))
            for text in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
        )
        assert one == other != stranger
        assert subject(ipaddress.ip_address("203.0.113.7")) == "203.0.113.7"


def asked(peer: str, forwarded: list[str]) -> web.BaseRequest:
    """A request as one proxy after the other makes it."""
    request = make_mocked_request("GET", "/ws")
    headers = request.headers.copy()
    for each in forwarded:
        headers.add("X-Forwarded-For", each)
    return request.clone(remote=peer, headers=headers)


@pytest.mark.parametrize(
    ("allowed", "host", "origin", "may"),
    [
        ((), "meet.example", None, True),
        ((), "meet.example", "https://meet.example", True),
        ((), "meet.example:8080", "http://meet.example:8080", True),
        ((), "meet.example", "https://meet.example:444", False),
        ((), "meet.example", "https://evil.example", False),
        ((), "meet.example", "https://meet.example.evil.example", False),
        ((), "meet.example", "null", False),
        (("https://meet.example",), "10.0.0.5:8080", "https://meet.example", True),
        (("https://meet.example",), "10.0.0.5:8080", "HTTPS://MEET.example", True),
        (("https://meet.example",), "10.0.0.5:8080", "http://10.0.0.5:8080", False),
        (("https://meet.example",), "10.0.0.5:8080", "http://meet.example", False),
    ],
)
def test_pages_of_ours_may_open_a_websocket(allowed: tuple[str, ...], host: str, origin: str | None, may: bool) -> None:
    headers = {"Host": host} | ({"Origin": origin} if origin else {})
    request = make_mocked_request("GET", "/ws", headers=headers)
    assert may_come_from(request, Settings(allowed_origins=allowed)) is may


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_frames_are_as_rfc_6455_section_5_2_has_them(length: int) -> None:
    head = header(length)
    assert head[0] == 0b1000_0001  # FIN, no reserved bits, opcode text
    assert not head[1] & 0x80  # a server does not mask
    if length <= 125:
        assert head[1:] == bytes([length])
    elif length <= 65_535:
        assert head[1:] == bytes([126]) + struct.pack("!H", length)
    else:
        assert head[1:] == bytes([127]) + struct.pack("!Q", length)
    assert control(0x89, b"x") == b"\x89\x01x"
