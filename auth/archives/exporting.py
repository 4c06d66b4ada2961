# SPDX-License-Identifier: EUPL-1.2
"""A tenant into an archive: all of its tables as they are at one moment, streamed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Final

from allmende.database.failures import Collided, Gone, translated
from allmende.database.pool import Connection, Database
from allmende.errors import Conflict
from auth.archives.manifest import DERIVED, MANIFEST, Manifest, Table, TableEntry, part_name, write_manifest
from auth.archives.packing import Packer
from auth.store import SQL
from auth.store import archives as store
from auth.tenants import unknown

PART: Final = 4 * 1024 * 1024
"""Bytes of a file, about; a row is never cut."""
UNHURRIED: Final = timedelta(0)
"""No limit for a statement: a history may be large."""


async def export_tenant(database: Database, tenant: str, *, part_bytes: int = PART) -> AsyncGenerator[bytes, None]:
    """The bytes of an archive, whose files have about so many.

    NonexistentTenant where there is no such tenant, Conflict where it is being changed: both before the first bytes.
    """
    async with unhurried(database) as connection:
        schema = await _begin(connection, tenant)
        manifest = await _describe(connection, tenant, schema)
        packer = Packer(manifest.exported_at)
        yield packer.add(MANIFEST, write_manifest(manifest))
        for entry in manifest.tables:
            table = Table(entry.name, entry.columns, entry.number)
            async with aclosing(_files(connection, schema, table, part_bytes)) as files:
                async for name, content in files:
                    # Compressing 4 MiB takes a tenth of a second, in which others have their turn.
                    yield await asyncio.to_thread(packer.add, name, content)
        yield packer.finish()


async def _begin(connection: Connection, tenant: str) -> str:
    """Begin to read a tenant as it is at one moment; its schema."""
    schema: str | None = await connection.fetchval(SQL.text("get_tenant", "platform"), tenant)
    if schema is None:
        raise unknown(tenant)
    try:
        with translated():
            await store.begin_reading(connection, schema, await store.list_tables(connection, schema))
    except (Collided, Gone) as error:
        raise Conflict(f"Tenant {tenant!r} is being changed or deleted at this moment; try again") from error
    return schema


async def _describe(connection: Connection, tenant: str, schema: str) -> Manifest:
    """What the archive says of itself; from here on the connection has the role of the tenant."""
    steps = [row["name"] for row in await connection.fetch(SQL.text("list_steps", "platform"), tenant)]
    tables = [table for table in await store.list_tables(connection, schema) if table.name not in DERIVED]
    await store.become(connection, schema)
    return Manifest(
        platform=version("allmende"),
        tenant=tenant,
        exported_at=datetime.now(UTC),
        steps=steps,
        tables=[await _entry(connection, schema, table) for table in tables],
    )


@asynccontextmanager
async def unhurried(database: Database) -> AsyncIterator[Connection]:
    """A connection of its own, which takes its transaction along when it goes."""
    connection = await database.reach(statement_timeout=UNHURRIED, application="allmende archive")
    try:
        with translated():
            yield connection
    finally:
        connection.terminate()
        # Its socket is closed in the next turn of the loop.
        await asyncio.sleep(0)


async def _entry(connection: Connection, schema: str, table: Table) -> TableEntry:
    last = None if table.number is None else await store.get_last_number(connection, schema, table)
    return TableEntry(name=table.name, columns=list(table.columns), number=table.number, last=last)


async def _files(
    connection: Connection, schema: str, table: Table, part_bytes: int
) -> AsyncGenerator[tuple[str, bytes], None]:
    """The files of a table, none of an empty one."""
    number, gathered = 0, bytearray()
    async with aclosing(_rows(connection, schema, table)) as handed:
        async for rows in handed:
            gathered += rows
            if len(gathered) >= part_bytes:
                number += 1
                yield part_name(table.name, number), store.header_of(table) + gathered
                gathered = bytearray()
    if gathered:
        yield part_name(table.name, number + 1), store.header_of(table) + gathered


async def _rows(connection: Connection, schema: str, table: Table) -> AsyncGenerator[bytes, None]:
    """The rows of a table; PostgreSQL sends no faster than they are taken."""
    handed: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)

    async def copy() -> None:
        with translated():
            await store.copy_out(connection, schema, table, handed.put)
        await handed.put(None)

    copying = asyncio.create_task(copy(), name="export")
    try:
        while True:
            taking = asyncio.create_task(handed.get())
            await asyncio.wait({taking, copying}, return_when=asyncio.FIRST_COMPLETED)
            if not taking.done() and handed.empty():
                # It ended without the last word, which stands for all that was there.
                taking.cancel()
                await copying
            rows = await taking
            if rows is None:
                break
            yield rows
    finally:
        copying.cancel()
        await asyncio.gather(copying, return_exceptions=True)
