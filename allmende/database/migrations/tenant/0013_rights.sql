-- What of the tenant is shown to whom. Every change makes another version of it (platform.rights_changed), and whoever changes
-- something locks the row of the version first.
CREATE TABLE {tenant}.rights (
  version bigint NOT NULL
);
INSERT INTO {tenant}.rights (version) VALUES (nextval('platform.rights_version'));

-- Datasets in the sense of a catalogue; `dataset` has those of attribute instances. Lists that are null are no condition; names
-- of types and attributes are IRIs.
CREATE TABLE {tenant}.offered (
  slug        text PRIMARY KEY COLLATE "C",
  title       jsonb NOT NULL,
  license     text,
  visibility  text NOT NULL CHECK (visibility IN ('private', 'registered', 'public')),
  types       text[],
  scopes      text[],
  ids         text[],
  pick        text[],
  omit        text[] NOT NULL,
  place_m     float8 NOT NULL,
  time_s      int NOT NULL,
  created_at  timestamptz NOT NULL,
  modified_at timestamptz NOT NULL
);

CREATE TABLE {tenant}.granted (
  id           uuid PRIMARY KEY,
  subject_kind text NOT NULL,
  subject_id   text NOT NULL,
  action       text NOT NULL CHECK (action IN ('read', 'write', 'admin')),
  target_kind  text NOT NULL,
  target_id    text NOT NULL,
  pick         text[],
  omit         text[] NOT NULL,
  valid_from   timestamptz,
  valid_until  timestamptz,
  created_at   timestamptz NOT NULL
);

CREATE TRIGGER rights_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {tenant}.offered
  FOR EACH STATEMENT EXECUTE FUNCTION platform.rights_changed();
CREATE TRIGGER rights_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {tenant}.granted
  FOR EACH STATEMENT EXECUTE FUNCTION platform.rights_changed();
