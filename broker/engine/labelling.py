# SPDX-License-Identifier: EUPL-1.2
"""Labels for entities that were there before labels were: made once, after the migration, while requests are answered.

Words are folded in Python alone, so that an index has one kind of them; a migration speaks SQL.
"""

import asyncio
from typing import Final

import structlog

from allmende.database.pool import Database, writing
from allmende.errors import AllmendeError
from auth.tenants import Tenants
from broker.ngsi.labels import label_of
from broker.store.labels import fill_labels, lock_unlabelled

_AT_ONCE: Final = 500
_AGAIN_S: Final = 30
_log = structlog.get_logger()


async def label_until_done(database: Database, tenants: Tenants) -> None:
    """Label what has no label; while the database is away, try again every half minute."""
    failed: set[str] = set()
    while True:
        if await _label_tenants(database, tenants, failed):
            return
        await asyncio.sleep(_AGAIN_S)


async def _label_tenants(database: Database, tenants: Tenants, failed: set[str]) -> bool:
    """Label the entities of each tenant; whether all are done. `failed` are those of which it was told that they are not."""
    try:
        schemas = await tenants.schemas()
    except AllmendeError as error:
        _tell("", error, failed)
        return False
    is_done = True
    for schema in schemas:
        try:
            await label_all(database, schema)
        except AllmendeError as error:
            _tell(schema, error, failed)
            is_done = False
    return is_done


def _tell(schema: str, error: AllmendeError, failed: set[str]) -> None:
    if schema not in failed:
        _log.info("labelling_failed", schema=schema, reason=str(error))
        failed.add(schema)


async def label_all(database: Database, schema: str) -> None:
    """Label the entities of a tenant that have no label."""
    while await _label_some(database, schema):
        pass


async def _label_some(database: Database, schema: str) -> bool:
    """Label as many entities as one transaction takes, by the locks of writers; whether there were any."""
    async with database.reading() as connection, writing(connection, schema):
        states = await lock_unlabelled(connection, schema, _AT_ONCE)
        await fill_labels(connection, schema, [(seq, label_of(state)) for seq, state in states])
    return bool(states)
