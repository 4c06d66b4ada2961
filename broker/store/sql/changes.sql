-- name: write_changes
-- All that a batch nearly always writes: instances, new states of known entities, new entities with their types, places, labels.
-- One statement is one round trip. The same time with an equal value changes nothing, with another value replaces it.
-- Arrays come as text: the driver takes three times as long for them. An empty one stands for what is the same in all
-- rows. `types` and `scopes` are names separated by blanks, which no IRI holds.
WITH updated AS (
  UPDATE {tenant}.entity e
     SET modified_at = coalesce(u.modified_at, $10::timestamptz), document = u.document
    FROM unnest($11::text::bigint[], $12::text::timestamptz[], $13::jsonb[]) AS u(seq, modified_at, document)
   WHERE e.seq = u.seq
), made AS (
  INSERT INTO {tenant}.entity (seq, created_at, modified_at, types, scopes, document)
       SELECT u.seq, coalesce(u.created_at, $10::timestamptz), coalesce(u.modified_at, $10::timestamptz),
              string_to_array(u.types, ' '), string_to_array(u.scopes, ' '), u.document
         FROM unnest($14::text::bigint[], $15::text::timestamptz[], $16::text::timestamptz[], $17::text::text[],
                     $18::text::text[], $19::jsonb[])
           AS u(seq, created_at, modified_at, types, scopes, document)
), typed AS (
  INSERT INTO {tenant}.entity_type (type, id, seq)
       SELECT unnest(string_to_array(u.types, ' ')), u.id, u.seq
         FROM unnest($14::text::bigint[], $17::text::text[], $20::text[]) AS u(seq, types, id)
  ON CONFLICT DO NOTHING
), placed AS (
  INSERT INTO {tenant}.place (seq, attribute, dataset, box)
       SELECT u.seq, u.attribute, u.dataset, box(point(u.west, u.south), point(u.east, u.north))
         FROM unnest($21::text::bigint[], $22::text::int[], $23::text::int[], $24::text::float8[], $25::text::float8[],
                     $26::text::float8[], $27::text::float8[])
           AS u(seq, attribute, dataset, west, south, east, north)
), labelled AS (
  INSERT INTO {tenant}.label AS l (seq, label, words)
       SELECT u.seq, u.label, array_to_tsvector(string_to_array(u.words, ' '))
         FROM unnest($28::text::bigint[], $29::text::jsonb[], $30::text::text[]) AS u(seq, label, words)
  ON CONFLICT (seq) DO UPDATE SET label = excluded.label, words = excluded.words
)
INSERT INTO {tenant}.history AS h (seq, attribute, dataset, time, observed, modified_at, deleted, number, value)
     SELECT u.seq, u.attribute, coalesce(u.dataset, 0), u.time, coalesce(u.observed, true),
            coalesce(u.modified_at, $10::timestamptz), coalesce(u.deleted, false), u.number, u.value
       FROM unnest($1::text::bigint[], $2::text::int[], $3::text::int[], $4::text::timestamptz[],
                   $5::text::timestamptz[], $6::text::float8[], $7::text::jsonb[], $8::text::boolean[],
                   $9::text::boolean[])
         AS u(seq, attribute, dataset, time, modified_at, number, value, observed, deleted)
ON CONFLICT (seq, attribute, dataset, time) DO UPDATE
        SET observed = excluded.observed, modified_at = excluded.modified_at, deleted = excluded.deleted,
            number = excluded.number, value = excluded.value
      WHERE (h.number, h.value, h.deleted) IS DISTINCT FROM (excluded.number, excluded.value, excluded.deleted);
