# SPDX-License-Identifier: EUPL-1.2
"""Candidates of geo-queries: SQL text, as in `where` out of literal fragments and parameters, and what it finds.

PostgreSQL takes any box to hold the same share of all places, so nothing here is left to its planner.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.boxes import Box
from broker.ngsi.geoqueries import GeoQuery, Place, query_box
from broker.ngsi.queries import Query
from broker.store.parameters import Parameters
from broker.store.places import within
from broker.store.where import walk_of

_CORNER: Final = "(p.box[1])[0] AS x, (p.box[1])[1] AS y"
_IS_POINT: Final = "width(p.box) = 0 AND height(p.box) = 0"


class Slice(NamedTuple):
    """A part of a walk in the order of ids: its places, its last id, and how many entities it passed."""

    places: Sequence[Place]
    last: str | None
    length: int


async def probe_places(
    connection: Connection, schema: str, geo: GeoQuery, box: Box, *, most: int
) -> list[Place] | None:
    """The places that meet a box; None where there are more than `most`."""
    text, values = probe_statement(schema, geo, box, most=most)
    rows = await connection.fetch(text, *values)
    return None if rows and rows[0][0] is None else [Place(*row) for row in rows]


async def walk_places(
    connection: Connection,
    schema: str,
    query: Query,
    geo: GeoQuery,
    visible: Visible,
    *,
    after: str,
    length: int,
) -> Slice:
    """The places, where they meet the box, of the next entities that match all else of a query."""
    text, values = slice_statement(schema, query, geo, visible, after=after, length=length)
    *rows, end = await connection.fetch(text, *values)
    return Slice([Place(*row) for row in rows], end[3], end[0])


async def find_places(connection: Connection, schema: str, geo: GeoQuery, box: Box, seqs: Sequence[int]) -> list[Place]:
    """The places of some entities that meet a box, in the order of their numbers as they are given."""
    text, values = places_statement(schema, geo, box, seqs)
    return [Place(*row) for row in await connection.fetch(text, *values)]


async def count_among(connection: Connection, schema: str, query: Query, visible: Visible, seqs: Sequence[int]) -> int:
    """How many of the entities of these numbers match all else of a query."""
    parameters = Parameters()
    walk = walk_of(schema, query, visible, parameters, seqs=seqs)
    text = f"SELECT count(*) FROM {walk.source} w JOIN {schema}.entity e ON e.seq = w.seq{walk.where()}"
    count: int = await connection.fetchval(text, *parameters.values)
    return count


async def find_among(
    connection: Connection,
    schema: str,
    query: Query,
    visible: Visible,
    seqs: Sequence[int],
    *,
    limit: int,
    offset: int,
) -> list[Any]:
    """The stored rows of the entities of these numbers that match all else of a query, in the order of their ids."""
    text, values = among_statement(schema, query, visible, seqs, limit=limit, offset=offset)
    rows: list[Any] = await connection.fetch(text, *values)
    return rows


def probe_statement(schema: str, geo: GeoQuery, box: Box, *, most: int) -> tuple[str, list[Any]]:
    """Rows of `Place`; where there are more than `most`, one of NULL."""
    parameters = Parameters()
    bound = f"{parameters.add(most)}::bigint"
    iri = parameters.add(geo.attribute)
    statement = (
        f"WITH near AS MATERIALIZED (SELECT p.seq, p.box FROM {schema}.place p"
        f" WHERE p.attribute = (SELECT a.id FROM {schema}.attribute a WHERE a.iri = {iri})"
        f" AND {within(box, parameters)} LIMIT {bound} + 1)"
        f" SELECT p.seq, {_CORNER}, CASE WHEN NOT ({_IS_POINT}) THEN {_instances(schema, iri)} END"
        f" FROM near p WHERE (SELECT count(*) FROM near) <= {bound}"
        f" UNION ALL SELECT NULL, NULL, NULL, NULL WHERE (SELECT count(*) FROM near) > {bound}"
    )
    return statement, parameters.values


def places_statement(schema: str, geo: GeoQuery, box: Box, seqs: Sequence[int]) -> tuple[str, list[Any]]:
    """Rows of `Place`."""
    parameters = Parameters()
    iri = parameters.add(geo.attribute)
    statement = (
        f"WITH wanted AS MATERIALIZED (SELECT a.id FROM {schema}.attribute a WHERE a.iri = {iri})"
        f" SELECT p.seq, {_CORNER}, CASE WHEN NOT ({_IS_POINT}) THEN {_instances(schema, iri)} END"
        f" FROM unnest({parameters.add(list(seqs))}::bigint[]) WITH ORDINALITY AS u(seq, number)"
        f" CROSS JOIN LATERAL (SELECT p.seq, p.box FROM {schema}.place p WHERE p.seq = u.seq"
        f" AND p.attribute = (SELECT wanted.id FROM wanted) AND {within(box, parameters)} OFFSET 0) AS p ORDER BY u.number"
    )
    return statement, parameters.values


def slice_statement(
    schema: str, query: Query, geo: GeoQuery, visible: Visible, *, after: str, length: int
) -> tuple[str, list[Any]]:
    """Rows of `Place` in the order of ids, and at the end one of the number of entities and the last id."""
    parameters = Parameters()
    walk = walk_of(schema, query, visible, parameters)
    conditions = " AND ".join([f"w.id > {parameters.add(after)}", *walk.conditions])
    join = f" JOIN {schema}.entity e ON e.seq = w.seq" if walk.conditions else ""
    iri = parameters.add(geo.attribute)
    box = query_box(geo)
    meets = "true" if box is None else within(box, parameters)
    statement = (
        f"WITH slice AS MATERIALIZED (SELECT w.id, w.seq FROM {walk.source} w{join} WHERE {conditions}"
        f" ORDER BY w.id LIMIT {parameters.add(length)}),"
        f" wanted AS MATERIALIZED (SELECT a.id FROM {schema}.attribute a WHERE a.iri = {iri})"
        f" SELECT p.seq, {_CORNER}, CASE WHEN NOT ({_IS_POINT}) THEN {_instances(schema, iri)} END"
        f" FROM (SELECT s.id, q.seq, q.box FROM slice s CROSS JOIN LATERAL (SELECT p.seq, p.box FROM {schema}.place p"
        f" WHERE p.seq = s.seq AND p.attribute = (SELECT wanted.id FROM wanted) AND {meets} OFFSET 0) q ORDER BY s.id) p"
        " UNION ALL SELECT count(*), NULL, NULL, max(slice.id) FROM slice"
    )
    return statement, parameters.values


def among_statement(
    schema: str, query: Query, visible: Visible, seqs: Sequence[int], *, limit: int, offset: int
) -> tuple[str, list[Any]]:
    """Rows of entities; names are sorted first, so that no more entities are read than the page needs."""
    parameters = Parameters()
    walk = walk_of(schema, query, visible, parameters, seqs=seqs)
    statement = (
        "SELECT w.id, e.types, e.scopes, e.document, e.created_at, e.modified_at, e.expires_at"
        f" FROM (SELECT n.id, n.seq FROM {walk.source} n ORDER BY n.id OFFSET 0) w"
        f" JOIN {schema}.entity e ON e.seq = w.seq{walk.where()}"
        f" ORDER BY w.id LIMIT {parameters.add(limit)} OFFSET {parameters.add(offset)}"
    )
    return statement, parameters.values


def _instances(schema: str, iri: str) -> str:
    return f"(SELECT (e.document -> {iri})::text FROM {schema}.entity e WHERE e.seq = p.seq)"
