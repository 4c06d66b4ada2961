# SPDX-License-Identifier: EUPL-1.2
"""Candidates by the values of declared attributes: SQL text, as in `where` out of literal fragments and parameters.

PostgreSQL knows little of what an interval holds, so nothing here is left to its planner: few are looked up by value, many
are merged in the order of ids from the cells that meet the interval.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.boxes import Box, unrolled
from broker.ngsi.cells import SHAPES
from broker.ngsi.filters.reaches import Interval, Reach
from broker.ngsi.geoqueries import ECCENTRICITY, Disc
from broker.ngsi.queries import Query
from broker.store.parameters import Parameters
from broker.store.where import asked_of
from broker.store.where_types import has_types

_COLUMNS: Final = "e.types, e.scopes, e.document, e.created_at, e.modified_at, e.expires_at"


Part: TypeAlias = tuple[int, str, int]
"""A part of a cell: its number, after which id, and how many entries at most."""

Entries: TypeAlias = Iterable[tuple[int, str, int]]
"""Cells, ids and numbers of entities; those of each cell in the order of ids."""


class Area(NamedTuple):
    """Where points must lie: in a box, and in a disc if there is one."""

    box: Box
    disc: Disc | None


async def probe_values(
    connection: Connection, schema: str, asked: Sequence[tuple[int, Reach]], *, most: int
) -> Sequence[int] | None:
    """The entities within reaches of declarations in the order of ids; None where they are more than `most`.

    LookupError where a declaration is no more.
    """
    text, values = probe_statement(schema, asked, most=most)
    is_complete, seqs = await connection.fetchrow(text, *values)
    if not is_complete:
        raise LookupError
    return None if seqs is None else list(dict.fromkeys(seqs))


async def read_cells(
    connection: Connection, schema: str, declared: int, within: Interval | Area, parts: Sequence[Part], until: str
) -> Entries:
    """Entries of parts of cells, up to an id if there is one, that lie within what is asked for.

    LookupError where the declaration is no more.
    """
    text, values = cells_statement(schema, declared, within, parts, until)
    is_complete, *columns = await connection.fetchrow(text, *values)
    if not is_complete:
        raise LookupError
    return zip(*(column or () for column in columns), strict=True)


async def find_in_order(
    connection: Connection,
    schema: str,
    query: Query,
    visible: Visible,
    seqs: Sequence[int],
    *,
    limit: int,
    offset: int,
) -> list[Any]:
    """The stored rows of those of some entities, by numbers in the order of ids, that match a query."""
    text, values = order_statement(schema, query, visible, seqs, limit=limit, offset=offset)
    rows: list[Any] = await connection.fetch(text, *values)
    return rows


def probe_statement(schema: str, asked: Sequence[tuple[int, Reach]], *, most: int) -> tuple[str, list[Any]]:
    """One row: whether all is complete, and the numbers in the order of ids, NULL where there are more than `most`."""
    parameters = Parameters()
    bound = f"{parameters.add(most)}::bigint"
    numbers = parameters.add([declared for declared, _ in asked])
    parts = [part for declared, reach in asked for part in _parts(schema, declared, reach, parameters, bound)]
    statement = (
        f"WITH near AS MATERIALIZED (SELECT c.id, c.seq FROM ({' UNION ALL '.join(parts)}) AS c LIMIT {bound} + 1)"
        f" SELECT {_is_complete(schema, numbers)}, CASE WHEN count(*) <= {bound}"
        " THEN coalesce(array_agg(near.seq ORDER BY near.id), '{}') END FROM near"
    )
    return statement, parameters.values


def cells_statement(
    schema: str, declared: int, within: Interval | Area, parts: Sequence[Part], until: str
) -> tuple[str, list[Any]]:
    """One row: whether it is complete, and columns of cells, ids and numbers, those of each cell in the order of ids."""
    parameters = Parameters()
    number = parameters.add(declared)
    columns = [parameters.add([part[column] for part in parts]) for column in range(3)]
    bound = f" AND v.id <= {parameters.add(until)}" if until else ""
    asked = f"unnest({columns[0]}::int[], {columns[1]}::text[], {columns[2]}::bigint[]) AS c(cell, after, length)"
    statement = (
        f"SELECT {_is_complete(schema, f'ARRAY[{number}]')}, array_agg(r.cell), array_agg(r.id), array_agg(r.seq)"
        f" FROM (SELECT c.cell, s.id, s.seq FROM {asked} CROSS JOIN LATERAL (SELECT v.id, v.seq"
        f" FROM {schema}.value_index v WHERE v.declared = {number} AND v.cell = c.cell AND v.id > c.after{bound}"
        f" AND {_lies(within, parameters)} ORDER BY v.id LIMIT c.length) AS s) AS r"
    )
    return statement, parameters.values


def order_statement(
    schema: str, query: Query, visible: Visible, seqs: Sequence[int], *, limit: int, offset: int
) -> tuple[str, list[Any]]:
    """Rows of entities: no more of them are looked at than the page needs."""
    parameters = Parameters()
    conditions = asked_of(schema, query, visible, parameters)
    conditions += [] if query.types is None else [has_types("e.types", query.types, parameters)]
    conditions += [f"w.id = ANY({parameters.add(list(query.ids))}::text[])"] if query.ids else []
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    statement = (
        f"SELECT w.id, {_COLUMNS} FROM (SELECT u.seq, u.place FROM unnest({parameters.add(list(seqs))}::bigint[])"
        " WITH ORDINALITY AS u(seq, place) ORDER BY u.place OFFSET 0) AS o"
        f" JOIN {schema}.name w ON w.seq = o.seq JOIN {schema}.entity e ON e.seq = o.seq{where}"
        f" ORDER BY o.place LIMIT {parameters.add(limit)} OFFSET {parameters.add(offset)}"
    )
    return statement, parameters.values


def _parts(schema: str, declared: int, reach: Reach, parameters: Parameters, bound: str) -> list[str]:
    """What finds the candidates of a reach; where an entity has several values, its wider intervals count."""
    number = parameters.add(declared)
    wanted = [(reach.intervals, "true")]
    if reach.several != reach.intervals:
        wanted.append((reach.several, "v.several"))
    parts = []
    for intervals, condition in wanted:
        for column, kind, held in (("number", "float8", False), ("text", "text", True)):
            ends = [(interval.low, interval.high) for interval in intervals if interval.is_text is held]
            if not ends:
                continue
            lows, highs = (parameters.add([end[side] for end in ends]) for side in (0, 1))
            parts.append(
                f"(SELECT f.id, f.seq FROM unnest({lows}::{kind}[], {highs}::{kind}[]) AS u(low, high) CROSS JOIN LATERAL"
                f" (SELECT v.id, v.seq FROM {schema}.value_index v WHERE v.declared = {number} AND v.{column} >= u.low"
                f" AND v.{column} <= u.high AND {condition} ORDER BY v.{column} LIMIT {bound} + 1) AS f)"
            )
    return parts


def _lies(within: Interval | Area, parameters: Parameters) -> str:
    """Whether an entry lies in an interval, or in an area if it is a point; of the other places the cell is for all."""
    if isinstance(within, Interval):
        column = "text" if within.is_text else "number"
        low, high = parameters.add(within.low), parameters.add(within.high)
        return f"v.{column} >= {low} AND v.{column} <= {high}"
    sides = [[parameters.add(side) for side in part] for part in unrolled(within.box)]
    inside = [
        f"(v.x >= {west} AND v.x <= {east} AND v.y >= {south} AND v.y <= {north})" for west, south, east, north in sides
    ]
    points = f"({' OR '.join(inside)})"
    if within.disc is not None:
        x, y, width, height, bulge = (f"{parameters.add(number)}::float8" for number in within.disc)
        across, along = f"((v.x - {x}) / {width})", f"((v.y - {y}) / {height})"
        # PostgreSQL would take a sine for each time that it stands there: this is the same fraction as in Disc, with one.
        square = f"sind(greatest(abs({y}), abs(v.y))) ^ 2"
        reduced = f"{(1 - ECCENTRICITY) / ECCENTRICITY} * (1 / (1 - {ECCENTRICITY} * {square}) - 1)"
        narrowed = f"greatest(0, 1 - {bulge} * {reduced})"
        points += f" AND {across} * {across} * {narrowed} + {along} * {along} <= 1"
    return f"(c.cell = {parameters.add(SHAPES)} OR {points})"


def _is_complete(schema: str, numbers: str) -> str:
    """Whether these declarations are there and complete, as this statement sees them."""
    return (
        f"(SELECT count(*) = cardinality({numbers}::int[]) FROM unnest({numbers}::int[]) AS asked(id)"
        f" JOIN {schema}.declared d ON d.id = asked.id AND d.is_complete)"
    )
