# SPDX-License-Identifier: EUPL-1.2
"""Rows of @contexts: those of a tenant in its schema, those that all share in the platform's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from allmende.database.pool import Connection
from broker.store import SQL

PLATFORM: Final = "platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRow:
    """A stored @context; `body` is the whole document, empty in lists. `url` is where clients find it."""

    id: str
    kind: str
    url: str
    location: str
    """Where the document was in the end, which its relative references belong to."""
    body: str
    sha256: bytes
    created_at: datetime
    used_at: datetime | None = None
    hits: int | None = 0
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """How often one was used, and when last."""

    hits: int
    used_at: datetime


async def insert_context(connection: Connection, schema: str, row: ContextRow) -> None:
    """Store one; one of the same id stays."""
    columns = (row.id, row.kind, row.url, row.location, row.body, row.sha256, row.created_at, row.expires_at)
    await connection.execute(SQL.text("insert_context", schema), *columns)


async def get_context(connection: Connection, schema: str, context_id: str, now: datetime) -> ContextRow | None:
    """One by its id."""
    row = await connection.fetchrow(SQL.text("get_context", schema), context_id, now)
    return row and _to_row(row)


async def list_contexts(connection: Connection, schema: str, kinds: Sequence[str], now: datetime) -> list[ContextRow]:
    """Those of some kinds, without bodies."""
    return [_to_row(row) for row in await connection.fetch(SQL.text("list_contexts", schema), list(kinds), now)]


async def replace_context(connection: Connection, schema: str, row: ContextRow) -> bool:
    """Put another document in the place of one; False where there is none of its id."""
    columns = (row.id, row.location, row.body, row.sha256, row.created_at)
    return await connection.fetchval(SQL.text("replace_context", schema), *columns) is not None


async def delete_context(connection: Connection, schema: str, context_id: str, now: datetime) -> bool:
    """Forget one; False where there is none."""
    return await connection.fetchval(SQL.text("delete_context", schema), context_id, now) is not None


async def add_hits(connection: Connection, schema: str, uses: dict[str, Use]) -> dict[str, bytes]:
    """Count uses by id; the digests of those that are stored."""
    columns = (list(uses), [use.hits for use in uses.values()], [use.used_at for use in uses.values()])
    return {row[0]: row[1] for row in await connection.fetch(SQL.text("add_context_hits", schema), *columns)}


async def sweep_contexts(connection: Connection, schema: str, now: datetime, most: int) -> list[str]:
    """Forget what is over or too much; their ids."""
    return [row[0] for row in await connection.fetch(SQL.text("sweep_contexts", schema), now, most)]


def _to_row(row: Any) -> ContextRow:
    return ContextRow(**row)
