# SPDX-License-Identifier: EUPL-1.2
"""Which connectors the database knows of."""

from datetime import datetime
from typing import NamedTuple

from allmende.database.pool import Connection
from broker.store import SQL


class KnownConnector(NamedTuple):
    """A connector; `state` is what it last said of itself, JSON, None where it never did; `letters` are its dead letters."""

    name: str
    state: str | None = None
    reported_at: datetime | None = None
    letters: int = 0


async def list_connectors(
    connection: Connection, schema: str, *, most_letters: int, most: int
) -> dict[str, KnownConnector]:
    """The first connectors by name; the dead letters of each are counted as far as `most_letters`."""
    rows = await connection.fetch(SQL.text("list_connectors", schema), most_letters, most)
    return {row["name"]: KnownConnector(*row) for row in rows}
