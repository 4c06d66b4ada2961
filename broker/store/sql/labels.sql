-- name: lock_unlabelled
-- Entities from before there were labels, locked in the order that every process keeps.
  SELECT e.seq, n.id, e.types, e.scopes, e.document, e.created_at, e.modified_at
    FROM {tenant}.label l
    JOIN {tenant}.entity e ON e.seq = l.seq
    JOIN {tenant}.name n ON n.seq = l.seq
   WHERE l.words IS NULL
ORDER BY l.seq
   LIMIT $1
     FOR NO KEY UPDATE OF e;

-- name: fill_labels
-- A label that was written meanwhile stays.
UPDATE {tenant}.label l
   SET label = u.label, words = array_to_tsvector(string_to_array(u.words, ' '))
  FROM unnest($1::text::bigint[], $2::text::jsonb[], $3::text::text[]) AS u(seq, label, words)
 WHERE l.seq = u.seq AND l.words IS NULL;

-- name: find_labels
-- Of these ids, those of entities that are there, with what people call them.
   SELECT n.id, l.label
     FROM {tenant}.name n
     JOIN {tenant}.entity e ON e.seq = n.seq
LEFT JOIN {tenant}.label l ON l.seq = n.seq
    WHERE n.id = ANY($1::text[]);
