-- name: list_nearest
-- The entities of the places in a box that are nearest to its middle, by the index of places, with the distance in degrees;
-- $1 to $4 are its sides.
SELECT near.distance, n.id, e.types, e.scopes, e.document, e.created_at, e.modified_at
  FROM (SELECT w.seq, min(w.distance) AS distance
          FROM (SELECT p.seq, p.box <-> point(($1::float8 + $3::float8) / 2, ($2::float8 + $4::float8) / 2) AS distance
                  FROM {tenant}.place p
                 WHERE $6::boolean AND p.box && box(point($1, $2), point($3, $4))
              ORDER BY distance LIMIT $5) AS w
         GROUP BY w.seq) AS near
  JOIN {tenant}.entity e ON e.seq = near.seq
  JOIN {tenant}.name n ON n.seq = near.seq;
