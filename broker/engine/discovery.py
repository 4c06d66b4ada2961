# SPDX-License-Identifier: EUPL-1.2
"""Which types there are (ETSI GS CIM 009, 5.7.5), and what their entities say at a glance."""

from collections.abc import Mapping
from typing import Final

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.ngsi.entities import State
from broker.ngsi.storage import from_document
from broker.store import SQL

_TYPES_AT_A_GLANCE: Final = 50


async def list_types(resources: Resources, tenant: str, *, visible: Visible) -> list[str]:  # noqa: ARG001
    """Retrieve Available Entity Types: their IRIs."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> list[str]:
        return [row[0] for row in await connection.fetch(SQL.text("list_types", schema))]

    return await resources.database.read(schema, work)


async def first_of_types(
    resources: Resources, tenant: str, *, most: int, visible: Visible
) -> Mapping[str, list[State]]:
    """At most `most` entities of each type, by the type's IRI."""
    types = (await list_types(resources, tenant, visible=visible))[:_TYPES_AT_A_GLANCE]
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> dict[str, list[State]]:
        found: dict[str, list[State]] = {name: [] for name in types}
        for name, *stored in await connection.fetch(SQL.text("list_first_of_types", schema), types, most):
            found[name].append(from_document(*stored))
        return found

    return await resources.database.read(schema, work)
