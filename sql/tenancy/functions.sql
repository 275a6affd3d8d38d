COMMENT ON FUNCTION tenancy.current_org_id() IS
'The organization whose rows are visible, NULL where none is set (then no row is). Never an error. Set it with tenancy.set_context(); which ways count says pg_crm.context_mode.';
COMMENT ON FUNCTION tenancy.current_user_id() IS
'The user on whose behalf the session acts, NULL where none is set. Never an error. Set it with tenancy.set_context().';
COMMENT ON FUNCTION tenancy.set_context(uuid, uuid) IS
'Sets organization and user until the end of the transaction. Error 42501 where the organization does not exist or is deleted, or where the user is given and is disabled or no active member of it; and in any case where pg_crm.context_mode is token.';
COMMENT ON FUNCTION tenancy.clear_context() IS
'Forgets organization and user for the rest of the transaction: no tenant''s row is visible any more.';

REVOKE ALL ON FUNCTION tenancy.set_context(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.set_context(uuid, uuid) TO crm_app, crm_readonly, crm_admin;

CREATE FUNCTION tenancy.check_shared_reference() RETURNS trigger
LANGUAGE c SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'check_shared_reference_wrapper';
COMMENT ON FUNCTION tenancy.check_shared_reference() IS
'Trigger (column, referenced table, foreign key): refuses a reference to another organization''s row of a table that also holds rows for all, with the error of an absent row (23503).';
REVOKE ALL ON FUNCTION tenancy.check_shared_reference() FROM PUBLIC;

CREATE FUNCTION tenancy.validate_organization_settings(settings jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
  SELECT crm.shape_problems('organization_settings', $1::pg_catalog.text)
$function$;
COMMENT ON FUNCTION tenancy.validate_organization_settings(jsonb) IS
'What is wrong with the settings of an organization, each as "place: fault"; {} where they can be stored; NULL for NULL.';
