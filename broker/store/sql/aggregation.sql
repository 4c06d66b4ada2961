-- name: list_extents
-- The first and the last time of each of several series, from its start and before its stop.
SELECT s.ordinal, edge.first, edge.last
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY
    AS s(seq, attribute, dataset, start, stop, ordinal)
 CROSS JOIN LATERAL (
         SELECT min(h.time) AS first, max(h.time) AS last
           FROM {tenant}.history h
          WHERE h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset
            AND h.time >= s.start AND h.time < s.stop AND (h.observed OR NOT $6) AND h.deleted = $7) AS edge
 WHERE edge.first IS NOT NULL;

-- name: list_extents_by_modified
-- The same by the times of modification.
SELECT s.ordinal, edge.first, edge.last
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY
    AS s(seq, attribute, dataset, start, stop, ordinal)
 CROSS JOIN LATERAL (
         SELECT min(h.modified_at) AS first, max(h.modified_at) AS last
           FROM {tenant}.history h
          WHERE h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset
            AND h.modified_at >= s.start AND h.modified_at < s.stop AND (h.observed OR NOT $6) AND h.deleted = $7) AS edge
 WHERE edge.first IS NOT NULL;

-- name: list_last_times
-- The time of the instance of each attribute that is so many ($9) from the end of its series.
SELECT ranked.seq, ranked.attribute, ranked.time
  FROM (SELECT s.seq, s.attribute, told.time,
               row_number() OVER (PARTITION BY s.seq, s.attribute ORDER BY told.time DESC) AS number
          FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[])
            AS s(seq, attribute, dataset, start, stop)
          JOIN {tenant}.history h ON h.seq = s.seq AND h.attribute = s.attribute AND h.dataset = s.dataset
         CROSS JOIN LATERAL (SELECT CASE WHEN $8 THEN h.modified_at ELSE h.time END AS time) AS told
         WHERE told.time >= s.start AND told.time < s.stop AND (h.observed OR NOT $6) AND h.deleted = $7) AS ranked
 WHERE ranked.number = $9;

-- name: summarize_number_periods
-- What the numbers of each period are, in ranges that each hold whole periods of one series; without a width ($9) a
-- range is a period. What is not asked for ($10 to $14) is not computed. This is what most histories consist of; where
-- a period has other values too, the next statement tells of all.
-- The planner takes every time for a period of its own; asked for a range it does not know it adds up in memory.
-- What is beyond 1e100 makes no sum that a double can hold for certain; a square of what is below 1e-100 is nothing.
SELECT part.seq, part.attribute, part.dataset, step.*
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
              $7::timestamptz[], $8::text[]::timestamptz[]) AS part(seq, attribute, dataset, start, stop, since, until, origin)
 CROSS JOIN LATERAL (
         SELECT CASE WHEN $9::interval IS NULL THEN part.origin
                     ELSE {tenant}.period_start($9, CASE WHEN $15 THEN h.modified_at ELSE h.time END, part.origin)
                END AS start,
                count(h.number) < count(*) AS others, count(*),
                avg(CASE WHEN abs(h.number) > 1e100 THEN 'NaN' ELSE h.number END) FILTER (WHERE $10) AS mean,
                sum(CASE WHEN abs(h.number) > 1e100 THEN 'NaN' ELSE h.number END) FILTER (WHERE $11) AS total,
                min(h.number) FILTER (WHERE $12) AS least,
                max(h.number) FILTER (WHERE $12) AS greatest,
                stddev_pop(CASE WHEN abs(h.number) > 1e100 THEN 'NaN' ELSE h.number END) FILTER (WHERE $13) AS deviation,
                sum(CASE WHEN abs(h.number) > 1e100 THEN 'NaN'
                         WHEN abs(h.number) < 1e-100 THEN 0
                         ELSE h.number * h.number END) FILTER (WHERE $14) AS squares
           FROM {tenant}.history h
          WHERE h.seq = part.seq AND h.attribute = part.attribute AND h.dataset = part.dataset
            AND h.time >= part.start AND h.time < part.stop
            AND h.modified_at >= part.since AND h.modified_at < part.until
            AND (h.observed OR NOT $16) AND h.deleted = $17
          GROUP BY 1
       ) AS step
 ORDER BY CASE WHEN $18 THEN step.start END DESC, step.start
 LIMIT $19;

-- name: summarize_periods
-- The same of instances of any kind: numbers, and what else can be summed up.
SELECT part.seq, part.attribute, part.dataset, step.*
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
              $7::timestamptz[], $8::text[]::timestamptz[]) AS part(seq, attribute, dataset, start, stop, since, until, origin)
 CROSS JOIN LATERAL (
         SELECT one.start, one.related, count(*),
                avg(one.safe) FILTER (WHERE $10) AS mean,
                sum(one.safe) FILTER (WHERE $11) AS total,
                min(one.number) FILTER (WHERE $12) AS least,
                max(one.number) FILTER (WHERE $12) AS greatest,
                stddev_pop(one.safe) FILTER (WHERE $13 AND NOT one.sized) AS deviation,
                sum(CASE WHEN abs(one.safe) < 1e-100 THEN 0 ELSE one.safe * one.safe END)
                  FILTER (WHERE $14 AND NOT one.sized) AS squares,
                min(one.text COLLATE "C") FILTER (WHERE $12) AS first_text,
                max(one.text COLLATE "C") FILTER (WHERE $12) AS last_text,
                min(one.moment COLLATE "C") FILTER (WHERE $12) AS first_moment,
                max(one.moment COLLATE "C") FILTER (WHERE $12) AS last_moment,
                max(one.kind) FILTER (WHERE $10 OR $12) AS kind,
                avg(CASE WHEN one.moment ~ '^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?$'
                         THEN extract(epoch FROM one.moment::interval)::float8 END) FILTER (WHERE $10) AS clock
           FROM (SELECT told.start, told.related, told.number, told.sized, told.text, told.kind,
                        CASE WHEN abs(told.number) > 1e100 THEN 'NaN' ELSE told.number END AS safe,
                        CASE WHEN told.kind IS NOT NULL THEN rtrim(told.value->>'@value', 'Z') END AS moment
                   FROM (SELECT at.start, at.related, at.value,
                                CASE WHEN at.number IS NOT NULL THEN at.number
                                     ELSE CASE jsonb_typeof(at.value)
                                               WHEN 'number' THEN at.value::float8
                                               WHEN 'boolean' THEN at.value::boolean::int
                                               WHEN 'array' THEN jsonb_array_length(at.value) END
                                END AS number,
                                CASE WHEN at.number IS NOT NULL THEN false
                                     ELSE coalesce(jsonb_typeof(at.value) = 'array', false) END AS sized,
                                CASE WHEN at.number IS NULL AND jsonb_typeof(at.value) = 'string'
                                     THEN at.value #>> '{}' END AS text,
                                CASE WHEN at.number IS NULL AND jsonb_typeof(at.value) = 'object'
                                     THEN substring(at.value->>'@type' FROM '(?:^|[/#:])(DateTime|Date|Time)$') END AS kind
                           FROM (SELECT CASE WHEN $9::interval IS NULL THEN part.origin
                                             ELSE {tenant}.period_start($9,
                                                    CASE WHEN $15 THEN h.modified_at ELSE h.time END, part.origin)
                                        END AS start,
                                        CASE WHEN h.number IS NOT NULL THEN false
                                             ELSE h.value->>'type' IN ('Relationship', 'ListRelationship') END AS related,
                                        h.number,
                                        CASE WHEN h.number IS NULL AND NOT h.deleted
                                             THEN CASE h.value->>'type'
                                                       WHEN 'Property' THEN h.value->'value'
                                                       WHEN 'JsonProperty' THEN h.value->'json'
                                                       WHEN 'ListProperty' THEN h.value->'valueList' END
                                        END AS value
                                   FROM {tenant}.history h
                                  WHERE h.seq = part.seq AND h.attribute = part.attribute AND h.dataset = part.dataset
                                    AND h.time >= part.start AND h.time < part.stop
                                    AND h.modified_at >= part.since AND h.modified_at < part.until
                                    AND (h.observed OR NOT $16) AND h.deleted = $17) AS at) AS told) AS one
          GROUP BY 1, 2
       ) AS step
 ORDER BY CASE WHEN $18 THEN step.start END DESC, step.start
 LIMIT $19;

-- name: count_distinct_values
-- How many different values, or targets of a relationship, the instances of each of those periods have, as far as a
-- period that begins at $14 is the last in their order.
SELECT part.seq, part.attribute, part.dataset, step.*
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
              $7::timestamptz[], $8::text[]::timestamptz[]) AS part(seq, attribute, dataset, start, stop, since, until, origin)
 CROSS JOIN LATERAL (
         SELECT CASE WHEN $9::interval IS NULL THEN part.origin
                     ELSE {tenant}.period_start($9, CASE WHEN $10 THEN h.modified_at ELSE h.time END, part.origin) END AS start,
                CASE WHEN h.number IS NOT NULL THEN false
                     ELSE h.value->>'type' IN ('Relationship', 'ListRelationship') END,
                count(DISTINCT h.number) + count(DISTINCT target.value)
           FROM {tenant}.history h
          CROSS JOIN LATERAL (
                  SELECT CASE WHEN h.number IS NULL
                              THEN h.value -> CASE h.value->>'type'
                                                   WHEN 'Relationship' THEN 'object'
                                                   WHEN 'ListRelationship' THEN 'objectList'
                                                   WHEN 'LanguageProperty' THEN 'languageMap'
                                                   WHEN 'VocabProperty' THEN 'vocab'
                                                   WHEN 'JsonProperty' THEN 'json'
                                                   WHEN 'ListProperty' THEN 'valueList'
                                                   ELSE 'value' END END AS value
                ) AS told
           LEFT JOIN LATERAL jsonb_array_elements(
                  CASE WHEN h.number IS NOT NULL THEN '[]'
                       WHEN h.value->>'type' IN ('Relationship', 'ListRelationship')
                            AND jsonb_typeof(told.value) = 'array' THEN told.value
                       ELSE jsonb_build_array(told.value) END
                ) AS target(value) ON true
          WHERE h.seq = part.seq AND h.attribute = part.attribute AND h.dataset = part.dataset
            AND h.time >= part.start AND h.time < part.stop
            AND h.modified_at >= part.since AND h.modified_at < part.until
            AND (h.observed OR NOT $11) AND h.deleted = $12
          GROUP BY 1, 2
       ) AS step
 WHERE CASE WHEN $13 THEN step.start >= $14::text::timestamptz ELSE step.start <= $14::text::timestamptz END;
