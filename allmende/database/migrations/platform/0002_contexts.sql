-- @contexts that were fetched for any tenant, as they were then: entities were understood by this text and no other.
-- The columns are those of the tenants' table of the same name, so that the same statements serve both.
CREATE TABLE platform.context (
  id         text COLLATE "C" PRIMARY KEY,
  kind       text NOT NULL CHECK (kind = 'Cached'),
  url        text COLLATE "C" NOT NULL UNIQUE,
  location   text NOT NULL,
  body       text NOT NULL,
  sha256     bytea NOT NULL,
  created_at timestamptz NOT NULL,
  used_at    timestamptz,
  hits       bigint NOT NULL DEFAULT 0,
  expires_at timestamptz
);
GRANT SELECT, INSERT, UPDATE, DELETE ON platform.context TO {serving};
