-- name: list_numbers
-- The first numbers of an attribute instance in a range of time that includes both of its ends.
  SELECT h.time, h.number
    FROM {tenant}.history h
   WHERE h.seq = $1 AND h.attribute = $2 AND h.dataset = $3 AND h.time >= $4 AND h.time <= $5
     AND NOT h.deleted AND h.number IS NOT NULL
ORDER BY h.time
   LIMIT $6;

-- name: get_newest_number
-- The last of them.
  SELECT h.time, h.number
    FROM {tenant}.history h
   WHERE h.seq = $1 AND h.attribute = $2 AND h.dataset = $3 AND h.time >= $4 AND h.time <= $5
     AND NOT h.deleted AND h.number IS NOT NULL
ORDER BY h.time DESC
   LIMIT 1;

-- name: summarize_numbers
-- Least, mean, greatest and count of the numbers of each step ($4), in ranges that each hold whole steps.
-- The planner takes every time for a step of its own; asked for all at once it sorts a million rows on disk, asked for
-- a range it does not know it adds up in memory. Numbers are added as parts of 2^40, so that no sum is too large, and no
-- mean lies outside its numbers because of its last digit.
SELECT step.start, step.least, greatest(step.least, least(step.mean, step.most)), step.most, step.count
  FROM unnest($5::timestamptz[], $6::timestamptz[]) AS part(start, stop)
 CROSS JOIN LATERAL (
         SELECT date_bin($4::interval, h.time, '0001-01-01 00:00:00+00'::timestamptz) AS start,
                min(h.number) AS least,
                sum(h.number / 2^40) / count(h.number) * 2^40 AS mean,
                max(h.number) AS most,
                count(h.number) AS count
           FROM {tenant}.history h
          WHERE h.seq = $1 AND h.attribute = $2 AND h.dataset = $3 AND h.time >= part.start AND h.time <= part.stop
            AND NOT h.deleted
          GROUP BY 1
         HAVING count(h.number) > 0
       ) AS step
 ORDER BY step.start;

-- name: list_history_datasets
-- The instances that an attribute has history of, by a loose walk over the primary key.
WITH RECURSIVE walk AS (
  (SELECT h.dataset FROM {tenant}.history h WHERE h.seq = $1 AND h.attribute = $2 ORDER BY h.dataset LIMIT 1)
  UNION ALL
  SELECT (SELECT h.dataset FROM {tenant}.history h
           WHERE h.seq = $1 AND h.attribute = $2 AND h.dataset > walk.dataset ORDER BY h.dataset LIMIT 1)
    FROM walk
   WHERE walk.dataset IS NOT NULL
)
SELECT walk.dataset FROM walk WHERE walk.dataset IS NOT NULL;
