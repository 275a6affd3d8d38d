COMMENT ON FUNCTION tenancy.current_org_id() IS
'The organization whose rows are visible, NULL where none is set (then no row is). Never an error. Set it with tenancy.set_context().';
COMMENT ON FUNCTION tenancy.current_user_id() IS
'The user on whose behalf the session acts, NULL where none is set. Never an error. Set it with tenancy.set_context().';
COMMENT ON FUNCTION tenancy.set_context(uuid, uuid) IS
'Sets organization and user until the end of the transaction. Error 42501 where the organization does not exist or is deleted, or where the user is given and is disabled or no active member of it.';
COMMENT ON FUNCTION tenancy.clear_context() IS
'Forgets organization and user for the rest of the transaction: no tenant''s row is visible any more.';

REVOKE ALL ON FUNCTION tenancy.set_context(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.set_context(uuid, uuid) TO crm_app, crm_readonly, crm_admin;

-- A row that organizations share (organization_id NULL) or that is one's own may be referenced;
-- another organization's must look absent, with the foreign key's own error.
CREATE FUNCTION tenancy.check_shared_reference() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  column_name CONSTANT text := TG_ARGV[0];
  referenced CONSTANT text := TG_ARGV[1];
  reference uuid;
  found_row boolean;
BEGIN
  EXECUTE format('SELECT ($1).%I', column_name) INTO reference USING NEW;
  IF reference IS NULL THEN
    RETURN NEW;
  END IF;
  EXECUTE format(
    'SELECT true FROM %s WHERE id = $1 AND (organization_id IS NULL OR organization_id = $2)',
    referenced::regclass)
  INTO found_row USING reference, NEW.organization_id;
  IF found_row IS NULL THEN
    RAISE foreign_key_violation USING
      MESSAGE = format('insert or update on table "%s" violates foreign key constraint "%s"',
                       TG_TABLE_NAME, TG_ARGV[2]),
      DETAIL = format('Key (%s)=(%s) is not present in table "%s".',
                      column_name, reference, split_part(referenced, '.', 2)),
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_ARGV[2];
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION tenancy.check_shared_reference() IS
'Trigger (column, referenced table, foreign key): refuses a reference to another organization''s row of a table that also holds rows for all, with the error of an absent row (23503).';
REVOKE ALL ON FUNCTION tenancy.check_shared_reference() FROM PUBLIC;
