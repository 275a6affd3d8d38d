-- What the report says of views.

CREATE FUNCTION tenancy.view_findings(target regclass DEFAULT NULL)
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH RECURSIVE views AS (
    SELECT c.oid, c.relkind, c.relowner, c.relacl,
           coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(c.reloptions) AS o
                      WHERE o.option_name = 'security_invoker'), false) AS is_invokers
      FROM pg_class AS c
     WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't'
       AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'),
  reads (view, source) AS (
    SELECT DISTINCT w.ev_class, d.refobjid
      FROM pg_rewrite AS w
      JOIN views AS v ON v.oid = w.ev_class
      JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                         AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class),
  -- Everything that shows rows of the tables to whoever made it, ...
  showing (oid, source) AS (
    SELECT t.relation::oid, t.relation FROM tenancy.tables_to_isolate(target) AS t
     UNION
    SELECT r.view, s.source FROM showing AS s JOIN reads AS r ON r.source = s.oid),
  -- ... and the views that show them to others: those that read with their owner's rights. What
  -- they read through a view that takes its caller's rights, these take of the session.
  leaking (oid, source) AS (
    SELECT s.oid, s.source
      FROM showing AS s
     WHERE s.oid NOT IN (SELECT v.oid FROM views AS v WHERE v.relkind = 'v')
     UNION
    SELECT v.oid, l.source
      FROM leaking AS l
      JOIN reads AS r ON r.source = l.oid
      JOIN views AS v ON v.oid = r.view AND v.relkind = 'v' AND NOT v.is_invokers),
  found AS (
    SELECT v.oid::regclass AS view, v.relkind, l.sources, l.is_past_policies,
           (SELECT string_agg(DISTINCT a.role_name, ', ')
              FROM (SELECT g.grantee FROM aclexplode(v.relacl) AS g
                     UNION ALL
                    SELECT g.grantee FROM pg_attribute AS k CROSS JOIN LATERAL aclexplode(k.attacl) AS g WHERE k.attrelid = v.oid) AS g
              JOIN tenancy.application_roles() AS a ON a.role = g.grantee AND a.role <> v.relowner) AS readers
      FROM views AS v
      JOIN pg_roles AS o ON o.oid = v.relowner
     CROSS JOIN LATERAL (
           SELECT string_agg(l.source::text, ', ' ORDER BY l.source::text) AS sources,
                  bool_or(o.rolsuper OR o.rolbypassrls OR t.relkind = 'f' OR NOT t.relrowsecurity
                          OR t.relowner = v.relowner AND NOT t.relforcerowsecurity) AS is_past_policies
             FROM leaking AS l
             JOIN pg_class AS t ON t.oid = l.source
            WHERE l.oid = v.oid) AS l
     WHERE l.sources IS NOT NULL)

  SELECT format('view %s', f.view), format('reads %s with the rights of its owner', f.sources),
         CASE WHEN f.is_past_policies AND f.readers IS NOT NULL THEN 'critical' ELSE 'low' END,
         CASE WHEN NOT f.is_past_policies THEN 'They bind its owner as yet.'
              WHEN f.readers IS NULL THEN 'Policies do not bind its owner; the application has no privileges on it as yet.'
              ELSE format('Policies do not bind its owner, and %s may use it.', f.readers) END,
         format('ALTER VIEW %s SET (security_invoker = true)', f.view)
    FROM found AS f
   WHERE f.relkind = 'v'
   UNION ALL

  SELECT format('materialized view %s', f.view), format('holds rows of %s%s', f.sources, ', and ' || f.readers || ' may read it'),
         CASE WHEN f.readers IS NOT NULL THEN 'critical' ELSE 'low' END,
         'It holds what its owner saw, rows of all organizations, and has no policies.',
         CASE WHEN f.readers IS NOT NULL THEN format('REVOKE ALL ON %s FROM %s', f.view, f.readers)
              ELSE format('DROP MATERIALIZED VIEW %s', f.view) END
    FROM found AS f
   WHERE f.relkind = 'm'
$function$;
COMMENT ON FUNCTION tenancy.view_findings(regclass) IS
'What tenancy.org_isolation_report() says of views and materialized views that read, directly or through others, one table with its partitions and children, or any (NULL).';
REVOKE ALL ON FUNCTION tenancy.view_findings(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.view_findings(regclass) TO crm_app, crm_admin;
