-- name: insert_entity_map
-- What is over makes room, and the oldest ones where there are too many.
WITH swept AS (
  DELETE FROM {tenant}.entity_map m
   WHERE m.expires_at <= $5
      OR m.id IN (SELECT o.id FROM {tenant}.entity_map o ORDER BY o.created_at DESC, o.id OFFSET $6)
)
INSERT INTO {tenant}.entity_map (id, created_at, expires_at, query, ids) VALUES ($1, $5, $2, $3, $4)
ON CONFLICT DO NOTHING;

-- name: get_entity_map
SELECT m.id, m.expires_at, m.query, m.ids FROM {tenant}.entity_map m WHERE m.id = $1 AND m.expires_at > $2;

-- name: set_entity_map_expiry
   UPDATE {tenant}.entity_map m
      SET expires_at = $3
    WHERE m.id = $1 AND m.expires_at > $2
RETURNING m.id;

-- name: prune_entity_map
-- Take ids out of a map; the order of the others stays.
UPDATE {tenant}.entity_map m
   SET ids = ARRAY(SELECT u.id FROM unnest(m.ids) WITH ORDINALITY AS u(id, place)
                    WHERE u.id <> ALL($2::text[]) ORDER BY u.place)
 WHERE m.id = $1;

-- name: delete_entity_map
DELETE FROM {tenant}.entity_map m WHERE m.id = $1 AND m.expires_at > $2 RETURNING m.id;
