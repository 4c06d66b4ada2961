-- name: get_version
SELECT max(m.number) FROM {tenant}.migration m;
