-- Triggers that keep the index of values are there only where attributes are declared. Making them waits for the writes
-- that are under way, so that none is missed.
CREATE FUNCTION platform.tend_values(space text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted boolean;
  known  boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM platform.tenant t WHERE t.schema = space) THEN
    RAISE invalid_parameter_value USING MESSAGE = format('Schema %L is not that of a tenant', space);
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('allmende.values.' || space));
  EXECUTE format('SELECT EXISTS (SELECT FROM %I.declared)', space) INTO wanted;
  known := EXISTS (SELECT FROM pg_trigger g WHERE g.tgname = 'index_inserted' AND g.tgrelid = format('%I.entity', space)::regclass);
  IF wanted AND NOT known THEN
    EXECUTE format('CREATE TRIGGER index_inserted AFTER INSERT ON %1$I.entity REFERENCING NEW TABLE AS changed'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION %1$I.index_inserted()', space);
    EXECUTE format('CREATE TRIGGER index_updated AFTER UPDATE ON %1$I.entity REFERENCING OLD TABLE AS former NEW TABLE AS changed'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION %1$I.index_updated()', space);
    EXECUTE format('CREATE TRIGGER index_deleted AFTER DELETE ON %1$I.entity REFERENCING OLD TABLE AS former'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION %1$I.index_deleted()', space);
  ELSIF known AND NOT wanted THEN
    EXECUTE format('DROP TRIGGER index_inserted ON %I.entity', space);
    EXECUTE format('DROP TRIGGER index_updated ON %I.entity', space);
    EXECUTE format('DROP TRIGGER index_deleted ON %I.entity', space);
  END IF;
  RETURN wanted;
END $$;

REVOKE ALL ON FUNCTION platform.tend_values(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.tend_values(text) TO {serving};
