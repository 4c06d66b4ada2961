# SPDX-License-Identifier: EUPL-1.2
"""What a tenant holds, type by type: how many entities, the newest observation and the newest change, and where.

To count costs a scan of the index of types, to find the newest one of all documents. Both are right at each look while
that is cheap; else they are kept for a while, and what `hear` is told of commits keeps the newest times right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from allmende.database.failures import TimedOut
from allmende.database.pool import Database
from auth.policy import Visible
from broker.engine.caching import Cached
from broker.engine.feed import Feed
from broker.engine.rings import Change
from broker.ngsi.boxes import Box
from broker.ngsi.instants import is_later, to_instant
from broker.store.overview import Counts, Newest, find_newest, get_counts

_SMALL: Final = 1_000
"""Entities of which the overview is made at each look: 10 ms at most."""

_MOST_NOTED: Final = 10_000
_NOTHING: Final = Newest(None, None)


@dataclass(frozen=True, slots=True)
class TypeOverview:
    """A type, by its IRI; the times are None where there is no such, or where they are not known yet."""

    iri: str
    entities: int
    observed_at: datetime | None
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Types in the order of their IRIs; an entity of several counts in each. `box` is that around all places."""

    entities: int
    types: list[TypeOverview]
    box: Box | None


@dataclass(slots=True)
class Board:
    """What is known of one tenant."""

    counts: Cached[Counts]
    newest: Cached[Mapping[str, Newest]]
    noted: dict[str, Newest] = field(default_factory=dict)
    is_large: bool = False

    async def read(self) -> Overview:
        """The overview: right where it is small, else with the last counts and times that there are."""
        counts = self.counts.last() if self.is_large else None
        if counts is None:
            counts = await self.counts.anew()
            self.is_large = counts.entities > _SMALL
        newest = (self.newest.last() or {}) if self.is_large else await self.newest.anew()
        types = [
            TypeOverview(iri, entities, *_later(newest.get(iri, _NOTHING), self.noted.get(iri, _NOTHING)))
            for iri, entities in counts.by_type.items()
        ]
        return Overview(counts.entities, types, counts.box)


@dataclass(slots=True)
class Overviews:
    """The overviews of all tenants that were asked for; the feed is heard once somebody looks, and costs nothing before."""

    database: Database
    feed: Feed
    _boards: dict[str, Board] = field(default_factory=dict)

    async def of(self, schema: str, *, visible: Visible) -> Overview:
        """The overview of a tenant."""
        # Counts of a part need rights within them; whoever sees less than the whole is told of nothing.
        return await self._board(schema).read() if visible.whole else Overview(0, [], None)

    def hear(self, schema: str, changes: Iterable[Change]) -> None:
        """Take what a commit has changed; a tenant of which nobody has asked yet needs nothing."""
        board = self._boards.get(schema)
        if board is None:
            return
        if len(board.noted) > _MOST_NOTED:
            board.noted.clear()
        for types, newest in _newest_of(changes).items():
            for iri in types:
                board.noted[iri] = _later(board.noted.get(iri, _NOTHING), newest)

    def forget(self, schema: str) -> None:
        """A tenant was deleted."""
        board = self._boards.pop(schema, None)
        if board is not None:
            board.counts.close()
            board.newest.close()

    def close(self) -> None:
        """Give up what is being counted."""
        for schema in list(self._boards):
            self.forget(schema)

    def _board(self, schema: str) -> Board:
        board = self._boards.get(schema)
        if board is None:
            if not self._boards:
                self.feed.listen(self.hear)
            counts, newest = partial(_count, self.database, schema), partial(_find, self.database, schema)
            board = self._boards[schema] = Board(Cached(counts), Cached(newest))
        return board


async def _count(database: Database, schema: str) -> Counts:
    return await database.read(schema, lambda connection: get_counts(connection, schema))


async def _find(database: Database, schema: str) -> Mapping[str, Newest]:
    try:
        return await database.read(schema, lambda connection: find_newest(connection, schema))
    except TimedOut:
        # Too many documents; what is noted from now on remains.
        return {}


def _newest_of(changes: Iterable[Change]) -> dict[tuple[str, ...], Newest]:
    """The newest times by types; nearly all changes of a commit have the same ones."""
    observed: dict[tuple[str, ...], str] = {}
    modified: dict[tuple[str, ...], datetime] = {}
    for change in changes:
        types = tuple(change.types)
        modified[types] = max(change.modified_at, modified.get(types, change.modified_at))
        if change.observed is not None and (types not in observed or is_later(change.observed, observed[types])):
            observed[types] = change.observed
    return {
        types: Newest(to_instant(observed[types]) if types in observed else None, time)
        for types, time in modified.items()
    }


def _later(one: Newest, other: Newest) -> Newest:
    return Newest(
        _latest(one.observed_at, other.observed_at),
        _latest(one.modified_at, other.modified_at),
    )


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one is not None and other is not None else one or other
