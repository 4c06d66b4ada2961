# SPDX-License-Identifier: EUPL-1.2
"""Which types there are: to whoever sees all by a loose walk over their index, to others by what they see."""

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.queries import Query
from broker.store import SQL
from broker.store.parameters import Parameters
from broker.store.seen import GUARD
from broker.store.walks import of_shares


async def find_types(connection: Connection, schema: str, visible: Visible) -> list[str]:
    """The IRIs of the types of all that is seen."""
    if visible.whole:
        return [row[0] for row in await connection.fetch(SQL.text("list_types", schema))]
    parameters = Parameters()
    shared = of_shares(schema, Query(), visible, parameters)
    source = "" if shared is None else f" JOIN {shared} w ON w.seq = e.seq"
    text = (
        f"SELECT DISTINCT t.type FROM {schema}.entity e{source} CROSS JOIN LATERAL unnest(e.types) AS t(type)"
        f" WHERE {GUARD} ORDER BY t.type"
    )
    return [row[0] for row in await connection.fetch(text, *parameters.values)]
