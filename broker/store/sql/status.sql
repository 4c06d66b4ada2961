-- name: get_storage
-- Versions, and rows as the planner estimates them: by the last statistics and the size of now. A part that is in no
-- statistics yet is not counted and makes `is_partial` true. The names of columnstores are TimescaleDB's own; the rows of
-- chunks that went there are in none of their pages, and in their statistics with some versions only.
WITH part AS (
  SELECT c.reltuples, c.relpages, pg_relation_size(c.oid) AS bytes, c.oid <> '{tenant}.history'::regclass AS is_chunk
    FROM pg_class c
   WHERE c.oid = '{tenant}.history'::regclass
      OR c.oid IN (SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = '{tenant}.history'::regclass)
), estimate AS (
  SELECT CASE WHEN p.bytes = 0 THEN CASE WHEN p.is_chunk THEN greatest(p.reltuples, 0) ELSE 0 END
              WHEN p.relpages > 0 THEN p.reltuples / p.relpages * p.bytes / current_setting('block_size')::int END AS rows,
         p.bytes, p.is_chunk
    FROM part p
)
SELECT current_setting('server_version') AS postgres,
       (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'timescaledb') AS timescale,
       EXISTS (SELECT FROM pg_class c
                WHERE c.relnamespace = to_regnamespace('_timescaledb_internal')
                  AND c.relname LIKE '\_compressed\_hypertable\_%') AS has_columnstore,
       coalesce(bool_or(e.is_chunk), false) AS has_chunks,
       coalesce(bool_or(e.bytes > 0 AND NOT e.is_chunk), false) AS has_own_rows,
       bool_or(e.rows IS NULL) AS is_partial,
       (coalesce(sum(e.rows) FILTER (WHERE e.bytes > 0), 0)
        + greatest(coalesce(sum(e.rows) FILTER (WHERE e.bytes = 0), 0), {tenant}.packed_rows()))::bigint AS rows
  FROM estimate e;

-- name: list_newest_times
-- The newest observations of some attributes of some entities, those of each in the order of their time.
         SELECT u.number, h.time
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(id, iri, number)
           JOIN {tenant}.name n ON n.id = u.id
           JOIN {tenant}.attribute a ON a.iri = u.iri
CROSS JOIN LATERAL (SELECT h.time
                      FROM {tenant}.history h
                     WHERE h.seq = n.seq AND h.attribute = a.id AND h.dataset = 0 AND h.observed AND NOT h.deleted
                  ORDER BY h.time DESC
                     LIMIT $3) AS h
       ORDER BY u.number, h.time;
