-- Attributes that an operator declared queryable: for entities of a type, or of every one. `numbers`, `texts`, `easts` and
-- `norths` divide what values there were into cells of about as many each; they never change, or rows would lie elsewhere.
-- A newer row of the same attribute replaces the older one once it is complete.
CREATE TABLE {tenant}.declared (
  id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  attribute   int NOT NULL,
  type        text COLLATE "C",
  numbers     float8[] NOT NULL,
  texts       text[] COLLATE "C" NOT NULL,
  easts       float8[] NOT NULL,
  norths      float8[] NOT NULL,
  highest     bigint NOT NULL,
  reached     bigint NOT NULL DEFAULT 0,
  is_complete boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX declared_once ON {tenant}.declared (attribute, type, is_complete) NULLS NOT DISTINCT;

-- Current values of declared attributes: numbers, beginnings of texts, and places with a corner of their box. `several`: the entity has
-- other values of it, too. What lies in an interval comes by the value, what lies in cells in the order of ids.
CREATE TABLE {tenant}.value_index (
  declared int NOT NULL,
  seq      bigint NOT NULL,
  cell     int NOT NULL,
  several  boolean NOT NULL,
  number   float8,
  text     text COLLATE "C",
  x        float8,
  y        float8,
  id       text COLLATE "C" NOT NULL
);
CREATE INDEX value_index_seq ON {tenant}.value_index (seq, declared);
CREATE INDEX value_index_number ON {tenant}.value_index (declared, number, id) INCLUDE (seq) WHERE number IS NOT NULL;
CREATE INDEX value_index_text ON {tenant}.value_index (declared, text, id) INCLUDE (seq) WHERE text IS NOT NULL;
CREATE INDEX value_index_several ON {tenant}.value_index (declared, number, text, id) INCLUDE (seq) WHERE several;
CREATE INDEX value_index_cell ON {tenant}.value_index (declared, cell, id) INCLUDE (seq, number, text, x, y);

-- The numbers and texts of an attribute's instances by which `q` may find it; true and false count as 1 and 0, and what no
-- float8 can hold as the nearest that it can.
CREATE FUNCTION {tenant}.values_of(instances jsonb) RETURNS TABLE (number float8, text text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT DISTINCT
         CASE jsonb_typeof(s.v)
              WHEN 'number' THEN CASE WHEN abs(s.v::numeric) > 1e308 THEN sign(s.v::numeric)::float8 * 'Infinity'::float8
                                      WHEN abs(s.v::numeric) < 1e-300 THEN 0
                                      ELSE s.v::float8 END
              WHEN 'boolean' THEN (s.v::boolean)::int::float8 END,
         CASE jsonb_typeof(s.v) WHEN 'string' THEN left(s.v #>> '{}', 100) END COLLATE "C"
    FROM jsonb_array_elements(instances) AS i(v)
   CROSS JOIN LATERAL jsonb_each(i.v) AS m(name, v)
   CROSS JOIN LATERAL jsonb_path_query(m.v, CASE m.name WHEN 'languageMap' THEN '$.*[*]'
                                                        WHEN 'objectList' THEN '$[*].object[*]'
                                                        ELSE '$[*]' END::jsonpath) AS x(v)
   CROSS JOIN LATERAL (SELECT CASE WHEN jsonb_typeof(x.v) = 'object' THEN x.v -> '@value' ELSE x.v END) AS s(v)
   WHERE m.name IN ('value', 'object', 'vocab', 'json', 'languageMap', 'valueList', 'objectList')
     AND jsonb_typeof(s.v) IN ('number', 'string', 'boolean')
$$;

-- Put the values of entities into the index of these declarations: `seqs` and `kinds` are pairs.
CREATE FUNCTION {tenant}.index_values(seqs bigint[], kinds int[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM {tenant}.value_index v
        USING unnest(seqs, kinds) AS u(seq, declared)
        WHERE v.seq = u.seq AND v.declared = u.declared;
  INSERT INTO {tenant}.value_index (declared, seq, cell, several, number, text, id)
       SELECT d.id, e.seq, CASE WHEN x.number IS NULL THEN 1000 + width_bucket(x.text, d.texts)
                                ELSE width_bucket(x.number, d.numbers) END,
              count(*) OVER (PARTITION BY d.id, e.seq) > 1, x.number, x.text, n.id
         FROM unnest(seqs, kinds) AS u(seq, declared)
         JOIN {tenant}.declared d ON d.id = u.declared
         JOIN {tenant}.attribute a ON a.id = d.attribute
         JOIN {tenant}.entity e ON e.seq = u.seq AND (d.type IS NULL OR d.type = ANY(e.types))
         JOIN {tenant}.name n ON n.seq = e.seq
        CROSS JOIN LATERAL {tenant}.values_of(e.document -> a.iri) AS x;
  INSERT INTO {tenant}.value_index (declared, seq, cell, several, x, y, id)
       SELECT d.id, e.seq, CASE WHEN width(p.box) = 0 AND height(p.box) = 0
                                THEN 2000 + 100 * width_bucket((p.box[0])[0], d.easts)
                                     + width_bucket((p.box[0])[1], d.norths)
                                ELSE -1 END,
              false, (p.box[0])[0], (p.box[0])[1], n.id
         FROM unnest(seqs, kinds) AS u(seq, declared)
         JOIN {tenant}.declared d ON d.id = u.declared
         JOIN {tenant}.place p ON p.seq = u.seq AND p.attribute = d.attribute
         JOIN {tenant}.entity e ON e.seq = u.seq AND (d.type IS NULL OR d.type = ANY(e.types))
         JOIN {tenant}.name n ON n.seq = e.seq;
END $$;

-- What keeps the index as the entities are. These are called by triggers that are there only where something is declared
-- (platform.tend_values), so that other writes pay nothing for it.
CREATE FUNCTION {tenant}.index_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM {tenant}.index_values(array_agg(n.seq), array_agg(d.id))
     FROM changed n CROSS JOIN {tenant}.declared d HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE FUNCTION {tenant}.index_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM {tenant}.index_values(array_agg(n.seq), array_agg(d.id))
     FROM changed n
     JOIN former o ON o.seq = n.seq
    CROSS JOIN {tenant}.declared d
     JOIN {tenant}.attribute a ON a.id = d.attribute
    WHERE n.document -> a.iri IS DISTINCT FROM o.document -> a.iri OR n.types IS DISTINCT FROM o.types
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE FUNCTION {tenant}.index_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM {tenant}.value_index v USING former o WHERE v.seq = o.seq;
  RETURN NULL;
END $$;
