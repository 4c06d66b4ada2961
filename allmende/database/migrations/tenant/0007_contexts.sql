-- @contexts that the tenant's clients gave, and those that the platform made an address for.
CREATE TABLE {tenant}.context (
  id         text COLLATE "C" PRIMARY KEY,
  kind       text NOT NULL CHECK (kind IN ('Hosted', 'ImplicitlyCreated')),
  url        text COLLATE "C" NOT NULL UNIQUE,
  location   text NOT NULL,
  body       text NOT NULL,
  sha256     bytea NOT NULL,
  created_at timestamptz NOT NULL,
  used_at    timestamptz,
  hits       bigint NOT NULL DEFAULT 0,
  expires_at timestamptz
);
