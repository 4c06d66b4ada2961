# SPDX-License-Identifier: EUPL-1.2
"""Rows of entity maps; one that is over is none."""

from collections.abc import Sequence
from datetime import datetime

from allmende.database.pool import Connection
from broker.ngsi.entitymaps import EntityMap
from broker.store import SQL


async def insert_entity_map(connection: Connection, schema: str, one: EntityMap, now: datetime, *, most: int) -> None:
    """Keep a map, and at most `most` of the tenant."""
    values = (one.id, one.expires_at, one.query, list(one.ids), now, most - 1)
    await connection.execute(SQL.text("insert_entity_map", schema), *values)


async def get_entity_map(connection: Connection, schema: str, map_id: str, now: datetime) -> EntityMap | None:
    """A map that is not over."""
    row = await connection.fetchrow(SQL.text("get_entity_map", schema), map_id, now)
    return None if row is None else EntityMap(**row)


async def set_entity_map_expiry(
    connection: Connection, schema: str, map_id: str, now: datetime, expires_at: datetime
) -> bool:
    """Change when a map is over; whether there is such a map."""
    found = await connection.fetchval(SQL.text("set_entity_map_expiry", schema), map_id, now, expires_at)
    return found is not None


async def prune_entity_map(connection: Connection, schema: str, map_id: str, gone: Sequence[str]) -> None:
    """Take ids out of a map."""
    await connection.execute(SQL.text("prune_entity_map", schema), map_id, list(gone))


async def delete_entity_map(connection: Connection, schema: str, map_id: str, now: datetime) -> bool:
    """Forget a map; whether there was one."""
    return await connection.fetchval(SQL.text("delete_entity_map", schema), map_id, now) is not None
