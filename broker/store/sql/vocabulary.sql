-- name: ensure_attributes
WITH added AS (
  INSERT INTO {tenant}.attribute (iri) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING RETURNING id, iri
)
SELECT added.id, added.iri FROM added
 UNION ALL
SELECT a.id, a.iri FROM {tenant}.attribute a WHERE a.iri = ANY($1::text[]);

-- name: ensure_datasets
WITH added AS (
  INSERT INTO {tenant}.dataset (uri) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING RETURNING id, uri
)
SELECT added.id, added.uri FROM added
 UNION ALL
SELECT d.id, d.uri FROM {tenant}.dataset d WHERE d.uri = ANY($1::text[]);

-- name: get_attributes
SELECT a.id, a.iri FROM {tenant}.attribute a WHERE a.id = ANY($1::int[]);

-- name: list_attribute_names
SELECT a.iri FROM {tenant}.attribute a ORDER BY a.id LIMIT $1;

-- name: get_datasets
SELECT d.id, d.uri FROM {tenant}.dataset d WHERE d.id = ANY($1::int[]);

-- name: get_dataset_number
SELECT d.id FROM {tenant}.dataset d WHERE d.uri = $1;

-- name: list_iris
SELECT a.iri FROM {tenant}.attribute a;
