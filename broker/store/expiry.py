# SPDX-License-Identifier: EUPL-1.2
"""When entities expire: written where that changes, and asked for by the sweep."""

from collections.abc import Sequence
from datetime import datetime

from allmende.database.pool import Connection
from broker.store import SQL
from broker.store.slots import Expiry


async def put_expiry(connection: Connection, schema: str, entries: Sequence[tuple[int, Expiry]]) -> None:
    """Write when entities expire; nothing of one that has no time does."""
    await connection.fetch(
        SQL.text("put_expiry", schema),
        [seq for seq, _ in entries],
        [expiry.own for _, expiry in entries],
        [expiry.first for _, expiry in entries],
    )


async def find_expired(connection: Connection, schema: str, now: datetime, most: int) -> list[str]:
    """The ids of entities of which something is over."""
    return [row["id"] for row in await connection.fetch(SQL.text("list_expired", schema), now, most)]


async def find_next_expiry(connection: Connection, schema: str) -> datetime | None:
    """When something is over next."""
    time: datetime | None = await connection.fetchval(SQL.text("get_next_expiry", schema))
    return time
