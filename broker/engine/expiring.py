# SPDX-License-Identifier: EUPL-1.2
"""Sweeps away what has expired (ETSI GS CIM 009, 4.22): entities keep their history, attributes lose it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from allmende.database.pool import Database
from allmende.errors import AllmendeError
from auth.tenants import Tenants
from broker.engine.operations import Changed, Step, operation_of
from broker.engine.writer import Writer
from broker.ngsi.entities import State
from broker.ngsi.observing import Moment
from broker.store.expiry import find_expired, find_next_expiry

_AT_ONCE: Final = 500
_MOST_TENANTS: Final = 50
"""Tenants of one round; where there are more, they take turns."""

_log = structlog.get_logger()


async def keep_expiring(
    database: Database, tenants: Tenants, writer: Writer, clock: Callable[[], datetime], every: timedelta
) -> None:
    """Sweep in rounds, and at the moment when something is known to be over; while the database is away, wait for it."""
    failed = False
    first = 0
    while True:
        pause = every
        try:
            schemas = await tenants.schemas()
            turn = (schemas[first:] + schemas[:first])[:_MOST_TENANTS]
            first = (first + len(turn)) % max(len(schemas), 1)
            for schema in turn:
                following = await expire(database, writer, schema, clock)
                if following is not None:
                    pause = min(pause, following - clock())
            failed = False
        except AllmendeError as error:
            if not failed:
                _log.info("expiry_failed", reason=str(error))
            failed = True
        await asyncio.sleep(max(pause.total_seconds(), 0.01))


async def expire(database: Database, writer: Writer, schema: str, clock: Callable[[], datetime]) -> datetime | None:
    """Sweep away what is over in a tenant; when something is over next."""
    done: list[str] = []
    while True:
        ids = await database.read(schema, lambda connection: find_expired(connection, schema, clock(), _AT_ONCE))
        if ids and ids == done:
            # They cannot be swept away: the next round tries again, not the next moment.
            return None
        if not ids:
            return await database.read(schema, lambda connection: find_next_expiry(connection, schema))
        # Before any change the writer takes away what is over, so that a change of nothing is enough.
        steps = [Step(entity_id, _unchanged) for entity_id in ids]
        await writer.submit(operation_of(schema, schema, steps))
        done = ids


def _unchanged(current: State | None, _now: Moment) -> Changed:
    return Changed(current, [])
