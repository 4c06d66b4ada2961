# SPDX-License-Identifier: EUPL-1.2
"""A client's way through the changes of a tenant: what it wants to know, and how far it has come.

It holds a place and no changes, so one that is slow costs nothing, and begins anew where what it missed is forgotten.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from auth.policy import Visible
from broker.engine.rings import Change, Ring, unite

_AT_ONCE: Final = 500
"""Changes that are looked at in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which changes a client wants to know of, and may; None: whichever there are."""

    visible: Visible
    types: frozenset[str] | None = None
    ids: frozenset[str] | None = None

    def selects(self, change: Change) -> bool:
        """Whether a change is among them: that of an entity that has one of the types, or had it before."""
        if not self.visible.whole or (self.ids is not None and change.id not in self.ids):
            return False
        types = self.types
        return types is None or not (types.isdisjoint(change.types) and types.isdisjoint(change.left))


class Placed(NamedTuple):
    """A change with the place behind it."""

    place: str
    change: Change


class Follower:
    """Goes through the changes from the place that a client names, else from now on."""

    def __init__(self, ring: Ring, wanted: Wanted, place: str | None) -> None:
        self.ring = ring
        self.wanted = wanted
        number = ring.last if place is None else ring.number_of(place)
        self._token = "" if number is None else ring.token
        self._number = 0 if number is None else number

    @property
    def place(self) -> str:
        """How far it has come."""
        return f"{self._token}-{self._number}"

    @property
    def is_behind(self) -> bool:
        """Whether there are changes that it has not looked at."""
        return self._token != self.ring.token or self._number != self.ring.last

    async def news(self) -> None:
        """Wait until there is something to look at, or nothing more to come."""
        if not self.is_behind and not self.ring.is_ended:
            await self.ring.news.wait()

    def take(self) -> list[Placed] | None:
        """The next changes, of an entity only the newest; None where some are forgotten: it begins anew."""
        found = self.ring.since(self._number, _AT_ONCE) if self._token == self.ring.token else None
        if found is None:
            self._token, self._number = self.ring.token, self.ring.last
            return None
        first = self._number + 1
        self._number += len(found)
        chosen: dict[str, tuple[int, Change]] = {}
        for number, change in enumerate(found, first):
            if self.wanted.selects(change):
                older = chosen.pop(change.id, None)
                chosen[change.id] = number, unite(older and older[1], change)
        return [Placed(f"{self._token}-{number}", change) for number, change in chosen.values()]
