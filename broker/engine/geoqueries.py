# SPDX-License-Identifier: EUPL-1.2
"""Entities by where they are: few candidates come from the index of places, else all are walked in the order of ids.

Geometries are decided in a thread, a slice at a time.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.cellwalks import CellWalk
from broker.engine.judging import find_matching, open_judge
from broker.engine.orderings import find_outside, is_outside
from broker.engine.valuequeries import Found, are_of, walk_cells
from broker.ngsi.boxes import Box
from broker.ngsi.cells import SHAPES, cells_within
from broker.ngsi.entities import State
from broker.ngsi.geoqueries import Disc, GeoQuery, Place, query_box, query_disc
from broker.ngsi.queries import Query
from broker.ngsi.storage import from_document
from broker.store.declarations import find_declared
from broker.store.geoqueries import count_among, find_among, find_places, probe_places, walk_places
from broker.store.reads import find_entities
from broker.store.values import Area, read_cells

if TYPE_CHECKING:
    from broker.ngsi.shapes import Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """When to ask the index of places and when to walk: the defaults take some 10, 20 and 100 ms."""

    least: int = 500
    """Candidates that are decided at once."""
    few: int = 4_000
    """Candidates that are decided where no cells of places help."""
    walk: int = 8_000
    """Entities that are then walked in the hope of a full page."""
    many: int = 20_000
    """Candidates that are then decided rather than all entities walked."""
    limit: timedelta = timedelta(seconds=5)


@dataclass(slots=True)
class _Search:
    """A query under way: the entities that a walk has found, and where it goes on, if it does."""

    connection: Connection
    schema: str
    query: Query
    geo: GeoQuery
    visible: Visible
    judge: "Judge"
    is_late: Callable[[], bool]
    found: list[int] = field(default_factory=list)
    after: str | None = ""
    walked: int = 0


_FIRST_SLICE: Final = 500
_LONGEST_SLICE: Final = 10_000


async def find_by_place(
    connection: Connection, schema: str, query: Query, geo: GeoQuery, visible: Visible, *, effort: Effort
) -> tuple[list[State], bool, int | None]:
    """A page in the order of the ids, whether another follows, and the count where it is asked for.

    TimedOut where it takes longer than the effort's limit.
    """
    until = monotonic() + effort.limit.total_seconds()

    def is_late() -> bool:
        return monotonic() > until

    judge = await open_judge(geo, is_late)
    search = _Search(connection, schema, query, geo, visible, judge, is_late)
    places = await _probe(search, min(effort.least, effort.few))
    if places is None and not query.order and (merged := await _merge(search, effort.many)) is not None:
        return merged.states, merged.more, None
    if places is None and effort.few > effort.least:
        places = await _probe(search, effort.few)
    if places is None and not _wants_all(query):
        await _walk(search, effort.walk)
    if places is None and not _is_over(search):
        places = await _probe(search, effort.many)
    if places is not None:
        seqs = await _matching(search, places)
        if query.order:
            return await _sorted(search, seqs)
        count = await count_among(connection, schema, query, visible, seqs) if query.count else None
        return *await _page(search, seqs, query.offset), count
    await _walk(search, None)
    if query.order:
        return await _sorted(search, search.found)
    page = search.found[query.offset : query.offset + query.limit + 1]
    return *await _page(search, page, 0), len(search.found) if query.count else None


async def _probe(search: _Search, most: int) -> list[Place] | None:
    """All candidates, where the index knows them and they are not more than `most`."""
    box = query_box(search.geo)
    # The ids that are asked for are few already.
    if box is None or search.query.ids:
        return None
    return await probe_places(search.connection, search.schema, search.geo, box, most=most)


async def _merge(search: _Search, most: int) -> Found | None:
    """A page out of the cells of places, where the attribute was declared; None where that does not help."""
    box = query_box(search.geo)
    if box is None or search.query.count or search.query.ids:
        return None
    connection, schema = search.connection, search.schema
    declared = await find_declared(connection, schema, [search.geo.attribute])
    usable = next((one for one in declared if one.type is None or are_of(search.query.types, one.type)), None)
    if usable is None:
        return None
    area = Area(box, query_disc(search.geo))
    cells = await _promising(search, cells_within(usable.bounds, box), area.disc)
    whole = {cell for cell, part in cells.items() if area.disc is not None and cell != SHAPES and area.disc.holds(part)}

    async def decide(seqs: Sequence[int]) -> list[int]:
        return await _matching(search, await find_places(connection, schema, search.geo, box, seqs))

    query = search.query
    read = partial(read_cells, connection, schema, usable.id, area)
    wanted = query.offset + query.limit + 1
    walk = CellWalk(read, cells, after=query.after, wanted=wanted, whole=whole, is_late=search.is_late)
    try:
        return await walk_cells(connection, schema, query, search.visible, walk, most=most, decide=decide)
    except LookupError:
        # It was taken back at this moment.
        return None


async def _walk(search: _Search, most: int | None) -> None:
    """Walk on until the page is full, all is walked, or `most` entities were."""
    while not _is_over(search) and (most is None or search.walked < most):
        length = min(max(search.walked, _FIRST_SLICE), _LONGEST_SLICE)
        part = await walk_places(
            search.connection,
            search.schema,
            search.query,
            search.geo,
            search.visible,
            after=search.after or "",
            length=length,
        )
        search.found += await _matching(search, part.places)
        search.walked += part.length
        search.after = part.last if part.length == length else None


def _wants_all(query: Query) -> bool:
    """Whether all that matches has to be found: to be counted, or to be sorted."""
    return query.count or bool(query.order)


async def _sorted(search: _Search, seqs: Sequence[int]) -> tuple[list[State], bool, int | None]:
    """A page in the order that is asked for."""
    connection, schema, query, visible = search.connection, search.schema, search.query, search.visible
    if is_outside(query):
        states, more, count = await find_outside(connection, schema, query, visible, search.is_late, seqs=seqs)
        return states, more, count if query.count else None
    count_ = await count_among(connection, schema, query, visible, seqs) if query.count else None
    return *await find_entities(connection, schema, query, visible, seqs=seqs), count_


def _is_over(search: _Search) -> bool:
    """Whether a walk has nothing left to do: to count or to sort, it goes to the end."""
    if search.after is None:
        return True
    return not _wants_all(search.query) and len(search.found) > search.query.offset + search.query.limit


async def _matching(search: _Search, places: Sequence[Place]) -> list[int]:
    """The entities of which a place matches."""
    return await find_matching(search.judge, places, search.is_late)


async def _page(search: _Search, seqs: Sequence[int], offset: int) -> tuple[list[State], bool]:
    query = search.query
    if query.limit == 0 or not seqs:
        return [], False
    rows = await find_among(
        search.connection, search.schema, query, search.visible, seqs, limit=query.limit + 1, offset=offset
    )
    return [from_document(*row) for row in rows[: query.limit]], len(rows) > query.limit


async def _promising(search: _Search, cells: Mapping[int, Box], disc: Disc | None) -> dict[int, Box]:
    """The cells in which something may match."""
    if disc is not None:
        return {cell: part for cell, part in cells.items() if cell == SHAPES or disc.meets(part)}
    return {cell: cells[cell] for cell in await asyncio.to_thread(_meeting, search.geo, cells)}


def _meeting(geo: GeoQuery, cells: Mapping[int, Box]) -> list[int]:
    from broker.ngsi.shapes import meeting

    return meeting(geo, cells)
