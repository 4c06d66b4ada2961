-- name: lock_waiting_labels
-- Entities from before there were labels, locked in the order that every process keeps.
  SELECT e.seq, n.id, e.types, e.scopes, e.document, e.created_at, e.modified_at
    FROM {tenant}.label l
    JOIN {tenant}.entity e ON e.seq = l.seq
    JOIN {tenant}.name n ON n.seq = l.seq
   WHERE l.words IS NULL
ORDER BY l.seq
   LIMIT $1
     FOR NO KEY UPDATE OF e;

-- name: update_waiting_labels
UPDATE {tenant}.label l
   SET label = u.label, words = array_to_tsvector(string_to_array(u.words, ' '))
  FROM unnest($1::text::bigint[], $2::text::jsonb[], $3::text::text[]) AS u(seq, label, words)
 WHERE l.seq = u.seq AND l.words IS NULL;
