# SPDX-License-Identifier: EUPL-1.2
"""Attributes that were declared queryable, and their part of the index of values while it is built."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from allmende.database.pool import Connection
from broker.ngsi.cells import COUNT, SIDES, Bounds, divide
from broker.store import SQL

_SAMPLE = 10_000


class Declared(NamedTuple):
    """A declared attribute, by its IRI, for entities of a type or of any; `highest` entities were numbered then."""

    id: int
    attribute: str
    type: str | None
    is_complete: bool
    reached: int
    highest: int
    created_at: datetime
    rows: int | None


class Usable(NamedTuple):
    """A part of the index that is complete."""

    id: int
    attribute: str
    type: str | None
    bounds: Bounds


async def list_declared(connection: Connection, schema: str, *, counted: bool) -> list[Declared]:
    """All that is declared, complete or not."""
    return [Declared(*row) for row in await connection.fetch(SQL.text("list_declared", schema), counted)]


async def find_declared(connection: Connection, schema: str, attributes: Sequence[str]) -> list[Usable]:
    """What of the index may be asked for these attributes, those of one type first."""
    rows = await connection.fetch(SQL.text("find_declared", schema), attributes)
    return [Usable(number, iri, kind, Bounds(*bounds)) for number, iri, kind, *bounds in rows]


async def insert_declared(
    connection: Connection, schema: str, number: int, attribute: str, kind: str | None
) -> int | None:
    """Declare an attribute, by its number and IRI; None where that was done and is not complete yet."""
    sample = await connection.fetch(SQL.text("sample_values", schema), attribute, _SAMPLE, kind)
    bounds = await asyncio.to_thread(_divided, sample)
    declared: int | None = await connection.fetchval(SQL.text("insert_declared", schema), number, kind, *bounds)
    return declared


def _divided(sample: Sequence[Any]) -> list[Sequence[Any]]:
    """Bounds of the columns of a sample, of which any value may be missing."""
    columns = [[row[column] for row in sample if row[column] is not None] for column in range(4)]
    return [divide(column, count) for column, count in zip(columns, (COUNT, COUNT, SIDES, SIDES), strict=True)]


async def delete_declared(connection: Connection, schema: str, declared: int) -> bool:
    """Take a declaration back; whether there was one."""
    return bool(await connection.fetch(SQL.text("delete_declared", schema), declared))


async def build_some(connection: Connection, schema: str, most: int) -> tuple[int, bool] | None:
    """Index some entities for what is not complete: whose index, and whether it is now; None where there is none."""
    row = await connection.fetchrow(SQL.text("take_declared", schema))
    if row is None:
        return None
    declared, reached = row
    length, last, _ = await connection.fetchrow(SQL.text("build_values", schema), declared, reached, most)
    await connection.fetch(SQL.text("advance_declared", schema), declared, last, length < most)
    return declared, length < most


async def find_outgrown(connection: Connection, schema: str, least: int) -> list[tuple[int, str, str | None]]:
    """Attributes, by number and IRI, with their type, whose cells fit their values no longer; not of the first few."""
    return [tuple(row) for row in await connection.fetch(SQL.text("find_outgrown", schema), least)]


async def clear_some(connection: Connection, schema: str, most: int) -> int:
    """Delete some rows of what is declared no longer; how many there were."""
    for (declared,) in await connection.fetch(SQL.text("find_abandoned", schema)):
        if gone := len(await connection.fetch(SQL.text("delete_values", schema), declared, most)):
            return gone
    return 0


async def tend_values(connection: Connection, schema: str) -> bool:
    """Make or drop what keeps the index as entities are; whether anything is declared. The role is the platform's."""
    wanted: bool = await connection.fetchval(SQL.text("tend_values", "platform"), schema)
    return wanted
