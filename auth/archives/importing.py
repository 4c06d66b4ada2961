# SPDX-License-Identifier: EUPL-1.2
"""An archive into a new tenant, in one transaction: whatever fails, or ends the process, leaves nothing behind."""

from collections.abc import AsyncIterator
from typing import Final

import structlog

from allmende.database.failures import Collided, Refused, translated
from allmende.database.pool import Connection, Database
from allmende.errors import AlreadyExists, Conflict
from auth.archives.exporting import unhurried
from auth.archives.manifest import (
    DERIVED,
    MANIFEST,
    Manifest,
    Table,
    read_manifest,
    require_steps,
    require_tables,
    table_of,
)
from auth.archives.unpacking import Unpacker, damaged
from auth.store import SQL
from auth.store import archives as store
from auth.tenants import require_name

_log = structlog.get_logger()
_MOST_MANIFEST: Final = 1024 * 1024


async def import_tenant(database: Database, source: AsyncIterator[bytes], name: str | None = None) -> str:
    """Make a tenant of an archive, under the name that it had or another one; its name.

    BadRequestData where the archive is damaged or not understood, AlreadyExists where there is such a tenant, Conflict where
    there may be one in a moment.
    """
    unpacker = Unpacker(source)
    if await unpacker.next_file() != MANIFEST:
        raise damaged(f"its first file is not {MANIFEST}")
    manifest = read_manifest(await unpacker.whole(_MOST_MANIFEST))
    tenant = require_name(manifest.tenant if name is None else name)
    async with unhurried(database) as connection:
        await store.begin_writing(connection)
        schema = await _make(connection, tenant, manifest)
        await _fill(connection, schema, manifest, unpacker)
        await connection.execute(SQL.text("finish_tenant", "platform"), tenant)
        await connection.execute("COMMIT")
    _log.info("tenant_imported", tenant=tenant)
    return tenant


async def check_archive(source: AsyncIterator[bytes]) -> Manifest:
    """Read an archive to its end; BadRequestData where it is damaged."""
    unpacker = Unpacker(source)
    if await unpacker.next_file() != MANIFEST:
        raise damaged(f"its first file is not {MANIFEST}")
    manifest = read_manifest(await unpacker.whole(_MOST_MANIFEST))
    while (part := await unpacker.next_file()) is not None:
        table_of(part)
        async for _ in unpacker.content():
            pass
    return manifest


async def _make(connection: Connection, tenant: str, manifest: Manifest) -> str:
    """The schema of the new tenant, whose tables are those that the archive was written from."""
    known = [row["name"] for row in await connection.fetch(SQL.text("list_steps", "platform"), None)]
    upto = require_steps(manifest, known)
    try:
        with translated():
            schema: str | None = await connection.fetchval(SQL.text("make_tenant", "platform"), tenant, upto)
    except Collided as error:
        raise Conflict(f"Tenant {tenant!r} is being imported or deleted at this moment; try again") from error
    if schema is None:
        raise AlreadyExists(f"Tenant {tenant!r} already exists; import the archive under another name")
    return schema


async def _fill(connection: Connection, schema: str, manifest: Manifest, unpacker: Unpacker) -> None:
    tables = await store.list_tables(connection, schema)
    require_tables(manifest, tables)
    await store.become(connection, schema)
    await store.clear(connection, schema, [table for table in tables if table.name not in DERIVED])
    by_name = {entry.name: Table(entry.name, entry.columns, entry.number) for entry in manifest.tables}
    while (part := await unpacker.next_file()) is not None:
        table = by_name.get(table_of(part))
        if table is None:
            raise damaged(f"it holds a file {part!r}")
        await _put(connection, schema, table, part, unpacker)
    for entry in manifest.tables:
        if entry.last is not None:
            await store.set_last_number(connection, schema, by_name[entry.name], entry.last)
    await store.become(connection, "none")


async def _put(connection: Connection, schema: str, table: Table, part: str, unpacker: Unpacker) -> None:
    """Put the rows of a file into their table."""
    try:
        with translated():
            await store.copy_in(connection, schema, table, unpacker.content())
    except Refused as error:
        raise damaged(f"PostgreSQL refuses its file {part!r}: {error}") from error
