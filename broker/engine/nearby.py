# SPDX-License-Identifier: EUPL-1.2
"""What is around a place: the entities that somebody who looks at a part of the town sees."""

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.ngsi.boxes import Box
from broker.ngsi.entities import State
from broker.ngsi.storage import from_document
from broker.store import SQL


async def list_nearby(resources: Resources, tenant: str, box: Box, *, most: int, visible: Visible) -> list[State]:
    """At most `most` places of entities within a box, those nearest to its middle; each entity once, in any order.

    The box is west, south, east and north in degrees; one whose west lies east of its east crosses 180°.
    """
    west, south, east, north = box
    parts = [box] if west <= east else [(west, south, 180.0, north), (-180.0, south, east, north)]
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> list[State]:
        text = SQL.text("list_nearest", schema)
        found = [row for part in parts for row in await connection.fetch(text, *part, most, visible.whole)]
        return list({state.id: state for state in (from_document(*row) for row in found)}.values())

    return await resources.database.read(schema, work)
