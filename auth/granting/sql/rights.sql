-- name: get_rights
-- The version of the rights, and where it is another one than $1, all datasets and grants of it: from one snapshot.
SELECT r.version,
       CASE WHEN r.version IS DISTINCT FROM $1 THEN
         coalesce((SELECT jsonb_agg(to_jsonb(o) ORDER BY o.slug) FROM {tenant}.offered o), '[]')
       END::text AS datasets,
       CASE WHEN r.version IS DISTINCT FROM $1 THEN
         coalesce((SELECT jsonb_agg(to_jsonb(g) ORDER BY g.created_at, g.id) FROM {tenant}.granted g), '[]')
       END::text AS grants
  FROM {tenant}.rights r;

-- name: lock_rights
-- Whoever changes rights waits for whoever is about to: what a change relies on stays true until it is done.
SELECT r.version FROM {tenant}.rights r FOR UPDATE;

-- name: get_offered
SELECT to_jsonb(o)::text FROM {tenant}.offered o WHERE o.slug = $1;

-- name: insert_offered
   INSERT INTO {tenant}.offered (slug, title, license, visibility, types, scopes, ids, pick, omit, place_m, time_s,
                                 modified_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
   ON CONFLICT DO NOTHING
     RETURNING slug;

-- name: update_offered
UPDATE {tenant}.offered
   SET title = $2, license = $3, visibility = $4, types = $5, scopes = $6, ids = $7, pick = $8, omit = $9, place_m = $10,
       time_s = $11, modified_at = $12
 WHERE slug = $1;

-- name: delete_offered
   DELETE FROM {tenant}.offered WHERE slug = $1 RETURNING slug;

-- name: list_grants_of_dataset
-- The grants that name a dataset.
  SELECT g.id::text FROM {tenant}.granted g
   WHERE g.target_kind = 'dataset' AND g.target_id = $1
ORDER BY g.created_at, g.id;

-- name: insert_granted
   INSERT INTO {tenant}.granted (id, subject_kind, subject_id, action, target_kind, target_id, pick, omit, valid_from,
                                 valid_until, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
   ON CONFLICT DO NOTHING
     RETURNING id;

-- name: delete_granted
   DELETE FROM {tenant}.granted WHERE id = $1 RETURNING id;
