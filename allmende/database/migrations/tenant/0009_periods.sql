-- The beginning of the period of a fixed width that holds a time; periods are counted from an origin.
-- Both expressions give the same: TimescaleDB knows more of its own one, of which other servers have none.
DO $$
DECLARE
  space text;
BEGIN
  SELECT n.nspname INTO space FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
   WHERE e.extname = 'timescaledb';
  EXECUTE format(
    'CREATE FUNCTION {tenant}.period_start(width interval, "time" timestamptz, origin timestamptz) RETURNS timestamptz'
    ' LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
    CASE WHEN space IS NULL THEN 'SELECT date_bin($1, $2, $3)' ELSE format('SELECT %I.time_bucket($1, $2, $3)', space) END);
END $$;
