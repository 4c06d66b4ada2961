-- name: list_names
-- Entities that are or were, in the order of their numbers, with their types (null where they are not known).
   SELECT n.seq, coalesce(e.types, n.types)
     FROM {tenant}.name n
LEFT JOIN {tenant}.entity e ON e.seq = n.seq
    WHERE n.seq > $1
 ORDER BY n.seq
    LIMIT $2;

-- name: list_old_history
-- Of each of several series that has instances before a time: how many, and until when, both of the first few ($5).
SELECT s.seq, s.attribute, s.dataset, old.border, old.count
  FROM unnest($1::bigint[], $2::int[], $3::int[]) AS s(seq, attribute, dataset)
 CROSS JOIN LATERAL (
         SELECT max(first.time) AS border, count(*) AS count
           FROM (SELECT h.time FROM {tenant}.history h
                  WHERE h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset AND h.time < $4
                  ORDER BY h.time
                  LIMIT $5) AS first) AS old
 WHERE old.count > 0;

-- name: delete_old_history
-- The instances of several series until a time of each, which lies before another one ($5).
DELETE FROM {tenant}.history h
      USING unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[]) AS s(seq, attribute, dataset, border)
      WHERE h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset
        AND h.time <= s.border AND h.time < $5;

-- name: carry_scopes
-- What scopes entities had at a time is told from then on, so that what was before may go.
INSERT INTO {tenant}.history (seq, time, modified_at, number, attribute, dataset, observed, deleted, value)
SELECT last.seq, $2, last.modified_at, last.number, last.attribute, last.dataset, last.observed, last.deleted, last.value
  FROM unnest($1::bigint[]) AS s(seq)
 CROSS JOIN LATERAL (
         SELECT h.*
           FROM {tenant}.history h
          WHERE h.seq = s.seq AND h.attribute = (SELECT a.id FROM {tenant}.attribute a WHERE a.iri = $3) AND h.dataset = 0
            AND h.time < $2
          ORDER BY h.time DESC
          LIMIT 1) AS last
ON CONFLICT (seq, attribute, dataset, time) DO NOTHING;

-- name: drop_history
-- Drop the chunks of a tenant's history that end before a time; how many there were.
SELECT platform.drop_history($1, $2);
