-- Message ids of seven days, so that a repeat is recognised where there is no observedAt.
CREATE TABLE {tenant}.received (
  connector text COLLATE "C" NOT NULL,
  message   text COLLATE "C" NOT NULL,
  until     timestamptz NOT NULL,
  receipt   text,
  stored    int NOT NULL,
  PRIMARY KEY (connector, message)
);
CREATE INDEX received_until ON {tenant}.received USING brin (until);

-- What could not be stored. Payload and record are bytes as they came: they may be what PostgreSQL's text refuses.
CREATE TABLE {tenant}.dead_letter (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connector   text NOT NULL,
  message     text NOT NULL,
  index       int NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('entities', 'temporal', 'record')),
  entity      text,
  attribute   text,
  reason      text NOT NULL,
  payload     bytea,
  record      bytea,
  received_at timestamptz NOT NULL,
  attempts    int NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX dead_letter_origin ON {tenant}.dead_letter (connector, message, index) WHERE message <> '';

-- What a connector was asked to do and has not taken yet.
CREATE TABLE {tenant}.request (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connector  text NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('replay', 'drop')),
  body       jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX request_connector ON {tenant}.request (connector, id);

-- The last state that a connector reported; one that never did cannot map a record again.
CREATE TABLE {tenant}.connector (
  name        text PRIMARY KEY COLLATE "C",
  state       jsonb NOT NULL,
  reported_at timestamptz NOT NULL
);
