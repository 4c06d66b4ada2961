# SPDX-License-Identifier: EUPL-1.2
"""Read the numbers of an attribute instance."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from allmende.database.pool import Connection
from broker.ngsi.hours import HOUR, Range
from broker.ngsi.series import LAST, Number, Point
from broker.ngsi.widths import ORIGIN, split_range
from broker.store import SQL
from broker.store.hours import Piece, find_pieces, summarize_hours
from broker.store.vocabulary import DEFAULT_INSTANCE, Vocabulary

PARTS = 16
"""Into which a range is cut: few enough that finding the chunks of each costs nothing."""

_TICK: Final = timedelta(microseconds=1)


class InstanceKey(NamedTuple):
    """The key of an attribute instance in history."""

    seq: int
    attribute: int
    dataset: int


async def find_dataset(connection: Connection, schema: str, uri: str | None, vocabulary: Vocabulary) -> int | None:
    """The number of a dataset; None where no instance ever had it."""
    if uri is None:
        return DEFAULT_INSTANCE
    known = vocabulary.datasets.numbers.get(uri)
    if known is not None:
        return known
    number: int | None = await connection.fetchval(SQL.text("get_dataset_number", schema), uri)
    return number


async def find_datasets(
    connection: Connection, schema: str, seq: int, attribute: int, vocabulary: Vocabulary
) -> dict[int, str | None]:
    """The instances of an attribute that there is history of: their datasets, None for the default instance."""
    numbers = [row[0] for row in await connection.fetch(SQL.text("list_history_datasets", schema), seq, attribute)]
    uris = await vocabulary.datasets.resolve(connection, schema, [one for one in numbers if one != DEFAULT_INSTANCE])
    return {number: uris.get(number) for number in numbers}


async def find_numbers(
    connection: Connection, schema: str, key: InstanceKey, start: datetime, end: datetime, *, limit: int
) -> list[Number]:
    """The first numbers from `start` to `end`, at most `limit`."""
    rows = await connection.fetch(SQL.text("list_numbers", schema), *key, start, end, limit)
    return [Number(*row) for row in rows]


async def find_newest_number(
    connection: Connection, schema: str, key: InstanceKey, start: datetime, end: datetime
) -> Number | None:
    """The last number from `start` to `end`."""
    row = await connection.fetchrow(SQL.text("get_newest_number", schema), *key, start, end)
    return None if row is None else Number(*row)


async def summarize_numbers(
    connection: Connection, schema: str, key: InstanceKey, first: datetime, last: datetime, width: timedelta
) -> list[Point]:
    """A point for each step that holds a number from `first` to `last`."""
    starts, stops = split_range(first, last, width, PARTS)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        points = await _summarize_hours(connection, schema, key, list(zip(starts, stops, strict=True)), width)
        if points is not None:
            return points
        # The rows of one attribute lie between those of others. By index PostgreSQL reads their pages one at a time; from
        # a bitmap it reads many at once, which takes two thirds of the time.
        await connection.execute("SET LOCAL enable_indexscan = off")
        rows = await connection.fetch(SQL.text("summarize_numbers", schema), *key, width, starts, stops)
    return [Point(*row) for row in rows]


async def _summarize_hours(
    connection: Connection, schema: str, key: InstanceKey, ranges: Sequence[Range], width: timedelta
) -> list[Point] | None:
    """The same by sums of hours; None where they do not tell it. Ranges include their ends."""
    if width % HOUR or ranges[-1][1] >= LAST:
        return None
    pieces = await find_pieces(connection, schema, [Piece(key, start, stop + _TICK, ORIGIN) for start, stop in ranges])
    if pieces is None:
        return None
    rows = await summarize_hours(connection, schema, pieces, width, only_observed=False)
    if any(math.isnan(row["mean"]) for row in rows if row["mean"] is not None):  # of numbers too large for a sum
        return None
    return [
        Point(
            row["start"],
            row["least"],
            max(row["least"], min(row["mean"], row["greatest"])),
            row["greatest"],
            row["numbers"],
        )
        for row in rows
        if row["numbers"]
    ]
