# SPDX-License-Identifier: EUPL-1.2
"""Read entities."""

from collections.abc import Sequence
from typing import Any

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.entities import State
from broker.ngsi.queries import Query
from broker.ngsi.storage import from_document
from broker.store import SQL
from broker.store.ordering import Key
from broker.store.where import count_statement, keys_statement, page_statement


async def find_entities(
    connection: Connection, schema: str, query: Query, visible: Visible, *, seqs: Sequence[int] | None = None
) -> tuple[list[State], bool]:
    """A page in the query's order, and whether another follows; with `seqs` of the entities of these numbers alone."""
    if query.limit == 0:
        return [], False
    text, values = page_statement(schema, query, visible, limit=query.limit + 1, seqs=seqs)
    rows = await connection.fetch(text, *values)
    return [from_document(*row) for row in rows[: query.limit]], len(rows) > query.limit


async def find_keys(
    connection: Connection, schema: str, query: Query, visible: Visible, *, most: int, seqs: Sequence[int] | None
) -> tuple[Sequence[int], list[tuple[Key, Sequence[Any]]]]:
    """The numbers of what a query finds in the order of ids, at most so many, and the columns that order them."""
    text, values, keys = keys_statement(schema, query, visible, most=most, seqs=seqs)
    found, *columns = await connection.fetchrow(text, *values)
    return found or (), list(zip(keys, (column or () for column in columns), strict=True))


async def count_entities(connection: Connection, schema: str, query: Query, visible: Visible) -> int:
    """How many entities a query finds in all."""
    text, values = count_statement(schema, query, visible)
    count: int = await connection.fetchval(text, *values)
    return count


async def get_states(connection: Connection, schema: str, ids: Sequence[str]) -> dict[str, State]:
    """The entities of these ids; what does not exist is left out."""
    rows = await connection.fetch(SQL.text("get_entities", schema), ids)
    return {row[0]: from_document(*row) for row in rows}
