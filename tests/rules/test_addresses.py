"""Which addresses may not connect."""

from ipaddress import ip_address

import pytest

from core.rules.addresses import FOR_EVER, AddressBans, read_network


@pytest.mark.parametrize(
    ("typed", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        (" 192.0.2.7/24 ", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::/80", "2001:db8::/64"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
    ],
)
def test_a_network_as_it_is_kept(typed: str, network: str) -> None:
    assert str(read_network(typed)) == network


@pytest.mark.parametrize(
    "typed", ["", "here", "192.0.2", "192.0.2.7/33", "192.0.2.7/-1", "2001:db8::/129", "fe80::1%x/y"]
)
def test_what_is_no_network_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_network(typed)


def test_an_address_is_found_in_the_networks_that_hold_it_until_their_instant() -> None:
    bans = AddressBans({"192.0.2.0/24": 1_000, "198.51.100.7/32": FOR_EVER, "2001:db8::/64": FOR_EVER, "10.0.0.0/8": 5})
    at = {address: bans.forbid(ip_address(address), 999) for address in (
        "192.0.2.255", "192.0.3.0", "198.51.100.7", "198.51.100.8", "2001:db8::ffff", "2001:db8:0:1::", "10.1.2.3"
    )}  # fmt: skip
    assert at == {
        "192.0.2.255": True,
        "192.0.3.0": False,
        "198.51.100.7": True,
        "198.51.100.8": False,
        "2001:db8::ffff": True,
        "2001:db8:0:1::": False,
        "10.1.2.3": False,
    }
    assert not bans.forbid(ip_address("192.0.2.255"), 1_000)
    assert not AddressBans().forbid(ip_address("192.0.2.255"), 0)


def test_everything_can_be_banned() -> None:
    assert AddressBans({"0.0.0.0/0": FOR_EVER}).forbid(ip_address("203.0.113.9"), 0)
    assert not AddressBans({"0.0.0.0/0": FOR_EVER}).forbid(ip_address("2001:db8::"), 0)
