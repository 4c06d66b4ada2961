-- One row per attribute instance and time; `time` is observedAt, else modifiedAt (`observed` says which).
-- `number` is the value of a Property where it is a number; `value` holds what remains of the instance, if anything does.
CREATE TABLE {tenant}.history (
  seq         bigint NOT NULL,
  time        timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  number      float8,
  attribute   int NOT NULL,
  dataset     int NOT NULL,
  observed    boolean NOT NULL,
  deleted     boolean NOT NULL,
  value       jsonb,
  PRIMARY KEY (seq, attribute, dataset, time)
);

DO $$
DECLARE
  space text;
BEGIN
  SELECT n.nspname INTO space FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
   WHERE e.extname = 'timescaledb';
  IF space IS NOT NULL THEN
    EXECUTE format('SELECT %I.create_hypertable(%L::regclass, %L::name, chunk_time_interval => interval %L, create_default_indexes => false)',
                   space, '{tenant}.history', 'time', '7 days');
  END IF;
END $$;
