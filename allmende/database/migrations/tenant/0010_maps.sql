-- Which entities a query found, in the order of their ids, so that all its pages are of the same ones. `query` is the digest
-- of what was asked: the same query takes away what does not fit it any more.
CREATE TABLE {tenant}.entity_map (
  id         text PRIMARY KEY COLLATE "C",
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  query      bytea NOT NULL,
  ids        text[] NOT NULL
);
