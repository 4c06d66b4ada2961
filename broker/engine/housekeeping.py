# SPDX-License-Identifier: EUPL-1.2
"""Forgets message ids and snapshots whose time is over."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from allmende.database.pool import Connection, Database
from allmende.errors import AllmendeError
from auth.tenants import Tenants
from broker.store import SQL
from broker.store.snapshots import drop_old_snapshots

_EVERY: Final = 3600
_AT_ONCE: Final = 5_000
_log = structlog.get_logger()


async def keep_sweeping(database: Database, tenants: Tenants, clock: Callable[[], datetime]) -> None:
    """Sweep every hour, the first time after one; a database that is away is swept the next time."""
    while True:
        await asyncio.sleep(_EVERY)
        try:
            await sweep(database, tenants, clock())
            async with database.platform() as connection:
                await drop_old_snapshots(connection, clock())
        except AllmendeError as error:
            _log.info("sweep_failed", reason=str(error))


async def sweep(database: Database, tenants: Tenants, now: datetime) -> int:
    """Forget the message ids of all tenants whose time is over; how many there were."""
    swept = 0
    for schema in await tenants.schemas():
        query = SQL.text("delete_received", schema)

        async def work(connection: Connection, query: str = query) -> int:
            return len(await connection.fetch(query, now, _AT_ONCE))

        while gone := await database.read(schema, work):
            swept += gone
    return swept
