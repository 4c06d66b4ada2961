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
