# SPDX-License-Identifier: EUPL-1.2
"""Forgets what has had its time: message ids, snapshots, and history that is kept for a while only."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Final

import structlog

from allmende.database.failures import Refused
from allmende.database.pool import Connection, Database
from allmende.errors import AllmendeError, NonexistentTenant
from auth.tenants import Tenants
from broker.engine.clearing import clear_history
from broker.ngsi.retention import FOR_EVER, Retention
from broker.store import SQL
from broker.store.snapshots import drop_old_snapshots

_EVERY: Final = 3600
_AT_ONCE: Final = 5_000
_log = structlog.get_logger()


async def keep_sweeping(
    database: Database, tenants: Tenants, clock: Callable[[], datetime], retention: Retention = FOR_EVER
) -> None:
    """Sweep every hour, the first time after one, and history once a day; what fails is tried the next time."""
    cleared: date | None = None
    while True:
        await asyncio.sleep(_EVERY)
        try:
            cleared = await tidy(database, tenants, retention, clock(), cleared)
        except AllmendeError as error:
            _log.info("sweep_failed", reason=str(error))


async def tidy(
    database: Database, tenants: Tenants, retention: Retention, now: datetime, cleared: date | None
) -> date | None:
    """Forget message ids, snapshots, and history unless that was done on this day already; the day of the last time."""
    await sweep(database, tenants, now)
    async with database.platform() as connection:
        failed = await drop_old_snapshots(connection, now)
    for slug, reason in failed.items():
        _log.info("snapshot_stays", snapshot=slug, reason=reason)
    if not retention.rules or cleared == now.date():
        return cleared
    await clear_history(database, tenants, retention, now)
    return now.date()


async def sweep(database: Database, tenants: Tenants, now: datetime) -> int:
    """Forget the message ids of all tenants whose time is over; how many there were."""
    swept = 0
    for schema in await tenants.schemas():
        query = SQL.text("delete_received", schema)

        async def work(connection: Connection, query: str = query) -> int:
            return len(await connection.fetch(query, now, _AT_ONCE))

        # A tenant or a snapshot may be deleted at this moment, which is no reason to leave out the others.
        with suppress(Refused, NonexistentTenant):
            while gone := await database.read(schema, work):
                swept += gone
    return swept
