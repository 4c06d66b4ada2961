-- A tenant's snapshots go with it: whoever gets its name later is not to find them.
CREATE OR REPLACE FUNCTION platform.drop_tenant(slug text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space    text;
  snapshot text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('allmende.tenant'));
  FOR snapshot IN SELECT t.slug FROM platform.tenant t WHERE split_part(t.slug, '.', 1) = drop_tenant.slug AND t.slug LIKE '%.%' LOOP
    PERFORM platform.drop_snapshot(snapshot);
  END LOOP;
  DELETE FROM platform.key k WHERE k.tenant = drop_tenant.slug;
  DELETE FROM platform.tenant t WHERE t.slug = drop_tenant.slug RETURNING t.schema INTO space;
  IF space IS NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP SCHEMA %I CASCADE', space);
  RETURN true;
END $$;
