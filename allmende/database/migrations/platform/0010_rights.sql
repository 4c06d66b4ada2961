-- Keys of users, who have in a tenant what is granted to them there.
ALTER TABLE platform.key DROP CONSTRAINT key_kind_check;
ALTER TABLE platform.key ADD CONSTRAINT key_kind_check CHECK (kind IN ('admin', 'connector', 'user'));
ALTER TABLE platform.key ADD CONSTRAINT key_user_check CHECK (kind <> 'user' OR tenant IS NOT NULL);

-- Versions of rights, no two of which are the same: a tenant that is made anew has none that the former one had.
CREATE SEQUENCE platform.rights_version;

-- Called by whatever changes rights of a tenant: its version is another one from the commit on, and whoever listens is told so.
CREATE FUNCTION platform.rights_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('UPDATE %I.rights SET version = nextval(%L)', TG_TABLE_SCHEMA, 'platform.rights_version');
  PERFORM pg_notify('allmende_rights_1', TG_TABLE_SCHEMA);
  RETURN NULL;
END $$;

-- What processes know of a schema is not true of another tenant's that has its name.
CREATE FUNCTION platform.tenant_made() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_notify('allmende_rights_1', NEW.schema);
  RETURN NULL;
END $$;

CREATE TRIGGER tenant_made AFTER INSERT ON platform.tenant
  FOR EACH ROW WHEN (NEW.slug NOT LIKE '%.%') EXECUTE FUNCTION platform.tenant_made();

-- A key that ends is known as one that holds until this is heard, or for some seconds.
CREATE FUNCTION platform.keys_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_notify('allmende_keys_1', '');
  RETURN NULL;
END $$;

CREATE TRIGGER keys_changed AFTER UPDATE OR DELETE ON platform.key
  FOR EACH STATEMENT EXECUTE FUNCTION platform.keys_changed();

REVOKE ALL ON FUNCTION platform.rights_changed(), platform.tenant_made(), platform.keys_changed() FROM PUBLIC;
