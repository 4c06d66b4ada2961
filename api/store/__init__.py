# SPDX-License-Identifier: EUPL-1.2
"""The SQL of the open-data face and of operations."""

from typing import Final

from allmende.database.pool import Connection
from allmende.database.queries import load_queries

SQL: Final = load_queries("api.store")


async def get_version(connection: Connection) -> int:
    """The number of the newest migration that the database has had."""
    version: int | None = await connection.fetchval(SQL.text("get_version", "platform"))
    return version or 0
