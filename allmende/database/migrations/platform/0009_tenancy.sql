-- Tenants that come and go while processes serve. A process knows a tenant by its schema, so no schema's name is used twice:
-- what it knew of a tenant that was deleted holds for no other that is called so later.
CREATE TABLE platform.former_schema (
  schema text PRIMARY KEY
);

-- With `upto`: only the steps until that one, as an archive of an older version needs it.
DROP FUNCTION platform.migrate_tenant(text);

CREATE FUNCTION platform.migrate_tenant(slug text, upto int DEFAULT NULL) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space text;
  step  record;
  steps int := 0;
BEGIN
  SELECT t.schema INTO STRICT space FROM platform.tenant t WHERE t.slug = migrate_tenant.slug;
  FOR step IN
    SELECT s.number, s.sql FROM platform.tenant_step s
     WHERE (upto IS NULL OR s.number <= upto)
       AND NOT EXISTS (SELECT FROM platform.tenant_migration m
                        WHERE m.slug = migrate_tenant.slug AND m.number = s.number)
     ORDER BY s.number
  LOOP
    EXECUTE replace(step.sql, '{tenant}', space);
    INSERT INTO platform.tenant_migration (slug, number) VALUES (migrate_tenant.slug, step.number);
    steps := steps + 1;
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', space, space);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', space, space);
  EXECUTE format('GRANT SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA %I TO %I', space, space);
  RETURN steps;
END $$;

-- Indexes of values are there, as their triggers are, only where attributes are declared: a database of a thousand tenants
-- is to have few tables and indexes. Where nothing is declared any more they go when the last value is cleared away.
CREATE OR REPLACE FUNCTION platform.tend_values(space text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted  boolean;
  known   boolean;
  indexed boolean;
  filled  boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM platform.tenant t WHERE t.schema = space) THEN
    RAISE invalid_parameter_value USING MESSAGE = format('Schema %L is not that of a tenant', space);
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('allmende.values.' || space));
  EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.declared), EXISTS (SELECT FROM %1$I.value_index)', space) INTO wanted, filled;
  known := EXISTS (SELECT FROM pg_trigger g WHERE g.tgname = 'index_inserted' AND g.tgrelid = format('%I.entity', space)::regclass);
  indexed := to_regclass(format('%I.value_index_cell', space)) IS NOT NULL;
  IF wanted AND NOT indexed THEN
    EXECUTE format('CREATE INDEX value_index_seq ON %I.value_index (seq, declared)', space);
    EXECUTE format('CREATE INDEX value_index_number ON %I.value_index (declared, number, id) INCLUDE (seq) WHERE number IS NOT NULL', space);
    EXECUTE format('CREATE INDEX value_index_text ON %I.value_index (declared, text, id) INCLUDE (seq) WHERE text IS NOT NULL', space);
    EXECUTE format('CREATE INDEX value_index_several ON %I.value_index (declared, number, text, id) INCLUDE (seq) WHERE several', space);
    EXECUTE format('CREATE INDEX value_index_cell ON %I.value_index (declared, cell, id) INCLUDE (seq, number, text, x, y)', space);
  ELSIF indexed AND NOT wanted AND NOT filled THEN
    EXECUTE format('DROP INDEX %1$I.value_index_seq, %1$I.value_index_number, %1$I.value_index_text, %1$I.value_index_several,'
                   ' %1$I.value_index_cell', space);
  END IF;
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

-- Makes a tenant with the steps until `upto`, and gives its schema; null where there is one of this name. An import makes
-- its tenant in a long transaction: no other name waits for it, since no lock but that of the row is held.
CREATE FUNCTION platform.make_tenant(slug text, upto int) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space   text;
  attempt int := -1;
BEGIN
  IF slug !~ '^[A-Za-z0-9_-]{1,40}(\.[0-9a-f]{20})?$' THEN
    RAISE invalid_parameter_value
      USING MESSAGE = format('Tenant %L must be 1 to 40 of a-z, A-Z, 0-9, _ and -', slug);
  END IF;
  LOOP
    attempt := attempt + 1;
    space := platform.schema_for(slug, attempt);
    CONTINUE WHEN EXISTS (SELECT FROM platform.former_schema f WHERE f.schema = space);
    -- A role of this name may be one that another platform on the server has, and does not share.
    CONTINUE WHEN EXISTS (SELECT FROM pg_roles r
                           WHERE r.rolname = space AND NOT pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION'));
    INSERT INTO platform.tenant (slug, schema) VALUES (make_tenant.slug, space) ON CONFLICT DO NOTHING;
    EXIT WHEN FOUND;
    IF EXISTS (SELECT FROM platform.tenant t WHERE t.slug = make_tenant.slug) THEN
      RETURN NULL;
    END IF;
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = space) THEN
    EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', space);
  END IF;
  EXECUTE format('GRANT %I TO %I', space, '{serving}');
  EXECUTE format('CREATE SCHEMA %I', space);
  PERFORM platform.migrate_tenant(make_tenant.slug, upto);
  IF upto IS NULL THEN
    PERFORM platform.tend_values(space);
  END IF;
  RETURN space;
END $$;

CREATE OR REPLACE FUNCTION platform.create_tenant(slug text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space text;
BEGIN
  SELECT t.schema INTO space FROM platform.tenant t WHERE t.slug = create_tenant.slug;
  IF NOT FOUND THEN
    space := platform.make_tenant(create_tenant.slug, NULL);
  END IF;
  IF space IS NULL THEN
    SELECT t.schema INTO STRICT space FROM platform.tenant t WHERE t.slug = create_tenant.slug;
  END IF;
  RETURN space;
END $$;

-- After the rows of an archive are there: the steps that are newer than it, and the triggers of what is declared.
CREATE FUNCTION platform.finish_tenant(slug text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM platform.migrate_tenant(finish_tenant.slug);
  PERFORM platform.tend_values(t.schema) FROM platform.tenant t WHERE t.slug = finish_tenant.slug;
END $$;

-- A snapshot is not to be made of a tenant that is being deleted: both wait for each other.
CREATE OR REPLACE FUNCTION platform.create_snapshot(slug text, origin text, ids text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  source text;
BEGIN
  IF slug !~ '^[A-Za-z0-9_-]{1,40}\.[0-9a-f]{20}$' OR split_part(slug, '.', 1) <> split_part(origin, '.', 1) THEN
    RAISE invalid_parameter_value USING MESSAGE = format('Snapshot %L must be one of the tenant of %L', slug, origin);
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('allmende.tenant'));
  SELECT t.schema INTO STRICT source FROM platform.tenant t WHERE t.slug = origin;
  PERFORM platform.copy_entities(source, platform.create_tenant(slug), ids);
END $$;

CREATE OR REPLACE FUNCTION platform.drop_tenant(slug text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space    text;
  snapshot text;
BEGIN
  IF slug = 'default' THEN
    RAISE invalid_parameter_value USING MESSAGE = 'Tenant default cannot be deleted';
  END IF;
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
  INSERT INTO platform.former_schema (schema) VALUES (space) ON CONFLICT DO NOTHING;
  BEGIN
    EXECUTE format('DROP ROLE %I', space);
  EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege OR object_in_use THEN
    NULL;  -- another platform on this server has such a tenant
  END;
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION platform.migrate_tenant(text, int), platform.make_tenant(text, int), platform.finish_tenant(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.make_tenant(text, int), platform.finish_tenant(text) TO {serving};
GRANT SELECT ON platform.tenant_step, platform.tenant_migration TO {serving};
