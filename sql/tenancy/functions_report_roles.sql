-- What the report says of roles, and of settings that give a context to whoever has none.

CREATE FUNCTION tenancy.role_findings()
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH RECURSIVE applications AS MATERIALIZED (SELECT * FROM tenancy.application_roles() AS a WHERE a.is_application),
  dangers (role, what, severity, why) AS (
    SELECT r.oid, d.what, d.severity, d.why
      FROM pg_roles AS r
     CROSS JOIN LATERAL (VALUES
           (r.rolsuper, 'a superuser', 'critical', 'No policy binds a superuser.'),
           (r.rolbypassrls AND NOT r.rolsuper, 'with BYPASSRLS', 'critical', 'No policy binds it.'),
           (r.rolreplication AND NOT r.rolsuper, 'with REPLICATION', 'high', 'It can copy the cluster, and all rows with it.'),
           (r.rolcreaterole AND NOT r.rolsuper AND current_setting('server_version_num')::integer < 160000, 'with CREATEROLE', 'high',
            'It can make itself a member of any role that is no superuser.'),
           (r.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'), 'which reaches the server''s files', 'high',
            'All rows are in files.'),
           (r.rolname IN ('pg_read_all_data', 'pg_write_all_data'), 'which reaches all tables', 'high',
            'Partitions, foreign tables and materialized views are granted to nobody for a reason.'))
             AS d (is_so, what, severity, why)
     WHERE d.is_so
     UNION ALL
    SELECT DISTINCT t.owner, 'an owner of tables with rows of organizations', 'high', 'A table''s owner can turn its row-level security off.'
      FROM tenancy.tables_to_isolate(NULL) AS t
      JOIN pg_roles AS r ON r.oid = t.owner AND NOT r.rolsuper),
  -- Roles through which a danger is reached, from the dangerous one down.
  carriers (role, danger, what, severity, why) AS (
    SELECT d.role, d.role, d.what, d.severity, d.why FROM dangers AS d
     UNION
    SELECT m.member, c.danger, c.what, c.severity, c.why
      FROM carriers AS c
      JOIN pg_auth_members AS m ON m.roleid = c.role
     WHERE c.role NOT IN (SELECT a.role FROM applications AS a))

  SELECT format('role %s', a.role_name),
         CASE d.what WHEN 'a superuser' THEN 'is a superuser, and a role of the application' ELSE format('has %s, and is a role of the application', split_part(d.what, ' ', 2)) END,
         d.severity, d.why,
         CASE
           -- A superuser needs no membership; somebody may need the superuser.
           WHEN d.what = 'a superuser' AND EXISTS (SELECT FROM pg_auth_members AS m WHERE m.member = a.role AND m.roleid IN (SELECT o.role FROM applications AS o))
           THEN (SELECT string_agg(format('REVOKE %s FROM %s', o.role_name, a.role_name), '; ')
                   FROM pg_auth_members AS m JOIN applications AS o ON o.role = m.roleid WHERE m.member = a.role)
           ELSE format('ALTER ROLE %s NO%s', a.role_name, CASE d.what WHEN 'a superuser' THEN 'SUPERUSER' ELSE split_part(d.what, ' ', 2) END)
         END
    FROM applications AS a
    JOIN dangers AS d ON d.role = a.role AND (d.what = 'a superuser' OR d.what LIKE 'with %')
   UNION ALL

  SELECT format('role %s', a.role_name), format('is a role of the application and a member of %s, %s', quote_ident(pg_get_userbyid(m.roleid)), c.what),
         c.severity, c.why,
         format('REVOKE %I FROM %s', pg_get_userbyid(m.roleid), a.role_name)
    FROM applications AS a
    JOIN pg_auth_members AS m ON m.member = a.role AND m.roleid NOT IN (SELECT o.role FROM applications AS o)
    JOIN carriers AS c ON c.role = m.roleid
    JOIN pg_roles AS r ON r.oid = a.role AND NOT r.rolsuper
$function$;
COMMENT ON FUNCTION tenancy.role_findings() IS
'What tenancy.org_isolation_report() says of the application''s roles: attributes and memberships by which they get round the policies.';
REVOKE ALL ON FUNCTION tenancy.role_findings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.role_findings() TO crm_admin;

CREATE FUNCTION tenancy.setting_findings()
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT concat_ws(' in ', CASE WHEN s.setrole <> 0 THEN 'role ' || w.role END,
                   CASE WHEN s.setdatabase <> 0 THEN 'database ' || w.database WHEN s.setrole = 0 THEN 'all databases' END),
         format('sets %s', split_part(c.setting, '=', 1)), 'high',
         'Sessions that were told no organization act for this one.',
         CASE WHEN s.setrole = 0 AND s.setdatabase <> 0 THEN format('ALTER DATABASE %s', w.database)
              ELSE concat('ALTER ROLE ', coalesce(w.role, 'ALL'), ' IN DATABASE ' || w.database) END
           || format(' RESET %s', split_part(c.setting, '=', 1))
    FROM pg_db_role_setting AS s
   CROSS JOIN LATERAL unnest(s.setconfig) AS c (setting)
   CROSS JOIN LATERAL (SELECT (SELECT quote_ident(r.rolname) FROM pg_roles AS r WHERE r.oid = s.setrole) AS role,
                              (SELECT quote_ident(d.datname) FROM pg_database AS d WHERE d.oid = s.setdatabase) AS database) AS w
   WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
     AND c.setting ~* '^app\.current_(org|user)_id=.'
   UNION ALL

  SELECT format('function %s', p.oid::regprocedure), format('sets %s', split_part(c.setting, '=', 1)), 'high',
         'Whoever calls it reads and writes that organization''s rows.',
         format('ALTER ROUTINE %s RESET %s', p.oid::regprocedure, split_part(c.setting, '=', 1))
    FROM pg_proc AS p
   CROSS JOIN LATERAL unnest(p.proconfig) AS c (setting)
   WHERE c.setting ~* '^app\.current_(org|user)_id=.'
   UNION ALL

  SELECT format('setting %s', s.parname), format('%s may set it', a.role_name), 'high',
         CASE s.parname WHEN 'session_replication_role' THEN 'It switches triggers and foreign keys off, those that keep organizations apart included.'
                        ELSE 'It says who may set the context.' END,
         format('REVOKE %s ON PARAMETER %s FROM %s', string_agg(DISTINCT g.privilege_type, ', '), s.parname, a.role_name)
    FROM pg_parameter_acl AS s
   CROSS JOIN LATERAL aclexplode(s.paracl) AS g
    JOIN tenancy.application_roles() AS a ON a.role = g.grantee
   WHERE s.parname = 'session_replication_role' OR s.parname LIKE 'pg\_crm.%'
   GROUP BY s.parname, a.role_name
$function$;
COMMENT ON FUNCTION tenancy.setting_findings() IS
'What tenancy.org_isolation_report() says of settings: a context that is fixed for a role, a database or a function, and settings that the application''s roles should not set.';
REVOKE ALL ON FUNCTION tenancy.setting_findings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.setting_findings() TO crm_admin;
