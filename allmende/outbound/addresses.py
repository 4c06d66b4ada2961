# SPDX-License-Identifier: EUPL-1.2
"""Which addresses belong to the public internet, however they are written."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")
_RESERVED: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carriers; and the metadata of one cloud
        "168.63.129.16/32",  # a public address at which a cloud answers its own machines
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "64:ff9b:1::/48",
        "fec0::/10",
    )
)
"""What Python's own tables do not hold in every version that the platform runs on."""


def parse_address(text: str) -> Address:
    """An address as a resolver writes it; an IPv4 one that is written as IPv6 is what it means."""
    return meant(ip_address(text.partition("%")[0]))


def meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries, where packets to it arrive there; else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether an address is neither this machine's, nor of a private network, nor reserved for any purpose."""
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _RESERVED)
    )
