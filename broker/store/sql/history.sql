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
