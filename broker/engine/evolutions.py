# SPDX-License-Identifier: EUPL-1.2
"""Which entities a temporal query finds, and which series of their history it asks for, each with its range of time.

What is told of the series (instances, aggregates) is made of this elsewhere.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from allmende.database.failures import TimedOut
from allmende.database.pool import Connection
from allmende.errors import NotFound
from auth.policy import Visible
from broker.engine.judging import find_matching, open_judge
from broker.ngsi.evolutionqueries import EvolutionQuery, Parts
from broker.ngsi.history import SCOPE_IRI
from broker.ngsi.temporal import TemporalQuery
from broker.store.evolutions import (
    Evolving,
    find_evolving_by_id,
    find_places,
    find_scope_times,
    walk_evolving,
)
from broker.store.timeseries import Series, find_scope_starts, find_series
from broker.store.vocabulary import DEFAULT_INSTANCE, Vocabulary
from broker.store.where_history import Window

if TYPE_CHECKING:
    from broker.ngsi.shapes import Judge

FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
LAST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_FIRST_SLICE: Final = 100
_LONGEST_SLICE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Selected:
    """Entities in the order of the query, and their series by attribute IRI; `names` are IRIs by their numbers."""

    entities: Sequence[Evolving]
    series: Sequence[Series]
    names: Mapping[int, str]
    more: bool = False
    count: int | None = None


def window_of(query: TemporalQuery | None) -> Window:
    """The range of time that a query asks for; without one all that was."""
    if query is None:
        return Window(FIRST, LAST)
    start, end = FIRST, LAST
    if query.timerel == "before" and query.time_at is not None:
        end = query.time_at
    elif query.time_at is not None:
        start = query.time_at
    if query.timerel == "between" and query.end_time_at is not None:
        end = query.end_time_at
    observed = query.timeproperty == "observedAt"
    return Window(
        start,
        end,
        by_modified=not observed,
        only_observed=observed and query.timerel is not None,
        deleted=query.timeproperty == "deletedAt",
    )


async def select_evolution(
    connection: Connection,
    schema: str,
    entity_id: str,
    window: Window,
    parts: Parts,
    *,
    visible: Visible,
    vocabulary: Vocabulary,
) -> Selected:
    """One entity and its series; NotFound where there is no such entity, no history of one, or none of what is asked."""
    known = await find_evolving_by_id(connection, schema, entity_id)
    if known is None:
        raise NotFound(f"Entity {entity_id} has no history")
    selected = await _with_series(connection, schema, [known], window, parts, visible=visible, vocabulary=vocabulary)
    if not (known.exists or selected.series):
        raise NotFound(f"Entity {entity_id} has no history")
    if parts.attrs is not None and all(selected.names[one.attribute] == SCOPE_IRI for one in selected.series):
        raise NotFound(f"Entity {entity_id} has no history of these attributes")
    return selected


async def select_evolutions(
    connection: Connection,
    schema: str,
    query: EvolutionQuery,
    *,
    visible: Visible,
    vocabulary: Vocabulary,
    effort: timedelta,
) -> Selected:
    """A page of the entities that a query finds, and their series (5.7.4.4). TimedOut after `effort`."""
    window = window_of(query.temporal)
    search = _Search(connection, schema, query, window, visible, monotonic() + effort.total_seconds())
    page, matches = await search.find()
    entities = query.entities
    selected = await _with_series(connection, schema, page, window, query.parts, visible=visible, vocabulary=vocabulary)
    times = await find_scope_times(connection, schema, [one.seq for one in page], query, window, visible)
    series = selected.series if query.scope is None else _bounded(selected.series, times)
    more = entities.limit > 0 and matches > entities.offset + entities.limit
    return Selected(page, series, selected.names, more, matches if entities.count else None)


async def find_entities(
    connection: Connection, schema: str, query: EvolutionQuery, *, visible: Visible, effort: timedelta
) -> list[Evolving]:
    """The entities that a query finds, up to its limit, in the order of ids. TimedOut after `effort`."""
    window = window_of(query.temporal)
    search = _Search(connection, schema, query, window, visible, monotonic() + effort.total_seconds())
    found, _ = await search.find()
    return found


async def _with_series(
    connection: Connection,
    schema: str,
    entities: Sequence[Evolving],
    window: Window,
    parts: Parts,
    *,
    visible: Visible,
    vocabulary: Vocabulary,
) -> Selected:
    seqs = [one.seq for one in entities]
    found = await find_series(connection, schema, seqs) if seqs else []
    names = await vocabulary.attributes.resolve(connection, schema, {attribute for _, attribute, _ in found})
    datasets = {dataset for _, _, dataset in found if dataset != DEFAULT_INSTANCE}
    uris = await vocabulary.datasets.resolve(connection, schema, datasets)
    chosen = [
        Series(seq, attribute, dataset, window.start, window.end)
        for seq, attribute, dataset in found
        if parts.has(names[attribute])
        and visible.sees_attribute(names[attribute])
        and (names[attribute] == SCOPE_IRI or parts.has_dataset(uris.get(dataset)))
    ]
    # By what they are called: their numbers tell what else there is.
    chosen.sort(key=lambda one: (names[one.attribute], uris.get(one.dataset) or ""))
    chosen = await _with_older_scopes(connection, schema, chosen, names, window)
    return Selected(entities, chosen, {attribute: names[attribute] for _, attribute, _ in found})


async def _with_older_scopes(
    connection: Connection, schema: str, series: list[Series], names: Mapping[int, str], window: Window
) -> list[Series]:
    """Scopes that were there when the window began are told too, though they were set before (4.18)."""
    scoped = [one.seq for one in series if names[one.attribute] == SCOPE_IRI]
    if not scoped or window.by_modified or window.start == FIRST:
        return series
    number = next(one.attribute for one in series if names[one.attribute] == SCOPE_IRI)
    starts = await find_scope_starts(connection, schema, scoped, number, window.start)
    return [
        one._replace(start=starts[one.seq]) if one.attribute == number and one.seq in starts else one for one in series
    ]


def _bounded(series: Sequence[Series], times: Sequence[tuple[int, datetime, datetime | None]]) -> list[Series]:
    """Series as far as they lie in some times of their entities."""
    known: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for seq, start, stop in times:
        known[seq].append((start, stop or LAST))
    return [
        one._replace(start=max(start, one.start), stop=min(stop, one.stop))
        for one in series
        for start, stop in known.get(one.seq, ())
        if max(start, one.start) < min(stop, one.stop)
    ]


@dataclass(slots=True)
class _Search:
    """A query under way: entities are walked in the order of ids, a slice at a time, and decided."""

    connection: Connection
    schema: str
    query: EvolutionQuery
    window: Window
    visible: Visible
    until: float

    def is_late(self) -> bool:
        """Whether the time is up."""
        return monotonic() > self.until

    async def find(self) -> tuple[list[Evolving], int]:
        """The page, and how many match up to its end and one more; or in all, where they are to be counted."""
        entities = self.query.entities
        judge = None if entities.geo is None else await open_judge(entities.geo, self.is_late)
        wanted = None if entities.count else entities.offset + entities.limit + 1
        page: list[Evolving] = []
        matches = 0
        after: str | None = None
        length = _FIRST_SLICE
        while True:
            if self.is_late():
                raise TimedOut("The temporal query took longer than a statement may")
            part = await walk_evolving(
                self.connection, self.schema, self.query, self.window, self.visible, after=after, length=length
            )
            found = part.entities if judge is None else await self._decide(judge, part.entities)
            page += found[max(entities.offset - matches, 0) : max(entities.offset + entities.limit - matches, 0)]
            matches += len(found)
            if part.length < length or (wanted is not None and matches >= wanted):
                return page, matches
            after, length = part.last, min(2 * length, _LONGEST_SLICE)

    async def _decide(self, judge: "Judge", entities: Sequence[Evolving]) -> Sequence[Evolving]:
        """Those that were at a place that matches."""
        geo = self.query.entities.geo
        if geo is None or not entities:
            return []
        places = await find_places(self.connection, self.schema, [one.seq for one in entities], geo, self.window)
        seqs = set(await find_matching(judge, places, self.is_late))
        return [one for one in entities if one.seq in seqs]
