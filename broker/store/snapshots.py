# SPDX-License-Identifier: EUPL-1.2
"""Rows of snapshots, all in schema `platform`; the entities of each lie in a schema of their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from allmende.database.failures import Collided, Refused, TimedOut, translated
from allmende.database.pool import Connection
from broker.ngsi.snapshots import Snapshot
from broker.store import SQL
from broker.store.timeseries import Series
from broker.store.where_history import Window

_SCHEMA: Final = "platform"


class Stretch(NamedTuple):
    """Series of history, and what of them lies in a window."""

    series: Sequence[Series]
    window: Window


async def insert_snapshot(
    connection: Connection,
    tenant: str,
    snapshot: Snapshot,
    origin: str,
    ids: Sequence[str] | None,
    stretches: Sequence[Stretch] = (),
) -> None:
    """Make a snapshot of entities of `origin` (None: of all) and stretches of history, whole or not at all."""
    row = (
        snapshot.slug,
        tenant,
        snapshot.id,
        snapshot.status,
        snapshot.priority,
        orjson.dumps(snapshot.document).decode(),
        snapshot.created_at,
        snapshot.expires_at,
    )
    # Each table is copied by a statement of its own; all are to see the same moment.
    async with connection.transaction(isolation="repeatable_read"):
        chosen = None if ids is None else list(ids)
        await connection.execute(SQL.text("fill_snapshot", _SCHEMA), snapshot.slug, origin, chosen)
        for stretch in stretches:
            window = stretch.window
            asked = (*_columns(stretch), window.time, window.only_observed, window.deleted)
            await connection.execute(SQL.text("fill_snapshot_history", _SCHEMA), snapshot.slug, origin, *asked)
        await connection.execute(SQL.text("insert_snapshot", _SCHEMA), *row)


async def count_history(connection: Connection, schema: str, stretch: Stretch, most: int) -> int:
    """How many instances of history there are, counted up to `most`."""
    window = stretch.window
    name = "count_history_by_modified" if window.by_modified else "count_history"
    asked = (*_columns(stretch), window.only_observed, window.deleted, most)
    count: int = await connection.fetchval(SQL.text(name, schema), *asked)
    return count


def _columns(stretch: Stretch) -> list[list[Any]]:
    return [list(column) for column in zip(*stretch.series, strict=True)]


async def get_snapshot(connection: Connection, tenant: str, snapshot_id: str, now: datetime) -> Snapshot | None:
    """A snapshot of a tenant that is not over."""
    row = await connection.fetchrow(SQL.text("get_snapshot", _SCHEMA), tenant, snapshot_id, now)
    return None if row is None else _snapshot(row)


async def list_snapshots(connection: Connection, tenant: str, now: datetime) -> list[Snapshot]:
    """The snapshots of a tenant; the first goes first where there are too many."""
    return [_snapshot(row) for row in await connection.fetch(SQL.text("list_snapshots", _SCHEMA), tenant, now)]


async def update_snapshot(connection: Connection, snapshot: Snapshot) -> None:
    """Write what has changed."""
    document = orjson.dumps(snapshot.document).decode()
    values = (snapshot.slug, snapshot.priority, document, snapshot.modified_at, snapshot.expires_at)
    await connection.execute(SQL.text("update_snapshot", _SCHEMA), *values)


async def touch_snapshot(connection: Connection, slug: str, now: datetime) -> None:
    """Note that a snapshot is used."""
    await connection.execute(SQL.text("touch_snapshot", _SCHEMA), slug, now)


async def drop_snapshot(connection: Connection, slug: str) -> None:
    """Delete a snapshot with its entities."""
    await connection.execute(SQL.text("drop_snapshot", _SCHEMA), slug)


async def drop_old_snapshots(connection: Connection, now: datetime) -> dict[str, str]:
    """Delete the snapshots of all tenants that are over; of those that stay for now, by their slugs, why."""
    failed = {}
    for row in await connection.fetch(SQL.text("list_old_snapshots", _SCHEMA), now):
        try:
            with translated():
                await drop_snapshot(connection, row["slug"])
        except (Refused, TimedOut, Collided) as error:
            failed[row["slug"]] = str(error)
    return failed


def _snapshot(row: Any) -> Snapshot:
    return Snapshot(**{**row, "document": orjson.loads(row["document"])})
