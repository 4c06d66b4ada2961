-- Snapshots of history. Names outlive entities: a copy of all has those, too, of which there is only history.
CREATE OR REPLACE FUNCTION platform.copy_entities(origin text, space text, ids text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  chosen bigint[];
  item   record;
BEGIN
  EXECUTE format('SELECT array_agg(n.seq) FROM %1$I.name n LEFT JOIN %1$I.entity e ON e.seq = n.seq'
                 ' WHERE $1 IS NULL OR (e.seq IS NOT NULL AND n.id = ANY($1))', origin) INTO chosen USING ids;
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

-- Copies series of history (entity, attribute and dataset, each from one time to before another) into a snapshot that was just
-- made, whose numbers are those of its origin. An entity that it does not hold is there as one that was: by its name and types.
CREATE FUNCTION platform.copy_history(slug text, origin text, seqs bigint[], attributes int[], datasets int[],
                                      starts timestamptz[], stops timestamptz[], moment text, observed boolean, deleted boolean)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  source text;
  space  text;
BEGIN
  IF slug NOT LIKE '%.%' OR split_part(slug, '.', 1) <> split_part(origin, '.', 1) OR moment NOT IN ('time', 'modified_at') THEN
    RAISE invalid_parameter_value USING MESSAGE = format('Snapshot %L must be one of the tenant of %L', slug, origin);
  END IF;
  SELECT t.schema INTO STRICT source FROM platform.tenant t WHERE t.slug = origin;
  SELECT t.schema INTO STRICT space FROM platform.tenant t WHERE t.slug = copy_history.slug;
  EXECUTE format('INSERT INTO %2$I.name (seq, id, deleted_at, types) OVERRIDING SYSTEM VALUE'
                 ' SELECT n.seq, n.id, n.deleted_at, coalesce(e.types, n.types)'
                 ' FROM %1$I.name n LEFT JOIN %1$I.entity e ON e.seq = n.seq'
                 ' WHERE n.seq = ANY($1) ON CONFLICT DO NOTHING', source, space) USING seqs;
  EXECUTE format('INSERT INTO %1$I.departed_type (type, id, seq)'
                 ' SELECT t.type, n.id, n.seq FROM %1$I.name n CROSS JOIN unnest(n.types) AS t(type)'
                 ' WHERE n.seq = ANY($1) AND NOT EXISTS (SELECT FROM %1$I.entity e WHERE e.seq = n.seq)'
                 ' ON CONFLICT DO NOTHING', space) USING seqs;
  EXECUTE format('INSERT INTO %2$I.history (seq, time, modified_at, number, attribute, dataset, observed, deleted, value)'
                 ' SELECT h.* FROM unnest($1, $2, $3, $4, $5) AS s(seq, attribute, dataset, start, stop)'
                 ' CROSS JOIN LATERAL (SELECT h.seq, h.time, h.modified_at, h.number, h.attribute, h.dataset, h.observed,'
                 ' h.deleted, h.value FROM %1$I.history h WHERE h.seq = s.seq AND h.attribute = s.attribute'
                 ' AND h.dataset = s.dataset AND h.%3$I >= s.start AND h.%3$I < s.stop AND (h.observed OR NOT $6)'
                 ' AND h.deleted = $7) h ON CONFLICT DO NOTHING', source, space, moment)
    USING seqs, attributes, datasets, starts, stops, observed, deleted;
  EXECUTE format('SELECT setval(pg_get_serial_sequence(%1$L, %2$L), coalesce(max(seq), 0) + 1, false) FROM %3$I.name',
                 format('%I.name', space), 'seq', space);
END $$;

REVOKE ALL ON FUNCTION platform.copy_history(text, text, bigint[], int[], int[], timestamptz[], timestamptz[], text, boolean,
  boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.copy_history(text, text, bigint[], int[], int[], timestamptz[], timestamptz[], text, boolean,
  boolean) TO {serving};
