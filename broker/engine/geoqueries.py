# SPDX-License-Identifier: EUPL-1.2
"""Entities by where they are: few candidates come from the index of places, else all are walked in the order of ids.

Geometries are decided in a thread, a slice at a time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.entities import State
from broker.ngsi.geoqueries import GeoQuery, Place, query_box
from broker.ngsi.queries import Query
from broker.ngsi.storage import from_document
from broker.store.geoqueries import count_among, find_among, probe_places, walk_places

if TYPE_CHECKING:
    from broker.ngsi.shapes import Judge

MOST_CANDIDATES: Final = 4_000
_FIRST_SLICE: Final = 500
_LONGEST_SLICE: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query, and what it is asked of."""

    connection: Connection
    schema: str
    query: Query
    geo: GeoQuery
    visible: Visible


async def find_by_place(
    connection: Connection,
    schema: str,
    query: Query,
    geo: GeoQuery,
    visible: Visible,
    *,
    most: int = MOST_CANDIDATES,
) -> tuple[list[State], bool, int | None]:
    """A page in the order of the ids, whether another follows, and the count where it is asked for.

    The index is asked for at most `most` candidates.
    """
    asked = _Asked(connection, schema, query, geo, visible)
    judge = await asyncio.to_thread(_judge, geo)
    box = query_box(geo)
    places = None if box is None or query.ids else await probe_places(connection, schema, geo, box, most=most)
    if places is None:
        return await _walk(asked, judge)
    seqs = await asyncio.to_thread(_matching, judge, places)
    count = await count_among(connection, schema, query, visible, seqs) if query.count else None
    return *await _page(asked, seqs, query.offset), count


async def _walk(asked: _Asked, judge: "Judge") -> tuple[list[State], bool, int | None]:
    """The page of a walk, which ends where the page is full unless all are to be counted."""
    query = asked.query
    enough = query.offset + query.limit + 1
    found: list[int] = []
    after, length = "", _FIRST_SLICE
    while query.count or len(found) < enough:
        part = await walk_places(
            asked.connection,
            asked.schema,
            query,
            asked.geo,
            asked.visible,
            after=after,
            length=length,
        )
        found += await asyncio.to_thread(_matching, judge, part.places)
        if part.length < length or part.last is None:
            break
        after, length = part.last, min(length * 2, _LONGEST_SLICE)
    count = len(found) if query.count else None
    return *await _page(asked, found[query.offset : enough], 0), count


async def _page(asked: _Asked, seqs: Sequence[int], offset: int) -> tuple[list[State], bool]:
    limit = asked.query.limit
    if limit == 0 or not seqs:
        return [], False
    rows = await find_among(
        asked.connection, asked.schema, asked.query, asked.visible, seqs, limit=limit + 1, offset=offset
    )
    return [from_document(*row) for row in rows[:limit]], len(rows) > limit


def _judge(geo: GeoQuery) -> "Judge":
    from broker.ngsi.shapes import Judge

    return Judge(geo)


def _matching(judge: "Judge", places: Sequence[Place]) -> list[int]:
    from broker.ngsi.shapes import matching

    return matching(judge, places)
