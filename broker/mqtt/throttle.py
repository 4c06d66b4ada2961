# SPDX-License-Identifier: EUPL-1.2
"""Slows wrong keys down by address: each makes the next answer come later; a right key never waits."""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

FIRST_S: Final = 0.1
MOST_S: Final = 10.0
FORGOTTEN_S: Final = 600.0
MOST_ADDRESSES: Final = 10_000
_MOST_DOUBLINGS: Final = 16


@dataclass(slots=True)
class Throttle:
    """Wrong keys by address, of at most `most` addresses: the one that has been quiet for longest is forgotten."""

    most: int = MOST_ADDRESSES
    _failures: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def delay(self, address: str, now: float) -> float:
        """Count a wrong key; return how many seconds its answer has to wait."""
        network = to_network(address)
        count, last = self._failures.pop(network, (0, now))
        count = 1 if now - last > FORGOTTEN_S else count + 1
        self._failures[network] = (count, now)
        if len(self._failures) > self.most:
            self._failures.popitem(last=False)
        return float(min(FIRST_S * 2 ** min(count - 1, _MOST_DOUBLINGS), MOST_S))

    def __len__(self) -> int:
        return len(self._failures)


def to_network(address: str) -> str:
    """What counts as one address: of IPv6 the /64, since a host may choose the rest."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
