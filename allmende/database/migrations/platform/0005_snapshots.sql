-- Snapshots: copies of entities that stay as they were. The entities of each lie in a schema of their own, made as that of a
-- tenant, so that whatever can be asked of a tenant can be asked of a snapshot.
CREATE TABLE platform.snapshot (
  slug        text PRIMARY KEY REFERENCES platform.tenant ON DELETE CASCADE,
  tenant      text NOT NULL COLLATE "C",
  id          text NOT NULL COLLATE "C",
  status      text NOT NULL,
  priority    int NOT NULL,
  document    jsonb NOT NULL,
  created_at  timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  used_at     timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  UNIQUE (tenant, id)
);
CREATE INDEX snapshot_expires ON platform.snapshot (expires_at);

-- Copies rows of one schema into another, empty one: all of them where `ids` is null. Rows of an entity bear its number
-- `seq`; the numbers of attributes and datasets are the same in both. History is not copied, except with all.
CREATE FUNCTION platform.copy_entities(origin text, space text, ids text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  chosen bigint[];
  item   record;
BEGIN
  EXECUTE format('SELECT array_agg(e.seq) FROM %1$I.entity e JOIN %1$I.name n ON n.seq = e.seq'
                 ' WHERE $1 IS NULL OR n.id = ANY($1)', origin) INTO chosen USING ids;
  FOR item IN
    SELECT c.relname AS name, bool_or(a.attname = 'seq') AS has_seq,
           string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
           max(a.attname::text) FILTER (WHERE a.attidentity <> '') AS number
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE n.nspname = origin AND c.relkind = 'r'
     GROUP BY c.relname
  LOOP
    CONTINUE WHEN NOT item.has_seq AND item.name NOT IN ('attribute', 'dataset');
    CONTINUE WHEN item.name = 'history' AND ids IS NOT NULL;
    CONTINUE WHEN item.name = 'value_index';  -- a snapshot declares nothing
    EXECUTE format('DELETE FROM %I.%I', space, item.name);
    EXECUTE format('INSERT INTO %I.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %I.%I %s',
                   space, item.name, item.columns, item.columns, origin, item.name,
                   CASE WHEN item.has_seq THEN 'WHERE seq = ANY($1)' ELSE '' END) USING coalesce(chosen, '{}');
    IF item.number IS NOT NULL THEN
      EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), coalesce(max(%I), 0) + 1, false) FROM %I.%I',
                     format('%I.%I', space, item.name), item.number, item.number, space, item.name);
    END IF;
  END LOOP;
END $$;

-- Makes a snapshot of the entities of these ids, or of all, out of a tenant or of another snapshot of the same tenant.
CREATE FUNCTION platform.create_snapshot(slug text, origin text, ids text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  source text;
BEGIN
  IF slug !~ '^[A-Za-z0-9_-]{1,40}\.[0-9a-f]{20}$' OR split_part(slug, '.', 1) <> split_part(origin, '.', 1) THEN
    RAISE invalid_parameter_value USING MESSAGE = format('Snapshot %L must be one of the tenant of %L', slug, origin);
  END IF;
  SELECT t.schema INTO STRICT source FROM platform.tenant t WHERE t.slug = origin;
  PERFORM platform.copy_entities(source, platform.create_tenant(slug), ids);
END $$;

-- The role goes as well: its name is no other platform's.
CREATE FUNCTION platform.drop_snapshot(slug text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('allmende.tenant'));
  DELETE FROM platform.tenant t WHERE t.slug = drop_snapshot.slug AND t.slug LIKE '%.%' RETURNING t.schema INTO space;
  IF space IS NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP SCHEMA %I CASCADE', space);
  EXECUTE format('DROP ROLE %I', space);
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION platform.copy_entities(text, text, text[]), platform.create_snapshot(text, text, text[]),
  platform.drop_snapshot(text) FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON platform.snapshot TO {serving};
GRANT EXECUTE ON FUNCTION platform.create_snapshot(text, text, text[]), platform.drop_snapshot(text) TO {serving};
