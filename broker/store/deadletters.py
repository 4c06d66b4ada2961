# SPDX-License-Identifier: EUPL-1.2
"""Read what could not be stored."""

from datetime import datetime

from msgspec import Struct

from allmende.database.pool import Connection
from broker.store import SQL


class DeadLetter(Struct, frozen=True):
    """A part of a message that could not be stored, and why."""

    id: int
    connector: str
    message: str
    """Its id; empty where it has none."""
    index: int
    entity: str | None
    attribute: str | None
    reason: str
    received_at: datetime
    attempts: int


async def list_dead_letters(
    connection: Connection, schema: str, *, connector: str | None, most: int
) -> list[DeadLetter]:
    """The newest dead letters of a connector, or of all (None)."""
    return [DeadLetter(*row) for row in await connection.fetch(SQL.text("list_dead_letters", schema), connector, most)]


async def get_dead_letter(
    connection: Connection, schema: str, number: int
) -> tuple[DeadLetter, bytes | None, bytes | None] | None:
    """A dead letter with its payload and the raw record, where there is one."""
    row = await connection.fetchrow(SQL.text("get_dead_letter", schema), number)
    return None if row is None else (DeadLetter(*row[:-2]), row["payload"], row["record"])
