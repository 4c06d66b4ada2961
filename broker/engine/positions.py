# SPDX-License-Identifier: EUPL-1.2
"""Where pages ended that were just given out: the next one goes on from there, however far from the start it is.

Links say limit and offset, as the standard's clients expect. Who follows them is served from the last id that he has seen, so
that nothing comes twice and nothing is left out where entities come and go before it.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

from auth.policy import Visible
from broker.ngsi.entitymaps import digest
from broker.ngsi.queries import Query

MOST: Final = 1_000
"""Positions that are kept: less than 2 KB each, also of a query that names 10,000 ids."""
LIFE_S: Final = 60.0


@dataclass(slots=True)
class Positions:
    """The last ids of pages, by what was asked for and where the next page begins."""

    clock: Callable[[], float] = monotonic
    _known: OrderedDict[bytes, tuple[str, float]] = field(default_factory=OrderedDict)

    def continued(self, schema: str, query: Query, visible: Visible) -> Query:
        """The query from where the page before it ended, where that is known; else as it is."""
        if not query.offset or not _is_walked(query):
            return query
        known = self._known.get(_key(schema, query, visible, query.offset))
        if known is None or known[1] < self.clock():
            return query
        return replace(query, after=known[0], offset=0)

    def keep(self, schema: str, query: Query, visible: Visible, last: str) -> None:
        """A page of a query ended with this id, and another one follows."""
        if not _is_walked(query):
            return
        key = _key(schema, query, visible, query.offset + query.limit)
        self._known[key] = last, self.clock() + LIFE_S
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)


def _is_walked(query: Query) -> bool:
    """Whether its pages are parts of one walk in the order of ids, which nobody counts."""
    return not query.order and not query.count and not query.after


def _key(schema: str, query: Query, visible: Visible, offset: int) -> bytes:
    # To Python 1 and true are equal, to a filter they are not: the digest tells them apart.
    return digest(query, schema, visible, offset)
