-- What callers with rounded rights see instead of places and times: broker/ngsi/rounding.py says the same in Python.
CREATE FUNCTION {tenant}.rounded_point(longitude float8, latitude float8, place_m float8) RETURNS point
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT point(round(least(greatest(floor(longitude / w.width + 0.5) * w.width, -180), 180)::numeric, 7)::float8,
               round(w.latitude::numeric, 7)::float8)
    FROM (SELECT l.latitude, l.step / greatest(cos(radians(l.latitude)), l.step / 360) AS width
            FROM (SELECT s.step, least(greatest(floor($2 / s.step + 0.5) * s.step, -90), 90) AS latitude
                    FROM (SELECT $3 / 111320.0::float8 AS step) AS s) AS l) AS w
$$;

CREATE FUNCTION {tenant}.rounded_coordinates(part jsonb, place_m float8) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
  middle point;
BEGIN
  IF jsonb_typeof(part -> 0) = 'array' THEN
    RETURN (SELECT jsonb_agg({tenant}.rounded_coordinates(e.each, place_m) ORDER BY e.place)
              FROM jsonb_array_elements(part) WITH ORDINALITY AS e(each, place));
  END IF;
  middle := {tenant}.rounded_point((part ->> 0)::float8, (part ->> 1)::float8, place_m);
  RETURN jsonb_build_array(round(middle[0]::numeric, 7), round(middle[1]::numeric, 7));
END $$;

-- The beginning of the step that a time lies in; 0 leaves it. The first step begins with the calendar; the driver keeps the
-- first moment of it as infinity, which lies in no step.
CREATE FUNCTION {tenant}.floored("time" timestamptz, step_s int) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT CASE WHEN $2 = 0 OR NOT isfinite($1) THEN $1
              ELSE greatest(timestamptz '0001-01-01 00:00:00+00', timestamptz '1970-01-01 00:00:00+00'
                            + make_interval(secs => floor(extract(epoch FROM $1) / $2) * $2)) END
$$;

CREATE FUNCTION {tenant}.rounded(instances jsonb, place_m float8, time_s int, created timestamptz, modified timestamptz)
RETURNS jsonb LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  micros  constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
  told    jsonb := '[]';
  one     jsonb;
  name    text;
  inside   jsonb;
BEGIN
  FOR one IN SELECT e.each FROM jsonb_array_elements(instances) WITH ORDINALITY AS e(each, place) ORDER BY e.place LOOP
    FOR name, inside IN SELECT m.name, m.value FROM jsonb_each(one) AS m(name, value)
                        WHERE m.name LIKE '%:%' AND jsonb_typeof(m.value) = 'array' LOOP
      one := one || jsonb_build_object(name, {tenant}.rounded(inside, place_m, time_s, NULL, NULL));
    END LOOP;
    IF place_m > 0 AND one ->> 'type' = 'GeoProperty' AND jsonb_typeof(one -> 'value') = 'object' THEN
      one := one || jsonb_build_object('value', jsonb_build_object(
        'type', one #> '{value,type}', 'coordinates', {tenant}.rounded_coordinates(one #> '{value,coordinates}', place_m)));
    END IF;
    IF time_s > 0 THEN
      IF created IS NOT NULL THEN
        one := jsonb_build_object('createdAt', to_char(created AT TIME ZONE 'UTC', micros),
                                  'modifiedAt', to_char(modified AT TIME ZONE 'UTC', micros)) || one;
      END IF;
      IF one ? 'observedAt' THEN
        one := one || jsonb_build_object('observedAt', to_char({tenant}.floored(
          (CASE WHEN length(one ->> 'observedAt') > 27 THEN left(one ->> 'observedAt', 26) || 'Z'
                ELSE one ->> 'observedAt' END)::timestamptz, time_s) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
      END IF;
      FOR name IN SELECT unnest(ARRAY['createdAt', 'modifiedAt', 'deletedAt']) LOOP
        IF one ? name THEN
          one := one || jsonb_build_object(name, to_char({tenant}.floored((one ->> name)::timestamptz, time_s)
                                                         AT TIME ZONE 'UTC', micros));
        END IF;
      END LOOP;
    END IF;
    told := told || jsonb_build_array(one);
  END LOOP;
  RETURN told;
END $$;

-- A point becomes its rounded point; anything else a box that holds all that its positions may be rounded to.
CREATE FUNCTION {tenant}.rounded_box(place box, place_m float8) RETURNS box
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT CASE WHEN width(place) = 0 AND height(place) = 0
              THEN box(r.one, r.one)
              ELSE box(point(least((place[0])[0] + r.wide, 180), least((place[0])[1] + r.high, 90)),
                       point(greatest((place[1])[0] - r.wide, -180), greatest((place[1])[1] - r.high, -90))) END
    FROM (SELECT {tenant}.rounded_point((place[1])[0], (place[1])[1], place_m) AS one,
                 place_m / 111320 AS high,
                 place_m / 111320 / greatest(cos(radians(least(
                   greatest(abs((place[0])[1]), abs((place[1])[1])) + place_m / 111320, 90))), place_m / 111320 / 360) AS wide) AS r
$$;
