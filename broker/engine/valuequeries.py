# SPDX-License-Identifier: EUPL-1.2
"""Entities by the values of declared attributes: few are looked up, many are merged in the order of ids.

Which of the two is tried out, a bounded number of rows at a time; what is found is decided again by the whole query.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.cellwalks import CellWalk, never
from broker.ngsi.cells import cells_between
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.filters.reaches import Interval, Reach, Way, attributes_of, ways_of
from broker.ngsi.queries import Query
from broker.ngsi.selections import AllOf, AnyOf, OneType, Selection
from broker.ngsi.storage import from_document
from broker.store.declarations import Usable, find_declared
from broker.store.geoqueries import count_among
from broker.store.reads import find_entities
from broker.store.values import find_in_order, probe_values, read_cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """When to look up and when to merge: the defaults take some 5 and 50 ms."""

    few: int = 4_000
    """Candidates that are looked up."""
    many: int = 4_000
    """Candidates that are then decided one after the other in the hope of a full page."""
    probes: int = 3
    """Ways that are tried."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page, whether another follows, and the count where it came by the way."""

    states: list[State]
    more: bool
    count: int | None


async def find_by_value(
    connection: Connection,
    schema: str,
    query: Query,
    visible: Visible,
    *,
    effort: Effort | None = None,
    is_late: Callable[[], bool] = never,
) -> Found | None:
    """A page of a query by the index of values; None where that does not help, TimedOut where it is late."""
    effort = effort or Effort()
    ways = [] if query.ids else ways_of(query.filter)[: effort.probes]
    if not ways:
        return None
    known = await find_declared(connection, schema, attributes_of(query.filter))
    usable = [asked for way in ways if (asked := _asked(way, known, query.types)) is not None]
    try:
        for asked in usable:
            seqs = await probe_values(connection, schema, [(each.id, reach) for each, reach in asked], most=effort.few)
            if seqs is not None:
                return await _page(connection, schema, query, visible, seqs)
        single = next((asked[0] for asked in usable if len(asked) == 1), None)
        if single is None or query.order:
            return None
        met = cells_of(*single)
        if met is None:
            return None
        read = partial(read_cells, connection, schema, single[0].id, met[1])
        walk = CellWalk(read, met[0], after=query.after, wanted=query.offset + query.limit + 1, is_late=is_late)
        return await walk_cells(connection, schema, query, visible, walk, most=effort.many)
    except LookupError:
        # It was taken back at this moment.
        return None


_AT_ONCE: Final = 500
"""Entries that are decided together."""


def cells_of(usable: Usable, reach: Reach) -> tuple[list[int], Interval] | None:
    """The cells that meet a reach, and the interval in which their entries must lie."""
    # The wider intervals: those of entities with several values.
    intervals = reach.several
    if len({interval.is_text for interval in intervals}) != 1:
        return None
    hull = Interval(min(each.low for each in intervals), max(each.high for each in intervals))
    narrow = intervals if reach.intervals == intervals else (hull,)
    return sorted({cell for each in narrow for cell in cells_between(usable.bounds, each.low, each.high)}), hull


async def walk_cells(
    connection: Connection,
    schema: str,
    query: Query,
    visible: Visible,
    walk: CellWalk,
    *,
    most: int,
    decide: Callable[[Sequence[int]], Awaitable[Sequence[int]]] | None = None,
) -> Found | None:
    """A page out of cells, in the order of ids; None where `most` entries were not enough.

    `decide` gives those of some entities that may be in it.
    """
    wanted = query.offset + query.limit + 1
    page: list[Any] = []
    matches = walked = 0
    while matches < wanted and not walk.is_over:
        if walked >= most + wanted:
            return None
        given = await walk.next()
        while len(given) < min(wanted - matches, _AT_ONCE) and not walk.is_over:
            given += await walk.next()
        walked += len(given)
        for start in range(0, len(given), _AT_ONCE):
            seqs: Sequence[int] = given[start : start + _AT_ONCE]
            if decide is not None:
                seqs = await decide(seqs)
            rows = await _decided(connection, schema, query, visible, seqs, wanted - matches)
            # What the page begins behind is not kept: it may be half of all there is.
            page += rows[max(query.offset - matches, 0) :]
            matches += len(rows)
            if matches >= wanted:
                break
    return Found([from_document(*row) for row in page[: query.limit]], matches >= wanted, None)


async def _decided(
    connection: Connection, schema: str, query: Query, visible: Visible, seqs: Sequence[int], wanted: int
) -> list[Any]:
    if not seqs:
        return []
    return await find_in_order(connection, schema, query, visible, seqs, limit=wanted, offset=0)


async def _page(connection: Connection, schema: str, query: Query, visible: Visible, seqs: Sequence[int]) -> Found:
    """A page of few candidates."""
    count = await count_among(connection, schema, query, visible, seqs) if query.count else None
    if query.limit == 0 or not seqs:
        return Found([], more=False, count=count)
    if query.order:
        return Found(*await find_entities(connection, schema, query, visible, seqs=seqs), count)
    rows = await find_in_order(connection, schema, query, visible, seqs, limit=query.limit + 1, offset=query.offset)
    return Found([from_document(*row) for row in rows[: query.limit]], len(rows) > query.limit, count)


def remedy(query: Query) -> str:
    """What makes a query that takes too long faster: an index, where one helps."""
    helpful = attributes_of(query.filter) or ([query.geo.attribute] if query.geo else [])
    if not helpful:
        return "narrow it by type, id or attrs"
    commands = " and ".join(f"allmende attributes index {CORE.compact(iri)}" for iri in helpful)
    return f"declare what it asks for queryable by {commands}, or narrow it by type, id or attrs"


def _asked(way: Way, known: Sequence[Usable], types: Selection | None) -> list[tuple[Usable, Reach]] | None:
    """What to ask for a way; None where one of its attributes is not declared for all entities of the query."""
    asked = []
    for reach in way:
        usable = next(
            (
                each
                for each in known
                if each.attribute == reach.attribute and (each.type is None or are_of(types, each.type))
            ),
            None,
        )
        if usable is None:
            return None
        asked.append((usable, reach))
    return asked


def are_of(selection: Selection | None, kind: str) -> bool:
    """Whether all that a selection selects is of a type."""
    match selection:
        case OneType(name):
            return name == kind
        case AnyOf(parts):
            return all(are_of(part, kind) for part in parts)
        case AllOf(parts):
            return any(are_of(part, kind) for part in parts)
    return False
