-- Entities of which something expires, with the time when the first of it does: few, and apart, so that the others stay cheap.
CREATE TABLE {tenant}.expiry (
  seq  bigint PRIMARY KEY,
  time timestamptz NOT NULL
);
CREATE INDEX expiry_time ON {tenant}.expiry (time);
