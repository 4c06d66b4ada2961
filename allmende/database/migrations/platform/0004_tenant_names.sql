-- A tenant's name may hold capitals and dashes. Schemas and roles cannot, so theirs are made of it. What stands after a
-- point is one of the tenant's snapshots, whose entities lie in a schema of their own.
ALTER TABLE platform.tenant DROP CONSTRAINT tenant_slug_check;
ALTER TABLE platform.tenant
  ADD CONSTRAINT tenant_slug_check CHECK (slug ~ '^[A-Za-z0-9_-]{1,40}(\.[0-9a-f]{20})?$');

-- The schema that a tenant's name asks for: a plain name as it is, so that it is the same on each server.
CREATE FUNCTION platform.schema_for(slug text, attempt int) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN slug ~ '^[a-z0-9_]{1,40}$' AND attempt = 0 THEN 't_' || slug
    ELSE 't_' || left(regexp_replace(lower(slug), '[^a-z0-9_]', '_', 'g'), 20) || '_' || left(md5(slug || attempt), 16)
  END
$$;

CREATE OR REPLACE FUNCTION platform.create_tenant(slug text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space   text;
  attempt int := 0;
BEGIN
  IF slug !~ '^[A-Za-z0-9_-]{1,40}(\.[0-9a-f]{20})?$' THEN
    RAISE invalid_parameter_value
      USING MESSAGE = format('Tenant %L must be 1 to 40 of a-z, A-Z, 0-9, _ and -', slug);
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('allmende.tenant'));
  SELECT t.schema INTO space FROM platform.tenant t WHERE t.slug = create_tenant.slug;
  IF FOUND THEN
    RETURN space;
  END IF;
  LOOP
    space := platform.schema_for(slug, attempt);
    EXIT WHEN NOT EXISTS (SELECT FROM platform.tenant t WHERE t.schema = space);
    attempt := attempt + 1;
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = space) THEN
    EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', space);
  END IF;
  EXECUTE format('GRANT %I TO %I', space, '{serving}');
  EXECUTE format('CREATE SCHEMA %I', space);
  INSERT INTO platform.tenant (slug, schema) VALUES (create_tenant.slug, space);
  PERFORM platform.migrate_tenant(create_tenant.slug);
  RETURN space;
END $$;

REVOKE ALL ON FUNCTION platform.schema_for(text, int) FROM PUBLIC;
