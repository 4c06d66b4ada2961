-- name: list_settled_hours
-- The ranges of whole hours between two times of which the sums say what history says.
SELECT h.start, h.stop FROM {tenant}.settled_hours($1, $2) h ORDER BY h.start;

-- name: summarize_hours
-- What the numbers of each period are (see summarize_number_periods), from ranges of history ($1 to $6) and of whole hours
-- ($7 to $12). The last column is how many of the instances are numbers. There is no deviation: it is not made of those of hours.
SELECT told.seq, told.attribute, told.dataset, told.start, bool_or(told.numbers < told.count) AS others,
       sum(told.count)::bigint AS count, sum(told.total) / nullif(sum(told.numbers), 0)::float8 AS mean,
       sum(told.total) AS total, min(told.least) AS least, max(told.greatest) AS greatest, NULL::float8 AS deviation,
       sum(told.squares) AS squares, sum(told.numbers)::bigint AS numbers
  FROM (SELECT part.seq, part.attribute, part.dataset, step.*
          FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::text[]::timestamptz[])
            AS part(seq, attribute, dataset, start, stop, origin)
         CROSS JOIN LATERAL (
                 SELECT CASE WHEN $13::interval IS NULL THEN part.origin
                             ELSE {tenant}.period_start($13, h.time, part.origin) END AS start,
                        count(*) AS count, count(h.number) AS numbers,
                        sum(CASE WHEN abs(h.number) > 1e100 THEN 'NaN' ELSE h.number END) AS total,
                        min(h.number) AS least, max(h.number) AS greatest,
                        sum(CASE WHEN abs(h.number) > 1e100 THEN 'NaN'
                                 WHEN abs(h.number) < 1e-100 THEN 0
                                 ELSE h.number * h.number END) AS squares
                   FROM {tenant}.history h
                  WHERE h.seq = part.seq AND h.attribute = part.attribute AND h.dataset = part.dataset
                    AND h.time >= part.start AND h.time < part.stop AND (h.observed OR NOT $14) AND NOT h.deleted
                  GROUP BY 1
               ) AS step
        UNION ALL
        SELECT part.seq, part.attribute, part.dataset, step.*
          FROM unnest($7::bigint[], $8::int[], $9::int[], $10::timestamptz[], $11::timestamptz[], $12::text[]::timestamptz[])
            AS part(seq, attribute, dataset, start, stop, origin)
         CROSS JOIN LATERAL (
                 SELECT CASE WHEN $13::interval IS NULL THEN part.origin
                             ELSE {tenant}.period_start($13, h.start, part.origin) END AS start,
                        sum(h.count)::bigint, sum(h.numbers)::bigint, sum(h.total), min(h.lowest), max(h.highest), sum(h.squares)
                   FROM {tenant}.hours_of(part.seq, part.attribute, part.dataset, part.start, part.stop) h
                  WHERE h.observed OR NOT $14
                  GROUP BY 1
               ) AS step
       ) AS told
 GROUP BY told.seq, told.attribute, told.dataset, told.start
 ORDER BY CASE WHEN $15 THEN told.start END DESC, told.start
 LIMIT $16;
