-- What TimescaleDB's community edition can do beyond a hypertable: these functions say that it is not there, and are replaced
-- where it is (allmende/database/levels.py and hours.py). Whoever asks reads history itself then.

-- How many rows of history are kept by columns.
CREATE FUNCTION {tenant}.packed_rows() RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT 0::bigint
$$;

-- Sums of whole hours. `settled` has one row then: until when they were complete when they were last looked after.
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
