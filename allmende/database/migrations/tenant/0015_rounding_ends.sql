-- The beginning of the step that a time lies in; 0 leaves it. The first step begins with the calendar; the driver keeps the
-- first moment of it as infinity, which lies in no step.
CREATE OR REPLACE FUNCTION {tenant}.floored("time" timestamptz, step_s int) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT CASE WHEN $2 = 0 OR NOT isfinite($1) THEN $1
              ELSE greatest(timestamptz '0001-01-01 00:00:00+00', timestamptz '1970-01-01 00:00:00+00'
                            + make_interval(secs => floor(extract(epoch FROM $1) / $2) * $2)) END
$$;
