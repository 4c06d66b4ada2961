# SPDX-License-Identifier: EUPL-1.2
"""Entities by the values of declared attributes: few are looked up, many are merged in the order of ids.

Which of the two is tried out, a bounded number of rows at a time; what is found is decided again by the whole query.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.cells import cells_between
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.filters.reaches import Interval, Reach, Way, attributes_of, ways_of
from broker.ngsi.queries import Query
from broker.ngsi.selections import AllOf, AnyOf, OneType, Selection
from broker.ngsi.storage import from_document
from broker.store.declarations import Usable, find_declared
from broker.store.geoqueries import count_among
from broker.store.values import Candidates, find_in_order, merge_cells, probe_values


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
    connection: Connection, schema: str, query: Query, visible: Visible, *, effort: Effort | None = None
) -> Found | None:
    """A page of a query by the index of values; None where that does not help."""
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
        if single is None or query.order or query.count:
            return None
        source = cells_of_values(connection, schema, *single)
        return None if source is None else await walk_cells(connection, schema, query, visible, source, effort.many)
    except LookupError:
        # It was taken back at this moment.
        return None


@dataclass(frozen=True, slots=True)
class Source:
    """Candidates of so many cells: `next` gives those after an id, and takes at most so many of each cell."""

    cells: int
    next: Callable[[str, int], Awaitable[Candidates]]


def cells_of_values(connection: Connection, schema: str, usable: Usable, reach: Reach) -> Source | None:
    """The candidates of a reach, merged from cells."""
    # The wider intervals: those of entities with several values.
    intervals = reach.several
    if len({interval.is_text for interval in intervals}) != 1:
        return None
    hull = Interval(min(each.low for each in intervals), max(each.high for each in intervals))
    narrow = intervals if reach.intervals == intervals else (hull,)
    cells = sorted({cell for each in narrow for cell in cells_between(usable.bounds, each.low, each.high)})

    async def merged(after: str, each: int) -> Candidates:
        return await merge_cells(connection, schema, usable.id, cells, hull, after=after, each=each)

    return Source(len(cells), merged)


_FIRST: Final = 4
_LONGEST: Final = 2_048


async def walk_cells(
    connection: Connection, schema: str, query: Query, visible: Visible, source: Source, most: int
) -> Found | None:
    """A page out of cells, in the order of ids; None where `most` candidates were not enough."""
    wanted = query.offset + query.limit + 1
    rows: list[Any] = []
    walked, after = 0, query.after
    each = min(max(_FIRST, 4 * wanted // source.cells), _LONGEST)
    while len(rows) < wanted:
        if walked >= most + wanted:
            return None
        part = await source.next(after, each)
        rows += await _decided(connection, schema, query, visible, part.seqs, wanted - len(rows))
        walked += part.passed
        each = min(4 * each, _LONGEST)
        if part.edge is None:
            break
        after = part.edge
    page = rows[query.offset : query.offset + query.limit]
    return Found([from_document(*row) for row in page], len(rows) >= wanted, None)


async def _decided(
    connection: Connection, schema: str, query: Query, visible: Visible, seqs: Sequence[int], wanted: int
) -> list[Any]:
    if not seqs:
        return []
    return await find_in_order(connection, schema, query, visible, seqs, limit=wanted, offset=0)


async def _page(
    connection: Connection, schema: str, query: Query, visible: Visible, seqs: Sequence[int]
) -> Found | None:
    """A page of few candidates."""
    if query.order:
        return None
    count = await count_among(connection, schema, query, visible, seqs) if query.count else None
    if query.limit == 0 or not seqs:
        return Found([], more=False, count=count)
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
