"""Where a request comes from.

The client's address is the socket's, or, when that hop is one of TRUSTED_PROXIES, the rightmost entry of
X-Forwarded-For that is not (rules, section 12). Limits and bans count an IPv6 client by its /64.
"""

import ipaddress
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from core.rules.addresses import IPV6_SUBSCRIBER_BITS, Address
from core.settings import Network

UNKNOWN: Final = ipaddress.IPv4Address(0)
"""A socket without an address (a Unix socket): everybody behind it counts as one."""


def client_address(request: web.BaseRequest, trusted: Sequence[Network]) -> Address:
    """Returns the address of the client behind `request`."""
    hop = _parse(request.remote or "") or UNKNOWN
    if not trusted or not _is_trusted(hop, trusted):
        return hop
    for header in reversed(request.headers.getall("X-Forwarded-For", [])):
        for entry in reversed(header.split(",")):
            address = _parse(entry.strip())
            if address is None:
                return hop
            if not _is_trusted(address, trusted):
                return address
            hop = address
    return hop


def subject(address: Address) -> str:
    """Returns the name under which an address is limited."""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_SUBSCRIBER_BITS), strict=False))


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted if network.version == address.version)


def _parse(text: str) -> Address | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
