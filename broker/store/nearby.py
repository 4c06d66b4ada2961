# SPDX-License-Identifier: EUPL-1.2
"""Find entities around a place."""

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.boxes import Box
from broker.ngsi.entities import State
from broker.ngsi.storage import from_document
from broker.store import SQL
from broker.store.seen import is_safe


async def list_nearest(
    connection: Connection, schema: str, box: Box, visible: Visible, *, most: int
) -> list[tuple[float, State]]:
    """The entities of at most `most` places in a box, with their distance from its middle in degrees, in any order."""
    rows = await connection.fetch(SQL.text("list_nearest", schema), *box, most, is_safe(connection, visible))
    return [(distance, from_document(*stored)) for distance, *stored in rows]
