# SPDX-License-Identifier: EUPL-1.2
"""The three levels of history, detected on the server: a table, a hypertable, a hypertable with columnstore.

The third is the community edition of TimescaleDB. It is never asked by name: its statements are tried, and an edition
without them says so.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final

import psycopg
from psycopg import sql

from allmende.database.hours import make_hours

ROWS_PER_CHUNK: Final = 10_000_000
"""About 1 GB with its index: what is written to should fit into memory."""

SHORTEST: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=90)

_COUNT_PACKED: Final = """
CREATE OR REPLACE FUNCTION {tenant}.packed_rows() RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(s.numrows_pre_compression), 0)::bigint
    FROM _timescaledb_catalog.hypertable h
    JOIN _timescaledb_catalog.chunk c ON c.hypertable_id = h.id
    JOIN _timescaledb_catalog.compression_chunk_size s ON s.chunk_id = c.id
   WHERE h.schema_name = {schema} AND h.table_name = 'history'
$$;
"""


class Level(StrEnum):
    """What a tenant's history is."""

    PLAIN = "plain"
    HYPERTABLE = "hypertable"
    COLUMNSTORE = "columnstore"


def tend_history(connection: psycopg.Connection, schema: str) -> Level:
    """Bring the history of a tenant to the highest level that the server offers; as the owner, outside a transaction.

    That of a snapshot, which is soon over, stays a hypertable.
    """
    if not _has_timescale(connection) or not _is_hypertable(connection, schema):
        return Level.PLAIN
    _fit_chunks(connection, schema)
    if _is_snapshot(connection, schema) or not _enable_columnstore(connection, schema):
        return Level.HYPERTABLE
    make_hours(connection, schema)
    return Level.COLUMNSTORE


def chunk_interval(rows_per_day: float) -> timedelta:
    """The interval of chunks by the volume of a tenant, in whole days."""
    if rows_per_day <= 0:
        return timedelta(days=7)
    days = round(min(ROWS_PER_CHUNK / rows_per_day, LONGEST.days))
    return max(timedelta(days=days), SHORTEST)


def _has_timescale(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT FROM pg_extension WHERE extname = 'timescaledb'").fetchone() is not None


def _is_hypertable(connection: psycopg.Connection, schema: str) -> bool:
    query = (
        "SELECT FROM timescaledb_information.hypertables WHERE hypertable_schema = %s AND hypertable_name = 'history'"
    )
    return connection.execute(query, (schema,)).fetchone() is not None


def _fit_chunks(connection: psycopg.Connection, schema: str) -> None:
    """Chunks that are made from now on are as long as the volume of the last ones asks for; packed ones tell none."""
    row = connection.execute(
        """
        SELECT sum(greatest(c.reltuples, 0)), extract(epoch FROM max(i.range_end) - min(i.range_start)) / 86400
          FROM (SELECT * FROM timescaledb_information.chunks
                 WHERE hypertable_schema = %s AND hypertable_name = 'history' AND NOT is_compressed
                 ORDER BY range_start DESC LIMIT 4) AS i
          JOIN pg_class c ON c.relname = i.chunk_name AND c.relnamespace = i.chunk_schema::regnamespace
        """,
        (schema,),
    ).fetchone()
    if row and row[0] and row[1]:
        interval = chunk_interval(float(row[0]) / float(row[1]))
        connection.execute("SELECT set_chunk_time_interval(%s, %s)", (f"{schema}.history", interval))


def _is_snapshot(connection: psycopg.Connection, schema: str) -> bool:
    query = "SELECT FROM platform.tenant t WHERE t.schema = %s AND t.slug LIKE '%%.%%'"
    return connection.execute(query, (schema,)).fetchone() is not None


def _enable_columnstore(connection: psycopg.Connection, schema: str) -> bool:
    """Whether chunks can be kept by columns from now on, which the Apache edition refuses."""
    statement = sql.SQL(
        "ALTER TABLE {} SET (timescaledb.compress, timescaledb.compress_segmentby = 'seq, attribute, dataset',"
        " timescaledb.compress_orderby = 'time')"
    )
    try:
        if not _has_columnstore(connection, schema):
            connection.execute(statement.format(sql.Identifier(schema, "history")))
    except psycopg.errors.FeatureNotSupported:
        return False
    names = {"tenant": sql.Identifier(schema), "schema": sql.Literal(schema)}
    connection.execute(sql.SQL(_COUNT_PACKED).format(**names))
    return True


def _has_columnstore(connection: psycopg.Connection, schema: str) -> bool:
    query = (
        "SELECT FROM timescaledb_information.hypertables"
        " WHERE hypertable_schema = %s AND hypertable_name = 'history' AND compression_enabled"
    )
    return connection.execute(query, (schema,)).fetchone() is not None
