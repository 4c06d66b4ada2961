-- name: insert_key
INSERT INTO {tenant}.key (name, kind, tenant, connector, prefix, sha256, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
  RETURNING id::text;

-- name: get_key
-- A key that opens something at the time given.
SELECT k.id::text, k.kind, k.tenant, k.connector, k.expires_at
  FROM {tenant}.key k
 WHERE k.sha256 = $1
   AND k.revoked_at IS NULL
   AND (k.expires_at IS NULL OR k.expires_at > $2);

-- name: list_keys
-- Those of a tenant, and on demand those of the whole platform; the newest first.
  SELECT k.id::text, k.name, k.kind, k.tenant, k.connector, k.prefix, k.created_at, k.expires_at, k.revoked_at
    FROM {tenant}.key k
   WHERE k.tenant = $1 OR ($2 AND k.tenant IS NULL)
ORDER BY k.created_at DESC, k.id;

-- name: revoke_key
-- Revoking twice keeps the first time; no row: there is no such key in the tenant.
   UPDATE {tenant}.key k
      SET revoked_at = coalesce(k.revoked_at, $4)
    WHERE k.id = $1 AND (k.tenant = $2 OR ($3 AND k.tenant IS NULL))
RETURNING k.id;

-- name: has_admin_key
-- Whether somebody can administer the platform at the time given.
SELECT EXISTS (SELECT FROM {tenant}.key k
                WHERE k.kind = 'admin' AND k.tenant IS NULL AND k.revoked_at IS NULL
                  AND (k.expires_at IS NULL OR k.expires_at > $1));
