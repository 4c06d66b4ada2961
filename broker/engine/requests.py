# SPDX-License-Identifier: EUPL-1.2
"""What connectors were asked to do and have not taken yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from allmende.database.pool import Connection
from broker.engine.resources import Resources
from broker.store import SQL


@dataclass(frozen=True, slots=True)
class Request:
    """One payload for `down/replay` or `down/drop`."""

    id: int
    kind: Literal["replay", "drop"]
    payload: bytes


async def pending_requests(resources: Resources, tenant: str, connector: str) -> list[Request]:
    """The requests of a connector, oldest first."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> list[Request]:
        rows = await connection.fetch(SQL.text("list_requests", schema), connector)
        return [Request(row["id"], row["kind"], row["body"].encode()) for row in rows]

    return await resources.database.read(schema, work)


async def requests_taken(resources: Resources, tenant: str, ids: Sequence[int]) -> None:
    """The connector has these requests; forget them."""
    schema = await resources.tenants.schema_of(tenant)
    query = SQL.text("delete_requests", schema)
    await resources.database.read(schema, lambda connection: connection.execute(query, list(ids)))
