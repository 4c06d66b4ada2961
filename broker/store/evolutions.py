# SPDX-License-Identifier: EUPL-1.2
"""Entities by their history, those that were deleted too: SQL text out of literal fragments and parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.boxes import unrolled
from broker.ngsi.evolutionqueries import EvolutionQuery
from broker.ngsi.geoqueries import GeoQuery, Place, query_box
from broker.ngsi.queries import Query, Selector
from broker.store import SQL
from broker.store.parameters import Parameters
from broker.store.where_history import Window, has_instance, meets, rows_of, was_in_scope
from broker.store.where_types import has_types, names_of

_COLUMNS = "w.id, w.seq, e.types, e.created_at, e.modified_at, e.deleted_at"


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
    """A part of a walk in the order of ids: its places, its last id, and how many entities it passed."""

    places: Sequence[Place]
    last: str | None
    length: int


@dataclass(frozen=True, slots=True)
class _Walk:
    """Where entities come from, and what is left to be decided for each."""

    source: str
    conditions: Sequence[str]

    def text(self, schema: str) -> str:
        """FROM and WHERE."""
        return (
            f" FROM {self.source} w JOIN {schema}.name n ON n.seq = w.seq"
            f" LEFT JOIN {schema}.entity c ON c.seq = w.seq CROSS JOIN LATERAL"
            " (SELECT coalesce(c.types, n.types) AS types, c.created_at, c.modified_at, n.deleted_at) e"
            f" WHERE {' AND '.join(self.conditions)}"
        )


async def find_evolving(
    connection: Connection, schema: str, query: EvolutionQuery, window: Window, visible: Visible
) -> tuple[list[Evolving], bool]:
    """A page of entities in the order of ids, and whether another follows."""
    limit = query.entities.limit
    if limit == 0:
        return [], False
    text, values = page_statement(schema, query, window, visible, limit=limit + 1)
    rows = await connection.fetch(text, *values)
    return [Evolving(*row) for row in rows[:limit]], len(rows) > limit


async def count_evolving(
    connection: Connection, schema: str, query: EvolutionQuery, window: Window, visible: Visible
) -> int:
    """How many entities a query finds in all."""
    text, values = count_statement(schema, query, window, visible)
    count: int = await connection.fetchval(text, *values)
    return count


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
    """Where the next entities that match all else were, as far as it may match."""
    text, values = slice_statement(schema, query, window, visible, after=after, length=length)
    *rows, end = await connection.fetch(text, *values)
    return Slice([Place(*row) for row in rows], end[3], end[0])


async def find_evolving_by_id(connection: Connection, schema: str, entity_id: str) -> Evolving | None:
    """The entity of an id, also one that was deleted."""
    row = await connection.fetchrow(SQL.text("get_evolving_by_id", schema), entity_id)
    return None if row is None else Evolving(*row)


async def get_evolving(connection: Connection, schema: str, seqs: Sequence[int]) -> Mapping[int, Evolving]:
    """The entities of these numbers."""
    rows = await connection.fetch(SQL.text("get_evolving", schema), list(seqs))
    return {row[1]: Evolving(*row) for row in rows}


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


def page_statement(
    schema: str, query: EvolutionQuery, window: Window, visible: Visible, *, limit: int
) -> tuple[str, list[Any]]:
    """Rows of `Evolving`."""
    parameters = Parameters()
    walk = _walk(schema, query, window, visible, parameters)
    amount, offset = parameters.add(limit), parameters.add(query.entities.offset)
    order = " DESC" if query.descending else ""
    text = f"SELECT {_COLUMNS}{walk.text(schema)} ORDER BY w.id{order} LIMIT {amount} OFFSET {offset}"
    return text, parameters.values


def count_statement(schema: str, query: EvolutionQuery, window: Window, visible: Visible) -> tuple[str, list[Any]]:
    """One number."""
    parameters = Parameters()
    walk = _walk(schema, query, window, visible, parameters)
    return f"SELECT count(*){walk.text(schema)}", parameters.values


def slice_statement(
    schema: str,
    query: EvolutionQuery,
    window: Window,
    visible: Visible,
    *,
    after: str | None,
    length: int,
) -> tuple[str, list[Any]]:
    """Rows of `Place` in the order of ids, and at the end one of the number of entities and the last id."""
    parameters = Parameters()
    walk = _walk(schema, query, window, visible, parameters, after=after)
    order, last = (" DESC", "min") if query.descending else ("", "max")
    geo = query.entities.geo
    assert geo is not None  # noqa: S101 - who walks has asked for a place
    number = f"(SELECT a.id FROM {schema}.attribute a WHERE a.iri = {parameters.add(geo.attribute)}::text)"
    is_point = "h.value #>> '{value,type}' = 'Point' AND h.value ->> 'type' = 'GeoProperty'"
    longitude, latitude = (f"(h.value #>> '{{value,coordinates,{axis}}}')::float8" for axis in (0, 1))
    instance = "CASE WHEN NOT p.is_point THEN jsonb_build_array(p.value)::text END"
    text = (
        f"WITH slice AS MATERIALIZED (SELECT w.id, w.seq{walk.text(schema)} ORDER BY w.id{order}"
        f" LIMIT {parameters.add(length)})"
        f" SELECT s.seq, p.x, p.y, p.instances FROM slice s CROSS JOIN LATERAL (SELECT DISTINCT p.x, p.y, {instance} AS instances"
        f" FROM (SELECT h.value, {is_point} AS is_point, CASE WHEN {is_point} THEN {longitude} END AS x,"
        f" CASE WHEN {is_point} THEN {latitude} END AS y FROM {rows_of(schema, 's.seq', number, window, parameters)} h"
        f" WHERE h.value ->> 'type' = 'GeoProperty') p WHERE {_may_match(geo, parameters)}) p"
        f" UNION ALL SELECT count(*), NULL, NULL, {last}(slice.id) FROM slice"
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


def _walk(
    schema: str,
    query: EvolutionQuery,
    window: Window,
    visible: Visible,
    parameters: Parameters,
    *,
    after: str | None = None,
) -> _Walk:
    entities = query.entities
    source, conditions = _source(schema, entities, parameters)
    if not visible.whole:
        conditions.append("false")
    if after is not None:
        conditions.append(f"w.id {'<' if query.descending else '>'} {parameters.add(after)}")
    if entities.id_pattern is not None:
        conditions.append(f"w.id ~ {parameters.add(entities.id_pattern)}")
    if entities.types is not None:
        conditions.append(has_types("e.types", entities.types, parameters))
    if entities.selectors:
        conditions.append("(" + " OR ".join(_selected(each, parameters) for each in entities.selectors) + ")")
    attributes, datasets = entities.attrs or None, query.parts.datasets
    conditions.append(has_instance(schema, window, parameters, attributes=attributes, datasets=datasets))
    if query.scope is not None:
        conditions.append(f"EXISTS (SELECT FROM {was_in_scope(schema, query.scope, window, visible, parameters)})")
    if entities.filter is not None:
        conditions.append(meets(schema, entities.filter, window, visible, parameters))
    return _Walk(source, conditions)


def _source(schema: str, query: Query, parameters: Parameters) -> tuple[str, list[str]]:
    """Names, or those of some types: of entities that exist, and of those that were deleted."""
    if query.ids:
        ids = parameters.add(list(query.ids))
        return f"(SELECT n.id, n.seq FROM {schema}.name n WHERE n.id = ANY({ids}::text[]))", []
    if query.types is None:
        return f"(SELECT n.id, n.seq FROM {schema}.name n)", []
    names = names_of(query.types)
    arms = [
        f"SELECT t.id, t.seq, {is_past} AS is_past FROM {schema}.{table} t WHERE t.type = {parameters.add(name)}"
        for name in names
        for table, is_past in (("entity_type", "false"), ("departed_type", "true"))
    ]
    union = " UNION ALL " if len(names) == 1 else " UNION "
    return f"({union.join(arms)})", ["w.is_past = (c.seq IS NULL)"]


def _selected(selector: Selector, parameters: Parameters) -> str:
    conditions = ["true"] if selector.types is None else [has_types("e.types", selector.types, parameters)]
    if selector.ids:
        conditions.append(f"w.id = ANY({parameters.add(list(selector.ids))}::text[])")
    if selector.id_pattern is not None:
        conditions.append(f"w.id ~ {parameters.add(selector.id_pattern)}")
    return "(" + " AND ".join(conditions) + ")"
