-- The current state. No index touches a column that ordinary updates change: fillfactor leaves room for updates in place.
CREATE TABLE {tenant}.name (
  seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         text COLLATE "C" NOT NULL UNIQUE,
  deleted_at timestamptz
);

CREATE TABLE {tenant}.entity (
  seq         bigint PRIMARY KEY,
  created_at  timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  expires_at  timestamptz,
  types       text[] NOT NULL,
  scopes      text[] NOT NULL DEFAULT '{}',
  document    jsonb NOT NULL
) WITH (fillfactor = 60, toast_tuple_target = 4080);

CREATE TABLE {tenant}.entity_type (
  type text COLLATE "C" NOT NULL,
  id   text COLLATE "C" NOT NULL,
  seq  bigint NOT NULL,
  PRIMARY KEY (type, id) INCLUDE (seq)
);

CREATE TABLE {tenant}.entity_scope (
  scope text COLLATE "C" NOT NULL,
  id    text COLLATE "C" NOT NULL,
  seq   bigint NOT NULL,
  PRIMARY KEY (scope, id) INCLUDE (seq)
);

CREATE TABLE {tenant}.attribute (
  id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  iri text COLLATE "C" NOT NULL UNIQUE
);

-- 0 is the default instance, which has no datasetId.
CREATE TABLE {tenant}.dataset (
  id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uri text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE {tenant}.place (
  seq       bigint NOT NULL,
  attribute int NOT NULL,
  dataset   int NOT NULL,
  box       box NOT NULL,
  PRIMARY KEY (seq, attribute, dataset)
);
CREATE INDEX place_box ON {tenant}.place USING gist (box);
