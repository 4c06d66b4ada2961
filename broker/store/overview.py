# SPDX-License-Identifier: EUPL-1.2
"""What a tenant holds in all."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from allmende.database.pool import Connection
from broker.ngsi.boxes import Box
from broker.store import SQL


class Counts(NamedTuple):
    """How many entities there are, in all and of each type, and the box around all places."""

    entities: int
    by_type: Mapping[str, int]
    box: Box | None


class Newest(NamedTuple):
    """When something was last observed, and when it was last changed; None where it never was."""

    observed_at: datetime | None
    modified_at: datetime | None


async def get_counts(connection: Connection, schema: str) -> Counts:
    """Count the entities of a tenant."""
    types = await connection.fetch(SQL.text("count_types", schema))
    entities, *box = await connection.fetchrow(SQL.text("get_extent", schema))
    west, south, east, north = box
    return Counts(entities, dict(types), None if west is None else (west, south, east, north))


async def find_newest(connection: Connection, schema: str) -> dict[str, Newest]:
    """The newest times of each type; takes about 10 µs for each entity."""
    rows = await connection.fetch(SQL.text("find_newest", schema))
    return {name: Newest(observed, modified) for name, observed, modified in rows}
