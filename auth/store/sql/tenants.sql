-- name: get_tenant
SELECT t.schema FROM {tenant}.tenant t WHERE t.slug = $1;
