-- The group roles are cluster-wide: they outlive the extension and may be there already. Functions
-- are granted to them below, and a dump that is being restored grants tables to them.
DO $bootstrap$
DECLARE
  role_name pg_catalog.text;
  schema_name pg_catalog.text;
  owner_name pg_catalog.text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['crm_app', 'crm_readonly', 'crm_admin'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                    WHERE rolname OPERATOR(pg_catalog.=) role_name) THEN
      BEGIN
        EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database's CREATE EXTENSION was faster
      END;
    END IF;
  END LOOP;

  -- The statements below make these schemas where they are missing. Where they exist (a restore
  -- makes schemas first, DROP EXTENSION leaves them), CREATE SCHEMA IF NOT EXISTS insists on a
  -- member of the extension, so they are members until finalize.sql.
  FOREACH schema_name IN ARRAY ARRAY[
    'tenancy', 'crm', 'inbox', 'chat', 'voice', 'sales', 'marketing', 'creator', 'marketplace',
    'commerce', 'billing', 'workflow', 'analytics', 'audit', 'notify', 'integration',
    'compliance', 'runtime', 'maint'] LOOP
    SELECT r.rolname INTO owner_name
      FROM pg_catalog.pg_namespace AS n
      JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
     WHERE n.nspname OPERATOR(pg_catalog.=) schema_name;
    CONTINUE WHEN NOT FOUND;
    -- Whoever owns a schema can plant functions and operators beside ours.
    IF owner_name OPERATOR(pg_catalog.<>) CURRENT_USER::pg_catalog.text
       AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles
                 WHERE rolname OPERATOR(pg_catalog.=) owner_name) THEN
      RAISE EXCEPTION USING
        ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = pg_catalog.format('schema "%s" belongs to role "%s"', schema_name, owner_name),
        DETAIL = 'pg_crm puts code into this schema, so it must belong to the installing role or to a superuser.',
        HINT = 'Rename the schema, or give it to the installing role with ALTER SCHEMA ... OWNER TO.';
    END IF;
    -- The extension's own schema cannot be its member, and is not made by the script.
    IF schema_name OPERATOR(pg_catalog.<>) 'crm' THEN
      EXECUTE pg_catalog.format('ALTER EXTENSION pg_crm ADD SCHEMA %I', schema_name);
    END IF;
  END LOOP;
END
$bootstrap$;
