-- Dropping a chunk takes the rights of an owner. A serving process, which may delete the rows of a tenant anyway, can have
-- those chunks dropped that hold nothing newer than a time.
CREATE FUNCTION platform.drop_history(schema text, before timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  timescale text;
  dropped   int;
BEGIN
  SELECT n.nspname INTO timescale FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
   WHERE e.extname = 'timescaledb';
  IF timescale IS NULL OR NOT EXISTS (SELECT FROM platform.tenant t WHERE t.schema = drop_history.schema) THEN
    RETURN 0;
  END IF;
  IF NOT EXISTS (SELECT FROM timescaledb_information.hypertables h
                  WHERE h.hypertable_schema = drop_history.schema AND h.hypertable_name = 'history') THEN
    RETURN 0;
  END IF;
  EXECUTE format('SELECT count(*) FROM %I.drop_chunks(%L::regclass, older_than => $1)',
                 timescale, format('%I.history', drop_history.schema)) INTO dropped USING before;
  RETURN dropped;
END $$;

REVOKE ALL ON FUNCTION platform.drop_history(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.drop_history(text, timestamptz) TO {serving};
