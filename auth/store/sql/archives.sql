-- name: list_tables
-- The tables of a schema with their columns, the one that is numbered by itself, and the tables that each refers to.
  SELECT c.relname::text AS name,
         (SELECT array_agg(a.attname::text ORDER BY a.attnum)
            FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
         (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attidentity <> '') AS number,
         (SELECT coalesce(array_agg(DISTINCT f.relname::text), '{}')
            FROM pg_constraint k
            JOIN pg_class f ON f.oid = k.confrelid
           WHERE k.conrelid = c.oid AND k.contype = 'f' AND f.oid <> c.oid) AS refers
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relkind = 'r'
ORDER BY c.relname;

-- name: get_last_number
-- The last number that a column was given; null where it was given none.
SELECT pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass);

-- name: set_last_number
SELECT setval(pg_get_serial_sequence($1, $2)::regclass, $3);
