# SPDX-License-Identifier: EUPL-1.2
"""Entities by their history, those that were deleted too: SQL text out of literal fragments and parameters."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.boxes import unrolled
from broker.ngsi.evolutionqueries import EvolutionQuery
from broker.ngsi.geoqueries import GeoQuery, Place, query_box
from broker.ngsi.queries import Query
from broker.store import SQL
from broker.store.parameters import Parameters
from broker.store.seen import guard
from broker.store.where_history import Window, has_instance, meets, rows_of, was_in_scope
from broker.store.where_types import has_types, names_of, selected

_COLUMNS: Final = "w.id, w.seq, e.types, e.created_at, e.modified_at, e.deleted_at"


class Evolving(NamedTuple):
    """An entity that is or was; without times of its own where it does not exist any more."""

    id: str
    seq: int
    types: list[str] | None
    """In the end those that it had when it was deleted; None where that is not known."""
    created_at: datetime | None
    modified_at: datetime | None
    deleted_at: datetime | None

    @property
    def exists(self) -> bool:
        """Whether it has not been deleted."""
        return self.created_at is not None


class Slice(NamedTuple):
    """A part of a walk in the order of ids: what matches, the last id, and how many entities it passed."""

    entities: Sequence[Evolving]
    last: str | None
    length: int


async def walk_evolving(
    connection: Connection,
    schema: str,
    query: EvolutionQuery,
    window: Window,
    visible: Visible,
    *,
    after: str | None,
    length: int,
) -> Slice:
    """The next entities that match all but the place; `after` None: from the beginning."""
    text, values = slice_statement(schema, query, window, visible, after=after, length=length)
    *rows, end = await connection.fetch(text, *values)
    return Slice([Evolving(*row) for row in rows], end[0], end[1])


async def find_places(
    connection: Connection, schema: str, seqs: Sequence[int], geo: GeoQuery, window: Window
) -> list[Place]:
    """Where entities were, by their numbers, as far as it may match; in the order of the numbers as given."""
    text, values = places_statement(schema, seqs, geo, window)
    return [Place(*row) for row in await connection.fetch(text, *values)]


async def find_evolving_by_id(connection: Connection, schema: str, entity_id: str) -> Evolving | None:
    """The entity of an id, also one that was deleted."""
    row = await connection.fetchrow(SQL.text("get_evolving_by_id", schema), entity_id)
    return None if row is None else Evolving(*row)


async def find_scope_times(
    connection: Connection, schema: str, seqs: Sequence[int], query: EvolutionQuery, window: Window, visible: Visible
) -> list[tuple[int, datetime, datetime | None]]:
    """When the entities of these numbers had the scopes that are asked for: number, start and end."""
    if query.scope is None:
        return []
    parameters = Parameters()
    source = f"unnest({parameters.add(list(seqs))}::bigint[]) AS w(seq)"
    times = was_in_scope(schema, query.scope, window, visible, parameters)
    text = f"SELECT w.seq, t.start, t.stop FROM {source} CROSS JOIN LATERAL (SELECT e.start, e.stop FROM {times}) t"
    return [(row[0], row[1], row[2]) for row in await connection.fetch(text, *parameters.values)]


def slice_statement(
    schema: str,
    query: EvolutionQuery,
    window: Window,
    visible: Visible,
    *,
    after: str | None,
    length: int,
) -> tuple[str, list[Any]]:
    """Rows of `Evolving` in the order of ids, and at the end one of the last id and the number of entities passed.

    The ids come from indexes, so few at a time that it does not matter in which way the planner decides each.
    """
    parameters = Parameters()
    order, last = ("DESC", "min") if query.descending else ("ASC", "max")
    further = "true" if after is None else f"w.id {'<' if query.descending else '>'} {parameters.add(after)}"
    bound = f" ORDER BY w.id {order} LIMIT {parameters.add(length)}"
    arms = [f"({arm} AND {further}{bound})" for arm in _arms(schema, query.entities, parameters)]
    conditions = " AND ".join(_conditions(schema, query, window, visible, parameters))
    text = (
        f"WITH slice AS MATERIALIZED (SELECT DISTINCT w.id, w.seq FROM ({' UNION ALL '.join(arms)}) w{bound})"
        f" (SELECT {_COLUMNS} FROM slice w JOIN {schema}.name n ON n.seq = w.seq"
        f" LEFT JOIN {schema}.entity c ON c.seq = w.seq CROSS JOIN LATERAL"
        " (SELECT coalesce(c.types, n.types) AS types, c.created_at, c.modified_at, n.deleted_at) e"
        f" WHERE {conditions} ORDER BY w.id {order})"
        f" UNION ALL SELECT {last}(s.id), count(*), NULL, NULL, NULL, NULL FROM slice s"
    )
    return text, parameters.values


def places_statement(schema: str, seqs: Sequence[int], geo: GeoQuery, window: Window) -> tuple[str, list[Any]]:
    """Rows of `Place`."""
    parameters = Parameters()
    numbers = f"unnest({parameters.add(list(seqs))}::bigint[]) WITH ORDINALITY AS s(seq, i)"
    attribute = f"(SELECT a.id FROM {schema}.attribute a WHERE a.iri = {parameters.add(geo.attribute)}::text)"
    is_point = "h.value #>> '{value,type}' = 'Point'"
    longitude, latitude = (f"(h.value #>> '{{value,coordinates,{axis}}}')::float8" for axis in (0, 1))
    instances = "CASE WHEN NOT p.is_point THEN jsonb_build_array(p.value)::text END AS instances"
    text = (
        f"SELECT s.seq, p.x, p.y, p.instances FROM {numbers} CROSS JOIN LATERAL (SELECT DISTINCT p.x, p.y, {instances}"
        f" FROM (SELECT h.value, {is_point} AS is_point, CASE WHEN {is_point} THEN {longitude} END AS x,"
        f" CASE WHEN {is_point} THEN {latitude} END AS y FROM {rows_of(schema, 's.seq', attribute, window, parameters)} h"
        f" WHERE h.value ->> 'type' = 'GeoProperty') p WHERE {_may_match(geo, parameters)}) p ORDER BY s.i"
    )
    return text, parameters.values


def _may_match(geo: GeoQuery, parameters: Parameters) -> str:
    """Whether a point `p` lies in the box of a query; all else may match."""
    box = query_box(geo)
    if box is None:
        return "true"
    sides = [[parameters.add(side) for side in part] for part in unrolled(box)]
    inside = [
        f"(p.x BETWEEN {west}::float8 AND {east}::float8 AND p.y BETWEEN {south}::float8 AND {north}::float8)"
        for west, south, east, north in sides
    ]
    return f"(NOT p.is_point OR {' OR '.join(inside)})"


def _conditions(
    schema: str, query: EvolutionQuery, window: Window, visible: Visible, parameters: Parameters
) -> list[str]:
    entities = query.entities
    conditions = [guard(visible)]
    if entities.id_pattern is not None:
        conditions.append(f"w.id ~ {parameters.add(entities.id_pattern)}")
    if entities.types is not None:
        conditions.append(has_types("e.types", entities.types, parameters))
    if entities.selectors:
        conditions.append("(" + " OR ".join(selected(each, parameters) for each in entities.selectors) + ")")
    attributes, datasets = entities.attrs or None, query.parts.datasets
    conditions.append(has_instance(schema, window, parameters, attributes=attributes, datasets=datasets))
    if query.scope is not None:
        conditions.append(f"EXISTS (SELECT FROM {was_in_scope(schema, query.scope, window, visible, parameters)})")
    if entities.filter is not None:
        conditions.append(meets(schema, entities.filter, window, visible, parameters))
    return conditions


def _arms(schema: str, query: Query, parameters: Parameters) -> list[str]:
    """Where ids come from, each in the order of an index: names, or those of types that entities have, or have had."""
    if query.ids:
        return [f"SELECT w.id, w.seq FROM {schema}.name w WHERE w.id = ANY({parameters.add(list(query.ids))}::text[])"]
    if query.types is None:
        return [f"SELECT w.id, w.seq FROM {schema}.name w WHERE true"]
    return [
        f"SELECT w.id, w.seq FROM {schema}.{table} w WHERE w.type = {parameters.add(name)}"
        for name in names_of(query.types)
        for table in ("entity_type", "departed_type")
    ]
