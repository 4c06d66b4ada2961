-- Tenants, keys, and the only DDL that a serving role can cause.
CREATE TABLE platform.tenant (
  slug       text PRIMARY KEY COLLATE "C" CHECK (slug ~ '^[a-z0-9_]{1,40}$'),
  schema     text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE platform.key (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name       text NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('admin', 'connector')),
  tenant     text REFERENCES platform.tenant,
  connector  text,
  prefix     text NOT NULL,
  sha256     bytea NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  CHECK ((kind = 'connector') = (connector IS NOT NULL))
);

-- The tables of a tenant as numbered steps: create_tenant runs them all, migrate runs the missing ones.
CREATE TABLE platform.tenant_step (
  number int PRIMARY KEY,
  name   text NOT NULL,
  sql    text NOT NULL
);

CREATE TABLE platform.tenant_migration (
  slug       text NOT NULL REFERENCES platform.tenant ON DELETE CASCADE,
  number     int NOT NULL REFERENCES platform.tenant_step,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (slug, number)
);

CREATE FUNCTION platform.migrate_tenant(slug text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space text;
  step  record;
  steps int := 0;
BEGIN
  SELECT t.schema INTO STRICT space FROM platform.tenant t WHERE t.slug = migrate_tenant.slug;
  FOR step IN
    SELECT s.number, s.sql FROM platform.tenant_step s
     WHERE NOT EXISTS (SELECT FROM platform.tenant_migration m
                        WHERE m.slug = migrate_tenant.slug AND m.number = s.number)
     ORDER BY s.number
  LOOP
    EXECUTE replace(step.sql, '{tenant}', space);
    INSERT INTO platform.tenant_migration (slug, number) VALUES (migrate_tenant.slug, step.number);
    steps := steps + 1;
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', space, space);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', space, space);
  RETURN steps;
END $$;

CREATE FUNCTION platform.create_tenant(slug text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space text := 't_' || slug;
BEGIN
  IF slug !~ '^[a-z0-9_]{1,40}$' THEN
    RAISE invalid_parameter_value USING MESSAGE = format('Tenant %L must be 1 to 40 of a-z, 0-9 and _', slug);
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('allmende.tenant'));
  IF EXISTS (SELECT FROM platform.tenant t WHERE t.slug = create_tenant.slug) THEN
    RETURN space;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = space) THEN
    EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', space);
  END IF;
  EXECUTE format('GRANT %I TO %I', space, '{serving}');
  EXECUTE format('CREATE SCHEMA %I', space);
  INSERT INTO platform.tenant (slug, schema) VALUES (create_tenant.slug, space);
  PERFORM platform.migrate_tenant(create_tenant.slug);
  RETURN space;
END $$;

-- The role stays: another database of the same server may use it.
CREATE FUNCTION platform.drop_tenant(slug text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('allmende.tenant'));
  DELETE FROM platform.key k WHERE k.tenant = drop_tenant.slug;
  DELETE FROM platform.tenant t WHERE t.slug = drop_tenant.slug RETURNING t.schema INTO space;
  IF space IS NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP SCHEMA %I CASCADE', space);
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION platform.migrate_tenant(text), platform.create_tenant(text), platform.drop_tenant(text) FROM PUBLIC;
GRANT USAGE ON SCHEMA platform TO {serving};
GRANT SELECT ON platform.tenant, platform.migration TO {serving};
GRANT SELECT, INSERT, UPDATE ON platform.key TO {serving};
GRANT EXECUTE ON FUNCTION platform.create_tenant(text), platform.drop_tenant(text) TO {serving};
