-- name: get_tenant
SELECT t.schema FROM {tenant}.tenant t WHERE t.slug = $1;

-- name: list_tenants
SELECT t.slug, t.schema FROM {tenant}.tenant t ORDER BY t.slug;

-- name: create_tenant
-- Make a tenant where there is none; its schema.
SELECT {tenant}.create_tenant($1);

-- name: make_tenant
-- The schema of a new tenant with the steps until one, or with all; null where there is a tenant of this name.
SELECT {tenant}.make_tenant($1, $2);

-- name: finish_tenant
SELECT {tenant}.finish_tenant($1);

-- name: drop_tenant
-- Whether there was such a tenant.
SELECT {tenant}.drop_tenant($1);

-- name: list_named
-- Tenants without their snapshots; all, or the one of this name.
  SELECT t.slug AS id, t.schema, t.created_at
    FROM {tenant}.tenant t
   WHERE t.slug NOT LIKE '%.%' AND ($1::text IS NULL OR t.slug = $1)
ORDER BY t.slug;

-- name: list_steps
-- The names of the steps by which a tenant was made, in order; of null those that there are.
  SELECT s.name
    FROM {tenant}.tenant_step s
   WHERE $1::text IS NULL
      OR EXISTS (SELECT FROM {tenant}.tenant_migration m WHERE m.slug = $1 AND m.number = s.number)
ORDER BY s.number;
