"""Which addresses may not connect: networks, each until its instant."""

import ipaddress
from collections.abc import Mapping
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

IPV6_SUBSCRIBER_BITS: Final = 64
"""What one customer has (RFC 6177): single addresses of it say nothing."""
FOR_EVER: Final = 0


def read_network(text: str) -> Network:
    """Returns a network of addresses, IPv6 by /64, IPv4 in IPv6's clothes as IPv4; ValueError otherwise.

    >>> str(read_network("2001:db8::1"))
    '2001:db8::/64'
    """
    network = ipaddress.ip_network(text.strip(), strict=False)
    if network.version == 4:  # noqa: PLR2004
        return network
    mapped = network.network_address.ipv4_mapped
    if mapped is not None and network.prefixlen >= 96:  # noqa: PLR2004 - the prefix that all of these share
        return ipaddress.ip_network((mapped, network.prefixlen - 96), strict=False)
    if network.prefixlen > IPV6_SUBSCRIBER_BITS:
        return network.supernet(new_prefix=IPV6_SUBSCRIBER_BITS)
    return network


class AddressBans:
    """Banned networks, found in one step for each length of prefix that occurs."""

    def __init__(self, until_ms: Mapping[str, int] | None = None) -> None:
        """`until_ms`: network -> the instant its ban ends, FOR_EVER for never."""
        self._by_prefix: dict[tuple[int, int], dict[int, int]] = {}
        for text, until in (until_ms or {}).items():
            network = ipaddress.ip_network(text)
            same = self._by_prefix.setdefault((network.version, network.prefixlen), {})
            same[_shortened(network.network_address, network.prefixlen)] = until

    def forbid(self, address: Address, now_ms: int) -> bool:
        """Whether this address may not connect now."""
        for (version, prefix), networks in self._by_prefix.items():
            if version == address.version:
                until = networks.get(_shortened(address, prefix))
                if until is not None and (until == FOR_EVER or now_ms < until):
                    return True
        return False


def _shortened(address: Address, prefix: int) -> int:
    return int(address) >> (address.max_prefixlen - prefix)
