# SPDX-License-Identifier: EUPL-1.2
"""Entities that were deleted: their history outlives them."""

from datetime import datetime

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.store.timeseries import find_history_entity


async def find_deletion(resources: Resources, tenant: str, entity_id: str, *, visible: Visible) -> datetime | None:
    """When an entity was deleted; None where it exists, never did, or may not be known to the caller."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> datetime | None:
        known = await find_history_entity(connection, schema, entity_id)
        return None if known is None or known.types is not None else known.deleted_at

    return await resources.read(schema, visible, work)
