-- Sums of whole hours, where TimescaleDB's community edition keeps them (allmende/database/hours.py, which replaces these
-- functions then). Elsewhere there are none, and whoever asks reads history itself.
-- `settled` has one row there: until when hours were complete when they were last looked after.
CREATE TABLE {tenant}.settled (
  until timestamptz NOT NULL
);

-- The ranges of whole hours between two times of which the sums say what history says, at this moment.
CREATE FUNCTION {tenant}.settled_hours(timestamptz, timestamptz) RETURNS TABLE (start timestamptz, stop timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT NULL::timestamptz, NULL::timestamptz WHERE false
$$;

-- The hours of a series (entity, attribute, dataset) in a half-open range. `numbers`: how many of the instances are numbers.
CREATE FUNCTION {tenant}.hours_of(bigint, int, int, timestamptz, timestamptz)
  RETURNS TABLE (start timestamptz, observed boolean, count bigint, numbers bigint, total float8, lowest float8,
                 highest float8, squares float8)
LANGUAGE sql STABLE AS $$
  SELECT NULL::timestamptz, false, 0::bigint, 0::bigint, 0::float8, 0::float8, 0::float8, 0::float8 WHERE false
$$;
