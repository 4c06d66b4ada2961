# SPDX-License-Identifier: EUPL-1.2
"""How many connections may be in one state, in all and from one address."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Crowd:
    """Counts by address; one address cannot take all the room."""

    most: int
    most_each: int
    _count: int = 0
    _by_network: Counter[str] = field(default_factory=Counter)

    def enter(self, network: str) -> bool:
        """Count one more; False where there is no room."""
        if self._count >= self.most or self._by_network.get(network, 0) >= self.most_each:
            return False
        self._count += 1
        self._by_network[network] += 1
        return True

    def leave(self, network: str) -> None:
        """Count one less."""
        self._count -= 1
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]
