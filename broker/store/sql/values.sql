-- name: list_declared
-- The attributes that were declared queryable, with the numbers of their rows where they are asked for.
  SELECT d.id, a.iri, d.type, d.is_complete, d.reached, d.highest, d.created_at,
         CASE WHEN $1 THEN (SELECT count(*) FROM {tenant}.value_index v WHERE v.declared = d.id) END
    FROM {tenant}.declared d
    JOIN {tenant}.attribute a ON a.id = d.attribute
ORDER BY a.iri, d.type NULLS FIRST, d.id;

-- name: find_declared
-- What is complete of these attributes, with the bounds of its cells.
  SELECT d.id, a.iri, d.type, d.numbers, d.texts, d.easts, d.norths
    FROM {tenant}.attribute a
    JOIN {tenant}.declared d ON d.attribute = a.id
   WHERE a.iri = ANY($1::text[]) AND d.is_complete
ORDER BY d.type NULLS LAST, d.id;

-- name: insert_declared
-- Declare an attribute; nothing where it is being built already. Nothing is indexed under it yet.
   INSERT INTO {tenant}.declared (attribute, type, numbers, texts, easts, norths, highest)
   VALUES ($1, $2, $3::float8[], $4::text[], $5::float8[], $6::float8[],
           (SELECT coalesce(max(n.seq), 0) FROM {tenant}.name n))
       ON CONFLICT DO NOTHING
RETURNING id;

-- name: delete_declared
-- What was declared of an attribute is not any more; its rows go later.
DELETE FROM {tenant}.declared d WHERE d.attribute = (SELECT o.attribute FROM {tenant}.declared o WHERE o.id = $1)
   AND d.type IS NOT DISTINCT FROM (SELECT o.type FROM {tenant}.declared o WHERE o.id = $1)
RETURNING d.id;

-- name: take_declared
-- What is to be built, for the one process that builds it.
  SELECT d.id, d.reached
    FROM {tenant}.declared d
   WHERE NOT d.is_complete
ORDER BY d.id
   LIMIT 1
     FOR UPDATE SKIP LOCKED;

-- name: build_values
-- Index the next entities; none of them changes meanwhile. Locked in the order that every process keeps.
WITH batch AS MATERIALIZED (
    SELECT e.seq FROM {tenant}.entity e WHERE e.seq > $2 ORDER BY e.seq LIMIT $3 FOR SHARE
), together AS MATERIALIZED (
    SELECT array_agg(b.seq) AS seqs, array_agg($1::int) AS kinds, count(*)::int AS length, max(b.seq) AS last FROM batch b
)
SELECT t.length, t.last, CASE WHEN t.length > 0 THEN {tenant}.index_values(t.seqs, t.kinds) END FROM together t;

-- name: advance_declared
-- How far it is; at the end it replaces what was declared before of the same attribute and type.
WITH replaced AS (
  DELETE FROM {tenant}.declared o
        USING {tenant}.declared d
        WHERE $3 AND d.id = $1 AND o.attribute = d.attribute AND o.type IS NOT DISTINCT FROM d.type AND o.is_complete
    RETURNING o.id
)
UPDATE {tenant}.declared d
   SET reached = coalesce($2, d.reached), is_complete = $3 AND (SELECT count(*) >= 0 FROM replaced)
 WHERE d.id = $1
RETURNING d.is_complete;

-- name: delete_values
-- Rows of what is declared no longer, some at a time.
DELETE FROM {tenant}.value_index v
 WHERE v.ctid = ANY(ARRAY(SELECT o.ctid FROM {tenant}.value_index o WHERE o.declared = $1 LIMIT $2))
RETURNING 1;

-- name: find_abandoned
-- Declarations that have rows and are no more: the index is asked for each of its numbers once.
WITH RECURSIVE known AS (
  SELECT min(v.declared) AS id FROM {tenant}.value_index v
   UNION ALL
  SELECT (SELECT min(v.declared) FROM {tenant}.value_index v WHERE v.declared > k.id) FROM known k WHERE k.id IS NOT NULL
)
SELECT k.id FROM known k WHERE k.id IS NOT NULL AND NOT EXISTS (SELECT FROM {tenant}.declared d WHERE d.id = k.id);

-- name: find_outgrown
-- What was divided into cells when there were a quarter as many entities as now.
SELECT d.attribute, a.iri, d.type
  FROM {tenant}.declared d
  JOIN {tenant}.attribute a ON a.id = d.attribute
 WHERE d.is_complete
   AND (SELECT max(n.seq) FROM {tenant}.name n) > greatest(4 * d.highest, $1)
   AND NOT EXISTS (SELECT FROM {tenant}.declared o WHERE o.attribute = d.attribute AND o.type IS NOT DISTINCT FROM d.type
                      AND NOT o.is_complete);

-- name: sample_values
-- Values of an attribute of about so many entities, some of each that has many; of a small table all entities count.
SELECT x.number, x.text, p.x, p.y
  FROM (SELECT e.seq, e.document -> $1::text AS instances
          FROM {tenant}.entity e TABLESAMPLE SYSTEM (least(100, 100.0 * $2 / greatest(1, (SELECT max(n.seq) FROM {tenant}.name n))))
         WHERE e.document ? $1::text AND ($3::text IS NULL OR $3::text = ANY(e.types))
         LIMIT 4 * $2) e
  LEFT JOIN LATERAL (SELECT v.number, v.text FROM {tenant}.values_of(e.instances) v ORDER BY random() LIMIT 4) x ON true
  LEFT JOIN LATERAL (SELECT (p.box[0])[0] AS x, (p.box[0])[1] AS y FROM {tenant}.place p
                      WHERE p.seq = e.seq AND p.attribute = (SELECT a.id FROM {tenant}.attribute a WHERE a.iri = $1::text)
                        AND width(p.box) = 0 AND height(p.box) = 0 LIMIT 1) p ON true;

-- name: tend_values
-- As the platform's own role: the triggers that keep the index are there, or not.
SELECT platform.tend_values($1);
