# SPDX-License-Identifier: EUPL-1.2
"""Sums of whole hours of history, kept as a continuous aggregate of TimescaleDB's community edition.

Writes are not slowed down by sums: TimescaleDB notes which times were written to, and `refresh_hours` sums these up anew.
Until then `settled_hours` leaves them out, and history itself is asked (docs/decisions/0017-continuous-aggregates.md).
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
import structlog
from psycopg import sql

HOUR: Final = timedelta(hours=1)

_SPACE: Final = (
    "SELECT n.nspname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE p.proname = 'refresh_continuous_aggregate' AND 'force' = ANY(p.proargnames)"
)
"""Where TimescaleDB's functions lie."""

_MAKE: Final = """
CREATE MATERIALIZED VIEW {tenant}.history_hour
  WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT h.seq, h.attribute, h.dataset, h.observed, {space}.time_bucket('1 hour', h.time) AS start,
       count(*) AS count, count(h.number) AS numbers,
       sum(CASE WHEN abs(h.number) > 1e100 THEN 'NaN' ELSE h.number END) AS total,
       min(h.number) AS lowest, max(h.number) AS highest,
       sum(CASE WHEN abs(h.number) > 1e100 THEN 'NaN' WHEN abs(h.number) < 1e-100 THEN 0 ELSE h.number * h.number END) AS squares
  FROM {tenant}.history h
 WHERE NOT h.deleted
 GROUP BY 1, 2, 3, 4, 5
  WITH NO DATA;
CREATE INDEX ON {tenant}.history_hour (seq, attribute, dataset, start);
"""

# TimescaleDB counts microseconds since 1970 and notes ranges with both of their ends. Here they are whole hours since then.
_FUNCTIONS: Final = """
REVOKE ALL ON {tenant}.history_hour FROM {tenant};
GRANT SELECT ON {tenant}.history_hour TO {tenant};

CREATE OR REPLACE FUNCTION {tenant}.settled_hours(timestamptz, timestamptz) RETURNS TABLE (start timestamptz, stop timestamptz)
LANGUAGE sql STABLE AS $$
  WITH asked AS (
    SELECT ceil(extract(epoch FROM greatest($1, '1900-01-01 00:00:00+00')) / 3600)::bigint AS first,
           floor(extract(epoch FROM least($2, s.until)) / 3600)::bigint AS last
      FROM {tenant}.settled s
  ), written AS (
    SELECT h.lowest_modified_value AS low, h.greatest_modified_value AS high
      FROM _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log h WHERE h.hypertable_id = {history}
     UNION ALL
    SELECT m.lowest_modified_value, m.greatest_modified_value
      FROM _timescaledb_catalog.continuous_aggs_materialization_invalidation_log m WHERE m.materialization_id = {hours}
  ), stale AS (
    SELECT range_agg(int8range(floor(w.low / 3600e6)::bigint, floor(w.high / 3600e6)::bigint + 1)) AS hours FROM written w
  )
  SELECT 'epoch'::timestamptz + lower(r.hours) * interval '1 hour', 'epoch'::timestamptz + upper(r.hours) * interval '1 hour'
    FROM asked a
   CROSS JOIN stale s
   CROSS JOIN LATERAL unnest(int8multirange(int8range(a.first, greatest(a.first, a.last))) - coalesce(s.hours, '{{}}')) AS r(hours)
   ORDER BY 1
$$;

CREATE OR REPLACE FUNCTION {tenant}.hours_of(bigint, int, int, timestamptz, timestamptz)
  RETURNS TABLE (start timestamptz, observed boolean, count bigint, numbers bigint, total float8, lowest float8,
                 highest float8, squares float8)
LANGUAGE sql STABLE AS $$
  SELECT h.start, h.observed, h.count, h.numbers, h.total, h.lowest, h.highest, h.squares
    FROM {tenant}.history_hour h
   WHERE h.seq = $1 AND h.attribute = $2 AND h.dataset = $3 AND h.start >= $4 AND h.start < $5
$$;
"""

_WITHOUT: Final = """
CREATE OR REPLACE FUNCTION {tenant}.settled_hours(timestamptz, timestamptz) RETURNS TABLE (start timestamptz, stop timestamptz)
LANGUAGE sql STABLE AS 'SELECT NULL::timestamptz, NULL::timestamptz WHERE false';
"""
_log = structlog.get_logger()


def make_hours(connection: psycopg.Connection, schema: str) -> bool:
    """Have a tenant's history summed up from now on, where this TimescaleDB can do so safely; as the owner.

    It must be able to sum up anew what it believes to be right (`force`): see `refresh_hours`. What is read of its catalog
    may change with its versions: then history is asked, as without it.
    """
    names = {"tenant": sql.Identifier(schema)}
    try:
        with connection.transaction():
            return _make_hours(connection, schema, names)
    except (psycopg.ProgrammingError, psycopg.NotSupportedError) as error:
        _log.info("hours_not_kept", schema=schema, reason=str(error).partition("\n")[0])
    connection.execute(sql.SQL(_WITHOUT).format(**names))
    return False


def _make_hours(connection: psycopg.Connection, schema: str, names: dict[str, sql.Identifier]) -> bool:
    space = connection.execute(_SPACE).fetchone()
    if space is None:
        return False
    if not has_hours(connection, schema):
        connection.execute(sql.SQL(_MAKE).format(**names, space=sql.Identifier(space[0])))
    history, hours = map(sql.Literal, _numbers(connection, schema))
    connection.execute(sql.SQL(_FUNCTIONS).format(**names, history=history, hours=hours))
    return True


def has_hours(connection: psycopg.Connection, schema: str) -> bool:
    """Whether a tenant's history is summed up."""
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{schema}.history_hour",)).fetchone()
    return row is not None and bool(row[0])


def refresh_hours(connection: psycopg.Connection, schema: str, now: datetime) -> None:
    """Sum up what was written since the last time, until an hour ago; as the owner, outside a transaction.

    First the border moves until which TimescaleDB takes notes of what is written. A transaction that ends at that moment
    may have looked at the old one: nothing counts as settled that was not summed up after such transactions had ended.
    """
    stop = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - HOUR
    _refresh(connection, schema, stop - HOUR, stop)
    border = _border(connection, schema)
    if border is None:
        return
    _await_writes(connection, schema)
    for start, end in _stale_chunks(connection, schema):
        if start < border:
            _refresh(connection, schema, start, min(end, border))
    _refresh(connection, schema, None, border)
    _refresh(connection, schema, border - HOUR, border, force=True)
    table = sql.Identifier(schema, "settled")
    with connection.transaction():
        connection.execute(sql.SQL("DELETE FROM {}").format(table))
        connection.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(table), (border,))


def _refresh(
    connection: psycopg.Connection, schema: str, start: datetime | None, stop: datetime, *, force: bool = False
) -> None:
    statement = sql.SQL("CALL {space}.refresh_continuous_aggregate(%s::regclass, %s::timestamptz, %s::timestamptz, %s)")
    (space,) = connection.execute(_SPACE).fetchone() or ("public",)
    values = (f"{schema}.history_hour", start, stop, force)
    connection.execute(statement.format(space=sql.Identifier(space)), values)


def _await_writes(connection: psycopg.Connection, schema: str) -> None:
    """Wait until the transactions that write history at this moment have ended."""
    with connection.transaction():
        connection.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.Identifier(schema, "history")))


def _border(connection: psycopg.Connection, schema: str) -> datetime | None:
    """Until when TimescaleDB takes notes of what is written; None before it takes any."""
    history, _ = _numbers(connection, schema)
    row = connection.execute(
        "SELECT to_timestamp(t.watermark / 1000000) FROM _timescaledb_catalog.continuous_aggs_invalidation_threshold t"
        " WHERE t.hypertable_id = %s AND t.watermark > 0",
        (history,),
    ).fetchone()
    return None if row is None else row[0]


def _stale_chunks(connection: psycopg.Connection, schema: str) -> list[tuple[datetime, datetime]]:
    """The ranges of those chunks of history that were written to since they were summed up, the oldest first."""
    history, hours = _numbers(connection, schema)
    return connection.execute(
        """
          SELECT c.range_start, c.range_end
            FROM timescaledb_information.chunks c
           CROSS JOIN LATERAL (SELECT extract(epoch FROM c.range_start) * 1000000 AS start,
                                      extract(epoch FROM c.range_end) * 1000000 AS stop) AS at
           WHERE c.hypertable_schema = %(schema)s AND c.hypertable_name = 'history'
             AND (EXISTS (SELECT FROM _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log h
                           WHERE h.hypertable_id = %(history)s
                             AND h.lowest_modified_value < at.stop AND h.greatest_modified_value >= at.start)
                  OR EXISTS (SELECT FROM _timescaledb_catalog.continuous_aggs_materialization_invalidation_log m
                              WHERE m.materialization_id = %(hours)s
                                AND m.lowest_modified_value < at.stop AND m.greatest_modified_value >= at.start))
        ORDER BY c.range_start
        """,
        {"schema": schema, "history": history, "hours": hours},
    ).fetchall()


def _numbers(connection: psycopg.Connection, schema: str) -> tuple[int, int]:
    """By which TimescaleDB knows the history of a tenant, and its hours."""
    row = connection.execute(
        "SELECT a.raw_hypertable_id, a.mat_hypertable_id FROM _timescaledb_catalog.continuous_agg a"
        " WHERE a.user_view_schema = %s AND a.user_view_name = 'history_hour'",
        (schema,),
    ).fetchone()
    if row is None:
        raise LookupError(f"TimescaleDB knows no hours of {schema}")
    return row
