-- name: list_nearest
-- The entities of the places in a box that are nearest to its middle, by the index of places; $1 to $4 are its sides.
SELECT n.id, e.types, e.scopes, e.document, e.created_at, e.modified_at
  FROM (SELECT DISTINCT w.seq
          FROM (SELECT p.seq FROM {tenant}.place p
                 WHERE $6::boolean AND p.box && box(point($1, $2), point($3, $4))
              ORDER BY p.box <-> point(($1 + $3) / 2, ($2 + $4) / 2) LIMIT $5) AS w) AS near
  JOIN {tenant}.entity e ON e.seq = near.seq
  JOIN {tenant}.name n ON n.seq = near.seq;
