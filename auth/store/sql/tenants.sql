-- name: get_tenant
SELECT t.schema FROM {tenant}.tenant t WHERE t.slug = $1;

-- name: list_tenants
SELECT t.slug, t.schema FROM {tenant}.tenant t ORDER BY t.slug;

-- name: create_tenant
-- Make a tenant where there is none; its schema.
SELECT {tenant}.create_tenant($1);
