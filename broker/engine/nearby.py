# SPDX-License-Identifier: EUPL-1.2
"""What is around a place: the entities that somebody who looks at a part of the town sees."""

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.ngsi.boxes import Box, unrolled
from broker.ngsi.entities import State
from broker.store.nearby import list_nearest


async def list_nearby(resources: Resources, tenant: str, box: Box, *, most: int, visible: Visible) -> list[State]:
    """The entities of at most `most` places in a box, those nearest to its middle; the nearest first."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> list[tuple[float, State]]:
        found: list[tuple[float, State]] = []
        for part in unrolled(box):
            found += await list_nearest(connection, schema, part, visible, most=most)
        return found

    found = sorted(await resources.read(schema, visible, work), key=lambda each: each[0])
    return list({state.id: state for _, state in found}.values())[:most]
