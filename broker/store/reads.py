# SPDX-License-Identifier: EUPL-1.2
"""Read entities."""

from collections.abc import Sequence

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.entities import State
from broker.ngsi.queries import Query
from broker.ngsi.storage import from_document
from broker.store import SQL
from broker.store.where import count_statement, page_statement


async def find_entities(
    connection: Connection, schema: str, query: Query, visible: Visible
) -> tuple[list[State], bool]:
    """A page in the query's order, and whether another follows."""
    if query.limit == 0:
        return [], False
    text, values = page_statement(schema, query, visible, limit=query.limit + 1)
    rows = await connection.fetch(text, *values)
    return [from_document(*row) for row in rows[: query.limit]], len(rows) > query.limit


async def count_entities(connection: Connection, schema: str, query: Query, visible: Visible) -> int:
    """How many entities a query finds in all."""
    text, values = count_statement(schema, query, visible)
    count: int = await connection.fetchval(text, *values)
    return count


async def get_states(connection: Connection, schema: str, ids: Sequence[str]) -> dict[str, State]:
    """The entities of these ids; what does not exist is left out."""
    rows = await connection.fetch(SQL.text("get_entities", schema), ids)
    return {row[0]: from_document(*row) for row in rows}
