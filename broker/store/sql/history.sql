-- name: update_entities_and_history
-- What nearly every batch is: new states of known entities, and their instances. One statement is one round trip.
-- The same time with an equal value changes nothing, with another value replaces it. Arrays come as text: the driver
-- takes three times as long for them. An empty one stands for what is the same in all rows.
WITH updated AS (
  UPDATE {tenant}.entity e
     SET modified_at = coalesce(u.modified_at, $10::timestamptz), document = u.document
    FROM unnest($11::text::bigint[], $12::text::timestamptz[], $13::jsonb[]) AS u(seq, modified_at, document)
   WHERE e.seq = u.seq
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

-- name: get_history_entity
-- An entity's number and, while it exists, its types.
   SELECT n.seq, e.types, n.deleted_at
     FROM {tenant}.name n
LEFT JOIN {tenant}.entity e ON e.seq = n.seq
    WHERE n.id = $1;

-- name: list_history_attributes
-- The attributes that an entity has history of, by a loose walk over the primary key.
WITH RECURSIVE walk AS (
  (SELECT h.attribute FROM {tenant}.history h WHERE h.seq = $1 ORDER BY h.attribute LIMIT 1)
  UNION ALL
  SELECT (SELECT h.attribute FROM {tenant}.history h
           WHERE h.seq = $1 AND h.attribute > walk.attribute ORDER BY h.attribute LIMIT 1)
    FROM walk
   WHERE walk.attribute IS NOT NULL
)
SELECT walk.attribute FROM walk WHERE walk.attribute IS NOT NULL;

-- name: get_history_ascending
-- Instances of one attribute in a half-open range of observation times, oldest first.
  SELECT h.attribute, h.dataset, h.time, h.observed, h.deleted, h.number, h.value, h.modified_at
    FROM {tenant}.history h
   WHERE h.seq = $1 AND h.attribute = $2 AND h.time >= $3 AND h.time < $4
     AND (h.observed OR NOT $5) AND h.deleted = $6
ORDER BY h.time
   LIMIT $7;

-- name: get_history_descending
-- The same, newest first.
  SELECT h.attribute, h.dataset, h.time, h.observed, h.deleted, h.number, h.value, h.modified_at
    FROM {tenant}.history h
   WHERE h.seq = $1 AND h.attribute = $2 AND h.time >= $3 AND h.time < $4
     AND (h.observed OR NOT $5) AND h.deleted = $6
ORDER BY h.time DESC
   LIMIT $7;

-- name: get_history_by_modified
-- Instances of one attribute in a half-open range of modification times, oldest first.
  SELECT h.attribute, h.dataset, h.time, h.observed, h.deleted, h.number, h.value, h.modified_at
    FROM {tenant}.history h
   WHERE h.seq = $1 AND h.attribute = $2 AND h.modified_at >= $3 AND h.modified_at < $4
     AND (h.observed OR NOT $5) AND h.deleted = $6
ORDER BY h.modified_at
   LIMIT $7;

-- name: get_history_by_modified_descending
-- The same, newest first.
  SELECT h.attribute, h.dataset, h.time, h.observed, h.deleted, h.number, h.value, h.modified_at
    FROM {tenant}.history h
   WHERE h.seq = $1 AND h.attribute = $2 AND h.modified_at >= $3 AND h.modified_at < $4
     AND (h.observed OR NOT $5) AND h.deleted = $6
ORDER BY h.modified_at DESC
   LIMIT $7;
