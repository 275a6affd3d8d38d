-- What the report says of functions.

CREATE FUNCTION tenancy.function_findings()
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH applications AS MATERIALIZED (SELECT * FROM tenancy.application_roles()),
  functions AS (
    SELECT p.oid::regprocedure AS routine, p.proowner, p.proacl, p.prosecdef, p.proleakproof, n.nspname, s.path,
           -- Otherwise its owner reads what the policies let through.
           o.rolsuper OR o.rolbypassrls OR p.proowner IN (SELECT t.owner FROM tenancy.tables_to_isolate(NULL) AS t) AS is_past_policies
      FROM pg_proc AS p
      JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname !~ '^(pg_|information_schema$)'
      JOIN pg_roles AS o ON o.oid = p.proowner
      LEFT JOIN LATERAL (SELECT substr(c.setting, length('search_path=') + 1) AS path
                           FROM unnest(p.proconfig) AS c (setting) WHERE c.setting LIKE 'search\_path=%') AS s ON true
     WHERE (p.prosecdef OR p.proleakproof)
       AND NOT EXISTS (SELECT FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_extension'::regclass
                          AND d.deptype = 'e' AND e.extname <> 'pg_crm'))

  SELECT format('function %s', f.routine), 'SECURITY DEFINER without a fixed search_path',
         CASE WHEN f.is_past_policies THEN 'high' ELSE 'low' END,
         'Whoever calls it says which functions and operators it calls, with its owner''s rights.',
         format('ALTER ROUTINE %s SET search_path = pg_catalog, %I, pg_temp', f.routine, f.nspname)
    FROM functions AS f
   WHERE f.prosecdef AND (f.path IS NULL OR f.path LIKE '%"$user"%')
   UNION ALL

  SELECT format('function %s', f.routine), 'SECURITY DEFINER with a search_path that does not end in pg_temp',
         CASE WHEN f.is_past_policies AND f.path <> '""' THEN 'medium' ELSE 'low' END,
         'A temporary table of the caller''s comes before the table that it names.',
         format('ALTER ROUTINE %s SET search_path = %s', f.routine,
                CASE f.path WHEN '""' THEN 'pg_catalog, pg_temp'
                            ELSE array_to_string(array_remove(string_to_array(f.path, ', '), 'pg_temp') || 'pg_temp'::text, ', ') END)
    FROM functions AS f
   WHERE f.prosecdef AND f.path NOT LIKE '%"$user"%' AND f.path !~ '(^|, )"?pg_temp"?$'
   UNION ALL

  SELECT format('function %s', f.routine), format('SECURITY DEFINER with schema %I in its search_path, where %s may put functions', n.nspname, string_agg(DISTINCT a.role_name, ', ')),
         CASE WHEN f.is_past_policies THEN 'high' ELSE 'low' END,
         'A function or operator that somebody puts there can come before the one that it means, with its owner''s rights.',
         format('REVOKE CREATE ON SCHEMA %I FROM %s', n.nspname, string_agg(DISTINCT a.role_name, ', '))
    FROM functions AS f
    JOIN pg_namespace AS n ON quote_ident(n.nspname) = ANY (string_to_array(f.path, ', '))
   CROSS JOIN LATERAL aclexplode(n.nspacl) AS g
    JOIN applications AS a ON a.role = g.grantee AND a.role <> n.nspowner
   WHERE f.prosecdef AND g.privilege_type = 'CREATE'
   GROUP BY f.routine, n.nspname, f.is_past_policies
   UNION ALL

  SELECT format('function %s', f.routine), 'SECURITY DEFINER, and executable by PUBLIC',
         CASE WHEN f.is_past_policies THEN 'high' ELSE 'low' END,
         'Every role can have it done with its owner''s rights.',
         format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', f.routine)
    FROM functions AS f
   WHERE f.prosecdef
     AND EXISTS (SELECT FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS g
                  WHERE g.grantee = 0 AND g.privilege_type = 'EXECUTE')
   UNION ALL

  SELECT format('function %s', f.routine), 'LEAKPROOF', 'medium',
         'It is called before policies are asked, and can tell what it was called with.',
         format('ALTER FUNCTION %s NOT LEAKPROOF', f.routine)
    FROM functions AS f
   WHERE f.proleakproof
$function$;
COMMENT ON FUNCTION tenancy.function_findings() IS
'What tenancy.org_isolation_report() says of functions that run with their owner''s rights, and of functions that call themselves leakproof; those of the system and of other extensions not.';
REVOKE ALL ON FUNCTION tenancy.function_findings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.function_findings() TO crm_admin;
