-- name: lock_entities
-- The current state of the named entities, locked in an order that every process keeps, so that none deadlocks.
  SELECT e.seq, n.id, e.types, e.scopes, e.document, e.created_at, e.modified_at, e.expires_at
    FROM {tenant}.name n
    JOIN {tenant}.entity e ON e.seq = n.seq
   WHERE n.id = ANY($1::text[])
ORDER BY e.seq
     FOR NO KEY UPDATE OF e;

-- name: insert_names
-- Numbers for entities that are likely to be new; those whose names are known come back not at all.
INSERT INTO {tenant}.name AS n (id)
     SELECT unnest($1::text[])
ON CONFLICT (id) DO NOTHING
  RETURNING n.seq, n.id, true;

-- name: ensure_names
-- Numbers for entities that are about to be created; the rows stay locked, so nobody else creates the same.
-- Of a name that is new (xmax is 0: inserted, not updated) there can be no entity yet.
INSERT INTO {tenant}.name AS n (id)
     SELECT unnest($1::text[])
ON CONFLICT (id) DO UPDATE SET deleted_at = NULL
  RETURNING n.seq, n.id, n.xmax = 0 AS is_new;

-- name: update_memberships
-- Types and scopes, apart: they seldom change. The time of creation does where an entity was deleted and made again.
UPDATE {tenant}.entity e
   SET types = string_to_array(u.types, ' '), scopes = string_to_array(u.scopes, ' '), created_at = u.created_at
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[]) AS u(seq, types, scopes, created_at)
 WHERE e.seq = u.seq;

-- name: delete_entities
-- What is gone is found by its types in history still.
WITH gone AS (
  DELETE FROM {tenant}.entity e WHERE e.seq = ANY($1::bigint[]) RETURNING e.seq, e.types
), nameless AS (
  DELETE FROM {tenant}.label l WHERE l.seq = ANY($1::bigint[])
), departed AS (
  INSERT INTO {tenant}.departed_type (type, id, seq)
       SELECT t.type, n.id, n.seq
         FROM gone JOIN {tenant}.name n ON n.seq = gone.seq CROSS JOIN LATERAL unnest(gone.types) AS t(type)
  ON CONFLICT DO NOTHING
)
UPDATE {tenant}.name n SET deleted_at = now(), types = gone.types FROM gone WHERE n.seq = gone.seq;

-- name: delete_types
DELETE FROM {tenant}.entity_type t
      USING unnest($1::text[], $2::text[]) AS u(id, type)
      WHERE t.type = u.type AND t.id = u.id;

-- name: insert_types
INSERT INTO {tenant}.entity_type (type, id, seq)
     SELECT u.type, u.id, u.seq FROM unnest($1::text[], $2::text[], $3::bigint[]) AS u(id, type, seq)
ON CONFLICT DO NOTHING;

-- name: delete_scopes
DELETE FROM {tenant}.entity_scope s
      USING unnest($1::text[], $2::text[]) AS u(id, scope)
      WHERE s.scope = u.scope AND s.id = u.id;

-- name: insert_scopes
INSERT INTO {tenant}.entity_scope (scope, id, seq)
     SELECT u.scope, u.id, u.seq FROM unnest($1::text[], $2::text[], $3::bigint[]) AS u(id, scope, seq)
ON CONFLICT DO NOTHING;

-- name: delete_places
DELETE FROM {tenant}.place p WHERE p.seq = ANY($1::bigint[]);

-- name: get_entities
-- Several at once: concurrent reads of one tenant share a statement.
SELECT n.id, e.types, e.scopes, e.document, e.created_at, e.modified_at, e.expires_at
  FROM {tenant}.name n
  JOIN {tenant}.entity e ON e.seq = n.seq
 WHERE n.id = ANY($1::text[]);

-- name: list_types
-- A loose walk over the primary key: the cost is that of the types, not of the entities.
WITH RECURSIVE walk AS (
  (SELECT t.type FROM {tenant}.entity_type t ORDER BY t.type LIMIT 1)
  UNION ALL
  SELECT (SELECT t.type FROM {tenant}.entity_type t WHERE t.type > walk.type ORDER BY t.type LIMIT 1)
    FROM walk
   WHERE walk.type IS NOT NULL
)
SELECT walk.type FROM walk WHERE walk.type IS NOT NULL;

-- name: list_first_of_types
-- The first entities of each type, in the order of their ids.
SELECT wanted.type, n.id, e.types, e.scopes, e.document, e.created_at, e.modified_at
  FROM unnest($1::text[]) AS wanted(type)
 CROSS JOIN LATERAL (SELECT t.seq, t.id FROM {tenant}.entity_type t
                      WHERE t.type = wanted.type ORDER BY t.id LIMIT $2) AS n
  JOIN {tenant}.entity e ON e.seq = n.seq;
