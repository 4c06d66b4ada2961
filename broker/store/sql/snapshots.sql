-- name: fill_snapshot
-- The schema of a snapshot, with copies of the entities; null copies all.
SELECT platform.create_snapshot($1, $2, $3);

-- name: fill_snapshot_history
-- Series of history, each from one time to before another, by the time of this name; observed and deleted as in a window.
SELECT platform.copy_history($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: insert_snapshot
INSERT INTO platform.snapshot (slug, tenant, id, status, priority, document, created_at, modified_at, used_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7, $8);

-- name: get_snapshot
SELECT s.slug, s.id, s.status, s.priority, s.document::text, s.created_at, s.modified_at, s.used_at, s.expires_at
  FROM platform.snapshot s
 WHERE s.tenant = $1 AND s.id = $2 AND s.expires_at > $3;

-- name: list_snapshots
-- Those of a tenant: the one that goes first where there are too many is the first.
  SELECT s.slug, s.id, s.status, s.priority, s.document::text, s.created_at, s.modified_at, s.used_at, s.expires_at
    FROM platform.snapshot s
   WHERE s.tenant = $1 AND s.expires_at > $2
ORDER BY s.priority, s.expires_at, s.id;

-- name: update_snapshot
UPDATE platform.snapshot s SET priority = $2, document = $3, modified_at = $4, expires_at = $5 WHERE s.slug = $1;

-- name: touch_snapshot
-- Whoever reads a snapshot a thousand times a minute writes this once.
UPDATE platform.snapshot s SET used_at = $2 WHERE s.slug = $1 AND s.used_at < $2::timestamptz - interval '1 minute';

-- name: list_old_snapshots
SELECT s.slug FROM platform.snapshot s WHERE s.expires_at <= $1;

-- name: drop_snapshot
SELECT platform.drop_snapshot($1);
