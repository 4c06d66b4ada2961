-- name: search_labels
-- Entities whose words match, as many as are looked at; the index knows types as words, too. With a parameter in the place
-- of 250 the planner would take it for a tenth of all, and read the table.
SELECT l.seq, n.id, l.label
  FROM (SELECT w.seq, w.label FROM {tenant}.label w
         WHERE $2::boolean AND w.words @@ $1::text::tsquery LIMIT 250) AS l
  JOIN {tenant}.name n ON n.seq = l.seq;

-- name: search_id
-- The entity of exactly this id, of one of the types where some are named.
SELECT e.seq
  FROM {tenant}.name n
  JOIN {tenant}.entity e ON e.seq = n.seq
 WHERE $3::boolean AND n.id = $1 AND (cardinality($2::text[]) = 0 OR e.types && $2);

-- name: get_found
-- What a list of results shows of each: its first place is that of `location`, which is $2.
   SELECT e.seq, n.id, e.types, l.label, p.longitude, p.latitude
     FROM {tenant}.entity e
     JOIN {tenant}.name n ON n.seq = e.seq
LEFT JOIN {tenant}.label l ON l.seq = e.seq
LEFT JOIN LATERAL (SELECT (center(p.box))[0] AS longitude, (center(p.box))[1] AS latitude
                     FROM {tenant}.place p
                     JOIN {tenant}.attribute a ON a.id = p.attribute
                    WHERE p.seq = e.seq
                 ORDER BY a.iri <> $2, p.attribute, p.dataset LIMIT 1) AS p ON true
    WHERE e.seq = ANY($1::bigint[]);

-- name: list_of_type
-- Entities of a type in the order of their ids, after one of them; the index gives the order, so a page costs its length.
  SELECT t.id, e.types, e.scopes, e.document, e.created_at, e.modified_at
    FROM (SELECT w.id, w.seq FROM {tenant}.entity_type w
           WHERE $5::boolean AND w.type = $1 AND w.id > $2 ORDER BY w.id LIMIT $3 OFFSET $4) AS t
    JOIN {tenant}.entity e ON e.seq = t.seq
ORDER BY t.id;

-- name: get_entities_by_number
SELECT e.seq, n.id, e.types, e.scopes, e.document, e.created_at, e.modified_at
  FROM {tenant}.entity e
  JOIN {tenant}.name n ON n.seq = e.seq
 WHERE e.seq = ANY($1::bigint[]);
