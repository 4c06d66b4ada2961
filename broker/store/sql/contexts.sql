-- name: insert_context
-- One more @context; one that is known stays as it is, but lives on for as long as is asked for now: without an end for ever.
INSERT INTO {tenant}.context (id, kind, url, location, body, sha256, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET expires_at = CASE WHEN context.expires_at IS NOT NULL AND EXCLUDED.expires_at IS NOT NULL
                                                 THEN greatest(context.expires_at, EXCLUDED.expires_at) END;

-- name: get_context
-- One that is not over.
SELECT c.id, c.kind, c.url, c.location, c.body, c.sha256, c.created_at, c.used_at, c.hits, c.expires_at
  FROM {tenant}.context c
 WHERE c.id = $1 AND (c.expires_at IS NULL OR c.expires_at > $2);

-- name: list_contexts
-- Those of some kinds, in the order of their coming, without their text.
  SELECT c.id, c.kind, c.url, c.location, '' AS body, c.sha256, c.created_at, c.used_at, c.hits, c.expires_at
    FROM {tenant}.context c
   WHERE c.kind = ANY ($1) AND (c.expires_at IS NULL OR c.expires_at > $2)
ORDER BY c.created_at, c.id;

-- name: replace_context
-- The text that a reload found.
   UPDATE {tenant}.context c
      SET location = $2, body = $3, sha256 = $4, created_at = $5
    WHERE c.id = $1
RETURNING c.id;

-- name: delete_context
DELETE FROM {tenant}.context c WHERE c.id = $1 AND (c.expires_at IS NULL OR c.expires_at > $2) RETURNING c.id;

-- name: add_context_hits
-- How often some were used since they were last told, and when; the digests of those that are there.
   UPDATE {tenant}.context c
      SET hits = c.hits + u.hits, used_at = greatest(c.used_at, u.used_at)
     FROM unnest($1::text[], $2::bigint[], $3::timestamptz[]) AS u (id, hits, used_at)
    WHERE c.id = u.id
RETURNING c.id, c.sha256;

-- name: sweep_contexts
-- Those that are over; and of the rest that may go, more than so many: those that were not used for longest.
DELETE FROM {tenant}.context c
 WHERE c.expires_at <= $1
    OR c.id IN (SELECT o.id
                  FROM {tenant}.context o
                 WHERE o.kind = 'Cached' OR o.expires_at IS NOT NULL
                 ORDER BY coalesce(o.used_at, o.created_at) DESC, o.id
                OFFSET $2)
RETURNING c.id;
