# SPDX-License-Identifier: EUPL-1.2
"""What PostgreSQL cannot order: texts of a language, and distances from shapes. All that matches is ordered here."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from allmende.database.failures import TimedOut
from allmende.database.pool import Connection
from allmende.errors import TooComplexQuery
from auth.policy import Visible
from broker.ngsi.collation import order_of, ranks_of
from broker.ngsi.entities import State
from broker.ngsi.orderings import Term
from broker.ngsi.queries import Query
from broker.ngsi.storage import from_document
from broker.store.ordering import Key
from broker.store.reads import find_keys
from broker.store.values import find_in_order

MOST: Final = 50_000
"""Matches that are ordered outside PostgreSQL."""


def is_outside(query: Query) -> bool:
    """Whether PostgreSQL cannot give the order of a query."""
    return any(term.is_outside for term in query.order)


async def find_outside(
    connection: Connection,
    schema: str,
    query: Query,
    visible: Visible,
    is_late: Callable[[], bool],
    *,
    seqs: Sequence[int] | None = None,
) -> tuple[list[State], bool, int]:
    """A page in the query's order, whether another follows, and the count; with `seqs` of these entities alone.

    TimedOut where distances take too long.
    """
    found, columns = await find_keys(connection, schema, query, visible, most=MOST + 1, seqs=seqs)
    if len(found) > MOST:
        raise TooComplexQuery(
            f"More than {MOST:,} entities match, too many to order by 'collation' or by the distance from a shape;"
            " narrow the query, or leave that out"
        )
    if not found:
        return [], False, 0
    try:
        places = await asyncio.to_thread(_ordered, len(found), columns, is_late)
    except TimeoutError as error:
        raise TimedOut("The distances took longer than a statement may") from error
    end = query.offset + query.limit
    page = [found[place] for place in places[query.offset : end]]
    rows = await find_in_order(connection, schema, query, visible, page, limit=query.limit, offset=0) if page else []
    return [from_document(*row) for row in rows], len(found) > end, len(found)


def _ordered(count: int, columns: Sequence[tuple[Key, Sequence[Any]]], is_late: Callable[[], bool]) -> list[int]:
    if not columns:
        return list(range(count))
    return order_of([_numbers(key, column, is_late) for key, column in columns])


def _numbers(key: Key, column: Sequence[Any], is_late: Callable[[], bool]) -> Sequence[float]:
    match key.kind:
        case "rank":
            return column
        case "text":
            ranks = ranks_of(column, key.term.collation)
            return [-rank for rank in ranks] if key.term.descending else ranks
        case "place":
            return _distances(key.term, column, is_late)


def _distances(term: Term, geometries: Sequence[str | None], is_late: Callable[[], bool]) -> list[float]:
    """The distances of places from a shape; what has none comes last either way."""
    from broker.ngsi.distances import distances
    from broker.ngsi.shapes import to_shapes

    known = [place for place, geometry in enumerate(geometries) if geometry is not None]
    found = [float("inf")] * len(geometries)
    if known:
        shapes = to_shapes([orjson.loads(geometries[place] or "") for place in known])
        metres = distances(shapes, to_shapes([orjson.loads(term.reference)])[0], is_late=is_late)
        for place, distance in zip(known, metres, strict=True):
            found[place] = -float(distance) if term.descending else float(distance)
    return found
