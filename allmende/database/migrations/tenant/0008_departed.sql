-- The types that entities had when they were deleted: their history is found by them.
CREATE TABLE {tenant}.departed_type (
  type text COLLATE "C" NOT NULL,
  id   text COLLATE "C" NOT NULL,
  seq  bigint NOT NULL,
  PRIMARY KEY (type, id) INCLUDE (seq)
);

-- Scopes have a history too, kept as that of an attribute: those that are there have been since their entity was made.
INSERT INTO {tenant}.attribute (iri)
     SELECT 'https://uri.etsi.org/ngsi-ld/scope' WHERE EXISTS (SELECT FROM {tenant}.entity_scope)
ON CONFLICT DO NOTHING;

INSERT INTO {tenant}.history (seq, time, modified_at, attribute, dataset, observed, deleted, value)
     SELECT e.seq, e.created_at, e.created_at, a.id, 0, true, false,
            jsonb_build_object('type', 'Property', 'value',
                               CASE WHEN cardinality(e.scopes) = 1 THEN to_jsonb(e.scopes[1]) ELSE to_jsonb(e.scopes) END)
       FROM {tenant}.entity e
      CROSS JOIN (SELECT a.id FROM {tenant}.attribute a WHERE a.iri = 'https://uri.etsi.org/ngsi-ld/scope') a
      WHERE e.scopes <> '{}'
ON CONFLICT DO NOTHING;

-- At the end: until the commit nobody reads or writes names, and the rows above may be many.
ALTER TABLE {tenant}.name ADD COLUMN types text[];
