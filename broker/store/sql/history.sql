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

-- name: get_evolving_by_id
-- An entity that is or was: its types, in the end those that it had when it was deleted.
   SELECT n.id, n.seq, coalesce(e.types, n.types), e.created_at, e.modified_at, n.deleted_at
     FROM {tenant}.name n
LEFT JOIN {tenant}.entity e ON e.seq = n.seq
    WHERE n.id = $1;

-- name: list_series
-- The attributes and datasets that entities have history of, by a loose walk over the primary key.
SELECT s.seq, w.attribute, w.dataset
  FROM unnest($1::bigint[]) AS s(seq)
 CROSS JOIN LATERAL (
    WITH RECURSIVE walk AS (
      (SELECT h.attribute, h.dataset FROM {tenant}.history h
        WHERE h.seq = s.seq ORDER BY h.attribute, h.dataset LIMIT 1)
      UNION ALL
      SELECT n.attribute, n.dataset
        FROM walk
       CROSS JOIN LATERAL (
          SELECT h.attribute, h.dataset FROM {tenant}.history h
           WHERE h.seq = s.seq AND (h.attribute, h.dataset) > (walk.attribute, walk.dataset)
        ORDER BY h.attribute, h.dataset LIMIT 1) AS n
    )
    SELECT walk.attribute, walk.dataset FROM walk) AS w;

-- name: get_instances
-- The first instances of each of several series, from its start and before its stop.
SELECT s.ordinal, h.*
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY
    AS s(seq, attribute, dataset, start, stop, ordinal)
 CROSS JOIN LATERAL (
    SELECT h.seq, h.attribute, h.dataset, h.time, h.observed, h.deleted, h.number, h.value, h.modified_at
      FROM {tenant}.history h
     WHERE h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset
       AND h.time >= s.start AND h.time < s.stop AND (h.observed OR NOT $6) AND h.deleted = $7
  ORDER BY h.time
     LIMIT $8) AS h;

-- name: get_instances_descending
-- The same, the newest first.
SELECT s.ordinal, h.*
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY
    AS s(seq, attribute, dataset, start, stop, ordinal)
 CROSS JOIN LATERAL (
    SELECT h.seq, h.attribute, h.dataset, h.time, h.observed, h.deleted, h.number, h.value, h.modified_at
      FROM {tenant}.history h
     WHERE h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset
       AND h.time >= s.start AND h.time < s.stop AND (h.observed OR NOT $6) AND h.deleted = $7
  ORDER BY h.time DESC
     LIMIT $8) AS h;

-- name: get_instances_by_modified
-- The same by the times of modification.
SELECT s.ordinal, h.*
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY
    AS s(seq, attribute, dataset, start, stop, ordinal)
 CROSS JOIN LATERAL (
    SELECT h.seq, h.attribute, h.dataset, h.time, h.observed, h.deleted, h.number, h.value, h.modified_at
      FROM {tenant}.history h
     WHERE h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset
       AND h.modified_at >= s.start AND h.modified_at < s.stop AND (h.observed OR NOT $6) AND h.deleted = $7
  ORDER BY h.modified_at
     LIMIT $8) AS h;

-- name: get_instances_by_modified_descending
-- The same, the newest first.
SELECT s.ordinal, h.*
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY
    AS s(seq, attribute, dataset, start, stop, ordinal)
 CROSS JOIN LATERAL (
    SELECT h.seq, h.attribute, h.dataset, h.time, h.observed, h.deleted, h.number, h.value, h.modified_at
      FROM {tenant}.history h
     WHERE h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset
       AND h.modified_at >= s.start AND h.modified_at < s.stop AND (h.observed OR NOT $6) AND h.deleted = $7
  ORDER BY h.modified_at DESC
     LIMIT $8) AS h;

-- name: get_scope_starts
-- The time of the scopes that entities had already when a window began.
SELECT s.seq, h.time
  FROM unnest($1::bigint[]) AS s(seq)
 CROSS JOIN LATERAL (
    SELECT h.time FROM {tenant}.history h
     WHERE h.seq = s.seq AND h.attribute = $2 AND h.dataset = 0 AND h.time <= $3
  ORDER BY h.time DESC LIMIT 1) AS h;

-- name: get_newest_scopes
-- The time of the last row that entities have of one attribute, by its IRI.
SELECT s.seq, h.time
  FROM unnest($1::bigint[]) AS s(seq)
 CROSS JOIN LATERAL (
    SELECT h.time FROM {tenant}.history h
     WHERE h.seq = s.seq AND h.dataset = 0
       AND h.attribute = (SELECT a.id FROM {tenant}.attribute a WHERE a.iri = $2)
  ORDER BY h.time DESC LIMIT 1) AS h;

-- name: get_history_instance
-- The dataset of the instance with this key, and whether its time is that of an observation.
   SELECT d.uri, h.observed
     FROM {tenant}.history h
LEFT JOIN {tenant}.dataset d ON d.id = h.dataset
    WHERE h.seq = $1 AND h.attribute = $2 AND h.dataset = $3 AND h.time = $4;

-- name: has_history_dataset
-- Whether an attribute has history of a dataset; null is the default instance.
SELECT EXISTS (
  SELECT FROM {tenant}.history h
   WHERE h.seq = $1 AND h.attribute = $2
     AND h.dataset = CASE WHEN $3::text IS NULL THEN 0 ELSE (SELECT d.id FROM {tenant}.dataset d WHERE d.uri = $3) END
);

-- name: delete_history
-- Rows of an entity; null for an attribute, a dataset or a time means all of them.
DELETE FROM {tenant}.history h
      USING unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[]) AS u(seq, attribute, dataset, time)
      WHERE h.seq = u.seq AND (u.attribute IS NULL OR h.attribute = u.attribute)
        AND (u.dataset IS NULL OR h.dataset = u.dataset) AND (u.time IS NULL OR h.time = u.time);

-- name: count_history
-- Instances of series, each from one time to before another; counted up to $8.
SELECT count(*) FROM (
  SELECT FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[])
      AS s(seq, attribute, dataset, start, stop)
   CROSS JOIN LATERAL (
      SELECT FROM {tenant}.history h
       WHERE h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset
         AND h.time >= s.start AND h.time < s.stop AND (h.observed OR NOT $6) AND h.deleted = $7) AS h
   LIMIT $8) AS c;

-- name: count_history_by_modified
-- The same by the times of modification.
SELECT count(*) FROM (
  SELECT FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[])
      AS s(seq, attribute, dataset, start, stop)
   CROSS JOIN LATERAL (
      SELECT FROM {tenant}.history h
       WHERE h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset
         AND h.modified_at >= s.start AND h.modified_at < s.stop AND (h.observed OR NOT $6) AND h.deleted = $7) AS h
   LIMIT $8) AS c;
