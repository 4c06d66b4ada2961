# SPDX-License-Identifier: EUPL-1.2
"""Where entities are: SQL text, as in `where` out of literal fragments and parameters, and what it finds.

A box goes by the index of places; without one, the index of types gives the types of all.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.boxes import Box, PlaceQuery, unrolled
from broker.ngsi.instances import PLACE
from broker.store.parameters import Parameters
from broker.store.seen import guard

_EDGES: Final = "(width(p.box) > 0 OR height(p.box) > 0)"


class MarkerGroup(NamedTuple):
    """The middles of the places of one type's entities, in the order of their numbers, in 0.00001 degrees."""

    type: str
    seqs: Sequence[int]
    longitudes: Sequence[int]
    latitudes: Sequence[int]


class Shape(NamedTuple):
    """A place that is more than a point: the number of its entity, its attribute and dataset."""

    seq: int
    attribute: str
    dataset: str | None


async def find_markers(
    connection: Connection, schema: str, query: PlaceQuery, visible: Visible, *, most: int
) -> list[MarkerGroup] | None:
    """One place of each entity, grouped by type; None where there are more than `most`."""
    text, values = markers_statement(schema, query, visible, most=most)
    rows = await connection.fetch(text, *values)
    if any(row[0] is None for row in rows):
        return None
    return [MarkerGroup(*row) for row in rows]


async def count_places(connection: Connection, schema: str, query: PlaceQuery, visible: Visible) -> int:
    """How many entities have a place."""
    parameters = Parameters()
    if query == PlaceQuery():
        statement = f"SELECT count(DISTINCT p.seq) FROM {schema}.place p"
    else:
        source = _source(schema, query, visible, parameters)
        statement = f"WITH {source.near} SELECT count(DISTINCT p.seq) FROM {source.text}"
    count: int = await connection.fetchval(statement, *parameters.values)
    return count


async def find_shapes(
    connection: Connection, schema: str, query: PlaceQuery, visible: Visible, *, most: int
) -> list[Shape]:
    """Places that are more than a point, one for each entity, at most `most` of them."""
    text, values = shapes_statement(schema, query, visible, most=most)
    return [Shape(*row) for row in await connection.fetch(text, *values)]


def markers_statement(schema: str, query: PlaceQuery, visible: Visible, *, most: int) -> tuple[str, list[object]]:
    """Rows of type, numbers, longitudes and latitudes; a row without a type where there are more than `most`."""
    parameters = Parameters()
    source = _source(schema, query, visible, parameters)
    bound = f"{parameters.add(most)}::bigint"
    statement = (
        f"WITH {source.near}, picked AS MATERIALIZED"
        f" (SELECT DISTINCT ON (p.seq) p.seq, p.box, {source.type} AS type FROM {source.text}"
        f" ORDER BY p.seq, {_preference(schema, parameters)}, {source.type} LIMIT {bound} + 1),"
        f" counted AS (SELECT count(*) > {bound} AS too_many FROM picked)"
        " SELECT k.type, array_agg(k.seq), array_agg(k.x), array_agg(k.y)"
        " FROM (SELECT p.type, p.seq, round((center(p.box))[0] * 1e5)::int AS x,"
        " round((center(p.box))[1] * 1e5)::int AS y FROM picked p"
        " WHERE NOT (SELECT too_many FROM counted) ORDER BY p.seq) AS k GROUP BY k.type"
        " UNION ALL SELECT NULL, NULL, NULL, NULL FROM counted WHERE too_many"
    )
    return statement, parameters.values


def shapes_statement(schema: str, query: PlaceQuery, visible: Visible, *, most: int) -> tuple[str, list[object]]:
    """Rows of number, attribute and dataset of places that are more than a point, in the order of the numbers.

    The planner takes them to be many; subqueries for each of them keep it at their own index.
    """
    parameters = Parameters()
    # What is at a point is no shape, whatever else it watches over.
    is_point = (
        f"(SELECT count(*) FROM {schema}.place o WHERE o.seq = p.seq AND o.attribute = {_location(schema, parameters)}"
        " AND width(o.box) = 0 AND height(o.box) = 0) > 0"
    )
    conditions = [guard(visible), f"NOT {is_point}"]
    if query.type is not None:
        kind = parameters.add(query.type)
        conditions.append(f"(SELECT {kind}::text = ANY(e.types) FROM {schema}.entity e WHERE e.seq = p.seq)")
    statement = (
        f"WITH {_near(schema, query, parameters, _EDGES)} SELECT p.seq, a.iri, d.uri FROM"
        f" (SELECT DISTINCT ON (p.seq) p.seq, p.attribute, p.dataset FROM near p"
        f" WHERE {' AND '.join(conditions)}"
        f" ORDER BY p.seq, {_preference(schema, parameters)} LIMIT {parameters.add(most)}) AS p"
        f" JOIN {schema}.attribute a ON a.id = p.attribute LEFT JOIN {schema}.dataset d ON d.id = p.dataset"
        " ORDER BY p.seq"
    )
    return statement, parameters.values


class _Source(NamedTuple):
    """Places `p`: a first part of WITH, what follows FROM, and the expression of the type that they count under."""

    near: str
    text: str
    type: str


def _source(schema: str, query: PlaceQuery, visible: Visible, parameters: Parameters) -> _Source:
    conditions = [guard(visible)]
    if query.box is None:
        conditions += [] if query.type is None else [f"t.type = {parameters.add(query.type)}"]
        source = f"{schema}.entity_type t JOIN {schema}.place p ON p.seq = t.seq"
        return _Source("near AS (SELECT)", f"{source} WHERE {' AND '.join(conditions)}", "t.type")
    near = _near(schema, query, parameters, "true")
    kind = '(SELECT min(one COLLATE "C") FROM unnest(e.types) AS one)'
    if query.type is not None:
        kind = f"{parameters.add(query.type)}::text"
        conditions.append(f"{kind} = ANY(e.types)")
    source = f"near p JOIN {schema}.entity e ON e.seq = p.seq"
    return _Source(near, f"{source} WHERE {' AND '.join(conditions)}", kind)


def _near(schema: str, query: PlaceQuery, parameters: Parameters, condition: str) -> str:
    """The places within a box, looked up before all else: with a LIMIT in sight the planner would walk all places."""
    inside = "true" if query.box is None else within(query.box, parameters)
    columns = "p.seq, p.attribute, p.dataset, p.box"
    return f"near AS MATERIALIZED (SELECT {columns} FROM {schema}.place p WHERE {condition} AND {inside})"


def within(box: Box, parameters: Parameters) -> str:
    """The condition that a place `p` meets a box."""
    sides = [[parameters.add(side) for side in part] for part in unrolled(box)]
    overlaps = [f"p.box && box(point({west}, {south}), point({east}, {north}))" for west, south, east, north in sides]
    return "(" + " OR ".join(overlaps) + ")"


def _preference(schema: str, parameters: Parameters) -> str:
    """Of several places `location` comes first."""
    return f"p.attribute IS DISTINCT FROM {_location(schema, parameters)}, p.attribute, p.dataset"


def _location(schema: str, parameters: Parameters) -> str:
    return f"(SELECT a.id FROM {schema}.attribute a WHERE a.iri = {parameters.add(PLACE)})"
