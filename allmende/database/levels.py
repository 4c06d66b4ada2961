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

ROWS_PER_CHUNK: Final = 10_000_000
"""About 1 GB with its index: what is written to should fit into memory."""

SHORTEST: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=90)
_COLUMNSTORE_AFTER: Final = "60 days"


class Level(StrEnum):
    """What a tenant's history is."""

    PLAIN = "plain"
    HYPERTABLE = "hypertable"
    COLUMNSTORE = "columnstore"


def tend_history(connection: psycopg.Connection, schema: str) -> Level:
    """Bring the history of a tenant to the highest level that the server offers; as the owner, outside a transaction."""
    if not _has_timescale(connection) or not _is_hypertable(connection, schema):
        return Level.PLAIN
    _fit_chunks(connection, schema)
    return Level.COLUMNSTORE if _enable_columnstore(connection, schema) else Level.HYPERTABLE


def chunk_interval(rows_per_day: float) -> timedelta:
    """The interval of chunks by the volume of a tenant, in whole days."""
    if rows_per_day <= 0:
        return timedelta(days=7)
    days = timedelta(days=max(1, round(ROWS_PER_CHUNK / rows_per_day)))
    return min(max(days, SHORTEST), LONGEST)


def _has_timescale(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT FROM pg_extension WHERE extname = 'timescaledb'").fetchone() is not None


def _is_hypertable(connection: psycopg.Connection, schema: str) -> bool:
    query = (
        "SELECT FROM timescaledb_information.hypertables WHERE hypertable_schema = %s AND hypertable_name = 'history'"
    )
    return connection.execute(query, (schema,)).fetchone() is not None


def _fit_chunks(connection: psycopg.Connection, schema: str) -> None:
    """Chunks that are made from now on are as long as the volume of the last ones asks for."""
    row = connection.execute(
        """
        SELECT sum(greatest(c.reltuples, 0)), extract(epoch FROM max(i.range_end) - min(i.range_start)) / 86400
          FROM (SELECT * FROM timescaledb_information.chunks
                 WHERE hypertable_schema = %s AND hypertable_name = 'history'
                 ORDER BY range_start DESC LIMIT 4) AS i
          JOIN pg_class c ON c.relname = i.chunk_name AND c.relnamespace = i.chunk_schema::regnamespace
        """,
        (schema,),
    ).fetchone()
    if row and row[0] and row[1]:
        interval = chunk_interval(float(row[0]) / float(row[1]))
        connection.execute("SELECT set_chunk_time_interval(%s, %s)", (f"{schema}.history", interval))


def _enable_columnstore(connection: psycopg.Connection, schema: str) -> bool:
    """Whether old chunks are kept by columns from now on, which the Apache edition refuses."""
    table = sql.Identifier(schema, "history")
    statements = (
        sql.SQL(
            "ALTER TABLE {table} SET (timescaledb.compress, timescaledb.compress_segmentby = 'seq, attribute, dataset',"
            " timescaledb.compress_orderby = 'time')"
        ).format(table=table),
        sql.SQL("SELECT add_compression_policy({name}, INTERVAL {after}, if_not_exists => true)").format(
            name=sql.Literal(f"{schema}.history"), after=sql.Literal(_COLUMNSTORE_AFTER)
        ),
    )
    try:
        for statement in statements:
            connection.execute(statement)
    except psycopg.errors.FeatureNotSupported:
        return False
    return True
