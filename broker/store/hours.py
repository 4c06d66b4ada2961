# SPDX-License-Identifier: EUPL-1.2
"""Sums of whole hours of history, where the database keeps them, and periods that are made of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from allmende.database.pool import Connection
from broker.ngsi.hours import Range, divide
from broker.store import SQL
from broker.store.seen import SeenConnection

Key: TypeAlias = tuple[int, int, int]
"""Numbers of entity, attribute and dataset."""

_WORTHWHILE: Final = timedelta(days=2)
"""Shorter ranges are read at once."""


class Piece(NamedTuple):
    """A half-open range of a series, and from where its periods are counted."""

    key: Key
    start: datetime
    stop: datetime
    origin: datetime


class Pieces(NamedTuple):
    """What is told by the sums of hours, and what only history tells."""

    hours: list[Piece]
    rest: list[Piece]


async def find_settled(connection: Connection, schema: str, start: datetime, stop: datetime) -> list[Range]:
    """The ranges of whole hours of which the sums say what history says, in this transaction; elsewhere none.

    Sums know no rights: where those decide, all is read from history.
    """
    if isinstance(connection, SeenConnection):
        return []
    return [tuple(row) for row in await connection.fetch(SQL.text("list_settled_hours", schema), start, stop)]


def divide_pieces(pieces: Iterable[Piece], settled: Sequence[Range]) -> Pieces:
    """Divide pieces by what is settled."""
    divided = Pieces([], [])
    for piece in pieces:
        hours, rest = divide(piece.start, piece.stop, settled)
        divided.hours.extend(piece._replace(start=start, stop=stop) for start, stop in hours)
        divided.rest.extend(piece._replace(start=start, stop=stop) for start, stop in rest)
    return divided


async def find_pieces(connection: Connection, schema: str, pieces: Sequence[Piece]) -> Pieces | None:
    """Pieces divided by what is settled; None where no hour is, or where they are read at once."""
    start, stop = min(piece.start for piece in pieces), max(piece.stop for piece in pieces)
    if stop - start < _WORTHWHILE:
        return None
    settled = await find_settled(connection, schema, start, stop)
    divided = divide_pieces(pieces, settled) if settled else None
    return divided if divided is not None and divided.hours else None


async def summarize_hours(
    connection: Connection,
    schema: str,
    pieces: Pieces,
    width: timedelta | None,
    *,
    only_observed: bool,
    newest_first: bool = False,
    limit: int | None = None,
) -> list[Any]:
    """The periods, as rows of `summarize_number_periods` and with how many of the instances are numbers."""
    columns = [*_columns(pieces.rest), *_columns(pieces.hours)]
    query = SQL.text("summarize_hours", schema)
    rows: list[Any] = await connection.fetch(query, *columns, width, only_observed, newest_first, limit)
    return rows


def _columns(pieces: Sequence[Piece]) -> list[list[Any]]:
    """Columns of numbers and times; origins are texts, as everywhere (`broker/store/aggregation.py`)."""
    keys = [[piece.key[number] for piece in pieces] for number in range(3)]
    times = [[piece.start for piece in pieces], [piece.stop for piece in pieces]]
    return [*keys, *times, [piece.origin.isoformat() for piece in pieces]]
