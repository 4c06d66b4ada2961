-- name: count_types
-- How many entities each type has: by the index alone.
  SELECT t.type, count(*)
    FROM {tenant}.entity_type t
GROUP BY t.type
ORDER BY t.type;

-- name: get_extent
-- How many entities there are, and the box around all places: west, south, east, north.
SELECT (SELECT count(*) FROM {tenant}.entity), min((p.box[1])[0]), min((p.box[1])[1]), max((p.box[0])[0]),
       max((p.box[0])[1])
  FROM {tenant}.place p;

-- name: find_newest
-- The newest observation and the newest change of each type. No index knows them: this reads every document.
   SELECT t.type, max(o.time), max(e.modified_at)
     FROM {tenant}.entity e
     JOIN {tenant}.entity_type t ON t.seq = e.seq
LEFT JOIN LATERAL (SELECT max((q.observed #>> '{}')::timestamptz) AS time
                     FROM jsonb_path_query(e.document, '$.*[*].observedAt') AS q(observed)) AS o ON true
 GROUP BY t.type;
