-- Ways by which a row of one organization can reach another: what the report rests on, and the
-- report itself. Its parts are in functions_report_*.sql, a subject each.

CREATE FUNCTION tenancy.application_roles()
RETURNS TABLE (role oid, role_name text, is_application boolean)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH RECURSIVE application (role) AS (
    SELECT r.oid FROM pg_roles AS r WHERE r.rolname IN ('crm_app', 'crm_readonly', 'crm_admin')
     UNION
    -- From PostgreSQL 16 on who makes a role is its member, to administrate it and for nothing else.
    SELECT m.member
      FROM application AS a
      JOIN pg_auth_members AS m ON m.roleid = a.role
     WHERE coalesce((to_jsonb(m) ->> 'inherit_option')::boolean OR (to_jsonb(m) ->> 'set_option')::boolean, true)),
  assumed (role) AS (
    SELECT a.role FROM application AS a
     UNION
    SELECT m.roleid FROM assumed AS a JOIN pg_auth_members AS m ON m.member = a.role)
  SELECT r.oid, quote_ident(r.rolname), r.oid IN (SELECT a.role FROM application AS a)
    FROM assumed AS a
    JOIN pg_roles AS r ON r.oid = a.role
   UNION ALL
  SELECT 0::oid, 'PUBLIC', false
$function$;
COMMENT ON FUNCTION tenancy.application_roles() IS
'The application''s roles (is_application): crm_app, crm_readonly, crm_admin and all that are members of them; and whose rights these have besides: the roles that they are members of, and PUBLIC (role 0). Names are quoted where they have to be.';
REVOKE ALL ON FUNCTION tenancy.application_roles() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.application_roles() TO crm_app, crm_admin;

CREATE FUNCTION tenancy.tables_to_isolate(target regclass DEFAULT NULL)
RETURNS TABLE (relation regclass, kind "char", label text, owner oid, organization smallint, is_optional boolean,
               is_partition boolean, is_bound boolean, is_forced boolean, has_bound_parent boolean)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT c.oid::regclass,
         c.relkind,
         CASE WHEN c.relkind = 'f' THEN 'foreign table ' WHEN c.relispartition THEN 'partition ' ELSE 'table ' END || c.oid::regclass::text,
         c.relowner,
         a.attnum,
         NOT a.attnotnull,
         c.relispartition,
         c.relrowsecurity,
         c.relforcerowsecurity,
         EXISTS (SELECT FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent
                  WHERE i.inhrelid = c.oid AND p.relrowsecurity)
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
                               AND a.atttypid = 'uuid'::regtype
   WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
     AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND (target IS NULL OR c.oid = target OR c.oid IN (SELECT d.relation FROM tenancy.descendants(target) AS d))
     AND (a.attnum IS NOT NULL
          OR EXISTS (SELECT FROM pg_policy AS p
                       JOIN pg_depend AS d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                      WHERE p.polrelid = c.oid AND d.refclassid = 'pg_proc'::regclass
                        AND d.refobjid IN ('tenancy.current_org_id()'::regprocedure, 'tenancy.current_user_id()'::regprocedure)))
$function$;
COMMENT ON FUNCTION tenancy.tables_to_isolate(regclass) IS
'The tables whose rows are an organization''s or a user''s: those with a column organization_id of type uuid (organization: its number; is_optional: it may be NULL), foreign tables and partitions included, and those with a policy that asks for the context. Of one table with its partitions and children, or of all. is_bound, is_forced: row-level security is on, forced.';
REVOKE ALL ON FUNCTION tenancy.tables_to_isolate(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.tables_to_isolate(regclass) TO crm_app, crm_admin;

CREATE FUNCTION tenancy.isolation_findings(target regclass)
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- the planner thinks much of these catalogs: 9 s of compiling for 0.1 s of work
AS $function$
  SELECT * FROM tenancy.table_findings(target)
   UNION ALL
  SELECT * FROM tenancy.policy_findings(target)
   UNION ALL
  SELECT * FROM tenancy.key_findings(target)
   UNION ALL
  SELECT * FROM tenancy.reference_findings(target)
   UNION ALL
  SELECT * FROM tenancy.grant_findings(target)
   UNION ALL
  SELECT * FROM tenancy.sequence_findings(target)
   UNION ALL
  SELECT * FROM tenancy.view_findings(target)
$function$;
COMMENT ON FUNCTION tenancy.isolation_findings(regclass) IS
'What tenancy.org_isolation_report() says of one table with its partitions and children, or of all (NULL), each with the reason (detail).';
REVOKE ALL ON FUNCTION tenancy.isolation_findings(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.isolation_findings(regclass) TO crm_app, crm_admin;

CREATE FUNCTION tenancy.org_isolation_report()
RETURNS TABLE (object text, finding text, severity text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- the planner thinks much of these catalogs: 9 s of compiling for 0.1 s of work
AS $function$
  SELECT f.object, f.finding, f.severity, f.remedy
    FROM (SELECT * FROM tenancy.role_findings()
           UNION ALL
          SELECT * FROM tenancy.setting_findings()
           UNION ALL
          SELECT * FROM tenancy.function_findings()
           UNION ALL
          SELECT * FROM tenancy.default_grant_findings()
           UNION ALL
          SELECT * FROM tenancy.isolation_findings(NULL)) AS f
   ORDER BY array_position('{critical,high,medium,low}', f.severity),
            -- The remedy of a key works once no reference needs it any more.
            f.finding LIKE '%key without the organization', f.object, f.finding
$function$;
COMMENT ON FUNCTION tenancy.org_isolation_report() IS
'Every way by which a row of one organization can reach another in this database, with the SQL that ends it; no rows where there is none. Severity: critical (an ordinary statement of an application''s session reads or changes other organizations'' rows), high (it does so after a step that such a session can take itself, or code with more rights does it for the asking), medium (rows stay apart, but their existence shows, or the isolation rests on what does not bind), low (nothing is reached before somebody makes one more mistake). The application''s roles are crm_app, crm_readonly, crm_admin and their members. Remedies are executed by a superuser, from the first to the last; one may bring out what it hid. For superusers and crm_admin.';
REVOKE ALL ON FUNCTION tenancy.org_isolation_report() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.org_isolation_report() TO crm_admin;
