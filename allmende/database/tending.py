# SPDX-License-Identifier: EUPL-1.2
"""What histories on TimescaleDB's community edition need from time to time, done as their owner.

TimescaleDB has a scheduler of its own for it, which asks that the owner of tables may log in. Here nobody logs in as the
owner: a short-lived process of the administrator does it.
"""

from datetime import datetime, timedelta
from typing import Final

import psycopg
from psycopg import sql

from allmende.database.hours import has_hours, refresh_hours
from allmende.database.levels import Level, tend_history
from allmende.errors import Unavailable

PACKED_AFTER: Final = timedelta(days=60)
"""The age at which a chunk of history goes to the columnstore."""

_LOCK: Final = 0x74656E64
_LONGEST_WAIT: Final = "2s"


def needs_tending(admin_url: str) -> bool:
    """Whether there is anything to do: only where TimescaleDB has a columnstore."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_extension WHERE extname = 'timescaledb'").fetchone() is None:
            return False
        query = "SELECT FROM timescaledb_information.hypertables WHERE compression_enabled LIMIT 1"
        return connection.execute(query).fetchone() is not None


def tend(admin_url: str, now: datetime) -> int:
    """Look after the histories of all tenants, unless somebody does at this moment; how many there were.

    One that fails, as a tenant that is being deleted does, holds up no other; then Unavailable tells the first reason.
    """
    tended = 0
    failed: tuple[str, psycopg.Error] | None = None
    try:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            for schema in _begin(connection):
                try:
                    tended += _tend_tenant(connection, schema, now)
                except psycopg.DatabaseError as error:
                    failed = failed or (schema, error)
    except psycopg.OperationalError as error:
        raise Unavailable(f"The database cannot be reached: {_first_line(error)}") from error
    if failed is not None:
        raise Unavailable(f"The history of {failed[0]} cannot be looked after: {_first_line(failed[1])}") from failed[1]
    return tended


def _begin(connection: psycopg.Connection) -> list[str]:
    """Become the owner; the tenants' schemas, or none where another process is at it."""
    if connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone() != (True,):
        return []
    owner = connection.execute(
        "SELECT pg_get_userbyid(n.nspowner) FROM pg_namespace n WHERE n.nspname = 'platform'"
    ).fetchone()
    if owner is None:
        return []
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner[0])))
    # Whoever waits for a lock holds up those that come after: rather the next time.
    connection.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(_LONGEST_WAIT)))
    return [row[0] for row in connection.execute("SELECT schema FROM platform.tenant ORDER BY schema").fetchall()]


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _tend_tenant(connection: psycopg.Connection, schema: str, now: datetime) -> bool:
    if tend_history(connection, schema) != Level.COLUMNSTORE:
        return False
    if has_hours(connection, schema):
        refresh_hours(connection, schema, now)
    pack_chunks(connection, schema, now - PACKED_AFTER)
    return True


def pack_chunks(connection: psycopg.Connection, schema: str, before: datetime) -> int:
    """Bring those chunks of a tenant's history that end before a time to the columnstore, one by one; how many."""
    chunks = connection.execute(
        "SELECT format('%%I.%%I', c.chunk_schema, c.chunk_name) FROM timescaledb_information.chunks c"
        " WHERE c.hypertable_schema = %s AND c.hypertable_name = 'history' AND c.range_end <= %s ORDER BY c.range_start",
        (schema, before),
    ).fetchall()
    for (chunk,) in chunks:
        # One that was written to since it was packed is packed again, and one that was not stays as it is.
        connection.execute("SELECT compress_chunk(%s::regclass, if_not_compressed => true)", (chunk,))
    return len(chunks)
