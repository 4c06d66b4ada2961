# SPDX-License-Identifier: EUPL-1.2
"""Find and delete history that is old."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from allmende.database.pool import Connection
from broker.ngsi.history import SCOPE_IRI
from broker.store import SQL


class Old(NamedTuple):
    """The first instances of a series: until when, and how many."""

    seq: int
    attribute: int
    dataset: int
    border: datetime
    rows: int


async def list_names(connection: Connection, schema: str, after: int, limit: int) -> list[tuple[int, list[str] | None]]:
    """The numbers and types of entities that are or were, after a number."""
    return [tuple(row) for row in await connection.fetch(SQL.text("list_names", schema), after, limit)]


async def find_old(
    connection: Connection, schema: str, series: Sequence[tuple[int, int, int]], before: datetime, limit: int
) -> list[Old]:
    """Of those series (entity, attribute and dataset) that have instances before a time the first, at most `limit`."""
    columns = [list(column) for column in zip(*series, strict=True)]
    return [Old(*row) for row in await connection.fetch(SQL.text("list_old_history", schema), *columns, before, limit)]


async def delete_old(connection: Connection, schema: str, old: Sequence[Old], before: datetime) -> None:
    """Delete what was found."""
    columns = [list(column) for column in zip(*old, strict=True)]
    await connection.execute(SQL.text("delete_old_history", schema), *columns[:4], before)


async def carry_scopes(connection: Connection, schema: str, seqs: Sequence[int], time: datetime) -> None:
    """Tell the scopes that entities had at a time as of then."""
    await connection.execute(SQL.text("carry_scopes", schema), list(seqs), time, SCOPE_IRI)


async def drop_chunks(connection: Connection, schema: str, before: datetime) -> int:
    """Drop the parts of a tenant's history that end before a time; how many there were, without TimescaleDB none."""
    dropped: int = await connection.fetchval(SQL.text("drop_history", schema), schema, before)
    return dropped
