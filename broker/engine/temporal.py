# SPDX-License-Identifier: EUPL-1.2
"""The history of entities, instance by instance (ETSI GS CIM 009, 5.7.3, 5.7.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.collecting import Collection
from broker.engine.evolutions import (
    FIRST,
    LAST,
    Selected,
    find_entities,
    select_evolution,
    select_evolutions,
    window_of,
)
from broker.engine.patience import narrow_history, read_query
from broker.engine.resources import Resources
from broker.ngsi.entities import Attributes
from broker.ngsi.evolutionqueries import EvolutionQuery, Parts
from broker.ngsi.temporal import TemporalQuery
from broker.ngsi.truncation import cut
from broker.store.evolutions import Evolving
from broker.store.timeseries import Past, read_instances
from broker.store.vocabulary import Vocabulary
from broker.store.where_history import Window


@dataclass(frozen=True, slots=True)
class Evolution:
    """An entity and instances of its attributes, by IRI, in ascending order.

    `empty`: attribute types of those that have instances, none of which the broker's limit leaves.
    """

    entity: Evolving
    attributes: Attributes
    empty: Mapping[str, str] = field(default_factory=dict)


class Told(NamedTuple):
    """The range of time that an answer tells in full, from where the reading began to the last instance."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Evolutions:
    """What one answer tells of some entities."""

    entities: Sequence[Evolution]
    told: Told | None = None
    """Where the broker's limit has cut them."""
    more: bool = False
    """Whether another page of entities follows."""
    count: int | None = None


async def retrieve_temporal_entity(
    resources: Resources,
    tenant: str,
    entity_id: str,
    query: TemporalQuery | None,
    *,
    parts: Parts,
    visible: Visible,
) -> Evolutions:
    """Retrieve Temporal Evolution of an Entity (5.7.3); without `query` all of it."""
    schema = await resources.tenants.schema_of(tenant)
    vocabulary = resources.writer.vocabulary(schema)
    window = window_of(query)

    async def work(connection: Connection) -> Evolutions:
        selected = await select_evolution(
            connection, schema, entity_id, window, parts, visible=visible, vocabulary=vocabulary
        )
        cap = resources.temporal_instance_cap
        collection = Collection(connection, schema, window, cap, None if query is None else query.last_n)
        return await _tell(collection, selected, vocabulary)

    return await read_query(resources, schema, work, visible=visible, remedy=narrow_history)


async def query_temporal_entities(
    resources: Resources, tenant: str, query: EvolutionQuery, *, visible: Visible
) -> Evolutions:
    """Query Temporal Evolution of Entities (5.7.4): a page of entities in the order of their ids."""
    schema = await resources.tenants.schema_of(tenant)
    vocabulary = resources.writer.vocabulary(schema)
    window = window_of(query.temporal)

    async def work(connection: Connection) -> Evolutions:
        selected = await select_evolutions(
            connection,
            schema,
            query,
            visible=visible,
            vocabulary=vocabulary,
            effort=resources.database.statement_timeout,
        )
        cap = resources.temporal_instance_cap
        return await _tell(Collection(connection, schema, window, cap, query.temporal.last_n), selected, vocabulary)

    return await read_query(resources, schema, work, visible=visible, remedy=narrow_history)


async def find_temporal_ids(
    resources: Resources, tenant: str, query: EvolutionQuery, *, visible: Visible, most: int
) -> tuple[list[str], bool]:
    """The ids of at most `most` entities that a temporal query finds, in their order, and whether there are more."""
    schema = await resources.tenants.schema_of(tenant)
    entities = replace(query.entities, limit=most + 1, offset=0, count=False)
    asked = replace(query, entities=entities, descending=False)
    effort = resources.database.statement_timeout

    async def work(connection: Connection) -> list[str]:
        found = await find_entities(connection, schema, asked, visible=visible, effort=effort)
        return [one.id for one in found]

    ids = await read_query(resources, schema, work, visible=visible, remedy=narrow_history)
    return ids[:most], len(ids) > most


async def _tell(collection: Collection, selected: Selected, vocabulary: Vocabulary) -> Evolutions:
    collected = await collection.read(selected.series)
    newest_first = collection.last_n is not None
    kept, truncated = cut(collected.rows, collection.cap, newest_first=newest_first)
    ids = {one.seq: one.id for one in selected.entities}
    instances = await read_instances(
        collection.connection, collection.schema, kept, vocabulary, ids=ids, names=selected.names
    )
    attributes: dict[int, Attributes] = {one.seq: {} for one in selected.entities}
    for past, instance in zip(kept, instances, strict=True):
        attributes[past.seq].setdefault(selected.names[past.attribute], []).append(instance)
    attributes = {seq: dict(sorted(named.items())) for seq, named in attributes.items()}
    if not truncated:
        entities = [Evolution(one, attributes[one.seq]) for one in selected.entities]
        return Evolutions(entities, more=selected.more, count=selected.count)
    empty: dict[int, dict[str, str]] = {one.seq: {} for one in selected.entities}
    for past in collected.firsts:
        name = selected.names[past.attribute]
        if name not in attributes[past.seq]:
            empty[past.seq][name] = past.kind
    start, end = _range(kept, collection.window, newest_first=newest_first)
    entities = [Evolution(one, attributes[one.seq], empty[one.seq]) for one in selected.entities]
    return Evolutions(entities, Told(start, end), selected.more, selected.count)


def _range(kept: Sequence[Past], window: Window, *, newest_first: bool) -> tuple[datetime, datetime]:
    first, last = (kept[-1].at, kept[0].at) if newest_first else (kept[0].at, kept[-1].at)
    edge = window.end if newest_first else window.start
    return first if edge in {FIRST, LAST} else edge, last
