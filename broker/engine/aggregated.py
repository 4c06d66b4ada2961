# SPDX-License-Identifier: EUPL-1.2
"""Entities whose histories are summed up (ETSI GS CIM 009, 5.7.3 and 5.7.4 in the representation of 4.5.19)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.aggregation import Limits, Range, aggregate
from broker.engine.evolutions import Selected, select_evolution, select_evolutions, window_of
from broker.engine.patience import narrow_history, read_query
from broker.engine.resources import Resources
from broker.ngsi.aggregation import Aggregation, Summary
from broker.ngsi.evolutionqueries import EvolutionQuery, Parts
from broker.ngsi.history import SCOPE_IRI
from broker.ngsi.temporal import TemporalQuery
from broker.store.evolutions import Evolving
from broker.store.vocabulary import Vocabulary
from broker.store.where_history import Window


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An entity and the summaries of those of its attributes that have any, by IRI."""

    entity: Evolving
    attributes: Mapping[str, Sequence[Summary]]


@dataclass(frozen=True, slots=True)
class Aggregates:
    """What one answer tells of some entities."""

    entities: Sequence[Aggregate]
    told: Range | None = None
    """The range that is told in full, where the broker's limit has cut them."""
    more: bool = False
    """Whether another page of entities follows."""
    count: int | None = None


async def retrieve_aggregate(
    resources: Resources,
    tenant: str,
    entity_id: str,
    query: TemporalQuery | None,
    aggregation: Aggregation,
    *,
    parts: Parts,
    visible: Visible,
) -> Aggregates:
    """Retrieve Temporal Evolution of an Entity (5.7.3), aggregated; without `query` all of it."""
    schema = await resources.tenants.schema_of(tenant)
    vocabulary = resources.writer.vocabulary(schema)
    window, limits = window_of(query), _limits(resources, query)

    async def work(connection: Connection) -> Aggregates:
        selected = await select_evolution(
            connection, schema, entity_id, window, parts, visible=visible, vocabulary=vocabulary
        )
        return await _tell(connection, schema, selected, window, aggregation, limits, vocabulary=vocabulary)

    return await read_query(resources, schema, work, visible=visible, remedy=narrow_history)


async def query_aggregates(
    resources: Resources, tenant: str, query: EvolutionQuery, aggregation: Aggregation, *, visible: Visible
) -> Aggregates:
    """Query Temporal Evolution of Entities (5.7.4), aggregated: a page of entities in the order of their ids."""
    schema = await resources.tenants.schema_of(tenant)
    vocabulary = resources.writer.vocabulary(schema)
    window, limits = window_of(query.temporal), _limits(resources, query.temporal)

    async def work(connection: Connection) -> Aggregates:
        selected = await select_evolutions(
            connection,
            schema,
            query,
            visible=visible,
            vocabulary=vocabulary,
            effort=resources.database.statement_timeout,
        )
        return await _tell(connection, schema, selected, window, aggregation, limits, vocabulary=vocabulary)

    return await read_query(resources, schema, work, visible=visible, remedy=narrow_history)


def _limits(resources: Resources, query: TemporalQuery | None) -> Limits:
    return Limits(resources.temporal_instance_cap, None if query is None else query.last_n)


async def _tell(
    connection: Connection,
    schema: str,
    selected: Selected,
    window: Window,
    aggregation: Aggregation,
    limits: Limits,
    *,
    vocabulary: Vocabulary,
) -> Aggregates:
    series = [one for one in selected.series if selected.names[one.attribute] != SCOPE_IRI]
    found = await aggregate(connection, schema, series, window, aggregation, limits, vocabulary=vocabulary)
    attributes: dict[int, dict[str, Sequence[Summary]]] = {one.seq: {} for one in selected.entities}
    named = ((selected.names[attribute], seq, summaries) for (seq, attribute), summaries in found.summaries.items())
    for name, seq, summaries in sorted(named, key=lambda each: each[:2]):
        attributes[seq][name] = summaries
    entities = [Aggregate(one, attributes[one.seq]) for one in selected.entities]
    return Aggregates(entities, found.told, selected.more, selected.count)
