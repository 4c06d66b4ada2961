# SPDX-License-Identifier: EUPL-1.2
"""What history is stored in, and the times of observations."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from allmende.database.pool import Connection
from broker.store import SQL


class StoredIn(NamedTuple):
    """What a history is stored in; `rows` is an estimate, of some of its parts only where `is_partial`."""

    postgres: str
    timescale: str | None
    has_columnstore: bool
    has_chunks: bool
    has_own_rows: bool
    """Outside of chunks."""
    is_partial: bool
    rows: int


async def get_storage(connection: Connection, schema: str) -> StoredIn:
    """What the history of a tenant is stored in."""
    return StoredIn(*await connection.fetchrow(SQL.text("get_storage", schema)))


async def list_newest_times(
    connection: Connection, schema: str, instances: Sequence[tuple[str, str]], *, most: int
) -> list[list[datetime]]:
    """When each of some attributes, by entity and IRI, was observed: the newest times, in ascending order."""
    entities, attributes = [entity for entity, _ in instances], [attribute for _, attribute in instances]
    times: list[list[datetime]] = [[] for _ in instances]
    for number, time in await connection.fetch(SQL.text("list_newest_times", schema), entities, attributes, most):
        times[number - 1].append(time)
    return times
