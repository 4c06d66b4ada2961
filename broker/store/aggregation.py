# SPDX-License-Identifier: EUPL-1.2
"""Sum up the histories of entities, period by period."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from allmende.database.pool import Connection
from broker.ngsi.aggregation import METHODS, Told
from broker.ngsi.hours import HOUR, is_whole
from broker.ngsi.series import FIRST, LAST
from broker.store import SQL
from broker.store.hours import Piece, Pieces, find_pieces, summarize_hours
from broker.store.series import InstanceKey
from broker.store.timeseries import Series
from broker.store.where_history import Window

_OF_HOURS: Final = frozenset(METHODS) - {"distinctCount", "stddev"}


class Extent(NamedTuple):
    """The first and the last time of a series."""

    key: InstanceKey
    first: datetime
    last: datetime


class Part(NamedTuple):
    """Whole periods of a series: a half-open range that holds them, and the range that is divided into periods."""

    key: InstanceKey
    start: datetime
    stop: datetime
    origin: datetime
    end: datetime
    """Where periods have no width, each is a part, and this is its own range."""


class Wanted(NamedTuple):
    """What is to be told of periods: how wide they are (None: each part is one), by which methods, and how many."""

    width: timedelta | None
    methods: Sequence[str]
    limit: int
    newest_first: bool = False


class Summed(NamedTuple):
    """A period of an attribute instance; relationships are told apart from the rest."""

    key: InstanceKey
    start: datetime
    is_relationship: bool
    told: Told


async def find_last_times(
    connection: Connection, schema: str, series: Sequence[Series], window: Window, last_n: int
) -> dict[tuple[int, int], datetime]:
    """By entity and attribute the time of the instance that is `last_n` from the end; none where there are fewer."""
    asked = (window.only_observed, window.deleted, window.by_modified, last_n)
    rows = await connection.fetch(SQL.text("list_last_times", schema), *_columns(series, 5), *asked)
    return {(seq, attribute): time for seq, attribute, time in rows}


async def find_extents(connection: Connection, schema: str, series: Sequence[Series], window: Window) -> list[Extent]:
    """The extents of those series that hold anything."""
    name = "list_extents_by_modified" if window.by_modified else "list_extents"
    rows = await connection.fetch(SQL.text(name, schema), *_columns(series, 5), window.only_observed, window.deleted)
    return [Extent(InstanceKey(*series[ordinal - 1][:3]), first, last) for ordinal, first, last in rows]


async def summarize(
    connection: Connection, schema: str, parts: Sequence[Part], window: Window, wanted: Wanted
) -> list[Summed]:
    """The periods that hold anything by the time they begin with."""
    if not parts:
        return []
    # One snapshot: whether sums of hours are right, and what they say, is told of the same moment.
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        pieces = await _find_pieces(connection, schema, parts, window, wanted)
        if pieces is not None:
            rows = await _fetch_hours(connection, schema, pieces, wanted)
        # As for series: rows of one attribute lie between those of others, and from a bitmap many are read at once.
        await connection.execute("SET LOCAL enable_indexscan = off")
        if pieces is None:
            rows = await _fetch(connection, schema, "summarize_number_periods", parts, window, wanted)
        mixed = {tuple(row)[:3] for row in rows if row[4]}
        summed = (
            [_to_summed(row) for row in rows if tuple(row)[:3] not in mixed] if mixed else list(map(_to_summed, rows))
        )
        if mixed:
            others = [part for part in parts if part.key in mixed]
            summed += map(_to_summed, await _fetch(connection, schema, "summarize_periods", others, window, wanted))
            summed = sorted(summed, key=lambda one: one.start, reverse=wanted.newest_first)[: wanted.limit]
        if summed and "distinctCount" in wanted.methods:
            summed = await _with_distinct(connection, schema, summed, parts, window, wanted)
    return summed


async def _find_pieces(
    connection: Connection, schema: str, parts: Sequence[Part], window: Window, wanted: Wanted
) -> Pieces | None:
    """Parts divided into hours whose sums tell what is wanted, and the rest; None where no hour does.

    Sums of hours are those of observations by their time, and know neither deviations nor different values.
    """
    if window.by_modified or window.deleted or not window.only_observed or not _OF_HOURS.issuperset(wanted.methods):
        return None
    if wanted.width is not None and (wanted.width % HOUR or not all(is_whole(part.origin) for part in parts)):
        return None
    return await find_pieces(connection, schema, [Piece(*part[:4]) for part in parts])


async def _fetch_hours(connection: Connection, schema: str, pieces: Pieces, wanted: Wanted) -> list[Any]:
    rows = await summarize_hours(
        connection,
        schema,
        pieces,
        wanted.width,
        only_observed=True,
        newest_first=wanted.newest_first,
        limit=wanted.limit,
    )
    return [tuple(row)[:-1] for row in rows]


async def _fetch(
    connection: Connection, schema: str, name: str, parts: Sequence[Part], window: Window, wanted: Wanted
) -> list[Any]:
    methods = wanted.methods
    rows: list[Any] = await connection.fetch(
        SQL.text(name, schema),
        *_bounds(parts, window),
        wanted.width,
        "avg" in methods,
        "sum" in methods,
        not {"min", "max"}.isdisjoint(methods),
        "stddev" in methods,
        "sumsq" in methods,
        window.by_modified,
        window.only_observed,
        window.deleted,
        wanted.newest_first,
        wanted.limit,
    )
    return rows


async def _with_distinct(
    connection: Connection,
    schema: str,
    summed: Sequence[Summed],
    parts: Sequence[Part],
    window: Window,
    wanted: Wanted,
) -> list[Summed]:
    """The periods with the numbers of their different values."""
    query = SQL.text("count_distinct_values", schema)
    kinds = (window.by_modified, window.only_observed, window.deleted)
    order = (wanted.newest_first, summed[-1].start.isoformat())
    rows = await connection.fetch(query, *_bounds(parts, window), wanted.width, *kinds, *order)
    distinct = {(InstanceKey(*row[:3]), row[3], row[4]): row[5] for row in rows}
    return [
        one._replace(told=one.told._replace(distinct=distinct.get((one.key, one.start, one.is_relationship))))
        for one in summed
    ]


def _to_summed(row: Any) -> Summed:
    return Summed(InstanceKey(row[0], row[1], row[2]), row[3], row[4], Told(*row[5:]))


def _bounds(parts: Sequence[Part], window: Window) -> list[list[Any]]:
    """Parts as columns: a range of times, and one of times of modification.

    Origins are texts: the driver would take the first moment of the year 1 for minus infinity, from which nothing counts.
    """
    all_starts, all_stops = [FIRST] * len(parts), [LAST] * len(parts)
    starts, stops = [part.start for part in parts], [part.stop for part in parts]
    ranges = (all_starts, all_stops, starts, stops) if window.by_modified else (starts, stops, all_starts, all_stops)
    return [*_columns([part.key for part in parts], 3), *ranges, [part.origin.isoformat() for part in parts]]


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [[row[number] for row in rows] for number in range(count)]
