# SPDX-License-Identifier: EUPL-1.2
"""What the queries of a snapshot find: entities as they are, and stretches of history (ETSI GS CIM 009, 5.16.1)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from allmende.database.pool import Connection
from allmende.errors import BadRequestData, RequestError
from auth.policy import Visible
from broker.engine.evolutions import select_evolutions, window_of
from broker.engine.patience import narrow_history, read_query
from broker.engine.resources import Resources
from broker.engine.walking import collect_ids
from broker.ngsi.evolutionqueries import EvolutionQuery
from broker.ngsi.queries import Query
from broker.store.aggregation import find_extents, find_last_times
from broker.store.snapshots import Stretch, count_history

MOST_ENTITIES: Final = 10_000
"""Entities of a snapshot; their copies are made in one transaction."""

MOST_INSTANCES: Final = 100_000
"""Instances of history of a snapshot."""


_Query = TypeVar("_Query", Query, EvolutionQuery)


@dataclass(slots=True)
class Harvest:
    """The ids that queries find and the history that temporal queries find; how each query went, and what stopped one."""

    ids: list[str] = field(default_factory=list)
    results: list[tuple[str, RequestError | None]] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    past_results: list[tuple[str, RequestError | None]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    """The ids of all entities, also of those of which there is only history."""
    instances: int = 0

    def admit(self, ids: Sequence[str], *, more: bool = False) -> None:
        """Count entities; BadRequestData where they are too many."""
        if more or len(self.known.union(ids)) > MOST_ENTITIES:
            raise BadRequestData(f"A snapshot holds at most {MOST_ENTITIES} entities; narrow its queries")
        self.known.update(ids)


async def harvest(
    resources: Resources, tenant: str, queries: Sequence[Query], past: Sequence[EvolutionQuery], *, visible: Visible
) -> Harvest:
    """What the queries of a snapshot find; one that fails or finds too much stops no other."""
    found = Harvest()

    async def find_entities(query: Query) -> bool:
        ids, more = await collect_ids(resources, tenant, query, visible=visible, most=MOST_ENTITIES)
        found.admit(ids, more=more)
        found.ids += ids
        return bool(ids)

    async def find_history(query: EvolutionQuery) -> bool:
        ids, stretch, instances = await _find_stretch(resources, tenant, query, visible=visible)
        if found.instances + instances > MOST_INSTANCES:
            raise BadRequestData(f"A snapshot holds at most {MOST_INSTANCES} instances of history; narrow its queries")
        found.admit(ids)
        found.instances += instances
        if instances:
            found.stretches.append(stretch)
        return bool(instances)

    found.results = [await _tried(find_entities, query) for query in queries]
    found.past_results = [await _tried(find_history, query) for query in past]
    found.ids = sorted(set(found.ids))
    return found


async def _tried(find: Callable[[_Query], Awaitable[bool]], query: _Query) -> tuple[str, RequestError | None]:
    try:
        return "success" if await find(query) else "empty", None
    except RequestError as error:
        return "failure", error


async def _find_stretch(
    resources: Resources, tenant: str, query: EvolutionQuery, *, visible: Visible
) -> tuple[list[str], Stretch, int]:
    """The ids of the entities that a temporal query finds, their series, and how many instances these have."""
    schema = await resources.tenants.schema_of(tenant)
    vocabulary = resources.writer.vocabulary(schema)
    window = window_of(query.temporal)
    entities = replace(query.entities, limit=MOST_ENTITIES + 1, offset=0, count=False)
    effort = resources.database.statement_timeout

    async def work(connection: Connection) -> tuple[list[str], Stretch, int]:
        selected = await select_evolutions(
            connection,
            schema,
            replace(query, entities=entities),
            visible=visible,
            vocabulary=vocabulary,
            effort=effort,
        )
        stretch = Stretch(selected.series, window)
        if not selected.series:
            return [], stretch, 0
        if query.temporal.last_n is not None:
            stretch = await _last(connection, schema, stretch, query.temporal.last_n)
        instances = await count_history(connection, schema, stretch, MOST_INSTANCES + 1)
        return [one.id for one in selected.entities], await _filled(connection, schema, stretch), instances

    return await read_query(resources, schema, work, visible=visible, remedy=narrow_history)


async def _last(connection: Connection, schema: str, stretch: Stretch, last_n: int) -> Stretch:
    """What of a stretch is among the last instances of each attribute; a series may be there in several pieces."""
    series, window = stretch
    times = await find_last_times(connection, schema, series, window, last_n)
    starts = [max(one.start, times.get((one.seq, one.attribute), one.start)) for one in series]
    return Stretch([one._replace(start=start) for one, start in zip(series, starts, strict=True)], window)


async def _filled(connection: Connection, schema: str, stretch: Stretch) -> Stretch:
    """The stretch without the series of which it holds nothing, which may be far more than the others."""
    extents = await find_extents(connection, schema, stretch.series, stretch.window)
    held = {extent.key for extent in extents}
    return stretch._replace(series=[one for one in stretch.series if one[:3] in held])
